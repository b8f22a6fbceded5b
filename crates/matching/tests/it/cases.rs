//! One worked case for each rule: what a person finds on paper.

use firesale_matching::{
    BookConfig, BookEvent, CancelReason, Fill, Host, OrderBook, OrderHandle, OrderRequest,
    RejectReason, SelfTrade, Submitted, TimeInForce, Trigger, TriggerSource, TriggerWhen,
};
use firesale_types::{AccountId, OrderId, Price, Qty, Side, SimTime};

use Side::{Buy, Sell};

/// A book with its events, and what the accounts may reduce.
struct Desk {
    book: OrderBook,
    now: SimTime,
    host: Owner,
}

#[derive(Default)]
struct Owner {
    events: Vec<BookEvent>,
    /// By account.
    positions: [i64; 16],
}

impl Host for Owner {
    fn reducible(&self, account: AccountId, side: Side) -> Qty {
        Qty((-side.sign() * self.positions[account.index()]).max(0))
    }

    fn on_event(&mut self, event: BookEvent) {
        if let BookEvent::Fill(fill) = event {
            let signed = fill.taker_side.sign() * fill.qty.0;
            self.positions[fill.taker.account().index()] += signed;
            self.positions[fill.maker.account().index()] -= signed;
        }
        self.events.push(event);
    }
}

fn id(account: u32, slot: u16) -> OrderId {
    OrderId::new(AccountId(account), slot, 0)
}

fn limit(account: u32, slot: u16, side: Side, price: i64, qty: i64) -> OrderRequest {
    OrderRequest::limit(id(account, slot), side, Price(price), Qty(qty))
}

fn market(account: u32, side: Side, qty: i64) -> OrderRequest {
    OrderRequest::market(id(account, 99), side, Qty(qty))
}

impl Desk {
    fn new() -> Self {
        Self {
            book: OrderBook::new(BookConfig::default()),
            now: SimTime::ZERO,
            host: Owner::default(),
        }
    }

    fn submit(&mut self, request: &OrderRequest) -> Result<Submitted, RejectReason> {
        self.host.events.clear();
        self.book.submit(self.now, request, &mut self.host)
    }

    fn rest(&mut self, request: &OrderRequest) -> OrderHandle {
        let submitted = self.submit(request).expect("accepted");
        submitted.resting.expect("it rests")
    }

    fn replace(&mut self, handle: OrderHandle, id: OrderId, price: i64, qty: i64) {
        self.host.events.clear();
        let (price, qty) = (Price(price), Qty(qty));
        self.book
            .replace(self.now, handle, id, price, qty, &mut self.host)
            .expect("accepted");
    }

    /// Maker, price and quantity of the fills of the last command.
    fn fills(&self) -> Vec<(OrderId, i64, i64)> {
        let fills = self.host.events.iter().filter_map(|event| match event {
            BookEvent::Fill(fill) => Some((fill.maker, fill.price.0, fill.qty.0)),
            _ => None,
        });
        fills.collect()
    }

    fn cancels(&self) -> Vec<(OrderId, i64, CancelReason)> {
        let cancels = self.host.events.iter().filter_map(|event| match *event {
            BookEvent::Cancelled {
                id, qty, reason, ..
            } => Some((id, qty.0, reason)),
            _ => None,
        });
        cancels.collect()
    }

    fn levels(&self, side: Side) -> Vec<(i64, i64)> {
        self.book.levels(side).map(|(p, q)| (p.0, q.0)).collect()
    }
}

#[test]
fn price_first_then_time() {
    let mut desk = Desk::new();
    desk.rest(&limit(1, 0, Sell, 101, 5));
    desk.rest(&limit(2, 0, Sell, 100, 3));
    desk.rest(&limit(3, 0, Sell, 100, 4));
    let request = OrderRequest {
        tag: 7,
        ..limit(4, 0, Buy, 101, 10)
    };
    let submitted = desk.submit(&request);
    assert_eq!(
        submitted,
        Ok(Submitted {
            filled: Qty(10),
            resting: None
        })
    );
    assert_eq!(
        desk.fills(),
        [(id(2, 0), 100, 3), (id(3, 0), 100, 4), (id(1, 0), 101, 3)]
    );
    let last = Fill {
        maker: id(1, 0),
        taker: id(4, 0),
        taker_side: Buy,
        price: Price(101),
        qty: Qty(3),
        maker_left: Qty(2),
        taker_left: Qty(0),
        taker_tag: 7,
        maker_tag: 0,
    };
    assert_eq!(desk.host.events.last(), Some(&BookEvent::Fill(last)));
    assert_eq!(desk.levels(Sell), [(101, 2)]);
    assert_eq!(desk.book.last(), Some(Price(101)));
}

