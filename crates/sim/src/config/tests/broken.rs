//! Broken files, one precise message each.

use super::super::{Home, Sources, parse};
use super::{VALID, check, errors_of, memory, with};

/// One error and its advice.
#[track_caller]
fn expect(text: &str, message: &str, help: &str) {
    let (errors, helps) = errors_of(text.as_bytes());
    assert_eq!(errors, [message]);
    assert_eq!(helps, [help]);
}

#[test]
fn unknown_key() {
    expect(
        &with("equity = \"1.5k\"", "equty = \"1.5k\""),
        "test.toml:36:1: agents[0].equty: unknown key `equty`",
        "did you mean `equity`? expected keys: `leverage`, `stops`, `name`, `kind`, `count`, `equity`",
    );
    expect(
        &with("seed = 7", "sead = 7"),
        "test.toml:4:1: scenario.sead: unknown key `sead`",
        "did you mean `seed`? expected keys: `name`, `question`, `seed`",
    );
}

#[test]
fn wrong_unit() {
    expect(
        &with("\"3h\"", "\"10 parsecs\""),
        "test.toml:8:12: clock.duration: \"10 parsecs\": unknown unit \"parsecs\"",
        "durations have units `ns`, `us`, `ms`, `s`, `m`, `h`, `d`, for example \"100ms\" or \"1h30m\"",
    );
    expect(
        &with("\"4.5bps\"", "\"5x\""),
        "test.toml:14:18: venues[0].fees.taker: \"5x\": unknown unit \"x\"",
        "ratios are a number, or have the unit `%` or `bps`, for example 0.02, \"2%\" or \"25bps\"",
    );
    expect(
        &with("\"100ms\"", "100"),
        "test.toml:9:8: clock.tick: 100: a unit is missing",
        "durations have units `ns`, `us`, `ms`, `s`, `m`, `h`, `d`, for example \"100ms\" or \"1h30m\"",
    );
}

#[test]
fn negative_count() {
    expect(
        &with("10_000", "-1"),
        "test.toml:35:9: agents[0].count: -1: must be at least 0",
        "",
    );
}

#[test]
fn unknown_variant_and_wrong_types() {
    expect(
        &with("\"hyperliquid\"", "\"hyperliqid\""),
        "test.toml:13:11: venues[0].profile: unknown value \"hyperliqid\"",
        "did you mean `hyperliquid`? allowed values: `hyperliquid`, `binance`, `plain`",
    );
    expect(
        &with("kind = \"news\"", "kind = \"newz\""),
        "test.toml:47:8: shocks[0].kind: unknown value \"newz\"",
        "did you mean `news`? allowed values: `news`, `outage`",
    );
    expect(
        &with("10_000", "\"10_000\""),
        "test.toml:35:9: agents[0].count: expected an integer, found the string \"10_000\"",
        "write it without quotes",
    );
    expect(
        &with("leverage = 20", "leverage = nan"),
        "test.toml:37:12: agents[0].leverage: NaN: must be finite",
        "",
    );
    expect(
        &with("stops = true", "stops = 1"),
        "test.toml:44:9: agents[1].stops: expected `true` or `false`, found the integer 1",
        "",
    );
}

#[test]
fn missing_keys_point_at_the_header() {
    expect(
        &with("duration = \"3h\"\n", ""),
        "test.toml:6:1: clock: missing key `duration`",
        "",
    );
    expect(
        &with("count = 500\n", ""),
        "test.toml:39:1: agents[1]: missing key `count`",
        "",
    );
    expect(
        &with("kind = \"news\"\n", ""),
        "test.toml:46:1: shocks[0]: missing key `kind`",
        "allowed values: `news`, `outage`",
    );
    expect(
        "[scenario]\nname = \"x\"\n",
        "test.toml:1:1: missing key `clock`",
        "",
    );
}

#[test]
fn fields_of_a_variant_are_its_own() {
    expect(
        &with("jump = \"-3%\"", "length = \"1s\"\njump = \"-3%\""),
        "test.toml:49:1: shocks[0].length: unknown key `length`",
        "expected keys: `at`, `jump`",
    );
    expect(
        &with("jump = \"-3%\"", "jump = \"-3p\""),
        "test.toml:49:8: shocks[0].jump: \"-3p\": unknown unit \"p\"",
        "ratios are a number, or have the unit `%` or `bps`, for example 0.02, \"2%\" or \"25bps\"",
    );
}

#[test]
fn duplicate_key() {
    expect(
        &with("seed = 7", "seed = 7\nname = \"again\""),
        "test.toml:5:1: duplicate key `name`",
        "",
    );
    expect(
        &with("[[venues]]", "[clock]\n\n[[venues]]"),
        "test.toml:11:2: duplicate key `clock`",
        "",
    );
}

#[test]
fn all_errors_of_syntax_are_reported() {
    let text = "[scenario]\nname = \nseed = 1 1\n[clock\n= 5\nok = 1\n";
    let (errors, _) = errors_of(text.as_bytes());
    let lines: Vec<&str> = errors
        .iter()
        .map(|e| e.split(':').nth(1).unwrap())
        .collect();
    assert_eq!(lines, ["2", "3", "4", "5"], "{errors:#?}");
    let many = "= 1\n".repeat(50);
    let (errors, helps) = errors_of(many.as_bytes());
    assert_eq!(errors.len(), 20);
    assert_eq!(helps[19], "30 more lines have errors of syntax");
}

