//! Trees read as types.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::{
    Money, Node, PlainOr, Problem, Span, Spanned, from_node, from_node_all, from_node_split,
};
use super::tree;

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Problem> {
    from_node(&tree(text))
}

/// Path, message and advice of the one problem, and the text it marks.
#[track_caller]
fn problem<T: serde::de::DeserializeOwned>(text: &str) -> (String, String, String) {
    let root = tree(text);
    let problem = from_node::<T>(&root).err().expect("an error");
    let span = problem.span;
    let marked = text[span.start as usize..span.end as usize].to_owned();
    (problem.path, problem.message, marked)
}

fn triple(path: &str, message: &str, marked: &str) -> (String, String, String) {
    (path.to_owned(), message.to_owned(), marked.to_owned())
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Everything {
    text: String,
    small: u8,
    signed: i64,
    float: f64,
    letter: char,
    pair: (u8, String),
    list: Vec<u32>,
    map: BTreeMap<String, i32>,
    none: Option<u8>,
    some: Option<u8>,
    placed: Spanned<u32>,
    many: Vec<Spanned<String>>,
    keys: BTreeMap<Spanned<String>, u8>,
    sides: BTreeMap<Side, u8>,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Side {
    Buy,
    Sell,
}

#[test]
fn every_form_is_read() {
    let text = "text = 'x'\nsmall = 255\nsigned = -5\nfloat = 3\nletter = 'q'\npair = [1, 'a']\n\
        list = []\nmap = { a = -1 }\nsome = 1\nplaced = 77\nmany = ['a', 'b']\n\
        keys = { k = 1 }\nsides = { sell = 1, buy = 2 }\n";
    let all: Everything = read(text).unwrap();
    assert_eq!(all.float, 3.0);
    assert_eq!((all.none, all.some, all.letter), (None, Some(1), 'q'));
    assert_eq!(all.pair, (1, "a".to_owned()));
    assert_eq!(all.sides.get(&Side::Buy), Some(&2));
    let marked = |span: Span| &text[span.start as usize..span.end as usize];
    assert_eq!(marked(all.placed.span), "77");
    assert_eq!(*all.placed, 77);
    assert_eq!(marked(all.many[1].span), "'b'");
    assert_eq!(marked(all.keys.keys().next().unwrap().span), "k");
}

#[test]
fn integers_are_checked_against_their_type() {
    type Of<T> = BTreeMap<String, T>;
    let message = |p: Result<(), Problem>| p.unwrap_err().message;
    let bytes = |text| message(read::<Of<u8>>(text).map(drop));
    assert_eq!(bytes("a = 256"), "256: must be at most 255");
    assert_eq!(bytes("a = -1"), "-1: must be at least 0");
    assert_eq!(
        message(read::<Of<i8>>("a = -129").map(drop)),
        "-129: must be at least -128"
    );
    assert_eq!(
        message(read::<Of<u64>>("a = -1").map(drop)),
        "-1: must be at least 0"
    );
    assert!(read::<Of<u64>>("a = 9223372036854775807").is_ok());
    assert!(read::<Of<i64>>("a = -9223372036854775808").is_ok());
    assert_eq!(
        bytes("a = 1.5"),
        "expected an integer, found the number 1.5"
    );
    let problem = read::<Of<u32>>("a = 1e6").unwrap_err();
    assert_eq!(problem.help.as_deref(), Some("write 1000000"));
    let zero = message(read::<Of<std::num::NonZeroU32>>("a = 0").map(drop));
    assert_eq!(zero, "expected a nonzero u32, found the integer 0");
}

#[test]
fn wrong_forms_are_described() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "read for its errors")]
    struct Outer {
        table: Option<Inner>,
        list: Option<Vec<Inner>>,
        pair: Option<(u8, u8)>,
        text: Option<String>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read for its errors")]
    struct Inner {
        x: u8,
    }
    assert_eq!(
        problem::<Outer>("table = 5\n"),
        triple("table", "expected a table, found the integer 5", "5")
    );
    assert_eq!(
        problem::<Outer>("list = { x = 1 }\n"),
        triple("list", "expected an array, found a table", "{ x = 1 }")
    );
    assert_eq!(
        problem::<Outer>("list = [{ x = 1 }, { y = 1 }]\n"),
        triple("list[1].y", "unknown key `y`", "y")
    );
    assert_eq!(
        problem::<Outer>("pair = [1, 2, 3]\n"),
        triple(
            "pair",
            "expected an array of 2 elements, found 3",
            "[1, 2, 3]"
        )
    );
    assert_eq!(
        problem::<Outer>("text = [1]\n"),
        triple("text", "expected a string, found an array", "[1]")
    );
    assert_eq!(
        problem::<Outer>("[table]\n"),
        triple("table", "missing key `x`", "[table]")
    );
    assert_eq!(
        problem::<Outer>("table.'a b'.c = 1\n"),
        triple("table.\"a b\"", "unknown key `a b`", "'a b'")
    );
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Form {
    Off,
    Amount(f64),
    Range { min: f64, max: f64 },
    Pair(u8, u8),
    Table(Fields),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    n: u32,
}

#[test]
fn enums_are_names_tagged_tables_or_single_keys() {
    type Of = BTreeMap<String, Form>;
    let form = |text: &str| {
        read::<Of>(&format!("a = {text}\n"))
            .unwrap()
            .remove("a")
            .unwrap()
    };
    assert_eq!(form("'off'"), Form::Off);
    assert_eq!(form("{ kind = 'off' }"), Form::Off);
    assert_eq!(form("{ amount = 5 }"), Form::Amount(5.0));
    let range = Form::Range { min: 1.0, max: 2.0 };
    assert_eq!(form("{ kind = 'range', min = 1, max = 2 }"), range);
    assert_eq!(form("{ range = { min = 1, max = 2 } }"), range);
    assert_eq!(form("{ pair = [1, 2] }"), Form::Pair(1, 2));
    assert_eq!(
        form("{ kind = 'table', n = 3 }"),
        Form::Table(Fields { n: 3 })
    );
    assert_eq!(form("'table'"), Form::Table(Fields { n: 0 }));

    let wrong = |text: &str| problem::<Of>(&format!("a = {text}\n"));
    assert_eq!(wrong("'on'"), triple("a", "unknown value \"on\"", "'on'"));
    assert_eq!(
        wrong("5"),
        triple(
            "a",
            "expected a string or a table, found the integer 5",
            "5"
        )
    );
    assert_eq!(
        wrong("{ kind = 'off', n = 1 }"),
        triple("a.n", "`off` has no key `n`", "n")
    );
    assert_eq!(
        wrong("{ kind = 'range', min = 1 }"),
        triple("a", "missing key `max`", "{ kind = 'range', min = 1 }")
    );
    assert_eq!(
        wrong("{ range = { min = 1, max = 'x' } }"),
        triple(
            "a.range.max",
            "expected a number, found the string \"x\"",
            "'x'"
        )
    );
    assert_eq!(
        wrong("{ range = 1 }"),
        triple("a.range", "expected a table, found the integer 1", "1")
    );
    assert_eq!(
        wrong("{ kind = 'table', m = 3 }"),
        triple("a.m", "unknown key `m`", "m")
    );
    assert_eq!(
        wrong("{ kind = 1 }"),
        triple("a.kind", "expected a string, found the integer 1", "1")
    );
    assert_eq!(
        wrong("{ amonut = 1 }"),
        triple("a.amonut", "unknown key `amonut`", "amonut")
    );
    assert_eq!(
        wrong("{ amount = 1, x = 2 }"),
        triple("a.x", "unknown key `x`", "x")
    );
    assert_eq!(
        wrong("{ amount = 1, table = {} }"),
        triple(
            "a",
            "only one of these keys may be there",
            "{ amount = 1, table = {} }"
        )
    );
    assert_eq!(
        wrong("{ kind = 'pair' }"),
        triple(
            "a",
            "`pair` takes an array: { pair = [...] }",
            "{ kind = 'pair' }"
        )
    );
    assert_eq!(
        wrong("{ off = 1 }"),
        triple("a.off", "`off` takes no value", "1")
    );
    assert_eq!(
        wrong("{ zzz = 1 }"),
        triple("a", "missing key `kind`", "{ zzz = 1 }")
    );
}

/// Serde's own way with tags buffers the table; places are found again by what the error says.
#[test]
fn places_survive_the_buffer_of_tagged_enums() {
    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
    #[expect(dead_code, reason = "read for its errors")]
    enum Tagged {
        News { at: Money, deep: Option<Deep> },
        Fault { n: u8 },
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read for its errors")]
    struct Deep {
        x: u8,
        flag: Option<bool>,
    }
    type Of = BTreeMap<String, Tagged>;
    assert!(read::<Of>("[a]\nkind = 'news'\nat = '5k'\ndeep = { x = 1 }\n").is_ok());
    let wrong = |body: &str| problem::<Of>(&format!("[a]\n{body}\n"));
    assert_eq!(
        wrong("kind = 'newz'\nat = 5"),
        triple("a.kind", "unknown value \"newz\"", "'newz'")
    );
    assert_eq!(
        wrong("kind = 'news'\nat = 5\nwhen = 6"),
        triple("a.when", "unknown key `when`", "when")
    );
    assert_eq!(
        wrong("kind = 'news'\nat = '5x'"),
        triple("a.at", "\"5x\": unknown unit \"x\"", "'5x'")
    );
    assert_eq!(
        wrong("kind = 'fault'\nn = -1"),
        triple("a.n", "-1: must be at least 0", "-1")
    );
    assert_eq!(
        wrong("kind = 'fault'\nn = 300"),
        triple("a.n", "300: out of range", "300")
    );
    assert_eq!(
        wrong("kind = 'news'\nat = 5\ndeep = { x = 1, flag = 'maybe' }"),
        triple(
            "a.deep.flag",
            "expected `true` or `false`, found the string \"maybe\"",
            "'maybe'"
        )
    );
    assert_eq!(
        wrong("kind = 'news'\nat = 5\ndeep = { x = 1, y = 2 }"),
        triple("a.deep.y", "unknown key `y`", "y")
    );
    assert_eq!(
        wrong("kind = 'news'"),
        triple("a", "missing key `at`", "[a]")
    );
}

#[test]
fn plain_or_table_decides_by_form() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Pareto {
        min: Spanned<Money>,
        alpha: f64,
    }
    type Of = BTreeMap<String, PlainOr<Money, Pareto>>;
    let plain = read::<Of>("a = '5k'\n").unwrap().remove("a");
    assert_eq!(plain, Some(PlainOr::Plain("5000".parse().unwrap())));
    assert!(matches!(
        read::<Of>("a = 5\n").unwrap().remove("a"),
        Some(PlainOr::Plain(_))
    ));
    let text = "a = { min = 10, alpha = 2 }\n";
    let Some(PlainOr::Table(table)) = read::<Of>(text).unwrap().remove("a") else {
        panic!("a table");
    };
    let span = table.min.span;
    assert_eq!(&text[span.start as usize..span.end as usize], "10");
    assert_eq!(
        problem::<Of>("a = '5x'\n"),
        triple("a", "\"5x\": unknown unit \"x\"", "'5x'")
    );
    assert_eq!(
        problem::<Of>("a = { min = '-1', alpha = 2 }\n"),
        triple("a.min", "\"-1\": must be at least 0", "'-1'")
    );
    assert_eq!(
        problem::<Of>("a = { min = 1, alhpa = 2 }\n"),
        triple("a.alhpa", "unknown key `alhpa`", "alhpa")
    );
    assert_eq!(
        problem::<BTreeMap<String, PlainOr<u8, Pareto>>>("a = -1\n"),
        triple("a", "-1: must be at least 0", "-1")
    );
    assert_eq!(
        problem::<BTreeMap<String, PlainOr<Side, Pareto>>>("a = 'bye'\n"),
        triple("a", "unknown value \"bye\"", "'bye'")
    );
}

#[test]
fn a_part_can_stay_unread() {
    #[derive(Debug, Deserialize)]
    struct Raw {
        agents: Vec<Node>,
    }
    let text = "[[agents]]\na.b = [1, 2.5, true, 'x', { c = 1 }]\n[[agents]]\n";
    let root = tree(text);
    let raw: Raw = from_node(&root).unwrap();
    let original = root.get("agents").and_then(Node::as_array).unwrap();
    assert_eq!(raw.agents.len(), 2);
    assert!(
        raw.agents
            .iter()
            .zip(original)
            .all(|(a, b)| a.same(b) && a.span == b.span)
    );
    let (mut places, mut copies) = (Vec::new(), Vec::new());
    original[0].find(&mut |key, node| {
        places.push((key, node.span));
        false
    });
    raw.agents[0].find(&mut |key, node| {
        copies.push((key, node.span));
        false
    });
    assert_eq!(places, copies);
    assert_eq!(places.len(), 9);
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Common {
    name: String,
    #[serde(default)]
    count: u32,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Own {
    clip: f64,
}

#[test]
fn one_table_is_read_as_two_types() {
    let root = tree("name = 'x'\nclip = 2\ncount = 3\n");
    let (common, own) = from_node_split::<Common, Own>(&root).unwrap();
    assert_eq!(
        (common.name.as_str(), common.count, own.clip),
        ("x", 3, 2.0)
    );

    let root = tree("name = 5\nclipp = 2\ncount = -3\n");
    let errors = from_node_split::<Common, Own>(&root).unwrap_err();
    let lines: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "name: expected a string, found the integer 5",
            "count: -3: must be at least 0",
            "clipp: unknown key `clipp`",
            "missing key `clip`",
        ]
    );
    assert_eq!(
        errors.0[2].help.as_deref(),
        Some("did you mean `clip`? expected keys: `clip`, `name`, `count`")
    );

    let tagged = tree("name = 'x'\nkind = 'range'\nmin = 1\nmax = 2\n");
    let (_, form) = from_node_split::<Common, Form>(&tagged).unwrap();
    assert_eq!(form, Form::Range { min: 1.0, max: 2.0 });
    let nothing = tree("name = 'x'\n");
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    assert!(from_node_split::<Common, Nothing>(&nothing).is_ok());
}

/// Whatever is wrong with independent parts is reported, and nothing else.
#[test]
fn all_problems_and_no_consequences() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read for its errors")]
    struct Root {
        needed: Common,
        pairs: Vec<(u8, u8)>,
        form: Option<Form>,
        last: Option<u8>,
    }
    let root = tree(
        "pairs = [[1, 2], [1, 256], [3]]\nlast = 'x'\nform = { kind = 'rang', min = 1 }\n\
         [needed]\ncount = -1\n[extra]\n",
    );
    let errors = from_node_all::<Root>(&root).unwrap_err();
    let lines: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "pairs[1][1]: 256: must be at most 255",
            "pairs[2]: expected an array of 2 elements, found 1",
            "last: expected an integer, found the string \"x\"",
            "form.kind: unknown value \"rang\"",
            "needed.count: -1: must be at least 0",
            "needed: missing key `name`",
            "extra: unknown key `extra`",
        ]
    );
}

#[test]
fn the_number_of_problems_has_a_limit() {
    let text: String = (0..200).map(|i| format!("k{i} = -1\n")).collect();
    let errors = from_node_all::<BTreeMap<String, u8>>(&tree(&text)).unwrap_err();
    assert_eq!(errors.0.len(), 50);
}