#[test]
fn what_is_left_rests_or_goes() {
    let mut desk = Desk::new();
    desk.rest(&limit(1, 0, Sell, 100, 5));
    let submitted = desk.submit(&limit(2, 0, Buy, 100, 8)).expect("accepted");
    assert_eq!(submitted.filled, Qty(5));
    assert!(submitted.resting.is_some());
    assert_eq!(desk.levels(Buy), [(100, 3)]);
    let ioc = OrderRequest {
        tif: TimeInForce::Ioc,
        ..limit(3, 0, Sell, 100, 5)
    };
    assert_eq!(desk.submit(&ioc).expect("accepted").filled, Qty(3));
    assert_eq!(desk.cancels(), [(id(3, 0), 2, CancelReason::Unfilled)]);
    assert_eq!(
        desk.submit(&market(4, Buy, 1)).expect("accepted").filled,
        Qty(0)
    );
    assert_eq!(desk.cancels(), [(id(4, 99), 1, CancelReason::Unfilled)]);
    assert!(desk.book.is_empty());
}

#[test]
fn fill_or_kill_does_one_of_the_two() {
    let mut desk = Desk::new();
    desk.rest(&limit(1, 0, Sell, 100, 5));
    desk.rest(&limit(2, 0, Sell, 101, 5));
    let fok = |price, qty| OrderRequest {
        tif: TimeInForce::Fok,
        ..limit(3, 0, Buy, price, qty)
    };
    assert_eq!(desk.submit(&fok(100, 6)), Err(RejectReason::FokUnfilled));
    assert_eq!(desk.submit(&fok(101, 11)), Err(RejectReason::FokUnfilled));
    assert_eq!(desk.levels(Sell), [(100, 5), (101, 5)]);
    assert_eq!(desk.submit(&fok(101, 10)).expect("filled").filled, Qty(10));
}

#[test]
fn fill_or_kill_sees_its_own_orders_as_matching_will() {
    // An iceberg of account 1 shows 2 of 10, then an order of the taker's account.
    let resting = || {
        let mut desk = Desk::new();
        desk.rest(&OrderRequest {
            display: Some(Qty(2)),
            ..limit(1, 0, Sell, 100, 10)
        });
        desk.rest(&limit(3, 0, Sell, 100, 5));
        desk
    };
    let fok = |qty, self_trade| OrderRequest {
        tif: TimeInForce::Fok,
        self_trade,
        ..limit(3, 1, Buy, 100, qty)
    };
    // The hidden 8 come after the own order: only 2 can be had before it.
    for rule in [SelfTrade::CancelNewest, SelfTrade::Decrement] {
        assert!(resting().submit(&fok(2, rule)).is_ok());
        assert_eq!(
            resting().submit(&fok(3, rule)),
            Err(RejectReason::FokUnfilled)
        );
    }
    let mut desk = resting();
    let filled = desk.submit(&fok(10, SelfTrade::CancelOldest));
    assert_eq!(filled.expect("filled").filled, Qty(10));
    assert_eq!(desk.cancels(), [(id(3, 0), 5, CancelReason::SelfTrade)]);
}

#[test]
fn fill_or_kill_does_not_count_on_reduce_only_makers() {
    let mut desk = Desk::new();
    desk.host.positions[1] = 5;
    desk.rest(&OrderRequest {
        reduce_only: true,
        ..limit(1, 0, Sell, 100, 5)
    });
    desk.rest(&limit(2, 0, Sell, 100, 4));
    let fok = |qty| OrderRequest {
        tif: TimeInForce::Fok,
        ..limit(3, 0, Buy, 100, qty)
    };
    assert_eq!(desk.submit(&fok(5)), Err(RejectReason::FokUnfilled));
    assert!(desk.submit(&fok(4)).is_ok());
    // But it trades with them.
    assert_eq!(desk.fills(), [(id(1, 0), 100, 4)]);
}