#[test]
fn all_errors_of_meaning_are_reported() {
    let text = VALID
        .replace("\"3h\"", "\"3 hours\"")
        .replace("profile = \"binance\"", "profile = \"mtgox\"\nextra = 1")
        .replace("seed = 7", "seed = -7")
        .replace("tick_size = 0.1", "tick_size = \"fine\"");
    let (errors, _) = errors_of(text.as_bytes());
    assert_eq!(
        errors,
        [
            "test.toml:4:8: scenario.seed: -7: must be at least 0",
            "test.toml:8:12: clock.duration: \"3 hours\": unknown unit \"hours\"",
            "test.toml:18:11: venues[1].profile: unknown value \"mtgox\"",
            "test.toml:19:1: venues[1].extra: unknown key `extra`",
            "test.toml:24:13: instruments[0].tick_size: \"fine\": a digit is missing",
            "test.toml:30:13: instruments[1].tick_size: \"fine\": a digit is missing",
        ]
    );
}

#[test]
fn empty_file() {
    let help = "a scenario needs at least the tables [scenario] and [clock]";
    for text in ["", "\n \n", "# nothing but a remark\n", "\u{feff}"] {
        expect(text, "test.toml:1:1: the file is empty", help);
    }
}

#[test]
fn binary_garbage() {
    let help = "a scenario is a TOML file: plain text";
    let (errors, helps) = errors_of(b"name = 1\nab\xff\xfe\x00\x01");
    assert_eq!(
        errors,
        ["test.toml:2:3: byte 11 of the file is 0xff, which is not UTF-8 text"]
    );
    assert_eq!(helps, [help]);
    expect(
        "PK\u{3}\u{4}\0\0= = =",
        "test.toml:1:3: control character U+0003 is not allowed",
        help,
    );
    let truncated = "question = \"π".as_bytes();
    let (errors, _) = errors_of(&truncated[..truncated.len() - 1]);
    assert_eq!(
        errors,
        ["test.toml:1:13: byte 12 of the file is 0xcf, which is not UTF-8 text"]
    );
}

#[test]
fn numbers_out_of_range() {
    expect(
        &with("seed = 7", "seed = 9223372036854775808"),
        "test.toml:4:8: the integer does not fit into 64 bits",
        "",
    );
    expect(
        &with("leverage = 20", "leverage = 1e999"),
        "test.toml:37:12: the number is out of range",
        "",
    );
}

#[test]
fn nesting_has_a_limit() {
    let dotted = format!("{} = 1\n", vec!["a"; 70].join("."));
    let (errors, _) = errors_of(dotted.as_bytes());
    assert_eq!(errors, ["test.toml:1:129: nested more than 64 levels deep"]);
    let brackets = format!("a = {}{}\n", "[".repeat(200), "]".repeat(200));
    assert_eq!(errors_of(brackets.as_bytes()).0.len(), 1);
    let dots = format!("{} = 1\n", vec!["a"; 100_000].join("."));
    assert_eq!(errors_of(dots.as_bytes()).0.len(), 1);
    // The parser accepts 80 braces with keys of 79 segments each, so this much is dismantled.
    let floor = format!("{{{} = ", vec!["a"; 79].join("."));
    let tower = format!("a = {}1{}\n", floor.repeat(79), "}".repeat(79));
    assert_eq!(errors_of(tower.as_bytes()).0.len(), 1);
    assert_eq!(errors_of(tower.repeat(2).as_bytes()).0.len(), 1);
}

#[test]
fn too_long_a_file() {
    let text = vec![b'#'; super::super::MAX_FILE_BYTES + 1];
    let (errors, _) = errors_of(&text);
    assert_eq!(
        errors,
        ["test.toml:1:1: 16777217 bytes: at most 16777216 are read"]
    );
}

#[test]
fn errors_are_shown_with_their_lines() {
    let text = with("equity = \"1.5k\"", "equty = \"1.5k\"");
    let mut sources = Sources::new();
    let errors = parse(&mut sources, "test.toml", text.as_bytes(), Home::Text)
        .and_then(|root| check(&root))
        .unwrap_err();
    assert_eq!(
        errors.render(&sources, false),
        "error: agents[0].equty: unknown key `equty`
  --> test.toml:36:1
   |
36 | equty = \"1.5k\"
   | ^^^^^
   |
   = help: did you mean `equity`? expected keys: `leverage`, `stops`, `name`, `kind`, `count`, `equity`"
    );
    let colored = errors.render(&sources, true);
    assert!(colored.contains("\u{1b}["), "{colored:?}");
}

#[test]
fn a_missing_file_names_the_nearest_scenario() {
    let mut sources = Sources::new();
    let loader = memory(&[("october_2025", VALID), ("calm_market", VALID)]);
    let errors = super::load("octobre_2025", &loader, &mut sources).unwrap_err();
    assert_eq!(
        errors.render(&sources, false),
        "error: `octobre_2025` is neither a shipped scenario nor a file
--> octobre_2025:1:1
 = help: did you mean `october_2025`? shipped scenarios: `october_2025`, `calm_market`"
    );
}
