//! The genealogy of a crash: what brought about what, link by link, across instruments and venues.
//!
//! # Model
//!
//! * A **link** is a liquidation, a release of triggered orders, a halt, or a link of another venue.
//!   Each has a parent: the largest cause of the moves that led to it ([`crate::Cause`]). The chain
//!   ends at a reason: news, a signal, a script.
//! * The **root** is the first liquidation of a chain, the **generation** the number of links from
//!   it. What no liquidation has led to has no root; a liquidation without one is its own.
//! * A **breach** divides the money that the margin unit has lost over its factors (each mark, each
//!   collateral's price, funding, charges), and the loss of each factor among those who moved it
//!   (`breach.rs`). A hedge that auto-deleveraging has taken counts with the gain that it would have
//!   brought (`burden.rs`).
//! * **Orders carry their link** as their tag: a liquidation's order, a released stop (`release.rs`),
//!   the sale of what vault or fund took over (`holding.rs`). So trades, and the moves they make, are
//!   booked to the chain.
//! * **Hedges and arbitrage** pass a move of another venue on (`hedges.rs`).
//! * **Another venue's links** arrive before the price, the halt or the lost hedge that they explain
//!   (`elsewhere.rs`). A venue does not know its own name: whoever carries links between venues
//!   translates them ([`Link`]).
//!
//! Nothing here changes what happens: prices, positions and the digest are the same without it.

mod breach;
mod burden;
mod elsewhere;
mod hedges;
mod holding;
mod release;

use firesale_types::{AccountId, InstrumentId, Qty, Rate, Side, Usd, VenueId};
use serde::{Deserialize, Serialize};

use crate::attribution::Attribution;
use crate::state::State;
use crate::{Cause, CauseKind, Effects, Exchange};
pub(crate) use elsewhere::spread;
pub use elsewhere::{Origin, Told};
pub(crate) use release::note_stop;

/// How many parts of a cause are told; smaller ones than [`LEAST_PART`] are not.
const MOST_PARTS: usize = 8;
const LEAST_PART: Rate = Rate::bps(100);

/// A link of a genealogy, or a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// Whose numbers the cause is in: another venue's, or `None` for those of the venue that says it
    /// or is told.
    pub venue: Option<VenueId>,
    /// The link or the reason.
    pub cause: Cause,
}

/// Where a link stands in its chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// The first liquidation of the chain, if there is one.
    pub root: Option<Link>,
    /// Links from the root; zero without a root.
    pub generation: u16,
    /// Which part of the moves that the link makes is forced: all of a liquidation's, and of other
    /// links as much as of what led to them.
    pub forced: Rate,
}

impl Lineage {
    /// The lineage of what this one brings about, of which a part is forced.
    const fn child(&self, forced: Rate) -> Self {
        let generation = if self.root.is_some() {
            self.generation.saturating_add(1)
        } else {
            0
        };
        Self {
            root: self.root,
            generation,
            forced,
        }
    }
}

/// A factor of a margin unit's equity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Via {
    /// The mark of an instrument.
    Mark(InstrumentId),
    /// The price of a collateral asset.
    Collateral(firesale_types::AssetId),
    /// The funding of an instrument.
    Funding(InstrumentId),
    /// A charge: a share of others' losses.
    Charge,
}

/// What a venue tells of its genealogy, beside its records.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum GenealogyRecord {
    /// A margin unit was found in breach; its liquidation begins.
    Breach {
        /// The liquidation.
        id: u32,
        /// Whose.
        account: AccountId,
        /// The one isolated position, or `None` for the account.
        isolated: Option<InstrumentId>,
        /// Equity.
        equity: Usd,
        /// Maintenance margin.
        maintenance: Usd,
        /// The value of all its positions at the marks.
        notional: Usd,
        /// Which factor brought the most of the loss.
        via: Via,
        /// How much of it.
        via_part: Rate,
        /// That factor's price (ticks, or micro-USD for collateral) before the loss, two windows of
        /// the mark's memory ago at most, and now; both zero if it has none.
        prices: (i64, i64),
        /// The part of the loss that was brought about by force on other venues.
        abroad: Rate,
    },
    /// A part of what brought a link about; the largest come first, and the smallest are not told.
    Part {
        /// The link.
        of: Cause,
        /// What has this part.
        cause: Cause,
        /// How much.
        part: Rate,
    },
    /// A triggered order was released to the book.
    Stop {
        /// The release it belongs to.
        release: u32,
        /// Where.
        instrument: InstrumentId,
        /// Whose.
        account: AccountId,
        /// Its side.
        side: Side,
        /// How much.
        qty: Qty,
        /// The reason its owner gave.
        reason: Cause,
    },
}

/// A link that is no liquidation: its parent, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Node {
    parent: Cause,
    lineage: Lineage,
}