#[test]
fn post_only_never_takes() {
    let mut desk = Desk::new();
    desk.rest(&limit(1, 0, Sell, 100, 5));
    let post_only = |price| OrderRequest {
        post_only: true,
        ..limit(2, 0, Buy, price, 5)
    };
    assert_eq!(
        desk.submit(&post_only(100)),
        Err(RejectReason::PostOnlyWouldTrade)
    );
    let handle = desk.rest(&post_only(99));
    let refused = desk.book.replace(
        desk.now,
        handle,
        id(2, 0),
        Price(100),
        Qty(5),
        &mut desk.host,
    );
    assert_eq!(refused, Err(RejectReason::PostOnlyWouldTrade));
    assert_eq!(desk.levels(Buy), [(99, 5)]);
}

#[test]
fn a_replace_keeps_its_place_only_if_it_shrinks() {
    let mut desk = Desk::new();
    let first = desk.rest(&limit(1, 0, Buy, 100, 5));
    let second = desk.rest(&limit(2, 0, Buy, 100, 5));
    desk.replace(first, id(1, 0), 100, 3);
    desk.replace(second, id(2, 0), 100, 6);
    desk.rest(&limit(3, 0, Buy, 100, 5));
    desk.submit(&market(4, Sell, 9)).expect("accepted");
    assert_eq!(desk.fills(), [(id(1, 0), 100, 3), (id(2, 0), 100, 6)]);

    let mut desk = Desk::new();
    let first = desk.rest(&limit(1, 0, Buy, 100, 5));
    desk.rest(&limit(2, 0, Buy, 100, 5));
    desk.replace(first, id(1, 0), 100, 6);
    desk.submit(&market(4, Sell, 6)).expect("accepted");
    assert_eq!(desk.fills(), [(id(2, 0), 100, 5), (id(1, 0), 100, 1)]);
}

#[test]
fn a_replace_may_trade() {
    let mut desk = Desk::new();
    desk.rest(&limit(1, 0, Sell, 105, 2));
    let bid = desk.rest(&limit(2, 0, Buy, 100, 5));
    desk.replace(bid, id(2, 0), 105, 4);
    assert_eq!(desk.fills(), [(id(1, 0), 105, 2)]);
    assert_eq!(desk.cancels(), [(id(2, 0), 5, CancelReason::Requested)]);
    assert_eq!(desk.levels(Buy), [(105, 2)]);
}

#[test]
fn self_trades_are_prevented_three_ways() {
    let run = |self_trade| {
        let mut desk = Desk::new();
        desk.rest(&limit(1, 0, Sell, 100, 5));
        desk.rest(&limit(2, 0, Sell, 100, 5));
        let request = OrderRequest {
            self_trade,
            ..limit(1, 1, Buy, 100, 8)
        };
        desk.submit(&request).expect("accepted");
        (
            desk.fills(),
            desk.cancels(),
            desk.levels(Buy),
            desk.levels(Sell),
        )
    };
    let reason = CancelReason::SelfTrade;
    let (fills, cancels, _, asks) = run(SelfTrade::CancelNewest);
    assert_eq!((fills, cancels), (vec![], vec![(id(1, 1), 8, reason)]));
    assert_eq!(asks, [(100, 10)]);

    let (fills, cancels, bids, asks) = run(SelfTrade::CancelOldest);
    assert_eq!(fills, [(id(2, 0), 100, 5)]);
    assert_eq!(cancels, [(id(1, 0), 5, reason)]);
    assert_eq!((bids, asks), (vec![(100, 3)], vec![]));

    let (fills, cancels, bids, asks) = run(SelfTrade::Decrement);
    assert_eq!(fills, [(id(2, 0), 100, 3)]);
    assert_eq!(cancels, [(id(1, 0), 5, reason)]);
    assert_eq!((bids, asks), (vec![], vec![(100, 2)]));
}

