//! What a lending market is before it opens.

use serde::{Deserialize, Serialize};

use super::math::BASE_UNIT;

/// An asset of the market, by its place in [`LendingConfig::reserves`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct ReserveId(pub u16);

/// An e-mode category, by its place in [`LendingConfig::categories`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct CategoryId(pub u8);

impl ReserveId {
    /// The identifier as an index.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl CategoryId {
    /// The identifier as an index.
    #[inline]
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a price comes from. The caller feeds it; a pegged one ignores what it is fed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PriceSource {
    /// The price in a pool.
    Pool,
    /// The price at a venue, or an average over venues.
    #[default]
    Venue,
    /// What the issuer pays on redemption.
    Redemption,
    /// A fixed multiple of another asset's price, or of the base currency: the oracle that does not
    /// see a depeg. USDe stood so to USDT on the largest lender in October 2025 (R).
    Pegged {
        /// The other asset; none for the base currency.
        to: Option<ReserveId>,
        /// How much of it, with 8 decimals.
        value: u64,
    },
}

/// Rates that rise slowly to an optimal utilisation and steeply beyond it, in basis points a year
/// (interest rate strategy of Aave v3, P).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateConfig {
    /// The borrowing rate of an idle reserve.
    pub base_bps: u32,
    /// How much higher it is at the optimal utilisation.
    pub slope1_bps: u32,
    /// How much higher still at full utilisation.
    pub slope2_bps: u32,
    /// The optimal utilisation, between 0 and 1 exclusive.
    pub optimal_bps: u32,
}

/// One asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReserveConfig {
    /// Its name in messages and charts.
    pub symbol: String,
    /// Digits after the point of a token, at most 18.
    pub decimals: u8,
    /// How much may be borrowed against it, in basis points of its value.
    pub ltv_bps: u32,
    /// How much debt makes its holder liquidatable, in basis points of its value.
    pub liquidation_threshold_bps: u32,
    /// What a liquidator is given beyond the debt repaid; under absorption what the borrower loses
    /// beyond the debt.
    pub liquidation_bonus_bps: u32,
    /// The treasury's part of that bonus.
    pub protocol_fee_bps: u32,
    /// The treasury's part of the borrowers' interest.
    pub reserve_factor_bps: u32,
    /// The most that may be supplied, in whole tokens; none for no limit.
    pub supply_cap: Option<u64>,
    /// The most that may be borrowed, in whole tokens; none for no limit.
    pub borrow_cap: Option<u64>,
    /// Its interest.
    pub rate: RateConfig,
    /// Whether it may be borrowed.
    pub borrowable: bool,
    /// Whether a supply counts as collateral from the start.
    pub collateral: bool,
    /// No supply, no borrowing; withdrawals, repayments and liquidations go on.
    pub frozen: bool,
    /// Nothing at all.
    pub paused: bool,
    /// The price of a token at the start, in the base currency with 8 decimals.
    pub price: u64,
    /// Where later prices come from.
    pub source: PriceSource,
}

impl ReserveConfig {
    /// An asset of price 1 that is neither collateral nor borrowable, without interest or limits.
    #[must_use]
    pub fn plain(symbol: &str, decimals: u8) -> Self {
        Self {
            symbol: symbol.to_owned(),
            decimals,
            ltv_bps: 0,
            liquidation_threshold_bps: 0,
            liquidation_bonus_bps: 0,
            protocol_fee_bps: 0,
            reserve_factor_bps: 0,
            supply_cap: None,
            borrow_cap: None,
            rate: RateConfig {
                optimal_bps: 8_000,
                ..RateConfig::default()
            },
            borrowable: false,
            collateral: false,
            frozen: false,
            paused: false,
            price: BASE_UNIT as u64,
            source: PriceSource::Venue,
        }
    }
}

/// Assets that move together and may be borrowed against each other more (e-mode of Aave v3, P).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryConfig {
    /// Its name in messages.
    pub label: String,
    /// Replaces the loan-to-value of its collateral.
    pub ltv_bps: u32,
    /// Replaces the threshold of its collateral.
    pub liquidation_threshold_bps: u32,
    /// Replaces the bonus of its collateral.
    pub liquidation_bonus_bps: u32,
    /// The collateral to which the three apply.
    pub collateral: Vec<ReserveId>,
    /// What its members may borrow.
    pub borrowable: Vec<ReserveId>,
    /// One price for all assets of the category, as Aave had until v3.1; none for each its own. If
    /// it is not pegged, it holds from the first price that is fed.
    pub source: Option<PriceSource>,
}

/// How an account in breach is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LiquidationRule {
    /// Anybody repays part of the debt and takes collateral with a bonus (Aave v3, P).
    CloseFactor {
        /// The part of an account's debt that may be repaid at once, in basis points.
        close_factor_bps: u32,
        /// At this health factor (18 decimals) or below it all of it.
        full_close_factor_at: u64,
        /// Also where debt or collateral is worth less than this, in the base currency with 8
        /// decimals.
        small_position: u64,
        /// A liquidation that ends neither debt nor collateral must leave this much of both.
        min_leftover: u64,
    },
    /// The market takes the whole account and sells its collateral (Compound III, M).
    Absorb {
        /// The one asset that is borrowed.
        base: ReserveId,
        /// The part of the bonus that buyers of collateral are given as discount, in basis points.
        store_front_bps: u32,
    },
}

impl Default for LiquidationRule {
    /// Constants of `LiquidationLogic` in Aave v3.3 and later: 50%, 0.95, $2,000, $1,000 (P).
    fn default() -> Self {
        Self::CloseFactor {
            close_factor_bps: 5_000,
            full_close_factor_at: 950_000_000_000_000_000,
            small_position: 2_000 * BASE_UNIT as u64,
            min_leftover: 1_000 * BASE_UNIT as u64,
        }
    }
}

/// Who bears debt that no collateral covers, after the insurance of the reserve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadDebtRule {
    /// It stands as a deficit of the reserve: who withdraws first is paid in full (Aave v3.3, P).
    #[default]
    Deficit,
    /// All suppliers at once, in proportion.
    Socialize,
}

/// A market.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LendingConfig {
    /// Its assets.
    pub reserves: Vec<ReserveConfig>,
    /// Its e-mode categories.
    #[serde(default)]
    pub categories: Vec<CategoryConfig>,
    /// How an account in breach is closed.
    #[serde(default)]
    pub liquidation: LiquidationRule,
    /// Who bears bad debt.
    #[serde(default)]
    pub bad_debt: BadDebtRule,
}
