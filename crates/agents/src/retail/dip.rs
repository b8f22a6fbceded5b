//! Dip buyers: they average down, most of them only once the fall has slowed.
//!
//! Each member believes in the price of the past hours and buys when the discount to it exceeds its own
//! patience; patience is spread so that the buying power of the population grows as discount^1.5 (form
//! and size: sizing sheet, grade A). A part buys regardless; the others wait until the last three
//! minutes look calm, which is why a fast fall finds few buyers and a stopped one rebounds.

use firesale_sim::prelude::*;

/// Parameters of a population of dip buyers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DipBuyerConfig {
    /// Discount at which the last member buys.
    pub deepest: f64,
    /// Exponent of buying power in the discount.
    #[serde(default = "default_exponent")]
    pub exponent: f64,
    /// Share of members who do not wait.
    #[serde(default = "default_unconditional")]
    pub unconditional_share: f64,
    /// A member who waits buys when the fall of the last three minutes is below this.
    #[serde(default = "default_calm")]
    pub calm_fall: f64,
    /// Seconds over which a member spends its money.
    #[serde(default = "default_deploy")]
    pub deploy_seconds: f64,
    /// Notional over equity it is willing to build up.
    #[serde(default = "default_leverage")]
    pub leverage: f64,
    /// How far an order may trade from the mid.
    #[serde(default = "default_slippage")]
    pub slippage: f64,
    /// Time constant of the believed price, in seconds.
    #[serde(default = "default_memory")]
    pub memory_seconds: f64,
}

const fn default_exponent() -> f64 {
    1.5
}
const fn default_unconditional() -> f64 {
    0.25
}
const fn default_calm() -> f64 {
    0.012
}
const fn default_deploy() -> f64 {
    350.0
}
const fn default_leverage() -> f64 {
    1.0
}
const fn default_slippage() -> f64 {
    0.003
}
const fn default_memory() -> f64 {
    14_400.0
}

/// A dip buyer's character and memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct DipBuyer {
    patience: f64,
    waits: bool,
    believed: f64,
    last_look: SimTime,
}

/// Seconds between two slices of one purchase.
const SLICE_SECONDS: f64 = 20.0;

impl AgentKind for DipBuyer {
    const KIND: &'static str = "dip_buyer";
    type Config = DipBuyerConfig;

    fn check(c: &DipBuyerConfig) -> Result<(), Misfit> {
        within("deepest", c.deepest, 0.0, 1.0)?;
        within("exponent", c.exponent, 0.01, 100.0)?;
        within("unconditional_share", c.unconditional_share, 0.0, 1.0)?;
        within("deploy_seconds", c.deploy_seconds, 1.0, 1e7)?;
        within("leverage", c.leverage, 0.0, MOST_LEVERAGE)?;
        within("slippage", c.slippage, 0.0, 1.0)?;
        within("memory_seconds", c.memory_seconds, 1.0, 1e9)
    }

    fn new(config: &DipBuyerConfig, rng: &mut AgentRng) -> Self {
        Self {
            patience: config.deepest * libm::pow(rng.uniform(), 1.0 / config.exponent),
            waits: !rng.chance(config.unconditional_share),
            believed: 0.0,
            last_look: SimTime::ZERO,
        }
    }
}

pub(crate) fn decide(mut agents: Agents<'_, '_, DipBuyer>) {
    agents.par_decide(|me, turn| {
        let market = turn.market();
        let mid = turn.quote(market).mid;
        let elapsed = turn.now().since(me.last_look).seconds();
        me.last_look = turn.now();
        let keep = libm::exp(-elapsed / turn.config().memory_seconds);
        me.believed = if me.believed == 0.0 {
            mid
        } else {
            keep * me.believed + (1.0 - keep) * mid
        };
        let discount = 1.0 - mid / me.believed;
        if discount < me.patience {
            return;
        }
        let falling = -turn.view().log_return(market, 180) > turn.config().calm_fall;
        if me.waits && falling {
            turn.wake_in(SimDuration::secs(30));
            return;
        }
        buy_a_slice(turn, market, mid);
    });
}

/// Spends an even part of what is left; the deeper the discount, the longer it goes on.
fn buy_a_slice(turn: &mut Turn<'_, DipBuyer>, market: MarketId, mid: f64) {
    let c = turn.config();
    let (leverage, slippage, deploy) = (c.leverage, c.slippage, c.deploy_seconds);
    let equity = turn.equity(market);
    let held = turn.info(market).notional(turn.position_qty(market), mid);
    let room = (equity * leverage - held.max(0.0)).min(turn.buying_power(market) * leverage);
    let whole = equity * leverage;
    let slice = (whole * SLICE_SECONDS / deploy).min(room);
    if slice <= 0.01 * whole {
        return;
    }
    let qty = turn.info(market).lots(slice, mid);
    let worst = turn.info(market).price(mid * (1.0 + slippage));
    turn.submit(Intent::buy(qty).at_worst(worst));
    turn.wake_in(SimDuration::from_secs_f64(SLICE_SECONDS));
}
