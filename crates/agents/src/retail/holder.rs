//! Holders of leveraged positions: stops, take-profits, margin calls, panic.
//!
//! A holder opened its position before the run. It protects it with a stop at a loss it can bear, takes
//! profit at a distance it hopes for, answers margin calls (pays in after a while, closes in part, or
//! looks away), and some close in panic when the market falls fast. All of it scales with leverage:
//! who owns the asset outright has no margin to call and no reason to run.
//!
//! Shares and distances: assumptions of the scenario's sizing sheet (stops on 3-9% of long open
//! interest; 25-35% of shorts cover into a fall; voluntary closing of 0.2-0.4% a second per 100% of
//! excess fall); grade A.

use firesale_sim::prelude::*;

/// Parameters of a population of holders.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeveragedHolderConfig {
    /// Share of members with a stop-loss at the venue.
    #[serde(default)]
    pub stop_share: f64,
    /// A stop triggers at a loss between these parts of equity.
    #[serde(default = "default_stop_loss")]
    pub stop_loss: [f64; 2],
    /// Share of members with a take-profit at the venue.
    #[serde(default)]
    pub take_profit_share: f64,
    /// Scale of the distance of take-profits from the starting price (Rayleigh: 63% lie nearer).
    #[serde(default = "default_take_profit")]
    pub take_profit_distance: f64,
    /// Factor on that distance, by symbol: holders of wilder coins hope for more.
    #[serde(default)]
    pub take_profit_stretch: BTreeMap<String, f64>,
    /// Share of members who can panic.
    #[serde(default)]
    pub panic_share: f64,
    /// Probability per second of closing, for each 100% of fall in five minutes beyond the threshold.
    #[serde(default)]
    pub panic_rate: f64,
    /// Fall within five minutes that nobody minds.
    #[serde(default = "default_panic_threshold")]
    pub panic_threshold: f64,
    /// Probability that a margin call is met with money from outside.
    #[serde(default)]
    pub top_up_share: f64,
    /// Probability that a margin call is met by closing half of the position.
    #[serde(default)]
    pub reduce_share: f64,
    /// Mean time until a margin call is acted on, in seconds.
    #[serde(default = "default_top_up_delay")]
    pub reaction_seconds: f64,
    /// How far a closing order may trade from the mid.
    #[serde(default = "default_slippage")]
    pub slippage: f64,
    /// Positions above this notional (of one real account) have no orders at the venue: they are worked
    /// by hand.
    #[serde(default = "default_large")]
    pub large: Money,
    /// A closing order is at most this part of the depth within 1%.
    #[serde(default = "default_depth_share")]
    pub depth_share: f64,
}

const fn default_stop_loss() -> [f64; 2] {
    [0.3, 0.8]
}
const fn default_take_profit() -> f64 {
    0.11
}
const fn default_panic_threshold() -> f64 {
    0.008
}
const fn default_top_up_delay() -> f64 {
    180.0
}
const fn default_slippage() -> f64 {
    0.01
}
const fn default_large() -> Money {
    Money::new(Usd::dollars(500_000))
}
const fn default_depth_share() -> f64 {
    0.04
}

/// What a holder is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Plan {
    /// Orders are still to be placed.
    Begin,
    /// Watch.
    Hold,
    /// Close everything.
    Close,
    /// Take profit by hand once the mid of the own market is beyond this price.
    Target(f64),
    /// Pay in at that time.
    TopUp(SimTime),
    /// Close half at that time.
    Reduce(SimTime),
}

/// A holder's memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct LeveragedHolder {
    plan: Plan,
    can_panic: bool,
    last_look: SimTime,
}

impl AgentKind for LeveragedHolder {
    const KIND: &'static str = "leveraged_holder";
    const WAKE_ON: WakeOn = WakeOn::MARGIN_CALLS;
    type Config = LeveragedHolderConfig;

    fn check(c: &LeveragedHolderConfig) -> Result<(), Misfit> {
        let shares = [
            ("stop_share", c.stop_share),
            ("take_profit_share", c.take_profit_share),
            ("panic_share", c.panic_share),
            ("top_up_share", c.top_up_share),
            ("reduce_share", c.reduce_share),
            ("slippage", c.slippage),
            ("depth_share", c.depth_share),
        ];
        for (key, share) in shares {
            within(key, share, 0.0, 1.0)?;
        }
        within("panic_rate", c.panic_rate, 0.0, 1e6)?;
        within("reaction_seconds", c.reaction_seconds, 0.0, 1e7)
    }

    fn names(c: &LeveragedHolderConfig) -> Vec<(&'static str, NameOf, String)> {
        let named = c.take_profit_stretch.keys();
        let named = named.map(|name| ("take_profit_stretch", NameOf::Symbol, name.clone()));
        named.collect()
    }

