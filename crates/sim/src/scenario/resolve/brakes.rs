//! The brakes of a venue: from keys to a configuration.

use firesale_exchange::{
    AuctionBound, BrakesConfig, BreakerLevel, ConcentrationConfig, DrawdownReference, DuringHalt,
    LimitsConfig, LuldConfig, LuldTier, MakerConfig, MakerPenalty, MarketWideConfig, RollingConfig,
    StopLogicConfig, ThrottleConfig, WhileHalted,
};
use firesale_types::{InstrumentId, SimDuration};

use super::{Findings, Rules};
use crate::config::Spanned;
use crate::scenario::file::{
    BreakerTable, InstrumentTable, LimitsTable, LuldTable, LuldTierName, MakersTable,
    MarketWideTable, PenaltyName, ScenarioFile, VenueTable, WhileHaltedName,
};

/// Nanoseconds of a day.
const DAY: i128 = 86_400_000_000_000;

pub(super) fn brake_rules(
    table: &VenueTable,
    mine: &[&Spanned<InstrumentTable>],
    rules: &Rules,
    findings: &mut Findings,
) -> BrakesConfig {
    let limits = &table.limits;
    let Some(breaker) = &table.breaker else {
        return BrakesConfig {
            limits: limit_rules(limits),
            makers: limits.makers.as_ref().map(maker_rules),
            ..BrakesConfig::default()
        };
    };
    BrakesConfig {
        day_start: day_start(breaker, rules),
        luld: breaker.luld.as_ref().map(|luld| luld_rules(luld, mine)),
        market_wide: breaker
            .market_wide
            .as_ref()
            .and_then(|market| market_rules(market, mine, findings)),
        rolling: breaker.rolling.as_ref().map(|rolling| RollingConfig {
            width: rolling.width.get(),
            window: rolling.window.get(),
            pause: rolling.pause.get(),
        }),
        stop_logic: breaker.stop_logic.as_ref().map(|stops| StopLogicConfig {
            range: stops.range.get(),
            pause: stops.pause.get(),
        }),
        during_halt: DuringHalt {
            backstop: while_halted(breaker.during_halt.backstop),
            adl: while_halted(breaker.during_halt.adl),
        },
        auction_bound: breaker
            .auction_bound
            .map_or(AuctionBound::Bankruptcy, |away| {
                AuctionBound::FromMark(away.get())
            }),
        limits: limit_rules(limits),
        makers: limits.makers.as_ref().map(maker_rules),
    }
}

/// A group that no other venue is in, while others are in groups, is a slip of the pen.
pub(super) fn check_group(table: &VenueTable, file: &ScenarioFile, findings: &mut Findings) {
    let named = |table: &VenueTable| table.breaker.as_ref()?.group.clone();
    let Some(group) = named(table) else { return };
    let others = file.venues.iter().filter(|v| v.value.name != table.name);
    let mut known: Vec<String> = others
        .filter_map(|v| Some(named(&v.value)?.value))
        .collect();
    known.sort();
    known.dedup();
    if known.is_empty() {
        return;
    }
    let found = known.contains(&group.value).then_some(());
    findings.find("other venue in the group", &group, found, &known);
}

/// From midnight UTC to time zero of the run.
fn day_start(breaker: &BreakerTable, rules: &Rules) -> SimDuration {
    let since_midnight = rules.start.as_nanosecond().rem_euclid(DAY);
    let after = i128::from(breaker.day_start.get().0) - since_midnight;
    SimDuration(after.rem_euclid(DAY) as i64)
}

fn luld_rules(table: &LuldTable, mine: &[&Spanned<InstrumentTable>]) -> LuldConfig {
    let tier = |instrument: &&Spanned<InstrumentTable>| match instrument.value.luld_tier {
        LuldTierName::One => LuldTier::One,
        LuldTierName::Two => LuldTier::Two,
        LuldTierName::Cheap => LuldTier::Cheap,
        LuldTierName::Exempt => LuldTier::Exempt,
    };
    LuldConfig {
        tiers: mine.iter().map(tier).collect(),
        window: table.window.get(),
        step: table.step.get(),
        hold: table.hold.get(),
        limit_state: table.limit_state.get(),
        halt: table.halt.get(),
        max_halt: table.max_halt.get(),
        doubled: table
            .doubled
            .iter()
            .map(|[from, to]| (from.get(), to.get()))
            .collect(),
        straddle: table.straddle,
    }
}

fn market_rules(
    table: &MarketWideTable,
    mine: &[&Spanned<InstrumentTable>],
    findings: &mut Findings,
) -> Option<MarketWideConfig> {
    let symbols: Vec<String> = mine.iter().map(|i| i.value.symbol.clone()).collect();
    let name = &table.instrument;
    let found = symbols.iter().position(|symbol| *symbol == name.value);
    let at = findings.find("instrument", name, found, &symbols)?;
    let level = |level: &crate::scenario::file::LevelTable| BreakerLevel {
        fall: level.fall.get(),
        halt: level.halt.map(|halt| halt.get()),
        cutoff: level.cutoff.map(|cutoff| cutoff.get()),
    };
    Some(MarketWideConfig {
        instrument: InstrumentId(at as u16),
        reference: table.window.map_or(DrawdownReference::Day, |window| {
            DrawdownReference::Rolling {
                window: window.get(),
            }
        }),
        levels: table.levels.iter().map(level).collect(),
    })
}

const fn while_halted(name: WhileHaltedName) -> WhileHalted {
    match name {
        WhileHaltedName::Wait => WhileHalted::Wait,
        WhileHaltedName::Act => WhileHalted::Act,
    }
}

fn limit_rules(table: &LimitsTable) -> LimitsConfig {
    LimitsConfig {
        throttle: table.throttle.as_ref().map(|throttle| ThrottleConfig {
            per_second: throttle.per_second,
            burst: throttle.burst,
        }),
        max_position: table.max_position.map(|most| most.get()),
        concentration: table
            .concentration
            .as_ref()
            .map(|rule| ConcentrationConfig {
                share: rule.share.get(),
                above: rule.above.get(),
            }),
    }
}

fn maker_rules(table: &MakersTable) -> MakerConfig {
    MakerConfig {
        max_spread: table.max_spread.get(),
        min_size: table.min_size.get(),
        uptime: table.uptime.get(),
        period: table.period.get(),
        penalty: match table.penalty {
            PenaltyName::None => MakerPenalty::None,
            PenaltyName::Rebate => MakerPenalty::Rebate,
            PenaltyName::TakerFee => MakerPenalty::TakerFee,
        },
    }
}
