//! Keepers where the market takes accounts over and sells their collateral itself.

use firesale_amm::lending::LiquidationRule;
use firesale_sim::prelude::*;

use super::sale::{best_sale, sell};
use super::{Look, asset, bid, breached, gas, usable};

/// Where the market absorbs: buys what is for sale, and absorbs what is in breach.
pub(super) fn act(turn: &mut Look<'_>, lender: LenderRef, base: ReserveId) {
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
