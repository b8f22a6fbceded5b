//! When those who can leave do: the threshold of a run as a global game.
//!
//! Leaving in vain costs `t` of what is at stake; staying where all is lost costs the rest, `1 - t`.
//! What they leave fails if the share that leaves reaches its strength theta (the part of the claims
//! that can be paid). Each sees x = theta + epsilon u, u uniform between -1 and 1, and knows nothing
//! else. There is one equilibrium: whoever sees less than x* leaves. At theta* the share below x* is
//! theta* itself, and at x* the belief in failure is t; so theta* = 1 - t whatever the noise, and
//! x* = theta* + epsilon (2 theta* - 1).
//!
//! Morris and Shin's form of the game (D: solved here for uniform noise; t = 0.3 gives 0.7).

use serde::{Deserialize, Serialize};

/// The game that everybody with a claim plays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunGame {
    /// What leaving in vain costs, over what staying too long costs and that together: `t`.
    pub cost: f64,
    /// Half of the width of private noise: `epsilon`.
    pub noise: f64,
}

impl RunGame {
    /// The strength below which there is a run: theta* = 1 - t.
    #[must_use]
    pub fn critical_strength(&self) -> f64 {
        1.0 - self.cost
    }

    /// The signal below which one leaves: x* = theta* + epsilon (2 theta* - 1).
    #[must_use]
    pub fn switching_signal(&self) -> f64 {
        let critical = self.critical_strength();
        critical + self.noise * (2.0 * critical - 1.0)
    }

    /// The posterior probability of failure at a signal: that theta lies below theta*, theta being
    /// uniform within epsilon of the signal.
    #[must_use]
    pub fn belief(&self, signal: f64) -> f64 {
        let short_of = self.critical_strength() - signal;
        if self.noise <= 0.0 {
            return f64::from(u8::from(short_of > 0.0));
        }
        ((short_of + self.noise) / (2.0 * self.noise)).clamp(0.0, 1.0)
    }

    /// Whether the belief at a signal is above what leaving in vain costs.
    #[must_use]
    pub fn leaves(&self, signal: f64) -> bool {
        self.belief(signal) > self.cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of 10,000 players, their noise spread evenly, that leaves at a strength.
    fn leaving(game: &RunGame, strength: f64) -> f64 {
        let players = 10_000;
        let noise = (0..players).map(|i| (2.0 * f64::from(i) + 1.0) / f64::from(players) - 1.0);
        let left = noise.filter(|u| game.leaves(strength + game.noise * u));
        left.count() as f64 / f64::from(players)
    }

    /// The strength at which a run begins is 1 - t for any noise: 0.7 for t = 0.3.
    #[test]
    fn runs_begin_at_one_minus_the_cost() {
        for (cost, critical) in [(0.3, 0.7), (0.1, 0.9), (0.5, 0.5)] {
            for noise in [0.001, 0.05, 0.2] {
                let game = RunGame { cost, noise };
                let fails = |strength: f64| leaving(&game, strength) >= strength;
                let (mut low, mut high) = (0.0, 1.0);
                while high - low > 1e-6 {
                    let middle = f64::midpoint(low, high);
                    if fails(middle) {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                assert!(
                    (low - critical).abs() < 1e-3,
                    "t {cost}, noise {noise}: {low}"
                );
            }
        }
    }

    /// t = 0.3, epsilon = 0.1: x* = 0.7 + 0.1 * 0.4 = 0.74, where the belief is 0.3.
    #[test]
    fn the_switching_signal_by_hand() {
        let game = RunGame {
            cost: 0.3,
            noise: 0.1,
        };
        assert!((game.switching_signal() - 0.74).abs() < 1e-12);
        assert!((game.belief(0.74) - 0.3).abs() < 1e-12);
        assert_eq!((game.belief(0.59), game.belief(0.81)), (1.0, 0.0));
        assert!(game.leaves(0.7399) && !game.leaves(0.7401));
        let sure = RunGame { noise: 0.0, ..game };
        assert!(sure.leaves(0.69) && !sure.leaves(0.71));
    }
}
