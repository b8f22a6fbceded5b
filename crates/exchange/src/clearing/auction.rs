//! The auction of a defaulter's portfolio: sealed bids of the members, the cheapest wins.
//!
//! A bid is what the bidder wants to be paid for taking all positions over at their marks:
//!
//! spread * gross notional + risk * m * (m / free margin),
//!
//! where m is the initial margin that the portfolio adds to the bidder's own (nothing, if it is a
//! hedge for it). A member bids if its free margin bears m. So a large or oppositely positioned
//! member bids low, and one near its limits high or not at all (an assumption of ours \[A\]: bidding
//! rules are the members' own).

use firesale_types::{AccountId, Rate, Rounding, Usd, mul_div};
use serde::{Deserialize, Serialize};

use crate::AuctionConfig;

/// A member that could take the portfolio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bidder {
    /// Who.
    pub account: AccountId,
    /// Its free margin.
    pub free: Usd,
    /// The initial margin that the portfolio would add to its own; negative if it would lower it.
    pub adds: Usd,
}

/// What came of an auction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Who bid, and what it wants to be paid, by account.
    pub bids: Vec<(AccountId, Usd)>,
    /// The cheapest bid, of equal ones the lowest account; `None` if there is none below the limit.
    pub winner: Option<(AccountId, Usd)>,
}

/// What a member wants to be paid for a portfolio, rounded up; `None` if it cannot carry it.
#[must_use]
pub fn bid(rules: &AuctionConfig, gross: Usd, bidder: &Bidder) -> Option<Usd> {
    let adds = bidder.adds.0.max(0);
    if bidder.free.0 < adds {
        return None;
    }
    let part = |amount, rate: Rate| mul_div(amount, rate.0, Rate::ONE.0, Rounding::Ceil).ok();
    let used = match adds {
        0 => 0,
        _ => mul_div(adds, adds, bidder.free.0, Rounding::Ceil).ok()?,
    };
    let wanted = part(gross.0, rules.spread)?.checked_add(part(used, rules.risk)?)?;
    Some(Usd(wanted))
}

/// Collects the bids for a portfolio of this gross notional.
#[must_use]
pub fn hold(rules: &AuctionConfig, gross: Usd, bidders: &[Bidder]) -> Outcome {
    let limit = mul_div(gross.0, rules.limit.0, Rate::ONE.0, Rounding::Floor).map_or(gross, Usd);
    if limit <= Usd::ZERO {
        return Outcome::default();
    }
    let bids = bidders
        .iter()
        .filter_map(|bidder| Some((bidder.account, bid(rules, gross, bidder)?)));
    let bids: Vec<_> = bids.collect();
    let low_enough = bids.iter().filter(|(_, wanted)| *wanted <= limit);
    let winner = low_enough.min_by_key(|(account, wanted)| (*wanted, *account));
    Outcome {
        winner: winner.copied(),
        bids,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bidder(n: u32, free: i64, adds: i64) -> Bidder {
        Bidder {
            account: AccountId(n),
            free: Usd(free),
            adds: Usd(adds),
        }
    }

    #[test]
    fn bids_by_hand() {
        let rules = AuctionConfig::default();
        let of = |free, adds| bid(&rules, Usd(10_000), &bidder(1, free, adds));
        // 0.5% of 10,000; then 20% of 1,000 for one who has just enough, half for twice as much.
        assert_eq!(of(5_000, -300), Some(Usd(50)));
        assert_eq!(of(1_000, 1_000), Some(Usd(250)));
        assert_eq!(of(2_000, 1_000), Some(Usd(150)));
        assert_eq!(of(999, 1_000), None);
        assert_eq!(of(0, 0), Some(Usd(50)));
        assert_eq!(of(-1, 0), None);
    }

    #[test]
    fn the_cheapest_bid_below_the_limit_wins() {
        let rules = AuctionConfig {
            limit: Rate::bps(150),
            ..AuctionConfig::default()
        };
        let all = [
            bidder(3, 2_000, 1_000),
            bidder(4, 500, 1_000),
            bidder(7, 9_000, -1),
            bidder(5, 100, 0),
        ];
        let outcome = hold(&rules, Usd(10_000), &all);
        assert_eq!(outcome.winner, Some((AccountId(5), Usd(50))));
        assert_eq!(outcome.bids.len(), 3);
        let dear = hold(&rules, Usd(10_000), &[bidder(3, 1_000, 1_000)]);
        assert_eq!((dear.winner, dear.bids.len()), (None, 1));
        let none = AuctionConfig {
            limit: Rate::ZERO,
            ..rules
        };
        assert_eq!(hold(&none, Usd(10_000), &all), Outcome::default());
    }
}
