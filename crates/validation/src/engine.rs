//! The engine under test, whole or with one rule broken on purpose.

use std::path::{Path, PathBuf};

use firesale_exchange::{
    AdlCandidate, AdlNeed, AdlPolicy, BrakesConfig, ClearingConfig, FundingRule, InstrumentConfig,
    LuldTier, MarginTier, MarginTiers, PortfolioMargin, VenueConfig,
};
use firesale_matching::naive::{self, Book, NaiveBook};
use firesale_matching::{
    BookConfig, BookEvent, Fill, Host, OrderBook, OrderHandle, OrderRequest, OrderView, Pricing,
    TimeInForce,
};
use firesale_types::{AccountId, OrderId, Price, Qty, Rate, Side, SimDuration, SimTime};

use crate::mutation::Mutation;

/// Makes the books, venues, pools and issuers that a check works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Engine {
    mutation: Option<Mutation>,
    /// Random checks take one part in so many of their sample.
    thinning: u32,
    /// The directory of published data that are not part of the project.
    data: Option<PathBuf>,
}

impl Engine {
    /// The engine as it is.
    #[must_use]
    pub const fn real() -> Self {
        Self {
            mutation: None,
            thinning: 1,
            data: None,
        }
    }

    /// The engine with a broken rule.
    #[must_use]
    pub const fn mutated(mutation: Mutation) -> Self {
        Self {
            mutation: Some(mutation),
            thinning: 1,
            data: None,
        }
    }

    /// The same engine, with the directory in which the data of some checks lie, each in a folder of
    /// its own. A check whose folder is absent is skipped.
    #[must_use]
    pub fn with_data(mut self, directory: Option<&Path>) -> Self {
        self.data = directory.map(Path::to_owned);
        self
    }

    /// A folder of data, if there is one.
    pub(crate) fn data(&self, folder: &str) -> Option<PathBuf> {
        let found = self.data.as_ref()?.join(folder);
        found.is_dir().then_some(found)
    }

    /// The same engine, measured by random checks with one part in `by` of their sample (at least
    /// one): for effects that are large against the noise of a small sample. The tolerances are
    /// those of the whole sample.
    #[must_use]
    pub const fn thinned(mut self, by: u32) -> Self {
        self.thinning = if by == 0 { 1 } else { by };
        self
    }

    /// How much of a sample of this size is taken.
    pub(crate) fn sample(&self, size: u32) -> u32 {
        (size / self.thinning).max(2)
    }

    /// An empty book. `window` is the width of the dense ladder: speed only.
    pub(crate) fn market(&self, window: u32) -> Market {
        let config = BookConfig {
            window,
            ..BookConfig::default()
        };
        let book = match self.mutation {
            Some(Mutation::LastInFirstOut) => Twin::Naive(NaiveBook::with_mutation(
                config,
                naive::Mutation::LastInFirstOut,
            )),
            _ => Twin::Real(OrderBook::new(config)),
        };
        Market {
            book,
            mutation: self.mutation,
            orders: FIRST_FRESH,
        }
    }

    /// The rules of a venue, one of them broken if this engine is.
    pub(crate) fn venue(&self, mut config: VenueConfig) -> VenueConfig {
        for instrument in &mut config.instruments {
            self.break_instrument(instrument);
        }
        if let Some(grid) = &mut config.portfolio {
            self.break_grid(grid);
        }
        if let Some(house) = &mut config.clearing {
            self.break_house(house);
        }
        if self.mutation == Some(Mutation::BrakesLoosened) {
            loosen(&mut config.brakes);
        }
        config
    }

