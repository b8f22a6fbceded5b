//! Empty, short and absurd tables: every chart is drawn all the same.

use std::fs;
use std::path::Path;

use firesale_plot::{Options, RunData, draw_all, write_report};
use firesale_record::{
    AdlRow, BadDebtRow, CascadeRow, DepthRow, LeverageRow, LiquidationRow, Moment, NewsMark,
    PopulationId, PopulationRow, PositionSide, Reason, RunWriter, Stage, Summary, TickRow,
    WriterOptions,
};
use firesale_types::{
    AccountId, AgentRng, Domain, InstrumentId, RunSeed, Side, StreamKey, Usd, VenueId,
};

use crate::draw::{main_figures, of_every_run};
use crate::svg::{is_balanced, misplaced};
use crate::{made_up, made_up_chain};

/// Draws everything and the report; returns the texts of the SVG files.
fn draw(dir: &Path, png: bool) -> Vec<String> {
    let files = draw_all(
        dir,
        &Options {
            png,
            ..Options::default()
        },
    )
    .unwrap();
    write_report(dir).unwrap();
    let svg = files
        .iter()
        .filter(|f| f.extension().is_some_and(|e| e == "svg"));
    svg.map(|f| {
        let text = fs::read_to_string(f).unwrap();
        assert!(is_balanced(&text), "{}", f.display());
        assert!(
            !text.contains("NaN") && !text.contains("inf,"),
            "{}",
            f.display()
        );
        text
    })
    .collect()
}

#[test]
fn a_run_without_rows_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let names = made_up::names();
    RunWriter::create(dir.path(), names, WriterOptions::default())
        .unwrap()
        .finish()
        .unwrap();
    made_up::manifest().write(dir.path()).unwrap();
    let texts = draw(dir.path(), true);
    assert_eq!(texts.len(), of_every_run().count());
    let all = texts.concat();
    for words in [
        "no liquidations",
        "no ADL",
        "no bad debt",
        "no funding",
        "no populations",
        "no data",
    ] {
        assert!(all.contains(words), "{words}");
    }
    for text in texts {
        assert_eq!(misplaced(&text), [""; 0]);
    }
}

#[test]
fn a_killed_run_has_charts_without_manifest_and_summary() {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = dice(1);
    let mut writer =
        RunWriter::create(dir.path(), made_up::names(), WriterOptions::default()).unwrap();
    writer.push(tick(&mut dice)).unwrap();
    writer.flush().unwrap();
    drop(writer);
    assert!(draw(dir.path(), true).concat().contains("unfinished run"));
    let report = fs::read_to_string(dir.path().join("report.html")).unwrap();
    assert!(report.contains("has not ended, or was killed"));
}

#[test]
fn a_quiet_market_has_no_forced_closes() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer =
        RunWriter::create(dir.path(), made_up::names(), WriterOptions::default()).unwrap();
    let mut dice = dice(2);
    for second in 0..600 {
        let row = TickRow {
            time_ns: second * 1_000_000_000,
            venue: VenueId(0),
            instrument: InstrumentId(0),
            last: 100.0,
            mark: 100.0,
            ..tick(&mut dice)
        };
        writer.push(row).unwrap();
    }
    writer.finish().unwrap();
    made_up::manifest().write(dir.path()).unwrap();
    let data = RunData::load(dir.path(), None).unwrap();
    for (name, figure) in main_figures(&data) {
        let empty = figure.panels.iter().all(|p| p.is_empty());
        let needs_force = [
            "liquidations_by_minute",
            "cascade_sizes",
            "branching",
            "leverage_before_after",
            "equity_by_population",
            "depth_heatmap",
        ];
        assert_eq!(empty, needs_force.contains(&name), "{name}");
    }
    draw(dir.path(), false);
}

fn dice(seed: u64) -> AgentRng {
    let key = StreamKey {
        domain: Domain::Validation,
        population: 2,
        index: seed,
        time_ns: 0,
    };
    AgentRng::open(RunSeed(3), key)
}

/// Numbers that break naive arithmetic.
pub(crate) fn odd(dice: &mut AgentRng) -> f64 {
    match dice.below(14) {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => f64::NEG_INFINITY,
        3 => 0.0,
        4 => -0.0,
        5 => f64::MAX,
        6 => f64::MIN_POSITIVE,
        7 => -1.0,
        8 => 1e-300,
        9 => -f64::MAX,
        _ => dice.range(0.0, 1e6),
    }
}

