//! Arbitrageurs: the same asset at two prices.
//!
//! A member watches all markets of one asset, perpetual and spot, on all its venues. It buys where the
//! ask is lowest and sells where the bid is highest when the gap pays fees and a margin, limited by what
//! stands at both touches, by its capital on each venue (usable in place only), and by its inventory. When
//! one venue runs low it moves money there, which takes as long as a transfer takes.

use firesale_sim::prelude::*;

/// Parameters of a population of arbitrageurs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArbitrageurConfig {
    /// Gap in logarithms that pays: between markets of the same kind.
    #[serde(default = "default_gap")]
    pub gap: f64,
    /// Gap that pays between perpetual and spot, where the position may have to be kept.
    #[serde(default = "default_basis")]
    pub basis_gap: f64,
    /// Most dollars in one trade, for one member.
    pub clip: Money,
    /// Most notional over equity on a venue.
    #[serde(default = "default_leverage")]
    pub leverage: f64,
    /// Part of the starting equity below which a venue gets money from the richest one.
    #[serde(default = "default_low")]
    pub rebalance_below: f64,
}

const fn default_gap() -> f64 {
    0.0012
}
const fn default_basis() -> f64 {
    0.002
}
const fn default_leverage() -> f64 {
    3.0
}
const fn default_low() -> f64 {
    0.4
}

/// An arbitrageur's memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct Arbitrageur {
    start: Vec<(u16, f64)>,
    moving_until: SimTime,
}

impl AgentKind for Arbitrageur {
    const KIND: &'static str = "arbitrageur";
    type Config = ArbitrageurConfig;

    fn check(c: &ArbitrageurConfig) -> Result<(), Misfit> {
        within("gap", c.gap, 0.0, 1.0)?;
        within("basis_gap", c.basis_gap, 0.0, 1.0)?;
        within("leverage", c.leverage, 0.0, MOST_LEVERAGE)?;
        within("rebalance_below", c.rebalance_below, 0.0, 1.0)
    }

    fn new(_config: &ArbitrageurConfig, _rng: &mut AgentRng) -> Self {
        Self {
            start: Vec::new(),
            moving_until: SimTime::ZERO,
        }
    }
}

/// Registers the arbitrageurs.
pub struct ArbitrageurPlugin;

impl Plugin for ArbitrageurPlugin {
    fn build(&self, sim: &mut SimApp) {
        sim.add_agent::<Arbitrageur, _>(decide);
    }
}

type Look<'a> = Turn<'a, Arbitrageur>;

fn decide(mut agents: Agents<'_, '_, Arbitrageur>) {
    agents.par_decide(|me, turn| {
        let base = turn.info(turn.market()).base;
        let markets: SmallVec<[MarketId; 8]> = turn
            .markets()
            .iter()
            .copied()
            .filter(|&m| turn.info(m).base == base)
            .collect();
        if me.start.is_empty() {
            me.start = venues(turn, &markets)
                .iter()
                .map(|&(v, m)| (v.0, turn.total_value(m)))
                .collect();
        }
        if let Some((cheap, dear)) = widest_gap(turn, &markets) {
            trade(turn, cheap, dear);
        }
        rebalance(me, turn, &markets);
    });
}

/// The venues of the markets, each with one of its markets.
fn venues(turn: &Look<'_>, markets: &[MarketId]) -> SmallVec<[(VenueId, MarketId); 4]> {
    let mut list: SmallVec<[(VenueId, MarketId); 4]> = SmallVec::new();
    for &market in markets {
        let venue = turn.info(market).venue;
        if list.iter().all(|(v, _)| *v != venue) {
            list.push((venue, market));
        }
    }
    list
}

/// The pair of markets whose gap exceeds what it must pay by the most.
fn widest_gap(turn: &Look<'_>, markets: &[MarketId]) -> Option<(MarketId, MarketId)> {
    let mut best: Option<(f64, MarketId, MarketId)> = None;
    for &cheap in markets {
        let Some((ask, _)) = turn.quote(cheap).ask else {
            continue;
        };
        for &dear in markets {
            let Some((bid, _)) = turn.quote(dear).bid else {
                continue;
            };
            if cheap == dear {
                continue;
            }
            let like = |m: MarketId| (turn.info(m).kind, turn.info(m).expiry);
            let same = like(cheap) == like(dear);
            let must_pay = if same {
                turn.config().gap
            } else {
                turn.config().basis_gap
            };
            let gap = libm::log(turn.info(dear).usd(bid) / turn.info(cheap).usd(ask)) - must_pay;
            if gap > best.map_or(0.0, |(g, ..)| g) {
                best = Some((gap, cheap, dear));
            }
        }
    }
    best.map(|(_, cheap, dear)| (cheap, dear))
}