    /// Whether this rule is the broken one.
    pub(crate) fn breaks(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// How many lots each candidate gives under a rule.
    pub(crate) fn deleverage(
        &self,
        policy: AdlPolicy,
        candidates: &[AdlCandidate],
        need: &AdlNeed,
    ) -> Vec<Qty> {
        let policy = match self.mutation {
            Some(Mutation::DeleveragedByLot) => AdlPolicy::Random,
            _ => policy,
        };
        let mut given = policy.allocate(candidates, need);
        if self.mutation == Some(Mutation::DeleveragedWhole) {
            for (lots, candidate) in given.iter_mut().zip(candidates) {
                if *lots > Qty::ZERO {
                    *lots = candidate.lots;
                }
            }
        }
        given
    }

    fn break_grid(&self, grid: &mut PortfolioMargin) {
        if self.mutation == Some(Mutation::ShocksHalved) {
            let overrides = grid.overrides.iter_mut().map(|own| &mut own.shocks);
            let shocks = overrides.chain([&mut grid.shocks]).flatten();
            let add_ons = [&mut grid.basis, &mut grid.concentration, &mut grid.minimum];
            for rate in shocks.chain(add_ons) {
                *rate = Rate(rate.0 / 2);
            }
        }
    }

    fn break_house(&self, house: &mut ClearingConfig) {
        match self.mutation {
            Some(Mutation::CoverOne) => house.cover = 1,
            Some(Mutation::OwnCapitalLast) => {
                house.second_capital += std::mem::take(&mut house.own_capital);
            }
            Some(Mutation::GainsSpared) => house.gains_haircut = Rate::ZERO,
            _ => {}
        }
    }

    fn break_instrument(&self, instrument: &mut InstrumentConfig) {
        match self.mutation {
            Some(Mutation::MaintenanceHalved) => change_tiers(&mut instrument.tiers, |tier| {
                tier.maintenance = Rate(tier.maintenance.0 / 2);
            }),
            Some(Mutation::InitialMarginDoubled) => change_tiers(&mut instrument.tiers, |tier| {
                tier.max_leverage = Rate(tier.max_leverage.0 / 2);
            }),
            Some(Mutation::InterestIgnored) => {
                if let FundingRule::PremiumIndex { clamp, .. } = &mut instrument.funding {
                    *clamp = Rate::ZERO;
                }
            }
            Some(Mutation::FundingInWhole) => {
                if let FundingRule::PremiumIndex {
                    interval, period, ..
                } = &mut instrument.funding
                {
                    *period = *interval;
                }
            }
            _ => {}
        }
    }
}

/// Wider bands and breakers, longer times.
fn loosen(brakes: &mut BrakesConfig) {
    let twice = |span: &mut SimDuration| span.0 *= 2;
    if let Some(luld) = &mut brakes.luld {
        for tier in &mut luld.tiers {
            *tier = match *tier {
                LuldTier::One => LuldTier::Two,
                LuldTier::Two => LuldTier::Cheap,
                LuldTier::Cheap | LuldTier::Exempt => LuldTier::Exempt,
            };
        }
        twice(&mut luld.limit_state);
        twice(&mut luld.halt);
    }
    if let Some(market) = &mut brakes.market_wide {
        for level in &mut market.levels {
            level.fall = Rate(level.fall.0 * 3 / 2);
            let mut halt = level.halt.unwrap_or(SimDuration::secs(900));
            twice(&mut halt);
            level.halt = Some(halt);
        }
    }
    if let Some(rolling) = &mut brakes.rolling {
        rolling.width = Rate(rolling.width.0 * 2);
        twice(&mut rolling.window);
        twice(&mut rolling.pause);
    }
}

fn change_tiers(tiers: &mut MarginTiers, change: impl Fn(&mut MarginTier)) {
    let mut table = tiers.tiers().to_vec();
    table.iter_mut().for_each(change);
    *tiers = MarginTiers::new(table).expect("a changed tier keeps the order of the table");
}

/// Where the accounts of [`Market::fresh_id`] begin; a model may number its own below.
const FIRST_FRESH: u32 = 1 << 30;

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one of it exists at a time")]
enum Twin {
    Real(OrderBook),
    Naive(NaiveBook),
}

/// One trade of one lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trade {
    pub(crate) maker: OrderId,
    pub(crate) price: Price,
}

/// A book for orders of one lot, as the models of the literature have them.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    book: Twin,
    mutation: Option<Mutation>,
    orders: u32,
}

/// Forwards a call to whichever book it is.
macro_rules! with {
    ($market:expr, $book:ident => $call:expr) => {
        match &mut $market.book {
            Twin::Real($book) => $call,
            Twin::Naive($book) => $call,
        }
    };
}

impl Market {
    /// An identity that no other order of this book has, of an account of its own.
    pub(crate) fn fresh_id(&mut self) -> OrderId {
        self.orders = self.orders.wrapping_add(1);
        OrderId::new(AccountId(self.orders), 0, 0)
    }

    /// Places a limit order of one lot; `None` if it does not rest.
    pub(crate) fn rest(&mut self, id: OrderId, side: Side, price: Price) -> Option<OrderHandle> {
        let request = OrderRequest::limit(id, side, price, Qty(1));
        let done = with!(self, book => Book::submit(book, SimTime::ZERO, &request, &mut Silent));
        done.ok().and_then(|submitted| submitted.resting)
    }

    /// Takes one lot at `limit` or better.
    pub(crate) fn take(&mut self, side: Side, limit: Price) -> Option<Trade> {
        let request = OrderRequest {
            pricing: Pricing::Limit(limit),
            tif: TimeInForce::Ioc,
            ..OrderRequest::market(self.fresh_id(), side, Qty(1))
        };
        let mut host = LastFill(None);
        let done = with!(self, book => Book::submit(book, SimTime::ZERO, &request, &mut host));
        let fill = done.ok().and(host.0)?;
        let price = match self.mutation {
            Some(Mutation::TakersPrice) => limit,
            _ => fill.price,
        };
        Some(Trade {
            maker: fill.maker,
            price,
        })
    }

