//! The fixture: 51 messages of a stock with three levels in sight, made by the published rules,
//! and the book after each. Ten orders stand there unannounced at the beginning. In it: partial
//! cancels, a sale and a purchase over two levels each, hidden executions, crosses, orders that
//! change out of sight, a halt with crossing orders and the executions of its auction, an empty
//! side, and in the end an empty book.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use firesale_validation::replay::{
    BookRowCounts, Cause, Format, ReplayError, ReplayOptions, ReplayReport, TradeCounts, replay,
};

use crate::fixture;

const MESSAGES: &str = "lobster_message_3.csv";
const BOOK: &str = "lobster_orderbook_3.csv";

fn run(messages: &Path, book: Option<PathBuf>) -> Result<ReplayReport, ReplayError> {
    let options = ReplayOptions { book, trades: None };
    replay(messages, Format::Lobster, &options)
}

#[test]
fn the_fixture_is_reproduced() {
    let report = run(&fixture(MESSAGES), Some(fixture(BOOK))).unwrap();
    let rows = BookRowCounts {
        compared: 51,
        equal: 51,
        adopted_levels: 3,
    };
    assert_eq!(report.book_rows, Some(rows));
    let trades = TradeCounts {
        published: 15,
        made: 15,
        identical: 15,
        ..TradeCounts::default()
    };
    assert_eq!(report.trades, trades);
    assert_eq!((report.crossed, report.causes.len()), (0, 0), "{report}");
    for (what, n) in [
        ("partial cancels", 4),
        ("hidden executions skipped", 2),
        ("crosses skipped", 2),
        ("halts", 1),
        ("executions of an auction, applied", 4),
    ] {
        assert_eq!(report.counts.get(what), Some(&n), "{what}");
    }
    assert!(report.passed());
    assert!(
        report
            .to_string()
            .ends_with("pass: every row of the book file equal in every level\n")
    );
}

#[test]
fn the_book_file_is_found_beside_packed_or_not() {
    assert!(run(&fixture(MESSAGES), None).unwrap().passed());
    let dir = tempfile::tempdir().unwrap();
    let packed = |name: &str| {
        let path = dir.path().join(format!("{name}.gz"));
        let file = fs::File::create(&path).unwrap();
        let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        gz.write_all(&fs::read(fixture(name)).unwrap()).unwrap();
        gz.finish().unwrap();
        path
    };
    packed(BOOK);
    assert!(run(&packed(MESSAGES), None).unwrap().passed());
    let alone = dir.path().join("alone.csv");
    fs::copy(fixture(MESSAGES), &alone).unwrap();
    let error = run(&alone, None).unwrap_err().to_string();
    assert!(
        error.contains("alone.csv") && error.contains("--book"),
        "{error}"
    );
}

/// The fixture with one line of one file replaced (`None`: taken out).
fn edited(name: &str, line: usize, by: Option<&str>) -> (tempfile::TempDir, ReplayOutcome) {
    let dir = tempfile::tempdir().unwrap();
    for file in [MESSAGES, BOOK] {
        let text = fs::read_to_string(fixture(file)).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        if file == name {
            match by {
                Some(by) => lines[line - 1] = by,
                None => {
                    lines.remove(line - 1);
                }
            }
        }
        fs::write(dir.path().join(file), lines.join("\n")).unwrap();
    }
    let outcome = run(&dir.path().join(MESSAGES), None);
    (dir, outcome)
}

type ReplayOutcome = Result<ReplayReport, ReplayError>;

#[test]
fn a_wrong_row_is_noticed_and_does_no_further_harm() {
    // 151 shares instead of 150 at the best bid.
    let wrong = "1000300,170,1000000,151,1000400,90,999900,380,1000500,600,999700,300";
    let (_dir, outcome) = edited(BOOK, 18, Some(wrong));
    let report = outcome.unwrap();
    // The next row shows 150 again, and the book follows.
    let rows = report.book_rows.unwrap();
    assert_eq!((rows.compared, rows.equal), (51, 49), "{report}");
    assert!(!report.passed());
    let first = &report.differences[0];
    assert_eq!((first.line, first.cause), (18, Cause::Level));
    assert_eq!(
        first.what,
        "bid level 1: 151 at 100.0000 in the file, 150 at 100.0000 here"
    );
}

