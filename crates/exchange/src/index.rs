//! Index prices: what an asset is worth, made of the prices of several places.
//!
//! An index is a statement about the world beyond the venue, unless the venue makes it of its own
//! book. On 10 October 2025 Binance valued USDe, wBETH and BNSOL by its own order book alone, so
//! that collateral lost a third there while it kept its value elsewhere; afterwards it gave weight
//! to the redemption rate and set a floor (N: exchange statement of 12 October 2025).

use firesale_types::{Rate, SimDuration, Usd};
use serde::{Deserialize, Serialize};

/// One place's price of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePrice {
    /// In micro-USD per whole unit, positive.
    pub price: Usd,
    /// Relative weight.
    pub weight: u32,
    /// How long ago the place last had a price of its own.
    pub age: SimDuration,
}

/// How several prices become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Average {
    /// The price at which half of the weight is reached; the mean of two where it splits evenly
    /// (Hyperliquid's validators: P).
    #[default]
    WeightedMedian,
    /// The mean (Binance and most others: P).
    WeightedMean,
}

/// What becomes of a price that is far from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlier {
    /// It gets no weight.
    Dropped,
    /// It counts as the price at the limit.
    Clamped,
}

/// The rule of one index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexRule {
    /// How prices become one.
    pub average: Average,
    /// Prices further than this from the plain median are outliers.
    pub deviation: Option<(Rate, Outlier)>,
    /// Prices older than this have no weight.
    pub stale_after: Option<SimDuration>,
    /// The part of the redemption value in the index (0: none).
    pub redemption_weight: Rate,
    /// The index is never below this part of the redemption value.
    pub floor: Option<Rate>,
}

impl IndexRule {
    /// The index from these prices, or `None` if no price is left: the last one stays.
    ///
    /// `redemption` is what the issuer pays for a unit, if it is redeemable.
    #[must_use]
    pub fn index(&self, sources: &[SourcePrice], redemption: Option<Usd>) -> Option<Usd> {
        let market = self.market(sources);
        let Some(value) = redemption else {
            return market;
        };
        let part = self.redemption_weight;
        let mixed = match market {
            Some(price) => weighted(value, part) + weighted(price, Rate::ONE - part),
            None if part > Rate::ZERO => value,
            None => return None,
        };
        let floor = self.floor.map_or(Usd::ZERO, |floor| weighted(value, floor));
        Some(mixed.max(floor))
    }

    /// The average of what is neither stale nor an outlier.
    fn market(&self, sources: &[SourcePrice]) -> Option<Usd> {
        let fresh = |source: &&SourcePrice| {
            let in_time = self.stale_after.is_none_or(|most| source.age <= most);
            source.weight > 0 && source.price > Usd::ZERO && in_time
        };
        let mut left: smallvec::SmallVec<[SourcePrice; 16]> =
            sources.iter().filter(fresh).copied().collect();
        left.sort_by_key(|source| source.price);
        if let Some((most, outlier)) = self.deviation {
            let middle = median(&left, |_| 1)?;
            let (low, high) = (
                weighted(middle, Rate::ONE - most),
                weighted(middle, Rate::ONE + most),
            );
            match outlier {
                Outlier::Dropped => left.retain(|s| (low..=high).contains(&s.price)),
                Outlier::Clamped => left
                    .iter_mut()
                    .for_each(|s| s.price = s.price.clamp(low, high)),
            }
        }
        match self.average {
            Average::WeightedMedian => median(&left, |source| source.weight),
            Average::WeightedMean => mean(&left),
        }
    }
}

/// A part of an amount, rounded down.
fn weighted(amount: Usd, part: Rate) -> Usd {
    let product = i128::from(amount.0) * i128::from(part.0) / i128::from(Rate::ONE.0);
    Usd(product.min(i128::from(i64::MAX / 4)) as i64)
}

