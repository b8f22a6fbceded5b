//! Fiat issuers under anything.

use firesale_stablecoin::fiat::{Dealers, FiatConfig, PrimaryAccess, TierConfig, TierKind};
use firesale_stablecoin::{
    AttestationConfig, DOLLAR, Decimals, HolderId, IssuerConfig, IssuerEvent, Money, Prices,
    RailHours, TierId,
};
use firesale_types::{AgentRng, Rate, SimDuration};

use crate::caller::{Caller, rng};

const HOLDERS: u64 = 6;

fn config(rng: &mut AgentRng) -> FiatConfig {
    let decimals = Decimals([6, 8, 18][rng.below(3) as usize]);
    let mut amount = || (1 + rng.below(1_000_000)) as Money * 100_000 * DOLLAR;
    let ladder = vec![
        TierConfig::cash("bank", amount()),
        TierConfig::repo(amount()),
        TierConfig::money_fund(amount()),
        TierConfig::bills(amount()),
        TierConfig::slow(TierKind::Gold, "gold", amount()),
    ];
    let assets: Money = ladder.iter().map(|tier| tier.amount).sum();
    let equity = assets / 20;
    let share = |rng: &mut AgentRng, most: u64| Rate(rng.below(most) as i64);
    FiatConfig {
        decimals,
        supply: decimals.at_par(assets - equity),
        equity,
        ladder,
        rail: RailHours::new_york(rng.below(7) as u8, SimDuration::secs(9 * 3_600)),
        primary: PrimaryAccess {
            dealers: Dealers::First(HOLDERS as u32 - 1),
            capacity_daily: rng.chance(0.3).then_some(assets / 10),
            minimum: [0, 1_000 * DOLLAR][rng.below(2) as usize],
            mint_fee: share(rng, 10_000_000),
            redeem_fee: share(rng, 10_000_000),
            redeems: true,
        },
        daily_limit: rng.chance(0.3).then(|| share(rng, 200_000_000)),
        suspends_when_short: false,
        attestation: AttestationConfig::MONTHLY,
        bill_yield_bps: 480,
    }
}

fn event(rng: &mut AgentRng, caller: &Caller) -> IssuerEvent {
    let holder = HolderId(rng.below(HOLDERS) as u32);
    let held = caller.held(holder.0);
    let tier = TierId(rng.below(5) as u16);
    let share = Rate(rng.below(1_000_000_001) as i64);
    match rng.below(20) {
        0..=6 => {
            let amount = held / 1_000 * u128::from(rng.below(1_000)) + u128::from(rng.below(9));
            let amount = amount.min(held);
            IssuerEvent::Redeem { holder, amount }
        }
        7 => IssuerEvent::Redeem {
            holder,
            amount: held,
        },
        8..=10 => {
            let usd = rng.below(1_000_000_000_000_000) as Money;
            IssuerEvent::Mint { holder, usd }
        }
        11 => IssuerEvent::Cancel { holder },
        12 => IssuerEvent::Suspend(rng.chance(0.3)),
        13 => IssuerEvent::Freeze {
            tier,
            share,
            recovery: share,
        },
        14 => IssuerEvent::Thaw {
            tier,
            recovered: share,
        },
        15 => IssuerEvent::ReserveLoss {
            tier,
            usd: rng.below(1 << 50) as Money,
        },
        16 => IssuerEvent::Capital {
            usd: rng.below(1 << 40) as Money,
        },
        17 => {
            let bill_yield_bps = Some(rng.below(900) as i32);
            IssuerEvent::Prices(Prices {
                bill_yield_bps,
                ..Prices::default()
            })
        }
        _ => IssuerEvent::Tick,
    }
}

fn run(seed: u64, events: usize) -> u128 {
    let mut rng = rng("fiat", seed);
    let config = config(&mut rng);
    let supply = config.supply;
    let mut caller = Caller::new(IssuerConfig::Fiat(config), &[supply]);
    for _ in 0..events {
        let step = rng.below(6 * 3_600) as i64;
        caller.now += SimDuration::secs(if rng.chance(0.5) { 0 } else { step });
        let event = event(&mut rng, &caller);
        caller.send(event);
    }
    caller.issuer.supply().burned
}

#[test]
fn the_books_balance_whatever_happens() {
    let burned = (0..60).filter(|seed| run(*seed, 300) > 0).count();
    assert!(burned > 50, "only {burned} of 60 runs redeemed anything");
}

#[test]
#[ignore = "millions of events; run once before a merge"]
fn the_books_balance_for_long() {
    for seed in 1_000..4_000 {
        run(seed, 1_000);
    }
}
