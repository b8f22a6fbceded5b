//! `accounts_file`, `orders_file` and `script_file`: explicit parts as CSV.
//!
//! The rows become the same tables that a scenario file would hold, so that everything after knows
//! one form only, and the resolved scenario is one file.

use std::collections::BTreeMap;

use crate::config::{Entry, Errors, Loader, Node, Problem, Row, Sources, Span, Table, Value};

const ACCOUNTS: &[&str] = &[
    "id",
    "venue",
    "collateral",
    "margin_mode",
    "position_mode",
    "instrument",
    "qty",
    "entry",
    "margin",
];
const POSITION: &[&str] = &["instrument", "qty", "entry", "margin"];
const ORDERS: &[&str] = &["id", "instrument", "side", "price", "qty", "account"];
const SCRIPT: &[&str] = &[
    "at",
    "op",
    "account",
    "instrument",
    "id",
    "side",
    "price",
    "qty",
    "asset",
    "amount",
    "reduce_only",
    "leg",
    "leverage",
];

/// The keys of CSV files, and what they hold.
pub(crate) const FILES: [(&str, &str); 3] = [
    (
        "accounts_file",
        "A CSV file of explicit accounts, relative to the scenario file.",
    ),
    ("orders_file", "A CSV file of explicit resting orders."),
    ("script_file", "A CSV file of explicit commands."),
];

/// Reads the CSV files that the scenario names and adds their rows to `accounts`, `orders` and `script`.
pub(crate) fn read_tables(
    root: &mut Node,
    loader: &Loader<'_>,
    sources: &mut Sources,
) -> Result<(), Errors> {
    for (key, _) in FILES {
        let Some(entry) = root.as_table_mut().and_then(|table| table.remove(key)) else {
            continue;
        };
        let span = entry.node.span;
        let Some(name) = entry.node.as_str() else {
            let message = format!("expected a string, found {}", entry.node.describe());
            return Err(Problem::new(span, message).at(key).into());
        };
        let tables = match key {
            "accounts_file" => accounts(loader.rows(name, span, key, ACCOUNTS, sources)?)?,
            "orders_file" => plain(loader.rows(name, span, key, ORDERS, sources)?),
            _ => plain(loader.rows(name, span, key, SCRIPT, sources)?),
        };
        let list = key.strip_suffix("_file").unwrap_or(key);
        append(root, list, span, tables)?;
    }
    Ok(())
}

/// Adds tables to a list of the scenario, which is made if it is not there.
fn append(root: &mut Node, list: &str, span: Span, tables: Vec<Node>) -> Result<(), Errors> {
    let Some(table) = root.as_table_mut() else {
        return Ok(());
    };
    match table.get_mut(list) {
        Some(node) => match &mut node.value {
            Value::Array(elements) => elements.extend(tables),
            _ => {
                let message = format!("{list} is a list of tables: [[{list}]]");
                return Err(Problem::new(node.span, message).into());
            }
        },
        None => {
            table.insert(list, entry(span, Value::Array(tables)));
        }
    }
    Ok(())
}

fn entry(span: Span, value: Value) -> Entry {
    Entry {
        key_span: span,
        node: Node { span, value },
    }
}

fn table(span: Span, cells: impl IntoIterator<Item = (&'static str, Node)>) -> Node {
    let mut table = Table::new();
    for (column, node) in cells {
        table.insert(column, entry(node.span, node.value));
    }
    let value = Value::Table(table);
    Node { span, value }
}

fn plain(rows: Vec<Row>) -> Vec<Node> {
    rows.into_iter()
        .map(|row| table(row.span, row.cells))
        .collect()
}

/// One account per `id`. A further row of the same account gives it another position.
fn accounts(rows: Vec<Row>) -> Result<Vec<Node>, Errors> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut drafts: Vec<(Row, Vec<Node>)> = Vec::new();
    let mut problems = Vec::new();
    for mut row in rows {
        let cells = POSITION
            .iter()
            .filter_map(|column| row.take(column).map(|node| (*column, node)));
        let cells: Vec<_> = cells.collect();
        let position = (!cells.is_empty()).then(|| table(row.span, cells));
        let id = row.cells.iter().find(|(column, _)| *column == "id");
        let id = id.and_then(|(_, node)| node.as_str()).unwrap_or("");
        match places.get(id) {
            Some(place) if row.cells.len() == 1 => drafts[*place].1.extend(position),
            Some(_) => {
                let message = format!("account `{id}` stands twice");
                let help = "a further row of an account gives `id` and one position, nothing else";
                problems.push(Problem::new(row.span, message).help(help));
            }
            None => {
                places.insert(id.to_owned(), drafts.len());
                drafts.push((row, position.into_iter().collect()));
            }
        }
    }
    if !problems.is_empty() {
        return Err(Errors(problems));
    }
    let account = |(mut row, positions): (Row, Vec<Node>)| {
        let span = row.span;
        let list = Value::Array(positions);
        row.cells.push(("positions", Node { span, value: list }));
        let cells = row.cells.into_iter().map(|(column, node)| match column {
            "collateral" => (column, by_asset(node)),
            _ => (column, node),
        });
        table(span, cells)
    };
    Ok(drafts.into_iter().map(account).collect())
}

/// `1000` stays; `USDT=1000;BTC=2` becomes a table.
fn by_asset(node: Node) -> Node {
    let Some(text) = node.as_str().filter(|text| text.contains('=')) else {
        return node;
    };
    let mut table = Table::new();
    for part in text.split(';') {
        let (asset, amount) = part.split_once('=').unwrap_or((part, ""));
        let amount = Value::String(amount.trim().to_owned());
        table.insert(asset.trim(), entry(node.span, amount));
    }
    Node {
        span: node.span,
        value: Value::Table(table),
    }
}
