//! The page about a run.

use std::fs;

use firesale_plot::write_report;
use firesale_record::{Exit, Summary};

use crate::draw::of_every_run;
use crate::made_up;
use crate::svg::is_balanced;

fn page(change: impl FnOnce(&std::path::Path)) -> String {
    let dir = tempfile::tempdir().unwrap();
    made_up::crash(dir.path(), 10);
    change(dir.path());
    let path = write_report(dir.path()).unwrap();
    assert_eq!(path, dir.path().join("report.html"));
    fs::read_to_string(path).unwrap()
}

#[test]
fn everything_is_inside_one_file() {
    let page = page(|_| {});
    for spec in of_every_run() {
        assert!(
            page.contains(&format!("<figure id=\"{}\">", spec.name)),
            "{}",
            spec.name
        );
    }
    assert!(is_balanced(&page));
    // The only address is the name of the SVG vocabulary; nothing is loaded.
    let foreign = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for forbidden in [
        "http:", "https:", "<script", "<link", "<img", "<iframe", "@import", "url(",
    ] {
        assert!(!foreign.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("default-src 'none'"));
    assert!(page.len() < 5_000_000, "{}", page.len());
}

#[test]
fn figures_and_verdicts_are_readable() {
    let page = page(|_| {});
    for words in [
        "1 of 3 outcomes lie inside",
        "✓ inside",
        "✗ outside",
        "not measured",
        "9.0% to 17.0%",
        "$9.3B",
        "162,512",
        "61.7 s",
        "<th class=\"n\">hyperliquid</th>",
        "my_own_figure",
        "--seed 7",
        "48,212,345",
        "bid_depth_1pct_usd",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn text_is_never_markup() {
    let hostile = "<script>alert('x')</script> & \"co\"\u{1}";
    let page = page(|dir| {
        let mut manifest = made_up::manifest();
        manifest.scenario = hostile.to_owned();
        manifest.question = Some(hostile.to_owned());
        manifest.exit = Exit::Failed;
        manifest.error = Some(hostile.to_owned());
        manifest.news[0].label = hostile.to_owned();
        manifest.version = hostile.to_owned();
        manifest.write(dir).unwrap();
        let mut summary = Summary::read(dir).unwrap();
        summary.set(hostile, 1.0);
        summary.set(format!("drawdown_frac.{hostile}"), 1.0);
        summary.targets[0].id = hostile.to_owned();
        summary.targets[1].source = Some(hostile.to_owned());
        summary.write(dir).unwrap();
    });
    assert!(!page.contains("<script") && !page.contains('\u{1}'));
    assert!(is_balanced(&page));
    assert!(page.contains("This run failed: &lt;script&gt;"));
}

#[test]
fn a_broken_summary_is_an_error_and_leaves_no_page() {
    let dir = tempfile::tempdir().unwrap();
    made_up::crash(dir.path(), 10);
    fs::write(dir.path().join("summary.json"), "{").unwrap();
    let error = write_report(dir.path()).unwrap_err().to_string();
    assert!(error.contains("summary.json"), "{error}");
    assert!(!dir.path().join("report.html").exists());
}
