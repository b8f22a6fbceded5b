//! How large the default fund is, and who pays into it.

use firesale_types::Usd;

use crate::proportion::with_minimum;

/// The size of a default fund: over all stress scenarios the largest sum of the losses (beyond
/// margin) of the `members` members that lose most in it. Cover-2 is two of them.
#[must_use]
pub fn cover(scenarios: impl IntoIterator<Item = Vec<Usd>>, members: u16) -> Usd {
    let sum_of_largest = |mut losses: Vec<Usd>| {
        losses.sort_unstable_by(|a, b| b.cmp(a));
        let largest = losses.iter().take(usize::from(members));
        let sum: i128 = largest.map(|loss| i128::from(loss.0.max(0))).sum();
        crate::limits::amount(sum)
    };
    let sums = scenarios.into_iter().map(sum_of_largest);
    sums.max().unwrap_or(Usd::ZERO)
}

/// What each member pays in: in proportion to its initial margin, nobody less than the minimum. The
/// parts add up to what is required, or to the sum of the minima if that is more.
#[must_use]
pub fn contributions(required: Usd, margins: &[Usd], minimum: Usd) -> Vec<Usd> {
    let margins: Vec<i64> = margins.iter().map(|margin| margin.0.max(0)).collect();
    let parts = with_minimum(&margins, minimum.0.max(0), required.0.max(0));
    parts.into_iter().map(Usd).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cover_two_by_hand() {
        // Falling: 30 and 20 of the first and third; rising: 45 of the second alone.
        let losses = [[30, 0, 20, 5], [0, 45, 0, 0]].map(|row| row.map(Usd).to_vec());
        assert_eq!(cover(losses.clone(), 1), Usd(45));
        assert_eq!(cover(losses.clone(), 2), Usd(50));
        assert_eq!(cover(losses, 9), Usd(55));
        assert_eq!(cover([], 2), Usd::ZERO);
    }

    #[test]
    fn contributions_by_hand() {
        let of = |required, margins: &[i64], minimum| {
            let margins: Vec<Usd> = margins.iter().map(|&m| Usd(m)).collect();
            let parts = contributions(Usd(required), &margins, Usd(minimum));
            parts.iter().map(|part| part.0).collect::<Vec<_>>()
        };
        assert_eq!(of(50, &[400, 100, 0], 0), [40, 10, 0]);
        assert_eq!(of(50, &[400, 100, 0], 5), [36, 9, 5]);
        assert_eq!(of(0, &[400, 100, 0], 5), [5, 5, 5]);
    }
}