#[test]
fn an_execution_out_of_turn_is_a_difference() {
    // 3005 came after 3001.
    let (_dir, outcome) = edited(MESSAGES, 18, Some("34200.23,4,3005,20,1000000,1"));
    let report = outcome.unwrap();
    let causes: Vec<Cause> = report.causes.keys().copied().collect();
    assert_eq!(
        causes,
        [Cause::UnknownPriority, Cause::Attribution],
        "{report}"
    );
    assert!(
        report.differences[0]
            .what
            .contains("made: a nameless order takes 20 of order 3001")
    );
    let rows = report.book_rows.unwrap();
    assert_eq!(rows.compared, rows.equal, "the level as a whole is right");
    assert!(report.trades.identical < report.trades.published);
}

#[test]
fn bad_lines_are_named() {
    for (file, line, by, expected) in [
        (
            MESSAGES,
            3,
            "34200.1,2,1003,120,999900",
            "5 fields where 6 are expected",
        ),
        (
            MESSAGES,
            3,
            "soon,2,1003,120,999900,1",
            "the time \"soon\" is not a number",
        ),
        (
            MESSAGES,
            9,
            "34200.1,9,1003,120,999900,1",
            "the type 9 is not one of 1 to 7",
        ),
        (
            MESSAGES,
            9,
            "34200.1,x,1003,120,999900,1",
            "the type \"x\" is not a whole number",
        ),
        (
            MESSAGES,
            5,
            "34200.1,4,2001,0,1000200,-1",
            "the size 0 is not positive",
        ),
        (
            MESSAGES,
            5,
            "34200.1,4,2001,100,-5,-1",
            "the price -5 is out of range",
        ),
        (
            MESSAGES,
            5,
            "34200.1,4,2001,9000000000000,1000200,-1",
            "the size 9000000000000 is more than a book takes",
        ),
        (
            BOOK,
            5,
            "1000200,9000000000000000000,1000100,4",
            "the size 9000000000000000000 of a level is more than a book takes",
        ),
        (
            MESSAGES,
            5,
            "34200.1,4,-2001,100,1000200,-1",
            "the order id -2001 is negative",
        ),
        (
            MESSAGES,
            5,
            "34200.1,4,2001,100,1000200,2",
            "the direction 2 is not 1 or -1",
        ),
        (MESSAGES, 27, "34200.1,7,0,0,5,-1", "a halt with price 5"),
        (MESSAGES, 2, "", "the message file ends before this row"),
        (
            BOOK,
            7,
            "1,2,3",
            "3 fields where a multiple of 4 is expected",
        ),
        (
            BOOK,
            7,
            "1000200,-2,1000100,4",
            "the size -2 of a level is negative",
        ),
        (
            BOOK,
            7,
            "1000200,2,1000100,many",
            "the size of a level \"many\"",
        ),
        (BOOK, 7, "", "the book file ends before this message"),
    ] {
        let by = Some(by).filter(|by| !by.is_empty());
        let (_dir, outcome) = edited(file, line, by);
        let error = outcome.unwrap_err().to_string();
        // A line that is missing is noticed at the end of the other file.
        let at = if by.is_some() { line } else { 51 };
        let other = if file == BOOK { MESSAGES } else { BOOK };
        let named = if by.is_some() { file } else { other };
        assert!(error.contains(&format!("{named}:{at}: ")), "{error}");
        assert!(error.contains(expected), "{error}");
    }
    let gone = Path::new("no/such_message.csv");
    let error = run(gone, Some(fixture(BOOK))).unwrap_err().to_string();
    assert!(error.starts_with("no/such_message.csv: "), "{error}");
}
