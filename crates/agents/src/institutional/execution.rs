//! Execution traders: one large order, cut into slices over time.
//!
//! A member has so many dollars to trade in one direction and spreads them over a period as a part of
//! the recent volume or evenly in time, with or without a price limit. (The sell programme of
//! 6 May 2010 was set to 9% of the trailing minute's volume, with no limit on price or time:
//! Kirilenko, Kyle, Samadi and Tuzun 2017.)

use firesale_sim::prelude::*;

/// Parameters of a population of execution traders.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecutionTraderConfig {
    /// Buy or sell.
    pub side: TradeSide,
    /// Dollars that one member trades in all, at the starting price.
    pub notional: Money,
    /// When it begins, after the scenario's start.
    pub start: DurationText,
    /// How long it takes.
    pub over: DurationText,
    /// How far a slice may trade from the mid; absent: any price.
    #[serde(default)]
    pub limit: Option<f64>,
}

/// Buy or sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TradeSide {
    /// Buys.
    Buy,
    /// Sells.
    Sell,
}

/// An execution trader's memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct ExecutionTrader {
    begun: bool,
    start_qty: i64,
    total: i64,
}

impl AgentKind for ExecutionTrader {
    const KIND: &'static str = "execution_trader";
    type Config = ExecutionTraderConfig;

    fn new(_config: &ExecutionTraderConfig, _rng: &mut AgentRng) -> Self {
        Self {
            begun: false,
            start_qty: 0,
            total: 0,
        }
    }
}

pub(crate) fn decide(mut agents: Agents<'_, '_, ExecutionTrader>) {
    agents.par_decide(|me, turn| {
        let market = turn.market();
        let (start, over) = (turn.config().start.get(), turn.config().over.get());
        let since = turn.now().since(SimTime::ZERO + start);
        if since < SimDuration::ZERO {
            return;
        }
        let mid = turn.quote(market).mid;
        let held = turn.position_qty(market).0;
        if !me.begun {
            me.begun = true;
            me.start_qty = held;
            let notional = turn.config().notional.get().to_f64() * f64::from(turn.weight());
            me.total = turn.info(market).lots(notional, mid).0;
        }
        let side = if turn.config().side == TradeSide::Buy {
            Side::Buy
        } else {
            Side::Sell
        };
        let done = (held - me.start_qty) * side.sign();
        let due = (since.seconds() / over.seconds().max(1e-9)).min(1.0) * me.total as f64;
        let slice = due as i64 - done;
        if slice <= 0 {
            return;
        }
        let order = Intent::order(side, Qty(slice));
        let order = match turn.config().limit {
            Some(limit) => order.at_worst(
                turn.info(market)
                    .price(mid * (1.0 + side.sign() as f64 * limit)),
            ),
            None => order,
        };
        turn.submit(order);
    });
}
