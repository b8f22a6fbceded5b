//! The systems of a tick, stage by stage.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use bevy_ecs::prelude::{Res, ResMut, Resource};
use firesale_exchange::{ExchangeEvent, InstrumentKind, Report};
use firesale_scheduler::{Channels, RunLimits, SimClock, Wake, WakeCalendar};
use firesale_stablecoin::HolderId;
use firesale_types::{AccountId, AgentId, SimDuration, SimTime, Usd, VenueId};

use crate::agent::{AgentReport, Due, DueRow, Inbox, Outbox, Pool, Sent};
use crate::custody::Transfer;
use crate::habits::Heed;
use crate::onchain::{ChainId, Chains, Issuers};
use crate::venue::{VenueMachine, source};
use crate::{
    Assets, Custody, Destination, Fundamentals, MarketView, Markets, PublicPosition, Quote,
    SimError, Venues, WakeOn,
};

/// Nobody: accounts without an agent.
pub(crate) const NOBODY: u32 = u32::MAX;

/// The clock as a resource.
#[derive(Clone, Copy, Debug, Resource)]
pub struct Clock(pub SimClock);

/// When members look next.
#[derive(Debug, Resource)]
pub(crate) struct Calendar(pub(crate) WakeCalendar);

/// Who is who: agents to rows, accounts to agents.
#[derive(Debug, Default, Resource)]
pub(crate) struct Directory {
    /// Kind and row of each agent.
    pub(crate) rows: Vec<(u16, u32)>,
    /// The agent of each account, by venue.
    pub(crate) owners: Vec<Vec<u32>>,
    /// Which reports wake the members of a kind.
    pub(crate) wake_on: Vec<WakeOn>,
    /// What wakes agents for their habits' sake.
    pub(crate) heed: BTreeMap<u32, Heed>,
    /// The tick in which an agent was last due, to match reports.
    pub(crate) due_tick: Vec<i64>,
}

impl Directory {
    pub(crate) fn owner(&self, venue: VenueId, account: AccountId) -> Option<AgentId> {
        let agent = *self.owners[venue.index()].get(account.index())?;
        (agent != NOBODY).then_some(AgentId(agent))
    }
}

/// Channels, limits, and payouts that venues have not answered yet.
#[derive(Debug, Resource)]
pub(crate) struct Post {
    pub(crate) channels: Channels,
    pub(crate) limits: RunLimits,
    pub(crate) payouts: BTreeMap<(VenueId, AccountId), VecDeque<Payout>>,
}

/// Where a payout goes once the venue grants it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payout {
    pub(crate) then: Option<(VenueId, AccountId)>,
    pub(crate) travel: SimDuration,
}

/// The first failure of a tick, looked at after it.
#[derive(Debug, Default, Resource)]
pub(crate) struct Failure(pub(crate) Mutex<Option<SimError>>);

impl Failure {
    pub(crate) fn set(&self, error: SimError) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
    }
}

/// Observe, part 1: the world outside moves on and the view is published.
pub(crate) fn observe_markets(
    clock: Res<'_, Clock>,
    markets: Res<'_, Markets>,
    venues: Res<'_, Venues>,
    mut view: ResMut<'_, MarketView>,
    mut fundamentals: ResMut<'_, Fundamentals>,
) {
    let now = clock.0.tick_start();
    fundamentals.advance(now);
    let whole_second = now.0 % 1_000_000_000 == 0;
    for market in markets.iter() {
        let before = *view.quote(market.id, crate::Feed::Direct);
        let mut quote = read_quote(venues.get(market.venue), market, &before);
        if whole_second {
            let exchange = venues.get(market.venue).exchange();
            let book = exchange.book(market.instrument);
            let value =
                |depth: (firesale_types::Qty, i128)| depth.1 as f64 * market.unit.0 as f64 / 1e6;
            use firesale_types::Side::{Buy, Sell};
            quote.bid_depth = value(book.depth_to(Buy, market.price_above(quote.mid * 0.99)));
            quote.ask_depth = value(book.depth_to(Sell, market.price_below(quote.mid * 1.01)));
        }
        view.publish(market.id, quote);
    }
    if whole_second && now > SimTime::ZERO {
        view.close_second(now);
    }
    if now.0 % BOARD_PERIOD.0 == 0 {
        show_positions(&markets, &venues, &mut view);
    }
}

