//! Uniswap v3, in step with the twin.

use super::v3_twin::{Order, Share, Twin, narrow};
use super::{Ledger, MILLION, SHORT, amount, dice, pick};
use firesale_amm::{
    AmountSpecified, ConcentratedLiquidity, MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, PoolError,
    PositionKey, U256, sqrt_ratio_at_tick,
};
use firesale_types::AgentRng;
use ruint::aliases::U512;

#[test]
fn a_short_life() {
    walk(SHORT);
}

#[test]
#[ignore = "a million steps"]
fn a_long_life() {
    walk(MILLION);
}

struct Life {
    pool: ConcentratedLiquidity,
    twin: Twin,
    /// The twin's positions in its order.
    keys: Vec<PositionKey>,
    ledger: Ledger,
    swaps: u32,
    crossed: u32,
    refused: u32,
}

fn walk(steps: u32) {
    let mut rng = dice(5);
    for (fee, start, protocol) in [
        (100, 0, [0, 0]),
        (500, -200_311, [4, 10]),
        (3_000, 85_176, [0, 6]),
        (10_000, 0, [5, 5]),
    ] {
        let mut life = Life::new(fee, start, protocol);
        for _ in 0..steps / 4 {
            life.step(&mut rng);
        }
        println!(
            "fee {fee}: {} swaps over {} ticks, {} refused, {} positions",
            life.swaps,
            life.crossed,
            life.refused,
            life.keys.len()
        );
        assert!(life.swaps > steps / 16 && life.crossed > steps / 40);
        life.end();
    }
}

impl Life {
    fn new(fee: u32, tick: i32, protocol: [u8; 2]) -> Self {
        let price = sqrt_ratio_at_tick(tick).unwrap();
        let mut pool = ConcentratedLiquidity::of_tier(fee, price).unwrap();
        pool.set_fee_protocol(protocol).unwrap();
        let twin = Twin {
            sqrt_price: U512::from(price),
            tick,
            fee,
            spacing: pool.tick_spacing(),
            protocol,
            protocol_fees: [0; 2],
            growth: [U512::ZERO; 2],
            shares: Vec::new(),
        };
        Self {
            pool,
            twin,
            keys: Vec::new(),
            ledger: Ledger::new(2),
            swaps: 0,
            crossed: 0,
            refused: 0,
        }
    }

    fn step(&mut self, rng: &mut AgentRng) {
        let before = self.pool.clone();
        let done = match rng.below(20) {
            0 | 3 if self.keys.len() < 24 => self.mint(rng),
            1 => self.grow(rng),
            2 | 3 => self.burn(rng),
            4 => self.collect(rng),
            _ => self.swap(rng),
        };
        if done.is_err() {
            assert_eq!(self.pool, before, "a refused operation leaves no trace");
            self.refused += 1;
            return;
        }
        self.compare();
    }

    fn compare(&self) {
        let (pool, twin) = (&self.pool, &self.twin);
        assert_eq!(pool.sqrt_price_x96(), narrow(twin.sqrt_price));
        assert_eq!(pool.tick(), twin.tick);
        assert_eq!(pool.liquidity(), twin.liquidity());
        assert_eq!(pool.protocol_fees(), twin.protocol_fees);
        // It wraps in the pool only.
        assert_eq!(
            pool.fee_growth_global(),
            twin.growth
                .map(|growth| U256::from_limbs_slice(&growth.as_limbs()[..4]))
        );
        self.ledger.check(&pool.balances());
    }

    fn range(&self, rng: &mut AgentRng) -> (i32, i32) {
        let spacing = self.pool.tick_spacing();
        let most = MAX_TICK / spacing;
        if rng.chance(0.1) {
            return (-most * spacing, most * spacing);
        }
        // Narrow or wide, around the price or beside it.
        let width = 1 + amount(rng, 11) as i32;
        let offset = amount(rng, 9) as i32 * if rng.chance(0.5) { 1 } else { -1 };
        let lower = (self.pool.tick() / spacing + offset - width / 2).clamp(-most, most - 1);
        let upper = (lower + width).min(most);
        (lower * spacing, upper * spacing)
    }

    fn mint(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let (tick_lower, tick_upper) = self.range(rng);
        let key = PositionKey {
            owner: rng.below(3) as u32,
            tick_lower,
            tick_upper,
        };
        self.provide(key, amount(rng, 80))
    }

    fn grow(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        if self.keys.is_empty() {
            return self.mint(rng);
        }
        let key = pick(rng, &self.keys);
        self.provide(key, amount(rng, 80))
    }

    fn provide(&mut self, key: PositionKey, liquidity: u128) -> Result<(), PoolError> {
        let paid = self.pool.mint(key, liquidity)?;
        self.ledger.pay(&paid);
        let at = self.index(key);
        let share = &mut self.twin.shares[at];
        share.touch();
        share.liquidity += liquidity;
        // Straight out again: at most what went in.
        let back = self.pool.clone().burn(key, liquidity)?;
        assert!(back[0] <= paid[0] && back[1] <= paid[1]);
        Ok(())
    }