    fn new(config: &LeveragedHolderConfig, rng: &mut AgentRng) -> Self {
        Self {
            plan: Plan::Begin,
            can_panic: rng.chance(config.panic_share),
            last_look: SimTime::ZERO,
        }
    }
}

/// Order slots.
mod slot {
    pub(super) const CLOSE: u16 = 0;
    pub(super) const STOP: u16 = 1;
    pub(super) const PROFIT: u16 = 2;
}

type Look<'a> = Turn<'a, LeveragedHolder>;

pub(crate) fn decide(mut agents: Agents<'_, '_, LeveragedHolder>) {
    agents.par_decide(|me, turn| {
        let elapsed = turn.now().since(me.last_look).seconds();
        me.last_look = turn.now();
        if me.plan == Plan::Begin {
            me.plan = protect(turn);
        }
        hear_margin_call(me, turn);
        match me.plan {
            Plan::Close => close(me, turn, 1.0, Cause::MARGIN),
            Plan::TopUp(at) if turn.now() >= at => {
                pay_in(turn);
                me.plan = Plan::Hold;
            }
            Plan::Reduce(at) if turn.now() >= at => {
                close(me, turn, 0.5, Cause::MARGIN);
                me.plan = Plan::Hold;
            }
            Plan::Target(price) if reached(turn, price) => close(me, turn, 1.0, Cause::SIGNAL),
            Plan::Hold | Plan::Target(_) if me.can_panic && frightened(turn, elapsed) => {
                me.plan = Plan::Close;
                // A holder panics once.
                me.can_panic = false;
                close(me, turn, 1.0, Cause::MARGIN);
            }
            _ => use_arrived_money(turn),
        }
    });
}

/// Places stop-loss and take-profit orders on every position; a large position gets none, but may have a
/// target that is watched.
fn protect(turn: &mut Look<'_>) -> Plan {
    let with_stop = turn.rng().uniform() < turn.config().stop_share;
    let with_profit = turn.rng().uniform() < turn.config().take_profit_share;
    let [least, most] = turn.config().stop_loss;
    let loss = turn.rng().range(least, most);
    // Rayleigh: few are content with little, few hold out for much.
    let hope = turn.config().take_profit_distance * libm::sqrt(exponential(turn.rng(), 1.0));
    let home = turn.market();
    let equity = turn.equity(home);
    let positions: SmallVec<[(MarketId, Qty, f64); 2]> = turn
        .markets()
        .iter()
        .filter_map(|&m| turn.position(m).map(|p| (m, p.qty, p.notional.to_f64())))
        .filter(|(_, qty, _)| *qty != Qty::ZERO)
        .collect();
    let gross: f64 = positions.iter().map(|p| p.2).sum();
    if gross <= 0.0 || equity <= 0.0 {
        return Plan::Hold;
    }
    let leverage = gross / equity;
    if gross / f64::from(turn.weight()) > turn.config().large.get().to_f64() {
        let sign = positions[0].1.0.signum() as f64;
        let stretch = turn
            .config()
            .take_profit_stretch
            .get(&turn.info(home).symbol)
            .copied()
            .unwrap_or(1.0);
        let target = turn.quote(home).mid * (1.0 + sign * (hope * stretch).min(0.95));
        return if with_profit {
            Plan::Target(target)
        } else {
            Plan::Hold
        };
    }
    for (i, &(market, qty, _)) in positions.iter().enumerate() {
        let sign = qty.0.signum() as f64;
        let mid = turn.quote(market).mid;
        let info = turn.info(market);
        let order = Intent::order(Side::of(-qty.0), qty.abs())
            .on(market)
            .reduce_only();
        let trigger = |distance: f64, when| {
            let price = info.price(mid * (1.0 + distance));
            Trigger {
                source: TriggerSource::Mark,
                when,
                price,
            }
        };
        let against = if sign > 0.0 {
            TriggerWhen::AtOrBelow
        } else {
            TriggerWhen::AtOrAbove
        };
        let along = if sign > 0.0 {
            TriggerWhen::AtOrAbove
        } else {
            TriggerWhen::AtOrBelow
        };
        let stop = trigger(-sign * loss / leverage, against);
        let stretch = turn
            .config()
            .take_profit_stretch
            .get(&info.symbol)
            .copied()
            .unwrap_or(1.0);
        let profit = trigger(sign * (hope * stretch).min(0.95), along);
        let base = 2 * i as u16;
        if with_stop {
            turn.submit(
                order
                    .when(stop)
                    .slot(base + slot::STOP)
                    .because(Cause::STOP),
            );
        }
        if with_profit {
            turn.submit(
                order
                    .when(profit)
                    .slot(base + slot::PROFIT)
                    .because(Cause::STOP),
            );
        }
    }
    Plan::Hold
}

