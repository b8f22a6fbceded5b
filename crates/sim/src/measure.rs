//! The figures of `summary.json`, gathered while a run goes on.
//!
//! Figures of an asset (`name.BTC`) refer to its leading market: the perpetual with the largest open
//! interest at the start, or its spot market if there is no perpetual. Prices are last trades at the
//! record's steps. The reference moment is the scenario's last news, or the start without news.

use std::collections::BTreeMap;

use firesale_record::{Summary, TickRow, metrics};
use firesale_types::{AccountId, Side, SimTime, Usd, VenueId};

use crate::calls::Calls;
use crate::cascade::Cascades;
use crate::recorder::Flow;
use crate::{Market, MarketId};

const MINUTE: i64 = 60_000_000_000;
const HOUR: i64 = 60 * MINUTE;

/// The path of one market.
#[derive(Debug, Default)]
struct Path {
    times: Vec<i64>,
    last: Vec<f64>,
    low: Vec<f64>,
    spread: Vec<f64>,
    bid_depth: Vec<f64>,
    open_interest: Vec<f64>,
}

/// What the measures know of an asset.
#[derive(Clone, Debug)]
pub(crate) struct AssetMarkets {
    pub(crate) symbol: String,
    pub(crate) leading: MarketId,
    pub(crate) all: Vec<MarketId>,
    pub(crate) perps: Vec<MarketId>,
    /// Neither BTC nor ETH: the alts of `alt_mean_open_to_low_frac`.
    pub(crate) alt: bool,
}

/// Everything that is counted on the way.
#[derive(Debug)]
pub(crate) struct Measures {
    news_at: SimTime,
    assets: Vec<AssetMarkets>,
    venues: Vec<String>,
    paths: Vec<Path>,
    symbols: Vec<String>,
    pub(crate) calls: Calls,
    liquidated: BTreeMap<(VenueId, bool), f64>,
    accounts_liquidated: u64,
    largest: BTreeMap<(VenueId, AccountId), f64>,
    by_minute: BTreeMap<i64, f64>,
    first_liquidation: Option<SimTime>,
    first_adl: Option<SimTime>,
    adl: f64,
    loss_shared: Usd,
    adl_in_profit: f64,
    adl_by_account: BTreeMap<(VenueId, AccountId), (f64, f64)>,
    negative: BTreeMap<(VenueId, AccountId), (Usd, u32)>,
    funding: BTreeMap<String, (f64, f64)>,
}

impl Measures {
    pub(crate) fn new(
        news_at: SimTime,
        assets: Vec<AssetMarkets>,
        venues: Vec<String>,
        markets: usize,
        symbols: Vec<String>,
    ) -> Self {
        Self {
            news_at,
            assets,
            venues,
            paths: (0..markets).map(|_| Path::default()).collect(),
            symbols,
            calls: Calls::default(),
            liquidated: BTreeMap::new(),
            accounts_liquidated: 0,
            largest: BTreeMap::new(),
            by_minute: BTreeMap::new(),
            first_liquidation: None,
            first_adl: None,
            adl: 0.0,
            loss_shared: Usd::ZERO,
            adl_in_profit: 0.0,
            adl_by_account: BTreeMap::new(),
            negative: BTreeMap::new(),
            funding: BTreeMap::new(),
        }
    }

