//! The backstop vault: depositors, lockup, unwinding.

use firesale_exchange::{
    BackstopConfig, Cause, Exchange, ExchangeEvent, Report, Stage, UnwindPolicy, VenueConfig,
    VenueRecord,
};
use firesale_types::{AccountId, Rate, Side, SimDuration, Usd};

use crate::lab::{BTC, FIRST, Lab, USD, perp, vault};

fn venue(backstop: BackstopConfig) -> VenueConfig {
    VenueConfig {
        backstop: Some(backstop),
        ..VenueConfig::plain("vault", USD, vec![perp("BTC", BTC)])
    }
}

fn deposit(lab: &mut Lab, account: AccountId, dollars: i64) -> Option<Report> {
    let amount = Usd::dollars(dollars);
    lab.apply(ExchangeEvent::VaultDeposit { account, amount });
    lab.last_report(account)
}

fn withdraw(lab: &mut Lab, account: AccountId, shares: i64) -> Option<Report> {
    lab.apply(ExchangeEvent::VaultWithdraw { account, shares });
    lab.last_report(account)
}

/// A long of ten at 1000 with 600 dollars, taken over at 945 (equity 50 of 472.5), where nobody
/// bids.
fn take_over(lab: &mut Lab) {
    let (long, short) = (lab.cross(600), lab.cross(1_000_000));
    lab.seed(long, FIRST, 10, 1000);
    lab.seed(short, FIRST, -10, 1000);
    lab.set_mark(FIRST, 945);
    lab.advance(1000);
    assert_eq!(lab.closes().last().unwrap().3, Stage::Backstop);
}

#[test]
fn depositors_share_what_the_vault_gains() {
    let mut lab = Lab::new(venue(vault(10_000)));
    let depositor = lab.cross(8_000);
    let report = deposit(&mut lab, depositor, 5_000);
    assert!(matches!(
        report,
        Some(Report::VaultDeposited {
            shares: 5_000_000_000,
            ..
        })
    ));
    take_over(&mut lab);
    // It took ten lots at 945 and 50 dollars; at 1005 they are worth 600 more.
    lab.set_mark(FIRST, 1005);
    assert_eq!(lab.exchange.vault_profit(), Usd::dollars(650));
    // A third of 15,650.
    assert_eq!(lab.exchange.vault_stake(depositor), Usd(5_216_666_666));
    let report = withdraw(&mut lab, depositor, 2_500_000_000);
    assert!(matches!(
        report,
        Some(Report::VaultWithdrawn {
            amount: Usd(2_608_333_333),
            ..
        })
    ));
    assert_eq!(lab.exchange.vault_shares(depositor), 2_500_000_000);
    // Who comes later pays the present price: 13,041.67 for 12,500 shares.
    let late = lab.cross(2_000);
    let report = deposit(&mut lab, late, 1_000);
    assert!(matches!(
        report,
        Some(Report::VaultDeposited {
            shares: 958_466_453,
            ..
        })
    ));
    assert_eq!(lab.exchange.vault_profit(), Usd::dollars(650));
}

#[test]
fn lockup_and_limits_are_kept() {
    let rules = BackstopConfig {
        lockup: SimDuration::secs(10),
        ..vault(3_000)
    };
    let mut lab = Lab::new(venue(rules));
    let depositor = lab.cross(5_000);
    assert!(matches!(
        deposit(&mut lab, depositor, 6_000),
        Some(Report::VaultRefused)
    ));
    deposit(&mut lab, depositor, 2_000);
    let all = lab.exchange.vault_shares(depositor);
    assert!(matches!(
        withdraw(&mut lab, depositor, all),
        Some(Report::VaultRefused)
    ));
    lab.advance(10_000);
    assert!(matches!(
        withdraw(&mut lab, depositor, all + 1),
        Some(Report::VaultRefused)
    ));
    assert!(matches!(
        withdraw(&mut lab, Exchange::INSURANCE, 1),
        Some(Report::VaultRefused)
    ));
    take_over(&mut lab);
    // At 700 the vault has 2,600 dollars and a notional of 7,000, which needs 1,750 at four times.
    // The whole stake is worth 1,040, four fifths of it 832: only that leaves enough.
    lab.set_mark(FIRST, 700);
    assert!(matches!(
        withdraw(&mut lab, depositor, all),
        Some(Report::VaultRefused)
    ));
    let part = all * 8 / 10;
    assert!(matches!(
        withdraw(&mut lab, depositor, part),
        Some(Report::VaultWithdrawn { .. })
    ));
}

#[test]
fn inventory_is_sold_in_parts() {
    let rules = BackstopConfig {
        unwind: Some(UnwindPolicy {
            period: SimDuration::secs(5),
            fraction: Rate::bps(4_000),
            slippage: Rate::bps(100),
        }),
        ..vault(10_000)
    };
    let mut lab = Lab::new(venue(rules));
    take_over(&mut lab);
    let buyer = lab.cross(100_000);
    // One per cent below 945 is 935.55: 936 is inside, 930 is not.
    lab.limit(buyer, 0, Side::Buy, 936, 5);
    lab.limit(buyer, 1, Side::Buy, 930, 100);
    let held = |lab: &Lab| lab.qty(Exchange::BACKSTOP, FIRST);
    lab.advance(4_000);
    // Four of ten, then one of the three that 40% of six are rounded up to.
    assert_eq!(held(&lab), 6);
    lab.advance(5_000);
    assert_eq!(held(&lab), 5);
    lab.advance(60_000);
    assert_eq!(held(&lab), 5);
    let causes = lab.records.iter().filter_map(|record| match record {
        VenueRecord::Trade { cause, .. } => Some(*cause),
        _ => None,
    });
    assert!(causes.into_iter().all(|cause| cause == Cause::unwind(0)));
}
