//! A venue with one perpetual and nothing else, for checks that compute on paper.

use firesale_exchange::{
    AccountSpec, AdlPolicy, Effects, Exchange, ExchangeEvent, FundingRule, InstrumentConfig,
    LiquidationConfig, MarginMode, MarginTiers, MarkRule, VenueConfig,
};
use firesale_matching::OrderRequest;
use firesale_types::{
    AccountId, AssetId, InstrumentId, OrderId, Price, Qty, Rate, Side, SimTime, UnitValue, Usd,
};

use crate::engine::Engine;

/// The settlement asset.
pub(crate) const DOLLAR: AssetId = AssetId(0);
/// The asset under the perpetual.
pub(crate) const COIN: AssetId = AssetId(1);
/// The perpetual.
pub(crate) const PERP: InstrumentId = InstrumentId(0);

/// A perpetual on one coin a lot, with one margin tier, a scripted mark and no fees; a tick is a
/// micro-dollar times `unit`.
pub(crate) fn perpetual(
    initial_price: Price,
    unit: UnitValue,
    maintenance: Rate,
    max_leverage: Rate,
    funding: FundingRule,
) -> InstrumentConfig {
    let tiers = MarginTiers::flat(maintenance, max_leverage);
    let tiers = tiers.expect("the tiers of a check are sound");
    InstrumentConfig {
        mark: MarkRule::Scripted,
        funding,
        ..InstrumentConfig::perp("COIN-PERP", COIN, (unit, 1_000_000), tiers, initial_price)
    }
}

/// A venue and the moment at which it stands.
#[derive(Clone)]
pub(crate) struct Venue {
    pub(crate) exchange: Exchange,
    pub(crate) effects: Effects,
    pub(crate) now: SimTime,
}

impl Venue {
    /// A venue with this perpetual; liquidation orders trade no worse than the bankruptcy price.
    pub(crate) fn new(engine: &Engine, perpetual: InstrumentConfig, liquidates: bool) -> Self {
        let config = VenueConfig {
            liquidation: LiquidationConfig {
                enabled: liquidates,
                book_attempts: 1,
                ..LiquidationConfig::default()
            },
            adl: AdlPolicy::Off,
            ..VenueConfig::plain("paper", DOLLAR, vec![perpetual])
        };
        Self {
            exchange: Exchange::new(engine.venue(config)).expect("the venue of a check is sound"),
            effects: Effects::default(),
            now: SimTime::ZERO,
        }
    }

    /// Opens an account with money on it.
    pub(crate) fn open(&mut self, margin_mode: MarginMode, dollars: i64) -> AccountId {
        let account = self.exchange.open_account(AccountSpec {
            margin_mode,
            ..AccountSpec::default()
        });
        self.exchange
            .credit(account, DOLLAR, Usd::dollars(dollars))
            .expect("the account exists");
        account
    }

    /// Something happens now.
    pub(crate) fn apply(&mut self, event: &ExchangeEvent) {
        self.exchange.apply(self.now, event, &mut self.effects);
    }

    /// A limit order of an account.
    pub(crate) fn limit(
        &mut self,
        account: AccountId,
        slot: u16,
        side: Side,
        price: Price,
        qty: Qty,
    ) {
        let id = OrderId::new(account, slot, 0);
        self.apply(&ExchangeEvent::Order {
            instrument: PERP,
            request: OrderRequest::limit(id, side, price, qty),
        });
    }

    /// A trade at a price between two accounts, through the book; the first one buys.
    pub(crate) fn trade(&mut self, buyer: AccountId, seller: AccountId, price: Price, qty: Qty) {
        self.limit(seller, 0, Side::Sell, price, qty);
        self.limit(buyer, 0, Side::Buy, price, qty);
    }

    /// A new mark.
    pub(crate) fn mark(&mut self, price: Price) {
        self.apply(&ExchangeEvent::SetMark {
            instrument: PERP,
            price,
        });
    }
}
