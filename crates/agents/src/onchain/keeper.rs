//! Liquidation keepers: they repay the debt of accounts in breach for collateral with a bonus.
//!
//! At every look a member asks each of its `lenders` for the accounts in breach (an index, no scan), takes
//! the 50 that owe most, and for each debt and collateral works out what repaying all that the close factor
//! allows and its inventory covers, or a half, a quarter, an eighth of it, would bring:
//!
//! profit = proceeds of the collateral - debt repaid - gas
//!
//! The proceeds are the best of its `pools`, by exact quote for the whole amount into the debt's coin, and
//! of its venue's spot market: the bid less `venue_fee` less half of what the sale moves the price, which is
//! 1% for as many dollars as the bids within 1% are. All is in dollars as the public sees them, not at the
//! lender's prices. The best `per_look` of those above `least_profit` become transactions, each offering `bid_share`
//! of its profit to the producer on top of the usual tip. A sale in a pool is in the same transaction and
//! fails with it if it would not cover debt and gas; collateral for the venue goes there through the wallet
//! and is sold at up to 3% below the mid. With less than half of the money of its first look left on the
//! chain a member brings back what it has on the venue.
//!
//! Where the market absorbs accounts (Compound III), members absorb an account when the discount on the
//! collateral that they can pay for would cover gas and `least_profit`, and buy collateral that is for sale when
//! selling it in a pool pays.
//!
//! domain: a keeper acts iff bonus x seized - slippage - gas > 0 (2.5). Margins and shares are assumptions (A).

mod absorb;
mod sale;

use firesale_amm::lending::{LiquidationCall, LiquidationRule, Receive};
use firesale_chain::LenderId;
use firesale_sim::prelude::*;

use self::sale::{Sale, best_sale, bring_back, sell, sell_on_venue};
use super::gas;

/// Parameters of a population of keepers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeeperConfig {
    /// The lending markets they watch.
    pub lenders: Vec<String>,
    /// The pools in which they sell collateral.
    #[serde(default)]
    pub pools: Vec<String>,
    /// The least profit in dollars.
    #[serde(default = "default_least")]
    pub least_profit: Money,
    /// The part of the profit that they offer to producers.
    #[serde(default = "half")]
    pub bid_share: f64,
    /// Liquidations at one look.
    #[serde(default = "default_per_look")]
    pub per_look: u32,
    /// What a sale on the venue costs.
    #[serde(default = "default_venue_fee")]
    pub venue_fee: f64,
    /// Units of the native asset that one account keeps for gas.
    #[serde(default = "default_keep")]
    pub keep: f64,
}

const fn default_least() -> Money {
    Money::new(Usd::dollars(5))
}
const fn half() -> f64 {
    0.5
}
const fn default_per_look() -> u32 {
    4
}
const fn default_venue_fee() -> f64 {
    0.0005
}
const fn default_keep() -> f64 {
    0.5
}

/// The accounts of a lending market that one look considers.
const CONSIDERED: usize = 50;

/// A keeper's memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct Keeper {
    /// Money on the chain at the first look, by asset.
    start: Vec<(AssetId, u128)>,
    moving_until: SimTime,
}

impl AgentKind for Keeper {
    const KIND: &'static str = "keeper";
    const NEEDS_VENUE: bool = false;
    type Config = KeeperConfig;

    fn check(c: &KeeperConfig) -> Result<(), Misfit> {
        if c.lenders.is_empty() {
            return Err(Misfit {
                key: "lenders",
                message: "a keeper watches at least one lending market".to_owned(),
            });
        }
        within("least_profit", c.least_profit.get().to_f64(), 0.0, 1e12)?;
        within("bid_share", c.bid_share, 0.0, 1.0)?;
        within("per_look", f64::from(c.per_look), 1.0, 100.0)?;
        within("venue_fee", c.venue_fee, 0.0, 1.0)?;
        within("keep", c.keep, 0.0, 1e9)
    }

    fn names(c: &KeeperConfig) -> Vec<(&'static str, NameOf, String)> {
        let lenders = c
            .lenders
            .iter()
            .map(|name| ("lenders", NameOf::Lender, name.clone()));
        let pools = c
            .pools
            .iter()
            .map(|name| ("pools", NameOf::Pool, name.clone()));
        lenders.chain(pools).collect()
    }

