//! `profile = "hyperliquid"`: the published rules of a venue, laid under what the scenario says.
//!
//! A profile is a TOML file of the exchange crate. Its `[venue]` goes under the keys of the
//! `[[venues]]` that names it; `[perp]`, `[spot]` and `[future]` go under that venue's
//! `[[instruments]]` of the kind; `[tiers]` has margin tiers by base asset, and `default` for all
//! others. Whatever the scenario writes wins, table by table and key by key.

use std::collections::BTreeMap;

use firesale_exchange::profiles;

use crate::config::{
    Entry, Errors, Home, Node, Problem, Sources, Span, Table, Value, advice, merged, parse,
};

/// Lays profiles under the venues that name one, and under their instruments.
pub(crate) fn lay_profiles(root: &mut Node, sources: &mut Sources) -> Result<(), Errors> {
    let mut used: BTreeMap<String, Node> = BTreeMap::new();
    let mut read: BTreeMap<&'static str, Node> = BTreeMap::new();
    for venue in tables(root, "venues") {
        let Some(asked) = venue.get("profile") else {
            continue;
        };
        let name = known(asked)?;
        if !read.contains_key(name.0) {
            let file = format!("profiles/{}.toml", name.0);
            let home = Home::Shipped(file.clone());
            read.insert(name.0, parse(sources, file, name.1.as_bytes(), home)?);
        }
        let profile = &read[name.0];
        if let Some(rules) = profile.get("venue") {
            lay_under(venue, rules.clone());
        }
        if let Some(symbol) = venue.get("name").and_then(Node::as_str) {
            used.insert(symbol.to_owned(), profile.clone());
        }
    }
    for instrument in tables(root, "instruments") {
        let venue = instrument.get("venue").and_then(Node::as_str);
        if let Some(profile) = venue.and_then(|venue| used.get(venue)) {
            lay_under_instrument(instrument, profile);
        }
    }
    Ok(())
}

/// The profile that a `profile = "..."` names.
fn known(asked: &Node) -> Result<(&'static str, &'static str), Errors> {
    let named = asked.as_str().and_then(|name| {
        let found = profiles::ALL.iter().find(|(known, _)| *known == name);
        found.copied()
    });
    named.ok_or_else(|| {
        let Some(name) = asked.as_str() else {
            let message = format!("expected a string, found {}", asked.describe());
            return Problem::new(asked.span, message).into();
        };
        let names = profiles::ALL.map(|(name, _)| name.to_owned());
        let problem = Problem::new(asked.span, format!("there is no profile `{name}`"));
        match advice(name, &names, "profiles") {
            Some(help) => problem.help(help).into(),
            None => problem.into(),
        }
    })
}

fn lay_under_instrument(instrument: &mut Node, profile: &Node) {
    let text = |key| instrument.get(key).and_then(Node::as_str);
    let (kind, base) = (text("kind"), text("base"));
    let tiers = profile.get("tiers").filter(|_| kind != Some("spot"));
    let tiers = tiers.and_then(|tiers| {
        let own = base.and_then(|base| tiers.get(base));
        own.or_else(|| tiers.get("default")).cloned()
    });
    let rules = kind.and_then(|kind| profile.get(kind)).cloned();
    if let Some(rules) = rules {
        lay_under(instrument, rules);
    }
    let Some(table) = instrument.as_table_mut() else {
        return;
    };
    if let Some(tiers) = tiers
        && table.get("tiers").is_none()
    {
        let entry = Entry {
            key_span: tiers.span,
            node: tiers,
        };
        table.insert("tiers", entry);
    }
}

/// Lays rules under a table, which keeps its own place and the order of its own keys.
fn lay_under(table: &mut Node, rules: Node) {
    let hollow = Node {
        span: Span::NONE,
        value: Value::Table(Table::new()),
    };
    let own = std::mem::replace(table, hollow);
    *table = merged(rules, own);
}

/// The tables of an array of tables; nothing if it is something else, which reading refuses.
fn tables<'a>(root: &'a mut Node, key: &str) -> impl Iterator<Item = &'a mut Node> {
    let list = root.as_table_mut().and_then(|root| root.get_mut(key));
    let items = match list.map(|list| &mut list.value) {
        Some(Value::Array(items)) => items.as_mut_slice(),
        _ => &mut [],
    };
    items.iter_mut()
}
