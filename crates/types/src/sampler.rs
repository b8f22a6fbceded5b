//! Samplers over `libm`: the same bits on every platform, a fixed number of draws where possible.

use crate::AgentRng;

/// The standard normal quantile of `p` in (0, 1): Wichura's algorithm AS 241 (PPND16, Applied
/// Statistics 37, 1988), relative accuracy about 1e-16.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    fn ratio(r: f64, num: [f64; 8], den: [f64; 7]) -> f64 {
        let n = num.iter().rev().fold(0.0, |acc, c| acc * r + c);
        let d = den.iter().rev().fold(0.0, |acc, c| acc * r + c) * r + 1.0;
        n / d
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(
            r,
            [
                3.387_132_872_796_366_5,
                133.141_667_891_784_38,
                1_971.590_950_306_551_3,
                13_731.693_765_509_46,
                45_921.953_931_549_87,
                67_265.770_927_008_7,
                33_430.575_583_588_13,
                2_509.080_928_730_122_7,
            ],
            [
                42.313_330_701_600_91,
                687.187_007_492_057_9,
                5_394.196_021_424_751,
                21_213.794_301_586_597,
                39_307.895_800_092_71,
                28_729.085_735_721_943,
                5_226.495_278_852_854,
            ],
        );
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let x = if r <= 5.0 {
        ratio(
            r - 1.6,
            [
                1.423_437_110_749_683_5,
                4.630_337_846_156_546,
                5.769_497_221_460_691,
                3.647_848_324_763_204_5,
                1.270_458_252_452_368_4,
                0.241_780_725_177_450_6,
                0.022_723_844_989_269_184,
                7.745_450_142_783_414e-4,
            ],
            [
                2.053_191_626_637_759,
                1.676_384_830_183_803_8,
                0.689_767_334_985_1,
                0.148_103_976_427_480_08,
                0.015_198_666_563_616_457,
                5.475_938_084_995_345e-4,
                1.050_750_071_644_416_9e-9,
            ],
        )
    } else {
        ratio(
            r - 5.0,
            [
                6.657_904_643_501_103,
                5.463_784_911_164_114,
                1.784_826_539_917_291_3,
                0.296_560_571_828_504_87,
                0.026_532_189_526_576_124,
                0.001_242_660_947_388_078_4,
                2.711_555_568_743_487_6e-5,
                2.010_334_399_292_288e-7,
            ],
            [
                0.599_832_206_555_888,
                0.136_929_880_922_735_8,
                0.014_875_361_290_850_615,
                7.868_691_311_456_133e-4,
                1.846_318_317_510_054_8e-5,
                1.421_511_758_316_446e-7,
                2.044_263_103_389_939_8e-15,
            ],
        )
    };
    if q < 0.0 { -x } else { x }
}

/// Standard normal; one draw.
#[inline]
pub fn normal(rng: &mut AgentRng) -> f64 {
    normal_quantile(rng.uniform())
}

/// Lognormal with the given mean and standard deviation of the logarithm; one draw.
#[inline]
pub fn lognormal(rng: &mut AgentRng, mu: f64, sigma: f64) -> f64 {
    libm::exp(mu + sigma * normal(rng))
}

/// Exponential with the given mean; one draw.
#[inline]
pub fn exponential(rng: &mut AgentRng, mean: f64) -> f64 {
    -mean * libm::log(rng.uniform())
}

/// Pareto: P(X > x) = (x_min / x)^alpha for x >= x_min; one draw.
#[inline]
pub fn pareto(rng: &mut AgentRng, x_min: f64, alpha: f64) -> f64 {
    x_min * libm::exp(-libm::log(rng.uniform()) / alpha)
}

