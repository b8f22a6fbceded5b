//! Uniswap v2.

use super::{Ledger, MILLION, SHORT, amount, dice, pick};
use firesale_amm::{ConstantProduct, PoolError};
use firesale_types::AgentRng;
use ruint::aliases::U512;

const WORLD: &str = "constant_product";

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
    pool: ConstantProduct,
    ledger: Ledger,
    shares: u128,
    swaps: u32,
    refused: u32,
}

fn walk(steps: u32) {
    let mut rng = dice(2);
    for fee in [0, 500, 3_000, 30_000] {
        let mut life = Life {
            pool: ConstantProduct::new(fee).unwrap(),
            ledger: Ledger::new(2),
            shares: 0,
            swaps: 0,
            refused: 0,
        };
        for _ in 0..steps / 4 {
            life.step(&mut rng);
        }
        life.end();
        println!(
            "{WORLD}, fee {fee}: {} swaps, {} refused",
            life.swaps, life.refused
        );
        assert!(life.swaps > steps / 16);
    }
}

impl Life {
    fn step(&mut self, rng: &mut AgentRng) {
        let before = self.pool.clone();
        let done = match rng.below(10) {
            0 => self.mint(rng),
            1 => self.burn(rng),
            2 => self.buy(rng),
            _ => self.sell(rng),
        };
        if done.is_err() {
            assert_eq!(self.pool, before, "a refused operation leaves no trace");
            self.refused += 1;
            return;
        }
        let reserves = self.pool.reserves();
        self.ledger.check(&reserves);
        // k per share squared: k' s^2 >= k s'^2.
        let (k, k_after) = (before.k(), self.pool.k());
        let square = |supply: u128| U512::from(supply) * U512::from(supply);
        let kept = U512::from(k_after) * square(before.supply());
        assert!(kept >= U512::from(k) * square(self.pool.supply()));
    }

    fn mint(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let amounts = [amount(rng, 80), amount(rng, 80)];
        let shares = self.pool.mint(amounts)?;
        // Straight out again: at most what went in, and the pool is no poorer.
        let back = self.pool.clone().burn(shares);
        if let Ok(back) = back {
            assert!(back[0] <= amounts[0] && back[1] <= amounts[1]);
        }
        self.shares += shares;
        self.ledger.pay(&amounts);
        Ok(())
    }

    fn burn(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let shares = self.shares / u128::from(1 + rng.below(20));
        let amounts = self.pool.burn(shares)?;
        self.shares -= shares;
        self.ledger.receive(&amounts);
        Ok(())
    }

    fn sell(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let coin = pick(rng, &[0, 1]);
        let [x, y] = [self.pool.reserves()[coin], self.pool.reserves()[1 - coin]];
        let paid = amount(rng, 82);
        let mut trip = self.pool.clone();
        let received = self.pool.swap(coin, paid, 0)?;
        self.check_output(x, y, paid, received);
        // The way back never gives more than was paid.
        trip.swap(coin, paid, 0)?;
        if let Ok(back) = trip.swap(1 - coin, received, 0) {
            assert!(back <= paid);
        }
        self.ledger.swap((coin, paid), (1 - coin, received));
        self.swaps += 1;
        Ok(())
    }

    fn buy(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let coin = pick(rng, &[0, 1]);
        let wanted = amount(rng, 80);
        let mut other = self.pool.clone();
        let paid = self.pool.swap_exact_out(coin, wanted, u128::MAX)?;
        // What it costs buys it, and a unit less does not buy more.
        assert!(other.swap(coin, paid, 0)? >= wanted);
        self.ledger.swap((coin, paid), (1 - coin, wanted));
        self.swaps += 1;
        Ok(())
    }

    /// The twin: the largest output whose product of reserves does not fall, fee left out.
    fn check_output(&self, x: u128, y: u128, paid: u128, received: u128) {
        let keep = U512::from(1_000_000 - self.pool.fee_pips());
        let million = U512::from(1_000_000);
        let [x, y, paid] = [x, y, paid].map(U512::from);
        let grown = x * million + paid * keep;
        let kept = |received: u128| grown * (y - U512::from(received)) >= x * y * million;
        assert!(kept(received) && !kept(received + 1));
    }

    /// Everything out: what remains are the locked shares.
    fn end(&mut self) {
        if self.shares > 0
            && let Ok(amounts) = self.pool.burn(self.shares)
        {
            self.ledger.receive(&amounts);
        }
        self.ledger.check(&self.pool.reserves());
    }
}
