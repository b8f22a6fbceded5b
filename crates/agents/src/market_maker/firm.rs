//! A market-making firm: its risk state, and the messages it sends.

use firesale_sim::prelude::*;

use super::ladder::{Ladder, Rung, parts};

/// Parameters of a population of market-making firms.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarketMakerConfig {
    /// Dollars within 1% of the mid on each side for the whole population in calm, by symbol and venue
    /// (`"BTC-PERP.binance"`).
    pub depth_at_1pct: BTreeMap<String, Money>,
    /// Distances of the levels from the reservation price in a calm market.
    #[serde(default = "default_levels")]
    pub levels: Vec<f64>,
    /// Exponent of depth in distance.
    #[serde(default = "default_exponent")]
    pub exponent: f64,
    /// Skew of the reservation price at the inventory limit in a calm market.
    #[serde(default = "default_skew")]
    pub skew_at_limit: f64,
    /// Inventory limit in multiples of the own depth within 1%.
    #[serde(default = "default_inventory")]
    pub inventory_limit: f64,
    /// Standard deviation of log returns per second in a calm market, by base symbol.
    pub calm_volatility: BTreeMap<String, f64>,
    /// Multiple of calm volatility at which half of the quotes are gone, by base symbol.
    pub half_quote_at: BTreeMap<String, f64>,
    /// Steepness of that withdrawal.
    #[serde(default = "default_steepness")]
    pub steepness: f64,
    /// Part of the calm quotes that always stays.
    #[serde(default = "default_floor")]
    pub floor: f64,
    /// The same for single coins, by base symbol: in thin coins nobody stays.
    #[serde(default)]
    pub floors: BTreeMap<String, f64>,
    /// Seconds in which quotes are withdrawn.
    #[serde(default = "default_withdraw")]
    pub withdraw_seconds: f64,
    /// Seconds in which they return, on average over firms.
    #[serde(default = "default_return")]
    pub return_seconds: f64,
    /// Loss on starting equity that pulls quotes to the floor.
    #[serde(default = "default_pull")]
    pub pull_at_loss: f64,
    /// Loss on starting equity that stops trading for good.
    #[serde(default = "default_stop")]
    pub stop_at_loss: f64,
    /// Weight of the own market's mid in the fair price; the rest is the mean mid of the same asset's
    /// other markets, corrected for the usual gap.
    #[serde(default = "default_own")]
    pub own_weight: f64,
    /// The base symbol whose moves lead the others'.
    #[serde(default)]
    pub leader: Option<String>,
    /// How far a coin moves when the leader moves by one, by base symbol.
    #[serde(default)]
    pub beta: BTreeMap<String, f64>,
    /// Weight of the leader's forecast in the fair price of the other coins.
    #[serde(default = "default_leader_weight")]
    pub leader_weight: f64,
    /// Most messages at one wake.
    #[serde(default = "default_budget")]
    pub message_budget: u16,
    /// A quote is left alone while its price is within this part of its distance, and its size within
    /// the same part.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
}

fn default_levels() -> Vec<f64> {
    vec![0.0001, 0.0004, 0.001, 0.0025, 0.006, 0.013, 0.03]
}
const fn default_exponent() -> f64 {
    0.6
}
const fn default_skew() -> f64 {
    0.004
}
const fn default_inventory() -> f64 {
    2.7
}
const fn default_steepness() -> f64 {
    3.0
}
const fn default_floor() -> f64 {
    0.25
}
const fn default_withdraw() -> f64 {
    5.0
}
const fn default_return() -> f64 {
    900.0
}
const fn default_pull() -> f64 {
    0.07
}
const fn default_stop() -> f64 {
    0.18
}
const fn default_own() -> f64 {
    0.6
}
const fn default_leader_weight() -> f64 {
    0.3
}
const fn default_budget() -> u16 {
    120
}
const fn default_tolerance() -> f64 {
    0.25
}

/// What a firm remembers of one of its books.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Book {
    /// Part of the calm quotes that stands, between the floor and one.
    activity: f64,
    /// Usual log gap between this market and the others of its asset.
    gap: f64,
    /// Slow averages of the own and the leader's log mid: what has been priced in.
    own_priced: f64,
    leader_priced: f64,
    /// Inventory at the first look: what the firm came with is not risk.
    start: i64,
}

