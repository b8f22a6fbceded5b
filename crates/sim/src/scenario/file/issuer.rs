//! `[[issuers]]`: who issues stable assets, and what stands behind them.

use firesale_types::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::{DurationText, Money, Ratio, Spanned};

/// One of `[[issuers]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuerTable {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: IssuerKindName,
    /// The asset it issues.
    pub coin: Spanned<String>,
    /// The asset it takes and pays for it.
    pub money: Spanned<String>,
    /// Tokens at the start; what agents do not hold is held by nobody in the run.
    pub supply: Spanned<Money>,
    /// The issuer's own money at the start.
    #[serde(default)]
    pub equity: Money,
    /// For a fiat issuer: its reserve in the order in which it is used.
    #[serde(default)]
    pub ladder: Vec<Spanned<TierRow>>,
    /// For an algorithmic issuer: the token that absorbs its swings.
    #[serde(default)]
    pub seigniorage: Option<Spanned<SeigniorageTable>>,
    /// For an algorithmic issuer: where most of the coins earn interest.
    #[serde(default)]
    pub anchor: Option<Spanned<AnchorTable>>,
    /// For a vault: what the manager says a share is worth.
    #[serde(default = "dollar")]
    pub price: f64,
    /// For a vault: cash.
    #[serde(default)]
    pub cash: Money,
    /// For a vault: where the money is, in the order in which it is recalled.
    #[serde(default)]
    pub positions: Vec<Spanned<VaultPositionTable>>,
    /// For a vault: the share of the assets that is kept in cash.
    #[serde(default)]
    pub buffer: Ratio,
    /// For a vault: how long a withdrawal waits at least.
    #[serde(default)]
    pub notice: DurationText,
    /// For a vault: what the manager says the assets earn a year,
    #[serde(default)]
    pub reported_yield: Ratio,
    /// and what they earn.
    #[serde(default)]
    pub true_yield: Ratio,
    /// For a vault: whether withdrawals are suspended when the truth comes out.
    #[serde(default)]
    pub freezes_at_disclosure: bool,
    /// When dollars move.
    #[serde(default)]
    pub rail: RailTable,
    /// Who may mint and redeem, and on what terms.
    #[serde(default)]
    pub primary: PrimaryTable,
    /// The share of the supply that is redeemed on one day at most.
    #[serde(default)]
    pub daily_limit: Option<Ratio>,
    /// For a fiat issuer: whether it redeems nothing while its reserve, with what is expected back of
    /// what is stuck, is worth less than its coins.
    #[serde(default)]
    pub suspends_when_short: bool,
    /// What the public sees of the reserve.
    #[serde(default)]
    pub attestation: AttestationTable,
    /// The yield of short bills, in basis points a year.
    #[serde(default)]
    pub bill_yield_bps: i32,
}

/// The kind of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssuerKindName {
    /// Tokens against dollars, with a reserve of deposits, bills and the like.
    Fiat,
    /// Tokens against new tokens of another kind, at the price of an oracle.
    Algorithmic,
    /// Shares of a vault whose manager says what they are worth.
    Vault,
}

/// `seigniorage = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeigniorageTable {
    /// The token that is minted when a coin is redeemed.
    pub token: Spanned<String>,
    /// How many there are at the start.
    pub supply: Money,
    /// Where its price comes from, as for a reserve of a lending market.
    pub oracle: Spanned<super::LenderOracleTable>,
    /// The virtual pools at balance, in dollars. Terra: 50 million drawing rights (N).
    #[serde(default = "base_pool")]
    pub base_pool: Money,
    /// Blocks in which they recover. Terra: 36 (N).
    #[serde(default = "recovery_blocks")]
    pub recovery_blocks: u32,
    /// Time between blocks. Terra: 6.77 s (N).
    #[serde(default = "terra_block")]
    pub block: DurationText,
    /// The least spread. Terra: 0.5% (M, remembered and unverified).
    #[serde(default = "least_spread")]
    pub spread_min: Ratio,
    /// How old the price of the oracle may be.
    #[serde(default = "price_age")]
    pub price_age_max: DurationText,
}

/// `anchor = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnchorTable {
    /// The rate it promises a year. Anchor: 19.5% (R).
    pub rate: Ratio,
    /// Tokens from which it pays it.
    #[serde(default)]
    pub reserve: Money,
    /// What others than agents have in it.
    #[serde(default)]
    pub deposits: Money,
}

