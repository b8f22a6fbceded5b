//! Family trees of liquidations: which forced sale brought about which, how they multiplied, and what
//! they crossed.
//!
//! **Branching ratio by minute.** The children of a liquidation are counted in parts: a breach of which
//! a liquidation brought about a tenth is a tenth of a child. The ratio of a minute is the children of
//! all liquidations that began in it, whenever they were born, over those liquidations, both in
//! accounts: the cohort reproduction number with fractional parenthood of Wallinga and Teunis (2004,
//! American Journal of Epidemiology 160:509; M: remembered, unverified). Over a whole run it is the
//! part of all breaches that force brought about, which is the branching ratio of a Hawkes process, the
//! mean number of events that one event triggers (Filimonov and Sornette 2012, Physical Review E
//! 85:056108; R). Below 1 a shock dies out; a minute may be above.

use std::collections::{BTreeMap, BTreeSet};

use firesale_exchange::Via;
use firesale_record::{BranchingRow, CascadeRow, Summary};
use firesale_types::{AssetId, InstrumentId, SimTime, VenueId};

/// One tree.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tree {
    start: SimTime,
    accounts: u64,
    depth: u16,
    notional: f64,
    venues: BTreeSet<VenueId>,
}

/// What is known of a liquidation.
#[derive(Clone, Copy, Debug)]
struct Breach {
    via: Via,
    minute: i64,
    abroad: f64,
    /// Whether something has been closed.
    seen: bool,
}

/// One forced close.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Close {
    pub(crate) id: i64,
    pub(crate) root: i64,
    pub(crate) venue: VenueId,
    pub(crate) generation: u16,
    pub(crate) at: SimTime,
    pub(crate) notional: f64,
    pub(crate) weight: u32,
    pub(crate) crossed_venue: bool,
}

/// One minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Minute {
    accounts: u64,
    /// Accounts, in parts, that its liquidations have brought down.
    children: f64,
    /// The forced parts of its own breaches, times accounts.
    forced: f64,
}

impl Minute {
    fn ratio(&self) -> Option<f64> {
        (self.accounts >= ENOUGH).then(|| self.children / self.accounts as f64)
    }

    fn forced_share(&self) -> Option<f64> {
        (self.accounts >= ENOUGH).then(|| self.forced / self.accounts as f64)
    }
}

/// A breach whose parts are being told.
#[derive(Clone, Debug)]
struct Open {
    key: i64,
    minute: i64,
    weight: f64,
    forced: f64,
    parts: Vec<(i64, f64)>,
}

/// Notional of forced closes, in dollars.
#[derive(Clone, Copy, Debug, Default)]
struct Crossed {
    all: f64,
    instruments: f64,
    venues: f64,
    abroad: f64,
}

const MINUTE: i64 = 60_000_000_000;
/// Fewer liquidations than this in a minute say nothing about branching.
const ENOUGH: u64 = 20;

/// All trees, and the branching ratio over time.
#[derive(Debug, Default)]
pub(crate) struct Cascades {
    trees: BTreeMap<i64, Tree>,
    breaches: BTreeMap<i64, Breach>,
    /// When other links were made: releases of stops, halts.
    others: BTreeMap<i64, i64>,
    minutes: BTreeMap<i64, Minute>,
    open: Option<Open>,
    crossed: Crossed,
    new_in_last: bool,
    /// Orders that triggers have released, each counted with its account's weight.
    pub(crate) stops: u64,
}

impl Cascades {
    /// A breach: its weight, and the parts of its loss that were brought about by force, and by
    /// force on other venues.
    pub(crate) fn breach(
        &mut self,
        key: i64,
        at: SimTime,
        (weight, forced, abroad): (u32, f64, f64),
        via: Via,
    ) {
        self.settle();
        let minute = at.0.div_euclid(MINUTE);
        let of = self.minutes.entry(minute).or_default();
        of.accounts += u64::from(weight);
        of.forced += f64::from(weight) * forced;
        let seen = false;
        self.breaches.insert(
            key,
            Breach {
                via,
                minute,
                abroad,
                seen,
            },
        );
        self.open = Some(Open {
            key,
            minute,
            weight: f64::from(weight),
            forced,
            parts: Vec::new(),
        });
    }

