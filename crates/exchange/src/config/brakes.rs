//! What stops or narrows trading: breakers, bands, limits. Everything is off unless it is named.
//!
//! Grades behind figures: P primary, N news, R research, M remembered and unverified.

use firesale_types::{InstrumentId, Rate, SimDuration, SimTime, Usd};
use serde::{Deserialize, Serialize};

/// The brakes of a venue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BrakesConfig {
    /// When the trading day begins, after the run's time zero (at most a day; days repeat).
    pub day_start: SimDuration,
    /// Limit up, limit down.
    pub luld: Option<LuldConfig>,
    /// The market-wide breaker.
    pub market_wide: Option<MarketWideConfig>,
    /// The dynamic breaker over a rolling window.
    pub rolling: Option<RollingConfig>,
    /// The pause before a burst of stops.
    pub stop_logic: Option<StopLogicConfig>,
    /// What the liquidation stages beyond the book do while a book is halted.
    pub during_halt: DuringHalt,
    /// The worst price of liquidations in a reopening auction.
    pub auction_bound: AuctionBound,
    /// Throttles and position limits.
    pub limits: LimitsConfig,
    /// The obligations of market makers.
    pub makers: Option<MakerConfig>,
}

/// Limit up, limit down: prices stay inside a band around the mean of the trades of the last five
/// minutes, and a quote that stands at the band for 15 s halts the book (plan of the US exchanges
/// and FINRA, bands and times, N).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LuldConfig {
    /// The tier of each instrument; those beyond the list are in [`LuldTier::Two`].
    pub tiers: Vec<LuldTier>,
    /// Length of the mean (5 min, N).
    pub window: SimDuration,
    /// The reference follows the mean only once it is this far away (1%, M: remembered, unverified).
    pub step: Rate,
    /// Each reference stays in force at least this long (30 s, M: remembered, unverified).
    pub hold: SimDuration,
    /// A limit state that lasts so long halts the book (15 s, N).
    pub limit_state: SimDuration,
    /// The length of the halt (5 min, N), and of its extension.
    pub halt: SimDuration,
    /// The longest halt; it is extended while the auction's price would lie outside the bands at
    /// which it began (10 min, N; the plan's auction collars are simplified to this).
    pub max_halt: SimDuration,
    /// Parts of the day in which the band is twice as wide: the first 15 and the last 25 minutes
    /// of a session (N). Offsets from the start of the day, from (included) to (excluded).
    pub doubled: Vec<(SimDuration, SimDuration)>,
    /// Whether a book without a bid (an ask) inside the band counts as in the limit state. The
    /// plan calls this a straddle state and leaves the halt to the listing exchange (M: remembered,
    /// unverified).
    pub straddle: bool,
}

impl Default for LuldConfig {
    fn default() -> Self {
        Self {
            tiers: Vec::new(),
            window: SimDuration::secs(300),
            step: Rate::bps(100),
            hold: SimDuration::secs(30),
            limit_state: SimDuration::secs(15),
            halt: SimDuration::secs(300),
            max_halt: SimDuration::secs(600),
            doubled: Vec::new(),
            straddle: true,
        }
    }
}

/// How wide the band of an instrument is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LuldTier {
    /// Large stocks: 5% (N).
    One,
    /// All others: 10% (N).
    #[default]
    Two,
    /// Priced from 0.75 to 3 dollars: 20% (N).
    Cheap,
    /// No band.
    Exempt,
}

impl LuldTier {
    /// The half-width of the band; `None` without band.
    #[must_use]
    pub const fn width(self) -> Option<Rate> {
        match self {
            Self::One => Some(Rate::bps(500)),
            Self::Two => Some(Rate::bps(1000)),
            Self::Cheap => Some(Rate::bps(2000)),
            Self::Exempt => None,
        }
    }
}

/// A breaker that halts all books of the venue when one instrument's mark has fallen far enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketWideConfig {
    /// The instrument that stands for the market.
    pub instrument: InstrumentId,
    /// What the fall is measured from.
    pub reference: DrawdownReference,
    /// The levels, by rising fall; each acts once a day.
    pub levels: Vec<BreakerLevel>,
}

impl MarketWideConfig {
    /// The levels of the US stock market: -7% and -13% halt for 15 min, but not in the last 35
    /// minutes of a session; -20% halts for the rest of the day (N). Here `cutoff` is the moment
    /// of the day from which on the first two are off (`None`: never).
    #[must_use]
    pub fn us_stocks(instrument: InstrumentId, cutoff: Option<SimDuration>) -> Self {
        let level = |bps, halt, cutoff| BreakerLevel {
            fall: Rate::bps(bps),
            halt,
            cutoff,
        };
        let quarter = Some(SimDuration::secs(900));
        Self {
            instrument,
            reference: DrawdownReference::Day,
            levels: vec![
                level(700, quarter, cutoff),
                level(1300, quarter, cutoff),
                level(2000, None, None),
            ],
        }
    }
}

