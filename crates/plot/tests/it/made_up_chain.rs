//! A made-up week of two coins, their pools and a lender, written like a real run.
//!
//! Nothing here is a model: curves that look like a coin of dollars whose bank fails over a weekend
//! and a coin of an algorithm that dies in five days.

use std::path::Path;

use firesale_record::{
    ChainRow, HealthRow, LendingRow, LiquidityRow, Moment, NewsMark, PegRow, PoolRow, PoolTickRow,
    RedemptionRow, ReserveRow, RunWriter, SeizureRow, StablecoinRow, WriterOptions,
};
use firesale_types::AgentRng;

use crate::degenerate::{count, odd, time};
use crate::made_up;

/// Five days, a row every ten minutes.
pub(crate) const END: i64 = 5 * 86_400;
const STEP: usize = 600;
/// Redemptions rest from here to there.
pub(crate) const CLOSED: (i64, i64) = (86_400, 3 * 86_400);

fn ns(second: i64) -> i64 {
    second * 1_000_000_000
}

/// 0 to 1 between two moments, smoothly.
fn rise(t: f64, from: f64, to: f64) -> f64 {
    let x = ((t - from) / (to - from)).clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// 0, then 1 around the second day, then 0 again.
fn weekend(t: f64) -> f64 {
    rise(t, 86_400.0, 120_000.0) * (1.0 - rise(t, 250_000.0, 270_000.0))
}

/// The algorithm's death: 0 to 1.
fn death(t: f64) -> f64 {
    rise(t, 100_000.0, 400_000.0)
}

/// What the algorithm's coin costs: 1 to a hundredth of a cent.
fn broken(t: f64) -> f64 {
    libm::pow(10.0, -4.0 * death(t))
}

/// Writes tables and manifest.
pub(crate) fn week(dir: &Path) {
    let names = made_up::names();
    let mut writer = RunWriter::create(dir, names, WriterOptions::default()).unwrap();
    for second in (0..=END).step_by(STEP) {
        pegs(&mut writer, second);
        issuers(&mut writer, second);
        pools(&mut writer, second);
        lender(&mut writer, second);
        chain(&mut writer, second);
    }
    ticks(&mut writer);
    writer.finish().unwrap();
    let mut manifest = made_up::manifest();
    manifest.scenario = "made_up_week".into();
    manifest.clock_start = Some("2023-03-10T00:00:00Z".into());
    manifest.simulated_ns = ns(END);
    let news = |second, label: &str| NewsMark {
        time_ns: ns(second),
        label: label.into(),
    };
    manifest.news = vec![
        news(90_000, "3.3 of 40 billion are at the failed bank"),
        news(250_000, "all depositors will be made whole"),
    ];
    manifest.write(dir).unwrap();
}

fn pegs(writer: &mut RunWriter, second: i64) {
    let t = second as f64;
    let noise = 0.002 * libm::sin(t / 900.0) * libm::sin(t / 7100.0);
    let low = weekend(t);
    let rows = [
        ("USDX", "exchange", "venue", 1.0 - 0.12 * low + noise),
        ("USDX", "far_venue", "venue", 1.0 - 0.09 * low - noise),
        ("USDX", "3pool", "pool", 1.0 - 0.10 * low),
        (
            "USDX",
            "narrow_pool",
            "pool",
            1.0 - 0.105 * low + noise / 2.0,
        ),
        ("USDX", "lender", "lender", 1.0),
        ("USDX", "issuer_of_usdx", "issuer", 1.0 - 0.04 * low),
        ("UST", "exchange", "venue", broken(t) * (1.0 + 5.0 * noise)),
        ("UST", "3pool", "pool", broken(t)),
    ];
    for (coin, place, kind, price) in rows {
        writer
            .push(PegRow {
                time_ns: ns(second),
                coin: coin.into(),
                place: place.into(),
                kind: kind.into(),
                price,
            })
            .unwrap();
    }
}

fn issuers(writer: &mut RunWriter, second: i64) {
    let t = second as f64;
    let paid = 2.9e9 * rise(t, 20_000.0, 86_400.0) + 4.1e9 * rise(t, 260_000.0, 400_000.0);
    let open = !(CLOSED.0..CLOSED.1).contains(&second);
    let stuck = if (90_000..250_000).contains(&second) {
        3.3e9
    } else {
        0.0
    };
    let waits = if open {
        2e8 * (1.0 - rise(t, 260_000.0, 300_000.0)) * f64::from(u8::from(t > 2e5))
    } else {
        3.5e9 * rise(t, 86_400.0, 250_000.0)
    };
    let usdx = StablecoinRow {
        time_ns: ns(second),
        issuer: "issuer_of_usdx".into(),
        coin: "USDX".into(),
        supply: 40e9 - paid,
        minted: 40e9 + 0.2e9 * t / END as f64,
        burned: paid,
        redeemed_usd: paid,
        queue_length: (waits / 1e7) as i64,
        queue: waits,
        open,
        reserve_ratio: 1.0,
        redemption_value: 1.0 - 0.02 * weekend(t),
        public_worth: 1.0 - 0.04 * weekend(t),
        seigniorage_supply: f64::NAN,
        anchored: f64::NAN,
    };
    let printed = 350e6 * libm::pow(10.0, 4.27 * death(t));
    let ust = StablecoinRow {
        issuer: "algorithm".into(),
        coin: "UST".into(),
        supply: 18e9 - 7e9 * death(t),
        minted: 0.0,
        burned: 7e9 * death(t),
        redeemed_usd: 1.1e9 * death(t),
        queue_length: 0,
        queue: 0.0,
        open: true,
        redemption_value: f64::NAN,
        public_worth: f64::NAN,
        seigniorage_supply: printed,
        anchored: 14e9 * (1.0 - 0.8 * rise(t, 90_000.0, 300_000.0)),
        ..usdx.clone()
    };
    writer.push(usdx).unwrap();
    writer.push(ust).unwrap();
    let tiers = [
        ("cash at other banks", 5.4e9 - paid.min(5.2e9), 0.0),
        ("silicon valley bank", 3.3e9 - stuck, stuck),
        ("overnight repo", 20e9 - (paid - 5.2e9).max(0.0), 0.0),
        ("treasury bills", 11.5e9, 0.0),
    ];
    for (rank, (tier, usd, frozen_usd)) in tiers.into_iter().enumerate() {
        writer
            .push(ReserveRow {
                time_ns: ns(second),
                issuer: "issuer_of_usdx".into(),
                tier: tier.into(),
                rank: rank as i64,
                usd,
                frozen_usd,
            })
            .unwrap();
    }
    if second % 7200 == 0 {
        writer
            .push(RedemptionRow {
                time_ns: ns(second),
                issuer: "issuer_of_usdx".into(),
                agent: None,
                population: None,
                event: "refused".into(),
                coins: f64::NAN,
                usd: f64::NAN,
                detail: "closed".into(),
                weight: 1,
            })
            .unwrap();
    }
}

fn pools(writer: &mut RunWriter, second: i64) {
    let t = second as f64;
    let low = weekend(t);
    let ether = 1500.0 * (1.0 - 0.3 * death(t));
    let three = [
        ("DAI", 171e6 * (1.0 - 0.7 * low), 1.0),
        ("USDX", 175e6 * (1.0 + 1.2 * low), 1.0 - 0.1 * low),
        ("USDT", 89e6 * (1.0 - 0.85 * low), 1.0),
    ];
    let pair = [
        ("ETH", 50e6 / 1500.0, ether),
        ("USDX", 50e6 * (ether / 1500.0), 1.0 / ether),
    ];
    for (pool, coins) in [("3pool", &three[..]), ("narrow_pool", &pair[..])] {
        let all: f64 = coins.iter().map(|c| c.1).sum();
        for &(coin, reserve, price) in coins {
            writer
                .push(PoolRow {
                    time_ns: ns(second),
                    pool: pool.into(),
                    coin: coin.into(),
                    reserve,
                    share: reserve / all,
                    price,
                    volume_in: 1e6,
                    volume_out: 1e6,
                })
                .unwrap();
        }
    }
    let fall = 1.0 - 0.15 * death(t);
    writer
        .push(LiquidityRow {
            time_ns: ns(second),
            pool: "3pool".into(),
            value_usd: 435e6 * (1.0 - 0.6 * low),
            share: fall - 0.010 * death(t) + 0.004 * t / END as f64,
            hold: fall,
            rebalance: fall - 0.001 * libm::sin(t / 30_000.0) * low,
        })
        .unwrap();
}

/// A narrow position around the price, a wider one, and the full range.
fn ticks(writer: &mut RunWriter) {
    let before = [
        (1e-36, 700.0, 2e14),
        (700.0, 1200.0, 1.1e15),
        (1200.0, 1450.0, 4e15),
        (1450.0, 1600.0, 2.5e16),
        (1600.0, 2000.0, 4e15),
        (2000.0, 1e36, 2e14),
    ];
    let after = [
        (1e-36, 700.0, 2e14),
        (700.0, 980.0, 2e15),
        (980.0, 1150.0, 9e15),
        (1400.0, 1800.0, 1.5e15),
        (1800.0, 1e36, 2e14),
    ];
    for (moment, price, ranges) in [
        (Moment::Before, 1500.0, &before[..]),
        (Moment::After, 1050.0, &after[..]),
    ] {
        for &(lower, upper, liquidity) in ranges {
            writer
                .push(PoolTickRow {
                    time_ns: if moment == Moment::Before { 0 } else { ns(END) },
                    moment,
                    pool: "narrow_pool".into(),
                    lower,
                    upper,
                    liquidity,
                    price,
                })
                .unwrap();
        }
    }
}

/// Collateral costs 1,500 dollars on the first day and 1,050 on the last.
fn lender(writer: &mut RunWriter, second: i64) {
    let t = second as f64;
    let ether = 1500.0 * (1.0 - 0.3 * death(t));
    let drawn = 0.6 + 0.4 * rise(t, 90_000.0, 200_000.0);
    let bad = 2.4e6 * rise(t, 300_000.0, 310_000.0);
    let assets = [
        (
            "USDX",
            1.0,
            900e6,
            900e6 * drawn,
            0.02 + 0.6 * (drawn - 0.6),
            bad,
        ),
        ("ETH", ether, 2e9 * ether / 1500.0, 1e8, 0.01, 0.0),
    ];
    for (asset, price, supplied_usd, borrowed_usd, borrow_rate, bad_debt_usd) in assets {
        writer
            .push(LendingRow {
                time_ns: ns(second),
                lender: "lender".into(),
                asset: asset.into(),
                price,
                supplied_usd,
                borrowed_usd,
                available_usd: supplied_usd - borrowed_usd,
                utilization: borrowed_usd / supplied_usd,
                borrow_rate,
                supply_rate: borrow_rate / 2.0,
                bad_debt_usd,
            })
            .unwrap();
    }
    let edges = [0.0, 0.8, 0.95, 1.0, 1.05, 1.1, 1.25, 1.5, 2.0, f64::NAN];
    let calm = [0.0, 0.0, 0.0, 2e7, 5e7, 2e8, 3e8, 2.5e8, 8e7];
    let fallen = [3e6, 6e6, 2e7, 1e8, 1.2e8, 1.5e8, 9e7, 4e7, 1e7];
    let wave = 0.5 + 0.5 * libm::sin(t / 9_000.0);
    for (place, band) in edges.windows(2).enumerate() {
        let mix = death(t) * (0.8 + 0.2 * wave);
        let debt_usd = calm[place] * (1.0 - mix) + fallen[place] * mix;
        writer
            .push(HealthRow {
                time_ns: ns(second),
                lender: "lender".into(),
                from: band[0],
                to: band[1],
                accounts: (debt_usd / 1e5) as i64,
                debt_usd,
                collateral_usd: debt_usd * 1.5,
            })
            .unwrap();
    }
    if second % 6000 == 0 && (150_000..350_000).contains(&second) {
        seizure(writer, second);
    }
}

fn seizure(writer: &mut RunWriter, second: i64) {
    writer
        .push(SeizureRow {
            time_ns: ns(second),
            lender: "lender".into(),
            borrower: Some(5),
            population: None,
            keeper: Some(7),
            debt: "USDX".into(),
            repaid: 1e6,
            collateral: if second % 18_000 == 0 { "USDX" } else { "ETH" }.into(),
            seized: 900.0,
            bad_debt: 0.0,
            weight: 1,
        })
        .unwrap();
}

fn chain(writer: &mut RunWriter, second: i64) {
    let t = second as f64;
    let crowd = weekend(t) * (0.6 + 0.4 * libm::sin(t / 5000.0));
    writer
        .push(ChainRow {
            time_ns: ns(second),
            chain: "ethereum".into(),
            base_fee_gwei: 20.0 * libm::pow(10.0, 1.9 * crowd),
            blocks: 50,
            gas_used: 7e8,
            gas_agents: 1e7,
            included: 40 + (90.0 * crowd) as i64,
            failed: (20.0 * crowd) as i64,
            dropped: (60.0 * (crowd - 0.7).max(0.0)) as i64,
            waiting: (700.0 * crowd * crowd) as i64,
        })
        .unwrap();
}

/// A row of each table, with numbers and names that break naive code.
pub(crate) fn absurd(writer: &mut RunWriter, dice: &mut AgentRng) {
    const NAMES: [&str; 6] = ["", "a", "b", "USDX", "../..", "<svg>\n"];
    fn word(dice: &mut AgentRng) -> std::borrow::Cow<'static, str> {
        NAMES[dice.below(6) as usize].into()
    }
    let kinds = ["venue", "pool", "lender", "issuer", ""];
    let events = ["refused", "lost", "paid", ""];
    let peg = PegRow {
        time_ns: time(dice),
        coin: word(dice),
        place: word(dice),
        kind: kinds[dice.below(5) as usize].into(),
        price: odd(dice),
    };
    writer.push(peg).unwrap();
    let coin = StablecoinRow {
        time_ns: time(dice),
        issuer: word(dice),
        coin: word(dice),
        supply: odd(dice),
        minted: odd(dice),
        burned: odd(dice),
        redeemed_usd: odd(dice),
        queue_length: count(dice),
        queue: odd(dice),
        open: dice.chance(0.5),
        reserve_ratio: odd(dice),
        redemption_value: odd(dice),
        public_worth: odd(dice),
        seigniorage_supply: odd(dice),
        anchored: odd(dice),
    };
    writer.push(coin).unwrap();
    let reserve = ReserveRow {
        time_ns: time(dice),
        issuer: word(dice),
        tier: word(dice),
        rank: count(dice),
        usd: odd(dice),
        frozen_usd: odd(dice),
    };
    writer.push(reserve).unwrap();
    let redemption = RedemptionRow {
        time_ns: time(dice),
        issuer: word(dice),
        agent: Some(count(dice)),
        population: None,
        event: events[dice.below(4) as usize].into(),
        coins: odd(dice),
        usd: odd(dice),
        detail: word(dice),
        weight: 0,
    };
    writer.push(redemption).unwrap();
    absurd_pools(writer, dice, word);
    absurd_lenders(writer, dice, word);
}

