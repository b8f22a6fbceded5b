//! Orders that their triggers have released: the stops of a cascade.
//!
//! What is released together, by one move of one book's prices, is one link: it has one parent and
//! moves the price as one.

use firesale_matching::OrderRequest;
use firesale_types::{InstrumentId, SimTime};

use super::{GenealogyRecord, NodeKind};
use crate::attribution::Attribution;
use crate::state::State;
use crate::{Cause, Effects};

impl State {
    /// Triggers have fired: what moved the price to them is remembered until the release.
    pub(crate) fn note_fired(&mut self, id: InstrumentId, now: SimTime, out: &mut Effects) -> u32 {
        let impact = &self.instruments[id.index()].impact;
        let mut from = Attribution::default();
        from.add(&self.moves_of(id, impact.heading, now), 1);
        self.add_node(NodeKind::Release, &from, out)
    }

    /// The released order with its link in place of its owner's reason.
    pub(crate) fn linked(release: u32, request: &OrderRequest) -> OrderRequest {
        OrderRequest {
            tag: Cause::stops(release).0,
            ..*request
        }
    }
}

/// Tells of a triggered order that has reached the book.
pub(crate) fn note_stop(
    release: u32,
    instrument: InstrumentId,
    request: &OrderRequest,
    out: &mut Effects,
) {
    out.links.push(GenealogyRecord::Stop {
        release,
        instrument,
        account: request.id.account(),
        side: request.side,
        qty: request.qty,
        reason: Cause(request.tag),
    });
}