/// The links of a venue beside its liquidations, and what it remembers for those to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Genealogy {
    releases: Vec<Node>,
    halts: Vec<Node>,
    elsewhere: elsewhere::Elsewhere,
    holdings: Vec<holding::Holding>,
    burdens: burden::Burdens,
    behind: Vec<hedges::Behind>,
}

impl State {
    /// Where a cause stands. What does not exist is a reason.
    pub(crate) fn lineage(&self, cause: Cause) -> Lineage {
        let node = |nodes: &[Node], at: u32| nodes.get(at as usize).map(|node| node.lineage);
        let forced = Lineage {
            forced: Rate::ONE,
            ..Lineage::default()
        };
        let found = match cause.kind() {
            CauseKind::Reason => None,
            CauseKind::Pooled => Some(forced),
            CauseKind::Liquidation(id) => self.lineage_of_liquidation(id),
            CauseKind::Adl(id) | CauseKind::Unwind(id) => self
                .lineage_of_liquidation(id)
                .map(|parent| parent.child(Rate::ONE)),
            CauseKind::Stops(at) => node(&self.genealogy.releases, at),
            CauseKind::Halt(at) => node(&self.genealogy.halts, at),
            CauseKind::Elsewhere(at) => self.genealogy.elsewhere.lineage(at),
        };
        found.unwrap_or_default()
    }

    fn lineage_of_liquidation(&self, id: u32) -> Option<Lineage> {
        let case = self.liquidations.get(id as usize)?;
        let here = Link {
            venue: None,
            cause: Cause::liquidation(case.root),
        };
        Some(Lineage {
            root: Some(case.abroad.unwrap_or(here)),
            generation: case.generation,
            forced: Rate::ONE,
        })
    }

    /// Adds a release or a halt that moves have brought about.
    fn add_node(&mut self, kind: NodeKind, from: &Attribution, out: &mut Effects) -> u32 {
        let parent = from.largest();
        let forced = from.forced(|cause| self.lineage(cause).forced);
        let lineage = self.lineage(parent).child(forced);
        let number = self.push_node(kind, Node { parent, lineage });
        let of = match kind {
            NodeKind::Release => Cause::stops(number),
            NodeKind::Halt => Cause::halt(number),
        };
        note_parts(of, from, out);
        number
    }

    fn push_node(&mut self, kind: NodeKind, node: Node) -> u32 {
        let nodes = match kind {
            NodeKind::Release => &mut self.genealogy.releases,
            NodeKind::Halt => &mut self.genealogy.halts,
        };
        nodes.push(node);
        (nodes.len() - 1) as u32
    }

    /// A halt that moves of the price have led to.
    pub(crate) fn note_halt(
        &mut self,
        instrument: InstrumentId,
        from: &Attribution,
        out: &mut Effects,
    ) -> u32 {
        let Some((parent, lineage)) = self.told_halt(instrument) else {
            return self.add_node(NodeKind::Halt, from, out);
        };
        let lineage = lineage.child(lineage.forced);
        let number = self.push_node(NodeKind::Halt, Node { parent, lineage });
        out.links.push(GenealogyRecord::Part {
            of: Cause::halt(number),
            cause: parent,
            part: Rate::ONE,
        });
        number
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NodeKind {
    Release,
    Halt,
}

/// Tells the parts of what brought a link about.
fn note_parts(of: Cause, from: &Attribution, out: &mut Effects) {
    let parts = from.parts(MOST_PARTS, LEAST_PART).into_iter();
    out.links
        .extend(parts.map(|(cause, part)| GenealogyRecord::Part { of, cause, part }));
}

impl Exchange {
    /// Where a cause stands in its chain.
    #[must_use]
    pub fn lineage(&self, cause: Cause) -> Lineage {
        self.state.lineage(cause)
    }

    /// The parent of a release or of a halt, which is a reason where the chain ends; `None` for
    /// other causes and for what does not exist.
    #[must_use]
    pub fn parent(&self, cause: Cause) -> Option<Cause> {
        let (nodes, at) = match cause.kind() {
            CauseKind::Stops(at) => (&self.state.genealogy.releases, at),
            CauseKind::Halt(at) => (&self.state.genealogy.halts, at),
            CauseKind::Liquidation(id) => {
                let case = self.state.liquidations.get(id as usize);
                return case.map(|case| case.cause);
            }
            _ => return None,
        };
        nodes.get(at as usize).map(|node| node.parent)
    }

    /// What a cause names, also where that is a link of another venue.
    #[must_use]
    pub fn resolve(&self, cause: Cause) -> Link {
        let here = Link { venue: None, cause };
        match cause.kind() {
            CauseKind::Elsewhere(at) => self.state.genealogy.elsewhere.link(at).unwrap_or(here),
            _ => here,
        }
    }
}