fn hear_margin_call(me: &mut LeveragedHolder, turn: &mut Look<'_>) {
    let called = turn
        .reports()
        .any(|r| matches!(r.report, Report::MarginCall { .. }));
    if !called || !matches!(me.plan, Plan::Hold | Plan::Target(_)) {
        return;
    }
    let (top_up, reduce) = (turn.config().top_up_share, turn.config().reduce_share);
    let mean = turn.config().reaction_seconds;
    let choice = turn.rng().uniform();
    let delay = SimDuration::from_secs_f64(exponential(turn.rng(), mean));
    let at = turn.now() + delay;
    if choice < top_up {
        me.plan = Plan::TopUp(at);
        turn.wake_in(delay);
    } else if choice < top_up + reduce {
        me.plan = Plan::Reduce(at);
        turn.wake_in(delay);
    }
}

/// Whether the last five minutes are too much, for somebody this leveraged: the fall of the own market, or
/// of all markets on average if that is worse.
fn frightened(turn: &mut Look<'_>, elapsed: f64) -> bool {
    let market = turn.market();
    let sign = turn.position_qty(market).0.signum() as f64;
    let markets = turn.markets();
    let all: f64 = markets
        .iter()
        .map(|&m| turn.view().log_return(m, 300))
        .sum();
    let own = turn.view().log_return(market, 300);
    let worse = (-sign * own).max(-sign * all / markets.len() as f64);
    let loss = worse - turn.config().panic_threshold;
    if loss <= 0.0 || sign == 0.0 {
        return false;
    }
    let Some(position) = turn.position(market) else {
        return false;
    };
    let equity = turn.equity(market);
    if equity <= 0.0 {
        return false;
    }
    let leverage = position.notional.to_f64() / equity;
    let exposed = (1.0 - 1.0 / leverage.max(1.0)).max(0.0);
    let rate = turn.config().panic_rate * loss * exposed;
    let p = 1.0 - libm::exp(-rate * elapsed.min(600.0));
    turn.rng().chance(p)
}

/// Whether the mid of the own market is beyond a target, in the direction of the position.
fn reached(turn: &Look<'_>, target: f64) -> bool {
    let market = turn.market();
    let sign = turn.position_qty(market).0.signum() as f64;
    sign * (turn.quote(market).mid - target) > 0.0
}

/// Closes a part of every position near the mid, no more at once than the book can bear; comes back
/// while something is left.
fn close(me: &mut LeveragedHolder, turn: &mut Look<'_>, part: f64, cause: Cause) {
    let slippage = turn.config().slippage;
    let markets: SmallVec<[MarketId; 8]> = turn.markets().iter().copied().collect();
    let mut open = false;
    for market in markets {
        let Some(position) = turn.position(market).filter(|p| p.qty != Qty::ZERO) else {
            continue;
        };
        open = true;
        let side = Side::of(-position.qty.0);
        let quote = *turn.quote(market);
        let (mid, depth) = (
            quote.mid,
            if side == Side::Buy {
                quote.ask_depth
            } else {
                quote.bid_depth
            },
        );
        let bearable = turn
            .info(market)
            .lots(depth * turn.config().depth_share, mid)
            .0 as f64;
        let lots = ((position.qty.0.abs() as f64 * part).min(bearable) as i64).max(1);
        let worst = turn
            .info(market)
            .price(mid * (1.0 + side.sign() as f64 * slippage));
        let order = Intent::order(side, Qty(lots))
            .on(market)
            .at_worst(worst)
            .reduce_only();
        turn.submit(order.slot(slot::CLOSE).because(cause));
    }
    let goes_on = matches!(me.plan, Plan::Close | Plan::Target(_));
    if open && goes_on {
        turn.wake_in(SimDuration::secs(5));
    } else {
        me.plan = Plan::Hold;
    }
}

/// Sends what is in the wallet to the venue.
fn pay_in(turn: &mut Look<'_>) {
    let info = turn.info(turn.market());
    let (venue, settlement) = (info.venue, info.settlement);
    let amount = turn.wallet(settlement);
    if amount > Usd::ZERO {
        turn.submit(Intent::deposit(venue, settlement, amount));
    }
}

/// Money that has arrived becomes margin of an isolated position.
fn use_arrived_money(turn: &mut Look<'_>) {
    let market = turn.market();
    let Some(position) = turn.position(market) else {
        return;
    };
    if position.margin <= Usd::ZERO || position.qty == Qty::ZERO {
        return;
    }
    let settlement = turn.info(market).settlement;
    let free = Usd::from_f64(turn.balance(market, settlement)).unwrap_or_default();
    if free > Usd::ZERO {
        turn.submit(Intent::add_margin(free));
    }
}
