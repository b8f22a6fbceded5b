//! `rolls_into` of instruments; `roll` and `run` of populations.

use firesale_exchange::{InstrumentConfig, InstrumentKind};
use firesale_types::{InstrumentId, SimDuration, VenueId};

use super::{Findings, Rules};
use crate::RunGame;
use crate::config::{Problem, Spanned};
use crate::habits::{Customs, RollTerms, RunTerms};
use crate::scenario::file::{AgentsTable, InstrumentTable, RollTable, RunTable};

/// The next contract of each instrument of a venue, if it has one.
pub(super) fn series(
    mine: &[&Spanned<InstrumentTable>],
    configs: &[InstrumentConfig],
    findings: &mut Findings,
) -> Vec<Option<InstrumentId>> {
    let known: Vec<String> = configs.iter().map(|i| i.symbol.clone()).collect();
    let next = mine.iter().zip(configs).map(|(table, config)| {
        let name = table.value.rolls_into.as_ref()?;
        let found = known.iter().position(|symbol| *symbol == name.value);
        let at = findings.find("instrument", name, found, &known)?;
        let later = |other: &InstrumentConfig| match other.kind {
            InstrumentKind::Spot => false,
            InstrumentKind::Perp => true,
            InstrumentKind::Future => other.expiry.map(|e| e.at) > config.expiry.map(|e| e.at),
        };
        let other = &configs[at];
        if config.expiry.is_none() {
            let message = "only a future is rolled into another contract";
            findings.add(name.span, message, None);
            return None;
        }
        if other.base != config.base || other.lot_units != config.lot_units || !later(other) {
            let message = format!("`{}` cannot be rolled into `{}`", config.symbol, name.value);
            let help = "the next contract has the same base and lot size and ends later, or never";
            findings.add(name.span, message, Some(help.into()));
            return None;
        }
        Some(InstrumentId(at as u16))
    });
    next.collect()
}

/// The habits of a population that knows these venues.
pub(crate) fn customs(
    entry: &Spanned<AgentsTable>,
    venues: &[VenueId],
    rules: &Rules,
    findings: &mut Findings,
) -> Customs {
    let table = &entry.value;
    let roll = table.roll.as_ref().and_then(|roll| {
        let ends = |venue: &VenueId| {
            let mut units = rules.venues[venue.index()].units.iter();
            units.any(|units| units.next.is_some())
        };
        if !venues.iter().any(ends) {
            let message = "no instrument here is rolled into another";
            let help = "the future needs rolls_into = \"NEXT CONTRACT\"";
            let problem = Problem::new(roll.span, message);
            findings.0.push(problem.help(help));
            return None;
        }
        roll_terms(roll, findings)
    });
    let run = table.run.as_ref().and_then(|run| run_terms(run, findings));
    Customs { roll, run }
}

fn roll_terms(roll: &Spanned<RollTable>, findings: &mut Findings) -> Option<RollTerms> {
    let table = &roll.value;
    let terms = RollTerms {
        share: table.share.to_f64(),
        from: table.from.get(),
        until: table.until.get(),
        slices: table.slices,
        slippage: table.slippage.to_f64(),
    };
    let part = 0.0..=1.0;
    let checks = [
        ("share", part.contains(&terms.share), "between 0 and 100%"),
        ("from", terms.from > terms.until, "longer than `until`"),
        (
            "slices",
            (1..=1000).contains(&terms.slices),
            "from 1 to 1000",
        ),
        (
            "slippage",
            part.contains(&terms.slippage),
            "between 0 and 100%",
        ),
    ];
    sound(&checks, roll, findings).then_some(terms)
}

fn run_terms(run: &Spanned<RunTable>, findings: &mut Findings) -> Option<RunTerms> {
    let table = &run.value;
    let terms = RunTerms {
        game: RunGame {
            cost: table.threshold.to_f64(),
            noise: table.signal_noise.to_f64(),
        },
        queue: table.queue.to_f64(),
        pause: table.pause.to_f64(),
        news: table.news.to_f64(),
        memory: table.memory.get(),
        every: table.every.get(),
    };
    let positive = |time: SimDuration| time > SimDuration::ZERO;
    let weight = |weight: f64| (0.0..=100.0).contains(&weight);
    let inside = terms.game.cost > 0.0 && terms.game.cost < 1.0;
    let checks = [
        ("threshold", inside, "above 0 and below 100%"),
        (
            "signal_noise",
            (0.0..=1.0).contains(&terms.game.noise),
            "between 0 and 100%",
        ),
        ("queue", weight(terms.queue), "between 0 and 100"),
        ("pause", weight(terms.pause), "between 0 and 100"),
        ("news", weight(terms.news), "between 0 and 100"),
        ("memory", positive(terms.memory), "positive"),
        ("every", positive(terms.every), "positive"),
    ];
    sound(&checks, run, findings).then_some(terms)
}

/// Whether all conditions hold; each that does not is a problem at its key.
fn sound<T>(checks: &[(&str, bool, &str)], table: &Spanned<T>, findings: &mut Findings) -> bool {
    for (key, _, expected) in checks.iter().filter(|(_, holds, _)| !holds) {
        findings.add_within(table.span, key, format!("`{key}` must be {expected}"));
    }
    checks.iter().all(|(_, holds, _)| *holds)
}