    /// A part of what brought a link about, and how much of the whole it forced.
    pub(crate) fn part(&mut self, of: i64, cause: Option<i64>, forced: f64, at: SimTime) {
        let minute = at.0.div_euclid(MINUTE);
        let Some(open) = self.open.as_mut().filter(|open| open.key == of) else {
            self.others.entry(of).or_insert(minute);
            return;
        };
        let breach = cause.and_then(|id| self.breaches.get(&id));
        let parent = breach.map(|parent| parent.minute);
        let parent = parent.or_else(|| cause.and_then(|id| self.others.get(&id).copied()));
        if let Some(parent) = parent.filter(|_| forced > 0.0) {
            open.parts.push((parent, forced));
        }
    }

    /// Hands the last breach to its parents: all that was forced, also what liquidations that are
    /// not told apart did, in proportion to those that are, or to its own minute's without any.
    pub(crate) fn settle(&mut self) {
        let Some(mut open) = self.open.take() else {
            return;
        };
        if open.parts.is_empty() {
            open.parts.push((open.minute, 1.0));
        }
        let told: f64 = open.parts.iter().map(|part| part.1).sum();
        for (minute, part) in open.parts {
            let children = open.weight * open.forced * part / told;
            self.minutes.entry(minute).or_default().children += children;
        }
    }

    /// Adds one forced close; the first of a liquidation counts its account. Returns whether the
    /// loss came from elsewhere than the closed instrument.
    pub(crate) fn add(&mut self, close: &Close, instrument: InstrumentId, base: AssetId) -> bool {
        let tree = self.trees.entry(close.root).or_insert_with(|| Tree {
            start: close.at,
            ..Tree::default()
        });
        tree.notional += close.notional;
        tree.depth = tree.depth.max(close.generation);
        tree.venues.insert(close.venue);
        let breach = self.breaches.get_mut(&close.id);
        self.new_in_last = breach.as_ref().is_some_and(|breach| !breach.seen);
        if self.new_in_last {
            tree.accounts += u64::from(close.weight);
        }
        self.crossed.all += close.notional;
        if close.crossed_venue {
            self.crossed.venues += close.notional;
        }
        let Some(breach) = breach else { return false };
        breach.seen = true;
        self.crossed.abroad += breach.abroad * close.notional;
        let crosses = breach.via.crosses(instrument, base);
        if crosses {
            self.crossed.instruments += close.notional;
        }
        crosses
    }

    /// The factor that brought the most of the loss into a liquidation.
    pub(crate) fn via(&self, key: i64) -> Via {
        self.breaches.get(&key).map_or(Via::Charge, |b| b.via)
    }

    /// Whether the last forced close was the first of its liquidation.
    pub(crate) const fn last_was_new(&self) -> bool {
        self.new_in_last
    }

    /// The figures of the summary.
    pub(crate) fn figures(&mut self, s: &mut Summary) {
        self.settle();
        let size = self.trees.values().map(|t| t.accounts).max().unwrap_or(0);
        let depth = self.trees.values().map(|t| t.depth).max().unwrap_or(0);
        s.set("cascade_size_max", size as f64);
        s.set("cascade_depth_max", f64::from(depth));
        let peak = |of: fn(&Minute) -> Option<f64>| {
            let all = self.minutes.values().filter_map(of);
            all.fold(None, |peak: Option<f64>, one| {
                Some(peak.map_or(one, |p| p.max(one)))
            })
        };
        s.set("branching_ratio_peak", peak(Minute::ratio));
        s.set("forced_share_peak", peak(Minute::forced_share));
        let parents: u64 = self.minutes.values().map(|m| m.accounts).sum();
        let children: f64 = self.minutes.values().map(|m| m.children).sum();
        let overall = (parents > 0).then(|| children / parents as f64);
        s.set("branching_ratio", overall);
        let Crossed {
            all,
            instruments,
            venues,
            abroad,
        } = self.crossed;
        let share = |part: f64| (all > 0.0).then(|| part / all);
        s.set("crossed_instruments_share", share(instruments));
        s.set("crossed_venues_share", share(venues));
        s.set("caused_abroad_share", share(abroad));
        s.set("stops_released", self.stops as f64);
    }

