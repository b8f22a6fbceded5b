//! `[[venues]]`: fees, margin, liquidation, funds, index.

use firesale_types::{Rate, SimDuration, Usd};
use schemars::JsonSchema;
use serde::Deserialize;

use super::loss::{AdlName, AdlTable, InsuranceTable};
use super::{
    ApiTable, BreakerTable, ClearingTable, GatesTable, IsolatedLeverageName, LimitsTable,
    OracleTable, OutageTable, PortfolioTable, SolvencyTable,
};
use crate::config::{DurationText, Money, PlainOr, Ratio, Spanned};

/// One of `[[venues]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VenueTable {
    /// Its name.
    pub name: String,
    /// The published rules that everything not written here follows: `hyperliquid`, `binance`,
    /// `bybit`, `dydx`, `ccp` or `plain`.
    #[serde(default)]
    pub profile: Option<String>,
    /// The asset in which profit and loss are settled.
    pub settlement: Spanned<String>,
    /// Trading fees.
    #[serde(default)]
    pub fees: FeesTable,
    /// Margin calls and collateral.
    #[serde(default)]
    pub margin: MarginTable,
    /// What happens below maintenance margin.
    #[serde(default)]
    pub liquidation: LiquidationTable,
    /// What halts its books.
    #[serde(default)]
    pub breaker: Option<BreakerTable>,
    /// What its accounts may send and hold.
    #[serde(default)]
    pub limits: LimitsTable,
    /// The gate that users' messages pass.
    #[serde(default)]
    pub api: Option<ApiTable>,
    /// What goes on while it is down.
    #[serde(default)]
    pub outage: Option<OutageTable>,
    /// How withdrawals are paid.
    #[serde(default)]
    pub gates: GatesTable,
    /// What the customers' money has been used for.
    #[serde(default)]
    pub platform: Option<SolvencyTable>,
    /// Money in the insurance fund, or a table with its pools and rules.
    #[serde(default)]
    pub insurance: Spanned<PlainOr<Money, InsuranceTable>>,
    /// How the insurance fund sells what it took over; default: it keeps it.
    #[serde(default)]
    pub fund_unwind: Option<UnwindTable>,
    /// The backstop vault.
    #[serde(default)]
    pub backstop: Option<Spanned<BackstopTable>>,
    /// Who pays when fund and vault cannot: a rule by name, or a table that says when and at what
    /// price.
    #[serde(default)]
    pub adl: Spanned<PlainOr<AdlName, AdlTable>>,
    /// Whether everybody sees the largest positions and their liquidation prices.
    #[serde(default)]
    pub transparent: bool,
    /// The clearing house, in place of insurance fund, backstop and ADL.
    #[serde(default)]
    pub clearing: Option<ClearingTable>,
    /// Index prices.
    #[serde(default)]
    pub oracle: OracleTable,
    /// How often marks are recomputed.
    #[serde(default = "default_second")]
    pub mark_period: DurationText,
}

/// `fees = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeesTable {
    /// Paid by the resting order; negative is a rebate.
    pub maker: Ratio,
    /// Paid by the incoming order.
    pub taker: Ratio,
    /// Paid on liquidated notional.
    pub liquidation: Ratio,
}

/// `margin = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MarginTable {
    /// Margin calls below this multiple of maintenance margin; 0 switches them off.
    pub call_ratio: Ratio,
    /// Assets that count as collateral beside the settlement asset.
    pub collateral: Vec<Spanned<CollateralTable>>,
    /// What leaves an account leaves at least this part of the notional of its positions behind.
    pub transfer_floor: Ratio,
    /// What a new leverage does to the margin of an open isolated position.
    pub isolated_leverage: IsolatedLeverageName,
    /// The scenario grid of portfolio accounts; without it there are none.
    pub portfolio: Option<Spanned<PortfolioTable>>,
}

/// One of `margin.collateral`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollateralTable {
    /// The asset.
    pub asset: Spanned<String>,
    /// The part that does not count.
    pub haircut: Ratio,
    /// Larger haircuts on what one real account holds beyond these values.
    #[serde(default)]
    pub tiers: Vec<HaircutTierTable>,
}

/// `{ above = "1M", haircut = "20%" }`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HaircutTierTable {
    /// Index value from which on it applies.
    pub above: Money,
    /// The part of the value beyond that does not count.
    pub haircut: Ratio,
}