    fn new(_config: &KeeperConfig, _rng: &mut AgentRng) -> Self {
        Self {
            start: Vec::new(),
            moving_until: SimTime::ZERO,
        }
    }
}

type Look<'a> = Turn<'a, Keeper>;

/// One liquidation that pays.
#[derive(Clone, Copy, Debug)]
struct Chance {
    lender: LenderRef,
    call: LiquidationCall,
    debt_asset: AssetId,
    asset: AssetId,
    sale: Sale,
    /// What the sale must bring, in units of the debt.
    least: f64,
    profit: f64,
}

pub(crate) fn decide(mut agents: Agents<'_, '_, Keeper>) {
    agents.par_decide(|me, turn| {
        sell_on_venue(turn);
        bring_back(me, turn);
        let lenders = turn.config().lenders.iter();
        let lenders: SmallVec<[LenderRef; 2]> = lenders
            .filter_map(|name| turn.chains().lender(name))
            .collect();
        for lender in lenders {
            remember(me, turn, lender);
            if turn.waiting(lender.chain) > 0 {
                continue;
            }
            match turn.lender(lender).logic.config().liquidation {
                LiquidationRule::CloseFactor { .. } => liquidate(turn, lender),
                LiquidationRule::Absorb { base, .. } => absorb::act(turn, lender, base),
            }
        }
    });
}

/// Notes at the first look what the member has of everything that can be owed.
fn remember(me: &mut Keeper, turn: &Look<'_>, lender: LenderRef) {
    for reserve in turn.lender(lender).logic.reserve_ids() {
        if let Some(asset) = asset(turn, lender, reserve)
            && me.start.iter().all(|(known, _)| *known != asset)
        {
            me.start.push((asset, turn.on_chain(lender.chain, asset)));
        }
    }
}

fn asset(turn: &Look<'_>, lender: LenderRef, reserve: ReserveId) -> Option<AssetId> {
    let token = *turn.lender(lender).tokens.get(reserve.index())?;
    turn.chains().get(lender.chain).asset(token)
}

fn usable(turn: &Look<'_>, lender: LenderRef, asset: AssetId) -> u128 {
    gas::usable(turn, lender.chain, asset, turn.config().keep)
}

/// Accounts in breach, those that owe most first.
fn breached(turn: &Look<'_>, lender: LenderRef) -> Vec<AccountId> {
    let logic = &turn.lender(lender).logic;
    let all = logic.liquidatable(turn.now()).into_iter();
    let mut all: Vec<(u128, AccountId)> = all
        .map(|id| (logic.health(id, turn.now()).debt, id))
        .collect();
    all.sort_by_key(|&(debt, id)| (std::cmp::Reverse(debt), id));
    all.into_iter().take(CONSIDERED).map(|(_, id)| id).collect()
}

fn liquidate(turn: &mut Look<'_>, lender: LenderRef) {
    let mut chances: Vec<Chance> = Vec::new();
    for account in breached(turn, lender) {
        chances.extend(best_of(turn, lender, account));
    }
    // Equal profits keep the order of debts.
    chances.sort_by(|a, b| b.profit.total_cmp(&a.profit));
    let mut spent: Vec<(AssetId, u128)> = Vec::new();
    for chance in chances.into_iter().take(turn.config().per_look as usize) {
        let before = spent
            .iter()
            .filter(|(asset, _)| *asset == chance.debt_asset);
        let before: u128 = before.map(|(_, amount)| *amount).sum();
        if before + chance.call.repay > usable(turn, lender, chance.debt_asset) {
            continue;
        }
        spent.push((chance.debt_asset, chance.call.repay));
        let calls = calls(turn, &chance);
        bid(turn, lender.chain, calls, chance.profit);
    }
}

/// Sends calls that make a profit, and gives a part of it to the producer.
fn bid(turn: &mut Look<'_>, chain: ChainId, calls: SmallVec<[Call; 2]>, profit: f64) {
    let share = turn.config().bid_share * profit;
    let offer = gas::raise(turn, chain, turn.offer(chain), &calls, share);
    turn.transact(chain, offer, calls);
}

