//! Scenarios that extend others.

use std::fs;

use super::super::{Home, Loader, MAX_EXTENDS, Node, Sources, load, to_toml};
use super::{VALID, memory, tree};

const BASE: &str = "
[scenario]
name = 'base'
seed = 1
[clock]
tick = '100ms'
[clock.deep]
a = 1
b = 2
[[agents]]
name = 'retail'
count = 10
wake = { mean = '10m', jitter = 1 }
[[agents]]
name = 'makers'
count = 3
[[shocks]]
at = '50m'
";

fn extended(over: &str) -> Node {
    let mut sources = Sources::new();
    let files = [("base", BASE), ("over", over)];
    load("over", &memory(&files), &mut sources)
        .unwrap_or_else(|errors| panic!("{}", errors.render(&sources, false)))
}

#[test]
fn tables_by_key_populations_by_name_arrays_replaced() {
    let found = extended(
        "shocks = []
[scenario]
extends = 'base'
name = 'over'
[clock.deep]
b = 3
c = 4
[[agents]]
name = 'makers'
count = 5
[[agents]]
name = 'whales'
count = 1
[[agents]]
name = 'retail'
wake = { mean = '5m' }
",
    );
    let expected = tree(
        "shocks = []
[scenario]
name = 'over'
seed = 1
[clock]
tick = '100ms'
deep = { a = 1, b = 3, c = 4 }
[[agents]]
name = 'retail'
count = 10
wake = { mean = '5m', jitter = 1 }
[[agents]]
name = 'makers'
count = 5
[[agents]]
name = 'whales'
count = 1
",
    );
    assert!(found.same(&expected), "{}", to_toml(&found));
    let names = found.get("agents").and_then(Node::as_array).unwrap();
    let names: Vec<_> = names
        .iter()
        .map(|a| a.get("name").unwrap().as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["retail", "makers", "whales"],
        "the base's order, then new ones"
    );
}

#[test]
fn only_the_populations_of_the_root_merge_by_name() {
    let nested = extended("[scenario]\nextends = 'base'\n[clock]\nagents = [{ name = 'x' }]\n");
    let agents = nested.get("clock").and_then(|c| c.get("agents")).unwrap();
    assert_eq!(agents.as_array().unwrap().len(), 1);
    let replaced = extended("agents = []\n[scenario]\nextends = 'base'\n");
    assert_eq!(replaced.get("agents").unwrap().as_array().unwrap().len(), 0);
    let other_form = extended("[scenario]\nextends = 'base'\n[shocks]\nx = 1\n");
    assert!(other_form.get("shocks").unwrap().as_table().is_some());
}

#[test]
fn a_name_used_twice_stays_visible() {
    let found = extended(
        "[scenario]\nextends = 'base'\n[[agents]]\nname = 'retail'\n[[agents]]\nname = 'retail'\n",
    );
    let agents = found.get("agents").and_then(Node::as_array).unwrap();
    assert_eq!(agents.len(), 3);
}

#[test]
fn places_point_into_the_file_that_said_it() {
    let mut sources = Sources::new();
    let over = "[scenario]\nextends = 'base'\n[[agents]]\nname = 'makers'\ncount = 5\n";
    let root = load(
        "over",
        &memory(&[("base", BASE), ("over", over)]),
        &mut sources,
    )
    .unwrap();
    let at = |path: &[&str], index: usize| {
        let agents = root.get("agents").and_then(Node::as_array).unwrap();
        let node = path
            .iter()
            .fold(&agents[index], |node, key| node.get(key).unwrap());
        (
            sources.locate(node.span).to_string(),
            sources.slice(node.span),
        )
    };
    assert_eq!(at(&["count"], 1), ("over:5:9".to_owned(), "5"));
    assert_eq!(at(&["wake", "mean"], 0), ("base:13:17".to_owned(), "'10m'"));
    assert_eq!(at(&[], 1), ("over:3:1".to_owned(), "[[agents]]"));
}

#[track_caller]
fn fails(files: &[(&str, &str)], entry: &str, expected: &str) {
    let mut sources = Sources::new();
    let errors = load(entry, &memory(files), &mut sources).unwrap_err();
    assert_eq!(errors.lines(&sources), expected);
    assert!(
        errors
            .render(&sources, false)
            .contains(&errors.0[0].locate(&sources).to_string())
    );
}

