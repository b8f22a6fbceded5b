//! The model of `cst.rs` solved exactly: the Markov chain of the two queues.
//!
//! The rates are the model's; what an event does to the queues is read off the engine, state by
//! state: a book is brought into the state, the event is applied, and the queues are counted.

use std::collections::BTreeMap;

use firesale_types::{AccountId, OrderId, Side};

use crate::check::Row;
use crate::checks::cst::{ASK, BID, LAMBDA, MID_UP, MU, OWN_FILL, THETA, cells, queued, rows};
use crate::engine::{Engine, Market};

/// The longest queue of Table 3's chain; the chance to get there from 5 is below 1e-20.
const LONGEST: usize = 60;
/// The longest ask queue, and the longest queue behind one's own order, of the other chain.
const LONGEST_ASK: usize = 40;
const LONGEST_BEHIND: usize = 20;

/// One's own order; it belongs to no other account.
const OWN: OrderId = OrderId::new(AccountId(u32::MAX), 0, 0);

/// Table 3, solved.
pub(crate) fn mid_up(engine: &Engine) -> Vec<Row> {
    let chain = Chain::of(engine, Question::MidUp);
    let ours: Vec<f64> = cells()
        .map(|(bids, asks)| {
            chain.probability(&State {
                older: bids,
                newer: 0,
                asks,
            })
        })
        .collect();
    rows(&MID_UP, &ours, 0.001)
}

/// The fill of one's own order, solved.
pub(crate) fn own_fill(engine: &Engine) -> Vec<Row> {
    let chain = Chain::of(engine, Question::OwnFill);
    let ours: Vec<f64> = cells()
        .map(|(bids, asks)| {
            chain.probability(&State {
                older: bids - 1,
                newer: 0,
                asks,
            })
        })
        .collect();
    rows(&OWN_FILL, &ours, 0.001)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    /// Does the ask queue empty before the bid queue?
    MidUp,
    /// Is one's own order filled before the ask queue empties?
    OwnFill,
}

/// The queues. Without an order of one's own all bids are `older`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    /// Bids that came before one's own order.
    older: usize,
    /// Bids that came after it.
    newer: usize,
    asks: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Next {
    State(State),
    Won,
    Lost,
}

/// The states with the rates to their successors.
struct Chain {
    places: BTreeMap<State, usize>,
    value: Vec<f64>,
}

impl Chain {
    fn of(engine: &Engine, question: Question) -> Self {
        let states = states(question);
        let places: BTreeMap<State, usize> =
            states.iter().enumerate().map(|(at, &s)| (s, at)).collect();
        let mut desk = Desk {
            question,
            empty: engine.market(64),
        };
        let moves: Vec<Vec<(f64, Target)>> = states
            .iter()
            .map(|state| {
                let out = desk.moves(state);
                out.into_iter()
                    .map(|(rate, next)| (rate, target(next, state, &places)))
                    .collect()
            })
            .collect();
        let value = solve(&moves);
        Self { places, value }
    }

    fn probability(&self, state: &State) -> f64 {
        self.places
            .get(state)
            .map_or(f64::NAN, |&at| self.value[at])
    }
}

/// All states of a chain; arrivals at the longest queues are ignored.
fn states(question: Question) -> Vec<State> {
    let (older, newer, asks) = match question {
        Question::MidUp => (1..=LONGEST, 0..=0, LONGEST),
        Question::OwnFill => (0..=4, 0..=LONGEST_BEHIND, LONGEST_ASK),
    };
    let mut all = Vec::new();
    for older in older {
        for newer in newer.clone() {
            all.extend((1..=asks).map(|asks| State { older, newer, asks }));
        }
    }
    all
}

#[derive(Clone, Copy, Debug)]
enum Target {
    Place(usize),
    Won,
    Lost,
    /// Nothing happened.
    Here,
}

fn target(next: Next, from: &State, places: &BTreeMap<State, usize>) -> Target {
    match next {
        Next::Won => Target::Won,
        Next::Lost => Target::Lost,
        Next::State(state) if state == *from => Target::Here,
        Next::State(state) => places
            .get(&state)
            .map_or(Target::Here, |&at| Target::Place(at)),
    }
}