    /// Takes an order of a side back.
    pub(crate) fn cancel(&mut self, side: Side, handle: OrderHandle, id: OrderId) {
        if self.mutation == Some(Mutation::BidCancelsDropped) && side == Side::Buy {
            return;
        }
        self.remove(handle, id);
    }

    /// An unknown order is one that the broken rule has left behind or taken away; the model then
    /// goes on with the book as it is.
    fn remove(&mut self, handle: OrderHandle, id: OrderId) {
        let _ = with!(self, book => Book::cancel(book, handle, id, &mut Silent));
    }

    /// The best price of a side and how many lots stand there.
    pub(crate) fn best(&self, side: Side) -> Option<(Price, i64)> {
        let best = match &self.book {
            Twin::Real(book) => book.best(side),
            Twin::Naive(book) => Book::best(book, side),
        };
        best.map(|(price, qty)| (price, qty.0))
    }

    /// How many lots of a side stand at `limit` or better.
    pub(crate) fn depth_to(&self, side: Side, limit: Price) -> i64 {
        let (qty, _) = match &self.book {
            Twin::Real(book) => book.depth_to(side, limit),
            Twin::Naive(book) => Book::depth_to(book, side, limit),
        };
        qty.0
    }

    /// The n-th order of a queue, the first to trade being 0.
    pub(crate) fn nth(&self, side: Side, price: Price, n: usize) -> Option<OrderView> {
        match &self.book {
            Twin::Real(book) => book.orders_at(side, price).nth(n),
            Twin::Naive(book) => Book::orders_at(book, side, price).into_iter().nth(n),
        }
    }

    /// The queue of a price.
    pub(crate) fn queue(&self, side: Side, price: Price) -> Vec<OrderView> {
        match &self.book {
            Twin::Real(book) => book.orders_at(side, price).collect(),
            Twin::Naive(book) => Book::orders_at(book, side, price),
        }
    }

    /// Empties the book, whatever rule is broken.
    pub(crate) fn clear(&mut self) {
        for side in [Side::Buy, Side::Sell] {
            while let Some((price, _)) = self.best(side)
                && let Some(order) = self.nth(side, price, 0)
            {
                self.remove(order.handle, order.id);
            }
        }
    }
}

/// Listens to nothing.
struct Silent;

impl Host for Silent {
    fn reducible(&self, _account: AccountId, _side: Side) -> Qty {
        Qty::ZERO
    }

    fn on_event(&mut self, _event: BookEvent) {}
}

/// Keeps the last fill.
struct LastFill(Option<Fill>);

impl Host for LastFill {
    fn reducible(&self, _account: AccountId, _side: Side) -> Qty {
        Qty::ZERO
    }

    fn on_event(&mut self, event: BookEvent) {
        if let BookEvent::Fill(fill) = event {
            self.0 = Some(fill);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two bids at 10 and one at 9; what a sell down to 5 trades with.
    fn sell(engine: &Engine) -> (Trade, [OrderId; 3]) {
        let mut market = engine.market(64);
        let ids = [10, 10, 9].map(|price| {
            let id = market.fresh_id();
            assert!(market.rest(id, Side::Buy, Price(price)).is_some());
            id
        });
        (market.take(Side::Sell, Price(5)).unwrap(), ids)
    }

    #[test]
    fn each_mutation_breaks_its_rule_only() {
        let (trade, ids) = sell(&Engine::real());
        assert_eq!((trade.maker, trade.price), (ids[0], Price(10)));
        let (trade, ids) = sell(&Engine::mutated(Mutation::LastInFirstOut));
        assert_eq!((trade.maker, trade.price), (ids[1], Price(10)));
        let (trade, ids) = sell(&Engine::mutated(Mutation::TakersPrice));
        assert_eq!((trade.maker, trade.price), (ids[0], Price(5)));
    }

    #[test]
    fn dropped_cancels_leave_bids_only() {
        let mut market = Engine::mutated(Mutation::BidCancelsDropped).market(64);
        for (side, price, left) in [(Side::Buy, 10, true), (Side::Sell, 12, false)] {
            let id = market.fresh_id();
            let handle = market.rest(id, side, Price(price)).unwrap();
            market.cancel(side, handle, id);
            assert_eq!(market.best(side).is_some(), left);
        }
        market.clear();
        assert_eq!(market.best(Side::Buy), None);
    }
}