#[test]
fn an_iceberg_shows_its_slices_at_the_end_of_the_queue() {
    let mut desk = Desk::new();
    desk.rest(&OrderRequest {
        display: Some(Qty(3)),
        ..limit(1, 0, Sell, 100, 8)
    });
    desk.rest(&limit(2, 0, Sell, 100, 4));
    assert_eq!(desk.levels(Sell), [(100, 7)]);
    desk.submit(&market(3, Buy, 5)).expect("accepted");
    assert_eq!(desk.fills(), [(id(1, 0), 100, 3), (id(2, 0), 100, 2)]);
    assert_eq!(desk.levels(Sell), [(100, 5)]);
    desk.submit(&market(3, Buy, 7)).expect("accepted");
    assert_eq!(
        desk.fills(),
        [(id(2, 0), 100, 2), (id(1, 0), 100, 3), (id(1, 0), 100, 2)]
    );
    assert!(desk.book.is_empty());
}

#[test]
fn reduce_only_never_opens() {
    let mut desk = Desk::new();
    let reduce = |account, side, qty| OrderRequest {
        reduce_only: true,
        ..limit(account, 0, side, 100, qty)
    };
    assert_eq!(
        desk.submit(&reduce(1, Sell, 5)),
        Err(RejectReason::NothingToReduce)
    );
    desk.host.positions[1] = 4;
    desk.host.positions[2] = 9;
    desk.rest(&reduce(1, Sell, 10));
    desk.rest(&reduce(2, Sell, 9));
    desk.host.positions[2] = 0;
    desk.rest(&limit(3, 0, Sell, 100, 1));
    // Account 1 may sell 4 of its 10, account 2 nothing any more.
    desk.submit(&limit(4, 0, Buy, 100, 6)).expect("accepted");
    assert_eq!(desk.fills(), [(id(1, 0), 100, 4), (id(3, 0), 100, 1)]);
    let reason = CancelReason::NothingToReduce;
    assert_eq!(
        desk.cancels(),
        [(id(1, 0), 6, reason), (id(2, 0), 9, reason)]
    );
    assert_eq!(desk.levels(Buy), [(100, 1)]);
    // A taker stops where its position ends, and its rest goes.
    desk.host.positions[5] = 3;
    desk.rest(&limit(6, 0, Buy, 100, 9));
    assert_eq!(
        desk.submit(&reduce(5, Sell, 5)).expect("accepted").filled,
        Qty(3)
    );
    assert_eq!(desk.cancels(), [(id(5, 0), 2, reason)]);
}

fn stop(request: OrderRequest, source: TriggerSource, when: TriggerWhen, at: i64) -> OrderRequest {
    let price = Price(at);
    OrderRequest {
        trigger: Some(Trigger {
            source,
            when,
            price,
        }),
        ..request
    }
}

#[test]
fn stops_fire_in_the_order_in_which_the_price_reaches_them() {
    let mut desk = Desk::new();
    for (account, price) in [(1, 99), (2, 97), (3, 95)] {
        desk.rest(&limit(account, 0, Buy, price, 5));
    }
    let below = TriggerWhen::AtOrBelow;
    desk.rest(&stop(market(4, Sell, 1), TriggerSource::Last, below, 96));
    desk.rest(&stop(market(5, Sell, 1), TriggerSource::Last, below, 98));
    desk.rest(&stop(market(6, Sell, 1), TriggerSource::Last, below, 98));
    desk.rest(&stop(market(7, Sell, 1), TriggerSource::Mark, below, 98));
    desk.submit(&market(8, Sell, 12)).expect("accepted");
    // 99 fires nothing, 97 the two at 98, 95 the one at 96.
    let order = desk.host.events.iter().filter_map(|event| match event {
        BookEvent::Fill(fill) => Some(fill.price.0),
        BookEvent::Triggered { id } => Some(-i64::from(id.account().0)),
        _ => None,
    });
    assert_eq!(order.collect::<Vec<_>>(), [99, 97, -5, -6, 95, -4]);
    let mut triggered = Vec::new();
    desk.book.take_triggered(&mut triggered);
    let expected = [market(5, Sell, 1), market(6, Sell, 1), market(4, Sell, 1)];
    assert_eq!(triggered, expected);
    assert!(!desk.book.has_triggered());
    assert_eq!(desk.book.waiting_orders().count(), 1);
}

