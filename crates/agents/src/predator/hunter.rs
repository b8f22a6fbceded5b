//! Liquidation hunters: where positions are public, a large one close to its end is a prize.
//!
//! A member looks at the largest positions of its market. One is worth hunting if it is near enough, and
//! if closing it would trade more than it takes to push the price there: the book within 1%, times the
//! distance. Then the member buys (against a short) or sells (against a long) clip by clip until the
//! price is there or its money or patience is spent, and gives its position back to whoever is forced to
//! trade. (Predatory trading after Brunnermeier and Pedersen 2005; hunts on a transparent venue in
//! November 2025: news, grade N.)

use firesale_sim::prelude::*;

/// Parameters of a population of liquidation hunters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiquidationHunterConfig {
    /// How far from the price a target's liquidation price may be.
    #[serde(default = "default_radius")]
    pub radius: f64,
    /// What a target must be worth, as a multiple of the dollars it takes to get there.
    #[serde(default = "default_prize")]
    pub prize: f64,
    /// How many times its own means a member expects all hunters together to bring.
    #[serde(default = "default_company")]
    pub company: f64,
    /// Most notional over equity.
    #[serde(default = "default_leverage")]
    pub leverage: f64,
    /// A clip is this part of the depth within 1%.
    #[serde(default = "default_clip")]
    pub clip: f64,
    /// How far a clip may trade from the mid.
    #[serde(default = "default_slippage")]
    pub slippage: f64,
    /// A hunt is given up after so many seconds.
    #[serde(default = "default_patience")]
    pub patience_seconds: f64,
}

const fn default_radius() -> f64 {
    0.15
}
const fn default_prize() -> f64 {
    1.5
}
const fn default_company() -> f64 {
    4.0
}
const fn default_leverage() -> f64 {
    3.0
}
const fn default_clip() -> f64 {
    0.15
}
const fn default_slippage() -> f64 {
    0.01
}
const fn default_patience() -> f64 {
    900.0
}

/// What a hunter is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Mood {
    /// It looks for a target.
    Watching,
    /// It pushes the price towards a target's liquidation.
    Hunting {
        target: AccountId,
        price: f64,
        since: SimTime,
    },
    /// It closes what it has.
    Leaving,
}

/// A liquidation hunter's state.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct LiquidationHunter {
    mood: Mood,
    /// Its own estimate of what is worth the effort: members differ.
    caution: f64,
}

impl AgentKind for LiquidationHunter {
    const KIND: &'static str = "liquidation_hunter";
    type Config = LiquidationHunterConfig;

    fn check(c: &LiquidationHunterConfig) -> Result<(), Misfit> {
        within("radius", c.radius, 0.0, 1.0)?;
        within("prize", c.prize, 0.0, 1e6)?;
        within("company", c.company, 0.0, 1e6)?;
        within("leverage", c.leverage, 0.0, MOST_LEVERAGE)?;
        within("clip", c.clip, 0.0, 1.0)?;
        within("slippage", c.slippage, 0.0, 1.0)?;
        within("patience_seconds", c.patience_seconds, 0.0, 1e9)
    }

    fn new(_config: &LiquidationHunterConfig, rng: &mut AgentRng) -> Self {
        Self {
            mood: Mood::Watching,
            caution: lognormal(rng, 0.0, 0.25),
        }
    }
}

pub(crate) fn decide(mut agents: Agents<'_, '_, LiquidationHunter>) {
    agents.par_decide(|me, turn| {
        me.mood = match me.mood {
            Mood::Watching => look_for_target(me, turn),
            Mood::Hunting {
                target,
                price,
                since,
            } => hunt(turn, target, price, since),
            Mood::Leaving => leave(turn),
        };
    });
}

type Look<'a> = Turn<'a, LiquidationHunter>;

/// The most rewarding public position that can be reached, if there is one.
fn look_for_target(me: &LiquidationHunter, turn: &Look<'_>) -> Mood {
    let market = turn.market();
    let quote = turn.quote(market);
    let c = turn.config();
    let means = turn.equity(market).max(0.0) * c.leverage * c.company;
    let worth = |shown: &PublicPosition| {
        let price = shown.liquidation_price?;
        let distance = (price / quote.mid - 1.0).abs();
        let depth = if shown.qty.0 < 0 {
            quote.ask_depth
        } else {
            quote.bid_depth
        };
        let effort = depth * distance / 0.01;
        let reward = shown.notional / effort.max(1.0);
        let good = distance <= c.radius && effort <= means && reward >= c.prize * me.caution;
        good.then_some((reward, shown.account, price))
    };
    let board = turn.view().public_positions(market);
    let best = board.iter().filter_map(worth);
    let best = best.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    best.map_or(Mood::Watching, |(_, target, price)| Mood::Hunting {
        target,
        price,
        since: turn.now(),
    })
}

/// One clip towards the target; to leave once it is gone, or when money or patience are.
fn hunt(turn: &mut Look<'_>, target: AccountId, price: f64, since: SimTime) -> Mood {
    let market = turn.market();
    let quote = *turn.quote(market);
    let board = turn.view().public_positions(market);
    let known = board.iter().find(|shown| shown.account == target);
    let Some(shown) = known else {
        return Mood::Leaving;
    };
    let price = shown.liquidation_price.unwrap_or(price);
    let side = if shown.qty.0 < 0 {
        Side::Buy
    } else {
        Side::Sell
    };
    let sign = side.sign() as f64;
    let tired = turn.now().since(since).seconds() > turn.config().patience_seconds;
    let means = turn.equity(market).max(0.0) * turn.config().leverage;
    let held = turn
        .info(market)
        .notional(turn.position_qty(market), quote.mid)
        * sign;
    let escaped = (price / quote.mid - 1.0).abs() > 2.0 * turn.config().radius;
    if tired || escaped || held >= means {
        return Mood::Leaving;
    }
    let depth = if side == Side::Buy {
        quote.ask_depth
    } else {
        quote.bid_depth
    };
    let usd = (depth * turn.config().clip).max(1_000.0).min(means - held);
    let worst = quote.mid * (1.0 + sign * turn.config().slippage);
    let info = turn.info(market);
    let (qty, worst) = (info.lots(usd, quote.mid), info.price(worst));
    turn.submit(Intent::order(side, qty).at_worst(worst));
    Mood::Hunting {
        target,
        price,
        since,
    }
}

/// One clip out of the position; to watch again once it is closed.
fn leave(turn: &mut Look<'_>) -> Mood {
    let market = turn.market();
    let held = turn.position_qty(market);
    if held.is_zero() {
        return Mood::Watching;
    }
    let quote = *turn.quote(market);
    let side = Side::of(held.0).opposite();
    let depth = if side == Side::Buy {
        quote.ask_depth
    } else {
        quote.bid_depth
    };
    let info = turn.info(market);
    let clip = info.lots((depth * turn.config().clip).max(1_000.0), quote.mid);
    let qty = Qty(clip.0.clamp(1, held.0.abs()));
    let worst = info.price(quote.mid * (1.0 + side.sign() as f64 * turn.config().slippage));
    turn.submit(Intent::order(side, qty).at_worst(worst).reduce_only());
    Mood::Leaving
}
