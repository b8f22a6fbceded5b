//! Coins in a crash of what backs them.
//!
//! Klages-Mundt and Minca: a coin that is lent against collateral must be bought back when vaults are
//! liquidated, so that it rises above a dollar in the crash; Black Thursday of 2020 was such a day. A
//! coin with a reserve is worth what is left of the reserve, and falls. Both signs are the result; the
//! sizes follow from the pool by hand.
//!
//! A pool of 400 million coins and dollars is the market. At 200 dollars a hundred vaults of five
//! million stand at 1.60, 1.65, ... times their debt; at 170 the first four are below 1.5, and a
//! penalty of 13% is owed: 22.6 million coins, after which the pool is at (400 / 377.4)^2. The other
//! coin has 30% of its reserve in what falls by 15%.

use firesale_amm::ConstantProduct;
use firesale_stablecoin::collateralized::{
    AuctionRule, CollateralizedConfig, DebtAuctionRule, RisingRule, VaultAtStart,
};
use firesale_stablecoin::fiat::{Dealers, FiatConfig, PrimaryAccess, TierConfig, TierKind};
use firesale_stablecoin::{
    Amount, AttestationConfig, AuctionId, CollateralEvent, DOLLAR, Decimals, HolderId, Issuer,
    IssuerConfig, IssuerEffect, IssuerEvent, IssuerKind, Money, Prices, RailHours, TierId,
    UnitPrice,
};
use firesale_types::{Rate, SimDuration, SimTime};

use crate::check::{Row, Tolerance};
use crate::checks::pools::price_of;
use crate::coins::tell;
use crate::engine::Engine;

/// A coin or a unit of collateral of 18 decimals.
const ONE: Amount = 1_000_000_000_000_000_000;
const MILLION: Amount = 1_000_000;
/// Coins and dollars in the pool.
const DEPTH: Amount = 400 * MILLION;
/// Who buys collateral.
const KEEPER: HolderId = HolderId(1_000);
const VAULTS: u32 = 100;
/// Tokens of a vault.
const DEBT: Amount = 5 * MILLION;
/// Dollars before and after.
const PRICES: [u128; 2] = [200, 170];

/// Signs, and the prices by hand.
pub(crate) fn rows(engine: &Engine) -> Vec<Row> {
    let lent = collateralized(engine);
    let backed = reserve_backed(engine);
    let row = |name: &str, published, ours, tolerance| {
        let tolerance = Tolerance::Absolute(tolerance);
        Row::new(name.to_owned(), published, ours, tolerance)
    };
    vec![
        row(
            "over-collateralized: sign of price - 1",
            1.0,
            sign(lent.peak - 1.0),
            0.0,
        ),
        row(
            "over-collateralized: highest price",
            1.123_353,
            lent.peak,
            1e-4,
        ),
        row(
            "coins bought back over debt liquidated",
            1.13,
            lent.bought_back,
            1e-6,
        ),
        row(
            "reserve-backed: sign of price - 1",
            -1.0,
            sign(backed - 1.0),
            0.0,
        ),
        row("reserve-backed: price", 0.955, backed, 1e-4),
    ]
}

/// Above a hundredth of a percent.
fn sign(premium: f64) -> f64 {
    if libm::fabs(premium) < 1e-4 {
        0.0
    } else {
        libm::copysign(1.0, premium)
    }
}

/// A crash of a coin that is lent.
struct Lent {
    peak: f64,
    bought_back: f64,
}

const RISING: RisingRule = RisingRule {
    step: Rate::bps(300),
    bid_time: SimDuration::secs(600),
    total_time: SimDuration::secs(6 * 3_600),
};

fn vaults() -> CollateralizedConfig {
    let vault = |at: u32| VaultAtStart {
        holder: HolderId(at),
        // Collateral at 160% of the debt, and 5% more for each.
        collateral: DEBT * (160 + 5 * Amount::from(at)) * ONE / 100 / PRICES[0],
        debt: DEBT * ONE,
    };
    CollateralizedConfig {
        decimals: Decimals(18),
        collateral_decimals: Decimals(18),
        price: UnitPrice::micro_usd(PRICES[0] * MILLION),
        supply: Amount::from(VAULTS) * DEBT * ONE,
        vaults: (0..VAULTS).map(vault).collect(),
        stability_fee: Rate::ZERO,
        liquidation_ratio: Rate::bps(15_000),
        penalty: Rate::bps(1_300),
        debt_min: MILLION * ONE,
        ceiling: 1_000 * MILLION * ONE,
        auction: AuctionRule::Falling {
            start: Rate::bps(12_000),
            duration: SimDuration::secs(7_200),
        },
        debt_auction: DebtAuctionRule {
            tab: 50_000 * ONE,
            lot: 100 * ONE,
            rule: RISING,
        },
        peg_module: None,
    }
}

