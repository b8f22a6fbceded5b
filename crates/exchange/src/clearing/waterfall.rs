//! The default waterfall: a loss goes down the layers, each used up before the next is touched.

use firesale_types::Usd;
use serde::{Deserialize, Serialize};

use crate::proportion::{capped, pro_rata};

/// Who bears a part of a loss, in the order in which they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The defaulter's margin.
    Margin,
    /// The defaulter's contribution to the default fund.
    Contribution,
    /// The first tranche of the house's own capital.
    OwnCapital,
    /// The other members' contributions.
    MutualFund,
    /// The second tranche of own capital.
    SecondCapital,
    /// What members are called for beyond their contributions.
    Assessment,
    /// Gains since the last settlement that are kept back.
    GainsHaircut,
    /// Claims of those whose contracts are torn up.
    TearUp,
}

impl Layer {
    /// All, in the order in which they pay.
    pub const ALL: [Self; 8] = [
        Self::Margin,
        Self::Contribution,
        Self::OwnCapital,
        Self::MutualFund,
        Self::SecondCapital,
        Self::Assessment,
        Self::GainsHaircut,
        Self::TearUp,
    ];

    /// Its name in scenarios and records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Margin => "margin",
            Self::Contribution => "contribution",
            Self::OwnCapital => "own_capital",
            Self::MutualFund => "mutual_fund",
            Self::SecondCapital => "second_capital",
            Self::Assessment => "assessment",
            Self::GainsHaircut => "gains_haircut",
            Self::TearUp => "tear_up",
        }
    }
}

/// One surviving member's part of the default fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundShare {
    /// Its contribution.
    pub amount: Usd,
    /// Whether it pays before the others: it did not bid in the auction.
    pub junior: bool,
}

/// What stands against a loss. Amounts are not negative.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// The defaulter's margin.
    pub margin: Usd,
    /// The defaulter's contribution.
    pub contribution: Usd,
    /// The first tranche of own capital.
    pub own_capital: Usd,
    /// The other members' contributions.
    pub fund: Vec<FundShare>,
    /// The second tranche of own capital.
    pub second_capital: Usd,
    /// The most that each member can be assessed for.
    pub assessments: Vec<Usd>,
    /// The most that can be kept back of each gain.
    pub gains: Vec<Usd>,
}

/// Who pays what of a loss: the shape of [`Resources`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// Of the defaulter's margin.
    pub margin: Usd,
    /// Of its contribution.
    pub contribution: Usd,
    /// Of the first tranche of own capital.
    pub own_capital: Usd,
    /// Of each other contribution.
    pub fund: Vec<Usd>,
    /// Of the second tranche of own capital.
    pub second_capital: Usd,
    /// Each member's assessment.
    pub assessments: Vec<Usd>,
    /// Of each gain.
    pub haircuts: Vec<Usd>,
    /// What no layer covers: left to tear-up.
    pub uncovered: Usd,
}

/// Sends a loss down the waterfall. Inside a layer it is borne in proportion to what stands there,
/// to the micro-dollar by the largest remainder; in the fund those who did not bid come first.
#[must_use]
pub fn allocate(loss: Usd, resources: &Resources) -> Allocation {
    let mut left = loss.0.max(0);
    let mut single = |available: Usd| {
        let paid = left.min(available.0);
        left -= paid;
        Usd(paid)
    };
    let margin = single(resources.margin);
    let contribution = single(resources.contribution);
    let own_capital = single(resources.own_capital);
    let mut fund = vec![Usd::ZERO; resources.fund.len()];
    for junior in [true, false] {
        let amount = |share: &FundShare| {
            if share.junior == junior {
                share.amount
            } else {
                Usd::ZERO
            }
        };
        let amounts: Vec<Usd> = resources.fund.iter().map(amount).collect();
        for (paid, more) in fund.iter_mut().zip(layer(&mut left, &amounts)) {
            *paid += more;
        }
    }
    let second = left.min(resources.second_capital.0);
    left -= second;
    let assessments = layer(&mut left, &resources.assessments);
    let haircuts = layer(&mut left, &resources.gains);
    Allocation {
        margin,
        contribution,
        own_capital,
        fund,
        second_capital: Usd(second),
        assessments,
        haircuts,
        uncovered: Usd(left),
    }
}

/// What each of many pays of what is left.
fn layer(left: &mut i64, available: &[Usd]) -> Vec<Usd> {
    let all: i128 = available.iter().map(|one| i128::from(one.0)).sum();
    let paid = i128::from(*left).min(all) as i64;
    if paid == 0 {
        return vec![Usd::ZERO; available.len()];
    }
    *left -= paid;
    let available: Vec<i64> = available.iter().map(|one| one.0).collect();
    pro_rata(&available, paid).into_iter().map(Usd).collect()
}