/// A firm's memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct MarketMaker {
    pace: f64,
    books: Vec<Book>,
    /// Depth of each level in units of the depth within 1%.
    parts: Vec<f64>,
    start_equity: f64,
    stopped: bool,
    turn_of: u16,
    last_look: SimTime,
}

impl AgentKind for MarketMaker {
    const KIND: &'static str = "market_maker";
    type Config = MarketMakerConfig;

    fn new(config: &MarketMakerConfig, rng: &mut AgentRng) -> Self {
        Self {
            pace: rng.range(0.6, 1.4),
            books: Vec::new(),
            parts: parts(&config.levels, config.exponent),
            start_equity: 0.0,
            stopped: false,
            turn_of: 0,
            last_look: SimTime::ZERO,
        }
    }

    fn names(c: &MarketMakerConfig) -> Vec<(&'static str, NameOf, String)> {
        let bases = [
            ("calm_volatility", &c.calm_volatility),
            ("half_quote_at", &c.half_quote_at),
            ("floors", &c.floors),
            ("beta", &c.beta),
        ];
        let markets = c.depth_at_1pct.keys();
        let markets = markets.map(|name| ("depth_at_1pct", NameOf::Market, name.clone()));
        let bases = bases.into_iter().flat_map(|(key, table)| {
            let names = table.keys();
            names.map(move |name| (key, NameOf::Base, name.clone()))
        });
        let leader = c.leader.iter();
        let leader = leader.map(|name| ("leader", NameOf::Base, name.clone()));
        markets.chain(bases).chain(leader).collect()
    }

    fn slots(config: &MarketMakerConfig, markets: usize) -> u16 {
        (2 * config.levels.len() * markets) as u16
    }
}

type Look<'a> = Turn<'a, MarketMaker>;

/// Time constant of what has been priced in of the leader's moves, in seconds.
const PRICED_SECONDS: f64 = 120.0;
/// Time constant of the usual gap between markets, in seconds.
const GAP_SECONDS: f64 = 300.0;

pub(crate) fn decide(mut agents: Agents<'_, '_, MarketMaker>) {
    agents.par_decide(|me, turn| {
        let elapsed = turn.now().since(me.last_look).seconds();
        me.last_look = turn.now();
        if me.books.is_empty() {
            begin(me, turn);
        }
        let loss = 1.0 - total_equity(turn) / me.start_equity.max(1.0);
        if loss > turn.config().stop_at_loss && !me.stopped {
            me.stopped = true;
            for market in one_per_venue(turn) {
                turn.submit(Intent::cancel_all().on(market));
            }
        }
        if me.stopped {
            return;
        }
        let pulled = loss > turn.config().pull_at_loss;
        let mut budget = turn.config().message_budget;
        let count = turn.markets().len();
        let first = usize::from(me.turn_of) % count;
        for i in 0..count {
            let place = (first + i) % count;
            quote_market(me, turn, place, elapsed, pulled, &mut budget);
            if budget == 0 {
                // The next wake begins with the books that had no turn.
                me.turn_of = place as u16;
                return;
            }
        }
    });
}

fn begin(me: &mut MarketMaker, turn: &Look<'_>) {
    me.start_equity = total_equity(turn);
    let markets = turn.markets();
    me.books = markets
        .iter()
        .map(|&m| Book {
            activity: 1.0,
            start: turn.position_qty(m).0,
            ..Book::default()
        })
        .collect();
}

/// Markets that stand for the venues the firm trades on.
fn one_per_venue(turn: &Look<'_>) -> SmallVec<[MarketId; 4]> {
    let mut seen: SmallVec<[VenueId; 4]> = SmallVec::new();
    let mut markets = SmallVec::new();
    for &market in turn.markets() {
        let venue = turn.info(market).venue;
        if !seen.contains(&venue) {
            seen.push(venue);
            markets.push(market);
        }
    }
    markets
}

fn total_equity(turn: &Look<'_>) -> f64 {
    one_per_venue(turn)
        .iter()
        .map(|&m| turn.total_value(m))
        .sum()
}

