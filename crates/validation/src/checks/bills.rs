//! Redemptions that an issuer pays by selling Treasury bills move their yield.
//!
//! Ahmed and Aldasoro, BIS working paper 1270: an inflow of 3.5 billion dollars over 5 days lowers the
//! yield of 3-month bills by 2 to 2.5 basis points within 10 days; an outflow has 2 to 3 times that
//! effect, 4 to 7.5. What an issuer buys it buys without an impact here, so that only the outflow is
//! compared.

use firesale_stablecoin::fiat::{Dealers, FiatConfig, PrimaryAccess, TierConfig};
use firesale_stablecoin::{
    AttestationConfig, DOLLAR, Decimals, HolderId, Issuer, IssuerEffect, IssuerEvent, Money,
    RailHours,
};
use firesale_types::{Rate, SimDuration, SimTime};

use crate::check::{Row, Tolerance};
use crate::coins::tell;
use crate::engine::Engine;

const BILLION: Money = 1_000_000_000 * DOLLAR;
const DAY: SimDuration = SimDuration::secs(86_400);
/// All that is redeemed.
const OUTFLOW: Money = 7 * BILLION / 2;
/// A sale too small to move anything.
const PROBE: Money = 100_000 * DOLLAR;
/// Basis points of a year of 360 days in the price of a bill of 90.
const BPS: f64 = 10_000.0 * 360.0 / 90.0;

/// The yield after the outflow, and what the sales lost.
pub(crate) fn impulse(engine: &Engine) -> Vec<Row> {
    let yields = Tolerance::Between(4.0, 7.5);
    let row = |name: &str, published, (ours, _): (f64, f64)| {
        Row::new(name.to_owned(), published, ours, yields)
    };
    let in_a_week = outflow(engine, 5);
    let at_once = outflow(engine, 1);
    vec![
        row("3-month yield after 3.5bn in 5 days, bp", 5.75, in_a_week),
        row("3-month yield after 3.5bn in a day, bp", 5.75, at_once),
        // 0.00016 a billion: the mean of 0 and 5.6 bp, a quarter of a year, 3.5 billion.
        Row::new(
            "cost of selling 3.5bn in a day, M USD".to_owned(),
            0.245,
            at_once.1,
            Tolerance::Absolute(1e-3),
        ),
    ]
}

/// An issuer with nothing but bills.
fn issuer(engine: &Engine) -> Issuer {
    let supply = 40 * BILLION;
    engine.fiat(FiatConfig {
        decimals: Decimals(6),
        supply: Decimals(6).at_par(supply),
        equity: 0,
        ladder: vec![TierConfig::bills(supply)],
        rail: RailHours::always(),
        primary: PrimaryAccess {
            dealers: Dealers::First(1),
            capacity_daily: None,
            minimum: 0,
            mint_fee: Rate::ZERO,
            redeem_fee: Rate::ZERO,
            redeems: true,
        },
        daily_limit: None,
        suspends_when_short: false,
        attestation: AttestationConfig::MONTHLY,
        bill_yield_bps: 480,
    })
}

/// Equal redemptions on so many days: by how many basis points a further bill then sells at a higher
/// yield, and the millions of dollars that the sales lost.
fn outflow(engine: &Engine, days: i64) -> (f64, f64) {
    let mut issuer = issuer(engine);
    let mut lost = 0;
    let mut now = SimTime::ZERO;
    for day in 0..days {
        now = SimTime::ZERO + SimDuration(DAY.0 * day);
        let (face, proceeds) = redeem(&mut issuer, now, OUTFLOW / Money::from(days));
        lost += face - proceeds;
    }
    let (face, proceeds) = redeem(&mut issuer, now, PROBE);
    let discount = (face - proceeds) as f64 / face as f64;
    (discount * BPS, lost as f64 / DOLLAR as f64 / 1e6)
}

/// What was sold for a redemption, and what it brings.
fn redeem(issuer: &mut Issuer, now: SimTime, usd: Money) -> (Money, Money) {
    let (holder, amount) = (HolderId(0), Decimals(6).at_par(usd));
    let mut sold = (0, 0);
    for effect in tell(issuer, now, IssuerEvent::Redeem { holder, amount }) {
        if let IssuerEffect::SellReserve { face, proceeds, .. } = effect {
            sold = (sold.0 + face, sold.1 + proceeds);
        }
    }
    sold
}
