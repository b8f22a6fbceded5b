//! What `extends` means: one scenario laid over another.

use std::collections::BTreeMap;

use super::{Node, Span, Value};

/// The array of tables that is merged by `name`; every other array is replaced.
const POPULATIONS: &str = "agents";

/// Lays a whole scenario over its base: tables by key, populations by name, the rest replaced.
pub(super) fn lay_over(base: Node, over: Node) -> Node {
    by_key(base, over, &|key, base, over| {
        if key == POPULATIONS {
            populations(base, over)
        } else {
            merged(base, over)
        }
    })
}

/// Tables by key, to any depth; anything else is replaced.
pub(crate) fn merged(base: Node, over: Node) -> Node {
    by_key(base, over, &|_, base, over| merged(base, over))
}

/// Two tables with `both` deciding about a key that is in both; anything else is replaced.
fn by_key(base: Node, over: Node, both: &dyn Fn(&str, Node, Node) -> Node) -> Node {
    let span = over.span;
    let value = match (base.value, over.value) {
        (Value::Table(mut table), Value::Table(over)) => {
            for (key, mut entry) in over.into_entries() {
                if let Some(old) = table.get_mut(&key) {
                    let old = std::mem::replace(old, hollow(span));
                    entry.node = both(&key, old, entry.node);
                }
                table.insert(key, entry);
            }
            Value::Table(table)
        }
        (_, value) => value,
    };
    Node { span, value }
}

/// Elements of the same name are merged in the place of the base's, others come after them; an empty
/// array replaces. A name that the overlay uses twice is merged once and appended once, so that it stays visible as the
/// duplicate it is.
fn populations(base: Node, over: Node) -> Node {
    let span = over.span;
    let value = match (base.value, over.value) {
        (Value::Array(base), Value::Array(over)) if !over.is_empty() => {
            Value::Array(by_name(base, over))
        }
        (_, value) => value,
    };
    Node { span, value }
}

fn by_name(mut items: Vec<Node>, over: Vec<Node>) -> Vec<Node> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        if let Some(name) = name_of(item) {
            places.entry(name).or_insert(index);
        }
    }
    for item in over {
        match name_of(&item).and_then(|name| places.remove(&name)) {
            Some(index) => {
                let old = std::mem::replace(&mut items[index], hollow(item.span));
                items[index] = merged(old, item);
            }
            None => items.push(item),
        }
    }
    items
}

fn name_of(item: &Node) -> Option<String> {
    item.get("name").and_then(Node::as_str).map(str::to_owned)
}

/// Stands in for a node that is being moved out.
fn hollow(span: Span) -> Node {
    Node {
        span,
        value: Value::Bool(false),
    }
}
