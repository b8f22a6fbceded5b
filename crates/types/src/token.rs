//! Amounts of a token on its chain and the same amounts on venues.

use serde::{Deserialize, Serialize};

use crate::ArithmeticError;

/// How finely an asset is counted: on its chain in units of 10^-`chain`, held in `u128`, and on venues
/// and in wallets in units of 10^-`venue`, held in `i64`.
///
/// A conversion never loses a unit unnamed: what the coarser side cannot express is returned beside
/// the result and stays where it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUnits {
    /// Decimals on the chain, at most [`Self::MOST_CHAIN`].
    pub chain: u8,
    /// Decimals on venues, at most [`Self::MOST_VENUE`].
    pub venue: u8,
}

impl TokenUnits {
    /// The most decimals of a token on a chain: those of ether.
    pub const MOST_CHAIN: u8 = 18;
    /// The most decimals on venues.
    pub const MOST_VENUE: u8 = 9;
    /// Six decimals on both sides: dollars, and dollar coins such as USDC.
    pub const SIX: Self = Self { chain: 6, venue: 6 };

    /// Units on the chain for one unit on venues, if the chain is the finer side.
    const fn finer(self) -> Option<u128> {
        match self.chain.checked_sub(self.venue) {
            Some(places) => Some(10_u128.pow(places as u32)),
            None => None,
        }
    }

    /// Units on venues for one unit on the chain, where venues are the finer side.
    const fn coarser(self) -> i64 {
        10_i64.pow((self.venue - self.chain) as u32)
    }

    /// An amount on the chain as venues count it, and the rest in units of the chain that venues
    /// cannot express.
    ///
    /// # Errors
    /// [`ArithmeticError::Overflow`] if venues cannot hold so much.
    pub fn to_venue(self, amount: u128) -> Result<(i64, u128), ArithmeticError> {
        let overflow = |_| ArithmeticError::Overflow;
        match self.finer() {
            Some(factor) => Ok((
                i64::try_from(amount / factor).map_err(overflow)?,
                amount % factor,
            )),
            None => {
                let amount = i64::try_from(amount).map_err(overflow)?;
                let all = amount.checked_mul(self.coarser());
                Ok((all.ok_or(ArithmeticError::Overflow)?, 0))
            }
        }
    }

    /// An amount on venues as the chain counts it, and the rest in units of venues that the chain
    /// cannot express.
    ///
    /// # Errors
    /// [`ArithmeticError::Overflow`] if the amount is negative.
    pub fn to_chain(self, amount: i64) -> Result<(u128, i64), ArithmeticError> {
        let whole = u128::try_from(amount).map_err(|_| ArithmeticError::Overflow)?;
        match self.finer() {
            Some(factor) => Ok((whole * factor, 0)),
            None => {
                let factor = self.coarser();
                Ok(((amount / factor) as u128, amount % factor))
            }
        }
    }

    /// The units of the finer side for one unit on venues: what an audit over both sides counts in.
    #[must_use]
    pub const fn common_per_venue(self) -> i128 {
        match self.finer() {
            Some(factor) => factor as i128,
            None => 1,
        }
    }

    /// The units of the finer side for one unit on the chain.
    #[must_use]
    pub const fn common_per_chain(self) -> i128 {
        match self.finer() {
            Some(_) => 1,
            None => self.coarser() as i128,
        }
    }

    /// Whole tokens in an amount on venues, for a view.
    #[must_use]
    pub fn venue_to_f64(self, amount: i64) -> f64 {
        amount as f64 / 10_i64.pow(u32::from(self.venue)) as f64
    }

    /// The amount on venues nearest to a number of tokens; zero where that makes no sense.
    #[must_use]
    pub fn venue_from_f64(self, tokens: f64) -> i64 {
        let units = libm::rint(tokens * 10_i64.pow(u32::from(self.venue)) as f64);
        if (0.0..9.2e18).contains(&units) {
            units as i64
        } else {
            0
        }
    }

    /// Whole tokens in an amount on the chain, for a view.
    #[must_use]
    pub fn chain_to_f64(self, amount: u128) -> f64 {
        amount as f64 / 10_u128.pow(u32::from(self.chain)) as f64
    }

    /// The amount on the chain nearest below a number of tokens; zero where that makes no sense.
    #[must_use]
    pub fn chain_from_f64(self, tokens: f64) -> u128 {
        let units = tokens * 10_u128.pow(u32::from(self.chain)) as f64;
        if units.is_finite() && units > 0.0 && units < 3.4e38 {
            units as u128
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETHER: TokenUnits = TokenUnits {
        chain: 18,
        venue: 6,
    };
    const CENTS: TokenUnits = TokenUnits { chain: 2, venue: 6 };

    #[test]
    fn what_a_venue_cannot_express_is_named() {
        assert_eq!(
            ETHER.to_venue(1_234_567_890_123_456_789),
            Ok((1_234_567, 890_123_456_789))
        );
        assert_eq!(
            ETHER.to_chain(1_234_567),
            Ok((1_234_567_000_000_000_000, 0))
        );
        assert_eq!(CENTS.to_venue(150), Ok((1_500_000, 0)));
        assert_eq!(CENTS.to_chain(1_509_999), Ok((150, 9_999)));
    }

    #[test]
    fn no_unit_is_lost_on_either_way() {
        for units in [ETHER, CENTS, TokenUnits::SIX] {
            for amount in [0_u128, 1, 7, 999_999_999_999, 12_345_678_901] {
                let (venue, dust) = units.to_venue(amount).expect("fits");
                let (back, lost) = units.to_chain(venue).expect("is not negative");
                assert_eq!((back + dust, lost), (amount, 0));
                let common = i128::from(venue) * units.common_per_venue()
                    + dust as i128 * units.common_per_chain();
                assert_eq!(common, amount as i128 * units.common_per_chain());
            }
        }
    }

    /// Terra's token reached 6.5 trillion; ten times as many fit with 6 decimals on the chain and 3 on
    /// venues, and with 6 on venues they are refused, not wrapped.
    #[test]
    fn trillions_of_tokens_fit() {
        let tokens = 65_000_000_000_000_u128;
        let luna = TokenUnits { chain: 6, venue: 3 };
        assert_eq!(
            luna.to_venue(tokens * 1_000_000),
            Ok((65_000_000_000_000_000, 0))
        );
        assert_eq!(
            TokenUnits::SIX.to_venue(tokens * 1_000_000),
            Err(ArithmeticError::Overflow)
        );
        assert_eq!(luna.chain_from_f64(6.5e13), tokens * 1_000_000);
    }
}