#[test]
fn cycles_are_reported_with_their_chain() {
    let files = [
        ("a", "[scenario]\nextends = 'b'\n"),
        ("b", "[scenario]\nname = 'b'\nextends = 'c'\n"),
        ("c", "[scenario]\nextends = 'b'\n"),
        ("self", "[scenario]\nextends = 'self'\n"),
    ];
    fails(
        &files,
        "a",
        "c:2:11: scenario.extends: `extends` runs in a circle: b -> c -> b",
    );
    fails(
        &files,
        "self",
        "self:2:11: scenario.extends: `extends` runs in a circle: self -> self",
    );
}

#[test]
fn the_chain_has_a_limit() {
    let texts: Vec<(String, String)> = (0..=MAX_EXTENDS)
        .map(|i| {
            (
                format!("s{i}"),
                format!("[scenario]\nextends = 's{}'\n", i + 1),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = texts
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
    let mut sources = Sources::new();
    let errors = load("s0", &memory(&files), &mut sources).unwrap_err();
    let line = errors.lines(&sources);
    assert!(
        line.starts_with(
            "s15:2:11: scenario.extends: `extends` reaches through more than 16 files: s0 -> s1"
        ),
        "{line}"
    );
}

#[test]
fn what_is_extended_must_be_there() {
    fails(
        &[("a", "[scenario]\nextends = 'bass'\n"), ("base", BASE)],
        "a",
        "a:2:11: scenario.extends: `bass` is neither a shipped scenario nor a file",
    );
    fails(
        &[("a", "[scenario]\nextends = 5\n")],
        "a",
        "a:2:11: scenario.extends: expected a string, found the integer 5",
    );
    fails(
        &[("a", "[scenario]\nextends = 'base'\n"), ("base", "x = \n")],
        "a",
        "base:1:5: string values must be quoted, expected literal string",
    );
}

#[test]
fn shipped_scenarios_extend_each_other_by_path() {
    let by_path = "[scenario]\nextends = '../october_2025/scenario.toml'\n";
    let short = [("calm_market", by_path), ("october_2025", VALID)];
    let mut sources = Sources::new();
    let root = load("calm_market", &memory(&short), &mut sources).unwrap();
    assert!(root.same(&tree(VALID)));

    let long = Loader::new(|name| match name {
        "calm_market" => Some(("scenarios/calm_market/scenario.toml".into(), by_path.into())),
        "scenarios/october_2025/scenario.toml" => Some((name.to_owned(), VALID.into())),
        _ => None,
    });
    let root = load("calm_market", &long, &mut sources).unwrap();
    assert!(root.same(&tree(VALID)));
}

#[test]
fn files_are_found_relative_to_the_file_that_names_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::create_dir_all(path("a")).unwrap();
    fs::create_dir_all(path("b")).unwrap();
    fs::write(
        path("a/scenario.toml"),
        "[scenario]\nextends = '../b/other.toml'\n",
    )
    .unwrap();
    fs::write(
        path("b/other.toml"),
        "[scenario]\nextends = 'october_2025'\n[clock]\nx = 1\n",
    )
    .unwrap();
    let shipped = [("october_2025", VALID)];
    let loader = memory(&shipped);
    let mut sources = Sources::new();
    for entry in [path("a"), path("a/scenario.toml")] {
        let root = load(entry.to_str().unwrap(), &loader, &mut sources).unwrap();
        let x = root.get("clock").and_then(|c| c.get("x")).unwrap();
        let place = sources.locate(x.span).file;
        assert_eq!(
            place,
            path("b/other.toml").display().to_string(),
            "no `..` in it"
        );
        assert_eq!(
            sources.relative(x.span, "t.csv"),
            Home::Disk(path("a/../b/t.csv"))
        );
    }
    fs::write(
        path("b/other.toml"),
        "[scenario]\nextends = '../b/../a/scenario.toml'\n",
    )
    .unwrap();
    let errors = load(path("a").to_str().unwrap(), &loader, &mut sources).unwrap_err();
    assert!(
        errors.lines(&sources).contains("runs in a circle"),
        "{}",
        errors.lines(&sources)
    );
    let errors = load(path("c.toml").to_str().unwrap(), &loader, &mut sources).unwrap_err();
    assert!(
        errors.lines(&sources).contains("cannot read `"),
        "{}",
        errors.lines(&sources)
    );
    let errors = load(
        path("").to_str().unwrap(),
        &Loader::files_only(),
        &mut sources,
    )
    .unwrap_err();
    assert!(
        errors.lines(&sources).contains("scenario.toml`: "),
        "{}",
        errors.lines(&sources)
    );
}
