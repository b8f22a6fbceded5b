//! Which brakes make sense.

use firesale_types::{Rate, SimDuration, Usd};

use crate::config::DAY;
use crate::validate::{At, Check, is_part, require};
use crate::validate_parts::{check_some, require_each};
use crate::{
    AuctionBound, BrakesConfig, DrawdownReference, LimitsConfig, LuldConfig, MakerConfig,
    MarketWideConfig, RollingConfig, StopLogicConfig,
};

/// The longest span that a brake may name: arithmetic on moments stays far from its ends.
const LONGEST: SimDuration = SimDuration::secs(366 * 86_400);

fn is_span(span: SimDuration) -> bool {
    span > SimDuration::ZERO && span <= LONGEST
}

fn is_in_day(span: SimDuration) -> bool {
    (SimDuration::ZERO..=DAY).contains(&span)
}

impl BrakesConfig {
    /// What is wrong with the brakes of a venue with so many instruments.
    pub(crate) fn check(&self, instruments: usize) -> Check {
        require(
            is_in_day(self.day_start),
            "the day starts more than 24 hours after the run",
        )
        .at("breaker.day_start")?;
        let bands = |luld: &_| check_luld(luld, instruments);
        check_some(self.luld.as_ref(), bands).at("breaker.luld")?;
        let market = |market: &_| check_market(market, instruments);
        check_some(self.market_wide.as_ref(), market).at("breaker.market_wide")?;
        check_some(self.rolling.as_ref(), check_rolling).at("breaker.rolling")?;
        check_some(self.stop_logic.as_ref(), check_stop_logic).at("breaker.stop_logic")?;
        if let AuctionBound::FromMark(bound) = self.auction_bound {
            require(is_part(bound), "the auction bound is not between 0 and 1")
                .at("breaker.auction_bound")?;
        }
        check_limits(&self.limits).at("limits")?;
        check_some(self.makers.as_ref(), check_makers).at("limits.makers")
    }
}

fn check_luld(luld: &LuldConfig, instruments: usize) -> Check {
    require(
        luld.tiers.len() <= instruments,
        "there are more tiers of price bands than instruments",
    )
    .at("tiers")?;
    require_each(
        [
            ("window", luld.window),
            ("halt", luld.halt),
            ("limit_state", luld.limit_state),
        ],
        is_span,
        "the window, the limit state or the halt of the price bands is not a positive time",
    )?;
    require(
        luld.hold >= SimDuration::ZERO && luld.hold <= LONGEST,
        "the hold of the price bands' reference is negative or too long",
    )
    .at("hold")?;
    require(
        luld.max_halt >= luld.halt && luld.max_halt <= LONGEST,
        "the longest halt of the price bands is shorter than the halt, or too long",
    )
    .at("max_halt")?;
    require(
        is_part(luld.step),
        "the step of the price bands is not between 0 and 1",
    )
    .at("step")?;
    let mut doubled = luld.doubled.iter().enumerate();
    doubled.try_for_each(|(at, &(from, to))| {
        require(
            is_in_day(from) && is_in_day(to) && from < to,
            "a window of doubled price bands does not lie within a day, or ends before it begins",
        )
        .at(format!("doubled[{at}]"))
    })
}

fn check_market(market: &MarketWideConfig, instruments: usize) -> Check {
    require(
        market.instrument.index() < instruments,
        "the instrument of the market-wide breaker does not exist",
    )
    .at("instrument")?;
    require(
        !market.levels.is_empty(),
        "the market-wide breaker has no level",
    )
    .at("levels")?;
    if let DrawdownReference::Rolling { window } = market.reference {
        require(
            is_span(window),
            "the window of the market-wide breaker is not a positive time",
        )
        .at("window")?;
    }
    for (at, level) in market.levels.iter().enumerate() {
        require(
            level.fall > Rate::ZERO && level.fall < Rate::ONE,
            "a fall of the market-wide breaker is not between 0 and 1",
        )
        .at(format!("levels[{at}].fall"))?;
        require(
            level.halt.is_none_or(is_span),
            "a halt of the market-wide breaker is not a positive time",
        )
        .at(format!("levels[{at}].halt"))?;
        require(
            level.cutoff.is_none_or(is_in_day),
            "a cut-off of the market-wide breaker does not lie within a day",
        )
        .at(format!("levels[{at}].cutoff"))?;
    }
    let mut pairs = market.levels.windows(2).enumerate();
    pairs.try_for_each(|(at, two)| {
        require(
            two[0].fall < two[1].fall,
            "the levels of the market-wide breaker do not rise",
        )
        .at(format!("levels[{}].fall", at + 1))
    })
}

fn check_rolling(rolling: &RollingConfig) -> Check {
    require(
        rolling.width > Rate::ZERO && is_part(rolling.width),
        "the width of the rolling breaker is not above 0 and at most 1",
    )
    .at("width")?;
    require_each(
        [("window", rolling.window), ("pause", rolling.pause)],
        is_span,
        "the window or the pause of the rolling breaker is not a positive time",
    )
}

fn check_stop_logic(stops: &StopLogicConfig) -> Check {
    require(
        is_part(stops.range),
        "the range of the stop logic is not between 0 and 1",
    )
    .at("range")?;
    require(
        is_span(stops.pause),
        "the pause of the stop logic is not a positive time",
    )
    .at("pause")
}

fn check_limits(limits: &LimitsConfig) -> Check {
    if let Some(throttle) = limits.throttle {
        require_each(
            [
                ("throttle.per_second", throttle.per_second),
                ("throttle.burst", throttle.burst),
            ],
            |number| (1..=1_000_000).contains(&number),
            "a throttle's rate or burst is not between 1 and 1,000,000",
        )?;
    }
    require(
        limits.max_position.is_none_or(|most| most > Usd::ZERO),
        "the largest position is not positive",
    )
    .at("max_position")?;
    limits.concentration.map_or(Ok(()), |rule| {
        let why = "the concentration limit is not a share with a threshold that is not negative";
        let share = rule.share > Rate::ZERO && is_part(rule.share);
        require(share, why).at("concentration.share")?;
        require(rule.above >= Usd::ZERO, why).at("concentration.above")
    })
}

fn check_makers(makers: &MakerConfig) -> Check {
    require(
        makers.max_spread > Rate::ZERO && is_part(makers.max_spread),
        "the market makers' widest spread is not above 0 and at most 1",
    )
    .at("max_spread")?;
    require(
        makers.min_size >= Usd::ZERO,
        "the market makers' smallest size is negative",
    )
    .at("min_size")?;
    require(
        is_part(makers.uptime),
        "the market makers' share of time is not between 0 and 1",
    )
    .at("uptime")?;
    require(
        is_span(makers.period),
        "the market makers' period is not a positive time",
    )
    .at("period")
}