/// Tear-up: those whose contracts are closed bear what is uncovered in proportion to the value of
/// what is closed (first of each pair), nobody more than it can pay (second). Returns what each
/// bears; less than all only if nobody can pay more.
#[must_use]
pub fn tear_up(uncovered: Usd, closed: &[(Usd, Usd)]) -> Vec<Usd> {
    let weights: Vec<i64> = closed.iter().map(|(value, _)| value.0.max(0)).collect();
    let caps: Vec<i64> = closed.iter().map(|(_, cap)| cap.0.max(0)).collect();
    let parts = capped(&weights, &caps, uncovered.0.max(0));
    parts.into_iter().map(Usd).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amounts(list: &[i64]) -> Vec<Usd> {
        list.iter().map(|&one| Usd(one)).collect()
    }

    /// Four survivors with 40, 30, 20 and 10 in the fund, assessed for as much again; gains of 60
    /// and 20.
    fn five_members(junior: [bool; 4]) -> Resources {
        let shares = [40, 30, 20, 10].into_iter().zip(junior);
        Resources {
            margin: Usd(100),
            contribution: Usd(25),
            own_capital: Usd(15),
            fund: shares
                .map(|(amount, junior)| FundShare {
                    amount: Usd(amount),
                    junior,
                })
                .collect(),
            second_capital: Usd(5),
            assessments: amounts(&[40, 30, 20, 10]),
            gains: amounts(&[60, 20]),
        }
    }

    #[test]
    fn layer_by_layer_by_hand() {
        let of = |loss| allocate(Usd(loss), &five_members([false; 4]));
        let nothing = amounts(&[0, 0, 0, 0]);
        let first = of(110);
        assert_eq!((first.margin, first.contribution), (Usd(100), Usd(10)));
        assert_eq!((first.own_capital, first.fund), (Usd(0), nothing.clone()));
        // 100 + 25 + 15 are gone; half of the fund.
        let fund = of(190);
        assert_eq!((fund.contribution, fund.own_capital), (Usd(25), Usd(15)));
        assert_eq!(fund.fund, amounts(&[20, 15, 10, 5]));
        assert_eq!((fund.second_capital, fund.assessments), (Usd(0), nothing));
        // 240 and the second tranche are gone: 55 of 100 assessed.
        let assessed = of(300);
        assert_eq!(assessed.second_capital, Usd(5));
        assert_eq!(assessed.assessments, amounts(&[22, 17, 11, 5]));
        // 345 are gone: 40 of 80 gained, then all.
        assert_eq!(of(385).haircuts, amounts(&[30, 10]));
        let all = of(500);
        assert_eq!((all.haircuts, all.uncovered), (amounts(&[60, 20]), Usd(75)));
    }

    #[test]
    fn those_who_did_not_bid_pay_first_by_hand() {
        // The second and the fourth bid: the others' 60 first, then 10 over 30 and 10.
        let paid = allocate(Usd(210), &five_members([true, false, true, false]));
        assert_eq!(paid.fund, amounts(&[40, 8, 20, 2]));
    }

    #[test]
    fn tear_up_by_hand() {
        // 75 over 200 and 100; the first can pay 30 only.
        let closed = [(Usd(200), Usd(1000)), (Usd(100), Usd(1000))];
        assert_eq!(tear_up(Usd(75), &closed), amounts(&[50, 25]));
        let closed = [(Usd(200), Usd(30)), (Usd(100), Usd(1000))];
        assert_eq!(tear_up(Usd(75), &closed), amounts(&[30, 45]));
        let closed = [(Usd(200), Usd(30)), (Usd(100), Usd(-5))];
        assert_eq!(tear_up(Usd(75), &closed), amounts(&[30, 0]));
    }

    prop_compose! {
        fn resources()(
            single in prop::collection::vec(0_i64..1_000, 4),
            fund in prop::collection::vec((0_i64..1_000, any::<bool>()), 0..6),
            assessments in prop::collection::vec(0_i64..1_000, 0..6),
            gains in prop::collection::vec(0_i64..1_000, 0..6),
        ) -> Resources {
            Resources {
                margin: Usd(single[0]),
                contribution: Usd(single[1]),
                own_capital: Usd(single[2]),
                fund: fund
                    .into_iter()
                    .map(|(amount, junior)| FundShare { amount: Usd(amount), junior })
                    .collect(),
                second_capital: Usd(single[3]),
                assessments: amounts(&assessments),
                gains: amounts(&gains),
            }
        }
    }

    proptest! {
        /// Every layer is (available, paid) in order: the sum is the loss, no part is above its
        /// cap, and no layer pays while one before it has something left.
        #[test]
        fn strictly_in_order(resources in resources(), loss in 0_i64..12_000) {
            let paid = allocate(Usd(loss), &resources);
            let part = |junior: bool| {
                let mine = resources.fund.iter().zip(&paid.fund).filter(move |(s, _)| s.junior == junior);
                mine.map(|(share, paid)| (share.amount, *paid)).collect::<Vec<_>>()
            };
            let pairs = |a: &[Usd], b: &[Usd]| a.iter().copied().zip(b.iter().copied()).collect();
            let layers: Vec<Vec<(Usd, Usd)>> = vec![
                vec![(resources.margin, paid.margin)],
                vec![(resources.contribution, paid.contribution)],
                vec![(resources.own_capital, paid.own_capital)],
                part(true),
                part(false),
                vec![(resources.second_capital, paid.second_capital)],
                pairs(&resources.assessments, &paid.assessments),
                pairs(&resources.gains, &paid.haircuts),
            ];
            let mut left = loss;
            for layer in layers {
                let available: i64 = layer.iter().map(|(one, _)| one.0).sum();
                let sum: i64 = layer.iter().map(|(_, one)| one.0).sum();
                prop_assert_eq!(sum, left.min(available));
                prop_assert!(layer.iter().all(|(cap, one)| one <= cap && one.0 >= 0));
                left -= sum;
            }
            prop_assert_eq!(paid.uncovered, Usd(left));
        }
    }
}
