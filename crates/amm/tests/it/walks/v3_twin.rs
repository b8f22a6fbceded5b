//! A concentrated pool without data structures: positions in a list, ticks found by looking at one
//! after the other, fees given to each position step by step, formulas of the whitepaper in wide
//! integers.

use firesale_amm::{MAX_TICK, MIN_TICK, U256, sqrt_ratio_at_tick};
use ruint::aliases::U512;

/// A position of the twin.
pub(super) struct Share {
    pub(super) lower: i32,
    pub(super) upper: i32,
    pub(super) liquidity: u128,
    /// Fees since the last touch, Q128 per unit of liquidity.
    pub(super) growth: [U512; 2],
    pub(super) owed: [u128; 2],
}

/// The twin.
pub(super) struct Twin {
    pub(super) sqrt_price: U512,
    pub(super) tick: i32,
    pub(super) fee: u32,
    pub(super) spacing: i32,
    pub(super) protocol: [u8; 2],
    pub(super) protocol_fees: [u128; 2],
    pub(super) growth: [U512; 2],
    pub(super) shares: Vec<Share>,
}

/// An order with everything it needs.
pub(super) struct Order {
    pub(super) zero_for_one: bool,
    pub(super) exact_in: bool,
    pub(super) amount: U256,
    pub(super) limit: U256,
}

fn wide(x: U256) -> U512 {
    U512::from(x)
}

pub(super) fn narrow(x: U512) -> U256 {
    U256::from(x)
}

fn q96() -> U512 {
    U512::ONE << 96
}

fn divide(a: U512, b: U512, up: bool) -> U512 {
    if up { a.div_ceil(b) } else { a / b }
}

/// Token 0 between two prices, as two divisions.
fn amount_0(a: U512, b: U512, liquidity: U512, up: bool) -> U512 {
    let (low, high) = (a.min(b), a.max(b));
    let first = divide(liquidity * q96() * (high - low), high, up);
    divide(first, low, up)
}

fn amount_1(a: U512, b: U512, liquidity: U512, up: bool) -> U512 {
    divide(liquidity * a.abs_diff(b), q96(), up)
}

/// The amounts of a step: price reached, in, out, fee.
fn step(
    order: &Order,
    price: U512,
    target: U512,
    liquidity: U512,
    left: U512,
    fee: u32,
) -> [U512; 4] {
    let million = U512::from(1_000_000);
    let fee = U512::from(fee);
    let down = price >= target;
    let paid = |to| {
        if down {
            amount_0(to, price, liquidity, true)
        } else {
            amount_1(price, to, liquidity, true)
        }
    };
    let received = |to| {
        if down {
            amount_1(to, price, liquidity, false)
        } else {
            amount_0(price, to, liquidity, false)
        }
    };
    let net = left * (million - fee) / million;
    let reaches = if order.exact_in {
        net >= paid(target)
    } else {
        left >= received(target)
    };
    let scaled = liquidity * q96();
    let reached = match (reaches, order.exact_in, down) {
        (true, _, _) => target,
        // P' = L P / (L + dx P), rounded up.
        (_, true, true) => (scaled * price).div_ceil(scaled + net * price),
        (_, true, false) => price + net * q96() / liquidity,
        (_, false, true) => price - (left * q96()).div_ceil(liquidity),
        (_, false, false) => (scaled * price).div_ceil(scaled - left * price),
    };
    let amount_in = paid(reached);
    let amount_out = if order.exact_in {
        received(reached)
    } else {
        received(reached).min(left)
    };
    let fee = if order.exact_in && reached != target {
        left - amount_in
    } else {
        (amount_in * fee).div_ceil(million - fee)
    };
    [reached, amount_in, amount_out, fee]
}

impl Twin {
    /// The active liquidity, summed up anew.
    pub(super) fn liquidity(&self) -> u128 {
        let active = self.shares.iter().filter(|share| share.holds(self.tick));
        active.map(|share| share.liquidity).sum()
    }

    fn is_initialized(&self, tick: i32) -> bool {
        self.shares
            .iter()
            .any(|share| share.liquidity > 0 && (share.lower == tick || share.upper == tick))
    }

    /// The next tick with an end of a position, one spacing after the other, up to the word's end.
    fn next_tick(&self, down: bool) -> i32 {
        let mut at = self.tick.div_euclid(self.spacing) + i32::from(!down);
        loop {
            let edge = at.rem_euclid(256) == if down { 0 } else { 255 };
            if edge || self.is_initialized(at * self.spacing) {
                return (at * self.spacing).clamp(MIN_TICK, MAX_TICK);
            }
            at += if down { -1 } else { 1 };
        }
    }

    /// The tick of a price by bisection.
    fn tick_of(price: U512) -> i32 {
        let (mut low, mut high) = (MIN_TICK, MAX_TICK);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if wide(sqrt_ratio_at_tick(middle).unwrap()) <= price {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Swaps; returns what was paid and received.
    pub(super) fn swap(&mut self, order: &Order) -> [U256; 2] {
        let down = order.zero_for_one;
        let coin = usize::from(!down);
        let limit = wide(order.limit);
        let mut left = wide(order.amount);
        let (mut paid, mut received) = (U512::ZERO, U512::ZERO);
        while !left.is_zero() && self.sqrt_price != limit {
            let tick = self.next_tick(down);
            let end = wide(sqrt_ratio_at_tick(tick).unwrap());
            let target = if down { end.max(limit) } else { end.min(limit) };
            let before = self.sqrt_price;
            let liquidity = U512::from(self.liquidity());
            let [reached, amount_in, amount_out, fee] =
                step(order, before, target, liquidity, left, self.fee);
            left -= if order.exact_in {
                amount_in + fee
            } else {
                amount_out
            };
            paid += amount_in + fee;
            received += amount_out;
            self.sqrt_price = reached;
            self.share_fee(coin, fee, liquidity);
            if reached == end {
                self.tick = tick - i32::from(down);
            } else if reached != before {
                self.tick = Self::tick_of(reached);
            }
        }
        [narrow(paid), narrow(received)]
    }

    /// Every active position grows.
    fn share_fee(&mut self, coin: usize, fee: U512, liquidity: U512) {
        let protocol = match self.protocol[coin] {
            0 => U512::ZERO,
            parts => fee / U512::from(parts),
        };
        self.protocol_fees[coin] += u128::try_from(protocol).unwrap();
        if liquidity.is_zero() {
            return;
        }
        let growth = ((fee - protocol) << 128) / liquidity;
        self.growth[coin] += growth;
        let tick = self.tick;
        for share in self.shares.iter_mut().filter(|share| share.holds(tick)) {
            share.growth[coin] += growth;
        }
    }
}

impl Share {
    fn holds(&self, tick: i32) -> bool {
        self.lower <= tick && tick < self.upper
    }

    /// Books the fees up to now.
    pub(super) fn touch(&mut self) {
        for coin in [0, 1] {
            let fees = (self.growth[coin] * U512::from(self.liquidity)) >> 128;
            self.owed[coin] += u128::try_from(fees).unwrap();
            self.growth[coin] = U512::ZERO;
        }
    }
}
