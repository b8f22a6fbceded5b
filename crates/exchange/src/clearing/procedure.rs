//! The default procedure: auction, waterfall, tear-up.

use firesale_types::{AccountId, InstrumentId, Qty, Rate, Side, Usd};

use super::auction::{Bidder, Outcome, hold};
use super::share::pro_rata;
use super::{Allocation, FundShare, Layer, Resources, allocate, tear_up};
use crate::ledger::{Margin, PerpFill};
use crate::limits::{MAX_NOTIONAL, amount, value};
use crate::liquidation::{Defaulted, ForcedClose};
use crate::state::State;
use crate::valuation::Standing;
use crate::{ClearingConfig, Effects, Exchange, Report, Stage, VenueRecord};

/// A loss sent down the waterfall, and who stands in its layers.
struct Plan {
    /// The members beside the defaulter, in the order of the allocation.
    members: Vec<AccountId>,
    /// Units with gains: an account, or one of its isolated positions.
    gainers: Vec<(AccountId, Option<InstrumentId>)>,
    paid: Allocation,
}

impl Exchange {
    /// Closes all positions of a defaulted unit: the cheapest bidder takes them over at their marks,
    /// if the layers pay what the unit's margin does not; else they are torn up. Returns true.
    pub(crate) fn default_on(
        &mut self,
        number: u32,
        unit: Defaulted,
        standing: Standing,
        out: &mut Effects,
    ) -> bool {
        let Some(rules) = self.state.config.clearing.clone() else {
            return false;
        };
        let equity = amount(standing.equity);
        let auction = self.state.auction(&rules, unit, out);
        if let Some((winner, price)) = auction.winner {
            let plan = self
                .state
                .plan(&rules, unit, price - equity, Some(&auction));
            if plan.paid.uncovered.is_zero() {
                self.state.hand_over(number, unit, winner, standing, out);
                self.state.credit_unit(unit, -price);
                self.state.accounts[winner.index()].cash += price;
                let margin = price.min(equity).max(Usd::ZERO);
                self.state
                    .note_layer(unit.account, Layer::Margin, unit.account, margin, out);
                self.state.pay(unit, &plan, out);
                return true;
            }
        }
        self.state
            .tear_up_unit(number, &rules, unit, standing, &auction, out);
        true
    }
}

impl State {
    /// A deficit of a unit that has no positions left goes down the waterfall; what no layer covers
    /// is the house's, as a bad debt.
    pub(crate) fn share_deficit(&mut self, unit: Defaulted, deficit: Usd, out: &mut Effects) {
        let Some(rules) = self.config.clearing.clone() else {
            return;
        };
        let plan = self.plan(&rules, unit, deficit, None);
        self.pay(unit, &plan, out);
        self.fall_to_the_house(unit, plan.paid.uncovered, out);
    }

    /// Asks all members that could carry the portfolio for a bid.
    fn auction(&mut self, rules: &ClearingConfig, unit: Defaulted, out: &mut Effects) -> Outcome {
        let lots = self.lots_of(unit);
        let worth = |&(id, qty): &(InstrumentId, Qty)| {
            let mark = self.instruments[id.index()].mark;
            i128::from(self.value(id, mark, qty.abs()))
        };
        let gross = amount(lots.iter().map(worth).sum());
        let members = self.other_members(unit.account);
        let bidders: Vec<Bidder> = members
            .into_iter()
            .filter_map(|account| self.bidder(account, &lots))
            .collect();
        let outcome = hold(&rules.auction, gross, &bidders);
        out.records.push(VenueRecord::DefaultAuction {
            account: unit.account,
            notional: gross,
            bids: outcome.bids.len() as u32,
            winner: outcome.winner.map(|(winner, _)| winner),
            price: outcome.winner.map_or(Usd::ZERO, |(_, price)| price),
        });
        outcome
    }

