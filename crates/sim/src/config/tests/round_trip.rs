//! Trees written and read again.

use proptest::prelude::*;

use super::super::{
    Entry, Home, Node, Sources, Span, Table, Value, from_node, parse, set, to_toml,
};
use super::{VALID, tree};

fn node(value: Value) -> Node {
    Node {
        span: Span::NONE,
        value,
    }
}

fn table(entries: Vec<(String, Node)>) -> Node {
    let mut table = Table::new();
    for (key, node) in entries {
        let key_span = Span::NONE;
        table.insert(key, Entry { key_span, node });
    }
    node_table(table)
}

fn node_table(table: Table) -> Node {
    node(Value::Table(table))
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_]{1,6}",
        "[ -~]{0,8}",
        proptest::collection::vec(any::<char>(), 0..6).prop_map(|c| c.into_iter().collect()),
        Just("line\nbreak\t\"'''\"\"\"\\".to_owned()),
        Just("2025-10-10T20:00:00Z".to_owned()),
    ]
}

fn any_node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        any_text().prop_map(Value::String),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Float),
        Just(Value::Float(-0.0)),
        Just(Value::Float(f64::INFINITY)),
        any::<bool>().prop_map(Value::Bool),
    ]
    .prop_map(node);
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(|v| node(Value::Array(v))),
            proptest::collection::vec((any_text(), inner), 0..5).prop_map(table),
        ]
    })
}

fn any_root() -> impl Strategy<Value = Node> {
    proptest::collection::vec((any_text(), any_node()), 1..6).prop_map(table)
}

proptest! {
    #[test]
    fn what_is_written_reads_back(root in any_root()) {
        let text = to_toml(&root);
        let back = tree(&text);
        prop_assert!(back.same(&root), "{}", text);
        prop_assert_eq!(to_toml(&back), text);
    }

    /// A tree read as a tree is itself, places included.
    #[test]
    fn a_tree_is_a_value(root in any_root()) {
        let text = to_toml(&root);
        let finite = !text.contains("inf") && !text.contains("nan");
        prop_assume!(finite);
        let root = tree(&text);
        let copy: Node = from_node(&root).unwrap();
        prop_assert!(copy.same(&root));
        prop_assert_eq!(copy.span, root.span);
    }

    /// Every place marks text that means the value.
    #[test]
    fn places_mark_what_was_written(root in any_root()) {
        let text = to_toml(&root);
        let mut sources = Sources::new();
        let root = parse(&mut sources, "x", text.as_bytes(), Home::Text).unwrap();
        let mut wrong = Vec::new();
        root.find(&mut |key_span, part| {
            let marked = sources.slice(part.span);
            let fits = match &part.value {
                Value::Table(_) => {
                    part.span.end == 0 || marked.starts_with(['[', '{']) || key_span == Some(part.span)
                }
                Value::Array(_) => marked.starts_with('['),
                _ => tree(&format!("x = {marked}\n")).get("x").unwrap().same(part),
            };
            let key_fits = key_span.is_none_or(|span| !sources.slice(span).is_empty());
            if !fits || !key_fits {
                wrong.push(marked.to_owned());
            }
            false
        });
        prop_assert!(wrong.is_empty(), "{:?}", wrong);
    }

    /// An override puts exactly the value it says.
    #[test]
    fn an_override_is_read_like_a_file(value in any_node()) {
        let written = to_toml(&table(vec![("v".to_owned(), value.clone())]));
        // A table may be written with a header, which is no value; only what is on one line is set.
        prop_assume!(written.starts_with("v = ") && written.lines().count() == 1);
        let mut root = tree(VALID);
        let mut sources = Sources::new();
        set(&mut root, &mut sources, &format!("new.v={}", &written[4..])).unwrap();
        prop_assert!(root.get("new").unwrap().get("v").unwrap().same(&value));
    }
}

#[test]
fn the_resolved_scenario_is_readable() {
    let text = to_toml(&tree(VALID));
    assert!(tree(&text).same(&tree(VALID)));
    assert!(
        text.contains("\n[[agents]]\nname = \"retail_longs\"\n"),
        "{text}"
    );
    assert!(
        text.contains("start = \"2025-10-10T20:00:00Z\"\n"),
        "{text}"
    );
}

#[test]
fn only_a_table_is_a_document() {
    assert_eq!(to_toml(&node(Value::Integer(1))), "");
}
