use firesale_types::{AccountId, Side};
use proptest::prelude::*;

use super::super::candidate::tests::candidate;
use super::*;

const SHARING: [AdlPolicy; 3] = [
    AdlPolicy::ProRata,
    AdlPolicy::CappedProRata,
    AdlPolicy::RiskAware,
];

const ALL: [AdlPolicy; 7] = [
    AdlPolicy::Queue,
    AdlPolicy::Quantile,
    AdlPolicy::ProRata,
    AdlPolicy::CappedProRata,
    AdlPolicy::RiskAware,
    AdlPolicy::Random,
    AdlPolicy::Largest,
];

fn need(qty: i64, loss_per_lot: i64) -> AdlNeed {
    AdlNeed {
        qty: Qty(qty),
        loss_per_lot: Usd(loss_per_lot),
        key: 1,
    }
}

fn lots(policy: AdlPolicy, of: &[AdlCandidate], need: &AdlNeed) -> Vec<i64> {
    let given = policy.allocate(of, need);
    given.into_iter().map(|qty| qty.0).collect()
}

/// Four shorts at a mark of one micro-dollar a lot. Profits 2000, 10,000, 3000, -4000; leverages 2,
/// 0.2, 3, 4.
fn book() -> [AdlCandidate; 4] {
    [
        candidate(1, Side::Sell, 10_000, 12_000, 5_000),
        candidate(2, Side::Sell, 20_000, 30_000, 100_000),
        candidate(3, Side::Sell, 30_000, 33_000, 10_000),
        candidate(4, Side::Sell, 40_000, 36_000, 10_000),
    ]
}

#[test]
fn the_queue_goes_by_score() {
    // 1.2 * 2, 1.5 * 0.2, 1.1 * 3, 0.9 * 4.
    let given = lots(AdlPolicy::Queue, &book(), &need(45_000, 0));
    assert_eq!(given, [0, 0, 5_000, 40_000]);
    // At a micro-dollar a lot the equity of the first three lasts for 10,000, 10,000 and 5000 lots.
    let given = lots(AdlPolicy::Queue, &book(), &need(45_000, 1));
    assert_eq!(given, [5_000, 20_000, 10_000, 10_000]);
    assert_eq!(lots(AdlPolicy::Off, &book(), &need(45_000, 0)), [0; 4]);
}

#[test]
fn the_quantile_goes_by_profit_on_collateral_and_margin_ratio() {
    // 2/3 * 1/10 = .067, 10/90 * 1/100 = .001, 3/7 * 15/100 = .064, -4/14 * 2/10 = -.057.
    let given = lots(AdlPolicy::Quantile, &book(), &need(45_000, 0));
    assert_eq!(given, [10_000, 5_000, 30_000, 0]);
    let given = lots(AdlPolicy::Quantile, &book(), &need(61_000, 0));
    assert_eq!(given, [10_000, 20_000, 30_000, 1_000]);
}

#[test]
fn the_largest_real_position_goes_first() {
    let mut book = book();
    let given = lots(AdlPolicy::Largest, &book, &need(45_000, 0));
    assert_eq!(given, [0, 0, 5_000, 40_000]);
    // Ten accounts of 4000 lots each are smaller than one of 10,000.
    book[3].weight = 10;
    let given = lots(AdlPolicy::Largest, &book, &need(45_000, 0));
    assert_eq!(given, [0, 15_000, 30_000, 0]);
}

#[test]
fn pro_rata_goes_by_lots_in_profit() {
    let given = lots(AdlPolicy::ProRata, &book(), &need(45_000, 0));
    assert_eq!(given, [7_500, 15_000, 22_500, 0]);
    // The losing position when nothing else is left.
    let given = lots(AdlPolicy::ProRata, &book(), &need(70_000, 0));
    assert_eq!(given, [10_000, 20_000, 30_000, 10_000]);
    // At a micro-dollar a lot the caps of 5000 and 10,000 bind: the second gives the rest.
    let given = lots(AdlPolicy::ProRata, &book(), &need(30_000, 1));
    assert_eq!(given, [5_000, 15_000, 10_000, 0]);
}

#[test]
fn capped_pro_rata_goes_by_profit_up_to_it() {
    let capped = |qty, loss| lots(AdlPolicy::CappedProRata, &book(), &need(qty, loss));
    assert_eq!(capped(15_000, 0), [2_000, 10_000, 3_000, 0]);
    // 45,000 over 2:10:3 would be 30,000 of the second: it has 20,000, the rest is 10,000 : 15,000.
    assert_eq!(capped(45_000, 0), [10_000, 20_000, 15_000, 0]);
    // A third of all profit.
    assert_eq!(capped(5_000, 1), [667, 3_333, 1_000, 0]);
    // All profits are 15,000: the rest stays open.
    assert_eq!(capped(45_000, 1), [2_000, 10_000, 3_000, 0]);
}