type Word = fn(&mut AgentRng) -> std::borrow::Cow<'static, str>;

fn absurd_pools(writer: &mut RunWriter, dice: &mut AgentRng, word: Word) {
    let chain = ChainRow {
        time_ns: time(dice),
        chain: word(dice),
        base_fee_gwei: odd(dice),
        blocks: count(dice),
        gas_used: odd(dice),
        gas_agents: odd(dice),
        included: count(dice),
        failed: count(dice),
        dropped: count(dice),
        waiting: count(dice),
    };
    writer.push(chain).unwrap();
    let pool = PoolRow {
        time_ns: time(dice),
        pool: word(dice),
        coin: word(dice),
        reserve: odd(dice),
        share: odd(dice),
        price: odd(dice),
        volume_in: odd(dice),
        volume_out: odd(dice),
    };
    writer.push(pool).unwrap();
    let liquidity = LiquidityRow {
        time_ns: time(dice),
        pool: word(dice),
        value_usd: odd(dice),
        share: odd(dice),
        hold: odd(dice),
        rebalance: odd(dice),
    };
    writer.push(liquidity).unwrap();
    let ticks = PoolTickRow {
        time_ns: time(dice),
        moment: Moment::ALL[dice.below(2) as usize],
        pool: word(dice),
        lower: odd(dice),
        upper: odd(dice),
        liquidity: odd(dice),
        price: odd(dice),
    };
    writer.push(ticks).unwrap();
}

fn absurd_lenders(writer: &mut RunWriter, dice: &mut AgentRng, word: Word) {
    let lending = LendingRow {
        time_ns: time(dice),
        lender: word(dice),
        asset: word(dice),
        price: odd(dice),
        supplied_usd: odd(dice),
        borrowed_usd: odd(dice),
        available_usd: odd(dice),
        utilization: odd(dice),
        borrow_rate: odd(dice),
        supply_rate: odd(dice),
        bad_debt_usd: odd(dice),
    };
    writer.push(lending).unwrap();
    let health = HealthRow {
        time_ns: time(dice),
        lender: word(dice),
        from: odd(dice),
        to: odd(dice),
        accounts: count(dice),
        debt_usd: odd(dice),
        collateral_usd: odd(dice),
    };
    writer.push(health).unwrap();
    let seizure = SeizureRow {
        time_ns: time(dice),
        lender: word(dice),
        borrower: None,
        population: None,
        keeper: None,
        debt: word(dice),
        repaid: odd(dice),
        collateral: word(dice),
        seized: odd(dice),
        bad_debt: odd(dice),
        weight: 1,
    };
    writer.push(seizure).unwrap();
}
