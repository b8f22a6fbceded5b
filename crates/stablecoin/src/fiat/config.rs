//! What a fiat issuer is: its reserve, its rail, and who may redeem.

use firesale_types::{Rate, SimDuration};
use serde::{Deserialize, Serialize};

use crate::error::{ensure, ensure_fee, ensure_share};
use crate::units::{Amount, MONEY_MAX, Money};
use crate::{AttestationConfig, ConfigError, Decimals, PrimaryAccess, RailHours};

/// What an issuer of tokens against dollars is at the start.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FiatConfig {
    /// Decimals of the token.
    pub decimals: Decimals,
    /// Tokens at the start, a whole number of micro-dollars at par.
    pub supply: Amount,
    /// The issuer's own money at the start.
    pub equity: Money,
    /// The reserve in the order in which it is used: deposits, repo, money funds, bills, then
    /// loans, gold and coins (R). Its amounts sum to supply and equity.
    pub ladder: Vec<TierConfig>,
    /// When dollars move.
    pub rail: RailHours,
    /// Who may mint and redeem, and on what terms.
    pub primary: PrimaryAccess,
    /// The share of the supply at the day's start that is redeemed that day at most.
    pub daily_limit: Option<Rate>,
    /// Whether redemption is suspended while the reserve, with what is expected back of what is stuck,
    /// is worth less than the tokens: who comes first is then not paid at the cost of the others.
    pub suspends_when_short: bool,
    /// What the public sees.
    pub attestation: AttestationConfig,
    /// The yield of short bills at the start, in basis points a year.
    pub bill_yield_bps: i32,
}

/// What a tier of the reserve is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TierKind {
    /// Cash at a bank.
    Deposits,
    /// Overnight repo.
    Repo,
    /// Shares of a money fund.
    MoneyFund,
    /// Treasury bills: the impact of a sale is on their yield.
    Bills,
    /// Secured loans.
    Loans,
    /// Gold.
    Gold,
    /// Coins.
    Coins,
}

/// One tier of the reserve.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TierConfig {
    /// Its name; of deposits that of the bank.
    pub name: String,
    /// What it is.
    pub kind: TierKind,
    /// How much there is at the start, at book value.
    pub amount: Money,
    /// How long a sale takes until the money is there.
    pub settles: SimDuration,
    /// What every sale costs, of its face.
    pub haircut: Rate,
    /// What the last dollar of a sale loses, for every billion dollars sold: of the price, or in
    /// yield a year if these are bills.
    pub impact_linear: Rate,
    /// The same for every billion squared.
    pub impact_convex: Rate,
    /// How much of the impact is forgotten overnight.
    pub impact_recovery: Rate,
    /// The average days to maturity of bills.
    pub maturity_days: u32,
    /// What it earns a year.
    pub yield_rate: Rate,
    /// A charge on sales beyond a share of the tier within a day: (share, fee).
    pub liquidity_fee: Option<(Rate, Rate)>,
}

impl TierConfig {
    /// A tier that is sold at once, at par and for nothing.
    #[must_use]
    pub fn cash(name: &str, amount: Money) -> Self {
        Self {
            name: name.to_owned(),
            kind: TierKind::Deposits,
            amount,
            settles: SimDuration::ZERO,
            haircut: Rate::ZERO,
            impact_linear: Rate::ZERO,
            impact_convex: Rate::ZERO,
            impact_recovery: Rate::ZERO,
            maturity_days: 0,
            yield_rate: Rate::ZERO,
            liquidity_fee: None,
        }
    }

    /// Overnight repo: back the next day, at par.
    #[must_use]
    pub fn repo(amount: Money) -> Self {
        Self {
            kind: TierKind::Repo,
            settles: SimDuration::secs(16 * 3_600),
            ..Self::cash("overnight repo", amount)
        }
    }

    /// A money fund: paid the same day; beyond 5% net a day it charges 1% (the threshold of the
    /// 2023 rule for prime institutional funds is remembered, unverified; the size of the fee is
    /// a closure of ours, grade D).
    #[must_use]
    pub fn money_fund(amount: Money) -> Self {
        Self {
            kind: TierKind::MoneyFund,
            settles: SimDuration::secs(4 * 3_600),
            liquidity_fee: Some((Rate::bps(500), Rate::bps(100))),
            ..Self::cash("money funds", amount)
        }
    }