    /// The twin's number of a position, a new one if there is none.
    fn index(&mut self, key: PositionKey) -> usize {
        if let Some(at) = self.keys.iter().position(|other| *other == key) {
            return at;
        }
        self.keys.push(key);
        self.twin.shares.push(Share {
            lower: key.tick_lower,
            upper: key.tick_upper,
            liquidity: 0,
            growth: [U512::ZERO; 2],
            owed: [0; 2],
        });
        self.keys.len() - 1
    }

    fn burn(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        if self.keys.is_empty() {
            return Err(PoolError::ZeroLiquidity);
        }
        let key = pick(rng, &self.keys);
        let at = self.index(key);
        let held = self.twin.shares[at].liquidity;
        let part = pick(rng, &[0, held / 3, held, held + 1]);
        self.withdraw(key, part)
    }

    fn withdraw(&mut self, key: PositionKey, liquidity: u128) -> Result<(), PoolError> {
        let freed = self.pool.burn(key, liquidity)?;
        let at = self.index(key);
        let share = &mut self.twin.shares[at];
        share.touch();
        share.liquidity -= liquidity;
        for (owed, freed) in share.owed.iter_mut().zip(freed) {
            *owed += freed;
        }
        let expected = share.owed;
        assert_eq!(self.pool.fees_owed(key), expected);
        assert_eq!(self.pool.position(key).unwrap().tokens_owed, expected);
        Ok(())
    }

    fn collect(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        if rng.chance(0.1) {
            let paid = self.pool.collect_protocol([u128::MAX, 1_000]);
            self.twin.protocol_fees[0] -= paid[0];
            self.twin.protocol_fees[1] -= paid[1];
            self.ledger.receive(&paid);
            return Ok(());
        }
        if self.keys.is_empty() {
            return Err(PoolError::ZeroLiquidity);
        }
        let key = pick(rng, &self.keys);
        self.pay_out(key);
        Ok(())
    }

    fn pay_out(&mut self, key: PositionKey) {
        let paid = self.pool.collect(key, [u128::MAX; 2]);
        self.ledger.receive(&paid);
        let at = self.index(key);
        let share = &mut self.twin.shares[at];
        assert_eq!(std::mem::take(&mut share.owed), paid);
        if share.liquidity == 0 {
            self.twin.shares.remove(at);
            self.keys.remove(at);
        }
    }

    fn order(&self, rng: &mut AgentRng) -> Order {
        // Away from the start it goes back more often than on.
        let zero_for_one = rng.chance(if self.pool.tick() > 0 { 0.55 } else { 0.45 });
        let end = if zero_for_one {
            MIN_SQRT_RATIO + U256::ONE
        } else {
            MAX_SQRT_RATIO - U256::ONE
        };
        // A price at most some hundred ticks away, at times exactly that of a tick, or none.
        let away = amount(rng, 13) as i32 * if zero_for_one { -1 } else { 1 };
        let near = sqrt_ratio_at_tick((self.pool.tick() + away).clamp(-880_000, 880_000)).unwrap();
        let limit = match rng.below(20) {
            0 => end,
            1..4 => near,
            _ => near + U256::from(rng.below(1_000)),
        };
        Order {
            zero_for_one,
            exact_in: rng.chance(0.6),
            amount: U256::from(amount(rng, 90)),
            limit,
        }
    }

    fn swap(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let order = self.order(rng);
        let specified = if order.exact_in {
            AmountSpecified::ExactIn(order.amount)
        } else {
            AmountSpecified::ExactOut(order.amount)
        };
        let growth = self.twin.growth;
        let down = order.zero_for_one;
        let quote = self.pool.quote(down, specified, Some(order.limit));
        let mut trip = self.pool.clone();
        let done = self.pool.swap(down, specified, Some(order.limit));
        assert_eq!(quote, done);
        let done = done?;
        let moved = self.twin.swap(&order);
        assert_eq!(moved, [done.amount_in, done.amount_out].map(U256::from));
        assert!(self.twin.growth[0] >= growth[0] && self.twin.growth[1] >= growth[1]);
        let (i, j) = if down { (0, 1) } else { (1, 0) };
        self.ledger.swap((i, done.amount_in), (j, done.amount_out));
        self.swaps += 1;
        self.crossed += done.ticks_crossed;
        // The way back never gives more than was paid.
        trip.swap(down, specified, Some(order.limit))?;
        if done.amount_out > 0 {
            let returned = AmountSpecified::ExactIn(U256::from(done.amount_out));
            let back = trip.swap(!down, returned, None)?;
            assert!(back.amount_out <= done.amount_in);
        }
        Ok(())
    }

    /// Everything out: the pool had enough for all, and no tick is left.
    fn end(&mut self) {
        for key in self.keys.clone() {
            let at = self.index(key);
            let held = self.twin.shares[at].liquidity;
            if held > 0 {
                self.withdraw(key, held).unwrap();
            }
            self.pay_out(key);
        }
        let paid = self.pool.collect_protocol([u128::MAX; 2]);
        self.ledger.receive(&paid);
        self.ledger.check(&self.pool.balances());
        assert_eq!((self.pool.ticks().count(), self.pool.liquidity()), (0, 0));
        assert_eq!(self.pool.positions().count(), 0);
        // Dust of the roundings, at most a unit or two a step, of what was paid in.
        println!("dust {:?}", self.pool.balances());
    }
}
