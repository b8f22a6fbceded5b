//! Which brakes make sense.

use firesale_types::{Rate, SimDuration, Usd};

use crate::config::DAY;
use crate::validate::{Check, is_part, require};
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
        )?;
        self.luld
            .as_ref()
            .map_or(Ok(()), |luld| check_luld(luld, instruments))?;
        self.market_wide
            .as_ref()
            .map_or(Ok(()), |market| check_market(market, instruments))?;
        self.rolling.as_ref().map_or(Ok(()), check_rolling)?;
        self.stop_logic.as_ref().map_or(Ok(()), check_stop_logic)?;
        if let AuctionBound::FromMark(bound) = self.auction_bound {
            require(is_part(bound), "the auction bound is not between 0 and 1")?;
        }
        check_limits(&self.limits)?;
        self.makers.as_ref().map_or(Ok(()), check_makers)
    }
}

fn check_luld(luld: &LuldConfig, instruments: usize) -> Check {
    require(
        luld.tiers.len() <= instruments,
        "there are more tiers of price bands than instruments",
    )?;
    require(
        is_span(luld.window) && is_span(luld.halt) && is_span(luld.limit_state),
        "the window, the limit state or the halt of the price bands is not a positive time",
    )?;
    require(
        luld.hold >= SimDuration::ZERO && luld.hold <= LONGEST,
        "the hold of the price bands' reference is negative or too long",
    )?;
    require(
        luld.max_halt >= luld.halt && luld.max_halt <= LONGEST,
        "the longest halt of the price bands is shorter than the halt, or too long",
    )?;
    require(
        is_part(luld.step),
        "the step of the price bands is not between 0 and 1",
    )?;
    require(
        luld.doubled
            .iter()
            .all(|&(from, to)| is_in_day(from) && is_in_day(to) && from < to),
        "a window of doubled price bands does not lie within a day, or ends before it begins",
    )
}

fn check_market(market: &MarketWideConfig, instruments: usize) -> Check {
    require(
        market.instrument.index() < instruments,
        "the instrument of the market-wide breaker does not exist",
    )?;
    require(
        !market.levels.is_empty(),
        "the market-wide breaker has no level",
    )?;
    if let DrawdownReference::Rolling { window } = market.reference {
        require(
            is_span(window),
            "the window of the market-wide breaker is not a positive time",
        )?;
    }
    for level in &market.levels {
        require(
            level.fall > Rate::ZERO && level.fall < Rate::ONE,
            "a fall of the market-wide breaker is not between 0 and 1",
        )?;
        require(
            level.halt.is_none_or(is_span),
            "a halt of the market-wide breaker is not a positive time",
        )?;
        require(
            level.cutoff.is_none_or(is_in_day),
            "a cut-off of the market-wide breaker does not lie within a day",
        )?;
    }
    require(
        market
            .levels
            .windows(2)
            .all(|two| two[0].fall < two[1].fall),
        "the levels of the market-wide breaker do not rise",
    )
}

fn check_rolling(rolling: &RollingConfig) -> Check {
    require(
        rolling.width > Rate::ZERO && is_part(rolling.width),
        "the width of the rolling breaker is not above 0 and at most 1",
    )?;
    require(
        is_span(rolling.window) && is_span(rolling.pause),
        "the window or the pause of the rolling breaker is not a positive time",
    )
}

fn check_stop_logic(stops: &StopLogicConfig) -> Check {
    require(
        is_part(stops.range),
        "the range of the stop logic is not between 0 and 1",
    )?;
    require(
        is_span(stops.pause),
        "the pause of the stop logic is not a positive time",
    )
}

fn check_limits(limits: &LimitsConfig) -> Check {
    if let Some(throttle) = limits.throttle {
        require(
            (1..=1_000_000).contains(&throttle.per_second)
                && (1..=1_000_000).contains(&throttle.burst),
            "a throttle's rate or burst is not between 1 and 1,000,000",
        )?;
    }
    require(
        limits.max_position.is_none_or(|most| most > Usd::ZERO),
        "the largest position is not positive",
    )?;
    limits.concentration.map_or(Ok(()), |rule| {
        require(
            rule.share > Rate::ZERO && is_part(rule.share) && rule.above >= Usd::ZERO,
            "the concentration limit is not a share with a threshold that is not negative",
        )
    })
}

fn check_makers(makers: &MakerConfig) -> Check {
    require(
        makers.max_spread > Rate::ZERO && is_part(makers.max_spread),
        "the market makers' widest spread is not above 0 and at most 1",
    )?;
    require(
        makers.min_size >= Usd::ZERO,
        "the market makers' smallest size is negative",
    )?;
    require(
        is_part(makers.uptime),
        "the market makers' share of time is not between 0 and 1",
    )?;
    require(
        is_span(makers.period),
        "the market makers' period is not a positive time",
    )
}
