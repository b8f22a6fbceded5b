//! What room in a block costs: the base fee, and everybody else who wants in.

use serde::{Deserialize, Serialize};

/// The base fee rule of EIP-1559 (P): a block that uses more than the target raises the next base fee
/// in proportion, at most by an eighth; a block that uses less lowers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GasRule {
    /// Gas in a block at which the base fee stays.
    pub target: u64,
    /// Most gas in a block.
    pub limit: u64,
    /// The base fee of the first block, in the smallest unit of the native token for one gas; zero
    /// stays zero: a chain without fees.
    pub base_fee: u128,
    /// The base fee never falls below this.
    pub floor: u128,
}

/// One over the largest change of the base fee from block to block: `BASE_FEE_MAX_CHANGE_DENOMINATOR` (P).
const CHANGE_DENOMINATOR: u128 = 8;

impl GasRule {
    /// The base fee after a block with this base fee that used so much gas.
    #[must_use]
    pub fn next_base_fee(&self, base_fee: u128, used: u64) -> u128 {
        let (used, target) = (u128::from(used), u128::from(self.target.max(1)));
        let change = |gap: u128| base_fee.saturating_mul(gap) / target / CHANGE_DENOMINATOR;
        let next = match used.cmp(&target) {
            std::cmp::Ordering::Equal => base_fee,
            std::cmp::Ordering::Greater if base_fee > 0 => {
                base_fee.saturating_add(change(used - target).max(1))
            }
            std::cmp::Ordering::Greater => 0,
            std::cmp::Ordering::Less => base_fee - change(target - used),
        };
        next.max(self.floor.min(self.base_fee))
    }
}

/// Users of the chain who are no agents of the run: how much gas they want in a block at a price.
///
/// D(p) = gas x heat x (p / price)^-elasticity. The elasticity of demand for gas is an assumption (A).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    /// Gas they want in a block at `price` in calm.
    pub gas: u64,
    /// The price for one gas at which they want as much.
    pub price: u128,
    /// By how many percent their demand falls when the price rises by one, times a thousand.
    pub elasticity_milli: u32,
}

impl Demand {
    /// Nobody else.
    pub const NONE: Self = Self {
        gas: 0,
        price: 1,
        elasticity_milli: 0,
    };

    /// Gas wanted by those who would pay at least `price`; `heat_milli` is 1000 in calm.
    #[must_use]
    pub fn at(&self, price: u128, heat_milli: u32) -> u64 {
        if self.gas == 0 {
            return 0;
        }
        let ratio = price.max(1) as f64 / self.price.max(1) as f64;
        let exponent = -f64::from(self.elasticity_milli) / 1000.0;
        let wanted = self.gas as f64 * f64::from(heat_milli) / 1000.0 * libm::pow(ratio, exponent);
        // Nobody fits more than a billion gas into a block; the bound keeps the sum small.
        libm::rint(wanted.clamp(0.0, 1e9)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAINNET: GasRule = GasRule {
        target: 15_000_000,
        limit: 30_000_000,
        base_fee: 1_000_000_000,
        floor: 7,
    };

    /// From the text of EIP-1559: a full block raises the fee by 12.5%, an empty one lowers it by as
    /// much, and one at target leaves it.
    #[test]
    fn the_base_fee_follows_the_published_rule() {
        let fee = |used| MAINNET.next_base_fee(1_000_000_000, used);
        assert_eq!(fee(30_000_000), 1_125_000_000);
        assert_eq!(fee(15_000_000), 1_000_000_000);
        assert_eq!(fee(0), 875_000_000);
        assert_eq!(fee(18_000_000), 1_025_000_000);
        assert_eq!(
            MAINNET.next_base_fee(8, 15_000_001),
            9,
            "rises by at least one"
        );
        assert_eq!(MAINNET.next_base_fee(7, 0), 7, "the floor");
    }

    #[test]
    fn a_chain_without_fees_stays_without() {
        let free = GasRule {
            base_fee: 0,
            floor: 0,
            ..MAINNET
        };
        assert_eq!(free.next_base_fee(0, 30_000_000), 0);
    }

    /// 10m gas at 20 gwei with elasticity 0.5: at 80 gwei half, at twice the heat as much as in calm.
    #[test]
    fn others_want_less_when_it_costs_more() {
        let gwei = 1_000_000_000;
        let demand = Demand {
            gas: 10_000_000,
            price: 20 * gwei,
            elasticity_milli: 500,
        };
        assert_eq!(demand.at(20 * gwei, 1000), 10_000_000);
        assert_eq!(demand.at(80 * gwei, 1000), 5_000_000);
        assert_eq!(demand.at(80 * gwei, 2000), 10_000_000);
        assert_eq!(Demand::NONE.at(1, 5000), 0);
    }

    /// Demand of 20m at the starting fee against a target of 15m: the fee settles where demand is the
    /// target, at (20/15)^(1/0.5) = 1.7778 times the start.
    #[test]
    fn the_fee_finds_the_price_at_which_demand_is_the_target() {
        let demand = Demand {
            gas: 20_000_000,
            price: MAINNET.base_fee,
            elasticity_milli: 500,
        };
        let mut fee = MAINNET.base_fee;
        for _ in 0..400 {
            fee = MAINNET.next_base_fee(fee, demand.at(fee, 1000).min(MAINNET.limit));
        }
        assert!((fee as f64 / 1e9 - 1.7778).abs() < 0.001, "{fee}");
    }
}