    pub(crate) fn tick(&mut self, now: SimTime, market: &Market, row: &TickRow, flow: Flow) {
        let path = &mut self.paths[market.id.index()];
        path.times.push(now.0);
        path.last.push(row.last);
        path.low.push(row.low);
        path.spread.push(row.spread_bps);
        path.bid_depth.push(row.bid_depth_1pct_usd);
        path.open_interest.push(row.open_interest_usd);
        *self.by_minute.entry(now.0 / MINUTE).or_default() +=
            flow.liquidated_long + flow.liquidated_short;
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one record")]
    pub(crate) fn liquidation(
        &mut self,
        at: SimTime,
        venue: VenueId,
        account: AccountId,
        side: Side,
        notional: f64,
        weight: u32,
        cascades: &Cascades,
    ) {
        *self
            .liquidated
            .entry((venue, side == Side::Buy))
            .or_default() += notional;
        *self.largest.entry((venue, account)).or_default() += notional / f64::from(weight);
        self.first_liquidation.get_or_insert(at);
        if cascades.last_was_new() {
            self.accounts_liquidated += u64::from(weight);
        }
    }

    pub(crate) fn adl(
        &mut self,
        at: SimTime,
        venue: VenueId,
        winner: AccountId,
        notional: f64,
        in_profit: bool,
        weight: u32,
    ) {
        self.first_adl.get_or_insert(at);
        self.adl += notional;
        if in_profit {
            self.adl_in_profit += notional;
        }
        self.adl_by_account
            .entry((venue, winner))
            .or_insert((0.0, f64::from(weight)))
            .0 += notional;
    }

    pub(crate) fn loss_shared(&mut self, amount: Usd) {
        self.loss_shared += amount;
    }

    pub(crate) fn bad_debt(
        &mut self,
        venue: VenueId,
        account: AccountId,
        amount: Usd,
        weight: u32,
    ) {
        self.negative
            .entry((venue, account))
            .or_insert((Usd::ZERO, weight))
            .0 += amount;
    }

    /// The deficit booked for an account.
    pub(crate) fn deficit(&self, venue: VenueId, account: AccountId) -> Usd {
        self.negative
            .get(&(venue, account))
            .map_or(Usd::ZERO, |d| d.0)
    }

    pub(crate) fn funding(&mut self, market: &Market, rate: f64) {
        let (low, high) = self
            .funding
            .entry(market.symbol.clone())
            .or_insert((rate, rate));
        *low = low.min(rate);
        *high = high.max(rate);
    }

    /// Everything that was counted, as named figures.
    pub(crate) fn summary(&self, cascades: &mut Cascades) -> Summary {
        let mut s = Summary::default();
        self.forced(&mut s);
        self.deleveraging(&mut s);
        for asset in &self.assets {
            self.asset(asset, &mut s);
        }
        self.alts(&mut s);
        let all: Vec<MarketId> = self
            .assets
            .iter()
            .flat_map(|a| a.perps.iter().copied())
            .collect();
        s.set("open_interest_change_frac", self.open_interest_change(&all));
        for (symbol, (low, high)) in &self.funding {
            s.set(format!("funding_min.{symbol}"), *low);
            s.set(format!("funding_max.{symbol}"), *high);
        }
        cascades.figures(&mut s);
        s.set("margin_calls", self.calls.sent as f64);
        s
    }

    fn forced(&self, s: &mut Summary) {
        let sum = |long: bool| {
            self.liquidated
                .iter()
                .filter(|((_, l), _)| *l == long)
                .map(|(_, v)| v)
                .sum::<f64>()
        };
        let (long, short) = (sum(true), sum(false));
        let total = long + short;
        s.set("liquidated_usd", total);
        s.set("liquidated_long_usd", long);
        s.set("liquidated_short_usd", short);
        s.set("liquidated_long_share", (total > 0.0).then(|| long / total));
        for (v, name) in self.venues.iter().enumerate() {
            let at = |long| {
                self.liquidated
                    .get(&(VenueId(v as u16), long))
                    .copied()
                    .unwrap_or(0.0)
            };
            s.set(format!("liquidated_usd.{name}"), at(true) + at(false));
        }
        s.set(
            "liquidated_peak_minute_usd",
            self.by_minute.values().copied().fold(0.0, f64::max),
        );
        s.set("accounts_liquidated", self.accounts_liquidated as f64);
        s.set(
            "largest_liquidation_usd",
            self.largest.values().copied().fold(0.0, f64::max),
        );
        s.set(
            "negative_equity_usd",
            self.negative.values().map(|d| d.0.to_f64()).sum::<f64>(),
        );
        s.set(
            "negative_equity_accounts",
            self.negative.values().map(|d| f64::from(d.1)).sum::<f64>(),
        );
    }

    fn deleveraging(&self, s: &mut Summary) {
        let total: f64 = self.liquidated.values().sum();
        let holders = || self.adl_by_account.values().copied();
        let any = self.adl > 0.0;
        s.set("adl_usd", self.adl);
        if !self.loss_shared.is_zero() {
            s.set("loss_shared_usd", self.loss_shared.to_f64());
        }
        s.set(
            "adl_over_liquidated",
            (total > 0.0).then(|| self.adl / total),
        );
        s.set(
            "adl_in_profit_share",
            any.then(|| self.adl_in_profit / self.adl),
        );
        s.set("adl_top10_share", metrics::top_share(holders(), 10.0));
        s.set("adl_gini", metrics::gini(holders()));
        let delay = self
            .first_liquidation
            .zip(self.first_adl)
            .map(|(l, a)| a.since(l).seconds());
        s.set("first_adl_after_first_liquidation_s", delay);
    }

    fn asset(&self, asset: &AssetMarkets, s: &mut Summary) {
        let name = &asset.symbol;
        let (drawdown, retrace, fastest) = self.fall(asset.leading);
        s.set(format!("drawdown_frac.{name}"), drawdown);
        s.set(format!("retrace_frac.{name}"), retrace);
        s.set(format!("fastest_30m_drop_frac.{name}"), fastest);
        for &market in &asset.all {
            let (drawdown, ..) = self.fall(market);
            s.set(
                format!("drawdown_frac.{}", self.symbols[market.index()]),
                drawdown,
            );
        }
        let depth = self.sum_paths(&asset.all, |p| &p.bid_depth);
        let leading = &self.paths[asset.leading.index()];
        let extreme = |values: &[f64], which, missing| {
            let series: Vec<_> = leading
                .times
                .iter()
                .copied()
                .zip(values.iter().copied())
                .collect();
            metrics::extreme_over_before(&series, self.news_at.0, HOUR, MINUTE, which, missing)
        };
        s.set(
            format!("depth_min_over_pre.{name}"),
            extreme(&depth, metrics::Extreme::Lowest, Some(0.0)),
        );
        s.set(
            format!("spread_max_over_pre.{name}"),
            extreme(&leading.spread, metrics::Extreme::Highest, None),
        );
        s.set(
            format!("open_interest_change_frac.{name}"),
            self.open_interest_change(&asset.perps),
        );
    }

    fn alts(&self, s: &mut Summary) {
        let falls: Vec<f64> = self
            .assets
            .iter()
            .filter(|a| a.alt)
            .filter_map(|a| self.fall(a.leading).0)
            .collect();
        let mean = (!falls.is_empty()).then(|| falls.iter().sum::<f64>() / falls.len() as f64);
        s.set("alt_mean_open_to_low_frac", mean);
    }

    fn sum_paths(&self, markets: &[MarketId], field: impl Fn(&Path) -> &Vec<f64>) -> Vec<f64> {
        let length = self.paths.first().map_or(0, |p| p.times.len());
        (0..length)
            .map(|i| {
                markets
                    .iter()
                    .map(|m| field(&self.paths[m.index()])[i])
                    .sum()
            })
            .collect()
    }

    /// Change of open interest in dollars from the news to the end.
    fn open_interest_change(&self, markets: &[MarketId]) -> Option<f64> {
        let sums = self.sum_paths(markets, |p| &p.open_interest);
        let before = sums.get(self.step_at(self.news_at.0)).copied()?;
        let end = sums.last().copied()?;
        (before > 0.0).then(|| end / before - 1.0)
    }

    /// The last step not after a time.
    fn step_at(&self, time: i64) -> usize {
        let times = self.paths.first().map_or(&[][..], |p| &p.times);
        times.partition_point(|t| *t <= time).saturating_sub(1)
    }

    /// Largest fall from the price at the news to the lowest trade within an hour of it; the part of it that was made good
    /// two hours after the news (or at the end); the largest fall within any 30 minutes.
    fn fall(&self, market: MarketId) -> (Option<f64>, Option<f64>, Option<f64>) {
        let path = &self.paths[market.index()];
        if path.times.is_empty() {
            return (None, None, None);
        }
        let from = self.step_at(self.news_at.0);
        let reference = path.last[from];
        let hour = self.step_at(self.news_at.0 + HOUR);
        let low = path.low[from..=hour]
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min);
        let late = self.step_at(self.news_at.0 + 2 * HOUR);
        let lowest = path.low[from..=late]
            .iter()
            .copied()
            .fold(f64::INFINITY, f64::min);
        let retrace =
            (lowest < reference).then(|| (path.last[late] - lowest) / (reference - lowest));
        let mut window = metrics::FastestDrop::new(30 * MINUTE);
        for (t, p) in path.times.iter().zip(&path.last) {
            window.push(*t, *p);
        }
        (Some(1.0 - low / reference), retrace, window.drop_frac())
    }
}