/// Transparent venues publish their largest positions this often.
const BOARD_PERIOD: SimDuration = SimDuration::secs(10);
/// How many of them.
const BOARD_LENGTH: usize = 20;

fn show_positions(markets: &Markets, venues: &Venues, view: &mut MarketView) {
    for market in markets.iter() {
        let exchange = venues.get(market.venue).exchange();
        if !exchange.config().transparent || market.kind == InstrumentKind::Spot {
            continue;
        }
        let largest = exchange.largest_positions(market.instrument, BOARD_LENGTH);
        let board = largest.into_iter().map(|position| PublicPosition {
            account: position.account,
            qty: position.qty,
            notional: position.notional.to_f64(),
            liquidation_price: position.liquidation_price.map(|price| market.usd(price)),
        });
        view.show_positions(market.id, board.collect());
    }
}

/// The state of one market now; depths are carried over.
pub(crate) fn read_quote(venue: &VenueMachine, market: &crate::Market, before: &Quote) -> Quote {
    use firesale_types::Side::{Buy, Sell};
    let exchange = venue.exchange();
    let book = exchange.book(market.instrument);
    let (bid, ask) = (book.best(Buy), book.best(Sell));
    let mark = market.usd(exchange.mark(market.instrument));
    let last = book.last().map_or(mark, |p| market.usd(p));
    let mid = match (bid, ask) {
        (Some((bid, _)), Some((ask, _))) => 0.5 * (market.usd(bid) + market.usd(ask)),
        // A one-sided book has no middle; the last trade bounded by the standing side is the best guess.
        (Some((bid, _)), None) => last.max(market.usd(bid)),
        (None, Some((ask, _))) => last.min(market.usd(ask)),
        (None, None) => last,
    };
    Quote {
        bid,
        ask,
        mid,
        last,
        mark,
        index: market.usd(exchange.index(market.instrument)),
        funding: exchange.funding_rate(market.instrument).to_f64(),
        bid_depth: before.bid_depth,
        ask_depth: before.ask_depth,
    }
}

/// Observe, part 3: reports reach their agents, granted payouts leave, and the due are found.
#[expect(
    clippy::too_many_arguments,
    reason = "a system's parameters are what it touches"
)]
pub(crate) fn deliver_reports(
    clock: Res<'_, Clock>,
    mut venues: ResMut<'_, Venues>,
    mut calendar: ResMut<'_, Calendar>,
    mut directory: ResMut<'_, Directory>,
    mut custody: ResMut<'_, Custody>,
    mut post: ResMut<'_, Post>,
    mut inbox: ResMut<'_, Inbox>,
    mut due: ResMut<'_, Due>,
) {
    let now = clock.0.tick_start();
    inbox.0.clear();
    let mut reports = Vec::new();
    for venue in &mut venues.0 {
        venue.take_reports(&mut reports);
        for (account, report) in reports.drain(..) {
            let Some(agent) = directory.owner(venue.id(), account) else {
                if let Report::Withdrawn { asset, amount } = report {
                    custody.pay_outside(asset, amount);
                }
                continue;
            };
            forward_payout(
                venue.id(),
                account,
                agent,
                &report,
                now,
                &mut custody,
                &mut post,
            );
            let (kind, _) = directory.rows[agent.index()];
            let heeds = || directory.heed.get(&agent.0).is_some_and(|h| h.has(&report));
            if directory.wake_on[usize::from(kind)].has(&report) || heeds() {
                calendar.0.schedule_no_later(agent.0, now);
            }
            inbox.0.push((
                agent,
                AgentReport {
                    venue: venue.id(),
                    report,
                },
            ));
        }
    }
    let mut wakes: Vec<Wake> = Vec::new();
    calendar.0.due(clock.0.tick_end(), &mut wakes);
    for rows in &mut due.0 {
        rows.clear();
    }
    for wake in wakes {
        let (kind, row) = directory.rows[wake.sleeper as usize];
        directory.due_tick[wake.sleeper as usize] = now.0;
        due.0[usize::from(kind)].push(DueRow {
            row,
            at: wake.at.max(now),
        });
    }
    inbox
        .0
        .retain(|(agent, _)| directory.due_tick[agent.index()] == now.0);
    inbox.0.sort_by_key(|(agent, _)| *agent);
}

