//! Swapping a coin in a pool: which coin for which, at what price, how much.

use firesale_sim::prelude::*;

/// A way through a pool from one asset to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) pool: PoolRef,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) asset_in: AssetId,
    pub(crate) asset_out: AssetId,
}

impl Way {
    /// The way back.
    pub(crate) const fn back(self) -> Self {
        Self {
            pool: self.pool,
            from: self.to,
            to: self.from,
            asset_in: self.asset_out,
            asset_out: self.asset_in,
        }
    }

    /// The way out of `asset` through the pool with a name, into the asset `into` or else whatever coin
    /// is worth the most for it.
    pub(crate) fn out_of<K: AgentKind>(
        turn: &Turn<'_, K>,
        name: &str,
        asset: AssetId,
        into: Option<AssetId>,
    ) -> Option<Self> {
        let pool = turn.chains().pool(name)?;
        let machine = turn.chains().get(pool.chain);
        let coins: SmallVec<[AssetId; 4]> = turn
            .pool(pool)
            .tokens
            .iter()
            .filter_map(|&token| machine.asset(token))
            .collect();
        let from = coins.iter().position(|&coin| coin == asset)?;
        let worth = |to: usize| {
            let price = turn.chains().price(pool, from, to).unwrap_or(0.0);
            price * turn.worth(coins[to])
        };
        let to = match into {
            Some(into) => coins.iter().position(|coin| *coin == into)?,
            None => (0..coins.len())
                .filter(|&to| to != from)
                .max_by(|&a, &b| worth(a).total_cmp(&worth(b)))?,
        };
        Some(Self {
            pool,
            from,
            to,
            asset_in: asset,
            asset_out: coins[to],
        })
    }

    /// Units of the asset taken out for one unit paid in, at the margin and after the fee.
    pub(crate) fn price<K: AgentKind>(&self, turn: &Turn<'_, K>) -> Option<f64> {
        let price = turn.chains().price(self.pool, self.from, self.to)?;
        let fee = f64::from(turn.pool(self.pool).logic.fee_pips()) / 1e6;
        Some(price * (1.0 - fee))
    }

    /// What `units` bring, in units.
    pub(crate) fn quote<K: AgentKind>(&self, turn: &Turn<'_, K>, units: f64) -> Option<f64> {
        let (paid, taken) = (
            turn.assets().get(self.asset_in).units,
            turn.assets().get(self.asset_out).units,
        );
        let logic = &turn.pool(self.pool).logic;
        let quote = logic
            .quote(self.from, self.to, paid.chain_from_f64(units))
            .ok()?;
        Some(taken.chain_to_f64(quote.amount_out))
    }

    /// The most units, up to `most`, whose average price is at least `worst`.
    pub(crate) fn most<K: AgentKind>(
        &self,
        turn: &Turn<'_, K>,
        most: f64,
        worst: f64,
    ) -> Option<f64> {
        let fits = |units: f64| {
            self.quote(turn, units)
                .is_some_and(|out| out >= units * worst)
        };
        if most <= 0.0 || self.price(turn)? < worst {
            return None;
        }
        let (mut low, mut high) = (0.0, most);
        if fits(high) {
            return Some(high);
        }
        for _ in 0..24 {
            let middle = 0.5 * (low + high);
            if fits(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low > 0.0).then_some(low)
    }

    /// The call that swaps `units`, and fails below an average price of `worst`.
    pub(crate) fn call<K: AgentKind>(&self, turn: &Turn<'_, K>, units: f64, worst: f64) -> Call {
        let (paid, taken) = (
            turn.assets().get(self.asset_in).units,
            turn.assets().get(self.asset_out).units,
        );
        Call::Swap {
            pool: self.pool.pool,
            from: self.from as u8,
            to: self.to as u8,
            amount: Amount::Exact(paid.chain_from_f64(units)),
            least: taken.chain_from_f64(units * worst),
        }
    }

    /// What the member has of the asset paid in, in units.
    pub(crate) fn held<K: AgentKind>(&self, turn: &Turn<'_, K>) -> f64 {
        let held = turn.on_chain(self.pool.chain, self.asset_in);
        turn.assets().get(self.asset_in).units.chain_to_f64(held)
    }
}
