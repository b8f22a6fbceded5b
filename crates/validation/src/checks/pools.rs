//! Closed forms of the constant product, through the pool of integers.
//!
//! With x y = L^2 and no fee a trade of dx moves the price y / x by the factor (x / (x + dx))^2, and
//! at the price P the pool is worth 2 L sqrt(P), which falls behind what was put in by
//! 2 sqrt(r) / (1 + r) - 1 when the price is r times what it was. With a fee, g = 0.997 of the input
//! counts: out = y g dx / (x + g dx).

use firesale_amm::ConstantProduct;

use crate::check::{Row, Tolerance};
use crate::engine::Engine;

/// A million tokens of 18 decimals.
const RESERVE: u128 = 1_000_000_000_000_000_000_000_000;

/// Figures are exact; the tolerance is that of their printed digits.
const TOLERANCE: Tolerance = Tolerance::Absolute(1e-6);

/// (dx / x, price after over price before, out over y with a fee of 0.3%).
const TRADES: [(f64, f64, f64); 3] = [
    (0.01, 0.980_296, 0.009_871_6),
    (0.1, 0.826_446, 0.090_661_1),
    (1.0, 0.25, 0.499_248_9),
];

/// (price, value of a pool with L = 1).
const VALUES: [(f64, f64); 2] = [(0.25, 1.0), (4.0, 4.0)];

/// (r, loss in percent).
const LOSSES: [(f64, f64); 4] = [(0.5, -5.719), (1.25, -0.619_2), (2.0, -5.719), (4.0, -20.0)];

/// Prices, amounts and values.
pub(crate) fn closed_forms(engine: &Engine) -> Vec<Row> {
    let row = |name: String, published, ours| Row::new(name, published, ours, TOLERANCE);
    let mut rows = Vec::new();
    for (part, price, out) in TRADES {
        let paid = (part * RESERVE as f64) as u128;
        let mut pool = engine.pool(0, [RESERVE; 2]);
        let moved = pool.swap(0, paid, 0).map(|_| price_of(&pool));
        let name = format!("price after a trade of {part} x, no fee");
        rows.push(row(name, price, moved.unwrap_or(f64::NAN)));
        let pool = engine.pool(ConstantProduct::DEFAULT_FEE_PIPS, [RESERVE; 2]);
        let got = pool.amount_out(0, paid);
        let ours = got.map_or(f64::NAN, |got| got as f64 / RESERVE as f64);
        let name = format!("out for {part} x, fee 0.3%");
        rows.push(row(name, out, ours));
    }
    for (price, value) in VALUES {
        let ours = worth_at(engine, price) / RESERVE as f64;
        rows.push(row(format!("value at {price}, L = 1"), value, ours));
    }
    rows
}

/// What providers lose against holding.
pub(crate) fn divergence_loss(engine: &Engine) -> Vec<Row> {
    let row = |&(r, published): &(f64, f64)| {
        let held = RESERVE as f64 * (1.0 + r);
        let ours = 100.0 * (worth_at(engine, r) / held - 1.0);
        let name = format!("loss in percent at {r} times the price");
        Row::new(name, published, ours, Tolerance::Absolute(5e-4))
    };
    LOSSES.iter().map(row).collect()
}

/// What a pool opened at the price 1 is worth once arbitrage has brought it to another.
fn worth_at(engine: &Engine, price: f64) -> f64 {
    let mut pool = engine.pool(0, [RESERVE; 2]);
    arbitrage(&mut pool, price);
    let [x, y] = pool.reserves();
    x as f64 * price + y as f64
}

/// The price of the first coin in the second.
pub(crate) fn price_of(pool: &ConstantProduct) -> f64 {
    let [x, y] = pool.reserves();
    y as f64 / x as f64
}

/// An arbitrageur who can trade at `price` elsewhere trades with the pool until the last unit earns
/// nothing; the profit in the second coin, or none if there is nothing to earn.
///
/// With a fee the input that ends at the outside price is (sqrt(P x y g) - y) / g of the second
/// coin, or (sqrt(x y g / P) - x) / g of the first.
pub(crate) fn arbitrage(pool: &mut ConstantProduct, price: f64) -> Option<f64> {
    let [x, y] = pool.reserves().map(|reserve| reserve as f64);
    let g = 1.0 - f64::from(pool.fee_pips()) / 1e6;
    let buys = (libm::sqrt(price * x * y * g) - y) / g;
    let sells = (libm::sqrt(x * y * g / price) - x) / g;
    let (coin, amount) = if buys > 0.0 { (1, buys) } else { (0, sells) };
    if amount < 1.0 {
        return None;
    }
    let out = pool.swap(coin, amount as u128, 0).ok()? as f64;
    Some(if coin == 1 {
        out * price - amount
    } else {
        out - amount * price
    })
}
