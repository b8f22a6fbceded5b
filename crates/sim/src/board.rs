//! What the public knows of the platforms: their latest balance sheets, the withdrawals that wait.

use bevy_ecs::prelude::{Res, ResMut, Resource};
use firesale_exchange::{BalanceSheet, Exchange};
use firesale_types::{SimDuration, SimTime, VenueId};

use crate::Venues;
use crate::tick::Clock;

/// What the public knows of one platform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlatformView {
    /// Assets over what is owed to customers: the sheet last published, with the own token at
    /// today's price.
    pub coverage: f64,
    /// Withdrawals that wait, over what was owed to customers.
    pub queue: f64,
    /// Whether nothing is paid out.
    pub is_paused: bool,
}

/// A platform that somebody watches.
#[derive(Clone, Copy, Debug)]
struct Watched {
    venue: VenueId,
    /// Balance sheets are published this often.
    every: SimDuration,
    next: SimTime,
    sheet: Option<BalanceSheet>,
    view: PlatformView,
}

/// The platforms that somebody watches.
#[derive(Debug, Default, Resource)]
pub(crate) struct PlatformBoard(Vec<Watched>);

impl PlatformBoard {
    /// Venues with the time between their balance sheets.
    pub(crate) fn new(watched: impl Iterator<Item = (VenueId, SimDuration)>) -> Self {
        let view = PlatformView {
            coverage: 1.0,
            queue: 0.0,
            is_paused: false,
        };
        let watched = watched.map(|(venue, every)| Watched {
            venue,
            every,
            next: SimTime::ZERO,
            sheet: None,
            view,
        });
        Self(watched.collect())
    }

    pub(crate) fn view(&self, venue: VenueId) -> Option<PlatformView> {
        let mut watched = self.0.iter();
        watched.find(|one| one.venue == venue).map(|one| one.view)
    }
}

/// Observe: every second the public looks at the platforms that somebody watches.
pub(crate) fn watch_platforms(
    clock: Res<'_, Clock>,
    venues: Res<'_, Venues>,
    mut board: ResMut<'_, PlatformBoard>,
) {
    let now = clock.0.tick_start();
    if now.0 % 1_000_000_000 != 0 {
        return;
    }
    for watched in &mut board.0 {
        let exchange = venues.get(watched.venue).exchange();
        if now >= watched.next {
            watched.sheet = Some(exchange.balance_sheet());
            watched.next = now + watched.every;
        }
        if let Some(sheet) = watched.sheet {
            watched.view = look(exchange, &sheet, now);
        }
    }
}

fn look(exchange: &Exchange, sheet: &BalanceSheet, now: SimTime) -> PlatformView {
    let owed = sheet.liabilities.to_f64().max(1e-6);
    let assets = sheet.held.to_f64() + sheet.loan.to_f64() + exchange.own_token_value().to_f64();
    PlatformView {
        coverage: assets / owed,
        queue: exchange.withdrawal_queue().1.to_f64() / owed,
        is_paused: exchange.withdrawals_are_paused(now),
    }
}
