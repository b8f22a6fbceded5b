//! Stable assets: what they cost where, and what their issuers have.

use firesale_record::{PegRow, RecordError, RedemptionRow, ReserveRow, RunReader, StablecoinRow};

use super::ordered::Ordered;
use super::series::{Bins, Lasts, Points, Thinner};
use super::{FINE_BINS, seconds};

/// One coin and what it costs.
#[derive(Clone, Debug)]
pub struct Coin {
    /// Its symbol.
    pub symbol: String,
    /// Where it has a price.
    pub places: Vec<Place>,
}

/// A price of a coin.
#[derive(Clone, Debug)]
pub struct Place {
    /// The venue, pool, lending market or issuer.
    pub name: String,
    /// What kind of place: venue, pool, lender, issuer.
    pub kind: String,
    /// USD.
    pub price: Points,
}

/// An issuer.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Its name.
    pub name: String,
    /// Its coin.
    pub coin: String,
    /// Coins that exist.
    pub supply: Points,
    /// Coins made since the start.
    pub minted: Points,
    /// Coins destroyed since the start.
    pub burned: Points,
    /// Paid for redemptions since the start, USD.
    pub redeemed: Points,
    /// Coins in redemptions that wait.
    pub queue: Points,
    /// What a coin is worth to whoever waits for everything, in truth, USD.
    pub worth: Points,
    /// Seigniorage tokens that exist.
    pub seigniorage: Points,
    /// Coins in the yield anchor.
    pub anchored: Points,
    /// When redemptions were not paid, from and to.
    pub closed: Vec<(f64, f64)>,
    /// Redemptions and other wishes that were refused.
    pub refused: u64,
    /// What the reserve lost for good, USD.
    pub lost: f64,
    /// Parts of the reserve in the order in which they are used.
    pub tiers: Vec<Tier>,
    /// The bins of the parts' series.
    pub bins: Bins,
}

/// One part of a reserve, in equal bins of time.
#[derive(Clone, Debug)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// What can be reached, USD.
    pub usd: Vec<f64>,
    /// What cannot, USD.
    pub frozen: Vec<f64>,
}

/// Reads `pegs`.
pub(super) fn scan_coins(reader: &RunReader, range: (f64, f64)) -> Result<Vec<Coin>, RecordError> {
    let mut coins: Ordered<Ordered<(String, String, Thinner)>> = Ordered::new();
    reader.scan::<PegRow>(|row| {
        // A venue and a pool may bear one name.
        let key = format!("{}\n{}", row.kind, row.place);
        let new = || {
            let line = Thinner::new(range);
            (row.place.to_string(), row.kind.to_string(), line)
        };
        let places = coins.entry(&row.coin, Ordered::new);
        let (.., line) = places.entry(&key, new);
        line.push(seconds(row.time_ns), row.price);
    })?;
    let place = |(_, (name, kind, line)): (String, (String, String, Thinner))| Place {
        name,
        kind,
        price: line.finish(),
    };
    let coin = |(symbol, places): (String, Ordered<_>)| Coin {
        symbol,
        places: places.into_vec().into_iter().map(place).collect(),
    };
    Ok(coins.into_vec().into_iter().map(coin).collect())
}

/// An issuer while its rows go by.
struct Gathered {
    coin: String,
    /// Supply, minted, burned, redeemed, queue, worth, seigniorage, anchored.
    lines: [Thinner; 8],
    closed: Vec<(f64, f64)>,
    closed_since: Option<f64>,
    refused: u64,
    lost: f64,
    tiers: Ordered<(i64, Lasts, Lasts)>,
}

impl Gathered {
    fn new(coin: &str, range: (f64, f64)) -> Self {
        Self {
            coin: coin.to_owned(),
            lines: std::array::from_fn(|_| Thinner::new(range)),
            closed: Vec::new(),
            closed_since: None,
            refused: 0,
            lost: 0.0,
            tiers: Ordered::new(),
        }
    }

    fn push(&mut self, row: &StablecoinRow) {
        let time = seconds(row.time_ns);
        let values = [
            row.supply,
            row.minted,
            row.burned,
            row.redeemed_usd,
            row.queue,
            row.redemption_value,
            row.seigniorage_supply,
            row.anchored,
        ];
        for (line, value) in self.lines.iter_mut().zip(values) {
            line.push(time, value);
        }
        if row.open {
            let span = self.closed_since.take().map(|since| (since, time));
            self.closed.extend(span);
        } else {
            self.closed_since.get_or_insert(time);
        }
    }

    fn finish(mut self, name: String, (from, to): (f64, f64), bins: Bins) -> Issuer {
        let last = self.closed_since.map(|since| (since, to));
        self.closed.extend(last);
        let inside = |&(a, b): &(f64, f64)| (a.max(from), b.min(to));
        let [
            supply,
            minted,
            burned,
            redeemed,
            queue,
            worth,
            seigniorage,
            anchored,
        ] = self.lines.map(Thinner::finish);
        let mut tiers = self.tiers.into_vec();
        tiers.sort_by_key(|(_, (rank, ..))| *rank);
        let tier = |(name, (_, usd, frozen)): (String, (i64, Lasts, Lasts))| Tier {
            name,
            usd: usd.finish(),
            frozen: frozen.finish(),
        };
        Issuer {
            name,
            coin: self.coin,
            supply,
            minted,
            burned,
            redeemed,
            queue,
            worth,
            seigniorage,
            anchored,
            closed: self.closed.iter().map(inside).collect(),
            refused: self.refused,
            lost: self.lost,
            tiers: tiers.into_iter().map(tier).collect(),
            bins,
        }
    }
}

/// Reads `stablecoins`, `reserves` and `redemptions`.
pub(super) fn scan_issuers(
    reader: &RunReader,
    range: (f64, f64),
) -> Result<Vec<Issuer>, RecordError> {
    let bins = Bins::fine(range, FINE_BINS);
    let mut issuers: Ordered<Gathered> = Ordered::new();
    reader.scan::<StablecoinRow>(|row| {
        let new = || Gathered::new(&row.coin, range);
        issuers.entry(&row.issuer, new).push(&row);
    })?;
    reader.scan::<ReserveRow>(|row| {
        if let Some(issuer) = issuers.get_mut(&row.issuer) {
            let new = || (row.rank, Lasts::new(bins), Lasts::new(bins));
            let (_, usd, frozen) = issuer.tiers.entry(&row.tier, new);
            usd.set(seconds(row.time_ns), row.usd);
            frozen.set(seconds(row.time_ns), row.frozen_usd);
        }
    })?;
    reader.scan::<RedemptionRow>(|row| {
        if let Some(issuer) = issuers.get_mut(&row.issuer) {
            match &*row.event {
                "refused" => issuer.refused += 1,
                "lost" if row.usd.is_finite() => issuer.lost += row.usd,
                _ => {}
            }
        }
    })?;
    let finish = |(name, gathered): (String, Gathered)| gathered.finish(name, range, bins);
    Ok(issuers.into_vec().into_iter().map(finish).collect())
}
