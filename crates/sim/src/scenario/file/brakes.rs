//! `breaker` and `limits` of a venue: what halts its books, what its accounts may send and hold.

use firesale_types::{Rate, SimDuration, Usd};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{DurationText, Money, Ratio, Spanned};

/// `breaker = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerTable {
    /// Venues of one group halt together: when a breaker of one halts a book, the others halt
    /// their books of the same base with the next tick, for as long.
    pub group: Option<Spanned<String>>,
    /// When the trading day begins, after midnight UTC.
    pub day_start: DurationText,
    /// Price bands: limit up, limit down.
    pub luld: Option<LuldTable>,
    /// The market-wide breaker.
    pub market_wide: Option<MarketWideTable>,
    /// The dynamic breaker over a rolling window.
    pub rolling: Option<RollingTable>,
    /// The pause before a burst of stops.
    pub stop_logic: Option<StopLogicTable>,
    /// Which stages of a liquidation act while a book is halted.
    pub during_halt: DuringHaltTable,
    /// The worst price of liquidations in a reopening auction, as a distance from the mark;
    /// default: the bankruptcy price.
    pub auction_bound: Option<Ratio>,
}

/// `luld = { ... }`; defaults are the plan's of the US exchanges.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LuldTable {
    /// Length of the mean that is the reference.
    pub window: DurationText,
    /// The reference follows the mean only by this much or more.
    pub step: Ratio,
    /// Each reference stays at least so long.
    pub hold: DurationText,
    /// A limit state of this length halts the book.
    pub limit_state: DurationText,
    /// Length of the halt and of its extension.
    pub halt: DurationText,
    /// Length of the longest halt.
    pub max_halt: DurationText,
    /// Parts of the day with bands of double width: pairs of times since the day's start.
    pub doubled: Vec<[DurationText; 2]>,
    /// Whether a side without a quote inside the bands counts as a limit state.
    pub straddle: bool,
}

impl Default for LuldTable {
    fn default() -> Self {
        let plan = firesale_exchange::LuldConfig::default();
        Self {
            window: DurationText::new(plan.window),
            step: Ratio::new(plan.step),
            hold: DurationText::new(plan.hold),
            limit_state: DurationText::new(plan.limit_state),
            halt: DurationText::new(plan.halt),
            max_halt: DurationText::new(plan.max_halt),
            doubled: Vec::new(),
            straddle: plan.straddle,
        }
    }
}

/// How wide an instrument's price band is, at a venue that has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LuldTierName {
    /// 5%.
    One,
    /// 10%.
    #[default]
    Two,
    /// 20%.
    Cheap,
    /// No band.
    Exempt,
}

/// `market_wide = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarketWideTable {
    /// The instrument of this venue that stands for the market.
    pub instrument: Spanned<String>,
    /// The fall is measured from the highest mark of this window; default: from the mark at the
    /// start of the day.
    #[serde(default)]
    pub window: Option<DurationText>,
    /// The levels; default: -7% and -13% for 15 minutes, -20% for the rest of the day.
    #[serde(default = "us_levels")]
    pub levels: Vec<LevelTable>,
}

/// One of `levels`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelTable {
    /// It acts at a fall of this much.
    pub fall: Ratio,
    /// How long it halts; default: for the rest of the day.
    #[serde(default)]
    pub halt: Option<DurationText>,
    /// From this time of the day on it is off.
    #[serde(default)]
    pub cutoff: Option<DurationText>,
}

/// `rolling = { ... }`; defaults are those of bitcoin futures at CME.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RollingTable {
    /// How far a trade may be from the window's other end, over the day's reference.
    pub width: Ratio,
    /// The window.
    pub window: DurationText,
    /// The pause.
    pub pause: DurationText,
}

impl Default for RollingTable {
    fn default() -> Self {
        let cme = firesale_exchange::RollingConfig::default();
        Self {
            width: Ratio::new(cme.width),
            window: DurationText::new(cme.window),
            pause: DurationText::new(cme.pause),
        }
    }
}

/// `stop_logic = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopLogicTable {
    /// Stops that would trade further than this from the best price wait.
    pub range: Ratio,
    /// So long.
    #[serde(default = "five_seconds")]
    pub pause: DurationText,
}

/// `during_halt = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DuringHaltTable {
    /// The backstop vault.
    pub backstop: WhileHaltedName,
    /// Insurance fund and auto-deleveraging.
    pub adl: WhileHaltedName,
}

/// Whether a stage acts while a book is halted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhileHaltedName {
    /// It waits for the book to reopen.
    #[default]
    Wait,
    /// It acts at the mark, which goes on from the index.
    Act,
}

/// `limits = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsTable {
    /// How many orders an account may send.
    pub throttle: Option<ThrottleTable>,
    /// The largest notional of one real account in one instrument.
    pub max_position: Option<Money>,
    /// The largest share of an instrument's open interest.
    pub concentration: Option<ConcentrationTable>,
    /// What market makers owe.
    pub makers: Option<MakersTable>,
}

/// `throttle = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThrottleTable {
    /// Messages a second in the long run.
    pub per_second: u32,
    /// Messages at once.
    pub burst: u32,
}

/// `concentration = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConcentrationTable {
    /// The largest share of one real account.
    pub share: Ratio,
    /// Positions up to this notional are free.
    #[serde(default = "a_million")]
    pub above: Money,
}

/// `makers = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MakersTable {
    /// Names of populations or of explicit accounts.
    pub who: Vec<Spanned<String>>,
    /// The widest spread between their bid and ask.
    pub max_spread: Ratio,
    /// The smallest notional on each side.
    pub min_size: Money,
    /// The share of time in which both must hold.
    pub uptime: Ratio,
    /// Over periods of this length.
    #[serde(default = "an_hour")]
    pub period: DurationText,
    /// What a breach costs in the next period.
    #[serde(default)]
    pub penalty: PenaltyName,
}

/// What a market maker's breach costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyName {
    /// Nothing.
    #[default]
    None,
    /// The rebate.
    Rebate,
    /// The rebate, and the taker's fee on its own fills.
    TakerFee,
}

fn us_levels() -> Vec<LevelTable> {
    let level = |bps, halt| LevelTable {
        fall: Ratio::new(Rate::bps(bps)),
        halt,
        cutoff: None,
    };
    let quarter = Some(DurationText::new(SimDuration::secs(900)));
    vec![level(700, quarter), level(1300, quarter), level(2000, None)]
}

const fn five_seconds() -> DurationText {
    DurationText::new(SimDuration::secs(5))
}

const fn an_hour() -> DurationText {
    DurationText::new(SimDuration::secs(3600))
}

const fn a_million() -> Money {
    Money::new(Usd::dollars(1_000_000))
}