    fn lots_of(&self, unit: Defaulted) -> Vec<(InstrumentId, Qty)> {
        let positions = &self.accounts[unit.account.index()].positions;
        let open = self.open_positions(unit.account, unit.isolated);
        let lots = open.into_iter().map(|at| &positions[at]);
        lots.map(|p| (p.instrument, p.qty)).collect()
    }

    /// Members other than the defaulter that are not in liquidation themselves.
    fn other_members(&self, defaulter: AccountId) -> Vec<AccountId> {
        let members = self.clearing.iter().flat_map(|clearing| &clearing.members);
        let others = members
            .map(|member| member.account)
            .filter(|&id| id != defaulter && !self.accounts[id.index()].health.in_liquidation());
        others.collect()
    }

    /// What taking these positions over would mean to a member; `None` if the tiers or the ledger do
    /// not let it.
    fn bidder(&self, id: AccountId, lots: &[(InstrumentId, Qty)]) -> Option<Bidder> {
        let before = &self.accounts[id.index()];
        let mut after = before.clone();
        for &(instrument, qty) in lots {
            let rules = &self.instruments[instrument.index()];
            let position = after.entry(instrument, rules.funding.index);
            position.qty += qty;
            let notional = value(position.worst().0, rules.mark.0, rules.unit);
            let largest = rules.tiers.largest(before.weight).min(MAX_NOTIONAL);
            if notional > largest.0 || position.cost.abs() > MAX_NOTIONAL {
                return None;
            }
        }
        Some(Bidder {
            account: id,
            free: self.free_margin(before),
            adds: amount(self.required(&after) - self.required(before)),
        })
    }

    /// Sends a loss down the layers below the defaulter's margin. Gains are looked for only if
    /// everything before them is used up: that walks the holders of all instruments.
    fn plan(
        &self,
        rules: &ClearingConfig,
        unit: Defaulted,
        loss: Usd,
        auction: Option<&Outcome>,
    ) -> Plan {
        let junior = |id: AccountId| {
            auction.is_some_and(|auction| !auction.bids.iter().any(|(bidder, _)| *bidder == id))
        };
        let [own_capital, second_capital] = self.own_capital();
        let mut resources = Resources {
            own_capital,
            second_capital,
            ..Resources::default()
        };
        let mut members = Vec::new();
        for member in self.clearing.iter().flat_map(|clearing| &clearing.members) {
            if member.account == unit.account {
                resources.contribution = member.held;
                continue;
            }
            members.push(member.account);
            resources.fund.push(FundShare {
                amount: member.held,
                junior: junior(member.account),
            });
            let cap = times(member.sized, rules.assessment) - member.assessed;
            let able = self.can_pay(member.account, None);
            resources.assessments.push(cap.min(able).max(Usd::ZERO));
        }
        let mut gainers = Vec::new();
        let mut paid = allocate(loss, &resources);
        if !paid.uncovered.is_zero() && rules.gains_haircut > Rate::ZERO {
            for (gainer, gain) in self.gains(unit) {
                gainers.push(gainer);
                resources.gains.push(times(gain, rules.gains_haircut));
            }
            paid = allocate(loss, &resources);
        }
        Plan {
            members,
            gainers,
            paid,
        }
    }

    /// What is left of both tranches of own capital.
    fn own_capital(&self) -> [Usd; 2] {
        self.clearing
            .as_ref()
            .map_or([Usd::ZERO; 2], |clearing| clearing.own)
    }

    /// What can be taken from a unit without leaving it bankrupt; nothing of one in liquidation.
    fn can_pay(&self, id: AccountId, isolated: Option<InstrumentId>) -> Usd {
        let account = &self.accounts[id.index()];
        let equity = match isolated {
            Some(_) => {
                self.standing(account, isolated, crate::instrument::Threshold::Maintenance)
                    .equity
            }
            None if account.mode.is_isolated() => i128::from(account.cash.0),
            None => self.equity_of(account),
        };
        let health = match isolated.and_then(|instrument| account.position(instrument)) {
            Some(position) => position.health,
            None => account.health,
        };
        if health.in_liquidation() {
            return Usd::ZERO;
        }
        amount(equity.max(0))
    }

