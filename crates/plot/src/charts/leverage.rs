//! The leverage of the population before and after.

use firesale_record::{LeverageRow, Moment};

use crate::data::RunData;
use crate::figure::{Bar, Figure, Key, Layer, Panel, XAxis, YAxis};
use crate::format::{Unit, short};
use crate::style::{BLUE, ORANGE};

/// Lower and upper edge of a bar of the histogram.
type Edges = (f64, f64);

/// Two panels of paired bars: positions in dollars, and accounts.
#[must_use]
pub fn leverage_before_after(data: &RunData) -> Figure {
    let rows = whole(&data.leverage);
    let edges = edges(&rows);
    let subtitle = format!(
        "{}. Leverage of an account: its positions over its equity.",
        data.run_name()
    );
    let moments = [
        (Moment::Before, "before", BLUE, -0.4),
        (Moment::After, "after", ORANGE, 0.0),
    ];
    let panel = |title: &str, unit, amount: fn(&LeverageRow) -> f64| {
        let mut panel = Panel::new(title, 200.0, YAxis::linear(unit).with(0.0));
        for (moment, _, color, left) in moments {
            let bars = edges.iter().enumerate().map(|(place, edge)| {
                let of = |r: &&&LeverageRow| r.moment == moment && same(edge_of(r), *edge);
                let sum = rows
                    .iter()
                    .filter(of)
                    .map(|r| amount(r))
                    .filter(|v| v.is_finite())
                    .sum();
                let x = place as f64 + left;
                Bar {
                    x: (x, x + 0.4),
                    y: (0.0, sum),
                }
            });
            panel.add(Layer::Bars {
                bars: bars.collect(),
                color,
            });
        }
        panel
    };
    let panels = vec![
        panel("positions at the mark (USD)", Unit::Usd, |r| r.notional_usd),
        panel("accounts", Unit::Count, |r| r.accounts as f64),
    ];
    Figure {
        title: "Leverage before and after".to_owned(),
        subtitle,
        legend: moments.iter().map(|m| Key::filled(m.1, m.2)).collect(),
        x: XAxis::Names {
            names: edges.iter().map(|e| edge_name(*e)).collect(),
            title: "leverage (times)".to_owned(),
        },
        events: Vec::new(),
        spans: Vec::new(),
        panels,
    }
}

/// The rows about the whole market; if there are none, those by population, else those by venue,
/// else those by both: never one position twice.
fn whole(rows: &[LeverageRow]) -> Vec<&LeverageRow> {
    for (by_population, by_venue) in [(false, false), (true, false), (false, true), (true, true)] {
        let kind = |r: &&LeverageRow| {
            r.population.is_some() == by_population && r.venue.is_some() == by_venue
        };
        let found: Vec<&LeverageRow> = rows.iter().filter(kind).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Missing edges are open.
fn edge_of(row: &LeverageRow) -> Edges {
    let open = |edge: f64| if edge.is_nan() { f64::INFINITY } else { edge };
    (row.leverage_from, open(row.leverage_to))
}

fn same(a: Edges, b: Edges) -> bool {
    a.0.total_cmp(&b.0).is_eq() && a.1.total_cmp(&b.1).is_eq()
}

fn edges(rows: &[&LeverageRow]) -> Vec<Edges> {
    let mut edges: Vec<Edges> = rows.iter().map(|r| edge_of(r)).collect();
    edges.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    edges.dedup_by(|a, b| same(*a, *b));
    edges
}

fn edge_name((from, to): Edges) -> String {
    if to.is_finite() {
        format!("{}–{}", short(from), short(to))
    } else {
        format!("over {}", short(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firesale_record::PopulationId;

    #[test]
    fn parts_are_not_added_to_the_whole() {
        let row = |population: Option<u16>| LeverageRow {
            time_ns: 0,
            moment: Moment::Before,
            population: population.map(PopulationId),
            venue: None,
            leverage_from: 1.0,
            leverage_to: f64::NAN,
            notional_usd: 1.0,
            accounts: 1,
        };
        assert_eq!(whole(&[row(Some(0)), row(None), row(Some(1))]).len(), 1);
        let parts = [row(Some(0)), row(Some(1))];
        assert_eq!(whole(&parts).len(), 2);
        assert_eq!(edges(&whole(&parts)), [(1.0, f64::INFINITY)]);
        assert_eq!(edge_name((1.0, f64::INFINITY)), "over 1");
    }
}
