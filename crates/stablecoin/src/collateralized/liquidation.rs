//! Vaults that are unsafe, and the auctions that follow.

use super::auction::times;
use crate::effect::Effects;
use crate::units::Amount;
use crate::{AuctionId, HolderId, IssuerEffect, Refusal, UnitPrice};
use firesale_types::{Rate, Rounding, SimTime};

use super::{Auction, AuctionRule, Bid, CollateralizedIssuer, RisingRule};

impl CollateralizedIssuer {
    /// Liquidates what is unsafe, lets auctions end, and settles uncovered debt with the surplus.
    pub(super) fn work(&mut self, now: SimTime, effects: &mut Effects) {
        let mut safe: Option<u128> = None;
        let unsafe_ones: Vec<HolderId> = self
            .order
            .iter()
            .take_while(|(key, holder)| {
                let vault = &self.vaults[holder];
                if self.is_safe(vault.collateral, self.debt_now(vault)) {
                    safe = safe.or(Some(*key));
                }
                // A little beyond the first safe one: near it the order is as good as rounding.
                safe.is_none_or(|first| *key <= first.saturating_add(first >> 17).saturating_add(2))
            })
            .map(|(_, holder)| *holder)
            .collect();
        for holder in unsafe_ones {
            let vault = self.vaults[&holder];
            if !self.is_safe(vault.collateral, self.debt_now(&vault)) {
                self.liquidate(holder, now, effects);
            }
        }
        self.end_auctions(now, effects);
        let in_auctions: Amount = self.auctions.values().map(|auction| auction.due).sum();
        let healed = (self.uncovered - in_auctions).min(self.surplus);
        self.uncovered -= healed;
        self.surplus -= healed;
        let tab = self.config.debt_auction.tab;
        if self.uncovered - in_auctions >= tab {
            let lot = self.config.debt_auction.lot;
            self.start(None, lot, tab, tab, now, effects);
        }
    }

    pub(super) fn liquidate(&mut self, holder: HolderId, now: SimTime, effects: &mut Effects) {
        let Some(vault) = self.take(holder) else {
            return;
        };
        let penalty = Rate::ONE + self.config.penalty;
        let tab = times(vault.debt, penalty, Rounding::Ceil).unwrap_or(vault.debt);
        self.debt -= vault.debt;
        self.uncovered += vault.debt;
        self.start(
            Some(holder),
            vault.collateral,
            tab,
            vault.debt,
            now,
            effects,
        );
    }

    pub(super) fn start(
        &mut self,
        owner: Option<HolderId>,
        lot: Amount,
        tab: Amount,
        due: Amount,
        now: SimTime,
        effects: &mut Effects,
    ) {
        let auction = AuctionId(self.next_auction);
        self.next_auction += 1;
        let top = self.top();
        let (raised, best, since) = (0, None, now);
        let opened = Auction {
            owner,
            lot,
            tab,
            due,
            raised,
            since,
            top,
            best,
        };
        self.auctions.insert(auction, opened);
        effects.push(IssuerEffect::AuctionStarted {
            auction,
            owner,
            lot,
            tab,
        });
    }

    pub(super) fn top(&self) -> UnitPrice {
        let AuctionRule::Falling { start, .. } = self.config.auction else {
            return self.price;
        };
        UnitPrice(
            times(self.price.0, start, Rounding::Floor)
                .unwrap_or(self.price.0)
                .max(1),
        )
    }

    /// The rule by which an auction ends by itself, if it is a rising one.
    pub(super) fn rising(&self, auction: &Auction) -> Option<RisingRule> {
        match (auction.owner, self.config.auction) {
            (None, _) => Some(self.config.debt_auction.rule),
            (Some(_), AuctionRule::Rising(rule)) => Some(rule),
            (Some(_), AuctionRule::Falling { .. }) => None,
        }
    }