    /// All units with a gain since the last settlement, after what their members will have been
    /// assessed for.
    fn gains(&self, unit: Defaulted) -> Vec<((AccountId, Option<InstrumentId>), Usd)> {
        let holders = self.instruments.iter().flat_map(|one| &one.holders);
        let holders: std::collections::BTreeSet<AccountId> = holders.copied().collect();
        let mut gains = Vec::new();
        for id in holders.into_iter().filter(|&id| id != unit.account) {
            let account = &self.accounts[id.index()];
            let of = |p: &crate::account::Position| {
                i128::from(self.instruments[p.instrument.index()].unrealised(p))
            };
            let open = account.positions.iter().filter(|p| !p.qty.is_zero());
            if account.mode.is_isolated() {
                gains.extend(open.map(|p| ((id, Some(p.instrument)), of(p))));
            } else {
                gains.push(((id, None), open.map(of).sum()));
            }
        }
        let bounded = gains.into_iter().map(|((id, isolated), gain)| {
            let assessable = self.assessable(id);
            let able = self.can_pay(id, isolated) - assessable;
            ((id, isolated), amount(gain).min(able))
        });
        bounded.filter(|(_, gain)| *gain > Usd::ZERO).collect()
    }

    /// What a member may still be assessed for.
    fn assessable(&self, id: AccountId) -> Usd {
        let (Some(clearing), Some(rules)) = (&self.clearing, &self.config.clearing) else {
            return Usd::ZERO;
        };
        match clearing.members.binary_search_by_key(&id, |m| m.account) {
            Ok(at) => {
                let member = &clearing.members[at];
                let cap = times(member.sized, rules.assessment) - member.assessed;
                cap.min(self.can_pay(id, None)).max(Usd::ZERO)
            }
            Err(_) => Usd::ZERO,
        }
    }

    /// Takes what a plan says from its payers and gives it to the unit.
    fn pay(&mut self, unit: Defaulted, plan: &Plan, out: &mut Effects) {
        let paid = &plan.paid;
        self.take_contribution(
            unit.account,
            (unit.account, Layer::Contribution),
            paid.contribution,
            out,
        );
        self.take_own_capital(unit.account, 0, paid.own_capital, out);
        for (&member, &amount) in plan.members.iter().zip(&paid.fund) {
            self.take_contribution(unit.account, (member, Layer::MutualFund), amount, out);
        }
        self.take_own_capital(unit.account, 1, paid.second_capital, out);
        for (&member, &amount) in plan.members.iter().zip(&paid.assessments) {
            if let Some(member) = self.clearing.as_mut().and_then(|c| c.member(member)) {
                member.assessed += amount;
            }
            self.take(unit.account, (member, None), Layer::Assessment, amount, out);
        }
        for (&gainer, &amount) in plan.gainers.iter().zip(&paid.haircuts) {
            if !amount.is_zero() {
                self.settle_unit_variation(gainer);
                self.take(unit.account, gainer, Layer::GainsHaircut, amount, out);
            }
        }
        let many = [&paid.fund, &paid.assessments, &paid.haircuts];
        let many: Usd = many
            .into_iter()
            .flatten()
            .fold(Usd::ZERO, |sum, &one| sum + one);
        let all = paid.contribution + paid.own_capital + paid.second_capital + many;
        self.credit_unit(unit, all);
    }

    fn take_contribution(
        &mut self,
        defaulter: AccountId,
        (payer, layer): (AccountId, Layer),
        amount: Usd,
        out: &mut Effects,
    ) {
        if let Some(member) = self.clearing.as_mut().and_then(|c| c.member(payer)) {
            member.held -= amount;
        }
        self.accounts[Exchange::DEFAULT_FUND.index()].cash -= amount;
        self.note_layer(defaulter, layer, payer, amount, out);
    }