#[test]
fn risk_aware_goes_by_profit_and_leverage() {
    // 2 * 2 : 10 * 0.2 : 3 * 3.
    let risk = |qty, loss| lots(AdlPolicy::RiskAware, &book(), &need(qty, loss));
    assert_eq!(risk(15_000, 0), [4_000, 2_000, 9_000, 0]);
    // 6000 over 4:2:9 is 1600, 800, 3600; the cap of the third leaves 3000 over 4:2.
    assert_eq!(risk(6_000, 1), [2_000, 1_000, 3_000, 0]);
}

#[test]
fn draws_depend_on_the_key_and_spare_nobody() {
    let mut first = [0_u32; 4];
    for key in 0..4_000 {
        let with = AdlNeed {
            key,
            ..need(5_000, 0)
        };
        let given = lots(AdlPolicy::Random, &book(), &with);
        assert_eq!(given, lots(AdlPolicy::Random, &book(), &with));
        assert_eq!(given.iter().sum::<i64>(), 5_000);
        first[given.iter().position(|&lots| lots == 5_000).unwrap()] += 1;
    }
    // 1000 each; the standard deviation is 27.
    assert!(first.iter().all(|n| n.abs_diff(1_000) < 110), "{first:?}");
    let given = lots(AdlPolicy::Random, &book(), &need(100_000, 0));
    assert_eq!(given, [10_000, 20_000, 30_000, 40_000]);
}

/// Gini coefficient of what each gives.
fn gini(given: &[i64]) -> f64 {
    let mut sorted = given.to_vec();
    sorted.sort_unstable();
    let (n, sum) = (sorted.len() as f64, sorted.iter().sum::<i64>() as f64);
    let ranked = sorted.iter().enumerate();
    let weighted: f64 = ranked.map(|(at, &x)| (at as f64 + 1.0) * x as f64).sum();
    2.0 * weighted / (n * sum) - (n + 1.0) / n
}

#[test]
fn gini_by_hand() {
    assert!((gini(&[1, 1, 1, 1])).abs() < 1e-12);
    assert!((gini(&[0, 0, 0, 8]) - 0.75).abs() < 1e-12);
}

/// The candidates at its place split into so many equal accounts.
fn split(of: &[AdlCandidate], at: usize, parts: i64) -> Vec<AdlCandidate> {
    let whole = of[at];
    let part = |n: i64| AdlCandidate {
        account: AccountId(1_000 + n as u32),
        lots: Qty(whole.lots.0 / parts),
        cost: Usd(whole.cost.0 / parts),
        notional: Usd(whole.notional.0 / parts),
        equity: Usd(whole.equity.0 / parts),
        collateral: Usd(whole.collateral.0 / parts),
        maintenance: Usd(whole.maintenance.0 / parts),
        ..whole
    };
    let mut all = of.to_vec();
    all.remove(at);
    all.extend((0..parts).map(part));
    all
}

/// The naive twin of the queues: the best of those not yet asked, by looking at all of them.
fn naive_queue(of: &[AdlCandidate], need: &AdlNeed, score: fn(&AdlCandidate) -> f64) -> Vec<i64> {
    let mut given = vec![0; of.len()];
    let mut asked = vec![false; of.len()];
    let mut left = need.qty.0;
    for _ in of {
        let mut best: Option<usize> = None;
        for at in 0..of.len() {
            let better = |than: usize| {
                let (a, b) = (score(&of[at]), score(&of[than]));
                a > b || (a == b && of[at].account < of[than].account)
            };
            if !asked[at] && best.is_none_or(better) {
                best = Some(at);
            }
        }
        let Some(at) = best else { break };
        asked[at] = true;
        while left > 0
            && given[at] < of[at].lots.0
            && (given[at] + 1) * need.loss_per_lot.0 <= of[at].equity.0
        {
            given[at] += 1;
            left -= 1;
        }
    }
    given
}

fn books() -> impl Strategy<Value = Vec<AdlCandidate>> {
    let one = (1_i64..200, -40_i64..80, 1_i64..400, 1_u32..4);
    prop::collection::vec(one, 1..25).prop_map(|all| {
        let candidates = all.into_iter().enumerate().map(|(n, parts)| {
            let (lots, profit, equity, weight) = parts;
            // Multiples of 60 can be split.
            let (lots, cost) = (60 * lots, 60 * lots * (100 + profit) / 100);
            AdlCandidate {
                weight,
                ..candidate(n as u32, Side::Sell, lots, cost, 60 * equity)
            }
        });
        candidates.collect()
    })
}

