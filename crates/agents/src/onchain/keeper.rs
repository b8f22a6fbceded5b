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

use firesale_amm::lending::{LiquidationCall, LiquidationRule, Receive};
use firesale_chain::LenderId;
use firesale_sim::prelude::*;

use super::gas;
use crate::ways::Way;

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

/// How seized collateral becomes money.
#[derive(Clone, Copy, Debug)]
enum Sale {
    /// It is what was repaid, or what the member wants anyway.
    None,
    Pool(Way),
    Venue,
}

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
                LiquidationRule::Absorb { base, .. } => absorb(turn, lender, base),
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

/// Where so many units of an asset bring most, and how many dollars.
fn best_sale(turn: &Look<'_>, (asset, into): (AssetId, AssetId), units: f64) -> (Sale, f64) {
    if asset == into {
        return (Sale::None, units * turn.dollars(into));
    }
    let mut best = (Sale::None, 0.0);
    for name in &turn.config().pools {
        let way = Way::out_of(turn, name, asset, Some(into));
        let Some((way, out)) = way.and_then(|way| Some((way, way.quote(turn, units)?))) else {
            continue;
        };
        if out * turn.dollars(into) > best.1 {
            best = (Sale::Pool(way), out * turn.dollars(into));
        }
    }
    if let Some(market) = spot(turn, asset)
        && let Some((bid, _)) = turn.quote(market).bid
    {
        let (quote, info) = (turn.quote(market), turn.info(market));
        let usd = units * info.usd(bid);
        let moved = 0.01 * usd / quote.bid_depth.max(1.0);
        let out = usd * (1.0 - turn.config().venue_fee - 0.5 * moved);
        if moved < 0.03 && out > best.1 {
            best = (Sale::Venue, out);
        }
    }
    best
}