/// What a drawdown is measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum DrawdownReference {
    /// The mark at the start of the day.
    Day,
    /// The highest mark within the window.
    Rolling {
        /// Its length.
        window: SimDuration,
    },
}

/// One level of the market-wide breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerLevel {
    /// It acts at a fall of this much or more.
    pub fall: Rate,
    /// How long it halts; `None` for the rest of the day.
    pub halt: Option<SimDuration>,
    /// From this moment of the day on it is off.
    pub cutoff: Option<SimDuration>,
}

/// A breaker that pauses a book when a trade is further from the lowest or the highest trade of a
/// rolling window than a variant (CME dynamic circuit breaker, P).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollingConfig {
    /// The variant over the day's reference, which is the mark at the start of the day (CME: the
    /// previous settlement): 3.5% for equity indices (P), 10% for BTC futures (M:
    /// remembered, unverified).
    pub width: Rate,
    /// The rolling window (60 min, P); it starts anew after each pause.
    pub window: SimDuration,
    /// The pause (2 min, P).
    pub pause: SimDuration,
}

impl Default for RollingConfig {
    fn default() -> Self {
        Self {
            width: Rate::bps(1000),
            window: SimDuration::secs(3600),
            pause: SimDuration::secs(120),
        }
    }
}

/// A pause before stops are released that would run through the book (CME stop logic: 5 s on
/// 6 May 2010, R; 5 to 20 s by product, M: remembered, unverified).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopLogicConfig {
    /// The pause comes if the stops would trade further than this part of the best price away.
    pub range: Rate,
    /// Its length.
    pub pause: SimDuration,
}

/// What the stages beyond the book do for a unit that has a position in a halted book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuringHalt {
    /// The backstop vault.
    pub backstop: WhileHalted,
    /// Insurance fund and auto-deleveraging.
    pub adl: WhileHalted,
}

impl DuringHalt {
    /// Whether any stage acts.
    pub(crate) fn any_acts(self) -> bool {
        self.backstop == WhileHalted::Act || self.adl == WhileHalted::Act
    }
}

/// Whether a stage acts while a book is halted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhileHalted {
    /// It waits for the book to reopen.
    #[default]
    Wait,
    /// It acts at the mark, which goes on from the index.
    Act,
}

/// The worst price of a liquidation order in a reopening auction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuctionBound {
    /// The price at which closing leaves nothing.
    #[default]
    Bankruptcy,
    /// This far from the mark, whatever it leaves.
    FromMark(Rate),
}

/// Limits on what an account may send and hold. Orders that reduce always pass, and so do the
/// venue's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsConfig {
    /// How many orders and replaces an account may send; cancels are free.
    pub throttle: Option<ThrottleConfig>,
    /// The largest worst-case notional at the mark of one real account in one instrument.
    pub max_position: Option<Usd>,
    /// The largest share of an instrument's open interest.
    pub concentration: Option<ConcentrationConfig>,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThrottleConfig {
    /// Messages a second in the long run.
    pub per_second: u32,
    /// Messages at once.
    pub burst: u32,
}

/// A limit on the share of open interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConcentrationConfig {
    /// The largest share of one real account.
    pub share: Rate,
    /// Positions up to this notional are free: a new market has no open interest yet.
    pub above: Usd,
}

/// What named market makers owe, sampled at each mark tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakerConfig {
    /// The widest spread between its best bid and ask, over their middle.
    pub max_spread: Rate,
    /// The smallest notional on each side within that spread.
    pub min_size: Usd,
    /// The share of samples in which both must hold.
    pub uptime: Rate,
    /// Over periods of this length.
    pub period: SimDuration,
    /// What a breach costs in the next period.
    pub penalty: MakerPenalty,
}

/// What a market maker's breach costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MakerPenalty {
    /// Nothing: it is measured only.
    #[default]
    None,
    /// The rebate.
    Rebate,
    /// The rebate, and the taker's fee is paid on its own fills.
    TakerFee,
}

/// The day of a moment and how far it is from the start of that day.
pub(crate) fn day_of(now: SimTime, day_start: SimDuration) -> (i64, SimDuration) {
    let since = now.0 - day_start.0;
    (
        since.div_euclid(DAY.0),
        SimDuration(since.rem_euclid(DAY.0)),
    )
}

/// The start of a day.
pub(crate) fn start_of(day: i64, day_start: SimDuration) -> SimTime {
    SimTime(day.saturating_mul(DAY.0).saturating_add(day_start.0))
}

/// 24 hours.
pub(crate) const DAY: SimDuration = SimDuration::secs(86_400);
