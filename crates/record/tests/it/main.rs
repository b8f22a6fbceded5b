//! Tables written and read back through the public interface.

mod files;
mod round_trip;

use firesale_record::{AccountRange, Names, VenueNames};

/// Two venues; accounts 0..1000 of the first are `retail/0..`, 1000 is `alice`.
pub(crate) fn names() -> Names {
    let range = |first, count, name: &str, number| AccountRange {
        first,
        count,
        name: name.to_owned(),
        number,
    };
    let venue = |name: &str, accounts| VenueNames {
        name: name.to_owned(),
        instruments: vec!["BTC-PERP".to_owned(), "ETH-PERP".to_owned()],
        accounts,
    };
    Names {
        venues: vec![
            venue(
                "alpha",
                vec![
                    range(0, 1000, "retail", Some(0)),
                    range(1000, 1, "alice", None),
                ],
            ),
            venue("beta", vec![range(0, 1000, "maker", Some(5))]),
        ],
        populations: vec!["retail".to_owned(), "maker".to_owned()],
    }
}
