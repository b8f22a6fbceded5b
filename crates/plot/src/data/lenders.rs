//! Lending markets.

use firesale_record::{HealthRow, LendingRow, RecordError, RunReader, SeizureRow};

use super::ordered::Ordered;
use super::series::{Bins, Lasts, Points, Thinner};
use super::{FINE_BINS, seconds};

/// A lending market.
#[derive(Clone, Debug)]
pub struct Lender {
    /// Its name.
    pub name: String,
    /// What it lends and takes as collateral.
    pub assets: Vec<LentAsset>,
    /// Ranges of the health factor from the lowest.
    pub health: Vec<HealthBand>,
    /// The bins of the ranges' series.
    pub bins: Bins,
    /// Collateral seized so far by its symbol, USD at the market's prices.
    pub seized: Vec<(String, Points)>,
    /// Seizures.
    pub seizures: u64,
}

/// One asset of a lending market over time.
#[derive(Clone, Debug)]
pub struct LentAsset {
    /// Its symbol.
    pub symbol: String,
    /// Borrowed over borrowed and available.
    pub utilization: Points,
    /// Interest on debt, fraction a year.
    pub borrow_rate: Points,
    /// Borrowed, USD.
    pub borrowed: Points,
    /// What can be withdrawn, USD.
    pub available: Points,
    /// Debt written off since the start, USD.
    pub bad_debt: Points,
    /// What the market believes it is worth, USD.
    price: Points,
}

/// Borrowers of one range of the health factor, in equal bins of time.
#[derive(Clone, Debug)]
pub struct HealthBand {
    /// The lower end.
    pub from: f64,
    /// The upper end; infinite for the last.
    pub to: f64,
    /// What they owe, USD.
    pub debt: Vec<f64>,
    /// How many they are.
    pub accounts: Vec<f64>,
}

impl LentAsset {
    /// The market's price at a moment, or its first; 0 if it never had one.
    fn price_at(&self, time: f64) -> f64 {
        let next = self.price.partition_point(|p| p.0 <= time);
        let known = |points: &mut dyn Iterator<Item = &(f64, f64)>| {
            points.map(|p| p.1).find(|price| price.is_finite())
        };
        known(&mut self.price[..next].iter().rev())
            .or_else(|| known(&mut self.price[next..].iter()))
            .unwrap_or(0.0)
    }
}

/// A lender while its rows go by.
struct Gathered {
    /// By asset: utilization, borrow rate, borrowed, available, bad debt, price.
    assets: Ordered<[Thinner; 6]>,
    health: Vec<(f64, f64, Lasts, Lasts)>,
}

impl Gathered {
    const fn new() -> Self {
        Self {
            assets: Ordered::new(),
            health: Vec::new(),
        }
    }

    fn push_health(&mut self, row: &HealthRow, bins: Bins) {
        let to = if row.to.is_nan() {
            f64::INFINITY
        } else {
            row.to
        };
        let same = |band: &(f64, f64, Lasts, Lasts)| {
            band.0.total_cmp(&row.from).is_eq() && band.1.total_cmp(&to).is_eq()
        };
        let place = self.health.iter().position(same).unwrap_or_else(|| {
            let band = (row.from, to, Lasts::new(bins), Lasts::new(bins));
            self.health.push(band);
            self.health.len() - 1
        });
        let (.., debt, accounts) = &mut self.health[place];
        debt.set(seconds(row.time_ns), row.debt_usd);
        accounts.set(seconds(row.time_ns), row.accounts as f64);
    }

    fn finish(mut self, name: String, bins: Bins) -> Lender {
        self.health
            .sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let asset = |(symbol, lines): (String, [Thinner; 6])| {
            let [
                utilization,
                borrow_rate,
                borrowed,
                available,
                bad_debt,
                price,
            ] = lines.map(Thinner::finish);
            LentAsset {
                symbol,
                utilization,
                borrow_rate,
                borrowed,
                available,
                bad_debt,
                price,
            }
        };
        let band = |(from, to, debt, accounts): (f64, f64, Lasts, Lasts)| HealthBand {
            from,
            to,
            debt: debt.finish(),
            accounts: accounts.finish(),
        };
        Lender {
            name,
            assets: self.assets.into_vec().into_iter().map(asset).collect(),
            health: self.health.into_iter().map(band).collect(),
            bins,
            seized: Vec::new(),
            seizures: 0,
        }
    }
}

/// Reads `lending`, `health` and `seizures`.
pub(super) fn scan(reader: &RunReader, range: (f64, f64)) -> Result<Vec<Lender>, RecordError> {
    let bins = Bins::fine(range, FINE_BINS);
    let mut found: Ordered<Gathered> = Ordered::new();
    reader.scan::<LendingRow>(|row| {
        let lender = found.entry(&row.lender, Gathered::new);
        let new = || std::array::from_fn(|_| Thinner::new(range));
        let lines = lender.assets.entry(&row.asset, new);
        let values = [
            row.utilization,
            row.borrow_rate,
            row.borrowed_usd,
            row.available_usd,
            row.bad_debt_usd,
            row.price,
        ];
        for (line, value) in lines.iter_mut().zip(values) {
            line.push(seconds(row.time_ns), value);
        }
    })?;
    reader.scan::<HealthRow>(|row| {
        let lender = found.entry(&row.lender, Gathered::new);
        lender.push_health(&row, bins);
    })?;
    let finish = |(name, gathered): (String, Gathered)| gathered.finish(name, bins);
    let mut lenders: Vec<Lender> = found.into_vec().into_iter().map(finish).collect();
    scan_seizures(reader, range, &mut lenders)?;
    Ok(lenders)
}

/// Adds up what was seized, at the lender's own prices of the moment.
fn scan_seizures(
    reader: &RunReader,
    range: (f64, f64),
    lenders: &mut [Lender],
) -> Result<(), RecordError> {
    let mut totals: Vec<Ordered<(f64, Thinner)>> = Vec::new();
    totals.resize_with(lenders.len(), Ordered::new);
    reader.scan::<SeizureRow>(|row| {
        let Some(place) = lenders.iter().position(|l| l.name == row.lender) else {
            return;
        };
        let time = seconds(row.time_ns);
        let lender = &mut lenders[place];
        lender.seizures += 1;
        let asset = lender.assets.iter().find(|a| a.symbol == row.collateral);
        let usd = row.seized * asset.map_or(0.0, |asset| asset.price_at(time));
        if usd.is_finite() && usd > 0.0 {
            let new = || (0.0, Thinner::new(range));
            let (total, line) = totals[place].entry(&row.collateral, new);
            line.push(time, *total);
            *total += usd;
            line.push(time, *total);
        }
    })?;
    for (lender, totals) in lenders.iter_mut().zip(totals) {
        let line = |(symbol, (_, line)): (String, (f64, Thinner))| (symbol, line.finish());
        lender.seized = totals.into_vec().into_iter().map(line).collect();
    }
    Ok(())
}
