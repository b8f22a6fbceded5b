//! Portfolio margin on paper, through the exchange: what a hedge needs, what it saves, and what is
//! missing when the basis opens.
//!
//! Two perpetuals on one coin at 1000 dollars a lot; tiers of 5% maintenance and 10% initial. The
//! grid: the coin falls or rises by 15%, 2% on what is set off, at least 0.5% of the gross notional,
//! initial margin 1.3 times maintenance (form: domain facts 2.1; the numbers are the example's).
//!
//! * Long 10 of one: 15% of 10,000 = 1,500.
//! * Long 10, short 4: 15% of 6,000 and 2% of 4,000 = 980.
//! * Long 10, short 10: 2% of 10,000 = 200. Cross margin: 5% of 20,000 = 1,000.
//!
//! Both accounts of the last line begin with just their initial margins, 260 and 2,000. The short
//! leg's mark gaps to 1060: both lose 600. The cross account has 1,400 left; the portfolio account
//! is 340 below zero, and the venue's bad debt is 340.

use firesale_exchange::{
    AccountSpec, AdlPolicy, Effects, Exchange, ExchangeEvent, FundingRule, InstrumentConfig,
    MarginMode, PortfolioMargin, VenueConfig,
};
use firesale_types::{
    AccountId, InstrumentId, Price, Qty, Rate, SimDuration, SimTime, UnitValue, Usd,
};

use crate::check::{Row, Tolerance};
use crate::checks::venue::{DOLLAR, perpetual};
use crate::engine::Engine;

const EXACT: Tolerance = Tolerance::Absolute(5e-7);

/// The examples.
pub(crate) fn examples(engine: &Engine) -> Vec<Row> {
    let row = |name: &str, published, ours: Usd| {
        Row::new(name.to_owned(), published, ours.to_f64(), EXACT)
    };
    let maintenance = |mode, lots| {
        let (exchange, account) = book(engine, mode, lots, Usd::dollars(1_000_000));
        exchange.maintenance(account)
    };
    let portfolio = MarginMode::Portfolio;
    let [cross_left, cross_debt] = when_the_basis_opens(engine, MarginMode::Cross);
    let [portfolio_left, portfolio_debt] = when_the_basis_opens(engine, portfolio);
    vec![
        row(
            "long 10: maintenance",
            1500.0,
            maintenance(portfolio, [10, 0]),
        ),
        row(
            "long 10, short 4: maintenance",
            980.0,
            maintenance(portfolio, [10, -4]),
        ),
        row(
            "long 10, short 10: maintenance",
            200.0,
            maintenance(portfolio, [10, -10]),
        ),
        row(
            "the same with cross margin",
            1000.0,
            maintenance(MarginMode::Cross, [10, -10]),
        ),
        row(
            "the basis opens: cross less bad debt",
            1400.0,
            cross_left - cross_debt,
        ),
        row(
            "the basis opens: bad debt of portfolio",
            340.0,
            portfolio_debt,
        ),
        row(
            "the basis opens: portfolio less bad debt",
            -340.0,
            portfolio_left - portfolio_debt,
        ),
    ]
}

/// A venue where an account holds lots of both perpetuals; another has the other sides.
fn book(engine: &Engine, mode: MarginMode, lots: [i64; 2], money: Usd) -> (Exchange, AccountId) {
    let tenfold = Rate(10 * Rate::ONE.0);
    let dollar_a_lot = UnitValue(1_000_000);
    let contract = |symbol: &str| InstrumentConfig {
        symbol: symbol.to_owned(),
        ..perpetual(
            Price(1000),
            dollar_a_lot,
            Rate::bps(500),
            tenfold,
            FundingRule::Off,
        )
    };
    let config = VenueConfig {
        portfolio: Some(PortfolioMargin {
            shocks: vec![Rate::bps(-1500), Rate::bps(1500)],
            volatility: vec![Rate::ONE],
            basis: Rate::bps(200),
            ..PortfolioMargin::default()
        }),
        adl: AdlPolicy::Off,
        ..VenueConfig::plain("paper", DOLLAR, vec![contract("A"), contract("B")])
    };
    let mut exchange = Exchange::new(engine.venue(config)).expect("the venue of a check is sound");
    let mut open = |margin_mode, money: Usd| {
        let account = exchange.open_account(AccountSpec {
            margin_mode,
            ..AccountSpec::default()
        });
        let credited = exchange.credit(account, DOLLAR, money);
        credited.expect("the account exists");
        account
    };
    let account = open(mode, money);
    let other = open(MarginMode::Cross, Usd::dollars(1_000_000));
    for (at, qty) in (0..).zip(lots).filter(|(_, qty)| *qty != 0) {
        for (holder, qty) in [(account, qty), (other, -qty)] {
            let seeded =
                exchange.seed_position(holder, InstrumentId(at), Qty(qty), Price(1000), None);
            seeded.expect("the position is sound");
        }
    }
    (exchange, account)
}

/// A hedged book that begins with its initial margin: equity of the account, and the venue's bad
/// debt, after the gap and its liquidation.
fn when_the_basis_opens(engine: &Engine, mode: MarginMode) -> [Usd; 2] {
    let lots = [10, -10];
    let plenty = Usd::dollars(1_000_000);
    let (exchange, account) = book(engine, mode, lots, plenty);
    let initial = plenty - exchange.free_margin(account);
    let (mut exchange, account) = book(engine, mode, lots, initial);
    let mut effects = Effects::default();
    let mut now = SimTime::ZERO;
    let gap = ExchangeEvent::SetMark {
        instrument: InstrumentId(1),
        price: Price(1060),
    };
    exchange.apply(now, &gap, &mut effects);
    while let Some(step) = effects.later.pop() {
        now += SimDuration::secs(1);
        exchange.apply(now, &step.event, &mut effects);
    }
    let debt = Usd(i64::try_from(exchange.bad_debt()).unwrap_or(i64::MAX));
    [exchange.equity(account), debt]
}
