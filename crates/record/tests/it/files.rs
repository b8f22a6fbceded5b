//! Segments on the disk, columns by name, failures.

use std::fs;
use std::path::Path;

use firesale_record::{
    BadDebtRow, CascadeRow, LiquidationRow, OrderRow, PopulationId, PositionSide, Reason,
    RecordError, RunReader, RunWriter, Stage, WriterOptions, remove_run, tables,
};
use firesale_types::{AccountId, InstrumentId, Usd, VenueId};

use crate::names;

fn debt(n: i64) -> BadDebtRow {
    BadDebtRow {
        time_ns: n,
        venue: VenueId(0),
        account: AccountId(n as u32),
        population: (n % 2 == 0).then_some(PopulationId(0)),
        amount: Usd(n * 1_500_000),
        weight: 2,
    }
}

fn segments(dir: &Path, table: &str) -> Vec<String> {
    let mut found: Vec<String> = fs::read_dir(dir.join("tables").join(table))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    found
}

fn small(rows: usize) -> WriterOptions {
    WriterOptions {
        segment_rows: rows,
        ..WriterOptions::default()
    }
}

#[test]
fn full_segments_are_on_the_disk_at_once_and_the_open_one_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(dir.path(), names(), small(10)).unwrap();
    for n in 0..25 {
        writer.push(debt(n)).unwrap();
    }
    drop(writer);
    let parts = segments(dir.path(), "bad_debt");
    assert_eq!(parts, ["part-0000.parquet", "part-0001.parquet"]);
    let reader = RunReader::open(dir.path()).unwrap();
    let rows = reader.rows::<BadDebtRow>().unwrap();
    assert_eq!(rows, (0..20).map(debt).collect::<Vec<_>>());
}

#[test]
fn temporary_files_are_ignored() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(dir.path(), names(), small(10)).unwrap();
    writer.push(debt(1)).unwrap();
    writer.flush().unwrap();
    writer.push(debt(2)).unwrap();
    writer.finish().unwrap();
    let table = dir.path().join("tables/bad_debt");
    fs::write(table.join("part-0002.parquet.tmp"), b"half of it").unwrap();
    fs::write(table.join("notes.txt"), b"mine").unwrap();
    let reader = RunReader::open(dir.path()).unwrap();
    assert_eq!(reader.rows::<BadDebtRow>().unwrap(), [debt(1), debt(2)]);
}

#[test]
fn parts_are_read_in_order_of_their_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(dir.path(), names(), small(1)).unwrap();
    for n in 0..13 {
        writer.push(debt(n)).unwrap();
    }
    writer.finish().unwrap();
    // Beyond four digits the order of names is not the order of numbers.
    let table = dir.path().join("tables/bad_debt");
    fs::rename(
        table.join("part-0012.parquet"),
        table.join("part-10000.parquet"),
    )
    .unwrap();
    fs::rename(
        table.join("part-0011.parquet"),
        table.join("part-9999.parquet"),
    )
    .unwrap();
    let times = RunReader::open(dir.path())
        .unwrap()
        .column_i64("bad_debt", "time_ns")
        .unwrap();
    assert_eq!(times, (0..13).collect::<Vec<_>>());
    let reader = RunReader::open(dir.path()).unwrap();
    assert_eq!(
        reader.range_i64("bad_debt", "time_ns").unwrap(),
        Some((0, 12))
    );
    assert_eq!(reader.range_i64("ticks", "time_ns").unwrap(), None);
}

#[test]
fn every_wanted_table_has_a_file_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(dir.path(), names(), WriterOptions::default()).unwrap();
    assert!(writer.records::<BadDebtRow>() && !writer.records::<OrderRow>());
    writer.push(debt(1)).unwrap();
    writer.finish().unwrap();
    for table in tables() {
        let exists = dir.path().join("tables").join(table.name).is_dir();
        assert_eq!(exists, table.name != "orders", "{}", table.name);
    }
    let reader = RunReader::open(dir.path()).unwrap();
    assert_eq!(reader.rows::<CascadeRow>().unwrap(), []);
    assert!(reader.column_f64("ticks", "last").unwrap().is_empty());
}