fn forward_payout(
    venue: VenueId,
    account: AccountId,
    agent: AgentId,
    report: &Report,
    now: SimTime,
    custody: &mut Custody,
    post: &mut Post,
) {
    let mut answered = || {
        post.payouts
            .get_mut(&(venue, account))
            .and_then(VecDeque::pop_front)
    };
    match *report {
        Report::Withdrawn { asset, amount } => {
            let payout = answered().unwrap_or(Payout {
                then: None,
                travel: SimDuration::ZERO,
            });
            let to = payout
                .then
                .map_or(Destination::Wallet, |(v, a)| Destination::Venue(v, a));
            custody.send(agent, to, asset, amount, now + payout.travel);
        }
        Report::WithdrawalRefused { .. } => {
            answered();
        }
        _ => {}
    }
}

/// Route: intents become messages with an arrival time.
#[expect(
    clippy::too_many_arguments,
    reason = "a system's parameters are what it touches"
)]
pub(crate) fn route(
    outbox: Res<'_, Outbox>,
    mut post: ResMut<'_, Post>,
    mut calendar: ResMut<'_, Calendar>,
    mut custody: ResMut<'_, Custody>,
    mut venues: ResMut<'_, Venues>,
    mut chains: ResMut<'_, Chains>,
    mut issuers: ResMut<'_, Issuers>,
    assets: Res<'_, Assets>,
) {
    let machines = venues.0.len() as u16;
    for slot in &outbox.0 {
        let mut kind = slot.lock().unwrap_or_else(PoisonError::into_inner);
        for wake in kind.wakes.drain(..) {
            calendar.0.schedule_no_later(wake.sleeper, wake.at);
        }
        for sent in kind.sent.drain(..) {
            match sent {
                Sent::Venue {
                    agent,
                    venue,
                    at,
                    latency,
                    event,
                } => {
                    let (arrival, seq) = post.channels.arrival(agent.0, venue.0, at, latency);
                    venues.0[venue.index()].push(arrival, agent.0, seq, event);
                }
                Sent::Deposit {
                    agent,
                    to,
                    account,
                    asset,
                    amount,
                    arrives,
                } => {
                    let to = Destination::Venue(to, account);
                    custody.send_from_wallet(agent, to, asset, amount, arrives);
                }
                Sent::Chain {
                    agent,
                    chain,
                    at,
                    latency,
                    transaction,
                } => {
                    let channel = machines + chain.0;
                    let (arrival, seq) = post.channels.arrival(agent.0, channel, at, latency);
                    chains.0[usize::from(chain.0)].push(arrival, agent.0, seq, *transaction);
                }
                Sent::ToChain {
                    agent,
                    chain,
                    asset,
                    amount,
                    arrives,
                } => {
                    let to = Destination::Chain(chain);
                    custody.send_from_wallet(agent, to, asset, amount, arrives);
                }
                Sent::Tell {
                    agent,
                    issuer,
                    answer,
                    event,
                    at,
                } => issuers.0[usize::from(issuer.0)].request(at, agent, answer, event),
                Sent::ToIssuer { .. } => to_issuer(sent, &assets, &mut custody, &mut issuers),
                Sent::Payout {
                    from,
                    account,
                    then,
                    travel,
                } => {
                    post.payouts
                        .entry((from, account))
                        .or_default()
                        .push_back(Payout { then, travel });
                }
            }
        }
    }
}