/// The probabilities to win: p(s) = sum of rate * p(next) / sum of rates, by Gauss-Seidel sweeps
/// until nothing moves by more than 1e-13.
fn solve(moves: &[Vec<(f64, Target)>]) -> Vec<f64> {
    let mut value = vec![0.5; moves.len()];
    for _ in 0..100_000 {
        let mut largest = 0.0_f64;
        for (at, moves) in moves.iter().enumerate() {
            let (mut sum, mut total) = (0.0, 0.0);
            for &(rate, target) in moves {
                let p = match target {
                    Target::Place(next) => value[next],
                    Target::Won => 1.0,
                    Target::Lost => 0.0,
                    Target::Here => continue,
                };
                sum += rate * p;
                total += rate;
            }
            let new = sum / total;
            largest = largest.max((new - value[at]).abs());
            value[at] = new;
        }
        if largest < 1e-13 {
            break;
        }
    }
    value
}

/// Brings books into states and lets things happen to them.
struct Desk {
    question: Question,
    empty: Market,
}

impl Desk {
    fn has_own(&self) -> bool {
        self.question == Question::OwnFill
    }

    /// What can happen in a state, with its rate.
    fn moves(&mut self, state: &State) -> Vec<(f64, Next)> {
        let book = self.book(state);
        let mut out = vec![
            (LAMBDA, self.after(&book, |m| arrive(m, Side::Buy))),
            (LAMBDA, self.after(&book, |m| arrive(m, Side::Sell))),
            (MU, self.after(&book, |m| _ = m.take(Side::Sell, BID))),
            (MU, self.after(&book, |m| _ = m.take(Side::Buy, ASK))),
        ];
        for (side, price) in [(Side::Buy, BID), (Side::Sell, ASK)] {
            for order in book.queue(side, price) {
                if order.id != OWN {
                    let next = self.after(&book, |m| m.cancel(side, order.handle, order.id));
                    out.push((THETA, next));
                }
            }
        }
        out
    }

    /// A book in a state.
    fn book(&mut self, state: &State) -> Market {
        let mut market = self.empty.clone();
        for n in 0..state.older {
            market.rest(older(n), Side::Buy, BID);
        }
        if self.has_own() {
            market.rest(OWN, Side::Buy, BID);
        }
        for _ in 0..state.newer {
            arrive(&mut market, Side::Buy);
        }
        for _ in 0..state.asks {
            arrive(&mut market, Side::Sell);
        }
        market
    }

    /// The state after something has happened.
    fn after(&self, book: &Market, happens: impl FnOnce(&mut Market)) -> Next {
        let mut market = book.clone();
        happens(&mut market);
        let bids = market.queue(Side::Buy, BID);
        let asks = queued(&market, Side::Sell) as usize;
        if self.has_own() && bids.iter().all(|order| order.id != OWN) {
            return Next::Won;
        }
        if asks == 0 {
            return if self.has_own() {
                Next::Lost
            } else {
                Next::Won
            };
        }
        if bids.is_empty() {
            return Next::Lost;
        }
        let newer = |id: OrderId| self.has_own() && id != OWN && id.slot() == 0;
        let newer = bids.iter().filter(|order| newer(order.id)).count();
        Next::State(State {
            older: bids.len() - newer - usize::from(self.has_own()),
            newer,
            asks,
        })
    }
}

/// The identity of an order that came before one's own.
const fn older(n: usize) -> OrderId {
    OrderId::new(AccountId(n as u32), 1, 0)
}

fn arrive(market: &mut Market, side: Side) {
    let id = market.fresh_id();
    let price = if side == Side::Buy { BID } else { ASK };
    market.rest(id, side, price);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same probabilities from the rates alone, without an engine: birth lambda, death
    /// mu + n theta for both queues.
    #[test]
    fn the_engine_gives_the_model_s_chain() {
        let n = 30;
        let at = |b: usize, a: usize| b * (n + 1) + a;
        let mut p = vec![0.0; (n + 1) * (n + 1)];
        for _ in 0..20_000 {
            for b in 1..=n {
                for a in 1..=n {
                    let death = |k: usize| MU + k as f64 * THETA;
                    let up = if a == 1 { 1.0 } else { p[at(b, a - 1)] };
                    let down = if b == 1 { 0.0 } else { p[at(b - 1, a)] };
                    let mut sum = death(a) * up + death(b) * down;
                    let mut total = death(a) + death(b);
                    for (grown, more) in [(b < n, (b + 1, a)), (a < n, (b, a + 1))] {
                        if grown {
                            sum += LAMBDA * p[at(more.0, more.1)];
                            total += LAMBDA;
                        }
                    }
                    p[at(b, a)] = sum / total;
                }
            }
        }
        let ours = mid_up(&Engine::real());
        for ((b, a), row) in cells().zip(ours) {
            assert!((row.ours - p[at(b, a)]).abs() < 1e-9, "{b} {a}");
        }
    }
}