fn quote_market(
    me: &mut MarketMaker,
    turn: &mut Look<'_>,
    place: usize,
    elapsed: f64,
    pulled: bool,
    budget: &mut u16,
) {
    let market = turn.markets()[place];
    let Some(d1) = own_depth(turn, market) else {
        return;
    };
    let base = turn.info(market).base_symbol.as_str();
    let c = turn.config();
    let calm = c.calm_volatility.get(base).copied().unwrap_or(1e-4);
    let half_at = c.half_quote_at.get(base).copied().unwrap_or(10.0);
    let leader = leader_of(turn, market);
    let own_stress = turn.view().volatility(market) / calm;
    // A desk shares its risk over all its books: when the leader is wild, nobody quotes the others.
    let stress = leader.map_or(own_stress, |l| own_stress.max(stress_of(turn, l)));
    let x = stress / half_at;
    let wanted = 1.0 / (1.0 + libm::pow(x, c.steepness));
    let floor = c.floors.get(base).copied().unwrap_or(c.floor);
    let wanted = if pulled { floor } else { wanted.max(floor) };
    let seconds = if wanted < me.books[place].activity {
        c.withdraw_seconds
    } else {
        c.return_seconds * me.pace
    };
    let keep = libm::exp(-elapsed / seconds);
    let activity = wanted + (me.books[place].activity - wanted) * keep;
    me.books[place].activity = activity;

    let fair = fair_price(&mut me.books[place], turn, market, elapsed);
    let fair = leader.map_or(fair, |l| {
        follow(&mut me.books[place], turn, market, l, fair, elapsed)
    });
    let mid = turn.quote(market).mid;
    let held = turn.info(market).notional(
        Qty(turn.position_qty(market).0 - me.books[place].start),
        mid,
    );
    let ladder = Ladder {
        fair,
        depth: d1,
        activity,
        inventory: held / (c.inventory_limit * d1).max(1.0),
        stress: stress.clamp(1.0, half_at),
        skew_at_limit: c.skew_at_limit,
    };
    let rungs: SmallVec<[Rung; 16]> = ladder.rungs(&c.levels, &me.parts).collect();
    send_changes(turn, place, market, &rungs, fair, budget);
}

/// The firm's part of the population's depth within 1%.
fn own_depth(turn: &Look<'_>, market: MarketId) -> Option<f64> {
    let total = turn
        .config()
        .depth_at_1pct
        .get(&turn.info(market).full_symbol)?
        .get()
        .to_f64();
    Some(total / f64::from(turn.members()))
}

/// The own mid, and the other markets of the same asset corrected for the usual gap.
fn fair_price(book: &mut Book, turn: &Look<'_>, market: MarketId, elapsed: f64) -> f64 {
    let own = turn.quote(market).mid;
    let base = turn.info(market).base;
    let others = turn
        .markets()
        .iter()
        .filter(|&&m| m != market && turn.info(m).base == base);
    let (sum, n) = others.fold((0.0, 0.0), |(s, n), &m| {
        (s + libm::log(turn.quote(m).mid), n + 1.0)
    });
    if n == 0.0 {
        return own;
    }
    let others = sum / n;
    let gap = libm::log(own) - others;
    let keep = libm::exp(-elapsed / GAP_SECONDS);
    book.gap = keep * book.gap + (1.0 - keep) * gap;
    let w = turn.config().own_weight;
    libm::exp(w * libm::log(own) + (1.0 - w) * (others + book.gap))
}

/// The leading coin's market of the same kind on the same venue, for the others.
fn leader_of(turn: &Look<'_>, market: MarketId) -> Option<MarketId> {
    let leader = turn.config().leader.as_deref()?;
    let info = turn.info(market);
    if info.base_symbol == leader {
        return None;
    }
    turn.markets().iter().copied().find(|&m| {
        let other = turn.info(m);
        other.base_symbol == leader && other.venue == info.venue && other.kind == info.kind
    })
}

fn stress_of(turn: &Look<'_>, market: MarketId) -> f64 {
    let calm = turn
        .config()
        .calm_volatility
        .get(&turn.info(market).base_symbol)
        .copied()
        .unwrap_or(1e-4);
    turn.view().volatility(market) / calm
}