#[test]
fn a_take_profit_waits_for_the_mark() {
    let mut desk = Desk::new();
    let take_profit = stop(
        limit(1, 0, Sell, 120, 5),
        TriggerSource::Mark,
        TriggerWhen::AtOrAbove,
        120,
    );
    let handle = desk.rest(&take_profit);
    desk.book.set_reference(TriggerSource::Mark, Price(119));
    assert!(!desk.book.has_triggered());
    assert!(desk.book.waiting_order(handle, id(1, 0)).is_some());
    desk.book.set_reference(TriggerSource::Mark, Price(121));
    assert!(desk.book.has_triggered());
    assert!(desk.book.waiting_order(handle, id(1, 0)).is_none());
    // Now that the mark is there, the next one does not wait.
    let submitted = desk.submit(&OrderRequest {
        id: id(2, 0),
        ..take_profit
    });
    assert_eq!(submitted, Ok(Submitted::default()));
    assert_eq!(desk.host.events, [BookEvent::Triggered { id: id(2, 0) }]);
}

#[test]
fn a_waiting_order_can_be_cancelled_but_not_replaced() {
    let mut desk = Desk::new();
    let above = TriggerWhen::AtOrAbove;
    let request = stop(market(1, Buy, 5), TriggerSource::Index, above, 110);
    let handle = desk.rest(&request);
    let replaced = desk.book.replace(
        desk.now,
        handle,
        request.id,
        Price(1),
        Qty(1),
        &mut desk.host,
    );
    assert_eq!(replaced, Err(RejectReason::InvalidCombination));
    let cancelled = desk.book.cancel(handle, request.id, &mut desk.host);
    assert_eq!(cancelled, Ok(Qty(5)));
    desk.book.set_reference(TriggerSource::Index, Price(200));
    assert!(!desk.book.has_triggered());
}

#[test]
fn dated_orders_expire_in_time_order() {
    let mut desk = Desk::new();
    let until = |account, time| OrderRequest {
        tif: TimeInForce::Gtd(SimTime(time)),
        ..limit(account, 0, Buy, 100, 5)
    };
    desk.rest(&until(1, 30));
    desk.rest(&until(2, 10));
    let below = TriggerWhen::AtOrBelow;
    desk.rest(&stop(until(3, 20), TriggerSource::Last, below, 90));
    assert_eq!(desk.book.next_expiry(), Some(SimTime(10)));
    desk.host.events.clear();
    desk.book.expire(SimTime(29), &mut desk.host);
    let reason = CancelReason::Expired;
    assert_eq!(
        desk.cancels(),
        [(id(2, 0), 5, reason), (id(3, 0), 5, reason)]
    );
    assert_eq!(desk.book.next_expiry(), Some(SimTime(30)));
    desk.now = SimTime(30);
    assert_eq!(
        desk.submit(&until(4, 30)),
        Err(RejectReason::InvalidCombination)
    );
}

#[test]
fn the_band_refuses_limits_and_stops_market_orders() {
    let mut desk = Desk::new();
    for price in [100, 105, 111] {
        desk.rest(&limit(1, price as u16, Sell, price, 1));
    }
    desk.book.set_band(Some((Price(90), Price(110))));
    assert_eq!(
        desk.submit(&limit(2, 0, Buy, 111, 1)),
        Err(RejectReason::OutsideBand)
    );
    assert_eq!(
        desk.submit(&limit(2, 0, Buy, 89, 1)),
        Err(RejectReason::OutsideBand)
    );
    let submitted = desk.submit(&market(3, Buy, 5)).expect("accepted");
    assert_eq!(submitted.filled, Qty(2));
    assert_eq!(desk.levels(Sell), [(111, 1)]);
}

