//! The price at which closing everything leaves exactly nothing.

use firesale_types::{AccountId, Price, Side};

use crate::leg::PositionKey;
use crate::limits::MAX_PRICE;
use crate::state::State;
use crate::valuation::Standing;

impl State {
    /// Bankruptcy price of one position of a margin unit: mark * (1 - side * E / sum of notionals),
    /// the same relative distance from the mark for all positions of the unit, so that closing
    /// them all there leaves zero. For an isolated position it is its own break-even less its
    /// margin.
    ///
    /// Rounded to the tick that is better for the unit, so that a close there never leaves less
    /// than zero.
    pub(crate) fn bankruptcy_price(
        &self,
        account: AccountId,
        isolated: Option<PositionKey>,
        at: usize,
        standing: Standing,
    ) -> Price {
        let account_state = &self.accounts[account.index()];
        let notional: i128 = self
            .open_positions(account, isolated)
            .iter()
            .map(|&at| {
                let position = &account_state.positions[at];
                let instrument = &self.instruments[position.instrument.index()];
                i128::from(instrument.notional(position))
            })
            .sum();
        let position = &account_state.positions[at];
        let mark = self.instruments[position.instrument.index()].mark;
        price(mark, Side::of(position.qty.0), standing.equity, notional)
    }
}

/// mark * (1 - side * equity / notional), rounded for the good of the holder.
fn price(mark: Price, side: Side, equity: i128, notional: i128) -> Price {
    if notional == 0 {
        return mark;
    }
    let far = 4 * notional * i128::from(MAX_PRICE.0 / mark.0.max(1));
    let numerator = i128::from(mark.0) * equity.clamp(-far, far);
    // A long keeps what it sells above: the distance is rounded down; a short likewise.
    let distance = numerator.div_euclid(notional);
    let price = i128::from(mark.0) - i128::from(side.sign()) * distance;
    Price(price.clamp(1, i128::from(MAX_PRICE.0)) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 10 lots at 1000 and equity of 555: 55.5 a lot.
        let at = |side, equity| price(Price(1000), side, equity, 10_000).0;
        assert_eq!(at(Side::Buy, 555), 945);
        assert_eq!(at(Side::Sell, 555), 1055);
        // Below zero on the other side of the mark: 5.55 a lot.
        assert_eq!(at(Side::Buy, -56), 1006);
        assert_eq!(at(Side::Sell, -56), 994);
        assert_eq!(at(Side::Sell, 0), 1000);
        // Beyond all prices it stops at their ends.
        assert_eq!(at(Side::Buy, 1_000_000), 1);
        assert_eq!(at(Side::Buy, i128::MIN / 4), MAX_PRICE.0);
    }
}
