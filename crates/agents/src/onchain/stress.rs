//! How a pool's coins stand against a calm beginning.

use firesale_sim::prelude::*;

/// What a provider remembers of its pool.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Memory {
    /// Prices in the first coin at the first look, by coin; the first is one.
    start: Vec<f64>,
    /// The prices at the last look.
    last: Vec<f64>,
    last_at: Option<SimTime>,
    /// Variance per second of the most volatile coin, exponentially weighted.
    variance: f64,
}

/// What is seen of it now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Signs {
    /// The part of the pool in its most plentiful coin, counted at the prices of the first look.
    pub(super) imbalance: f64,
    /// The lowest price of a coin against any other, over that of the first look.
    pub(super) price: f64,
    /// Standard deviation of log prices per second.
    pub(super) volatility: f64,
    /// The coin that has fallen least.
    pub(super) best: usize,
}

/// Memory of the volatility estimate (A).
const VOLATILITY_SECONDS: f64 = 600.0;

/// Prices of all coins in the first one, if the pool has any.
fn prices<K: AgentKind>(turn: &Turn<'_, K>, pool: PoolRef) -> Option<Vec<f64>> {
    let coins = turn.pool(pool).logic.coins();
    let price = |coin| match coin {
        0 => Some(1.0),
        _ => turn.chains().price(pool, coin, 0),
    };
    (0..coins).map(price).collect()
}

impl Memory {
    /// Looks at a pool.
    pub(super) fn look<K: AgentKind>(
        &mut self,
        turn: &Turn<'_, K>,
        pool: PoolRef,
    ) -> Option<Signs> {
        let now = prices(turn, pool)?;
        let machine = turn.chains().get(pool.chain);
        let contract = turn.pool(pool);
        let reserves: Vec<f64> = contract
            .tokens
            .iter()
            .zip(contract.logic.reserves())
            .map(|(&token, held)| {
                machine
                    .chain()
                    .ledger()
                    .token(token)
                    .units
                    .chain_to_f64(held)
            })
            .collect();
        let seconds = self.last_at.map(|last| turn.now().since(last).seconds());
        self.last_at = Some(turn.now());
        self.signs(&now, &reserves, seconds)
    }

    fn signs(&mut self, now: &[f64], reserves: &[f64], seconds: Option<f64>) -> Option<Signs> {
        if !now.iter().all(|price| *price > 0.0) {
            return None;
        }
        if self.start.is_empty() {
            (self.start, self.last) = (now.to_vec(), now.to_vec());
        }
        if let Some(seconds) = seconds.filter(|s| *s > 0.0) {
            let moves = now
                .iter()
                .zip(&self.last)
                .map(|(new, old)| libm::log(new / old));
            let largest = moves.fold(0.0_f64, |most, step| most.max(step * step));
            let decay = libm::exp(-seconds / VOLATILITY_SECONDS);
            self.variance = decay * self.variance + (1.0 - decay) * largest / seconds;
            self.last = now.to_vec();
        }
        let worth: Vec<f64> = reserves
            .iter()
            .zip(&self.start)
            .map(|(r, p)| r * p)
            .collect();
        let all: f64 = worth.iter().sum();
        let most = worth.iter().fold(0.0_f64, |most, part| most.max(*part));
        let against_start: Vec<f64> = now.iter().zip(&self.start).map(|(n, s)| n / s).collect();
        let lowest = against_start.iter().fold(f64::INFINITY, |a, b| a.min(*b));
        let highest = against_start.iter().fold(0.0_f64, |a, b| a.max(*b));
        Some(Signs {
            imbalance: most / all.max(1e-9),
            price: lowest / highest,
            volatility: libm::sqrt(self.variance),
            best: against_start
                .iter()
                .position(|p| *p == highest)
                .unwrap_or(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn signs_are_measured_against_the_first_look() {
        let mut memory = Memory::default();
        let calm = memory.signs(&[1.0, 2000.0], &[1e6, 500.0], None).unwrap();
        assert!((calm.imbalance - 0.5).abs() < 1e-12);
        assert!((calm.price - 1.0).abs() < 1e-12 && calm.volatility == 0.0);
        // The second coin falls by a tenth, and the pool has 600 of it: 1.2M of 1.9M at old prices.
        let bad = memory
            .signs(&[1.0, 1800.0], &[7e5, 600.0], Some(60.0))
            .unwrap();
        assert!((bad.imbalance - 1.2 / 1.9).abs() < 1e-12);
        assert!((bad.price - 0.9).abs() < 1e-12);
        assert_eq!(bad.best, 0);
        // (1 - exp(-0.1)) ln(0.9)^2 / 60 = 1.7606e-5, its root 0.0041960.
        assert!(
            (bad.volatility - 0.004_196).abs() < 1e-6,
            "{}",
            bad.volatility
        );
    }
}