/// One of `positions`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultPositionTable {
    /// Its name; that of a vault of the scenario is a claim on it.
    pub name: String,
    /// What the manager says it is worth.
    pub reported: Money,
    /// What is missing already.
    #[serde(default)]
    pub hidden_loss: Money,
    /// How long it takes to get money back.
    #[serde(default)]
    pub recall: DurationText,
    /// Whether losses stay hidden until the manager discloses them.
    #[serde(default)]
    pub opaque: bool,
}

const fn base_pool() -> Money {
    Money::new(firesale_types::Usd::dollars(67_000_000))
}
const fn recovery_blocks() -> u32 {
    36
}
const fn terra_block() -> DurationText {
    DurationText::new(SimDuration::millis(6_770))
}
const fn least_spread() -> Ratio {
    Ratio::new(firesale_types::Rate::bps(50))
}
const fn price_age() -> DurationText {
    DurationText::new(SimDuration::secs(60))
}
const fn dollar() -> f64 {
    1.0
}

/// One of `ladder`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierRow {
    /// Its name; of deposits that of the bank.
    pub name: String,
    /// What it is; the values below have the defaults of their kind.
    pub kind: TierKindName,
    /// At book value.
    pub amount: Money,
    /// How long a sale takes until the money is there.
    #[serde(default)]
    pub settles: Option<DurationText>,
    /// What every sale costs, of its face.
    #[serde(default)]
    pub haircut: Option<Ratio>,
    /// What the last dollar of a sale loses for every billion sold: of the price, or in yield a year
    /// if these are bills.
    #[serde(default)]
    pub impact_linear: Option<Ratio>,
    /// The same for every billion squared.
    #[serde(default)]
    pub impact_convex: Option<Ratio>,
    /// How much of the impact is forgotten overnight.
    #[serde(default)]
    pub impact_recovery: Option<Ratio>,
    /// The average days to maturity of bills.
    #[serde(default)]
    pub maturity_days: Option<u32>,
    /// What it earns a year.
    #[serde(default)]
    pub yield_rate: Ratio,
}

/// What a tier is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TierKindName {
    /// Cash at a bank.
    Deposits,
    /// Overnight repo.
    Repo,
    /// Shares of a money fund.
    MoneyFund,
    /// Treasury bills.
    Bills,
    /// Secured loans.
    Loans,
    /// Gold.
    Gold,
    /// Coins.
    Coins,
}

/// `rail = { ... }`
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RailTable {
    /// Around the clock, or the hours of banks.
    #[serde(default)]
    pub hours: RailHoursName,
    /// Holidays, as dates in UTC: `"2023-03-13"`.
    #[serde(default)]
    pub holidays: Vec<Spanned<String>>,
}

/// When dollars move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RailHoursName {
    /// Always.
    #[default]
    Always,
    /// Monday to Friday, in New York.
    NewYork,
}

/// `primary = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PrimaryTable {
    /// The populations whose members may mint and redeem.
    pub dealers: Vec<Spanned<String>>,
    /// How many members of these populations may, the first of each; default: all.
    pub most: Option<u32>,
    /// What each may redeem a day.
    pub capacity_daily: Option<Money>,
    /// The smallest mint or redemption.
    pub minimum: Money,
    /// What a mint costs.
    pub mint_fee: Ratio,
    /// What a redemption costs.
    pub redeem_fee: Ratio,
    /// Whether redemption is offered.
    pub redeems: bool,
}

impl Default for PrimaryTable {
    fn default() -> Self {
        Self {
            dealers: Vec::new(),
            most: None,
            capacity_daily: None,
            minimum: Money::ZERO,
            mint_fee: Ratio::default(),
            redeem_fee: Ratio::default(),
            redeems: true,
        }
    }
}

/// `attestation = { ... }`
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AttestationTable {
    /// Time between two attestations; 0: the public sees everything at once.
    pub every: DurationText,
    /// How old what they say is when they are published.
    pub lag: DurationText,
}

impl Default for AttestationTable {
    fn default() -> Self {
        Self {
            every: DurationText::new(SimDuration::ZERO),
            lag: DurationText::new(SimDuration::ZERO),
        }
    }
}
