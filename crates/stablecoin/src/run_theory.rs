//! Theories of runs in closed form: what simulated runs are compared with.
//!
//! Nothing here is state of a simulation; numbers are floats.

/// Steps of a numerical integral.
const STEPS: u32 = 4_096;

/// A bank of Diamond and Dybvig: a share of depositors must leave early, the others may.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepositContract {
    /// The share that must leave early: `lambda`.
    pub impatient: f64,
    /// What those who leave early are promised a unit: `r1`.
    pub early: f64,
    /// What a unit that stays grows to if all goes well: `R`.
    pub late: f64,
}

/// The pure equilibria of a [`DepositContract`] whose assets are safe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepositEquilibria {
    /// Only the impatient leave.
    pub calm: bool,
    /// Everybody leaves.
    pub run: bool,
    /// The share of those in line that a run serves in full.
    pub served: f64,
}

impl DepositContract {
    /// Both equilibria exist if and only if `r1 > 1`, as long as the promise can be kept at all;
    /// sequential service then pays `1 / r1` of all depositors (D).
    #[must_use]
    pub fn equilibria(&self) -> DepositEquilibria {
        let left = 1.0 - self.impatient;
        let patient = (1.0 - self.impatient * self.early) * self.late / left;
        DepositEquilibria {
            calm: patient >= self.early,
            run: self.early > 1.0,
            served: (1.0 / self.early).min(1.0),
        }
    }

    /// The fundamental below which all leave, in the game of Goldstein and Pauzner: at `theta*` a
    /// patient depositor who believes every share of leavers equally likely is indifferent,
    ///
    /// `integral over n in [lambda, 1/r1] of p(theta) u((1 - n r1) R / (1 - n))`
    /// `= integral there of u(r1) + integral over [1/r1, 1] of u(r1) / (n r1)`
    ///
    /// (remembered, unverified). `success` is p, increasing from 0 to 1 over [0, 1]. `None` if even
    /// the best fundamental is too weak.
    #[must_use]
    pub fn run_threshold(
        &self,
        success: impl Fn(f64) -> f64,
        utility: impl Fn(f64) -> f64,
    ) -> Option<f64> {
        let solvent = 1.0 / self.early;
        let stay = |n: f64| utility((1.0 - n * self.early) * self.late / (1.0 - n));
        let leave = utility(self.early);
        let staying = integral(self.impatient, solvent, stay);
        let leaving = (solvent - self.impatient) * leave
            + integral(solvent, 1.0, |n| leave / (n * self.early));
        let needed = leaving / staying;
        if success(1.0) < needed {
            return None;
        }
        let (mut low, mut high) = (0.0, 1.0);
        while high - low > 1e-12 {
            let middle = f64::midpoint(low, high);
            if success(middle) < needed {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(f64::midpoint(low, high))
    }
}

/// The integral of a smooth function by Simpson's rule.
pub(crate) fn integral(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    let step = (to - from) / f64::from(STEPS);
    let weight = |i: u32| match i {
        0 | STEPS => 1.0,
        i if i % 2 == 1 => 4.0,
        _ => 2.0,
    };
    let terms = (0..=STEPS).map(|i| weight(i) * f(from + step * f64::from(i)));
    terms.sum::<f64>() * step / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: DepositContract = DepositContract {
        impatient: 0.1,
        early: 1.05,
        late: 2.0,
    };

    /// Linear utility, p(theta) = theta. Staying: 2 (1.05 (1/1.05 - 0.1) + 0.05 (ln(0.05/1.05) -
    /// ln 0.9)) = 1.496084; leaving: 1 - 0.105 + ln 1.05 = 0.943790; the ratio is 0.63084 (R).
    #[test]
    fn the_threshold_of_goldstein_and_pauzner() {
        let threshold = CONTRACT.run_threshold(|theta| theta, |c| c).unwrap();
        assert!((threshold - 0.63084).abs() < 5e-6, "{threshold}");
        // With p = theta^2 the square of the threshold is the same.
        let square = CONTRACT
            .run_threshold(|theta| theta * theta, |c| c)
            .unwrap();
        assert!((square * square - threshold).abs() < 1e-9);
        // The averse run earlier.
        let averse = CONTRACT
            .run_threshold(|theta| theta, |c| c.max(0.0).sqrt())
            .unwrap();
        assert!(averse > threshold);
        let hopeless = DepositContract {
            late: 1.1,
            ..CONTRACT
        };
        assert_eq!(hopeless.run_threshold(|theta| theta, |c| c), None);
    }

    /// A promise of 1.25 pays 80% of a run; a promise of 1 cannot be run on; one of 10 at a tenth
    /// of early leavers can only be run on.
    #[test]
    fn two_equilibria_if_the_promise_is_above_one() {
        let promise = |early| DepositContract { early, ..CONTRACT }.equilibria();
        let both = DepositEquilibria {
            calm: true,
            run: true,
            served: 0.8,
        };
        assert_eq!(promise(1.25), both);
        let calm = DepositEquilibria {
            calm: true,
            run: false,
            served: 1.0,
        };
        assert_eq!(promise(1.0), calm);
        assert_eq!(promise(0.9), calm);
        assert!(!promise(10.0).calm && promise(10.0).run);
    }

    #[test]
    fn simpson_is_exact_for_cubes() {
        assert!((integral(-1.0, 3.0, |x| x * x * x) - 20.0).abs() < 1e-11);
    }
}
