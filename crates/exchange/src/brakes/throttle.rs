//! A token bucket, kept as the moment at which it would be full again.

use firesale_types::SimTime;
use serde::{Deserialize, Serialize};

use crate::ThrottleConfig;

/// The bucket of one account. Full until the first message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bucket {
    /// When all tokens are back; each message moves it by the time that a token takes.
    full_at: i64,
}

impl Bucket {
    /// Takes a token; false if there is none.
    pub(crate) fn take(&mut self, rules: ThrottleConfig, now: SimTime) -> bool {
        let token = token_ns(rules);
        let full_at = self.full_at.max(now.0);
        let missing = full_at - now.0;
        if missing + token > token * i64::from(rules.burst) {
            return false;
        }
        self.full_at = full_at + token;
        true
    }
}

/// Nanoseconds until a token is back, rounded up.
const fn token_ns(rules: ThrottleConfig) -> i64 {
    let per_second = rules.per_second as i64;
    (1_000_000_000 + per_second - 1) / per_second
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: ThrottleConfig = ThrottleConfig {
        per_second: 2,
        burst: 3,
    };

    #[test]
    fn three_at_once_then_two_a_second() {
        let mut bucket = Bucket::default();
        let mut take = |ms: i64| bucket.take(RULES, SimTime(ms * 1_000_000));
        assert!(take(0) && take(0) && take(0));
        assert!(!take(0) && !take(499));
        assert!(take(500) && !take(500));
        assert!(take(1000) && !take(1499));
        assert!(take(10_000) && take(10_000) && take(10_000) && !take(10_000));
    }

    proptest! {
        /// Against the naive twin: a number of tokens that grows with time.
        #[test]
        fn it_is_a_bucket_of_tokens(steps in prop::collection::vec(0i64..900, 1..200)) {
            let mut clever = Bucket::default();
            // Tokens in milliseconds of refill, 500 each.
            let (mut tokens, mut now) = (3 * 500i64, 0);
            for pause in steps {
                now += pause;
                tokens = (tokens + pause).min(3 * 500);
                let expected = tokens >= 500;
                if expected {
                    tokens -= 500;
                }
                prop_assert_eq!(clever.take(RULES, SimTime(now * 1_000_000)), expected);
            }
        }
    }
}