    fn take_own_capital(
        &mut self,
        defaulter: AccountId,
        tranche: usize,
        amount: Usd,
        out: &mut Effects,
    ) {
        if let Some(clearing) = &mut self.clearing {
            clearing.own[tranche] -= amount;
        }
        self.accounts[Exchange::CLEARING_CAPITAL.index()].cash -= amount;
        let layer = [Layer::OwnCapital, Layer::SecondCapital][tranche];
        self.note_layer(defaulter, layer, Exchange::CLEARING_CAPITAL, amount, out);
    }

    /// Takes money from a unit's cash, or from the margin of an isolated position.
    fn take(
        &mut self,
        defaulter: AccountId,
        (payer, isolated): (AccountId, Option<InstrumentId>),
        layer: Layer,
        amount: Usd,
        out: &mut Effects,
    ) {
        self.credit_unit(
            Defaulted {
                account: payer,
                isolated,
            },
            -amount,
        );
        self.note_layer(defaulter, layer, payer, amount, out);
        if !amount.is_zero() {
            self.touch(payer, false);
        }
    }

    fn settle_unit_variation(&mut self, (account, isolated): (AccountId, Option<InstrumentId>)) {
        for at in self.open_positions(account, isolated) {
            self.settle_variation(account, at);
        }
    }

    /// Adds to the money of a unit: cash, or an isolated position's margin.
    fn credit_unit(&mut self, unit: Defaulted, amount: Usd) {
        let account = &mut self.accounts[unit.account.index()];
        match unit.isolated.map(|instrument| account.find(instrument)) {
            Some(Ok(at)) => account.positions[at].set_aside += amount,
            _ => account.cash += amount,
        }
    }

    /// Records what somebody bears, and tells it, unless it is nothing.
    fn note_layer(
        &mut self,
        defaulter: AccountId,
        layer: Layer,
        payer: AccountId,
        amount: Usd,
        out: &mut Effects,
    ) {
        if amount.is_zero() {
            return;
        }
        out.records.push(VenueRecord::Waterfall {
            account: defaulter,
            layer,
            payer,
            amount,
        });
        if !Self::is_system(payer) {
            out.reports.push((payer, Report::Charged { layer, amount }));
        }
        let words = [
            i64::from(defaulter.0),
            layer as i64,
            i64::from(payer.0),
            amount.0,
        ];
        self.digest.mix_all(words);
    }

    /// Moves all positions of a unit to the winner of the auction, at their marks.
    fn hand_over(
        &mut self,
        number: u32,
        unit: Defaulted,
        winner: AccountId,
        standing: Standing,
        out: &mut Effects,
    ) {
        let closes = self.closes_of(unit, standing);
        for (instrument, close) in closes {
            let price = self.instruments[instrument.index()].mark;
            self.swap(
                unit.account,
                winner,
                (instrument, close.side),
                (price, close.qty),
            );
            self.note_close(number, instrument, &close, out);
        }
    }

    /// The forced closes of all positions of a unit, at their marks.
    fn closes_of(&self, unit: Defaulted, standing: Standing) -> Vec<(InstrumentId, ForcedClose)> {
        let open = self.open_positions(unit.account, unit.isolated).into_iter();
        let close = |at: usize| {
            let position = &self.accounts[unit.account.index()].positions[at];
            let bankruptcy_price = self.bankruptcy_price(unit.account, unit.isolated, at, standing);
            let close = ForcedClose {
                side: Side::of(position.qty.0),
                qty: position.qty.abs(),
                price: self.instruments[position.instrument.index()].mark,
                bankruptcy_price,
                stage: Stage::Clearing,
            };
            (position.instrument, close)
        };
        open.map(close).collect()
    }

    /// A position on `side` goes, in part, from one account to another at a price; or is closed
    /// against the other's opposite one.
    fn swap(
        &mut self,
        from: AccountId,
        to: AccountId,
        (instrument, side): (InstrumentId, Side),
        (price, qty): (firesale_types::Price, Qty),
    ) {
        let fill = PerpFill {
            account: from,
            instrument,
            side: side.opposite(),
            price,
            qty,
            fee: Usd::ZERO,
            margin: Margin::Stays,
        };
        self.book_perp(&fill);
        self.book_perp(&PerpFill {
            account: to,
            side,
            margin: Margin::Returns,
            ..fill
        });
        self.digest
            .mix_all([i64::from(from.0), i64::from(to.0), price.0, qty.0]);
    }