fn trade(turn: &mut Look<'_>, cheap: MarketId, dear: MarketId) {
    let (Some((ask, ask_qty)), Some((bid, bid_qty))) =
        (turn.quote(cheap).ask, turn.quote(dear).bid)
    else {
        return;
    };
    let (ask_usd, bid_usd) = (turn.info(cheap).usd(ask), turn.info(dear).usd(bid));
    let clip = turn.config().clip.get().to_f64() * f64::from(turn.weight());
    let depth = turn
        .info(cheap)
        .notional(ask_qty, ask_usd)
        .min(turn.info(dear).notional(bid_qty, bid_usd));
    // The touch is refreshed behind the first order; twice its size reaches a little into the book.
    let usd = (2.0 * depth)
        .min(clip)
        .min(room(turn, cheap, Side::Buy))
        .min(room(turn, dear, Side::Sell));
    let buy = turn.info(cheap).lots(usd, ask_usd);
    let sell = turn.info(dear).lots(usd, bid_usd);
    if buy <= Qty::ZERO || sell <= Qty::ZERO {
        return;
    }
    let middle = libm::sqrt(ask_usd * bid_usd);
    let most = turn.info(cheap).price_below(middle);
    let least = turn.info(dear).price_above(middle);
    turn.submit(
        Intent::buy(buy)
            .on(cheap)
            .at_worst(most)
            .slot(0)
            .because(Cause::HEDGE),
    );
    turn.submit(
        Intent::sell(sell)
            .on(dear)
            .at_worst(least)
            .slot(1)
            .because(Cause::HEDGE),
    );
}

/// Dollars the member can still trade there on that side.
fn room(turn: &Look<'_>, market: MarketId, side: Side) -> f64 {
    let info = turn.info(market);
    let mid = turn.quote(market).mid;
    match info.kind {
        InstrumentKind::Spot if side == Side::Buy => turn.balance(market, info.settlement),
        InstrumentKind::Spot => turn.balance(market, info.base) * mid,
        InstrumentKind::Perp | InstrumentKind::Future => {
            let held = info.notional(turn.position_qty(market), mid) * side.sign() as f64;
            let reducing = (-held).max(0.0);
            let limit = turn.equity(market).max(0.0) * turn.config().leverage;
            reducing
                + (limit - held.max(0.0)).clamp(
                    0.0,
                    turn.free_margin(market).max(0.0) * turn.config().leverage,
                )
        }
    }
}

/// Moves money from the venue with the largest surplus to one that runs low, one transfer at a time.
fn rebalance(me: &mut Arbitrageur, turn: &mut Look<'_>, markets: &[MarketId]) {
    if turn.now() < me.moving_until || me.start.len() < 2 {
        return;
    }
    let states: SmallVec<[(VenueId, MarketId, f64, f64); 4]> = venues(turn, markets)
        .iter()
        .filter_map(|&(v, m)| {
            let start = me.start.iter().find(|(id, _)| *id == v.0)?.1;
            Some((v, m, turn.free_margin(m), start))
        })
        .collect();
    let poor = states
        .iter()
        .find(|s| s.2 < turn.config().rebalance_below * s.3);
    let rich = states
        .iter()
        .max_by(|a, b| (a.2 - a.3).total_cmp(&(b.2 - b.3)));
    if let (Some(poor), Some(rich)) = (poor, rich)
        && poor.0 != rich.0
        && rich.2 > 1.2 * rich.3
    {
        let amount = Usd::from_f64(0.5 * (rich.2 - rich.3)).unwrap_or_default();
        let settlement = turn.info(rich.1).settlement;
        turn.submit(Intent::transfer(rich.0, poor.0, settlement, amount).on(rich.1));
        me.moving_until = turn.now() + SimDuration::secs(1800);
    }
}
