//! Why an issuer lets few redeem: wider primary access steadies the price and feeds runs.
//!
//! Holders cannot redeem; they sell to arbitrageurs, who can. From the paper of Ma, Zeng and Zhang
//! (R) are the two sides of the trade: more efficient arbitrage brings the secondary price nearer
//! to par, and by the same token a holder who runs gets more, so that runs begin at better
//! fundamentals; about 6 agents redeem at one issuer, over 500 at the other. That liquid reserves go
//! first, that the rest is sold at a discount, and that strategic holders play a global game is
//! theirs too.
//!
//! The forms are closures of ours (grade D): the discount at which a share `s` of the supply sells
//! is `K s` with `1 / K = depth_outside + n depth_each`; staying pays a convenience on what is left
//! if the fundamental is good, which has probability theta; at the threshold a holder believes
//! every share of sellers equally likely, so
//!
//! `theta* = integral of sell(s) / integral of stay(s)`, both over s in [0, 1].

use crate::run_theory::integral;

/// The market around one issuer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrimaryAccessModel {
    /// The share of the supply that others than arbitrageurs would buy for a discount of one
    /// dollar: depth without any primary access.
    pub depth_outside: f64,
    /// What one arbitrageur adds.
    pub depth_each: f64,
    /// The standard deviation of noise selling, as a share of the supply.
    pub noise: f64,
    /// The share of the reserve that is not cash: `l`.
    pub illiquid_share: f64,
    /// What a dollar of it loses when sold early: `phi`.
    pub fire_sale_loss: f64,
    /// What staying is worth beyond the dollar.
    pub convenience: f64,
    /// The mean of the fundamental over the months in question.
    pub fundamental_mean: f64,
    /// Its standard deviation.
    pub fundamental_sd: f64,
}

impl Default for PrimaryAccessModel {
    /// Six arbitrageurs are as deep as everybody else, so that access on to access off is one half,
    /// within the 0.4 to 0.6 of (R); the mean gap there is 20 basis points, and the fundamental is
    /// such that the probability of a run lies between the 3.45% and 17% of (R). All grade D.
    fn default() -> Self {
        Self {
            depth_outside: 0.8,
            depth_each: 0.8 / 6.0,
            noise: 0.004,
            illiquid_share: 0.85,
            fire_sale_loss: 0.05,
            convenience: 0.5,
            fundamental_mean: 0.95,
            fundamental_sd: 0.3,
        }
    }
}

impl PrimaryAccessModel {
    /// The discount a unit of the supply sold.
    #[must_use]
    pub fn impact(&self, arbitrageurs: u32) -> f64 {
        1.0 / (self.depth_outside + f64::from(arbitrageurs) * self.depth_each)
    }

    /// The mean gap to par under noise selling: `K sigma sqrt(2 / pi)`. Falls in `arbitrageurs`.
    #[must_use]
    pub fn mean_gap(&self, arbitrageurs: u32) -> f64 {
        let mean_of_half_normal = libm::sqrt(2.0 / core::f64::consts::PI);
        self.impact(arbitrageurs) * self.noise * mean_of_half_normal
    }

    /// The gap with so many arbitrageurs over that with so few: what wider access does, 0.4 to 0.6
    /// when one issuer opened its primary market (Lyons and Viswanath-Natraj (R)).
    #[must_use]
    pub fn access_ratio(&self, few: u32, many: u32) -> f64 {
        self.mean_gap(many) / self.mean_gap(few)
    }

    /// What the reserve brings if everybody leaves.
    #[must_use]
    pub fn payable(&self) -> f64 {
        1.0 - self.illiquid_share * self.fire_sale_loss
    }

    /// The share of illiquid reserves that is sold when a share of the supply is redeemed.
    #[must_use]
    pub fn liquidated_share(&self, redeemed: f64) -> f64 {
        let cash = 1.0 - self.illiquid_share;
        let face = (redeemed - cash).max(0.0) / (1.0 - self.fire_sale_loss);
        (face / self.illiquid_share).min(1.0)
    }

    /// What a holder gets who sells together with a share of the supply.
    #[must_use]
    pub fn sell(&self, arbitrageurs: u32, sold: f64) -> f64 {
        let paid = (self.payable() / sold.max(f64::MIN_POSITIVE)).min(1.0);
        (paid - self.impact(arbitrageurs) * sold).max(0.0)
    }

    /// What a holder gets who stays when a share of the supply was sold, if all goes well.
    #[must_use]
    pub fn stay(&self, sold: f64) -> f64 {
        if sold >= self.payable() {
            return 0.0;
        }
        let lost = self.liquidated_share(sold) * self.illiquid_share * self.fire_sale_loss;
        (1.0 + self.convenience) * (1.0 - sold - lost) / (1.0 - sold)
    }

