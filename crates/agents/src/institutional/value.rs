//! Value traders: they know roughly what the asset is worth, and a risk limit knows them.
//!
//! A member estimates the fundamental with its own persistent error and reads news with its own delay.
//! It holds a position in proportion to the mispricing, up to what its value-at-risk limit allows: the
//! limit is a part of equity over 2.33 daily standard deviations (one-day 99% VaR of a normal
//! distribution), with volatility as the market shows it. When volatility rises the limit shrinks and the
//! member sells what it would rather keep (the procyclical VaR constraint of Adrian and Shin 2014).

use firesale_sim::prelude::*;

/// Parameters of a population of value traders.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueTraderConfig {
    /// Standard deviation of the estimate's persistent error.
    #[serde(default = "default_error")]
    pub error: f64,
    /// Mean delay of the estimate behind the truth, in seconds (exponential over members).
    #[serde(default = "default_delay")]
    pub delay_seconds: f64,
    /// Mispricing at which the position reaches the limit.
    #[serde(default = "default_full")]
    pub full_at: f64,
    /// Mispricing below which nothing is done.
    #[serde(default = "default_dead_band")]
    pub dead_band: f64,
    /// Part of equity that may be lost in a day with 1% probability.
    #[serde(default = "default_var")]
    pub var_limit: f64,
    /// Volatility per second of a calm market, to start the estimate with.
    #[serde(default = "default_sigma")]
    pub calm_volatility: f64,
    /// Most notional over equity, whatever the volatility.
    #[serde(default = "default_leverage")]
    pub max_leverage: f64,
    /// Part of the wanted change that is traded at one wake.
    #[serde(default = "default_slice")]
    pub slice: f64,
    /// A slice is at most this part of the depth within 1%.
    #[serde(default = "default_participation")]
    pub depth_share: f64,
    /// How far an order may trade from the mid.
    #[serde(default = "default_slippage")]
    pub slippage: f64,
}

const fn default_error() -> f64 {
    0.003
}
const fn default_delay() -> f64 {
    20.0
}
const fn default_full() -> f64 {
    0.03
}
const fn default_dead_band() -> f64 {
    0.001
}
const fn default_var() -> f64 {
    0.04
}
const fn default_sigma() -> f64 {
    1e-4
}
const fn default_leverage() -> f64 {
    2.0
}
const fn default_slice() -> f64 {
    0.2
}
const fn default_participation() -> f64 {
    0.03
}
const fn default_slippage() -> f64 {
    0.002
}

/// A value trader's character and memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct ValueTrader {
    bias: f64,
    delay: f64,
    estimate: f64,
    variance: f64,
    last_look: SimTime,
    /// Lots held at the first look: a long-term holding, not a bet.
    core: Option<i64>,
}

/// Time constant of the volatility estimate, in seconds.
const VOLATILITY_SECONDS: f64 = 600.0;

impl AgentKind for ValueTrader {
    const KIND: &'static str = "value_trader";
    type Config = ValueTraderConfig;

    fn check(c: &ValueTraderConfig) -> Result<(), Misfit> {
        within("error", c.error, 0.0, 1.0)?;
        within("delay_seconds", c.delay_seconds, 0.0, 1e6)?;
        within("full_at", c.full_at, 1e-6, 1.0)?;
        within("var_limit", c.var_limit, 0.0, 1.0)?;
        within("max_leverage", c.max_leverage, 0.0, MOST_LEVERAGE)?;
        within("slice", c.slice, 0.0, 1.0)?;
        within("slippage", c.slippage, 0.0, 1.0)
    }

    fn new(config: &ValueTraderConfig, rng: &mut AgentRng) -> Self {
        Self {
            bias: config.error * normal(rng),
            delay: exponential(rng, config.delay_seconds),
            estimate: 0.0,
            variance: config.calm_volatility * config.calm_volatility,
            last_look: SimTime::ZERO,
            core: None,
        }
    }
}

pub(crate) fn decide(mut agents: Agents<'_, '_, ValueTrader>) {
    agents.par_decide(|me, turn| {
        let market = turn.market();
        let elapsed = turn.now().since(me.last_look).seconds();
        me.last_look = turn.now();
        study(me, turn, elapsed);
        let mid = turn.quote(market).mid;
        let mispricing = libm::log(me.estimate / mid);
        let limit = risk_limit(me, turn);
        let c = turn.config();
        let conviction = if mispricing.abs() < c.dead_band {
            0.0
        } else {
            mispricing / c.full_at
        };
        let wanted = conviction.clamp(-1.0, 1.0) * limit;
        let qty = turn.position_qty(market).0;
        let core = *me.core.get_or_insert(qty);
        let held = turn.info(market).notional(Qty(qty - core), mid);
        let over_limit = held.abs() > limit;
        if mispricing.abs() < c.dead_band && !over_limit {
            return;
        }
        let target = if over_limit {
            held.clamp(-limit, limit)
        } else {
            wanted
        };
        trade(turn, market, mid, target - held, mispricing);
    });
}

/// Updates the estimates of value and volatility.
fn study(me: &mut ValueTrader, turn: &Turn<'_, ValueTrader>, elapsed: f64) {
    let market = turn.market();
    let truth = turn.fundamental(market) * libm::exp(me.bias);
    let keep = if me.delay > 0.0 {
        libm::exp(-elapsed / me.delay)
    } else {
        0.0
    };
    me.estimate = if me.estimate == 0.0 {
        truth
    } else {
        keep * me.estimate + (1.0 - keep) * truth
    };
    let sigma = turn.view().volatility(market);
    let keep = libm::exp(-elapsed / VOLATILITY_SECONDS);
    me.variance = keep * me.variance + (1.0 - keep) * sigma * sigma;
}

/// Dollars the member may hold: the VaR limit, capped by leverage.
fn risk_limit(me: &ValueTrader, turn: &Turn<'_, ValueTrader>) -> f64 {
    let daily = libm::sqrt(me.variance * 86_400.0).max(1e-4);
    let equity = turn.equity(turn.market()).max(0.0);
    let c = turn.config();
    (equity * c.var_limit / (2.33 * daily)).min(equity * c.max_leverage)
}

fn trade(
    turn: &mut Turn<'_, ValueTrader>,
    market: MarketId,
    mid: f64,
    change: f64,
    mispricing: f64,
) {
    let side = if change > 0.0 { Side::Buy } else { Side::Sell };
    let quote = turn.quote(market);
    let depth = if side == Side::Buy {
        quote.ask_depth
    } else {
        quote.bid_depth
    };
    let c = turn.config();
    let members = f64::from(turn.members());
    let usd = (change.abs() * c.slice).min(depth * c.depth_share / members.max(1.0) * 4.0);
    let usd = if side == Side::Buy {
        usd.min(turn.buying_power(market) * c.max_leverage)
    } else {
        usd
    };
    let sign = side.sign() as f64;
    // Never worse than the own estimate of value, unless the risk limit forces the trade.
    let reach = if mispricing * sign > 0.0 {
        c.slippage.min(mispricing.abs())
    } else {
        c.slippage
    };
    let fresh = turn.since_news().is_some_and(|s| s < 900.0);
    let cause = if fresh { Cause::NEWS } else { Cause::SIGNAL };
    let qty = turn.info(market).lots(usd, mid);
    let worst = turn.info(market).price(mid * (1.0 + sign * reach));
    turn.submit(Intent::order(side, qty).at_worst(worst).because(cause));
}