    pub(super) fn end_auctions(&mut self, now: SimTime, effects: &mut Effects) {
        let ids: Vec<AuctionId> = self.auctions.keys().copied().collect();
        for id in ids {
            let mut auction = self.auctions[&id];
            let over = match self.rising(&auction) {
                Some(rule) => now >= auction.ends(&rule),
                None => auction.price(&self.config.auction, now).0 == 0,
            };
            if !over {
                continue;
            }
            if let Some(best) = auction.best {
                self.settle(id, auction, best, effects);
                continue;
            }
            if auction.owner.is_none() {
                auction.lot = auction.lot.saturating_add(auction.lot / 2);
            }
            auction.since = now;
            auction.top = self.top();
            let Auction {
                owner, lot, tab, ..
            } = auction;
            self.auctions.insert(id, auction);
            let auction = id;
            effects.push(IssuerEffect::AuctionStarted {
                auction,
                owner,
                lot,
                tab,
            });
        }
    }

    /// Tokens out of escrow cover debt; what is more is surplus.
    pub(super) fn cover(&mut self, auction: &mut Auction, amount: Amount, effects: &mut Effects) {
        let covered = amount.min(auction.due);
        auction.due -= covered;
        auction.tab -= amount;
        auction.raised += amount;
        self.uncovered -= covered;
        self.surplus += amount - covered;
        self.supply.burn(amount);
        effects.push(IssuerEffect::BurnTokens { amount });
    }

    /// The best bid of a rising auction wins.
    pub(super) fn settle(
        &mut self,
        id: AuctionId,
        mut auction: Auction,
        best: Bid,
        effects: &mut Effects,
    ) {
        self.cover(&mut auction, best.amount, effects);
        match auction.owner {
            None => {
                let (to, units) = (best.holder, best.lot);
                effects.push(IssuerEffect::MintGovernance { to, units });
            }
            Some(_) => self.release(best.holder, best.lot, effects),
        }
        auction.lot -= best.lot;
        self.end(id, auction, effects);
    }

    pub(super) fn end(&mut self, id: AuctionId, auction: Auction, effects: &mut Effects) {
        if let (Some(owner), 1..) = (auction.owner, auction.lot) {
            self.release(owner, auction.lot, effects);
        }
        self.auctions.remove(&id);
        effects.push(IssuerEffect::AuctionEnded {
            auction: id,
            raised: auction.raised,
            shortfall: auction.due,
        });
    }

    pub(super) fn release(&mut self, to: HolderId, units: Amount, effects: &mut Effects) {
        self.collateral -= units;
        effects.push(IssuerEffect::ReleaseCollateral { to, units });
    }

    pub(super) fn bid(
        &mut self,
        id: AuctionId,
        bid: Bid,
        effects: &mut Effects,
    ) -> Result<(), Refusal> {
        let mut auction = *self.auctions.get(&id).ok_or(Refusal::NoAuction)?;
        if let Some(rule) = self.rising(&auction) {
            auction.beats(&bid, &rule)?;
            if let Some(beaten) = auction.best.replace(bid) {
                self.give_back(beaten.holder, beaten.amount, effects);
            }
            self.auctions.insert(id, auction);
            return Ok(());
        }
        let price = auction.price(&self.config.auction, bid.at);
        let take = auction.take(bid.amount, bid.lot, price, self.unit());
        let take = take.ok_or(Refusal::BidTooLow)?;
        self.cover(&mut auction, take.cost, effects);
        auction.lot -= take.lot;
        self.release(bid.holder, take.lot, effects);
        if bid.amount > take.cost {
            self.give_back(bid.holder, bid.amount - take.cost, effects);
        }
        if auction.tab == 0 || auction.lot == 0 {
            self.end(id, auction, effects);
        } else {
            self.auctions.insert(id, auction);
        }
        Ok(())
    }

    pub(super) fn give_back(&mut self, to: HolderId, amount: Amount, effects: &mut Effects) {
        self.supply.escrow -= amount;
        effects.push(IssuerEffect::ReturnTokens { to, amount });
    }
}