    /// One row for each tree.
    pub(crate) fn rows(&self) -> impl Iterator<Item = CascadeRow> + '_ {
        self.trees.iter().map(|(&root_id, tree)| CascadeRow {
            root_id,
            venue: VenueId((root_id >> 32) as u16),
            start_ns: tree.start.0,
            size: tree.accounts as i64,
            depth: i64::from(tree.depth),
            notional_usd: tree.notional,
            venues: tree.venues.len() as i64,
        })
    }

    /// One row for each minute in which something was liquidated, or that has children.
    pub(crate) fn minutes(&mut self) -> Vec<BranchingRow> {
        self.settle();
        let row = |(&minute, of): (&i64, &Minute)| BranchingRow {
            time_ns: minute * MINUTE,
            accounts: of.accounts as i64,
            children: of.children,
            ratio: of.ratio().unwrap_or(f64::NAN),
            forced_share: of.forced_share().unwrap_or(f64::NAN),
        };
        self.minutes.iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BTC: InstrumentId = InstrumentId(0);
    const ETH: InstrumentId = InstrumentId(1);

    fn close(id: i64, root: i64, generation: u16, notional: f64) -> Close {
        Close {
            id,
            root,
            venue: VenueId((id >> 32) as u16),
            generation,
            at: SimTime(5),
            notional,
            weight: 1,
            crossed_venue: id >> 32 != root >> 32,
        }
    }

    #[test]
    fn a_liquidation_counts_once_and_its_parts_add_up() {
        let mut c = Cascades::default();
        let elsewhere = (1 << 32) | 4;
        for (id, weight, abroad) in [(0, 3, 0.0), (1, 1, 0.0), (elsewhere, 1, 0.5)] {
            let via = Via::Mark(BTC);
            c.breach(id, SimTime(4), (weight, 0.5, abroad), via);
        }
        let mut add = |one: Close, instrument| c.add(&one, instrument, AssetId(7));
        let first = Close {
            weight: 3,
            ..close(0, 0, 0, 100.0)
        };
        assert!(!add(first, BTC));
        assert!(!add(
            Close {
                notional: 50.0,
                ..first
            },
            BTC
        ));
        assert!(add(close(1, 0, 1, 10.0), ETH));
        assert!(!add(close(elsewhere, 0, 2, 40.0), BTC));
        let rows: Vec<_> = c.rows().collect();
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.size, row.depth, row.venues), (5, 2, 2));
        assert_eq!((row.notional_usd, row.start_ns), (200.0, 5));
        let mut s = Summary::default();
        c.figures(&mut s);
        assert_eq!(s.get("crossed_instruments_share"), Some(0.05));
        assert_eq!(s.get("crossed_venues_share"), Some(0.2));
        assert_eq!(s.get("caused_abroad_share"), Some(0.1));
        assert_eq!(s.get("branching_ratio_peak"), None, "five are not enough");
    }

    /// Twenty liquidations in the first minute bring down thirty in the second, each of these to
    /// two thirds: 20 children, a ratio of 1. The thirty bring down nobody.
    #[test]
    fn children_are_counted_in_the_minute_of_their_parents() {
        let mut c = Cascades::default();
        let via = Via::Mark(BTC);
        let at = |minute: i64| SimTime(minute * MINUTE + 1);
        for id in 0..20 {
            c.breach(id, at(0), (1, 0.0, 0.0), via);
            c.part(id, None, 0.0, at(0));
        }
        // A release of stops of the first minute stands between the last fifteen and their parents.
        let stops = 1 << 31;
        c.part(stops, Some(3), 0.9, at(0));
        for id in 20..50 {
            c.breach(id, at(1), (1, 2.0 / 3.0, 0.0), via);
            let parent = if id < 35 { id - 20 } else { stops };
            c.part(id, Some(parent), 0.1, at(1));
        }
        let rows = c.minutes();
        assert_eq!((rows[0].accounts, rows[1].accounts), (20, 30));
        assert!((rows[0].ratio - 1.0).abs() < 1e-9, "{}", rows[0].ratio);
        assert_eq!((rows[1].ratio, rows[0].forced_share), (0.0, 0.0));
        assert!((rows[1].forced_share - 2.0 / 3.0).abs() < 1e-9);
        let mut s = Summary::default();
        c.figures(&mut s);
        assert!((s.get("branching_ratio").unwrap() - 0.4).abs() < 1e-9);
        assert!((s.get("branching_ratio_peak").unwrap() - 1.0).abs() < 1e-9);
    }
}
