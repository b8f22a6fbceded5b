//! Noise traders: orders without information, the everyday flow.
//!
//! Each wake is one small order: at market within a narrow limit, or resting near the touch. A trader
//! far from flat trades back, so nobody drifts. Sizes shrink with the depth of the book: who sees an
//! empty book trades less (without this, an empty book makes volatility and volatility empties the
//! book; cf. the ignition trap of the sizing study).

use firesale_sim::prelude::*;

/// Parameters of a population of noise traders.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoiseTraderConfig {
    /// Mean order in dollars, for one real account.
    pub order_usd: f64,
    /// Standard deviation of the logarithm of the order's size.
    #[serde(default = "default_sigma")]
    pub order_sigma: f64,
    /// How far a market order may trade from the mid.
    #[serde(default = "default_limit")]
    pub limit: f64,
    /// Share of orders that rest instead.
    #[serde(default = "default_resting")]
    pub resting_share: f64,
    /// Mean distance of resting orders from the mid (exponential).
    #[serde(default = "default_distance")]
    pub resting_distance: f64,
    /// Positions beyond this many orders are traded back.
    #[serde(default = "default_span")]
    pub most_orders_held: f64,
}

const fn default_sigma() -> f64 {
    1.0
}
const fn default_limit() -> f64 {
    0.0015
}
const fn default_resting() -> f64 {
    0.3
}
const fn default_distance() -> f64 {
    0.001
}
const fn default_span() -> f64 {
    10.0
}

/// A noise trader's memory: how deep the book usually is.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct NoiseTrader {
    usual_depth: f64,
    next_slot: u16,
    /// Lots held at the first look.
    core: Option<i64>,
}

/// Slot 0 is for market orders; resting ones rotate over the others.
const RESTING_SLOTS: u16 = 4;

impl AgentKind for NoiseTrader {
    const KIND: &'static str = "noise_trader";
    type Config = NoiseTraderConfig;

    fn new(_config: &NoiseTraderConfig, _rng: &mut AgentRng) -> Self {
        Self {
            usual_depth: 0.0,
            next_slot: 1,
            core: None,
        }
    }
}

pub(crate) fn decide(mut agents: Agents<'_, '_, NoiseTrader>) {
    agents.par_decide(|me, turn| {
        let market = turn.market();
        let quote = *turn.quote(market);
        let depth = quote.bid_depth.min(quote.ask_depth);
        me.usual_depth = if me.usual_depth == 0.0 {
            depth
        } else {
            0.98 * me.usual_depth + 0.02 * depth
        };
        let shrink = if me.usual_depth > 0.0 {
            (depth / me.usual_depth).min(1.0)
        } else {
            1.0
        };
        let c = turn.config();
        let (sigma, mean, limit, resting, distance, span) = (
            c.order_sigma,
            c.order_usd,
            c.limit,
            c.resting_share,
            c.resting_distance,
            c.most_orders_held,
        );
        let typical = mean * f64::from(turn.weight());
        let usd = typical * lognormal(turn.rng(), -0.5 * sigma * sigma, sigma) * shrink;
        let lots = turn.position_qty(market).0;
        let core = *me.core.get_or_insert(lots);
        let held = turn.info(market).notional(Qty(lots - core), quote.mid);
        let side = choose_side(turn, held, typical * span);
        let sign = side.sign() as f64;
        let qty = turn.info(market).lots(usd, quote.mid);
        if turn.rng().chance(resting) {
            let away = exponential(turn.rng(), distance);
            let price = turn.info(market).price(quote.mid * (1.0 - sign * away));
            let slot = me.next_slot;
            me.next_slot = 1 + me.next_slot % RESTING_SLOTS;
            let end = turn.now() + SimDuration::secs(300);
            turn.submit(Intent::order(side, qty).limit_until(price, end).slot(slot));
        } else {
            let worst = turn.info(market).price(quote.mid * (1.0 + sign * limit));
            turn.submit(Intent::order(side, qty).at_worst(worst));
        }
    });
}

/// A coin toss, weighted against what is held.
fn choose_side(turn: &mut Turn<'_, NoiseTrader>, held: f64, most: f64) -> Side {
    let lean = if most > 0.0 {
        (held / most).clamp(-1.0, 1.0)
    } else {
        0.0
    };
    if turn.rng().uniform() < 0.5 * (1.0 - lean) {
        Side::Buy
    } else {
        Side::Sell
    }
}
