//! Charts of coins, issuers, pools, lenders and chains.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use firesale_plot::charts::{ALL, Draw};
use firesale_plot::figure::{Figure, Layer, XAxis};
use firesale_plot::{Options, PlotError, RunData, draw_all, write_report};
use firesale_record::{RunWriter, WriterOptions};

use crate::made_up;
use crate::made_up_chain::{CLOSED, END, week};
use crate::svg::{is_balanced, misplaced};

/// All figures of one chart by what they are about.
fn figures(data: &RunData, name: &str) -> Vec<(String, Figure)> {
    let spec = ALL.iter().find(|spec| spec.name == name).unwrap();
    match spec.draw {
        Draw::Each(draw) => draw(data),
        _ => panic!("{name} is not drawn for each of something"),
    }
}

fn one(data: &RunData, name: &str) -> Figure {
    figures(data, name).swap_remove(0).1
}

fn load() -> RunData {
    let dir = tempfile::tempdir().unwrap();
    week(dir.path());
    RunData::load(dir.path(), None).unwrap()
}

fn line(figure: &Figure, panel: usize, layer: usize) -> Vec<(f64, f64)> {
    match &figure.panels[panel].layers[layer] {
        Layer::Line { points, .. } => points.clone(),
        other => panic!("no line: {other:?}"),
    }
}

fn names(files: &[PathBuf]) -> Vec<String> {
    let name = |f: &PathBuf| f.file_name().unwrap().to_str().unwrap().to_owned();
    files.iter().map(name).collect()
}

fn only(dir: &Path, chart: &str) -> Result<Vec<PathBuf>, PlotError> {
    let only = Some(vec![chart.to_owned()]);
    let options = Options {
        only,
        ..Options::default()
    };
    draw_all(dir, &options)
}

#[test]
fn every_chart_of_a_week_is_drawn_and_readable() {
    let dir = tempfile::tempdir().unwrap();
    week(dir.path());
    let files = draw_all(dir.path(), &Options::default()).unwrap();
    let names: BTreeSet<String> = names(&files).into_iter().collect();
    assert_eq!(names.len(), files.len());
    for spec in ALL {
        assert!(
            names.contains(&format!("{}.svg", spec.name)),
            "{}",
            spec.name
        );
    }
    for extra in [
        "peg.UST.svg",
        "supply_and_redemptions.algorithm.svg",
        "pool_composition.narrow_pool.svg",
    ] {
        assert!(names.contains(extra), "{extra}");
    }
    // The dollars' issuer prints no token, the algorithm has no reserve.
    assert!(!names.contains("seigniorage.algorithm.svg"));
    assert!(!names.contains("reserve_ladder.algorithm.svg"));
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        assert!(is_balanced(&text), "{}", file.display());
        assert_eq!(misplaced(&text), [""; 0], "{}", file.display());
        assert!(!text.contains("NaN") && !text.contains("inf"));
    }
}

#[test]
fn a_run_without_a_chain_has_none_of_these_charts() {
    let dir = tempfile::tempdir().unwrap();
    RunWriter::create(dir.path(), made_up::names(), WriterOptions::default())
        .unwrap()
        .finish()
        .unwrap();
    made_up::manifest().write(dir.path()).unwrap();
    let data = RunData::load(dir.path(), None).unwrap();
    for spec in ALL {
        if let Draw::Each(draw) = spec.draw {
            assert!(draw(&data).is_empty(), "{}", spec.name);
        }
    }
    let error = only(dir.path(), "peg").unwrap_err();
    assert!(matches!(&error, PlotError::NothingToShow { name } if name == "peg"));
    let page = fs::read_to_string(write_report(dir.path()).unwrap()).unwrap();
    assert!(!page.contains("id=\"peg\"") && page.contains("id=\"funding\""));
}

#[test]
fn one_coin_can_be_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    week(dir.path());
    let files = only(dir.path(), "peg.UST").unwrap();
    assert_eq!(names(&files), ["peg.UST.svg"]);
    assert_eq!(only(dir.path(), "peg").unwrap().len(), 2);
    let error = only(dir.path(), "peg.LUNA").unwrap_err().to_string();
    assert!(error.contains("`peg.LUNA`"), "{error}");
}

