//! Momentum traders with herding: they join a move that others have joined.
//!
//! The signal is the return of the own market over a look-back in units of its usual size; the herd
//! adds the same signal averaged over all markets the population knows, so sentiment spreads from coin
//! to coin. A trader enters with leverage from its own mix, protects the position with a stop, and
//! leaves when the signal fades. Some hold on to losers: they set no stop and leave a faded move only with a
//! profit, which is how late shorts come to be liquidated in a rebound. (Chartists of Chiarella and Iori 2002; herding through a common
//! sentiment as in Lux 1995; the disposition to ride losers: Odean 1998.)

use firesale_sim::prelude::*;

/// Parameters of a population of momentum traders.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MomentumTraderConfig {
    /// Look-back in seconds, between these.
    #[serde(default = "default_lookback")]
    pub lookback_seconds: [f64; 2],
    /// Move over the look-back that makes a trader enter, between these.
    pub threshold: [f64; 2],
    /// Weight of the other markets' moves in the signal, 0 to 1.
    #[serde(default = "default_herding")]
    pub herding: f64,
    /// Leverage mix: pairs of leverage and share of members.
    pub leverage_mix: Vec<[f64; 2]>,
    /// Part of the account that one position uses as margin.
    #[serde(default = "default_margin_share")]
    pub margin_share: f64,
    /// Loss on margin at which the stop triggers.
    #[serde(default = "default_stop")]
    pub stop_loss: f64,
    /// Share of members who set no stop and leave only with a profit.
    #[serde(default)]
    pub holds_share: f64,
    /// Whether members also buy rising markets; falling ones are always sold.
    #[serde(default = "default_true")]
    pub both_ways: bool,
    /// How far an order may trade from the mid.
    #[serde(default = "default_slippage")]
    pub slippage: f64,
}

const fn default_lookback() -> [f64; 2] {
    [120.0, 600.0]
}
const fn default_herding() -> f64 {
    0.4
}
const fn default_margin_share() -> f64 {
    0.5
}
const fn default_stop() -> f64 {
    0.5
}
const fn default_true() -> bool {
    true
}
const fn default_slippage() -> f64 {
    0.003
}

/// A momentum trader's character and memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct MomentumTrader {
    lookback: u32,
    threshold: f64,
    leverage: f64,
    holds: bool,
    stopped: bool,
}

mod slot {
    pub(super) const TRADE: u16 = 0;
    pub(super) const STOP: u16 = 1;
}

impl AgentKind for MomentumTrader {
    const KIND: &'static str = "momentum_trader";
    type Config = MomentumTraderConfig;

    fn check(c: &MomentumTraderConfig) -> Result<(), Misfit> {
        if c.leverage_mix.is_empty() {
            let message = "pairs of leverage and share are expected".to_owned();
            let key = "leverage_mix";
            return Err(Misfit { key, message });
        }
        for [leverage, share] in &c.leverage_mix {
            within("leverage_mix", *leverage, 0.1, MOST_LEVERAGE)?;
            within("leverage_mix", *share, 0.0, 1e6)?;
        }
        for value in c.lookback_seconds {
            within("lookback_seconds", value, 1.0, 86_400.0)?;
        }
        for value in c.threshold {
            within("threshold", value, 1e-5, 1.0)?;
        }
        within("herding", c.herding, 0.0, 1.0)?;
        within("margin_share", c.margin_share, 0.0, 1.0)?;
        within("holds_share", c.holds_share, 0.0, 1.0)?;
        within("stop_loss", c.stop_loss, 0.0, 10.0)?;
        within("slippage", c.slippage, 0.0, 1.0)
    }

    fn new(config: &MomentumTraderConfig, rng: &mut AgentRng) -> Self {
        let [near, far] = config.lookback_seconds;
        let [low, high] = config.threshold;
        Self {
            lookback: rng.range(near, far) as u32,
            threshold: rng.range(low, high),
            leverage: draw_leverage(&config.leverage_mix, rng),
            holds: rng.chance(config.holds_share),
            stopped: false,
        }
    }
}

/// A draw from pairs of leverage and share; shares need not add up to one.
pub(crate) fn draw_leverage(mix: &[[f64; 2]], rng: &mut AgentRng) -> f64 {
    let total: f64 = mix.iter().map(|m| m[1]).sum();
    let mut at = rng.uniform() * total;
    for [leverage, share] in mix {
        at -= share;
        if at <= 0.0 {
            return *leverage;
        }
    }
    mix.last().map_or(1.0, |m| m[0])
}