proptest! {
    #[test]
    fn nobody_gives_too_much_and_the_need_is_met(
        of in books(),
        qty in 0_i64..150_000,
        loss in 0_i64..4,
    ) {
        for policy in ALL {
            let need = need(qty, loss);
            let given = lots(policy, &of, &need);
            let by_profit = matches!(policy, AdlPolicy::CappedProRata | AdlPolicy::RiskAware);
            let most = |c: &AdlCandidate| {
                let money = if by_profit { c.equity.min(c.profit()) } else { c.equity };
                if loss == 0 { c.lots.0 } else { c.lots.0.min(money.0.max(0) / loss) }
            };
            let room: i64 = of.iter().map(most).sum();
            prop_assert_eq!(given.iter().sum::<i64>(), qty.min(room), "{:?}", policy);
            for (c, &lots) in of.iter().zip(&given) {
                prop_assert!((0..=most(c)).contains(&lots), "{:?}", policy);
            }
            let spared = of.iter().zip(&given).any(|(c, &lots)| c.is_in_profit() && lots < most(c));
            let ill = of.iter().zip(&given).any(|(c, &lots)| !c.is_in_profit() && lots > 0);
            let parts = policy == AdlPolicy::Quantile || SHARING.contains(&policy);
            prop_assert!(!(parts && spared && ill), "{:?}", policy);
        }
    }

    #[test]
    fn queues_are_those_of_a_scan(of in books(), qty in 0_i64..40_000, loss in 0_i64..4) {
        let need = need(qty, loss);
        let queue = naive_queue(&of, &need, AdlCandidate::queue_score);
        prop_assert_eq!(lots(AdlPolicy::Queue, &of, &need), queue);
        let largest = naive_queue(&of, &need, |c| c.lots.0 as f64 / f64::from(c.weight));
        prop_assert_eq!(lots(AdlPolicy::Largest, &of, &need), largest);
    }

    /// A thousand times the book and the need: a thousand times each part, to one lot of the book.
    /// More need: nobody gives less, but by a lot of rounding.
    #[test]
    fn shares_scale_and_grow(of in books(), qty in 1_i64..40_000, more in 0_i64..10_000) {
        for policy in SHARING {
            let given = lots(policy, &of, &need(qty, 1));
            let large: Vec<AdlCandidate> = of
                .iter()
                .map(|c| AdlCandidate {
                    lots: Qty(1_000 * c.lots.0),
                    cost: Usd(1_000 * c.cost.0),
                    notional: Usd(1_000 * c.notional.0),
                    equity: Usd(1_000 * c.equity.0),
                    ..*c
                })
                .collect();
            let of_large = lots(policy, &large, &need(1_000 * qty, 1));
            for (&large, &small) in of_large.iter().zip(&given) {
                prop_assert!((large - 1_000 * small).abs() <= 1_000, "{:?}", policy);
            }
            let of_more = lots(policy, &of, &need(qty + more, 1));
            for (&more, &less) in of_more.iter().zip(&given) {
                prop_assert!(more >= less - 1, "{:?}", policy);
            }
        }
    }

    /// Who splits an account gives what it gave, to a lot for each part.
    #[test]
    fn splitting_an_account_changes_nothing(
        of in books(),
        at in 0_usize..25,
        parts in 2_i64..6,
        qty in 1_i64..60_000,
        loss in 0_i64..4,
    ) {
        let at = at % of.len();
        // Splitting costs and equities of whole lots must leave no dust.
        let mut of = of;
        let whole = &mut of[at];
        whole.cost = Usd(whole.cost.0 / 60 * 60);
        let divided = split(&of, at, parts);
        for policy in SHARING {
            let need = need(qty, loss);
            let before = lots(policy, &of, &need)[at];
            let after: i64 = lots(policy, &divided, &need)[of.len() - 1..].iter().sum();
            let dust = parts + 1;
            prop_assert!((after - before).abs() <= dust, "{:?}: {} {}", policy, before, after);
        }
    }

    /// The whole need of a crowd of like positions: a queue takes it from few, sharing from all.
    #[test]
    fn the_queue_is_the_least_equal(seed in 0_u64..1_000) {
        let of: Vec<AdlCandidate> = (0..200_u64)
            .map(|n| {
                let word = hash64(&(seed * 1_000 + n).to_le_bytes());
                let lots = 1_000 + (word % 9_000) as i64;
                let cost = lots * (105 + (word >> 16 & 63) as i64) / 100;
                let equity = lots / (1 + (word >> 32) as i64 % 5);
                candidate(n as u32, Side::Sell, lots, cost, equity)
            })
            .collect();
        let need = need(50_000, 0);
        let queue = gini(&lots(AdlPolicy::Queue, &of, &need));
        for policy in SHARING {
            prop_assert!(queue > gini(&lots(policy, &of, &need)));
        }
    }
}