#[test]
fn columns_have_the_names_and_types_of_the_dictionary() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(dir.path(), names(), WriterOptions::default()).unwrap();
    let row = LiquidationRow {
        time_ns: 5,
        id: 7,
        venue: VenueId(1),
        instrument: InstrumentId(1),
        account: AccountId(3),
        population: Some(PopulationId(1)),
        side: PositionSide::Long,
        qty: 2.0,
        notional: Usd(2_500_001),
        mark: 1.5,
        bankruptcy_price: 1.2,
        fill_price: f64::NAN,
        stage: Stage::Backstop,
        cause_id: None,
        cause: Reason::News,
        root_id: 7,
        generation: 0,
        forced_share: 0.25,
        via: "ETH-PERP".into(),
        crossed_instrument: false,
        crossed_venue: false,
        weight: 3,
    };
    writer.push(row).unwrap();
    writer.finish().unwrap();
    let reader = RunReader::open(dir.path()).unwrap();
    let text = |column| reader.column_str("liquidations", column).unwrap().remove(0);
    let number = |column| reader.column_f64("liquidations", column).unwrap()[0];
    assert_eq!(
        [
            "venue",
            "instrument",
            "account",
            "population",
            "side",
            "stage",
            "cause"
        ]
        .map(text),
        [
            "beta", "ETH-PERP", "maker/8", "maker", "long", "backstop", "news"
        ]
    );
    assert_eq!(number("notional_usd"), 2.500001);
    assert_eq!(
        reader.column_i64("liquidations", "notional_raw").unwrap(),
        [2_500_001]
    );
    assert!(number("cause_id").is_nan() && number("fill_price").is_nan());
    assert_eq!(number("generation"), 0.0);
    let required = "time_ns,id,venue,instrument,account,population,side,qty,notional_usd,\
        notional_raw,mark,bankruptcy_price,fill_price,stage,cause_id,cause,root_id,generation,\
        forced_share,via,crossed_instrument,crossed_venue,weight";
    let all = tables();
    let table = all.iter().find(|t| t.name == "liquidations").unwrap();
    let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(columns.join(","), required);

    let wrong = reader.column_f64("liquidations", "venue").unwrap_err();
    assert!(wrong.to_string().contains("holds text"), "{wrong}");
    let wrong = reader.column_i64("liquidations", "cause_id").unwrap_err();
    assert!(wrong.to_string().contains("missing values"), "{wrong}");
    let wrong = reader.column_f64("liquidations", "size").unwrap_err();
    assert!(
        wrong
            .to_string()
            .contains("`size`: there is no such column"),
        "{wrong}"
    );
    let wrong = reader.column_f64("liquidation", "qty").unwrap_err();
    assert!(wrong.to_string().contains("ticks, trades"), "{wrong}");
}

#[test]
fn a_run_is_not_overwritten_until_it_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("scenario.toml"), "mine").unwrap();
    let create = || RunWriter::create(dir.path(), names(), WriterOptions::default());
    create().unwrap().finish().unwrap();
    assert!(matches!(create(), Err(RecordError::Exists { .. })));
    remove_run(dir.path()).unwrap();
    assert!(dir.path().join("scenario.toml").exists());
    create().unwrap();
}

#[test]
fn a_directory_without_tables_is_no_run() {
    let dir = tempfile::tempdir().unwrap();
    let error = RunReader::open(dir.path()).unwrap_err();
    assert!(matches!(error, RecordError::NoRun { .. }), "{error}");
}

#[test]
fn a_damaged_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(dir.path(), names(), WriterOptions::default()).unwrap();
    writer.push(debt(1)).unwrap();
    writer.finish().unwrap();
    let part = dir.path().join("tables/bad_debt/part-0000.parquet");
    let whole = fs::read(&part).unwrap();
    fs::write(&part, &whole[..whole.len() / 2]).unwrap();
    let error = RunReader::open(dir.path())
        .unwrap()
        .rows::<BadDebtRow>()
        .unwrap_err();
    assert!(
        matches!(&error, RecordError::Parquet { path, .. } if path == &part),
        "{error}"
    );
}

/// A segment that cannot be written keeps its rows and is tried again.
#[test]
fn rows_survive_a_failed_write() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(dir.path(), names(), small(2)).unwrap();
    let obstacle = dir.path().join("tables/bad_debt");
    fs::write(&obstacle, b"a file where the directory should be").unwrap();
    writer.push(debt(0)).unwrap();
    writer.push(debt(1)).unwrap();
    let error = writer.push(debt(2)).unwrap_err();
    assert!(error.to_string().contains("bad_debt"), "{error}");
    assert!(writer.push(debt(2)).is_err());
    fs::remove_file(&obstacle).unwrap();
    writer.push(debt(2)).unwrap();
    writer.finish().unwrap();
    let rows = RunReader::open(dir.path())
        .unwrap()
        .rows::<BadDebtRow>()
        .unwrap();
    assert_eq!(rows, [debt(0), debt(1), debt(2)]);
}
