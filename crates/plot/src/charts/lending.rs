//! Lending markets: what is drawn out, what is owed, what is lost.

use super::stack::{Slice, has_amounts, is_ever_positive, last, stack, whole_total};
use super::{has_values, over_time};
use crate::data::{HealthBand, Lender, LentAsset, Points, RunData};
use crate::figure::{Figure, Key, Panel, YAxis};
use crate::format::{Unit, grouped, short, usd};
use crate::style::{Color, LineStyle};

/// Debt and borrowers by health factor on top of each other; those that are nearest to a
/// liquidation, or beyond it, at the bottom.
#[must_use]
pub fn health_factors(data: &RunData, lender: &Lender) -> Figure {
    let title = format!("{}: debt by health factor", lender.name);
    let subtitle = format!(
        "{}. Below 1 collateral may be seized. {} seizures.",
        data.run_name(),
        grouped(lender.seizures as f64, 0)
    );
    let mut figure = over_time(data, title, subtitle);
    let bands = &lender.health;
    let mut debt = panel("debt (USD)", 270.0, Unit::Usd, "no debt");
    let mut accounts = panel("borrowers", 130.0, Unit::Count, "no borrowers");
    stack(&mut debt, lender.bins, &slices(bands, |b| &b.debt));
    stack(&mut accounts, lender.bins, &slices(bands, |b| &b.accounts));
    for (place, band) in bands.iter().enumerate() {
        if has_amounts(&band.debt) || has_amounts(&band.accounts) {
            let key = Key::filled(range_name(band), shade(place, bands.len()));
            figure.legend.push(key);
        }
    }
    figure.panels = vec![debt, accounts];
    figure
}

/// Whether a lender ever had a borrower.
pub(super) fn has_borrowers(lender: &Lender) -> bool {
    lender.health.iter().any(|band| has_amounts(&band.debt))
}

fn panel(title: &str, height: f64, unit: Unit, if_empty: &str) -> Panel {
    Panel::new(title, height, YAxis::linear(unit).with(0.0)).or_say(if_empty)
}

fn slices(bands: &[HealthBand], series: fn(&HealthBand) -> &Vec<f64>) -> Vec<Slice<'_>> {
    let slice = |(place, band)| Slice {
        values: series(band),
        color: shade(place, bands.len()),
    };
    bands.iter().enumerate().map(slice).collect()
}

fn range_name(band: &HealthBand) -> String {
    match (band.from, band.to) {
        (_, to) if to.is_infinite() => format!("over {}", short(band.from)),
        (from, to) if from <= 0.0 => format!("under {}", short(to)),
        (from, to) => format!("{}–{}", short(from), short(to)),
    }
}

