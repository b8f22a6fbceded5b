//! When those who hold a stable asset leave it: the game of [`RunGame`], fed with an issuer.

use firesale_types::{Rate, SimDuration};
use serde::{Deserialize, Serialize};

use crate::{Backing, RunGame};

/// How holders decide to run from an issuer.
///
/// The strength of the game is the reserve ratio theta of [`Backing::reserve_ratio`], and the
/// threshold is `theta* = 1 - t'`. Illiquid backing and a long wait make holders more eager, since
/// who is late gets less and later: `t' = t (1 - a l) / (1 + w / w0)`, with the illiquid share `l`
/// and the wait `w`. That both raise theta* is from the calibrated model of a large issuer (R); the
/// form is a closure of ours (grade D). For cash alone and no wait theta* is `1 - t`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRule {
    /// What leaving in vain costs, `t`, between 0 and 1.
    pub cost: f64,
    /// Half of the width of private noise about the reserve ratio.
    pub noise: f64,
    /// How much an illiquid reserve weighs: `a`, between 0 and 1.
    pub illiquid_weight: f64,
    /// The wait that halves the cost: `w0`.
    pub patience: SimDuration,
}

impl RunRule {
    /// The game as it is with such an illiquid share and such a wait.
    #[must_use]
    pub fn game(&self, illiquid_share: Rate, wait: SimDuration) -> RunGame {
        let liquid = 1.0 - self.illiquid_weight * illiquid_share.to_f64().clamp(0.0, 1.0);
        let waits = 1.0 + wait.seconds().max(0.0) / self.patience.seconds().max(1e-9);
        RunGame {
            cost: self.cost * liquid / waits,
            noise: self.noise,
        }
    }

    /// The reserve ratio below which there is a run on such a backing.
    #[must_use]
    pub fn threshold(&self, backing: &Backing, wait: SimDuration) -> f64 {
        self.game(backing.illiquid_share(), wait)
            .critical_strength()
    }

    /// Whether a holder whose error is `u`, between -1 and 1, leaves.
    #[must_use]
    pub fn leaves(&self, backing: &Backing, wait: SimDuration, u: f64) -> bool {
        let signal = backing.reserve_ratio().to_f64() + self.noise * u;
        self.game(backing.illiquid_share(), wait).leaves(signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> RunRule {
        RunRule {
            cost: 0.3,
            noise: 0.02,
            illiquid_weight: 0.5,
            patience: SimDuration::secs(86_400),
        }
    }

    fn backing(liquid: i128, illiquid: i128) -> Backing {
        Backing {
            liquid,
            illiquid: vec![(illiquid, Rate::ONE)],
            liabilities: 100,
            ..Backing::default()
        }
    }

    /// All cash, no wait: 1 - 0.3. Half illiquid: 1 - 0.3 * 0.75 = 0.775. A day's wait as well:
    /// 1 - 0.3 * 0.75 / 2 = 0.8875.
    #[test]
    fn thresholds_by_hand() {
        let day = SimDuration::secs(86_400);
        let at = |illiquid, wait| rule().threshold(&backing(100 - illiquid, illiquid), wait);
        assert!((at(0, SimDuration::ZERO) - 0.7).abs() < 1e-12);
        assert!((at(50, SimDuration::ZERO) - 0.775).abs() < 1e-12);
        assert!((at(50, day) - 0.8875).abs() < 1e-12);
    }

    /// As in the game: a crowd with errors between -1 and 1 begins to run at 1 - t, and at once for
    /// vanishing noise, +/- 0.01.
    #[test]
    fn a_crowd_runs_at_one_minus_the_cost() {
        for noise in [0.1, 0.01, 0.001] {
            let rule = RunRule { noise, ..rule() };
            let leaving = |theta: i128| {
                let errors = (0..1_000).map(|i| f64::from(2 * i + 1) / 1_000.0 - 1.0);
                let left = |u: &f64| {
                    rule.leaves(
                        &Backing {
                            liabilities: 1_000,
                            ..backing(theta, 0)
                        },
                        SimDuration::ZERO,
                        *u,
                    )
                };
                errors.filter(left).count() as f64 / 1_000.0
            };
            let first = (0..1_000)
                .rev()
                .find(|theta| leaving(*theta) >= *theta as f64 / 1_000.0);
            let switch = first.unwrap() as f64 / 1_000.0;
            assert!((switch - 0.7).abs() < 0.01, "noise {noise}: {switch}");
        }
    }
}