/// The weighted median of prices in rising order; the mean of the middle two where the weight
/// splits evenly.
fn median(sorted: &[SourcePrice], weight: impl Fn(&SourcePrice) -> u32) -> Option<Usd> {
    let all: u64 = sorted.iter().map(|s| u64::from(weight(s))).sum();
    let mut below = 0;
    for (at, source) in sorted.iter().enumerate() {
        below += u64::from(weight(source));
        if 2 * below > all {
            return Some(source.price);
        }
        if 2 * below == all {
            let next = sorted.get(at + 1).map_or(source.price, |next| next.price);
            return Some(Usd((source.price.0 + next.0) / 2));
        }
    }
    None
}

fn mean(sources: &[SourcePrice]) -> Option<Usd> {
    let all: i128 = sources.iter().map(|s| i128::from(s.weight)).sum();
    let sum: i128 = sources
        .iter()
        .map(|s| i128::from(s.weight) * i128::from(s.price.0))
        .sum();
    (all > 0).then(|| Usd((sum / all) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(dollars: i64, weight: u32, age: i64) -> SourcePrice {
        SourcePrice {
            price: Usd::dollars(dollars),
            weight,
            age: SimDuration::secs(age),
        }
    }

    /// Hyperliquid's weights: Binance 3, OKX 2, Bybit 2, Kraken, Kucoin, Gate, MEXC 1 each.
    #[test]
    fn the_weighted_median_of_hyperliquid() {
        let prices = [100, 101, 103, 90, 104, 99, 200];
        let weights = [3, 2, 2, 1, 1, 1, 1];
        let sources: Vec<SourcePrice> = prices
            .iter()
            .zip(weights)
            .map(|(&price, weight)| source(price, weight, 0))
            .collect();
        // In order 90:1, 99:2, 100:5, 101:7 of 11: more than half is reached at 101.
        let rule = IndexRule::default();
        assert_eq!(rule.index(&sources, None), Some(Usd::dollars(101)));
        // Of two equal weights the mean.
        let two = [source(100, 2, 0), source(103, 2, 0)];
        assert_eq!(rule.index(&two, None), Some(Usd(101_500_000)));
        assert_eq!(rule.index(&[], None), None);
    }

    #[test]
    fn the_deviation_guard_drops_or_clamps() {
        let sources = [source(100, 1, 0), source(101, 1, 0), source(40, 2, 0)];
        let with = |deviation| IndexRule {
            average: Average::WeightedMean,
            deviation,
            ..IndexRule::default()
        };
        // (100 + 101 + 2 * 40) / 4
        assert_eq!(with(None).index(&sources, None), Some(Usd(70_250_000)));
        let five = Rate::bps(500);
        let dropped = with(Some((five, Outlier::Dropped))).index(&sources, None);
        assert_eq!(dropped, Some(Usd(100_500_000)));
        // The plain median is 100, the limit 95: (100 + 101 + 2 * 95) / 4.
        let clamped = with(Some((five, Outlier::Clamped))).index(&sources, None);
        assert_eq!(clamped, Some(Usd(97_750_000)));
    }

    #[test]
    fn stale_prices_have_no_weight() {
        let sources = [source(100, 1, 0), source(80, 5, 11)];
        let rule = IndexRule {
            stale_after: Some(SimDuration::secs(10)),
            ..IndexRule::default()
        };
        assert_eq!(rule.index(&sources, None), Some(Usd::dollars(100)));
        assert_eq!(rule.index(&sources[1..], None), None);
    }

    #[test]
    fn the_redemption_rate_holds_it_up() {
        let crashed = [source(65, 1, 0)];
        let at = |weight, floor| {
            let rule = IndexRule {
                redemption_weight: Rate::bps(weight),
                floor,
                ..IndexRule::default()
            };
            rule.index(&crashed, Some(Usd::dollars(100)))
        };
        assert_eq!(at(0, None), Some(Usd::dollars(65)));
        assert_eq!(at(6_000, None), Some(Usd::dollars(86)));
        assert_eq!(at(0, Some(Rate::bps(9_000))), Some(Usd::dollars(90)));
        // Without any market only the redemption value is left, if it counts at all.
        let rule = IndexRule {
            redemption_weight: Rate::ONE,
            ..IndexRule::default()
        };
        assert_eq!(rule.index(&[], Some(Usd(7))), Some(Usd(7)));
        assert_eq!(IndexRule::default().index(&[], Some(Usd(7))), None);
    }
}
