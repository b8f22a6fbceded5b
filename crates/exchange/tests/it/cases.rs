//! Cases in words: `tests/cases/*.txt` hold commands and what a venue must answer, with the
//! arithmetic, for readers who know the field and not the language of this program.
//!
//! `FIRESALE_BLESS_CASES=1` writes what was found into the files: the lines after `>`, and the last
//! words of the lines after `=`. The grammar stands in `tests/cases/README.txt`.

mod answers;
mod cleared;
mod render;
mod rules;
mod script;
mod twins;
mod values;
mod venue;
mod words;
mod world;

use std::path::{Path, PathBuf};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> = paths.filter(|path| is_case(path)).collect();
    all.sort();
    all
}

fn is_case(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "txt")
        && path.file_stem().is_some_and(|s| s != "README")
}

fn run(path: &Path) -> script::Outcome {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    script::run(&name, &text)
}

#[test]
fn every_case_holds() {
    let bless = std::env::var_os("FIRESALE_BLESS_CASES").is_some_and(|set| set == "1");
    let (mut failures, mut cases) = (Vec::new(), 0);
    for path in files() {
        let outcome = run(&path);
        cases += outcome.cases;
        if bless {
            std::fs::write(&path, &outcome.blessed).unwrap();
        }
        failures.extend(outcome.failures);
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    assert!(cases >= 60, "only {cases} cases");
}

const GOOD: &str = "case a limit order trades
venue instruments BTC
accounts alice 1000, bob 1000
alice buys 2 BTC at 990
# bob takes the better price
bob sells 1 BTC at 980
> bob sells 1 BTC to alice at 990
= alice position BTC 1
";

#[test]
fn a_right_expectation_holds_and_is_blessed_unchanged() {
    let outcome = script::run("good.txt", GOOD);
    assert_eq!((outcome.failures, outcome.cases), (Vec::new(), 1));
    assert_eq!(outcome.blessed, GOOD);
}

#[test]
fn a_wrong_expectation_fails_with_line_expected_and_found() {
    let broken = [
        ("to alice at 990", "to alice at 980", "bad.txt:7", "at 990"),
        (
            "> bob sells 1 BTC to alice at 990\n",
            "",
            "bad.txt:6",
            "nothing",
        ),
        (
            "alice position BTC 1",
            "alice position BTC 2",
            "bad.txt:8",
            "found 1",
        ),
        (
            "= alice",
            "> alice sells 1 BTC to bob at 1\n= alice",
            "bad.txt:7",
            "to bob at 1",
        ),
    ];
    for (right, wrong, place, told) in broken {
        let text = GOOD.replace(right, wrong);
        let outcome = script::run("bad.txt", &text);
        let [failure] = &outcome.failures[..] else {
            panic!("{:?}", outcome.failures);
        };
        assert!(
            failure.starts_with(place) && failure.contains(told),
            "{failure}"
        );
        assert_eq!(outcome.blessed, GOOD);
    }
}

#[test]
fn a_line_that_makes_no_sense_is_named() {
    let broken = [
        (
            "venue instruments BTC",
            "venue instrument BTC",
            "no.txt:2",
            "no setting `instrument`",
        ),
        ("alice buys", "carol buys", "no.txt:4", "`carol`"),
        (
            "at 980",
            "at 9.8",
            "no.txt:6",
            "`9.8` is not a whole number",
        ),
        ("at 980", "at 980 soon", "no.txt:6", "`soon`"),
        ("position BTC", "posture BTC", "no.txt:8", "`posture`"),
    ];
    for (right, wrong, place, told) in broken {
        let outcome = script::run("no.txt", &GOOD.replace(right, wrong));
        let failure = &outcome.failures[0];
        assert!(
            failure.starts_with(place) && failure.contains(told),
            "{failure}"
        );
    }
}
