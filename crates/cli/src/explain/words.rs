//! Numbers and causes in words.

use firesale_record::{CauseRow, Reason, Stage};

/// A moment since the start: hours, minutes, seconds, milliseconds.
pub(super) fn clock(ns: i64) -> String {
    let s = ns / 1_000_000_000;
    format!(
        "{}:{:02}:{:02}.{:03}",
        s / 3600,
        s / 60 % 60,
        s % 60,
        ns / 1_000_000 % 1000
    )
}

/// Dollars: whole, with a comma at the thousands.
pub(super) fn usd(amount: f64) -> String {
    let whole = format!("{:.0}", amount.abs());
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    let sign = if amount < 0.0 { "-" } else { "" };
    format!("{sign}${text}")
}

/// A price with five digits or more.
pub(super) fn price(price: f64) -> String {
    if !price.is_finite() {
        return "?".to_owned();
    }
    let decimals = match price.abs() {
        p if p >= 1000.0 => 1,
        p if p >= 10.0 => 3,
        _ => 5,
    };
    let text = format!("{price:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn percent(part: f64) -> String {
    match 100.0 * part {
        p if p > 0.0 && p < 1.0 => "under 1%".to_owned(),
        p => format!("{p:.0}%"),
    }
}

/// A quantity to six decimals at most.
pub(super) fn quantity(qty: f64) -> String {
    let text = format!("{qty:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Whose orders they were.
pub(super) const fn by(reason: Reason) -> &'static str {
    match reason {
        Reason::Script => "explicit commands of the scenario",
        Reason::News => "orders on the news",
        Reason::Signal => "orders on signals",
        Reason::Stop => "stop orders",
        Reason::Margin => "orders for fear of a margin call",
        Reason::Hedge => "hedges and arbitrage",
        Reason::Inventory => "market makers' inventories",
        Reason::Index => "moves of the index",
        Reason::Liquidation => "liquidation orders",
        Reason::Adl => "hedges that auto-deleveraging took",
        Reason::Unwind => "sales of the vault or the fund",
        Reason::Halt => "gaps at reopenings",
        Reason::Funding => "funding",
    }
}

/// A link, named.
pub(super) fn link(reason: Reason, id: i64) -> String {
    match reason {
        Reason::Stop => format!("stops {id}"),
        Reason::Halt => format!("halt {id}"),
        Reason::Adl => format!("the hedge taken for liquidation {id}"),
        Reason::Unwind => format!("the sale of what was taken over from liquidation {id}"),
        _ => format!("liquidation {id}"),
    }
}

/// Who closed a position.
pub(super) const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Book => "in the book",
        Stage::Backstop => "by the backstop vault",
        Stage::Insurance => "by the insurance fund",
        Stage::Adl => "against winners by auto-deleveraging",
        Stage::Clearing => "by the clearing house",
    }
}

/// The parts of a cause: "60% by liquidation orders (35% by liquidation 3, 20% by liquidation 5), 30%
/// by orders on the news, 10% by smaller parts".
pub(super) fn parts(rows: &[CauseRow]) -> String {
    let mut kinds: Vec<(Reason, f64, Vec<String>)> = Vec::new();
    for row in rows {
        let at = kinds.iter().position(|kind| kind.0 == row.cause);
        let at = at.unwrap_or_else(|| {
            kinds.push((row.cause, 0.0, Vec::new()));
            kinds.len() - 1
        });
        kinds[at].1 += row.share;
        if let Some(id) = row.cause_id {
            let of = format!("{} by {}", percent(row.share), link(row.cause, id));
            kinds[at].2.push(of);
        }
    }
    kinds.sort_by(|a, b| b.1.total_cmp(&a.1));
    let text = kinds.iter().map(|(reason, share, links)| {
        let named = if links.is_empty() {
            String::new()
        } else {
            format!(" ({})", links.join(", "))
        };
        format!("{} by {}{named}", percent(*share), by(*reason))
    });
    let mut text: Vec<String> = text.collect();
    let rest = 1.0 - rows.iter().map(|row| row.share).sum::<f64>();
    if rest >= 0.01 {
        text.push(format!("{} by smaller parts", percent(rest)));
    }
    text.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words() {
        assert_eq!(usd(1_234_567.4), "$1,234,567");
        assert_eq!(usd(-999.0), "-$999");
        assert_eq!(price(107_000.0), "107000");
        assert_eq!(price(0.65), "0.65");
        assert_eq!(clock(3_723_004_000_000), "1:02:03.004");
        assert_eq!(percent(0.004), "under 1%");
        assert_eq!(quantity(0.1 + 0.2), "0.3");
    }

    #[test]
    fn parts_are_gathered_by_kind() {
        let part = |cause, cause_id, share| CauseRow {
            time_ns: 0,
            id: 9,
            cause,
            cause_id,
            share,
        };
        let rows = [
            part(Reason::News, None, 0.4),
            part(Reason::Liquidation, Some(3), 0.3),
            part(Reason::Liquidation, None, 0.25),
            part(Reason::Adl, Some(4), 0.03),
        ];
        assert_eq!(
            parts(&rows),
            "55% by liquidation orders (30% by liquidation 3), 40% by orders on the news, \
             3% by hedges that auto-deleveraging took (3% by the hedge taken for liquidation 4), \
             2% by smaller parts"
        );
    }
}
