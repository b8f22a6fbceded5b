//! `--set`.

use super::super::{Node, Sources, Value, set, to_toml};
use super::{VALID, check, tree};

/// The tree after one override.
#[track_caller]
fn after(text: &str) -> Node {
    let mut root = tree(VALID);
    let mut sources = Sources::new();
    set(&mut root, &mut sources, text)
        .unwrap_or_else(|errors| panic!("{}", errors.render(&sources, false)));
    root
}

#[track_caller]
fn same_as(text: &str, old: &str, new: &str) {
    let found = after(text);
    let expected = tree(&super::with(old, new));
    assert!(found.same(&expected), "{text}\n{}", to_toml(&found));
}

#[test]
fn keys_names_and_positions() {
    same_as("clock.tick=50ms", "\"100ms\"", "\"50ms\"");
    same_as("clock.tick = \"50ms\"", "\"100ms\"", "\"50ms\"");
    same_as("scenario.seed=-8", "seed = 7", "seed = -8");
    same_as("agents.retail_longs.count=10", "10_000", "10");
    same_as("agents.0.count=10", "10_000", "10");
    same_as(
        "agents.retail_shorts.stops=false",
        "stops = true",
        "stops = false",
    );
    same_as(
        "agents.retail_longs.leverage=2.5",
        "leverage = 20",
        "leverage = 2.5",
    );
    same_as("agents.retail_longs.equity=1.7M", "\"1.5k\"", "\"1.7M\"");
    same_as("venues.bin.profile=plain", "\"binance\"", "\"plain\"");
    same_as(
        "instruments.BTC-PERP@hyper.tick_size=0.5",
        "tick_size = 0.1",
        "tick_size = 0.5",
    );
    same_as(
        "scenario.question=what = if?",
        "\"does it parse?\"",
        "\"what = if?\"",
    );
    same_as("clock.start=2025-10-10T21:00:00Z", "T20", "T21");
    same_as(
        "\"clock\".'duration'=4h",
        "duration = \"3h\"",
        "duration = \"4h\"",
    );
    same_as(
        "venues.hyper.fees={ taker = \"1bps\" }",
        "{ taker = \"4.5bps\", maker = \"1.5bps\" }",
        "{ taker = '1bps' }",
    );
    let emptied = after("shocks=[]");
    assert_eq!(
        emptied
            .get("shocks")
            .and_then(Node::as_array)
            .map(<[Node]>::len),
        Some(0)
    );
}

#[test]
fn an_element_is_called_by_its_number_if_it_has_one() {
    let mut root = tree("accounts = [{ id = 2, x = 0 }, { id = 1, x = 0 }, { x = 0 }]\n");
    let mut sources = Sources::new();
    for (index, text) in ["accounts.1.x=10", "accounts.2.x=20", "accounts.0.x=30"]
        .iter()
        .enumerate()
    {
        set(&mut root, &mut sources, text).unwrap_or_else(|e| panic!("{index}: {e}"));
    }
    let expected = tree("accounts = [{ id = 2, x = 20 }, { id = 1, x = 10 }, { x = 0 }]\n");
    let position = tree("accounts = [{ id = 2, x = 30 }, { id = 1, x = 10 }, { x = 0 }]\n");
    assert!(
        !root.same(&expected) && root.same(&position),
        "{}",
        to_toml(&root)
    );
}

#[test]
fn tables_are_made_and_keys_added() {
    let root = after("record.depth.bands=[1, 2]");
    let bands = root
        .get("record")
        .and_then(|r| r.get("depth"))
        .and_then(|d| d.get("bands"));
    assert_eq!(bands.and_then(Node::as_array).map(<[Node]>::len), Some(2));
}

#[track_caller]
fn fails(text: &str, line: &str, help: &str) {
    let mut root = tree(VALID);
    let mut sources = Sources::new();
    let errors = set(&mut root, &mut sources, text).unwrap_err();
    assert_eq!(errors.lines(&sources), line);
    assert_eq!(errors.0[0].help.as_deref().unwrap_or(""), help);
    assert!(
        errors
            .render(&sources, false)
            .contains(&errors.0[0].locate(&sources).to_string())
    );
}

