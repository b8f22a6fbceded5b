//! The chain of causes of one liquidation.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use firesale_record::{LiquidationRow, Manifest, RunReader};

/// Longest chain that is printed.
const MOST_LINKS: usize = 10_000;

/// One liquidation, its parts added up.
struct Link {
    first: LiquidationRow,
    notional: f64,
    worst: f64,
    parts: usize,
}

/// Prints a liquidation, its cause, the cause of that, and so on to the root.
pub(crate) fn explain(run: &Path, id: i64) -> anyhow::Result<()> {
    let reader = RunReader::open(run).with_context(|| format!("{} is no run", run.display()))?;
    let manifest = Manifest::read(run)?;
    let mut links: BTreeMap<i64, Link> = BTreeMap::new();
    for row in reader.rows::<LiquidationRow>()? {
        let notional = row.notional.to_f64();
        let price = row.fill_price;
        let link = links.entry(row.id).or_insert(Link {
            worst: price,
            first: row,
            notional: 0.0,
            parts: 0,
        });
        link.notional += notional;
        link.parts += 1;
    }
    if !links.contains_key(&id) {
        let (Some(first), Some(last)) = (links.keys().next(), links.keys().next_back()) else {
            bail!("nothing was liquidated in {}", run.display());
        };
        bail!(
            "there is no liquidation {id}; ids run from {first} to {last} (table `liquidations`, column `id`)"
        );
    }
    let mut at = Some(id);
    let mut shown = 0;
    let mut end = None;
    while let Some(link) = at.and_then(|id| links.get(&id)) {
        print_link(link, &reader, shown);
        end = Some(link);
        at = link.first.cause_id;
        shown += 1;
        if shown >= MOST_LINKS {
            bail!("the chain does not end after {MOST_LINKS} links");
        }
    }
    if let Some(link) = end {
        print_end(link, &manifest);
    }
    Ok(())
}

fn clock(ns: i64) -> String {
    let s = ns / 1_000_000_000;
    format!(
        "{}:{:02}:{:02}.{:03}",
        s / 3600,
        s / 60 % 60,
        s % 60,
        ns / 1_000_000 % 1000
    )
}

fn print_link(link: &Link, reader: &RunReader, depth: usize) {
    let row = &link.first;
    let names = reader.names();
    let arrow = if depth == 0 { "" } else { "because of " };
    println!(
        "{arrow}liquidation {} at {}: {} on {}, {} {}, ${:.0} in {} parts, first fill {} (mark {}, bankruptcy {}), stage {}, generation {}",
        row.id,
        clock(row.time_ns),
        names.account(row.venue, row.account),
        names.venue(row.venue).unwrap_or("?"),
        row.side.name(),
        names.instrument(row.venue, row.instrument).unwrap_or("?"),
        link.notional,
        link.parts,
        link.worst,
        row.mark,
        row.bankruptcy_price,
        row.stage.name(),
        row.generation,
    );
    println!(
        "  the move into its breach: {:.0}% by forced orders, largest part by {}",
        100.0 * row.forced_share,
        row.cause.name()
    );
}

/// A chain ends at news or at a signal, never in a blank.
fn print_end(link: &Link, manifest: &Manifest) {
    let row = &link.first;
    let news = manifest
        .news
        .iter()
        .filter(|n| n.time_ns <= row.time_ns)
        .max_by_key(|n| n.time_ns);
    match news {
        Some(news) => println!(
            "the chain begins with {} orders, {} after the news: {}",
            row.cause.name(),
            clock(row.time_ns - news.time_ns),
            news.label
        ),
        None => println!(
            "the chain begins with {} orders, before any news",
            row.cause.name()
        ),
    }
}
