//! Whether a fill-or-kill order can be filled.

use firesale_types::Price;

use crate::book::same_account;
use crate::level::{Level, rank_of};
use crate::slab::Flags;
use crate::take::reducible;
use crate::{Host, OrderBook, OrderRequest, SelfTrade};

/// What a level offers to an incoming order.
struct Offer {
    qty: i64,
    /// Nothing behind it can be had.
    last: bool,
}

impl OrderBook {
    /// Whether the order is certain to trade in full within its limit.
    ///
    /// Counted are the orders of other accounts, hidden parts included, that are not reduce-only:
    /// what a reduce-only maker may trade is known only when it is met, so it counts for nothing
    /// although it may trade. An order of the same account is passed over if the rule is to cancel
    /// the oldest; otherwise it ends the count, and with it what icebergs before it hide, because
    /// that would come after it. A reduce-only order must have its whole quantity to reduce.
    #[cold]
    pub(crate) fn can_fill(&self, request: &OrderRequest, limit: Price, host: &impl Host) -> bool {
        if reducible(request.reduce_only, request.id, request.side, host) < request.qty.0 {
            return false;
        }
        let side = request.side.opposite();
        let limit = rank_of(side, limit);
        let mut wanted = request.qty.0;
        for (rank, level) in self.sides[side.index()].levels() {
            if rank > limit {
                return false;
            }
            let offer = self.offer(level, request);
            wanted -= offer.qty;
            if wanted <= 0 || offer.last {
                break;
            }
        }
        wanted <= 0
    }

    fn offer(&self, level: Level, request: &OrderRequest) -> Offer {
        let (mut visible, mut hidden) = (0, 0);
        for slot in self.queue(level) {
            let maker = self.orders.get(slot);
            if same_account(maker.id, request.id) {
                match request.self_trade {
                    SelfTrade::CancelOldest => continue,
                    SelfTrade::CancelNewest | SelfTrade::Decrement => {
                        return Offer {
                            qty: visible,
                            last: true,
                        };
                    }
                }
            }
            if !maker.flags.has(Flags::REDUCE_ONLY) {
                visible += maker.visible();
                hidden += self.orders.hidden(slot);
            }
        }
        Offer {
            qty: visible + hidden,
            last: false,
        }
    }
}