/// Mixes the fair price with what the leader's latest move says: the coin's slow average, moved by beta
/// times the leader's distance from its own.
fn follow(
    book: &mut Book,
    turn: &Look<'_>,
    market: MarketId,
    leader: MarketId,
    fair: f64,
    elapsed: f64,
) -> f64 {
    let (own, lead) = (libm::log(fair), libm::log(turn.quote(leader).mid));
    if book.leader_priced == 0.0 {
        (book.own_priced, book.leader_priced) = (own, lead);
    }
    let beta = turn
        .config()
        .beta
        .get(&turn.info(market).base_symbol)
        .copied()
        .unwrap_or(1.0);
    let forecast = book.own_priced + beta * (lead - book.leader_priced);
    let keep = libm::exp(-elapsed / PRICED_SECONDS);
    book.own_priced = keep * book.own_priced + (1.0 - keep) * own;
    book.leader_priced = keep * book.leader_priced + (1.0 - keep) * lead;
    let w = turn.config().leader_weight;
    libm::exp((1.0 - w) * own + w * forecast)
}

/// Sends the orders that differ from what stands; leaves the rest alone.
fn send_changes(
    turn: &mut Look<'_>,
    place: usize,
    market: MarketId,
    rungs: &[Rung],
    fair: f64,
    budget: &mut u16,
) {
    let levels = turn.config().levels.len();
    let tolerance = turn.config().tolerance;
    // Slots count the markets of the same venue before this one.
    let venue = turn.info(market).venue;
    let before = turn.markets()[..place]
        .iter()
        .filter(|&&m| turn.info(m).venue == venue)
        .count();
    let funds = funds(turn, market);
    for (i, rung) in rungs.iter().enumerate() {
        if *budget == 0 {
            return;
        }
        let slot = (before * 2 * levels + i) as u16;
        let info = turn.info(market);
        let price = match rung.side {
            Side::Buy => info.price_below(rung.price),
            Side::Sell => info.price_above(rung.price),
        };
        let qty = info.lots(rung.usd, rung.price);
        let qty = funds.map_or(qty, |funds| affordable(funds, info, rung, qty));
        let standing = turn.open_order(market, slot);
        let intent = match standing {
            Some(_) if qty == Qty::ZERO => Some(Intent::cancel(slot)),
            None if qty == Qty::ZERO => None,
            None => Some(
                Intent::order(rung.side, qty)
                    .limit(price)
                    .post_only()
                    .slot(slot),
            ),
            Some((_, old_price, old_qty)) => {
                let moved = (price.0 - old_price.0).abs() as f64 * info.tick_usd;
                let off = moved > tolerance * rung.distance * fair;
                let resized = (qty.0 - old_qty.0).abs() as f64 > tolerance * qty.0 as f64;
                (off || resized).then(|| Intent::replace(slot, price, qty))
            }
        };
        if let Some(intent) = intent {
            turn.submit(intent.on(market).because(Cause::INVENTORY));
            *budget -= 1;
        }
    }
}

/// What a maker can sell and spend on a spot market.
#[derive(Clone, Copy)]
struct Funds {
    base: f64,
    dollars: f64,
}

/// Base asset and this market's part of the cash, on a spot market.
fn funds(turn: &Look<'_>, market: MarketId) -> Option<Funds> {
    let info = turn.info(market);
    (info.kind == InstrumentKind::Spot).then(|| Funds {
        base: turn.balance(market, info.base),
        dollars: turn.balance(market, info.settlement) / spot_markets(turn, info.venue),
    })
}

/// On a spot market a maker sells what it has and buys what it can pay, evenly over its levels.
fn affordable(funds: Funds, info: &Market, rung: &Rung, qty: Qty) -> Qty {
    let share = rung.share_of_side;
    let most = match rung.side {
        Side::Sell => (funds.base * share / info.lot_base) as i64,
        Side::Buy => info.lots(funds.dollars * share, rung.price).0,
    };
    Qty(qty.0.min(most))
}

/// The number of spot markets that share the cash of a venue.
fn spot_markets(turn: &Look<'_>, venue: VenueId) -> f64 {
    let here = |m: &&MarketId| {
        turn.info(**m).venue == venue && turn.info(**m).kind == InstrumentKind::Spot
    };
    turn.markets().iter().filter(here).count().max(1) as f64
}