#[test]
fn a_coin_that_dies_stands_on_powers_of_ten_and_one_that_dips_does_not() {
    let data = load();
    let pegs = figures(&data, "peg");
    let axis = |place: usize| &pegs[place].1.panels[0].y;
    assert_eq!((&*pegs[0].0, &*pegs[1].0), ("USDX", "UST"));
    assert!(!axis(0).log && axis(1).log);
    // Every place of the coin, par, and the truth.
    assert_eq!(pegs[0].1.panels[0].layers.len(), 8);
    assert_eq!(pegs[0].1.legend.len(), 7);
    assert_eq!(pegs[0].1.events.len(), 2);
}

/// 350 million tokens become 6.5 trillion: the axis holds both, and a linear one would show a corner.
#[test]
fn hyperinflation_stays_readable() {
    let figure = one(&load(), "seigniorage");
    let panel = &figure.panels[0];
    assert!(panel.y.log);
    let (low, high) = panel.y_range();
    assert!(low > 1e8 && low <= 350e6, "{low}");
    assert!((6.5e12..2e13).contains(&high), "{high}");
    assert!(
        figure.subtitle.contains("350M to 6.52T"),
        "{}",
        figure.subtitle
    );
    // The yield anchor has a panel of its own.
    assert_eq!(figure.panels.len(), 3);
}

#[test]
fn shaded_while_nothing_is_paid() {
    let data = load();
    let issuers = figures(&data, "supply_and_redemptions");
    let span = (CLOSED.0 as f64, CLOSED.1 as f64);
    assert_eq!(issuers[0].1.spans, [span]);
    assert!(issuers[1].1.spans.is_empty());
    assert!(issuers[1].1.panels[2].is_empty(), "nobody waits there");
    // The coins of the start are not counted as made: 0.2 billion were.
    let made = line(&issuers[0].1, 1, 0);
    assert_eq!((made[0].1, made.last().unwrap().1), (0.0, 0.2e9));
    // Every two hours from the start to the end, both included.
    let refused = END / 7200 + 1;
    let words = format!("{refused} requests refused");
    assert!(issuers[0].1.subtitle.contains(&words), "{words}");
}

/// The part that is used first lies on top, and what is frozen above its own part.
#[test]
fn the_ladder_sums_to_the_reserve_and_drains_from_above() {
    let figure = one(&load(), "reserve_ladder");
    let bands: Vec<&Vec<(f64, f64, f64)>> = figure.panels[0]
        .layers
        .iter()
        .filter_map(|layer| match layer {
            Layer::Band { points, .. } => Some(points),
            _ => None,
        })
        .collect();
    // Four parts, and one that was frozen for a while.
    assert_eq!(bands.len(), 5);
    let top = bands.iter().map(|b| b[0].2).fold(0.0, f64::max);
    assert!((top - 40.2e9).abs() < 1e3, "{top}");
    // Bills lie at the bottom throughout, cash on top at the start.
    assert!(bands[0].iter().all(|p| p.1 == 0.0 && p.2 == 11.5e9));
    assert_eq!(bands[4][0].2, top);
    // On the third day 3.3 billion stand in the pale band instead of the part's own.
    let middle = bands[2].len() / 2;
    assert_eq!(bands[2][middle].2 - bands[2][middle].1, 0.0);
    assert!((bands[3][middle].2 - bands[3][middle].1 - 3.3e9).abs() < 1.0);
}

#[test]
fn parts_of_a_pool_fill_the_whole() {
    let data = load();
    for (name, figure) in figures(&data, "pool_composition") {
        let panel = &figure.panels[0];
        let Some(Layer::Band { points, .. }) = panel.layers.last() else {
            panic!("{name}: no band");
        };
        assert!(points.iter().all(|p| (p.2 - 1.0).abs() < 1e-9), "{name}");
        assert_eq!(panel.title.contains("units"), name == "3pool");
    }
    // A pair of a coin and ether always holds half of each by value.
    let pair = figures(&data, "pool_composition").swap_remove(1).1;
    let Layer::Band { points, .. } = &pair.panels[0].layers[0] else {
        panic!("no band");
    };
    assert!(points.iter().all(|p| (p.2 - 0.5).abs() < 1e-9));
}