/// The crash, and two hours of auctions; a keeper buys coins in the pool and collateral with them as
/// long as that earns something.
fn collateralized(engine: &Engine) -> Lent {
    let mut issuer = engine.issuer(IssuerConfig::Collateralized(vaults()));
    let mut pool = engine.pool(0, [DEPTH * ONE; 2]);
    let collateral = Some((TierId(0), UnitPrice::micro_usd(PRICES[1] * MILLION)));
    let crash = IssuerEvent::Prices(Prices {
        collateral,
        ..Prices::default()
    });
    let debt = |effect: &IssuerEffect| match effect {
        IssuerEffect::AuctionStarted { .. } => DEBT as f64,
        _ => 0.0,
    };
    let begun = engine.crash(&mut issuer, SimTime::ZERO, crash);
    let liquidated: f64 = begun.iter().map(debt).sum();
    let mut peak: f64 = price_of(&pool);
    for minute in 0..120 {
        let now = SimTime::ZERO + SimDuration::secs(60 * minute);
        bid_for_all(&mut issuer, &mut pool, now);
        peak = peak.max(price_of(&pool));
    }
    let burned = issuer.supply().burned as f64 / ONE as f64;
    Lent {
        peak,
        bought_back: burned / liquidated,
    }
}

fn bid_for_all(issuer: &mut Issuer, pool: &mut ConstantProduct, now: SimTime) {
    let IssuerKind::Collateralized(state) = issuer.kind() else {
        return;
    };
    let open: Vec<(AuctionId, Amount, Amount, f64)> = state
        .auctions()
        .iter()
        .filter_map(|(id, auction)| {
            let asked = state.auction_price(*id, now)?;
            Some((*id, auction.lot, auction.tab, asked.0 as f64 / ONE as f64))
        })
        .collect();
    for (auction, lot, tab, asked) in open {
        // What a coin is worth to the keeper: collateral at the market's price.
        let worth = PRICES[1] as f64 / asked;
        let [coins, usd] = pool.reserves().map(|reserve| reserve as f64);
        let left = libm::sqrt(coins * usd / worth);
        let amount = tab.min((coins - left).max(0.0) as Amount);
        if amount < ONE {
            continue;
        }
        let cost = (usd * amount as f64 / (coins - amount as f64)) as Amount;
        let Ok(bought) = pool.swap(1, cost, 0) else {
            continue;
        };
        // A rest of a unit of the coin is the keeper's own.
        let amount = if bought.abs_diff(amount) < ONE {
            amount
        } else {
            bought
        };
        let holder = KEEPER;
        let bid = CollateralEvent::Bid {
            holder,
            auction,
            amount,
            lot,
        };
        let effects = tell(issuer, now, IssuerEvent::Collateral(bid));
        sell_back(pool, &effects);
    }
}

/// Coins that the auction did not need.
fn sell_back(pool: &mut ConstantProduct, effects: &[IssuerEffect]) {
    for effect in effects {
        if let IssuerEffect::ReturnTokens { to: KEEPER, amount } = effect {
            let _ = pool.swap(0, *amount, 0);
        }
    }
}

/// A coin with 70% of its reserve in cash and 30% in coins that fall by 15%: holders sell in the pool
/// while they get more there than a claim is worth.
fn reserve_backed(engine: &Engine) -> f64 {
    let supply = 500 * DOLLAR * MILLION as Money;
    let [cash, coins] = [supply * 7 / 10, supply * 3 / 10];
    let config = FiatConfig {
        decimals: Decimals(6),
        supply: Decimals(6).at_par(supply),
        equity: 0,
        ladder: vec![
            TierConfig::cash("bank", cash),
            TierConfig {
                kind: TierKind::Coins,
                ..TierConfig::cash("coins", coins)
            },
        ],
        rail: RailHours::always(),
        primary: PrimaryAccess {
            dealers: Dealers::First(6),
            capacity_daily: None,
            minimum: 0,
            mint_fee: Rate::ZERO,
            redeem_fee: Rate::ZERO,
            redeems: true,
        },
        daily_limit: None,
        suspends_when_short: false,
        attestation: AttestationConfig::REAL_TIME,
        bill_yield_bps: 0,
    };
    let mut issuer = engine.fiat(config);
    let fallen = PRICES[0] - PRICES[1];
    let usd = coins * fallen as Money / PRICES[0] as Money;
    let loss = IssuerEvent::ReserveLoss {
        tier: TierId(1),
        usd,
    };
    engine.crash(&mut issuer, SimTime::ZERO, loss);
    let worth = issuer.backing().redemption_value().to_f64();
    let mut pool = engine.pool(0, [DEPTH * MILLION; 2]);
    let [x, y] = pool.reserves().map(|reserve| reserve as f64);
    let sold = libm::sqrt(x * y / worth) - x;
    if sold >= 1.0 {
        let _ = pool.swap(0, sold as Amount, 0);
    }
    price_of(&pool)
}
