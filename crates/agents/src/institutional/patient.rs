//! Patient investors: limit orders far from the market, waiting.
//!
//! Each member keeps a few resting orders at distances drawn so that the population's depth grows as
//! distance^exponent out to a far edge (sizing sheet A7: 0.3 * D1 * (x / 1%)^0.9 for majors, half of it
//! for alts, out to 60%; grade A). An order that is filled is placed again only after a while, from the
//! money that is left; one that is not filled lives for a while and is then placed anew around the
//! market, so that sellers follow a fall down and a rebound meets them.

use firesale_sim::prelude::*;

/// Parameters of a population of patient investors.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientInvestorConfig {
    /// Dollars of resting bids within 1% of the starting price for the whole population, by symbol.
    pub depth_at_1pct: BTreeMap<String, Money>,
    /// Exponent of the depth in the distance.
    #[serde(default = "default_exponent")]
    pub exponent: f64,
    /// The nearest distance.
    #[serde(default = "default_nearest")]
    pub nearest: f64,
    /// The furthest distance.
    #[serde(default = "default_furthest")]
    pub furthest: f64,
    /// Orders on each side.
    #[serde(default = "default_orders")]
    pub orders: u16,
    /// Mean time until a filled order is placed again, in seconds.
    #[serde(default = "default_refill")]
    pub refill_seconds: f64,
    /// Mean life of an order that is not filled, in seconds.
    #[serde(default = "default_life")]
    pub life_seconds: f64,
}

const fn default_exponent() -> f64 {
    0.9
}
const fn default_nearest() -> f64 {
    0.0005
}
const fn default_furthest() -> f64 {
    0.6
}
const fn default_orders() -> u16 {
    8
}
const fn default_refill() -> f64 {
    600.0
}

const fn default_life() -> f64 {
    1200.0
}

/// A patient investor's memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct PatientInvestor {
    begun: bool,
    last_look: SimTime,
}

impl AgentKind for PatientInvestor {
    const KIND: &'static str = "patient_investor";
    type Config = PatientInvestorConfig;

    fn check(c: &PatientInvestorConfig) -> Result<(), Misfit> {
        within("exponent", c.exponent, 0.01, 100.0)?;
        within("nearest", c.nearest, 1e-6, 1.0)?;
        within("furthest", c.furthest, c.nearest, 0.99)?;
        within("orders", f64::from(c.orders), 1.0, 100.0)?;
        within("refill_seconds", c.refill_seconds, 1.0, 1e9)?;
        within("life_seconds", c.life_seconds, 1.0, 1e9)
    }

    fn names(c: &PatientInvestorConfig) -> Vec<(&'static str, NameOf, String)> {
        let named = c.depth_at_1pct.keys();
        let named = named.map(|name| ("depth_at_1pct", NameOf::Symbol, name.clone()));
        named.collect()
    }

    fn new(_config: &PatientInvestorConfig, _rng: &mut AgentRng) -> Self {
        Self {
            begun: false,
            last_look: SimTime::ZERO,
        }
    }

    fn slots(config: &PatientInvestorConfig, _markets: usize) -> u16 {
        2 * config.orders
    }
}

pub(crate) fn decide(mut agents: Agents<'_, '_, PatientInvestor>) {
    agents.par_decide(|me, turn| {
        let elapsed = turn.now().since(me.last_look).seconds();
        me.last_look = turn.now();
        let refill = 1.0 - libm::exp(-elapsed / turn.config().refill_seconds);
        let move_on = 1.0 - libm::exp(-elapsed / turn.config().life_seconds);
        let orders = turn.config().orders;
        let first = !me.begun;
        me.begun = true;
        for slot in 0..2 * orders {
            let side = if slot < orders { Side::Buy } else { Side::Sell };
            let stands = turn.open_order(turn.market(), slot).is_some();
            let chance = if stands { move_on } else { refill };
            if first || turn.rng().chance(chance) {
                place(turn, slot, side, stands);
            }
        }
    });
}

/// One order at a distance drawn from the depth profile, in place of the one that stands.
fn place(turn: &mut Turn<'_, PatientInvestor>, slot: u16, side: Side, stands: bool) {
    let market = turn.market();
    let c = turn.config();
    let Some(d1) = c
        .depth_at_1pct
        .get(&turn.info(market).symbol)
        .map(|m| m.get().to_f64())
    else {
        return;
    };
    let (exponent, nearest, furthest, orders) =
        (c.exponent, c.nearest, c.furthest, f64::from(c.orders));
    // Cumulative depth d1 * (x / 1%)^exponent: uniform in depth, so every order is of equal size.
    let low = libm::pow(nearest, exponent);
    let high = libm::pow(furthest, exponent);
    let x = libm::pow(turn.rng().range(low, high), 1.0 / exponent);
    let total = d1 * (high - low) / libm::pow(0.01, exponent);
    let home_members = f64::from(turn.members()) / turn.markets().len() as f64;
    let mid = turn.quote(market).mid;
    let sign = side.sign() as f64;
    let price = mid * if side == Side::Buy { 1.0 - x } else { 1.0 + x };
    let qty = turn
        .info(market)
        .lots(total / (orders * home_members), price);
    let ticks = turn.info(market).price(mid * (1.0 - sign * x));
    let order = if stands {
        Intent::replace(slot, ticks, qty)
    } else {
        Intent::order(side, qty).limit(ticks).post_only().slot(slot)
    };
    turn.submit(order);
}
