//! Family trees of liquidations: which forced sale brought about which.

use std::collections::BTreeMap;

use firesale_record::{CascadeRow, liquidation_key};
use firesale_types::{SimTime, VenueId};

/// One tree.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Tree {
    start: SimTime,
    accounts: u64,
    depth: u16,
    notional: f64,
}

/// Seconds over which the branching ratio is taken.
const WINDOW_SECONDS: i64 = 60;
/// Fewer liquidations than this in a window say nothing about branching.
const ENOUGH: u64 = 20;

/// All trees, and the branching ratio over time.
#[derive(Debug, Default)]
pub(crate) struct Cascades {
    trees: BTreeMap<(VenueId, u32), Tree>,
    /// Liquidations seen, by venue: each account's episode counts once.
    seen: BTreeMap<(VenueId, u32), ()>,
    window: i64,
    count: u64,
    forced: f64,
    peak: Option<f64>,
    new_in_last: bool,
}

impl Cascades {
    /// Adds one forced close; the first of a liquidation counts its account.
    #[expect(clippy::too_many_arguments, reason = "the fields of one record")]
    pub(crate) fn add(
        &mut self,
        venue: VenueId,
        id: u32,
        root: u32,
        generation: u16,
        at: SimTime,
        notional: f64,
        weight: u32,
        forced_share: f32,
    ) {
        let tree = self.trees.entry((venue, root)).or_insert(Tree {
            start: at,
            ..Tree::default()
        });
        tree.notional += notional;
        tree.depth = tree.depth.max(generation);
        self.new_in_last = self.seen.insert((venue, id), ()).is_none();
        if self.new_in_last {
            tree.accounts += u64::from(weight);
            self.branch(at, weight, forced_share);
        }
    }

    /// Whether the last forced close was the first of its liquidation.
    pub(crate) const fn last_was_new(&self) -> bool {
        self.new_in_last
    }

    /// The branching ratio of a window is the mean part of the move into the breach that liquidation
    /// orders made: the expected number of parents a liquidation has among liquidations.
    fn branch(&mut self, at: SimTime, weight: u32, forced_share: f32) {
        let window = at.0 / (WINDOW_SECONDS * 1_000_000_000);
        if window != self.window {
            self.close_window();
            self.window = window;
        }
        self.count += u64::from(weight);
        self.forced += f64::from(weight) * f64::from(forced_share);
    }

    fn close_window(&mut self) {
        if self.count >= ENOUGH {
            let ratio = self.forced / self.count as f64;
            self.peak = Some(self.peak.map_or(ratio, |p| p.max(ratio)));
        }
        (self.count, self.forced) = (0, 0.0);
    }

    /// The largest branching ratio of a minute with enough liquidations.
    pub(crate) fn branching_ratio_peak(&mut self) -> Option<f64> {
        self.close_window();
        self.peak
    }

    /// Accounts in the largest tree.
    pub(crate) fn size_max(&self) -> u64 {
        self.trees.values().map(|t| t.accounts).max().unwrap_or(0)
    }

    /// Links in the deepest tree.
    pub(crate) fn depth_max(&self) -> u16 {
        self.trees.values().map(|t| t.depth).max().unwrap_or(0)
    }

    /// One row for each tree.
    pub(crate) fn rows(&self) -> impl Iterator<Item = CascadeRow> + '_ {
        self.trees.iter().map(|(&(venue, root), tree)| CascadeRow {
            root_id: liquidation_key(venue, root),
            venue,
            start_ns: tree.start.0,
            size: tree.accounts as i64,
            depth: i64::from(tree.depth),
            notional_usd: tree.notional,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_liquidation_counts_once_and_its_parts_add_up() {
        let mut c = Cascades::default();
        let v = VenueId(0);
        c.add(v, 0, 0, 0, SimTime(5), 100.0, 3, 0.0);
        c.add(v, 0, 0, 0, SimTime(6), 50.0, 3, 0.0);
        c.add(v, 1, 0, 1, SimTime(7), 10.0, 1, 0.5);
        c.add(v, 2, 2, 0, SimTime(8), 10.0, 1, 0.25);
        assert_eq!((c.size_max(), c.depth_max()), (4, 1));
        let rows: Vec<_> = c.rows().collect();
        assert_eq!(
            (rows.len(), rows[0].notional_usd, rows[0].start_ns),
            (2, 160.0, 5)
        );
        assert_eq!(
            c.branching_ratio_peak(),
            None,
            "five accounts are not enough"
        );
        for id in 3..43 {
            c.add(v, id, id, 0, SimTime(9), 1.0, 1, 0.75);
        }
        let expected = (40.0 * 0.75) / 40.0;
        assert!((c.branching_ratio_peak().unwrap() - expected).abs() < 1e-9);
    }
}