/// Poisson with the given mean: inversion below 30, above it as a sum of halves (a Poisson variable
/// of mean 2m is the sum of two of mean m), so the number of draws grows with the mean.
///
/// # Panics
/// If the mean is negative, NaN or above 10^7.
pub fn poisson(rng: &mut AgentRng, mean: f64) -> u64 {
    assert!(
        (0.0..=1e7).contains(&mean),
        "Poisson mean {mean} out of range"
    );
    if mean > 30.0 {
        let half = mean / 2.0;
        return poisson(rng, half) + poisson(rng, mean - half);
    }
    let u = rng.uniform();
    let mut p = libm::exp(-mean);
    let mut cumulative = p;
    let mut k = 0;
    // The tail beyond 200 has probability below 1e-90 for a mean of 30.
    while u > cumulative && k < 200 {
        k += 1;
        p *= mean / k as f64;
        cumulative += p;
    }
    k
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Domain, RunSeed, StreamKey};
    use rand_distr::Distribution;

    fn rng(index: u64) -> AgentRng {
        AgentRng::open(
            RunSeed(11),
            StreamKey {
                domain: Domain::Genesis,
                population: 0,
                index,
                time_ns: 0,
            },
        )
    }

    /// The two-sample Kolmogorov-Smirnov distance.
    fn distance(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
        a.sort_by(f64::total_cmp);
        b.sort_by(f64::total_cmp);
        let (mut i, mut j, mut d) = (0, 0, 0.0_f64);
        while i < a.len() && j < b.len() {
            let x = a[i].min(b[j]);
            while i < a.len() && a[i] <= x {
                i += 1;
            }
            while j < b.len() && b[j] <= x {
                j += 1;
            }
            d = d.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
        }
        d
    }

    const N: usize = 40_000;
    /// The 0.1% critical value of the two-sample test for two samples of `N`.
    const CRITICAL: f64 = 1.95 * 0.007_071_067_8;

    fn check<D: Distribution<f64>>(ours: fn(&mut AgentRng) -> f64, oracle: D, seed: u64) -> f64 {
        let (mut a, mut b) = (rng(seed), rng(seed + 1000));
        let mine = (0..N).map(|_| ours(&mut a)).collect();
        let theirs = (0..N).map(|_| oracle.sample(&mut b)).collect();
        distance(mine, theirs)
    }

    #[test]
    fn agree_with_rand_distr() {
        assert!(check(normal, rand_distr::StandardNormal, 1) < CRITICAL);
        assert!(
            check(
                |r| exponential(r, 2.0),
                rand_distr::Exp::new(0.5).unwrap(),
                2
            ) < CRITICAL
        );
        assert!(
            check(
                |r| pareto(r, 3.0, 0.8),
                rand_distr::Pareto::new(3.0, 0.8).unwrap(),
                3
            ) < CRITICAL
        );
        assert!(
            check(
                |r| lognormal(r, 0.3, 0.7),
                rand_distr::LogNormal::new(0.3, 0.7).unwrap(),
                4
            ) < CRITICAL
        );
        for (mean, seed) in [(0.7, 5), (12.0, 6), (180.0, 7)] {
            let (mut a, mut b) = (rng(seed), rng(seed + 1000));
            let oracle = rand_distr::Poisson::new(mean).unwrap();
            let mine = (0..N).map(|_| poisson(&mut a, mean) as f64).collect();
            let theirs = (0..N).map(|_| oracle.sample(&mut b)).collect();
            assert!(distance(mine, theirs) < CRITICAL);
        }
    }

    #[test]
    fn a_wrong_scale_is_seen() {
        let wrong = check(|r| 1.12 * normal(r), rand_distr::StandardNormal, 1);
        assert!(wrong > CRITICAL, "the test has no power: {wrong}");
    }

    #[test]
    fn quantiles_match_published_ones() {
        for (p, x) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_814),
            (1e-20, -9.262_340_089_798_408),
            (0.975, 1.959_963_984_540_054),
        ] {
            assert!((normal_quantile(p) - x).abs() < 1e-14 * x.abs().max(1.0) * 10.0);
        }
    }

    #[test]
    fn golden_bits() {
        let mut r = rng(0);
        let bits = [
            normal(&mut r),
            exponential(&mut r, 1.0),
            pareto(&mut r, 1.0, 0.8),
        ]
        .map(f64::to_bits);
        assert_eq!(bits, GOLDEN, "a sampler changed its bits");
    }

    const GOLDEN: [u64; 3] = [
        13_830_607_209_836_423_701,
        4_604_864_236_328_074_539,
        4_617_878_753_379_999_434,
    ];
}