pub(crate) fn time(dice: &mut AgentRng) -> i64 {
    match dice.below(8) {
        0 => i64::MAX,
        1 => i64::MIN,
        2 => -1,
        _ => dice.below(10_800_000_000_000) as i64,
    }
}

fn money(dice: &mut AgentRng) -> Usd {
    match dice.below(6) {
        0 => Usd(i64::MIN),
        1 => Usd(i64::MAX),
        2 => Usd(0),
        _ => Usd(dice.below(1 << 50) as i64),
    }
}

pub(crate) fn count(dice: &mut AgentRng) -> i64 {
    match dice.below(6) {
        0 => i64::MIN,
        1 => i64::MAX,
        2 => 0,
        _ => dice.below(100_000) as i64,
    }
}

fn tick(dice: &mut AgentRng) -> TickRow {
    TickRow {
        time_ns: time(dice),
        venue: VenueId(dice.below(4) as u16),
        instrument: InstrumentId(dice.below(9) as u16),
        last: odd(dice),
        low: odd(dice),
        high: odd(dice),
        mid: odd(dice),
        mark: odd(dice),
        index: odd(dice),
        spread_bps: odd(dice),
        bid_depth_1pct_usd: odd(dice),
        ask_depth_1pct_usd: odd(dice),
        open_interest_usd: odd(dice),
        funding_rate: odd(dice),
        volume_usd: odd(dice),
        liquidated_long_usd: odd(dice),
        liquidated_short_usd: odd(dice),
        adl_usd: odd(dice),
        insurance_usd: odd(dice),
        cascade_number: odd(dice),
    }
}

fn liquidation(dice: &mut AgentRng) -> LiquidationRow {
    LiquidationRow {
        time_ns: time(dice),
        id: count(dice),
        venue: VenueId(dice.below(4) as u16),
        instrument: InstrumentId(dice.below(9) as u16),
        account: AccountId(dice.below(200_000) as u32),
        population: dice.chance(0.5).then_some(PopulationId(1)),
        side: PositionSide::ALL[dice.below(2) as usize],
        qty: odd(dice),
        notional: money(dice),
        mark: odd(dice),
        bankruptcy_price: odd(dice),
        fill_price: odd(dice),
        stage: Stage::ALL[dice.below(4) as usize],
        cause_id: None,
        cause: Reason::News,
        root_id: 0,
        generation: 0,
        forced_share: odd(dice),
        via: "".into(),
        crossed_instrument: true,
        crossed_venue: true,
        weight: 1,
    }
}

fn push_others(writer: &mut RunWriter, dice: &mut AgentRng) {
    let venue = VenueId(dice.below(4) as u16);
    let instrument = InstrumentId(dice.below(9) as u16);
    let account = AccountId(dice.below(200_000) as u32);
    let adl = AdlRow {
        time_ns: time(dice),
        id: 1,
        venue,
        instrument,
        account,
        counterparty: account,
        qty: odd(dice),
        price: odd(dice),
        mark: odd(dice),
        haircut: money(dice),
        in_profit: false,
        root_id: 1,
        generation: 0,
        weight: 0,
    };
    writer.push(adl).unwrap();
    let (time_ns, amount) = (time(dice), money(dice));
    writer
        .push(BadDebtRow {
            time_ns,
            venue,
            account,
            population: None,
            amount,
            weight: 1,
        })
        .unwrap();
    let cascade = CascadeRow {
        root_id: 1,
        venue,
        start_ns: time(dice),
        size: count(dice),
        depth: count(dice),
        notional_usd: odd(dice),
        venues: 1,
    };
    writer.push(cascade).unwrap();
    let depth = DepthRow {
        time_ns: time(dice),
        venue,
        instrument,
        side: if dice.chance(0.5) {
            Side::Buy
        } else {
            Side::Sell
        },
        from_bps: odd(dice),
        to_bps: odd(dice),
        notional_usd: odd(dice),
    };
    writer.push(depth).unwrap();
    let leverage = LeverageRow {
        time_ns: time(dice),
        moment: Moment::ALL[dice.below(2) as usize],
        population: None,
        venue: None,
        leverage_from: odd(dice),
        leverage_to: odd(dice),
        notional_usd: odd(dice),
        accounts: count(dice),
    };
    writer.push(leverage).unwrap();
    let population = PopulationRow {
        time_ns: time(dice),
        population: PopulationId(dice.below(9) as u16),
        venue: dice.chance(0.5).then_some(venue),
        accounts: count(dice),
        alive: count(dice),
        equity_usd: odd(dice),
        pnl_usd: odd(dice),
        notional_usd: odd(dice),
        leverage_p10: odd(dice),
        leverage_p50: odd(dice),
        leverage_p90: odd(dice),
        long_usd: odd(dice),
        short_usd: odd(dice),
    };
    writer.push(population).unwrap();
}