#[test]
fn what_is_not_there_is_named() {
    fails(
        "agents.retail_long.count=1",
        "--set agents.retail_long.count=1:1:8: agents: `agents` has no element \"retail_long\"",
        "did you mean `retail_longs`? its elements: `retail_longs`, `retail_shorts`",
    );
    fails(
        "agents.2.count=1",
        "--set agents.2.count=1:1:8: agents: `agents` has no element \"2\"",
        "its elements: `retail_longs`, `retail_shorts`",
    );
    fails(
        "instruments.BTC-PERP.tick_size=1",
        "--set instruments.BTC-PERP.tick_size=1:1:13: instruments: 2 elements are called \"BTC-PERP\"",
        "write one of `instruments.BTC-PERP@hyper`, `instruments.BTC-PERP@bin`",
    );
    fails(
        "shocks.1.at=1s",
        "--set shocks.1.at=1s:1:8: shocks: `shocks` has no element \"1\"",
        "its positions are 0 to 0",
    );
    fails(
        "clock.tick.x=1",
        "--set clock.tick.x=1:1:12: clock.tick: `clock.tick` is the string \"100ms\", it has no parts",
        "replace it as a whole: clock.tick={ x = ... }",
    );
}

#[test]
fn malformed_overrides_say_what_is_expected() {
    let help = "an override is KEY=VALUE, for example clock.tick=50ms";
    fails(
        "clock.tick",
        "--set clock.tick:1:11: expected `.` or `=`",
        help,
    );
    fails(
        "clock..tick=1",
        "--set clock..tick=1:1:7: an empty key",
        help,
    );
    fails("=1", "--set =1:1:1: an empty key", help);
    fails("", "--set :1:1: an empty key", help);
    fails(
        "\"clock=1",
        "--set \"clock=1:1:1: the quoted key has no end",
        "",
    );
    fails(
        "clock.tick=",
        "--set clock.tick=:1:12: a value is missing after `=`",
        "",
    );
    fails(
        "clock.tick=\"1",
        "--set clock.tick=\"1:1:14: invalid basic string, expected `\"`",
        "",
    );
    fails(
        "shocks=[1,",
        "--set shocks=[1,:1:11: unclosed array, expected `]`",
        "",
    );
    fails(
        "scenario.extends=x",
        "--set scenario.extends=x:1:10: scenario.extends: what a scenario extends cannot be changed by an override",
        "",
    );
}

#[test]
fn later_errors_point_into_the_override() {
    let mut root = tree(VALID);
    let mut sources = Sources::new();
    sources
        .add("test.toml", VALID, super::super::Home::Text)
        .unwrap();
    set(&mut root, &mut sources, "agents.retail_longs.count = -1").unwrap();
    set(&mut root, &mut sources, "clock.tick={ x = 1 }").unwrap();
    set(&mut root, &mut sources, "venues.bin.profil=plain").unwrap();
    let errors = check(&root).unwrap_err();
    assert_eq!(
        errors.lines(&sources),
        "--set clock.tick={ x = 1 }:1:12: clock.tick: expected a duration such as \"100ms\", found a table\n\
         --set venues.bin.profil=plain:1:12: venues[1].profil: unknown key `profil`"
    );
    set(&mut root, &mut sources, "clock.tick=1s").unwrap();
    if let Some(Value::Array(venues)) = root
        .as_table_mut()
        .unwrap()
        .get_mut("venues")
        .map(|v| &mut v.value)
    {
        venues[1].as_table_mut().unwrap().remove("profil");
    }
    let errors = check(&root).unwrap_err();
    assert_eq!(
        errors.lines(&sources),
        "--set agents.retail_longs.count = -1:1:29: agents[0].count: -1: must be at least 0"
    );
}

#[test]
fn depth_has_a_limit() {
    let mut sources = Sources::new();
    let deep = format!("{}=1", vec!["a"; 17].join("."));
    assert!(set(&mut tree(VALID), &mut sources, &deep).is_err());
    let tower = format!(
        "{}={}{}",
        vec!["a"; 16].join("."),
        "[".repeat(60),
        "]".repeat(60)
    );
    let errors = set(&mut tree(VALID), &mut sources, &tower).unwrap_err();
    assert!(errors.0[0].message.contains("levels deep"), "{errors}");
}