/// Of the week's seizures, those at a multiple of 18,000 s were of the coin: 900 dollars each; the
/// others of 900 ether at the lender's price of the moment, 1,050 to 1,500.
#[test]
fn seized_collateral_is_counted_at_the_lenders_prices() {
    let data = load();
    let moments = (150_000..350_000).filter(|t| t % 6000 == 0);
    let (coin, ether): (Vec<i64>, Vec<i64>) = moments.partition(|t| t % 18_000 == 0);
    let figure = one(&data, "bad_debt_dex");
    let total = |layer: usize| line(&figure, 0, layer).last().unwrap().1;
    let (first, second) = (total(0), total(1));
    let (of_coin, of_ether) = (first.min(second), first.max(second));
    assert!(
        (of_coin - 900.0 * coin.len() as f64).abs() < 1e-6,
        "{of_coin}"
    );
    let count = ether.len() as f64 * 900.0;
    assert!(count * 1050.0 <= of_ether && of_ether <= count * 1500.0);
    // At 168,000 s death is rise(0.2267) = 0.1308: 1,500 x (1 - 0.3 x 0.1308) = 1,441.
    let at = line(&figure, 0, usize::from(first < second));
    let early = ether.iter().filter(|t| **t <= 168_000).count() as f64 * 900.0;
    let seen = at.iter().rev().find(|p| p.0 <= 168_000.0).unwrap().1;
    assert!(seen > early * 1441.0 && seen < early * 1500.0, "{seen}");
    assert_eq!(line(&figure, 1, 0).last().unwrap().1, 2.4e6);
}

#[test]
fn liquidity_is_shown_where_the_money_is() {
    let figure = one(&load(), "liquidity_by_tick");
    let XAxis::Linear { range, title, .. } = &figure.x else {
        panic!("{:?}", figure.x);
    };
    assert!(range.0 > 300.0 && range.0 < 980.0, "{range:?}");
    assert!(range.1 > 1600.0 && range.1 < 4000.0, "{range:?}");
    assert_eq!(title, "price (USDX for one ETH)");
    let moments: Vec<f64> = figure.events.iter().map(|e| e.0).collect();
    assert_eq!(moments, [1050.0, 1500.0]);
}

#[test]
fn weakest_debt_lies_at_the_bottom() {
    let figure = one(&load(), "health_factors");
    assert_eq!(figure.legend.len(), 9);
    assert_eq!(figure.legend[0].label, "under 0.8");
    assert_eq!(figure.legend[8].label, "over 2");
    let top = figure.panels[0].y_range().1;
    assert!(top > 9e8 && top < 1e9, "{top}");
}

#[test]
fn the_page_folds_what_is_not_first() {
    let dir = tempfile::tempdir().unwrap();
    week(dir.path());
    let page = fs::read_to_string(write_report(dir.path()).unwrap()).unwrap();
    for spec in ALL {
        assert!(page.contains(&format!("<figure id=\"{}\">", spec.name)));
    }
    assert!(page.contains("<summary>UST: price by place</summary>"));
    assert!(page.contains("<summary>narrow_pool: composition</summary>"));
    assert!(is_balanced(&page));
}

/// Half a gigabyte of rows must not become half a gigabyte of lines.
#[test]
fn lines_are_thinned() {
    let data = load();
    for spec in ALL {
        let Draw::Each(draw) = spec.draw else {
            continue;
        };
        for (name, figure) in draw(&data) {
            for layer in figure.panels.iter().flat_map(|p| &p.layers) {
                if let Layer::Line { points, .. } = layer {
                    assert!(points.len() <= 5002, "{name}");
                }
            }
        }
    }
    assert_eq!(data.range.1, END as f64);
}
