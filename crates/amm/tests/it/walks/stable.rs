//! Curve.

use super::{Ledger, MILLION, SHORT, amount, dice};
use firesale_amm::{PoolError, StableSwap, StableSwapConfig, U256};
use firesale_types::AgentRng;
use ruint::Uint;

/// Wide enough for the invariant of four coins without rounding.
type U1024 = Uint<1024, 16>;

/// Times the value of the scarcest coin that the most abundant one may reach.
const LOPSIDED: U256 = U256::from_limbs([1_000, 0, 0, 0]);

#[test]
fn a_short_life() {
    walk(SHORT);
}

#[test]
#[ignore = "a million steps"]
fn a_long_life() {
    walk(MILLION);
}

#[derive(Clone)]
struct Life {
    pool: StableSwap,
    ledger: Ledger,
    shares: u128,
    done: u32,
    refused: u32,
    lopsided: u32,
}

fn walk(steps: u32) {
    let mut rng = dice(3);
    let e = |power: usize| U256::from(10).pow(U256::from(power));
    for (amplification, a_precision, fee, admin_fee, rates) in [
        (100, 1, 4_000_000, 5_000_000_000, vec![e(18), e(18)]),
        (
            2_000,
            1,
            1_000_000,
            5_000_000_000,
            vec![e(18), e(30), e(30)],
        ),
        (85_000, 100, 4_000_000, 0, vec![e(30), e(18), e(28), e(18)]),
        // A metapool: the last coin is another pool's share.
        (
            1_500,
            1,
            4_000_000,
            10_000_000_000,
            vec![e(34), U256::from(1_001_200_369_105_166_674_u64)],
        ),
        (1, 1, 30_000_000, 5_000_000_000, vec![e(18), e(18)]),
    ] {
        let coins = rates.len();
        let config = StableSwapConfig {
            amplification,
            a_precision,
            fee,
            admin_fee,
            rates,
        };
        let pool = StableSwap::new(config).unwrap();
        let mut life = Life {
            pool,
            ledger: Ledger::new(coins),
            shares: 0,
            done: 0,
            refused: 0,
            lopsided: 0,
        };
        life.begin();
        for _ in 0..steps / 5 {
            life.step(&mut rng);
        }
        life.end();
        println!(
            "{coins} coins, A {amplification}: {} done, {} refused, {} lopsided",
            life.done, life.refused, life.lopsided
        );
        assert!(life.done > steps / 5 / 2);
    }
}

impl Life {
    /// A million units of value of each coin.
    fn begin(&mut self) {
        let million = U256::from(10).pow(U256::from(42));
        let amounts: Vec<u128> = self
            .pool
            .rates()
            .iter()
            .map(|rate| (million / *rate).try_into().unwrap())
            .collect();
        self.shares = self.pool.add_liquidity(&amounts, 0).unwrap();
        self.ledger.pay(&amounts);
    }

    fn step(&mut self, rng: &mut AgentRng) {
        let was = self.clone();
        let before = self.pool.clone();
        let done = match rng.below(10) {
            0 => self.add(rng),
            1 => self.remove(rng),
            2 => self.remove_imbalance(rng),
            3 => self.remove_one(rng),
            _ => self.exchange(rng),
        };
        if done.is_err() {
            assert_eq!(self.pool, before, "a refused operation leaves no trace");
            self.refused += 1;
            return;
        }
        if self.is_lopsided() {
            *self = was;
            self.lopsided += 1;
            return;
        }
        self.done += 1;
        self.check(&before);
    }

    /// Coins of very unequal value. There D, exact to a few units, no longer determines balances to
    /// the unit: the contract itself gains and loses by that, and in the end D swings for ever.
    fn is_lopsided(&self) -> bool {
        let values = self.pool.balances().iter().zip(self.pool.rates());
        let values = values.map(|(balance, rate)| U256::from(*balance) * *rate);
        let (most, least) = (values.clone().max().unwrap(), values.min().unwrap());
        most / LOPSIDED > least
    }

    fn check(&self, before: &StableSwap) {
        let held: Vec<u128> = self
            .pool
            .balances()
            .iter()
            .zip(self.pool.admin_balances())
            .map(|(balance, admin)| balance + admin)
            .collect();
        self.ledger.check(&held);
        assert_eq!(self.pool.supply(), self.shares);
        let (price, price_after) = (before.virtual_price(), self.pool.virtual_price());
        let (price, price_after) = (price.unwrap(), price_after.unwrap());
        // Balances are exact to a unit, and a unit of a scarce coin is worth many of D: in a pool of a
        // few tokens that is seen in the last digits of the price.
        let slack = LOPSIDED * U256::from(10).pow(U256::from(18)) / U256::from(self.shares);
        assert!(
            price_after + slack + U256::ONE >= price,
            "{price} {price_after}"
        );
        self.check_invariant();
    }