pub(crate) fn decide(mut agents: Agents<'_, '_, MomentumTrader>) {
    agents.par_decide(|me, turn| {
        let signal = signal(me, turn);
        let market = turn.market();
        let held = turn.position_qty(market);
        if held == Qty::ZERO {
            let way = if signal > 0.0 { Side::Buy } else { Side::Sell };
            let wanted = signal.abs() > 1.0 && (way == Side::Sell || turn.config().both_ways);
            if wanted && !me.stopped && tradable(turn) {
                enter(me, turn, way);
            }
            // One trade a move: a stopped trader waits for the market to calm down.
            me.stopped = me.stopped && signal.abs() > 0.5;
        } else {
            if !me.holds {
                guard(me, turn, held);
            }
            let faded = signal * held.0.signum() as f64 <= 0.1;
            if faded && (!me.holds || in_profit(turn)) {
                leave(turn, held);
            }
        }
    });
}

/// The move in units of the own threshold, the herd's included.
fn signal(me: &MomentumTrader, turn: &Turn<'_, MomentumTrader>) -> f64 {
    let seconds = me.lookback as usize;
    let own = turn.view().log_return(turn.market(), seconds);
    let markets = turn.markets();
    let all: f64 = markets
        .iter()
        .map(|&m| turn.view().log_return(m, seconds))
        .sum();
    let herd = all / markets.len() as f64;
    let h = turn.config().herding;
    ((1.0 - h) * own + h * herd) / me.threshold
}

/// Nobody jumps on a move through an empty book: the spread must leave most of the accepted slippage.
fn tradable(turn: &Turn<'_, MomentumTrader>) -> bool {
    let market = turn.market();
    let (quote, info) = (turn.quote(market), turn.info(market));
    let spread = quote
        .ask
        .zip(quote.bid)
        .map(|(a, b)| info.usd(a.0) - info.usd(b.0));
    spread.is_some_and(|s| s < turn.config().slippage * quote.mid)
}

fn enter(me: &MomentumTrader, turn: &mut Turn<'_, MomentumTrader>, side: Side) {
    let market = turn.market();
    let mid = turn.quote(market).mid;
    let budget = turn.free_margin(market) * turn.config().margin_share;
    let qty = turn.info(market).lots(budget * me.leverage, mid);
    let worst = turn
        .info(market)
        .price(mid * (1.0 + side.sign() as f64 * turn.config().slippage));
    turn.submit(Intent::order(side, qty).at_worst(worst).slot(slot::TRADE));
    turn.wake_in(SimDuration::secs(10));
}

/// Whether the position is worth more than closing it costs.
fn in_profit(turn: &Turn<'_, MomentumTrader>) -> bool {
    let position = turn.position(turn.market());
    position.is_some_and(|p| p.unrealised.to_f64() > turn.config().slippage * p.notional.to_f64())
}

/// Puts a stop behind a position that has none.
fn guard(me: &mut MomentumTrader, turn: &mut Turn<'_, MomentumTrader>, held: Qty) {
    let market = turn.market();
    if turn.open_order(market, slot::STOP).is_some() {
        return;
    }
    let sign = held.0.signum() as f64;
    let mid = turn.quote(market).mid;
    let distance = turn.config().stop_loss / me.leverage.max(1.0);
    let when = if sign > 0.0 {
        TriggerWhen::AtOrBelow
    } else {
        TriggerWhen::AtOrAbove
    };
    let price = turn.info(market).price(mid * (1.0 - sign * distance));
    let trigger = Trigger {
        source: TriggerSource::Mark,
        when,
        price,
    };
    let order = Intent::order(Side::of(-held.0), held.abs())
        .reduce_only()
        .when(trigger);
    turn.submit(order.slot(slot::STOP).because(Cause::STOP));
    me.stopped = true;
}

fn leave(turn: &mut Turn<'_, MomentumTrader>, held: Qty) {
    let market = turn.market();
    let side = Side::of(-held.0);
    let mid = turn.quote(market).mid;
    let worst = turn
        .info(market)
        .price(mid * (1.0 + side.sign() as f64 * turn.config().slippage));
    turn.submit(
        Intent::order(side, held.abs())
            .at_worst(worst)
            .reduce_only()
            .slot(slot::TRADE),
    );
    turn.wake_in(SimDuration::secs(10));
}