    /// Tears up all contracts of a unit. The layers first pay its deficit; what they do not is borne
    /// by those whose contracts are torn up, and what these cannot pay by the house.
    ///
    /// Contracts are closed at the mark: positions are revalued at every mark, so it is the price of
    /// the last variation, and the deficit is exactly what is missing at it.
    fn tear_up_unit(
        &mut self,
        number: u32,
        rules: &ClearingConfig,
        unit: Defaulted,
        standing: Standing,
        auction: &Outcome,
        out: &mut Effects,
    ) {
        let deficit = amount((-standing.equity).max(0));
        let plan = self.plan(rules, unit, deficit, Some(auction));
        self.pay(unit, &plan, out);
        let mut closed: std::collections::BTreeMap<AccountId, Usd> = Default::default();
        for (instrument, close) in self.closes_of(unit, standing) {
            for (other, qty) in self.opposite_shares(unit.account, instrument, &close) {
                let price = close.price;
                let worth = Usd(self.value(instrument, price, qty));
                *closed.entry(other).or_default() += worth;
                self.swap(unit.account, other, (instrument, close.side), (price, qty));
                let report = Report::Deleveraged {
                    instrument,
                    qty,
                    price,
                };
                out.reports.push((other, report));
                out.records.push(VenueRecord::TornUp {
                    id: number,
                    account: unit.account,
                    counterparty: other,
                    instrument,
                    qty,
                    price,
                });
            }
            self.note_close(number, instrument, &close, out);
        }
        let bearers: Vec<AccountId> = closed.keys().copied().collect();
        let claims = closed
            .iter()
            .map(|(&id, &worth)| (worth, self.can_pay(id, None)));
        let claims: Vec<(Usd, Usd)> = claims.collect();
        let mut left = plan.paid.uncovered;
        for (id, part) in bearers.into_iter().zip(tear_up(left, &claims)) {
            self.take(unit.account, (id, None), Layer::TearUp, part, out);
            self.credit_unit(unit, part);
            left -= part;
        }
        self.fall_to_the_house(unit, left, out);
    }

    /// Who holds how much against a position that is torn up: all on the other side, in proportion.
    fn opposite_shares(
        &self,
        defaulter: AccountId,
        instrument: InstrumentId,
        close: &ForcedClose,
    ) -> Vec<(AccountId, Qty)> {
        let holders = self.instruments[instrument.index()].holders.iter();
        let held = |&id: &AccountId| {
            let position = self.accounts[id.index()].position(instrument);
            (id, position.map_or(0, |p| p.reducible(close.side).0))
        };
        let mut others: Vec<(AccountId, i64)> = holders
            .map(held)
            .filter(|&(id, qty)| qty > 0 && id != defaulter)
            .collect();
        others.sort_unstable();
        let sizes: Vec<i64> = others.iter().map(|(_, qty)| *qty).collect();
        let shares = pro_rata(&sizes, close.qty.0);
        let shares = others.into_iter().zip(shares).filter(|(_, qty)| *qty > 0);
        shares.map(|((id, _), qty)| (id, Qty(qty))).collect()
    }

    /// What nobody else bears.
    fn fall_to_the_house(&mut self, unit: Defaulted, left: Usd, out: &mut Effects) {
        if left <= Usd::ZERO {
            return;
        }
        self.accounts[Exchange::CLEARING_CAPITAL.index()].cash -= left;
        self.credit_unit(unit, left);
        self.note_bad_debt(unit.account, left, out);
    }
}

/// A multiple of an amount, rounded down.
fn times(amount: Usd, rate: Rate) -> Usd {
    let product = i128::from(amount.0) * i128::from(rate.0) / i128::from(Rate::ONE.0);
    crate::limits::amount(product)
}
