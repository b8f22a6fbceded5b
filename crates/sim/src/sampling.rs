//! A population from its published totals: sizes by stratified quantiles, leverage by the distance to
//! liquidation.
//!
//! The body of a population is sampled, its tail is not: the largest accounts stay one to one, the
//! others are grouped into strata of equal weight, and a member takes the mean size of its stratum.
//! Totals, tail and concentration keep their values at every scale.

use firesale_types::{AgentRng, normal_quantile};

/// Sizes of real accounts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SizeLaw {
    /// All alike.
    Fixed(f64),
    /// P(X > x) = (min / x)^alpha up to a cap, at which all larger ones are cut.
    Pareto { min: f64, alpha: f64, cap: f64 },
}

/// One member: how many real accounts it stands for, and the mean size of these.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stratum {
    pub(crate) weight: u32,
    pub(crate) size: f64,
}

impl SizeLaw {
    /// The size at the upper-tail probability `p`: the largest account has `p` near zero.
    fn upper_quantile(self, p: f64) -> f64 {
        match self {
            Self::Fixed(size) => size,
            Self::Pareto { min, alpha, cap } => (min * libm::pow(p, -1.0 / alpha)).min(cap),
        }
    }

    /// The mean size.
    pub(crate) fn mean(self) -> f64 {
        self.mean_between(0.0, 1.0)
    }

    /// The mean size between upper-tail probabilities `from` < `to`.
    fn mean_between(self, from: f64, to: f64) -> f64 {
        match self {
            Self::Fixed(size) => size,
            Self::Pareto { min, alpha, cap } => {
                // Below this probability sizes are cut at the cap.
                let cut = libm::pow(min / cap, alpha);
                let at_cap = (cut - from).clamp(0.0, to - from) * cap;
                let low = from.max(cut).min(to);
                let k = 1.0 - 1.0 / alpha;
                let integral = if k.abs() < 1e-9 {
                    libm::log(to / low)
                } else {
                    (libm::pow(to, k) - libm::pow(low, k)) / k
                };
                (at_cap + min * integral) / (to - from)
            }
        }
    }
}

/// `accounts` real accounts as about `members` agents, largest first. A quarter of the agents (or all,
/// if there are as many) are single real accounts; the rest share the body evenly.
pub(crate) fn stratify(law: SizeLaw, accounts: u64, members: u64) -> Vec<Stratum> {
    let members = members.clamp(1, accounts.max(1)).min(accounts);
    let single = if members == accounts {
        members
    } else {
        members / 4
    };
    let n = accounts as f64;
    let mut strata: Vec<Stratum> = (0..single)
        .map(|i| Stratum {
            weight: 1,
            size: law.upper_quantile((i as f64 + 0.5) / n),
        })
        .collect();
    let (body, groups) = (accounts - single, members - single);
    let mut taken = single;
    for g in 0..groups {
        let upto = single + body * (g + 1) / groups;
        let size = law.mean_between(taken as f64 / n, upto as f64 / n);
        strata.push(Stratum {
            weight: (upto - taken) as u32,
            size,
        });
        taken = upto;
    }
    strata
}

/// How leverage is spread over members.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum LeverageLaw {
    /// All alike.
    Fixed(f64),
    /// Lognormal, cut at `max`.
    Lognormal { median: f64, sigma: f64, max: f64 },
    /// From the share of notional that is liquidated at a fall `d`:
    /// `share * (1 - exp(-(d / distance)^shape))`; the others have leverage `rest`.
    Curve {
        share: f64,
        distance: f64,
        shape: f64,
        rest: f64,
    },
}

