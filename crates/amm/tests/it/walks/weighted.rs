//! Balancer's weighted pool, with weights in whole ratios so that its product is an exact integer.

use super::{Ledger, MILLION, SHORT, amount, dice};
use firesale_amm::balancer::{BalancerPool, VaultConfig, WeightedCurve, WeightedPool};
use firesale_amm::{PoolError, U256};
use firesale_types::AgentRng;
use ruint::Uint;

type U1024 = Uint<1024, 16>;

const PERCENT: u64 = 10_000_000_000_000_000;

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
    pool: WeightedPool,
    powers: Vec<u32>,
    ledger: Ledger,
    shares: u128,
    done: u32,
    refused: u32,
}

fn walk(steps: u32) {
    let mut rng = dice(4);
    for (powers, decimals, swap_fee) in [
        (vec![1, 1], vec![6, 18], 0),
        (vec![1, 3], vec![18, 18], PERCENT / 10),
        (vec![4, 1], vec![8, 6], PERCENT / 10),
        (vec![1, 1, 2], vec![18, 6, 8], PERCENT),
    ] {
        let sum: u64 = powers.iter().map(|power| u64::from(*power)).sum();
        let weights = powers
            .iter()
            .map(|power| 100 * PERCENT / sum * u64::from(*power));
        let curve = WeightedCurve::new(weights.collect()).unwrap();
        let first: Vec<u128> = decimals
            .iter()
            .map(|d| 10_u128.pow(6 + u32::from(*d)))
            .collect();
        let config = VaultConfig {
            rates: vec![U256::from(100 * PERCENT); powers.len()],
            decimals,
            swap_fee,
            protocol_fee: 50 * PERCENT,
        };
        let (pool, shares) = BalancerPool::new(curve, config, &first).unwrap();
        let mut ledger = Ledger::new(powers.len());
        ledger.pay(&first);
        let mut life = Life {
            pool,
            powers,
            ledger,
            shares,
            done: 0,
            refused: 0,
        };
        for _ in 0..steps / 4 {
            life.step(&mut rng);
        }
        life.end();
        println!(
            "weights {:?}: {} done, {} refused",
            life.powers, life.done, life.refused
        );
        assert!(life.done > steps / 4 / 2);
    }
}

impl Life {
    fn step(&mut self, rng: &mut AgentRng) {
        let before = self.pool.clone();
        let done = match rng.below(12) {
            0 => self.add(rng),
            1 => self.add_single(rng),
            2 => self.remove(rng),
            3 => self.remove_single(rng),
            4 => self.remove_exact(rng),
            5 => self.buy(rng),
            _ => self.sell(rng),
        };
        if done.is_err() {
            assert_eq!(self.pool, before, "a refused operation leaves no trace");
            self.refused += 1;
            return;
        }
        self.done += 1;
        let held = self.pool.balances().iter().zip(self.pool.protocol_fees());
        let held: Vec<u128> = held.map(|(balance, fee)| balance + fee).collect();
        self.ledger.check(&held);
        // prod b^p / supply^(sum of p) never falls: exact, so a power's error was charged to the user.
        let degree: u32 = self.powers.iter().sum();
        let supply = |pool: &WeightedPool| U1024::from(pool.supply()).pow(U1024::from(degree));
        let kept = self.product(&self.pool) * supply(&before);
        let had = self.product(&before) * supply(&self.pool);
        assert!(kept >= had, "{before:?} {:?}", self.pool);
    }

    fn product(&self, pool: &WeightedPool) -> U1024 {
        let balances = pool.balances().iter().zip(&self.powers);
        balances.fold(U1024::ONE, |product, (balance, power)| {
            product * U1024::from(*balance).pow(U1024::from(*power))
        })
    }

    fn token(&self, rng: &mut AgentRng) -> usize {
        rng.below(self.pool.coins() as u64) as usize
    }

    fn pair(&self, rng: &mut AgentRng) -> (usize, usize) {
        let n = self.pool.coins();
        let i = self.token(rng);
        (i, (i + 1 + rng.below(n as u64 - 1) as usize) % n)
    }

    /// Up to a quarter of the pool, mostly much less.
    fn some(&self, token: usize, rng: &mut AgentRng) -> u128 {
        let quarter = self.pool.balances()[token] / 4;
        amount(rng, 100).min(quarter) / u128::from(1 + rng.below(1_000))
    }

    fn sell(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let (i, j) = self.pair(rng);
        let paid = self.some(i, rng);
        let mut trip = self.pool.clone();
        let done = self.pool.swap(i, j, paid, 0)?;
        trip.swap(i, j, paid, 0)?;
        if let Ok(back) = trip.swap(j, i, done.amount_out, 0) {
            assert!(back.amount_out <= paid);
        }
        self.ledger.swap((i, paid), (j, done.amount_out));
        Ok(())
    }

    fn buy(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let (i, j) = self.pair(rng);
        let wanted = self.some(j, rng);
        let done = self.pool.swap_exact_out(i, j, wanted, u128::MAX)?;
        self.ledger.swap((i, done.amount_in), (j, wanted));
        Ok(())
    }

    fn add(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let n = self.pool.coins();
        let amounts: Vec<u128> = (0..n).map(|token| self.some(token, rng)).collect();
        let shares = self.pool.add_unbalanced(&amounts, 0)?.shares;
        self.shares += shares;
        self.ledger.pay(&amounts);
        Ok(())
    }

    fn add_single(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let shares = self.shares / u128::from(10 + rng.below(10_000));
        let token = self.token(rng);
        let change = if rng.chance(0.5) {
            self.pool.add_single_token(token, shares)?
        } else {
            self.pool.add_proportional(shares)?
        };
        self.shares += shares;
        self.ledger.pay(&change.amounts);
        Ok(())
    }

    fn remove(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let shares = self.shares / u128::from(8 + rng.below(10_000));
        let change = self.pool.remove_proportional(shares)?;
        self.shares -= shares;
        self.ledger.receive(&change.amounts);
        Ok(())
    }

    fn remove_single(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let shares = self.shares / u128::from(20 + rng.below(10_000));
        let token = self.token(rng);
        let change = self.pool.remove_single_token(token, shares, 0)?;
        self.shares -= shares;
        self.ledger.receive(&change.amounts);
        Ok(())
    }

    fn remove_exact(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let token = self.token(rng);
        let amount = self.some(token, rng) / 4;
        let change = self.pool.remove_exact_token(token, amount, self.shares)?;
        self.shares -= change.shares;
        self.ledger.receive(&change.amounts);
        Ok(())
    }

    /// Everything out: what remains is behind the locked shares.
    fn end(&mut self) {
        let change = self.pool.remove_proportional(self.shares).unwrap();
        self.ledger.receive(&change.amounts);
        self.ledger.receive(&self.pool.withdraw_protocol_fees());
        self.ledger.check(self.pool.balances());
    }
}