/// Tokens or money from a wallet reach an issuer; what it could not count stays in the wallet.
fn to_issuer(sent: Sent, assets: &Assets, custody: &mut Custody, issuers: &mut Issuers) {
    let Sent::ToIssuer {
        agent,
        issuer,
        asset,
        amount,
        answer,
        event,
        at,
    } = sent
    else {
        return;
    };
    let issuer = &mut issuers.0[usize::from(issuer.0)];
    let taken = custody.take_from_wallet(agent, asset, amount);
    let counted = if asset == issuer.money() {
        u128::try_from(taken.0).map(|amount| (amount, 0)).ok()
    } else {
        assets.get(asset).units.to_chain(taken.0).ok()
    };
    let (amount, rest) = counted.unwrap_or((0, taken.0));
    custody.endow(agent, asset, Usd(rest));
    if amount > 0 {
        issuer.take_in(asset, amount);
        issuer.request(at, agent, answer, event(HolderId(agent.0), amount));
    }
}

/// Messages waiting at a venue from which on it pays to wake another thread.
const WORTH_A_THREAD: usize = 128;

/// Clear: the venues process their queues, side by side when several of them are busy.
pub(crate) fn clear(
    clock: Res<'_, Clock>,
    pool: Res<'_, Pool>,
    post: Res<'_, Post>,
    failure: Res<'_, Failure>,
    mut venues: ResMut<'_, Venues>,
) {
    let end = clock.0.tick_end().min(clock.0.end());
    let due: Vec<&mut VenueMachine> = venues
        .0
        .iter_mut()
        .filter(|v| v.next_time().is_some_and(|t| t < end))
        .collect();
    let busy = due.iter().filter(|v| v.waiting() >= WORTH_A_THREAD).count();
    let work = |venue: &mut VenueMachine| venue.clear(end, &post.limits);
    let outcomes = if busy > 1 {
        pool.0.map(due, work)
    } else {
        due.into_iter().map(work).collect()
    };
    for error in outcomes.into_iter().filter_map(Result::err) {
        failure.set(error);
    }
}

/// Custody: money that arrives in this tick is credited with the next.
pub(crate) fn settle_transfers(
    clock: Res<'_, Clock>,
    assets: Res<'_, Assets>,
    mut chains: ResMut<'_, Chains>,
    mut custody: ResMut<'_, Custody>,
    mut venues: ResMut<'_, Venues>,
) {
    let end = clock.0.tick_end();
    let mut arrived: Vec<Transfer> = Vec::new();
    custody.arrivals(end, &mut arrived);
    for transfer in arrived {
        match transfer.to {
            Destination::Wallet => {}
            Destination::Venue(venue, account) => {
                let event = ExchangeEvent::Deposit {
                    account,
                    asset: transfer.asset,
                    amount: transfer.amount,
                };
                let at = transfer.arrives.max(end);
                venues.0[venue.index()].push(at, source::CUSTODY, transfer.number as u32, event);
            }
            Destination::Chain(chain) => {
                let rest = arrive(&transfer, chain, &assets, &mut chains);
                custody.endow(transfer.agent, transfer.asset, rest);
            }
        }
    }
}

/// A transfer reaches an address on a chain; returns what the chain cannot express, or all if there is
/// no such address.
fn arrive(transfer: &Transfer, chain: ChainId, assets: &Assets, chains: &mut Chains) -> Usd {
    let machine = &mut chains.0[usize::from(chain.0)];
    let (holder, token) = (
        machine.address(transfer.agent),
        machine.token(transfer.asset),
    );
    let (Some(holder), Some(token)) = (holder, token) else {
        return transfer.amount;
    };
    let units = assets.get(transfer.asset).units;
    let Ok((amount, rest)) = units.to_chain(transfer.amount.0) else {
        return transfer.amount;
    };
    match machine.chain_mut().ledger_mut().mint(holder, token, amount) {
        Ok(()) => Usd(rest),
        Err(_) => transfer.amount,
    }
}
