//! Which rules of fees, collateral, liquidation, the backstop and funding make sense.

use firesale_types::{Rate, SimDuration, Usd};

use crate::limits::MAX_BALANCE;
use crate::validate::{At, Check, is_part, require};
use crate::{
    BackstopConfig, CollateralConfig, FeeSchedule, FundingRule, InstrumentConfig,
    LiquidationConfig, LiquidationLimit, LiquidationMethod, UnwindPolicy,
};

/// Checks a part that may be absent.
pub(crate) fn check_some<T>(part: Option<&T>, check: impl FnOnce(&T) -> Check) -> Check {
    part.map_or(Ok(()), check)
}

/// A key and the value it stands for.
type Keyed<T> = (&'static str, T);

/// The values of several keys must meet one condition.
pub(crate) fn require_each<T, const N: usize>(
    values: [Keyed<T>; N],
    holds: impl Fn(T) -> bool,
    why: &'static str,
) -> Check {
    let mut each = values.into_iter();
    each.try_for_each(|(key, value)| require(holds(value), why).at(key))
}

pub(crate) fn check_fees(fees: &FeeSchedule) -> Check {
    require_each(
        [("taker", fees.taker), ("maker", fees.maker)],
        |fee| fee.0.abs() < Rate::ONE.0,
        "a trading fee lies between -100% and 100%, both excluded",
    )?;
    require(
        fees.maker.0 + fees.taker.0 >= 0,
        "the maker's rebate is more than the taker pays",
    )
    .at("maker")?;
    require(
        is_part(fees.liquidation),
        "the liquidation fee is not between 0 and 1",
    )
    .at("liquidation")
}

pub(crate) fn check_liquidation(rules: &LiquidationConfig) -> Check {
    let is_time = |time: SimDuration| time >= SimDuration::ZERO;
    require(
        is_time(rules.latency),
        "the liquidation latency is negative",
    )
    .at("latency")?;
    require(
        is_time(rules.cooldown),
        "the liquidation cooldown is negative",
    )
    .at("cooldown")?;
    require(
        rules.partial_above >= Usd::ZERO,
        "the partial threshold is negative",
    )
    .at("partial_above")?;
    require(
        rules.partial_fraction > Rate::ZERO && is_part(rules.partial_fraction),
        "the partial fraction is not above 0 and at most 1",
    )
    .at("partial_fraction")?;
    require(is_time(rules.scan_period), "the scan period is negative").at("scan_period")?;
    if let LiquidationLimit::Bounded { spread, adjustment } = rules.limit {
        require_each(
            [("spread", spread), ("adjustment", adjustment)],
            |rate| (Rate::ZERO..=Rate(100 * Rate::ONE.0)).contains(&rate),
            "the spread or adjustment of the bounded limit is not between 0 and 100",
        )?;
    }
    match rules.method {
        LiquidationMethod::Auction { duration } => {
            let why = "a liquidation auction needs a duration and a latency";
            require(duration > SimDuration::ZERO, why).at("duration")?;
            require(rules.latency > SimDuration::ZERO, why).at("latency")
        }
        LiquidationMethod::Twap { duration, parts } => {
            let why = "a liquidation by parts needs a duration and at least two parts";
            require(duration > SimDuration::ZERO, why).at("duration")?;
            require(parts > 1, why).at("parts")
        }
        LiquidationMethod::Orders | LiquidationMethod::StepDown { .. } => Ok(()),
    }
}

/// Values and haircuts rise from tier to tier.
pub(crate) fn check_haircuts(rules: &CollateralConfig) -> Check {
    let (mut above, mut haircut) = (Usd::ZERO, rules.haircut);
    for (at, tier) in rules.tiers.iter().enumerate() {
        require(
            tier.above > above && tier.above <= MAX_BALANCE,
            "the values of its haircut tiers do not rise",
        )
        .at(format!("tiers[{at}].above"))?;
        require(
            is_part(tier.haircut) && tier.haircut > haircut,
            "its haircuts do not rise from tier to tier, up to 1",
        )
        .at(format!("tiers[{at}].haircut"))?;
        (above, haircut) = (tier.above, tier.haircut);
    }
    Ok(())
}

pub(crate) fn check_backstop(rules: &BackstopConfig) -> Check {
    require(
        (Usd::ZERO..=MAX_BALANCE).contains(&rules.capital),
        "the backstop's capital is negative or above the limit",
    )
    .at("capital")?;
    require(
        is_part(rules.threshold),
        "the backstop's threshold is not between 0 and 1",
    )
    .at("threshold")?;
    require_each(
        [
            ("max_leverage", rules.max_leverage),
            (
                "max_leverage_per_instrument",
                rules.max_leverage_per_instrument,
            ),
        ],
        |leverage| (Rate::ZERO..=Rate(1_000 * Rate::ONE.0)).contains(&leverage),
        "the backstop's leverage is not between 0 and 1000",
    )?;
    require(
        rules.lockup >= SimDuration::ZERO,
        "the backstop's lockup is negative",
    )
    .at("lockup")?;
    check_some(rules.unwind.as_ref(), check_unwind).at("unwind")
}

pub(crate) fn check_unwind(rules: &UnwindPolicy) -> Check {
    require(
        rules.period > SimDuration::ZERO,
        "the period of unwinding is not positive",
    )
    .at("period")?;
    let why = "the fraction or slippage of unwinding is not between 0 and 1";
    require(rules.fraction > Rate::ZERO && is_part(rules.fraction), why).at("fraction")?;
    require(is_part(rules.slippage), why).at("slippage")
}

pub(crate) fn check_funding(one: &InstrumentConfig) -> Check {
    let FundingRule::PremiumIndex {
        interval,
        period,
        sample,
        interest,
        clamp,
        cap,
        impact_notional,
    } = one.funding
    else {
        return Ok(());
    };
    require_each(
        [
            ("interval", interval),
            ("period", period),
            ("sample", sample),
        ],
        |time| time > SimDuration::ZERO,
        "a funding interval is not positive",
    )?;
    require(
        interval.0 / sample.0 <= 1 << 32,
        "funding is sampled too often",
    )
    .at("sample")?;
    require(
        interest.0.abs() <= Rate::ONE.0,
        "the funding interest is above 100%",
    )
    .at("interest")?;
    require_each(
        [("clamp", clamp), ("cap", cap.rate(&one.tiers))],
        is_part,
        "the funding clamp or cap is not between 0 and 1",
    )?;
    require(
        impact_notional > Usd::ZERO,
        "the impact notional is not positive",
    )
    .at("impact_notional")
}
