//! Brakes: what halts a book, narrows its prices, or limits an account.
//!
//! # Model
//!
//! * The rules are small state machines without a venue: bands (`luld.rs`), a fall of the market
//!   (`market_wide.rs`), a rolling window (`rolling.rs`), a token bucket (`throttle.rs`).
//! * After each event they see the trades, marks and quotes that it left behind (`look.rs`). One
//!   that trips halts the book (`halt.rs`); its end is an event of its own, which reopens with an
//!   auction. A second trip prolongs the halt if it would last longer, and never shortens it.
//! * A script's halt has no end but the script's reopening; that ends a brake's halt too.
//! * Orders meet throttles and position limits on their way in (`limits.rs`); stops may have to
//!   wait before they are released (`stop_logic.rs`); named market makers are sampled
//!   (`makers.rs`).
//! * While a book is halted its mark is the index, so the breakers that watch the mark go on.

mod check;
mod halt;
mod limits;
mod look;
mod luld;
mod makers;
mod market_wide;
mod rolling;
mod stop_logic;
mod throttle;

use firesale_types::InstrumentId;
use serde::{Deserialize, Serialize};

use crate::VenueConfig;
use halt::Halt;
use luld::Luld;
use makers::Makers;
use market_wide::MarketWide;
use rolling::RollingBreaker;
use throttle::Bucket;

/// What halts a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Brake {
    /// A script, or whoever else sends [`crate::ExchangeEvent::Halt`].
    Script,
    /// A quote stood too long at the price band.
    Luld,
    /// The market-wide breaker.
    MarketWide,
    /// The breaker over a rolling window.
    Rolling,
    /// Stops that would have run through the book.
    StopLogic,
    /// A breaker of another venue.
    Coordinated,
}

impl Brake {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Luld => "luld",
            Self::MarketWide => "market_wide",
            Self::Rolling => "rolling",
            Self::StopLogic => "stop_logic",
            Self::Coordinated => "coordinated",
        }
    }
}

/// The brakes of one instrument.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct InstrumentBrakes {
    halt: Option<Halt>,
    luld: Option<Luld>,
    rolling: RollingBreaker,
}

/// The brakes of a venue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Brakes {
    /// Whether anything must be looked at after each event.
    watching: bool,
    instruments: Vec<InstrumentBrakes>,
    market_wide: MarketWide,
    /// By account, as far as they have sent something.
    buckets: Vec<Bucket>,
    makers: Makers,
}

impl Brakes {
    pub(crate) fn new(config: &VenueConfig) -> Self {
        let rules = &config.brakes;
        let luld = |at: usize, price| {
            let tiers = &rules.luld.as_ref()?.tiers;
            let width = tiers.get(at).copied().unwrap_or_default().width()?;
            Some(Luld::new(width, price))
        };
        let instruments = config.instruments.iter().enumerate();
        Self {
            watching: rules.luld.is_some()
                || rules.market_wide.is_some()
                || rules.rolling.is_some(),
            instruments: instruments
                .map(|(at, one)| InstrumentBrakes {
                    luld: luld(at, one.initial_price),
                    ..InstrumentBrakes::default()
                })
                .collect(),
            ..Self::default()
        }
    }

    fn of(&mut self, instrument: InstrumentId) -> &mut InstrumentBrakes {
        &mut self.instruments[instrument.index()]
    }
}