#[test]
fn a_halted_book_collects_orders_and_reopens_at_one_price() {
    let mut desk = Desk::new();
    desk.rest(&limit(1, 0, Sell, 100, 5));
    desk.book.halt();
    assert_eq!(desk.submit(&market(2, Buy, 1)), Err(RejectReason::Halted));
    desk.rest(&limit(3, 0, Buy, 103, 4));
    desk.rest(&limit(4, 0, Buy, 102, 6));
    desk.rest(&limit(5, 0, Sell, 101, 2));
    desk.rest(&limit(6, 0, Sell, 104, 9));
    // At 101 and 102: 10 bid, 7 offered. At 100: 10 and 5. At 103: 4 and 7.
    desk.book.set_reference(TriggerSource::Last, Price(90));
    assert_eq!(desk.book.indicative(), Some((Price(101), Qty(7))));
    desk.host.events.clear();
    let reopened = desk.book.reopen(desk.now, Price(150), &mut desk.host);
    assert_eq!(reopened, Some((Price(102), Qty(7))));
    assert_eq!(
        desk.fills(),
        [(id(1, 0), 102, 4), (id(1, 0), 102, 1), (id(4, 0), 102, 2)],
        "the later order is the taker"
    );
    assert_eq!(desk.levels(Buy), [(102, 3)]);
    assert_eq!(desk.levels(Sell), [(104, 9)]);
    assert!(!desk.book.is_halted());
    assert_eq!(desk.book.last(), Some(Price(102)));
}

#[test]
fn at_equal_volume_the_auction_leaves_the_least_over() {
    let mut desk = Desk::new();
    desk.book.halt();
    desk.rest(&limit(1, 0, Buy, 105, 5));
    desk.rest(&limit(2, 0, Buy, 102, 3));
    desk.rest(&limit(3, 0, Sell, 100, 5));
    // Volume 5 from 100 to 105; nothing is left over only above 102.
    assert_eq!(desk.book.indicative(), Some((Price(103), Qty(5))));
    let reopened = desk.book.reopen(desk.now, Price(1_000), &mut desk.host);
    assert_eq!(reopened, Some((Price(105), Qty(5))));
}

#[test]
fn the_auction_keeps_the_promises_of_orders() {
    let mut desk = Desk::new();
    desk.rest(&limit(1, 0, Sell, 100, 5));
    desk.book.halt();
    // The later order of a pair takes: a post-only one goes instead.
    desk.rest(&OrderRequest {
        post_only: true,
        ..limit(2, 0, Buy, 102, 5)
    });
    // One account on both sides: its later order says which goes.
    desk.rest(&limit(1, 1, Buy, 101, 5));
    desk.rest(&limit(3, 0, Buy, 100, 2));
    desk.host.events.clear();
    let reopened = desk.book.reopen(desk.now, Price(100), &mut desk.host);
    // The first price, 101, clears nothing but the orders that must not trade; the rest reopens.
    assert_eq!(reopened, Some((Price(100), Qty(2))));
    assert_eq!(
        desk.cancels(),
        [
            (id(2, 0), 5, CancelReason::PostOnly),
            (id(1, 1), 5, CancelReason::SelfTrade)
        ]
    );
    assert_eq!(desk.levels(Sell), [(100, 3)]);
}

#[test]
fn a_full_book_takes_what_trades_first() {
    let config = BookConfig {
        max_orders: 2,
        ..BookConfig::default()
    };
    let mut desk = Desk {
        book: OrderBook::new(config),
        ..Desk::new()
    };
    desk.rest(&limit(1, 0, Sell, 100, 5));
    desk.rest(&limit(2, 0, Sell, 110, 5));
    assert_eq!(
        desk.submit(&limit(3, 0, Buy, 99, 1)),
        Err(RejectReason::BookFull)
    );
    let above = TriggerWhen::AtOrAbove;
    let waiting = stop(market(3, Buy, 1), TriggerSource::Last, above, 120);
    assert_eq!(desk.submit(&waiting), Err(RejectReason::BookFull));
    let submitted = desk.submit(&limit(3, 0, Buy, 100, 7)).expect("accepted");
    assert_eq!(submitted.filled, Qty(5));
    assert_eq!(desk.levels(Buy), [(100, 2)]);
}

