//! The nearest of the allowed words to one that is not allowed.

use super::node::abridged;

/// Longer words are not compared: nobody mistypes them.
const LONGEST_WORD: usize = 64;
/// More alternatives are not listed in a message.
const MOST_LISTED: usize = 40;

/// "did you mean `x`? allowed: `x`, `y`", or nothing if nothing is allowed.
pub(crate) fn advice(word: &str, allowed: &[String], what: &str) -> Option<String> {
    if allowed.is_empty() {
        return None;
    }
    let list = format!("{what}: {}", listed(allowed));
    Some(match nearest(word, allowed) {
        Some(best) => format!("did you mean `{best}`? {list}"),
        None => list,
    })
}

/// The words in backquotes; the end of a long list is counted only.
pub(super) fn listed(words: &[String]) -> String {
    let shown: Vec<String> = words
        .iter()
        .take(MOST_LISTED)
        .map(|w| format!("`{}`", abridged(w)))
        .collect();
    let rest = words.len().saturating_sub(MOST_LISTED);
    if rest == 0 {
        shown.join(", ")
    } else {
        format!("{} and {rest} more", shown.join(", "))
    }
}

/// The closest word within a third of the length, the first among equals.
pub(super) fn nearest<'a>(word: &str, allowed: &'a [String]) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().take(LONGEST_WORD + 1).collect();
    if word.len() > LONGEST_WORD {
        return None;
    }
    let limit = (word.len() / 3).max(1);
    allowed
        .iter()
        .map(|other| (distance(&word, &other.to_lowercase()), other))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other.as_str())
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other
/// (optimal string alignment distance).
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().take(LONGEST_WORD + 1).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let substituted = last[j] + usize::from(x != y);
            let mut best = substituted.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_keyboard_are_recognised() {
        let allowed = ["equity", "leverage", "count"].map(String::from);
        assert_eq!(nearest("equty", &allowed), Some("equity"));
        assert_eq!(nearest("qeuity", &allowed), Some("equity"));
        assert_eq!(nearest("Leverage", &allowed), Some("leverage"));
        assert_eq!(nearest("venue", &allowed), None);
        assert_eq!(nearest(&"x".repeat(10_000), &allowed), None);
    }

    #[test]
    fn distances_are_the_textbook_ones() {
        let between = |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), b);
        assert_eq!(between("kitten", "sitting"), 3);
        assert_eq!(between("ab", "ba"), 1);
        assert_eq!(between("ca", "abc"), 3);
        assert_eq!(between("", "abc"), 3);
        assert_eq!(between("abc", ""), 3);
    }
}
