//! Which platforms make sense.

use firesale_types::{SimDuration, Usd};

use crate::config::Interval;
use crate::validate::{At, Check, is_part, require};
use crate::validate_parts::{check_some, require_each};
use crate::{ApiConfig, PlatformConfig, SolvencyConfig, WithdrawalConfig};

/// The longest span that a platform may name.
const LONGEST: SimDuration = SimDuration::secs(366 * 86_400);

fn is_span(span: SimDuration) -> bool {
    span > SimDuration::ZERO && span <= LONGEST
}

impl PlatformConfig {
    /// What is wrong with a platform.
    pub(crate) fn check(&self) -> Check {
        check_some(self.api.as_ref(), check_api).at("api")?;
        for list in [
            &self.outages,
            &self.transfer_freezes,
            &self.withdrawal_freezes,
        ] {
            let ends_later = |one: &Interval| one.from < one.to;
            require(
                list.iter().all(ends_later),
                "an outage or a freeze ends before it begins",
            )?;
        }
        check_withdrawals(&self.withdrawals).at("gates")?;
        check_some(self.solvency.as_ref(), check_solvency).at("platform")
    }
}

fn check_api(api: &ApiConfig) -> Check {
    require(
        (1..=1_000_000_000).contains(&api.per_second),
        "the rate of the gate is not between 1 and 1,000,000,000 messages a second",
    )
    .at("per_second")?;
    require(
        api.max_delay >= SimDuration::ZERO && api.max_delay <= LONGEST,
        "the longest delay at the gate is negative or too long",
    )
    .at("max_delay")?;
    api.overload.map_or(Ok(()), |overload| {
        let why = "a time of the outage by load is not positive or too long";
        require_each(
            [
                ("overload.delay", overload.delay),
                ("overload.down", overload.down),
            ],
            is_span,
            why,
        )?;
        let lasting = (SimDuration::ZERO..=LONGEST).contains(&overload.lasting);
        require(lasting, why).at("overload.lasting")?;
        require(
            overload.delay <= api.max_delay,
            "the delay that brings the platform down is longer than any that the gate allows",
        )
        .at("overload.delay")
    })
}

fn check_withdrawals(rules: &WithdrawalConfig) -> Check {
    require(
        rules.daily_limit.is_none_or(|limit| limit > Usd::ZERO),
        "the daily limit of withdrawals is not positive",
    )
    .at("daily_limit")?;
    rules.hot_wallet.map_or(Ok(()), |wallet| {
        let why = "the hot wallet's size is not positive, or its refill negative";
        require(wallet.size > Usd::ZERO, why).at("hot_wallet.size")?;
        require(wallet.refill_per_hour >= Usd::ZERO, why).at("hot_wallet.refill_per_hour")
    })
}

fn check_solvency(rules: &SolvencyConfig) -> Check {
    require(
        rules.affiliate_loan >= Usd::ZERO,
        "the affiliate's loan is negative",
    )
    .at("affiliate_loan")?;
    require(
        is_part(rules.loan_recovery),
        "the part of the loan that counts is not between 0 and 1",
    )
    .at("loan_recovery")?;
    require(
        rules.own_token.is_none_or(|(_, held)| held >= Usd::ZERO),
        "the holdings of the own token are negative",
    )
    .at("own_token_value")
}
