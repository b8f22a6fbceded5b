//! Who bears what the margin of a bankrupt account does not cover.

use firesale_types::{InstrumentId, Rate, SimDuration, Usd};
use serde::{Deserialize, Serialize};

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
    /// How it gets rid of what it took over; without a policy it keeps it.
    pub unwind: Option<UnwindPolicy>,
    /// Depositors must leave a deposit in for so long (Hyperliquid's HLP: four days).
    pub lockup: SimDuration,
}

/// How a vault or a fund closes the positions it has taken over: every `period` it sends, for each,
/// an immediate-or-cancel order for a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnwindPolicy {
    /// From one order to the next.
    pub period: SimDuration,
    /// The part of what is held.
    pub fraction: Rate,
    /// How far from the mark it may trade.
    pub slippage: Rate,
}

impl BackstopConfig {
    /// A vault that takes over below two thirds of maintenance margin, up to three times its
    /// capital.
    #[must_use]
    pub const fn two_thirds(capital: Usd) -> Self {
        Self {
            capital,
            threshold: Rate(666_666_667),
            max_leverage: Rate(3 * Rate::ONE.0),
            max_leverage_per_instrument: Rate(3 * Rate::ONE.0),
            unwind: None,
            lockup: SimDuration::ZERO,
        }
    }
}

/// Who pays for a position that nobody takes.
///
/// Every rule closes the same quantity; they differ in who gives it. Formulas and the order among
/// equals: [`AdlPolicy::allocate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdlPolicy {
    /// Nobody: the insurance fund takes the position and may go below zero, as bad debt.
    Off,
    /// The highest score first: (mark / entry) * (notional / account value) for longs, entry / mark
    /// for shorts (Hyperliquid \[P\], the formula for shorts remembered, unverified).
    Queue,
    /// All opposite positions in profit in proportion to their size.
    ProRata,
    /// The highest LeveragePnL = (unrealised profit / collateral) * (maintenance / equity) first,
    /// which traders see as lights from 0 to 4 (Binance \[P\]).
    Quantile,
    /// All winners give the same part of their profit, none more than all of it (Chitra, arXiv
    /// 2512.01112 \[R\]).
    CappedProRata,
    /// Likewise, but the part grows with the winner's leverage (the same paper \[R\]).
    RiskAware,
    /// Opposite positions drawn at random, whether in profit or not (dYdX v4 \[P\]).
    Random,
    /// The largest position of one real account first.
    Largest,
}

/// When winners are closed, apart from who.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "when")]
pub enum AdlTrigger {
    /// As soon as equity is gone; the insurance fund takes nothing over (Hyperliquid \[P\]).
    NegativeEquity,
    /// When the fund cannot carry the position (Binance \[P\]). At a venue without a vault the fund
    /// is asked as soon as the book has failed often enough.
    #[default]
    EmptyFund,
    /// As long as the pool of the instrument has lost `start` of its highest balance within
    /// `window`, until it has lost less than `stop`, or has nothing at all: before it is empty
    /// (Bybit \[P\]; 30%, 25% are remembered, unverified). Otherwise as with an empty fund.
    FundDrawdown {
        /// Where it starts.
        start: Rate,
        /// Where it stops.
        stop: Rate,
        /// How far back the highest balance is looked for (8 h).
        window: SimDuration,
    },
}

impl AdlTrigger {
    /// Bybit's: from 30% to 25% below the highest balance of 8 hours (levels remembered,
    /// unverified).
    pub const BYBIT: Self = Self::FundDrawdown {
        start: Rate(3 * Rate::ONE.0 / 10),
        stop: Rate(Rate::ONE.0 / 4),
        window: SimDuration::secs(8 * 3600),
    };
}

/// The price at which winners are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdlPrice {
    /// The mark before the last one, or the bankruptcy price if the previous mark would leave a
    /// deficit (Hyperliquid \[P\]).
    PreviousMark,
    /// The price that leaves the bankrupt account exactly nothing (Binance, dYdX \[P\]).
    Bankruptcy,
}

/// When and how winners are closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdlTerms {
    /// When.
    pub trigger: AdlTrigger,
    /// At what price; `None` is the previous mark at a venue with a vault that deleverages by
    /// queue (Hyperliquid), the bankruptcy price elsewhere.
    pub price: Option<AdlPrice>,
    /// The part of a bankrupt position that one step of its liquidation may close (dYdX v4 limits
    /// it for each block \[P\]). At least 1%.
    pub max_portion: Rate,
    /// The notional at the mark that one step may close in one instrument, likewise.
    pub max_notional: Usd,
    /// The loss that the fund may take on in one step, likewise.
    pub max_insurance_loss: Usd,
}

impl Default for AdlTerms {
    /// With an empty fund, without limits.
    fn default() -> Self {
        Self {
            trigger: AdlTrigger::EmptyFund,
            price: None,
            max_portion: Rate::ONE,
            max_notional: Usd::MAX,
            max_insurance_loss: Usd::MAX,
        }
    }
}

/// A part of the insurance fund with instruments and money of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolConfig {
    /// Its name, for charts.
    pub name: String,
    /// Money in it at the start.
    pub capital: Usd,
    /// The instruments whose deficits it bears; no two pools have one in common.
    pub instruments: Vec<InstrumentId>,
}

/// Who gets what a liquidation order fetches beyond the bankruptcy price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surplus {
    /// The account that is liquidated (Hyperliquid \[P\]).
    #[default]
    Account,
    /// The insurance pool of the instrument (Binance, Bybit \[P\]).
    Fund,
}

/// Who bears a deficit that the fund cannot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "sharing")]
pub enum LossSharing {
    /// The fund, which goes below zero.
    #[default]
    None,
    /// All who have an open profit in the instrument, in proportion to it and up to it.
    Socialised,
    /// All who have realised a profit in the instrument since the last settlement, in proportion to
    /// it and up to it.
    Clawback {
        /// The time between settlements, at which realised profits become final.
        window: SimDuration,
    },
}

/// The insurance fund beside its capital.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsuranceRules {
    /// Further pools; all instruments that none of them names belong to the main one.
    pub pools: Vec<PoolConfig>,
    /// Who gets what a liquidation order fetches beyond the bankruptcy price.
    pub surplus: Surplus,
    /// Who bears what the fund cannot.
    pub sharing: LossSharing,
}