    /// The twin: D is within a few units of the root of the invariant in integers without rounding.
    fn check_invariant(&self) {
        let d = self.pool.invariant().unwrap();
        let slack = U256::from(8);
        assert!(self.excess(d.saturating_sub(slack)), "{:?}", self.pool);
        assert!(!self.excess(d + slack), "{:?}", self.pool);
    }

    /// (Ann S - (Ann - 1) D) n^n prod x >= D^(n+1): D is not above the root.
    fn excess(&self, d: U256) -> bool {
        let e18 = U256::from(10).pow(U256::from(18));
        let n = self.pool.coins();
        let wide = |x: U256| U1024::from(x);
        let balances = self.pool.balances().iter().zip(self.pool.rates());
        let x: Vec<U1024> = balances
            .map(|(balance, rate)| wide(U256::from(*balance) * *rate / e18))
            .collect();
        let sum: U1024 = x.iter().copied().sum();
        let product = x.iter().fold(U1024::ONE, |p, x| p * *x * U1024::from(n));
        let precision = U1024::from(self.pool.a_precision());
        let ann = U1024::from(self.pool.amplification()) * U1024::from(n);
        let d = wide(d);
        let power = (0..=n).fold(U1024::ONE, |p, _| p * d);
        let (gain, loss) = (ann * sum, (ann - precision) * d);
        gain >= loss && (gain - loss) * product >= power * precision
    }

    fn pair(&self, rng: &mut AgentRng) -> (usize, usize) {
        let n = self.pool.coins() as u64;
        let i = rng.below(n);
        let j = (i + 1 + rng.below(n - 1)) % n;
        (i as usize, j as usize)
    }

    /// Up to a third of the pool, mostly much less.
    fn some(&self, coin: usize, rng: &mut AgentRng) -> u128 {
        let third = self.pool.balances()[coin] / 3;
        amount(rng, 100).min(third) / u128::from(1 + rng.below(1_000))
    }

    fn exchange(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let (i, j) = self.pair(rng);
        let paid = self.some(i, rng);
        let mut trip = self.pool.clone();
        let done = self.pool.exchange(i, j, paid, 0)?;
        trip.exchange(i, j, paid, 0)?;
        if let Ok(back) = trip.exchange(j, i, done.amount_out, 0) {
            // Balances are exact to a unit, and a unit of a scarce coin is worth many of another: a
            // trade too small for a fee may gain that much, in the contract as here.
            let slack: u128 = LOPSIDED.to();
            assert!(back.amount_out <= paid + slack, "{paid} {done:?} {back:?}");
        }
        self.ledger.swap((i, paid), (j, done.amount_out));
        Ok(())
    }

    fn add(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let amounts: Vec<u128> = (0..self.pool.coins())
            .map(|coin| self.some(coin, rng) * u128::from(rng.chance(0.5)))
            .collect();
        let shares = self.pool.add_liquidity(&amounts, 0)?;
        self.shares += shares;
        self.ledger.pay(&amounts);
        Ok(())
    }

    fn remove(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let shares = self.shares / u128::from(10 + rng.below(10_000));
        let amounts = self.pool.remove_liquidity(shares)?;
        self.shares -= shares;
        self.ledger.receive(&amounts);
        Ok(())
    }

    fn remove_imbalance(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let amounts: Vec<u128> = (0..self.pool.coins())
            .map(|coin| self.some(coin, rng) / 2 * u128::from(rng.chance(0.5)))
            .collect();
        let shares = self
            .pool
            .remove_liquidity_imbalance(&amounts, self.shares)?;
        self.shares -= shares;
        self.ledger.receive(&amounts);
        Ok(())
    }

    fn remove_one(&mut self, rng: &mut AgentRng) -> Result<(), PoolError> {
        let (coin, _) = self.pair(rng);
        let shares = self.shares / u128::from(20 + rng.below(10_000));
        let out = self.pool.remove_liquidity_one_coin(shares, coin, 0)?;
        self.shares -= shares;
        let mut amounts = vec![0; self.pool.coins()];
        amounts[coin] = out.amount_out;
        self.ledger.receive(&amounts);
        Ok(())
    }

    /// Everything out.
    fn end(&mut self) {
        let amounts = self.pool.remove_liquidity(self.shares).unwrap();
        self.ledger.receive(&amounts);
        self.ledger.receive(&self.pool.withdraw_admin_fees());
        assert!(self.pool.balances().iter().all(|balance| *balance == 0));
        self.ledger.check(&vec![0; self.pool.coins()]);
    }
}