/// The best liquidation of an account, if one pays.
fn best_of(turn: &Look<'_>, lender: LenderRef, borrower: AccountId) -> Option<Chance> {
    let logic = &turn.lender(lender).logic;
    let liquidator = turn.debtor(lender.chain)?;
    let account = logic.account(borrower)?;
    let mut best: Option<Chance> = None;
    for debt in account.debts.iter().map(|debt| debt.reserve) {
        let Some(debt_asset) = asset(turn, lender, debt) else {
            continue;
        };
        for collateral in account.supplies.iter().map(|supply| supply.reserve) {
            let most = logic.max_repay(borrower, debt, collateral, turn.now());
            let most = most.min(usable(turn, lender, debt_asset));
            for repay in (0..4).map(|halvings| most >> halvings) {
                let call = LiquidationCall {
                    liquidator,
                    borrower,
                    collateral,
                    debt,
                    repay,
                    receive: Receive::Tokens,
                };
                let chance = chance(turn, lender, call, debt_asset);
                if chance.is_some_and(|c| c.profit > best.map_or(0.0, |b| b.profit)) {
                    best = chance;
                }
            }
        }
    }
    best.filter(|chance| chance.profit >= turn.config().least_profit.get().to_f64())
}

/// What a liquidation would bring.
fn chance(
    turn: &Look<'_>,
    lender: LenderRef,
    call: LiquidationCall,
    debt_asset: AssetId,
) -> Option<Chance> {
    let asset = asset(turn, lender, call.collateral)?;
    let (repaid, seized) = terms(turn, lender, &call, (debt_asset, asset))?;
    let debt_price = turn.dollars(debt_asset);
    let (sale, proceeds) = best_sale(turn, (asset, debt_asset), seized);
    let mut chance = Chance {
        lender,
        call,
        debt_asset,
        asset,
        sale,
        least: 0.0,
        profit: 0.0,
    };
    let offer = turn.offer(lender.chain);
    let gas = gas::cost(turn, lender.chain, offer, &calls(turn, &chance));
    chance.least = repaid + gas / debt_price.max(1e-12);
    chance.profit = proceeds - repaid * debt_price - gas;
    Some(chance)
}

/// What would be repaid and what would be seized, in units, if the market allows it.
fn terms(
    turn: &Look<'_>,
    lender: LenderRef,
    call: &LiquidationCall,
    (debt_asset, asset): (AssetId, AssetId),
) -> Option<(f64, f64)> {
    let logic = &turn.lender(lender).logic;
    let bonus_kept = logic.liquidation_profit(turn.now(), call)? as f64 / 1e8;
    let price = |reserve| logic.price(reserve).map(|price| price as f64 / 1e8);
    let (price_c, price_d) = (price(call.collateral)?, price(call.debt)?);
    let units = |asset: AssetId, amount: u128| turn.assets().get(asset).units.chain_to_f64(amount);
    let account = logic.account(call.borrower)?;
    let categories = &logic.config().categories;
    let own = account.category.map(|c| &categories[c.index()]);
    let bonus = own
        .filter(|c| c.collateral.contains(&call.collateral))
        .map_or(
            logic.config().reserves[call.collateral.index()].liquidation_bonus_bps,
            |c| c.liquidation_bonus_bps,
        );
    let held = logic.supply_of(call.borrower, call.collateral, turn.now());
    let covered = units(asset, held) * price_c / (1.0 + f64::from(bonus) / 1e4);
    let repaid = (units(debt_asset, call.repay) * price_d).min(covered);
    Some((repaid / price_d, (repaid + bonus_kept) / price_c))
}

fn calls(turn: &Look<'_>, chance: &Chance) -> SmallVec<[Call; 2]> {
    let lender: LenderId = chance.lender.lender;
    let mut calls: SmallVec<[Call; 2]> = SmallVec::new();
    calls.push(Call::Liquidate {
        lender,
        borrower: Holder(chance.call.borrower.0),
        collateral: chance.call.collateral.0 as u8,
        debt: chance.call.debt.0 as u8,
        repay: chance.call.repay,
    });
    let units = turn.assets().get(chance.debt_asset).units;
    calls.extend(sell(
        turn,
        chance.lender.chain,
        (chance.asset, chance.sale),
        units.chain_from_f64(chance.least),
    ));
    calls
}