/// The member's spot market on an asset.
fn spot(turn: &Look<'_>, asset: AssetId) -> Option<MarketId> {
    let mut mine = turn.markets().iter().copied();
    mine.find(|&m| turn.info(m).kind == InstrumentKind::Spot && turn.info(m).base == asset)
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

/// The call that sells what the call before it gave.
fn sell(
    turn: &Look<'_>,
    chain: ChainId,
    (asset, sale): (AssetId, Sale),
    least: u128,
) -> Option<Call> {
    match sale {
        Sale::None => None,
        Sale::Pool(way) => Some(Call::Swap {
            pool: way.pool.pool,
            from: way.from as u8,
            to: way.to as u8,
            amount: Amount::Previous,
            least,
        }),
        Sale::Venue => turn
            .chains()
            .get(chain)
            .token(asset)
            .map(|token| Call::Leave {
                token,
                amount: Amount::Previous,
                to: Exit::Wallet,
            }),
    }
}

/// Where the market absorbs: buys what is for sale, and absorbs what is in breach.
fn absorb(turn: &mut Look<'_>, lender: LenderRef, base: ReserveId) {
    let Some(money) = asset(turn, lender, base) else {
        return;
    };
    let logic = &turn.lender(lender).logic;
    let ids: SmallVec<[ReserveId; 8]> = logic.reserve_ids().collect();
    let for_sale: SmallVec<[ReserveId; 8]> = ids
        .into_iter()
        .filter(|id| logic.for_sale(*id, turn.now()) > 0)
        .collect();
    for collateral in for_sale {
        buy(turn, lender, collateral, money, base);
    }
    let held = usable(turn, lender, money);
    let held = turn.assets().get(money).units.chain_to_f64(held) * turn.dollars(money);
    let mut sent = 0;
    for account in breached(turn, lender) {
        let gain = discount(turn, lender, account, held);
        let call = Call::Absorb {
            lender: lender.lender,
            borrower: Holder(account.0),
        };
        let cost = gas::cost(
            turn,
            lender.chain,
            turn.offer(lender.chain),
            std::slice::from_ref(&call),
        );
        if gain - cost >= turn.config().least_profit.get().to_f64() && sent < turn.config().per_look
        {
            bid(turn, lender.chain, SmallVec::from_iter([call]), gain - cost);
            sent += 1;
        }
    }
}

/// What the discount on an account's collateral is worth to who can pay `held` dollars.
fn discount(turn: &Look<'_>, lender: LenderRef, account: AccountId, held: f64) -> f64 {
    let logic = &turn.lender(lender).logic;
    let LiquidationRule::Absorb {
        store_front_bps, ..
    } = logic.config().liquidation
    else {
        return 0.0;
    };
    let supplies = logic
        .account(account)
        .into_iter()
        .flat_map(|it| it.supplies.iter());
    let gains = supplies.filter_map(|supply| {
        let asset = asset(turn, lender, supply.reserve)?;
        let amount = logic.supply_of(account, supply.reserve, turn.now());
        let dollars = turn.assets().get(asset).units.chain_to_f64(amount) * turn.dollars(asset);
        let bonus = logic.config().reserves[supply.reserve.index()].liquidation_bonus_bps;
        Some(dollars.min(held) * f64::from(bonus) / 1e4 * f64::from(store_front_bps) / 1e4)
    });
    gains.sum()
}

/// Buys absorbed collateral at its discount and sells it in a pool, if that pays.
fn buy(
    turn: &mut Look<'_>,
    lender: LenderRef,
    collateral: ReserveId,
    money: AssetId,
    base: ReserveId,
) {
    let Some(asset) = asset(turn, lender, collateral) else {
        return;
    };
    let (units, held) = (turn.assets().get(money).units, usable(turn, lender, money));
    let price = turn.dollars(money);
    let mut best: Option<(f64, SmallVec<[Call; 2]>)> = None;
    for pay in (0..4).map(|halvings| held >> halvings) {
        let Ok(sale) = turn.lender(lender).logic.quote(collateral, pay) else {
            continue;
        };
        let bought = turn.assets().get(asset).units.chain_to_f64(sale.bought);
        let (way, proceeds) = best_sale(turn, (asset, money), bought);
        let mut calls: SmallVec<[Call; 2]> = SmallVec::new();
        calls.push(Call::BuyCollateral {
            lender: lender.lender,
            collateral: collateral.0 as u8,
            base: base.0 as u8,
            pay: Amount::Exact(sale.paid),
        });
        calls.extend(sell(turn, lender.chain, (asset, way), sale.paid));
        let cost = gas::cost(turn, lender.chain, turn.offer(lender.chain), &calls);
        let profit = proceeds - units.chain_to_f64(sale.paid) * price - cost;
        if profit > best.as_ref().map_or(0.0, |(most, _)| *most) {
            best = Some((profit, calls));
        }
    }
    if let Some((profit, calls)) = best
        && profit >= turn.config().least_profit.get().to_f64()
    {
        bid(turn, lender.chain, calls, profit);
    }
}

/// Collateral in the wallet goes to the venue, and what is there is sold.
fn sell_on_venue(turn: &mut Look<'_>) {
    for market in turn.markets().to_vec() {
        let info = turn.info(market).clone();
        if info.kind != InstrumentKind::Spot {
            continue;
        }
        let arrived = turn.wallet(info.base);
        if arrived > Usd::ZERO {
            turn.submit(Intent::deposit(info.venue, info.base, arrived));
        }
        let held = turn.position_qty(market);
        if held > Qty::ZERO {
            let worst = info.price_above(0.97 * turn.quote(market).mid);
            turn.submit(Intent::sell(held).on(market).at_worst(worst));
        }
    }
}

/// Money from sales goes back to the chain when little is left there.
fn bring_back(me: &mut Keeper, turn: &mut Look<'_>) {
    let Some(chain) = turn
        .config()
        .lenders
        .first()
        .and_then(|l| turn.chains().lender(l))
    else {
        return;
    };
    for &(asset, start) in &me.start {
        let has = turn.on_chain(chain.chain, asset);
        let in_wallet = turn.wallet(asset);
        if spot(turn, asset).is_none() && in_wallet > Usd::ZERO {
            turn.send_to_chain(chain.chain, asset, in_wallet);
        }
        let settles = |m: &&MarketId| turn.info(**m).settlement == asset;
        let Some(&market) = turn.markets().iter().find(settles) else {
            continue;
        };
        let balance = turn.balance(market, asset);
        if has < start / 2 && balance > 1000.0 && turn.now() >= me.moving_until {
            let amount = Usd(turn.assets().get(asset).units.venue_from_f64(balance));
            let venue = turn.info(market).venue;
            turn.submit(Intent::withdraw(venue, asset, amount));
            me.moving_until = turn.now() + SimDuration::secs(1800);
        }
    }
}