#[test]
fn a_handle_does_not_outlive_its_order() {
    let mut desk = Desk::new();
    let old = desk.rest(&limit(1, 0, Buy, 100, 5));
    assert_eq!(desk.book.cancel(old, id(1, 0), &mut desk.host), Ok(Qty(5)));
    let new = desk.rest(&limit(2, 0, Buy, 100, 5));
    assert_eq!(old, new, "the slot is used again");
    for handle in [old, OrderHandle(0), OrderHandle(77), OrderHandle(u32::MAX)] {
        assert_eq!(
            desk.book.cancel(handle, id(1, 0), &mut desk.host),
            Err(RejectReason::UnknownOrder)
        );
    }
    assert!(desk.book.order(new, id(2, 0)).is_some());
}

#[test]
fn grids_and_limits_are_checked() {
    let config = BookConfig {
        price_step: 5,
        qty_step: 10,
        max_order_qty: Qty(1_000),
        ..BookConfig::default()
    };
    let mut desk = Desk {
        book: OrderBook::new(config),
        ..Desk::new()
    };
    let mut refusal = |price, qty| desk.submit(&limit(1, 0, Buy, price, qty)).err();
    assert_eq!(refusal(100, 0), Some(RejectReason::QtyNotPositive));
    assert_eq!(refusal(100, 1_010), Some(RejectReason::QtyTooLarge));
    assert_eq!(refusal(100, 15), Some(RejectReason::OffLotGrid));
    assert_eq!(refusal(0, 10), Some(RejectReason::PriceOutOfRange));
    assert_eq!(
        refusal((1 << 40) + 5, 10),
        Some(RejectReason::PriceOutOfRange)
    );
    assert_eq!(refusal(101, 10), Some(RejectReason::OffTickGrid));
    assert_eq!(refusal(100, 10), None);
}

#[test]
fn depth_and_impact_are_exact() {
    let mut desk = Desk::new();
    desk.rest(&limit(1, 0, Sell, 100, 5));
    desk.rest(&OrderRequest {
        display: Some(Qty(2)),
        ..limit(2, 0, Sell, 102, 6)
    });
    desk.rest(&limit(3, 0, Sell, 110, 7));
    assert_eq!(desk.book.best(Sell), Some((Price(100), Qty(5))));
    assert_eq!(
        desk.book.depth_to(Sell, Price(102)),
        (Qty(7), 5 * 100 + 2 * 102)
    );
    assert_eq!(desk.book.depth_to(Sell, Price(i64::MIN)), (Qty(0), 0));
    // 500 is five lots at 100; one more tick-lot needs a sixth, at 102.
    assert_eq!(desk.book.price_for_value(Sell, 500), Some((Qty(5), 500)));
    assert_eq!(desk.book.price_for_value(Sell, 501), Some((Qty(6), 602)));
    assert_eq!(desk.book.price_for_value(Sell, 2_000), None);
    assert_eq!(desk.book.price_for_value(Buy, 1), None);
}

#[test]
fn a_stored_book_that_lies_is_refused() {
    let mut desk = Desk::new();
    desk.rest(&limit(1, 0, Sell, 100, 5));
    desk.rest(&limit(2, 0, Sell, 101, 5));
    desk.rest(&limit(3, 0, Buy, 99, 5));
    let stored = serde_json::to_string(&desk.book).expect("it can be stored");
    assert!(serde_json::from_str::<OrderBook>(&stored).is_ok());
    let lies = [
        ("\"slot\":2", "\"slot\":1"),
        ("\"slot\":2", "\"slot\":9"),
        ("\"visible\":5", "\"visible\":6"),
        ("\"visible\":5", "\"visible\":0"),
        ("\"Limit\":101", "\"Limit\":-101"),
        ("\"Limit\":99", "\"Limit\":100"),
        ("\"tif\":\"Gtc\"", "\"tif\":\"Ioc\""),
        ("\"free\":[]", "\"free\":[1]"),
    ];
    for (truth, lie) in lies {
        let changed = stored.replacen(truth, lie, 1);
        assert_ne!(stored, changed, "{truth} is not in {stored}");
        assert!(
            serde_json::from_str::<OrderBook>(&changed).is_err(),
            "{lie} was believed"
        );
    }
}