    /// The fundamental below which everybody sells; above one if there is always a run. Rises in
    /// `arbitrageurs`.
    #[must_use]
    pub fn threshold(&self, arbitrageurs: u32) -> f64 {
        let selling = self.pieces(|sold| self.sell(arbitrageurs, sold), arbitrageurs);
        let staying = self.pieces(|sold| self.stay(sold), arbitrageurs);
        selling / staying
    }

    /// The integral over [0, 1], piece by piece between the kinks of the functions.
    fn pieces(&self, f: impl Fn(f64) -> f64, arbitrageurs: u32) -> f64 {
        let worthless = 1.0 / self.impact(arbitrageurs);
        let late = (self.payable() / self.impact(arbitrageurs)).max(0.0);
        let kinks = [
            1.0 - self.illiquid_share,
            self.payable(),
            worthless,
            libm::sqrt(late),
        ];
        let mut ends: Vec<f64> = kinks
            .into_iter()
            .filter(|x| (0.0..1.0).contains(x))
            .collect();
        ends.extend([0.0, 1.0]);
        ends.sort_by(f64::total_cmp);
        // A hair inside, so that a jump at an end belongs to neither side.
        let piece = |w: &[f64]| integral(w[0] + 1e-12, w[1] - 1e-12, &f);
        ends.windows(2).map(piece).sum()
    }

    /// How likely a run is: that the fundamental, normal, is below the threshold. Rises in
    /// `arbitrageurs`.
    #[must_use]
    pub fn run_probability(&self, arbitrageurs: u32) -> f64 {
        let short = self.threshold(arbitrageurs) - self.fundamental_mean;
        0.5 * libm::erfc(-short / self.fundamental_sd / core::f64::consts::SQRT_2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All cash, impact 0.5, no convenience: selling brings 1 - s / 2, on average 0.75; staying 1.
    /// The gap is 0.5 * 0.001 * 0.797885.
    #[test]
    fn a_narrow_bank_by_hand() {
        let model = PrimaryAccessModel {
            depth_outside: 1.0,
            depth_each: 0.5,
            noise: 0.001,
            illiquid_share: 0.0,
            convenience: 0.0,
            ..PrimaryAccessModel::default()
        };
        assert!(
            (model.threshold(2) - 0.75).abs() < 1e-9,
            "{}",
            model.threshold(2)
        );
        assert!((model.mean_gap(2) - 3.989_423e-4).abs() < 1e-9);
        assert!((model.threshold(0) - 0.5).abs() < 1e-9);
    }

    /// Half illiquid, a fifth of it lost: payable 0.9. When 0.7 sold, 0.2 / 0.8 = 0.25 of illiquid
    /// assets went, half of what there was; 0.05 lost; those who stay have 0.25 / 0.3.
    #[test]
    fn illiquid_reserves_by_hand() {
        let model = PrimaryAccessModel {
            illiquid_share: 0.5,
            fire_sale_loss: 0.2,
            convenience: 0.0,
            ..PrimaryAccessModel::default()
        };
        assert!((model.payable() - 0.9).abs() < 1e-12);
        assert!((model.liquidated_share(0.7) - 0.5).abs() < 1e-12);
        assert!((model.stay(0.7) - 0.25 / 0.3).abs() < 1e-12);
        assert_eq!(model.liquidated_share(0.4), 0.0);
    }

    /// Two monotone curves of opposite sign, and the halving of deviations by access.
    #[test]
    fn steadier_prices_and_more_runs() {
        let model = PrimaryAccessModel::default();
        let sweep = [0, 1, 2, 4, 6, 12, 25, 50, 100, 200, 560];
        let gaps = sweep.map(|n| model.mean_gap(n));
        let runs = sweep.map(|n| model.run_probability(n));
        assert!(gaps.is_sorted_by(|a, b| a > b), "{gaps:?}");
        assert!(runs.is_sorted_by(|a, b| a < b), "{runs:?}");
        let ratio = model.access_ratio(0, 6);
        assert!((0.4..=0.6).contains(&ratio), "{ratio}");
        assert!((gaps[4] - 0.002).abs() < 1e-5, "{}", gaps[4]);
        assert!((0.0345..=0.17).contains(&runs[4]), "{runs:?}");
        // Less liquid reserves make runs likelier at any access.
        let cash = PrimaryAccessModel {
            illiquid_share: 0.2,
            ..model
        };
        assert!(
            sweep
                .iter()
                .all(|n| cash.run_probability(*n) < model.run_probability(*n))
        );
    }
}