/// From dark red over yellow to dark blue, which people with any common colour blindness can tell
/// apart in this order.
fn shade(place: usize, count: usize) -> Color {
    const STOPS: [(f64, f64, f64); 5] = [
        (140.0, 0.0, 30.0),
        (225.0, 95.0, 45.0),
        (252.0, 215.0, 120.0),
        (130.0, 185.0, 220.0),
        (30.0, 75.0, 150.0),
    ];
    let part = place as f64 / (count.max(2) - 1) as f64 * 4.0;
    let (from, to) = (
        STOPS[(part as usize).min(4)],
        STOPS[(part as usize + 1).min(4)],
    );
    let mix = |a: f64, b: f64| (a + (b - a) * part.fract()).round() as u8;
    Color(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// One line for each asset in three panels: how much of what is lent is drawn out, what borrowers
/// pay for it, what lenders can still withdraw.
#[must_use]
pub fn lender_utilization(data: &RunData, lender: &Lender) -> Figure {
    let title = format!("{}: utilization and rates", lender.name);
    let borrowed: f64 = borrowed(lender).filter_map(|a| last(&a.borrowed)).sum();
    let subtitle = format!("{}. {} owed in the end.", data.run_name(), usd(borrowed));
    let mut figure = over_time(data, title, subtitle);
    let mut utilization = panel(
        "utilization (borrowed over borrowed and available)",
        160.0,
        Unit::Percent,
        "nothing is lent",
    );
    utilization.y = utilization.y.with(1.0);
    let mut rate = panel("interest on debt, a year", 150.0, Unit::Percent, "no debt");
    let mut available = panel(
        "can be withdrawn (USD)",
        130.0,
        Unit::Usd,
        "nothing is lent",
    );
    for (place, asset) in borrowed_or_lent(lender).enumerate() {
        let style = LineStyle::series(place);
        figure.legend.push(Key::line(asset.symbol.clone(), style));
        for (panel, points) in [
            (&mut utilization, &asset.utilization),
            (&mut rate, &asset.borrow_rate),
            (&mut available, &asset.available),
        ] {
            panel.line(points.clone(), style);
        }
    }
    figure.panels = vec![utilization, rate, available];
    figure
}

/// Assets that somebody owes at some time.
fn borrowed(lender: &Lender) -> impl Iterator<Item = &LentAsset> {
    let owed = |asset: &&LentAsset| is_ever_positive(&asset.borrowed);
    lender.assets.iter().filter(owed)
}

/// Those that are owed; if none is, those that are there to be lent.
fn borrowed_or_lent(lender: &Lender) -> impl Iterator<Item = &LentAsset> {
    let any = borrowed(lender).next().is_some();
    let shown = move |asset: &&LentAsset| {
        let series = if any {
            &asset.borrowed
        } else {
            &asset.available
        };
        is_ever_positive(series)
    };
    lender.assets.iter().filter(shown)
}

/// Whether a lender ever had anything.
pub(super) fn has_assets(lender: &Lender) -> bool {
    borrowed_or_lent(lender).next().is_some()
}

/// Collateral seized so far and debt that nobody will repay, by asset.
#[must_use]
pub fn bad_debt_dex(data: &RunData, lender: &Lender) -> Figure {
    let title = format!("{}: seized collateral and bad debt", lender.name);
    let sum = |lines: &[(String, Points)]| -> f64 { lines.iter().filter_map(|l| last(&l.1)).sum() };
    let bad: Vec<(String, Points)> = lender
        .assets
        .iter()
        .filter(|asset| is_ever_positive(&asset.bad_debt))
        .map(|asset| (asset.symbol.clone(), asset.bad_debt.clone()))
        .collect();
    let subtitle = format!(
        "{}. {} of collateral seized in {} seizures, {} of debt written off; at the market's own \
         prices.",
        data.run_name(),
        usd(sum(&lender.seized)),
        grouped(lender.seizures as f64, 0),
        usd(sum(&bad))
    );
    let mut figure = over_time(data, title, subtitle);
    let seized: Vec<(String, Points)> = lender
        .seized
        .iter()
        .map(|(symbol, points)| (symbol.clone(), whole_total(points, data.range)))
        .collect();
    let title = "collateral seized so far (USD)";
    let mut above = panel(title, 200.0, Unit::Usd, "nothing was seized");
    let mut below = panel("bad debt so far (USD)", 160.0, Unit::Usd, "no bad debt");
    let mut names: Vec<&String> = Vec::new();
    for (panel, lines) in [(&mut above, &seized), (&mut below, &bad)] {
        for (symbol, points) in lines.iter().filter(|l| has_values(&l.1)) {
            let place = names.iter().position(|n| *n == symbol).unwrap_or_else(|| {
                names.push(symbol);
                names.len() - 1
            });
            panel.line(points.clone(), LineStyle::series(place));
        }
    }
    for (place, name) in names.into_iter().enumerate() {
        let key = Key::line(name.clone(), LineStyle::series(place));
        figure.legend.push(key);
    }
    figure.panels = vec![above, below];
    figure
}

/// Whether anything was seized or written off.
pub(super) fn has_losses(lender: &Lender) -> bool {
    let bad = |asset: &LentAsset| is_ever_positive(&asset.bad_debt);
    lender.seizures > 0 || lender.assets.iter().any(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_names_and_colours_of_their_own() {
        let band = |from, to| HealthBand {
            from,
            to,
            debt: Vec::new(),
            accounts: Vec::new(),
        };
        let name = |from, to| range_name(&band(from, to));
        assert_eq!(name(0.0, 0.8), "under 0.8");
        assert_eq!(name(1.05, 1.1), "1.05–1.1");
        assert_eq!(name(2.0, f64::INFINITY), "over 2");
        let colors: Vec<Color> = (0..9).map(|k| shade(k, 9)).collect();
        for (place, color) in colors.iter().enumerate() {
            assert!(!colors[..place].contains(color), "{place}");
        }
        assert_eq!(shade(0, 1), colors[0]);
    }
}