    /// Three-month bills: settled the next day. Selling a billion adds 1.6 basis points to their
    /// yield, the middle of 1.1 to 2.1 (D, from 2 to 3 times the -2 to -2.5 basis points of an
    /// inflow of 3.5 billion, R), and half of that is forgotten in a week, so that 3.5 billion over
    /// 5 days leave 4.6 basis points, within the 4 to 8 of (R) (grade D).
    #[must_use]
    pub fn bills(amount: Money) -> Self {
        Self {
            kind: TierKind::Bills,
            settles: SimDuration::secs(86_400),
            impact_linear: Rate(160_000),
            impact_recovery: Rate::bps(1_000),
            maturity_days: 90,
            ..Self::cash("Treasury bills", amount)
        }
    }

    /// Loans, gold or coins: days to sell, at a discount (haircut and impact are closures of ours,
    /// grade D).
    #[must_use]
    pub fn slow(kind: TierKind, name: &str, amount: Money) -> Self {
        Self {
            kind,
            settles: SimDuration::secs(3 * 86_400),
            haircut: Rate::bps(500),
            impact_linear: Rate::bps(50),
            impact_recovery: Rate::bps(1_000),
            ..Self::cash(name, amount)
        }
    }

    fn validate(&self, at: usize) -> Result<(), ConfigError> {
        let key = |field: &str| format!("ladder[{at}].{field}");
        let amount = "must be at least 0 and at most a quadrillion dollars";
        let possible = (0..=MONEY_MAX).contains(&self.amount);
        ensure(possible, &key("amount"), amount)?;
        ensure(self.settles.0 >= 0, &key("settles"), "must not be negative")?;
        ensure_share(self.haircut, &key("haircut"))?;
        ensure_share(self.impact_linear, &key("impact_linear"))?;
        ensure_share(self.impact_convex, &key("impact_convex"))?;
        ensure_share(self.impact_recovery, &key("impact_recovery"))?;
        ensure_share(self.yield_rate, &key("yield_rate"))?;
        if let Some((threshold, fee)) = self.liquidity_fee {
            ensure_share(threshold, &key("liquidity_fee"))?;
            ensure_fee(fee, &key("liquidity_fee"))?;
        }
        let days = "bills mature in 1 to 3650 days";
        let matures = (1..=3_650).contains(&self.maturity_days);
        let fits = self.kind != TierKind::Bills || matures;
        ensure(fits, &key("maturity_days"), days)
    }
}

impl FiatConfig {
    /// Says what is wrong.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the key.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.decimals.check("decimals")?;
        let (par, rest) = self.decimals.par(self.supply);
        let whole = "must be a whole number of micro-dollars at par, at most a quadrillion dollars";
        ensure(rest == 0 && par <= MONEY_MAX, "supply", whole)?;
        let equity = "must be at least 0 and at most a quadrillion dollars";
        ensure((0..=MONEY_MAX).contains(&self.equity), "equity", equity)?;
        for (at, tier) in self.ladder.iter().enumerate() {
            tier.validate(at)?;
        }
        ensure(
            self.ladder.len() < 1_000,
            "ladder",
            "has 1000 tiers or more",
        )?;
        self.validate_sum(par)?;
        self.rail.validate()?;
        self.attestation.validate()?;
        let yields = "must be between -1000 and 10000 basis points";
        let possible = (-1_000..=10_000).contains(&self.bill_yield_bps);
        ensure(possible, "bill_yield_bps", yields)?;
        if let Some(limit) = self.daily_limit {
            ensure_share(limit, "daily_limit")?;
        }
        self.primary.validate()
    }

    fn validate_sum(&self, supply: Money) -> Result<(), ConfigError> {
        let sum: Money = self.ladder.iter().map(|tier| tier.amount).sum();
        let needed = supply + self.equity;
        let message = format!(
            "the tiers sum to {sum} micro-dollars, supply and equity to {needed}: {} too {}",
            (sum - needed).abs(),
            if sum < needed { "few" } else { "many" },
        );
        ensure(sum == needed, "ladder", &message)
    }
}