impl LeverageLaw {
    /// The effective leverage (notional over equity) at quantile `u` of the law, for a position with
    /// maintenance rate `maintenance` and maximum leverage `cap`; `scale` shrinks the excess over 1.
    ///
    /// A long with leverage L is liquidated at the fall d where 1/L - d = m (1 - d).
    pub(crate) fn at(self, u: f64, maintenance: f64, cap: f64, scale: f64) -> f64 {
        let full = match self {
            Self::Fixed(leverage) => leverage,
            Self::Lognormal { median, sigma, max } => {
                (median * libm::exp(sigma * normal_quantile(u))).min(max)
            }
            Self::Curve {
                share,
                distance,
                shape,
                rest,
            } => {
                if u >= share {
                    rest
                } else {
                    let d = distance * libm::pow(-libm::log(1.0 - u / share), 1.0 / shape);
                    1.0 / (d + maintenance * (1.0 - d)).max(1e-6)
                }
            }
        };
        // A position may start at its initial margin, not above it.
        let full = full.min(cap * 0.98);
        if full <= 1.0 {
            full.max(0.05)
        } else {
            1.0 + (full - 1.0) * scale
        }
    }
}

/// A random permutation of `0..n` (Fisher and Yates).
pub(crate) fn permutation(n: usize, rng: &mut AgentRng) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    for i in (1..n).rev() {
        order.swap(i, rng.below(i as u64 + 1) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use firesale_types::{Domain, RunSeed, StreamKey};

    #[test]
    fn totals_survive_every_scale() {
        let law = SizeLaw::Pareto {
            min: 290.0,
            alpha: 0.85,
            cap: 150e6,
        };
        let total = |members| -> (f64, u64) {
            let strata = stratify(law, 1_000_000, members);
            let sum = strata.iter().map(|s| f64::from(s.weight) * s.size).sum();
            (sum, strata.iter().map(|s| u64::from(s.weight)).sum())
        };
        let (full, n) = total(1_000_000);
        assert_eq!(n, 1_000_000);
        for members in [200, 5_000, 100_000] {
            let (sum, accounts) = total(members);
            assert_eq!(accounts, 1_000_000);
            assert!(
                (sum / full - 1.0).abs() < 0.02,
                "{members} members: {}",
                sum / full
            );
        }
        let mean = full / 1e6;
        assert!(
            (9_000.0..12_500.0).contains(&mean),
            "the sizing sheet says 9-12k, this is {mean}"
        );
    }

    #[test]
    fn the_largest_stay_single() {
        let law = SizeLaw::Pareto {
            min: 1200.0,
            alpha: 0.7,
            cap: 300e6,
        };
        let few = stratify(law, 120_000, 4_000);
        let all = stratify(law, 120_000, 120_000);
        assert_eq!(few.len(), 4_000);
        assert_eq!(few[..1000], all[..1000]);
        assert!(few.windows(2).all(|w| w[0].size >= w[1].size));
    }

    #[test]
    fn the_curve_is_reproduced() {
        // Share of notional whose liquidation lies within a fall of 10%: 29% on the Hyperliquid-like
        // curve of the sizing sheet.
        let law = LeverageLaw::Curve {
            share: 0.73,
            distance: 0.151,
            shape: 1.66,
            rest: 1.5,
        };
        let m = 0.0125;
        let n = 100_000;
        let within = (0..n)
            .filter(|i| {
                let leverage = law.at((f64::from(*i) + 0.5) / f64::from(n), m, 40.0, 1.0);
                let fall = (1.0 / leverage - m) / (1.0 - m);
                fall <= 0.10
            })
            .count();
        let share = within as f64 / f64::from(n);
        assert!((share - 0.29).abs() < 0.01, "{share}");
        assert_eq!(law.at(0.3, m, 40.0, 0.0), 1.0);
    }

    #[test]
    fn a_permutation_has_everybody_once() {
        let key = StreamKey {
            domain: Domain::Genesis,
            population: 1,
            index: 0,
            time_ns: 0,
        };
        let mut order = permutation(1000, &mut AgentRng::open(RunSeed(4), key));
        assert_ne!(order[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        order.sort_unstable();
        assert!(order.iter().enumerate().all(|(i, &x)| i as u32 == x));
    }
}
