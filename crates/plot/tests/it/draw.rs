//! Files of charts of a made-up crash.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use firesale_plot::charts::{ALL, ChartSpec, Draw};
use firesale_plot::figure::{Figure, Layer};
use firesale_plot::{Options, PlotError, Reference, RunData, draw_all, pixel_size};

use crate::made_up;
use crate::svg::{is_balanced, labels, misplaced};

/// The main figure of every chart that the run has.
pub(crate) fn main_figures(data: &RunData) -> Vec<(&'static str, Figure)> {
    let figure = |draw: Draw| match draw {
        Draw::Run(draw) => Some(draw(data)),
        Draw::Market(draw) => Some(draw(data, data.markets.first())),
        Draw::Each(draw) => draw(data).into_iter().next().map(|(_, figure)| figure),
    };
    ALL.iter()
        .filter_map(|spec| Some((spec.name, figure(spec.draw)?)))
        .collect()
}

/// The charts that every run has.
pub(crate) fn of_every_run() -> impl Iterator<Item = &'static ChartSpec> {
    ALL.iter()
        .filter(|spec| !matches!(spec.draw, Draw::Each(_)))
}

fn reference(dir: &Path) -> Reference {
    let path = dir.join("index.csv");
    let minute = |k: u32| {
        let (hour, minute) = (20 + k / 60, k % 60);
        let close = 116_000.0 - 50.0 * f64::from(k.min(90));
        format!("2025-10-10T{hour}:{minute:02}:00Z,1,1,1,{close}\n")
    };
    let rows: String = (0..180).map(minute).collect();
    fs::write(&path, format!("time_utc,open,high,low,close\n{rows}")).unwrap();
    Reference {
        path,
        label: "BTC index".into(),
        symbol: "BTC".into(),
    }
}

fn names(files: &[PathBuf]) -> Vec<String> {
    let name = |f: &PathBuf| f.file_name().unwrap().to_str().unwrap().to_owned();
    files.iter().map(name).collect()
}

#[test]
fn every_chart_of_a_crash_is_drawn_and_readable() {
    let dir = tempfile::tempdir().unwrap();
    made_up::crash(dir.path(), 10);
    let options = Options {
        reference: Some(reference(dir.path())),
        ..Options::default()
    };
    let files = draw_all(dir.path(), &options).unwrap();
    let on_disk = fs::read_dir(dir.path().join("charts")).unwrap().count();
    assert_eq!(on_disk, files.len(), "no temporary file stays behind");
    for spec in of_every_run() {
        let name = format!("{}.svg", spec.name);
        assert!(names(&files).contains(&name), "{name}");
    }
    let data = RunData::load(dir.path(), None).unwrap();
    let titles: BTreeMap<&str, String> = main_figures(&data)
        .into_iter()
        .map(|(name, figure)| (name, figure.title))
        .collect();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        assert!(is_balanced(&text), "{}", file.display());
        assert_eq!(misplaced(&text), [""; 0], "{}", file.display());
        let chart = names(std::slice::from_ref(file))[0].replace(".svg", "");
        if let Some(title) = titles.get(chart.as_str()) {
            assert!(
                labels(&text).iter().any(|l| l.text == *title),
                "{chart}: {title}"
            );
            assert!(text.contains(&format!("aria-label=\"{title}\"")));
        }
        assert!(
            !text.contains("NaN") && !text.contains("inf"),
            "{}",
            file.display()
        );
    }
}

#[test]
fn the_real_path_stands_beside_its_own_instruments_only() {
    let dir = tempfile::tempdir().unwrap();
    made_up::crash(dir.path(), 10);
    let only = Some(vec!["price_and_liquidations".to_owned()]);
    let options = Options {
        reference: Some(reference(dir.path())),
        only,
        ..Options::default()
    };
    let files = draw_all(dir.path(), &options).unwrap();
    assert_eq!(files.len(), 12);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let all = labels(&text);
        let of_bitcoin = all[0].text.starts_with("BTC");
        let shown = all.iter().any(|l| l.text == "BTC index (real)");
        assert_eq!(of_bitcoin, shown, "{}", file.display());
    }
}

#[test]
fn only_what_was_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    made_up::crash(dir.path(), 10);
    let only = Some(vec![
        "funding".to_owned(),
        "depth_and_spread.SOL-PERP.binance".to_owned(),
    ]);
    let options = Options {
        png: true,
        only,
        ..Options::default()
    };
    let files = draw_all(dir.path(), &options).unwrap();
    let expected = [
        "depth_and_spread.SOL-PERP.binance.svg",
        "depth_and_spread.SOL-PERP.binance.png",
        "funding.svg",
        "funding.png",
    ];
    assert_eq!(names(&files), expected);
    let unknown = Options {
        only: Some(vec!["fundings".to_owned()]),
        ..Options::default()
    };
    let error = draw_all(dir.path(), &unknown).unwrap_err();
    assert!(matches!(&error, PlotError::NoChart { name, .. } if name == "fundings"));
    assert!(error.to_string().contains("open_interest"), "{error}");
}

#[test]
fn bitmaps_have_their_size_and_are_not_white() {
    let dir = tempfile::tempdir().unwrap();
    made_up::crash(dir.path(), 10);
    let only = Some(vec!["cascade_sizes".to_owned()]);
    let options = Options {
        svg: false,
        png: true,
        only,
        ..Options::default()
    };
    let files = draw_all(dir.path(), &options).unwrap();
    let bytes = fs::read(&files[0]).unwrap();
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let data = RunData::load(dir.path(), None).unwrap();
    let figures = main_figures(&data);
    let figure = figures
        .iter()
        .find(|(name, _)| *name == "cascade_sizes")
        .unwrap();
    assert_eq!((number(16), number(20)), pixel_size(&figure.1).unwrap());
    // White paper of this size takes less than a tenth of that.
    assert!(bytes.len() > 20_000, "{}", bytes.len());
}

#[test]
fn the_same_tables_give_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    made_up::crash(dir.path(), 10);
    let draw = || {
        let only = Some(vec![
            "price_and_liquidations".to_owned(),
            "equity_by_population".to_owned(),
        ]);
        let options = Options {
            png: true,
            only,
            ..Options::default()
        };
        let files = draw_all(dir.path(), &options).unwrap();
        files
            .iter()
            .map(|f| fs::read(f).unwrap())
            .collect::<Vec<_>>()
    };
    assert!(draw() == draw());
}

#[test]
fn lines_are_short_enough_to_draw() {
    let dir = tempfile::tempdir().unwrap();
    made_up::crash(dir.path(), 1);
    let data = RunData::load(dir.path(), None).unwrap();
    for (name, figure) in main_figures(&data) {
        for layer in figure.panels.iter().flat_map(|p| &p.layers) {
            let points = match layer {
                Layer::Line { points, .. } => points.len(),
                Layer::Band { points, .. } => points.len(),
                Layer::Bars { bars, .. } => bars.len(),
                Layer::Dots { dots, .. } => dots.len(),
                Layer::Level { .. } | Layer::Cells { .. } => 1,
            };
            assert!(points <= 5000, "{name}: {points}");
        }
    }
}

#[test]
fn a_directory_without_a_run_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = draw_all(dir.path(), &Options::default()).unwrap_err();
    assert!(
        error.to_string().contains("no run was recorded here"),
        "{error}"
    );
    assert!(!dir.path().join("charts").exists());
}
