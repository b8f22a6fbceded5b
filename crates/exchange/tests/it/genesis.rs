//! What a venue may start from.

use firesale_exchange::{AccountSpec, ConfigError, Exchange, GenesisError, MarginMode};
use firesale_types::{AccountId, AssetId, InstrumentId, Price, Qty, Rate, SimDuration, Usd};

use crate::lab::{BTC, ETH, FIRST, Lab, SECOND, USD, perp, plain, spot, times};

#[test]
fn longs_must_equal_shorts() {
    let mut lab = Lab::new(plain(vec![perp("BTC", BTC), perp("ETH", ETH)]));
    let (a, b) = (lab.cross(1_000_000), lab.cross(1_000_000));
    lab.seed(a, FIRST, 10, 1000);
    lab.seed(b, FIRST, -10, 1010);
    lab.seed(a, SECOND, 7, 1000);
    lab.seed(b, SECOND, -5, 1000);
    let wrong = lab.exchange.check_genesis().unwrap_err();
    assert_eq!(wrong.to_string(), "ETH: longs hold 7 lots, shorts hold 5");
}

#[test]
fn seeds_are_checked() {
    let mut exchange = Exchange::new(plain(vec![perp("BTC", BTC), spot("ETH", ETH)])).unwrap();
    let cross = exchange.open_account(AccountSpec::default());
    let isolated = exchange.open_account(AccountSpec {
        margin_mode: MarginMode::Isolated,
        ..AccountSpec::default()
    });
    let first = Exchange::SYSTEM_ACCOUNTS;
    assert_eq!((cross, isolated), (AccountId(first), AccountId(first + 1)));
    let mut seed = |account, instrument, qty, entry, margin| {
        exchange.seed_position(account, instrument, Qty(qty), Price(entry), margin)
    };
    let margin = Some(Usd::dollars(5));
    assert_eq!(
        seed(AccountId(first + 9), FIRST, 1, 1, None),
        Err(GenesisError::Unknown)
    );
    assert_eq!(
        seed(cross, InstrumentId(9), 1, 1, None),
        Err(GenesisError::Unknown)
    );
    assert_eq!(seed(cross, SECOND, 1, 1, None), Err(GenesisError::Spot));
    assert_eq!(
        seed(cross, FIRST, 0, 1, None),
        Err(GenesisError::OutOfRange)
    );
    assert_eq!(
        seed(cross, FIRST, 1, 0, None),
        Err(GenesisError::OutOfRange)
    );
    assert_eq!(
        seed(cross, FIRST, i64::MAX, 1, None),
        Err(GenesisError::OutOfRange)
    );
    assert_eq!(seed(cross, FIRST, 1, 1, margin), Err(GenesisError::Margin));
    assert_eq!(seed(isolated, FIRST, 1, 1, None), Err(GenesisError::Margin));
    assert_eq!(seed(isolated, FIRST, 1, 1, margin), Ok(()));
    assert_eq!(
        seed(isolated, FIRST, 1, 1, margin),
        Err(GenesisError::Twice)
    );
    let mut credit = |account, asset, amount| exchange.credit(account, asset, Usd(amount));
    assert_eq!(credit(cross, USD, 0), Err(GenesisError::OutOfRange));
    assert_eq!(credit(cross, USD, i64::MAX), Err(GenesisError::OutOfRange));
    assert_eq!(credit(cross, AssetId(8), 1), Err(GenesisError::Unknown));
    assert_eq!(credit(cross, ETH, 1), Ok(()));
    let low = exchange.set_leverage(cross, FIRST, Rate::bps(9999));
    assert_eq!(low, Err(GenesisError::OutOfRange));
    assert_eq!(exchange.set_leverage(cross, FIRST, times(3)), Ok(()));
}

#[test]
fn a_position_seeded_under_water_is_found_at_the_first_event() {
    let mut lab = Lab::new(plain(vec![perp("BTC", BTC)]));
    let (a, b) = (lab.cross(10), lab.cross(1_000_000));
    lab.seed(a, FIRST, 10, 1000);
    lab.seed(b, FIRST, -10, 1000);
    lab.set_mark(FIRST, 1001);
    assert!(lab.exchange.in_liquidation(a));
}

#[test]
fn rules_are_checked() {
    let good = || plain(vec![perp("BTC", BTC), spot("ETH", ETH)]);
    assert!(good().validate().is_ok());
    let wrong = |change: fn(&mut firesale_exchange::VenueConfig)| {
        let mut config = good();
        change(&mut config);
        Exchange::new(config).unwrap_err().to_string()
    };
    assert_eq!(
        wrong(|c| c.instruments[0].unit.0 = 0),
        "instrument BTC: tick times lot is not a positive number of micro-dollars"
    );
    assert_eq!(
        wrong(|c| c.instruments[1].symbol = "BTC".to_owned()),
        "instrument BTC: its symbol is used twice"
    );
    assert_eq!(
        wrong(|c| c.instruments[0].tiers = firesale_exchange::MarginTiers::none()),
        "instrument BTC: a perpetual or a future needs margin tiers"
    );
    assert_eq!(
        wrong(
            |c| c.instruments[0].mark = firesale_exchange::MarkRule::MedianOfThree {
                window: SimDuration::secs(30)
            }
        ),
        "instrument BTC: this mark rule needs a mark period"
    );
    assert_eq!(
        wrong(|c| c.margin_call_ratio = times(21)),
        "instrument BTC: the margin call ratio asks for more than all"
    );
    assert_eq!(
        wrong(|c| c.fees.maker = Rate::bps(-1)),
        "venue: the maker's rebate is more than the taker pays"
    );
    assert_eq!(
        wrong(|c| c.liquidation.partial_fraction = Rate::ZERO),
        "venue: the partial fraction is not above 0 and at most 1"
    );
    assert_eq!(
        wrong(|c| c.insurance_fund = Usd(-1)),
        "venue: the insurance fund is negative or above the limit"
    );
    let tiers = firesale_exchange::MarginTiers::flat(Rate::bps(1000), times(10));
    assert_eq!(
        tiers,
        Err(ConfigError::Tiers {
            tier: 1,
            key: "maintenance",
            why: "maintenance margin is not between zero and initial margin"
        })
    );
}