/// `liquidation = { ... }`; defaults are Hyperliquid's published rules.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LiquidationTable {
    /// From the breach to the order, and from order to order.
    pub latency: DurationText,
    /// Positions above this notional are closed in part first.
    pub partial_above: Money,
    /// That part.
    pub partial_fraction: Ratio,
    /// After a partial step every order is whole for this long.
    pub cooldown: DurationText,
    /// The worst price.
    pub limit: LimitName,
    /// Orders that may stay unfilled before the next stage.
    pub book_attempts: u16,
    /// How the position is offered to the book.
    pub method: MethodName,
    /// For `step_down`: each order fills whole or not at all.
    pub fill_or_kill: bool,
    /// For `step_down`: after so many orders the next stage takes the rest; 0: no limit.
    pub orders: u16,
    /// For `auction` and `twap`: how long it takes.
    pub duration: DurationText,
    /// For `twap`: how many equal parts.
    pub parts: u16,
    /// For `limit = "bounded"`: spread to the maintenance margin ratio.
    pub spread: Ratio,
    /// For `limit = "bounded"`: bankruptcy adjustment.
    pub adjustment: Ratio,
    /// Which open orders are taken back first.
    pub cancel: CancelName,
    /// Accounts are looked at on this grid; 0: at once.
    pub scan_period: DurationText,
    /// Steps the engine can make in a second; 0: no limit.
    pub steps_per_second: u32,
}

impl Default for LiquidationTable {
    fn default() -> Self {
        Self {
            latency: DurationText::new(SimDuration::secs(3)),
            partial_above: Money::new(Usd::dollars(100_000)),
            partial_fraction: Ratio::new(Rate::bps(100 * 20)),
            cooldown: DurationText::new(SimDuration::secs(30)),
            limit: LimitName::Bankruptcy,
            book_attempts: 3,
            method: MethodName::Orders,
            fill_or_kill: false,
            orders: 0,
            duration: DurationText::new(SimDuration::secs(30)),
            parts: 10,
            spread: Ratio::new(Rate::bps(15_000)),
            adjustment: Ratio::new(Rate::ONE),
            cancel: CancelName::All,
            scan_period: DurationText::new(SimDuration::ZERO),
            steps_per_second: 0,
        }
    }
}

/// How a position is offered to the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MethodName {
    /// Immediate-or-cancel orders, in part for large positions (Hyperliquid).
    Orders,
    /// Down to the margin tier below (Binance, Bybit).
    StepDown,
    /// At a price that moves from the mark to the bankruptcy price.
    Auction,
    /// In equal parts over a time.
    Twap,
}

/// Which open orders are taken back first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelName {
    /// All.
    All,
    /// Those that are not reduce-only.
    Increasing,
    /// None.
    None,
}

/// The worst price of a liquidation order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LimitName {
    /// Any price inside the band.
    None,
    /// The bankruptcy price.
    #[default]
    Bankruptcy,
    /// The fillable price of dYdX, which may lie beyond it.
    Bounded,
}

/// `backstop = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackstopTable {
    /// Its capital.
    pub capital: Money,
    /// It takes over below this part of maintenance margin.
    #[serde(default = "two_thirds")]
    pub threshold: Ratio,
    /// Largest notional over capital.
    #[serde(default = "three_times")]
    pub max_leverage: Ratio,
    /// Largest notional in one instrument over capital.
    #[serde(default = "three_times")]
    pub max_leverage_per_instrument: Ratio,
    /// How long a deposit must stay in.
    #[serde(default)]
    pub lockup: Option<DurationText>,
    /// How it sells what it took over; default: it keeps it.
    #[serde(default)]
    pub unwind: Option<UnwindTable>,
}

/// `unwind = { period = "10s", fraction = "5%", slippage = "1%" }`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnwindTable {
    /// From one order to the next.
    pub period: DurationText,
    /// The part of each position that an order is for.
    pub fraction: Ratio,
    /// How far from the mark it may trade.
    pub slippage: Ratio,
}

const fn two_thirds() -> Ratio {
    Ratio::new(Rate(666_666_667))
}

const fn three_times() -> Ratio {
    Ratio::new(Rate::bps(100 * 300))
}

const fn default_second() -> DurationText {
    DurationText::new(SimDuration::secs(1))
}