/// Whatever the tables hold, every chart and the report come out; one row and many, in any order of
/// time, with and without a date.
#[test]
fn absurd_tables_never_panic() {
    for seed in 0..30 {
        let dir = tempfile::tempdir().unwrap();
        let mut dice = dice(100 + seed);
        let mut writer =
            RunWriter::create(dir.path(), made_up::names(), WriterOptions::default()).unwrap();
        let rows = [0, 1, 2, 40][dice.below(4) as usize];
        for _ in 0..rows {
            for _ in 0..dice.below(4) {
                writer.push(tick(&mut dice)).unwrap();
            }
            if dice.chance(0.7) {
                writer.push(liquidation(&mut dice)).unwrap();
            }
            if dice.chance(0.7) {
                push_others(&mut writer, &mut dice);
            }
            if dice.chance(0.7) {
                made_up_chain::absurd(&mut writer, &mut dice);
            }
        }
        writer.finish().unwrap();
        let mut manifest = made_up::manifest();
        manifest.simulated_ns = count(&mut dice);
        manifest.wall_s = dice.range(0.0, 1e300);
        let dates = [
            "",
            "soon",
            "9999-12-31T23:59:59Z",
            "-009999-01-01T00:00:00Z",
        ];
        manifest.clock_start = Some(dates[dice.below(4) as usize].to_owned());
        manifest.news.push(NewsMark {
            time_ns: time(&mut dice),
            label: "news ".repeat(40),
        });
        manifest.write(dir.path()).unwrap();
        let mut summary = Summary::default();
        for name in [
            "drawdown_frac.BTC",
            "liquidated_usd",
            "events",
            "odd.one.two",
            "..",
            "",
        ] {
            summary.set(name, odd(&mut dice));
        }
        summary.write(dir.path()).unwrap();
        // Bitmaps are slow to make without optimisation.
        draw(dir.path(), seed % 10 == 0);
    }
}

/// Names longer than the picture are cut, not drawn over its edge.
#[test]
fn long_names_stay_inside() {
    let dir = tempfile::tempdir().unwrap();
    let mut names = made_up::names();
    for venue in &mut names.venues {
        venue.name = format!("{} of the far and distant islands ", venue.name).repeat(6);
        for symbol in &mut venue.instruments {
            *symbol = format!("{symbol}-SETTLED-IN-SOMETHING-ELSE-").repeat(4);
        }
    }
    let mut writer = RunWriter::create(dir.path(), names, WriterOptions::default()).unwrap();
    for k in 0..120i64 {
        let row = TickRow {
            time_ns: k / 12 * 1_000_000_000_000,
            venue: VenueId((k % 2) as u16),
            instrument: InstrumentId((k % 6) as u16),
            last: 50.0,
            low: 50.0,
            high: 50.0,
            mid: 50.0,
            mark: 50.0,
            index: 50.0,
            spread_bps: 1.0,
            bid_depth_1pct_usd: 1.0,
            ask_depth_1pct_usd: 1.0,
            open_interest_usd: 1e13,
            funding_rate: 0.01,
            volume_usd: 0.0,
            liquidated_long_usd: 0.0,
            liquidated_short_usd: 0.0,
            adl_usd: 0.0,
            insurance_usd: 1.0,
            cascade_number: 0.5,
        };
        writer.push(row).unwrap();
    }
    writer.finish().unwrap();
    let mut manifest = made_up::manifest();
    manifest.news[0].label = "news that somebody described at far too great a length ".repeat(3);
    manifest.write(dir.path()).unwrap();
    for text in draw(dir.path(), false) {
        assert_eq!(misplaced(&text), [""; 0]);
    }
}
