//! The rules of one venue, as data.

use firesale_types::{AssetId, Price, Qty, Rate, SimDuration, UnitValue, Usd};
use serde::{Deserialize, Serialize};

use crate::MarginTiers;

/// Everything that distinguishes one venue from another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VenueConfig {
    /// The venue's name, for errors and records.
    pub name: String,
    /// The asset in which profit and loss are settled; one unit of it counts as one dollar.
    pub settlement: AssetId,
    /// Other assets accepted as collateral of cross-margin accounts.
    pub collateral: Vec<CollateralConfig>,
    /// The instruments, in the order of their ids.
    pub instruments: Vec<InstrumentConfig>,
    /// Trading fees.
    pub fees: FeeSchedule,
    /// A margin call is reported when equity falls below this multiple of maintenance margin
    /// (`Rate::ONE` or less switches calls off).
    pub margin_call_ratio: Rate,
    /// What happens below maintenance margin.
    pub liquidation: LiquidationConfig,
    /// Money in the insurance fund at the start.
    pub insurance_fund: Usd,
    /// The backstop vault, if the venue has one.
    pub backstop: Option<BackstopConfig>,
    /// Who pays when fund and vault cannot.
    pub adl: AdlPolicy,
    /// Marks are recomputed this often, and at every [`crate::ExchangeEvent::IndexPrice`].
    pub mark_period: SimDuration,
}

/// An asset that counts as collateral.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CollateralConfig {
    /// The asset.
    pub asset: AssetId,
    /// The part of its index value that does not count.
    pub haircut: Rate,
    /// Its price at the start, in micro-USD per whole unit.
    pub initial_price: Usd,
}

/// One instrument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstrumentConfig {
    /// Its symbol on this venue.
    pub symbol: String,
    /// Spot or perpetual.
    pub kind: InstrumentKind,
    /// The asset whose index price belongs to it: the base of a spot pair, the underlying of a perp.
    pub base: AssetId,
    /// One tick times one lot, in micro-USD.
    pub unit: UnitValue,
    /// One lot in millionths of the base asset.
    pub lot_units: i64,
    /// Limit prices must be a multiple of this many ticks.
    pub price_step: i64,
    /// Quantities must be a multiple of this many lots.
    pub qty_step: i64,
    /// The largest order, in lots.
    pub max_order_qty: Qty,
    /// Limit prices further than this from the mark are refused and market orders stop there.
    pub price_band: Option<Rate>,
    /// Maintenance and initial margin (unused for spot).
    pub tiers: MarginTiers,
    /// How the mark price is made.
    pub mark: MarkRule,
    /// How funding is computed.
    pub funding: FundingRule,
    /// Last, mark and index price at the start.
    pub initial_price: Price,
}

/// The kind of an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// The base asset against the settlement asset, fully paid.
    Spot,
    /// A linear perpetual future, margined and settled in the settlement asset.
    Perp,
}

/// Fees on the notional of each fill; a negative maker fee is a rebate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeSchedule {
    /// Paid by the resting order.
    pub maker: Rate,
    /// Paid by the incoming order.
    pub taker: Rate,
    /// Paid on liquidated notional from what is left of the margin, to the insurance fund.
    pub liquidation: Rate,
}

/// The rule for the price at which positions are valued. Formulas: `domain` facts 2.2 and 2.3, as
/// published by the venues.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum MarkRule {
    /// The last trade; recomputed after every command that traded.
    Last,
    /// Only what [`crate::ExchangeEvent::SetMark`] says.
    Scripted,
    /// Median of index * (1 + last funding rate * time to funding / interval), index + mean over
    /// `window` of (mid - index), and the last trade (Binance USD-M).
    MedianOfThree {
        /// Length of the mean (30 s since September 2025, 60 s before).
        window: SimDuration,
    },
    /// Median of oracle + EMA of (mid - oracle), median(best bid, best ask, last), and the median of
    /// other venues' perp mids; if one is missing, an EMA over `short_ema` of the second joins
    /// (Hyperliquid).
    MedianWithEma {
        /// Time constant of the first EMA (150 s).
        ema: SimDuration,
        /// Time constant of the substitute (30 s).
        short_ema: SimDuration,
    },
}

/// The rule for payments between longs and shorts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum FundingRule {
    /// No funding.
    Off,
    /// Rate per `period` = mean premium + clamp(interest - mean premium, -clamp, clamp), capped;
    /// every `interval` the part `interval / period` of it is paid on the index value (perp prices
    /// above the index: longs pay). The premium is sampled every `sample` from impact prices:
    /// (max(0, impact bid - index) - max(0, index - impact ask)) / index.
    PremiumIndex {
        /// How often it is paid (8 h Binance, 1 h Hyperliquid).
        interval: SimDuration,
        /// The period the rate refers to (8 h).
        period: SimDuration,
        /// How often the premium is sampled (5 s).
        sample: SimDuration,
        /// Interest per period (0.01%).
        interest: Rate,
        /// Half-width of the dead band (0.05%).
        clamp: Rate,
        /// Largest rate per interval (4%/h Hyperliquid).
        cap: Rate,
        /// Notional that defines the impact prices.
        impact_notional: Usd,
    },
}

/// What a venue does with accounts below maintenance margin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiquidationConfig {
    /// False in the twin without forced selling: breaches are not even looked for.
    pub enabled: bool,
    /// From the breach to the first liquidation order, and from each order to the next look at the
    /// same account.
    pub latency: SimDuration,
    /// Positions above this notional are first closed in part (Hyperliquid: 100,000 dollars).
    /// Refers to one real account: the notional over the account's weight.
    pub partial_above: Usd,
    /// The part that goes to the book (Hyperliquid: 20%).
    pub partial_fraction: Rate,
    /// After a partial step every order of that account is whole for this long (Hyperliquid: 30 s).
    pub cooldown: SimDuration,
    /// How far a liquidation order may trade.
    pub limit: LiquidationLimit,
    /// How often an unfilled liquidation order may be sent before the next stage takes over, while
    /// equity is above the backstop's threshold.
    pub book_attempts: u16,
}

/// The worst price of a liquidation order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiquidationLimit {
    /// Any price inside the band.
    None,
    /// The price at which closing all positions leaves exactly nothing.
    Bankruptcy,
}

/// A vault that takes over accounts the book could not close (Hyperliquid's HLP).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackstopConfig {
    /// Its capital at the start.
    pub capital: Usd,
    /// It takes over below this part of maintenance margin (Hyperliquid: two thirds).
    pub threshold: Rate,
    /// Largest total notional over capital.
    pub max_leverage: Rate,
    /// Largest notional in one instrument over capital.
    pub max_leverage_per_instrument: Rate,
}

/// Who pays for a position that nobody takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdlPolicy {
    /// Nobody: the insurance fund takes the position and may go below zero, as bad debt.
    Off,
    /// The highest score first: (mark / entry) * (notional / account value) for longs, entry / mark
    /// for shorts (Hyperliquid).
    Queue,
    /// All opposite positions in profit in proportion to their size.
    ProRata,
}
