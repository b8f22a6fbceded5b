//! What agents see of the markets: prices as of the last tick, per-second history, simple signals.

use bevy_ecs::prelude::Resource;
use firesale_types::{AccountId, Price, Qty, SimTime};
use serde::{Deserialize, Serialize};

use crate::MarketId;

/// The state of one market at a moment; prices in dollars, depths in dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Best bid in ticks and lots.
    pub bid: Option<(Price, Qty)>,
    /// Best ask in ticks and lots.
    pub ask: Option<(Price, Qty)>,
    /// The middle of bid and ask; the last trade if a side is empty, the mark before any trade.
    pub mid: f64,
    /// The last trade.
    pub last: f64,
    /// The mark price.
    pub mark: f64,
    /// The index price.
    pub index: f64,
    /// Funding rate per interval.
    pub funding: f64,
    /// Bids within 1% of the mid, in dollars, once a second.
    pub bid_depth: f64,
    /// Asks within 1% of the mid, in dollars, once a second.
    pub ask_depth: f64,
}

/// How fast a population sees the market.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Feed {
    /// The state at the end of the last tick.
    #[default]
    Direct,
    /// The state at the last whole second, as on a web page.
    Public,
}

/// Seconds of history that are kept.
const HISTORY: usize = 7200;
/// Time constant of the volatility estimate, in seconds.
const VOLATILITY_SECONDS: f64 = 45.0;

/// A position that a transparent venue shows to everybody.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicPosition {
    /// Its account on the venue.
    pub account: AccountId,
    /// Lots; long positive.
    pub qty: Qty,
    /// Dollars at the mark.
    pub notional: f64,
    /// Where it would be liquidated, in dollars.
    pub liquidation_price: Option<f64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Track {
    now: Quote,
    second: Quote,
    mids: Vec<f64>,
    high: f64,
    variance: f64,
    board: Vec<PublicPosition>,
}

/// The public state of all markets: agents read it, only the tick writes it.
#[derive(Clone, Debug, Resource, Serialize, Deserialize)]
pub struct MarketView {
    tracks: Vec<Track>,
    seconds: usize,
    now: SimTime,
}

impl MarketView {
    pub(crate) fn new(quotes: Vec<Quote>) -> Self {
        let tracks = quotes
            .into_iter()
            .map(|q| Track {
                now: q,
                second: q,
                mids: vec![q.mid; HISTORY],
                high: q.mid,
                variance: 0.0,
                board: Vec::new(),
            })
            .collect();
        Self {
            tracks,
            seconds: 0,
            now: SimTime::ZERO,
        }
    }

    /// Replaces the state of a market at the start of a tick.
    pub(crate) fn publish(&mut self, market: MarketId, quote: Quote) {
        self.tracks[market.index()].now = quote;
    }

    /// Replaces the list of the largest positions of a market.
    pub(crate) fn show_positions(&mut self, market: MarketId, board: Vec<PublicPosition>) {
        self.tracks[market.index()].board = board;
    }

    /// The largest positions on a market, the largest first, as of the last ten seconds; empty on a
    /// venue that does not show them.
    #[must_use]
    pub fn public_positions(&self, market: MarketId) -> &[PublicPosition] {
        &self.tracks[market.index()].board
    }

    /// Closes a second: history, high and volatility.
    pub(crate) fn close_second(&mut self, now: SimTime) {
        self.now = now;
        self.seconds += 1;
        let slot = self.seconds % HISTORY;
        let decay = libm::exp(-1.0 / VOLATILITY_SECONDS);
        for track in &mut self.tracks {
            let previous = track.second.mid;
            track.second = track.now;
            let mid = track.now.mid;
            track.mids[slot] = mid;
            track.high = track.high.max(mid);
            let r = if previous > 0.0 && mid > 0.0 {
                libm::log(mid / previous)
            } else {
                0.0
            };
            track.variance = decay * track.variance + (1.0 - decay) * r * r;
        }
    }

    /// The state of a market as seen through a feed.
    #[inline]
    #[must_use]
    pub fn quote(&self, market: MarketId, feed: Feed) -> &Quote {
        let track = &self.tracks[market.index()];
        match feed {
            Feed::Direct => &track.now,
            Feed::Public => &track.second,
        }
    }

    /// The latest mid, in dollars.
    #[inline]
    #[must_use]
    pub fn mid(&self, market: MarketId) -> f64 {
        self.tracks[market.index()].now.mid
    }

    /// The mid `seconds` ago (at most two hours; before the start: the first one).
    #[inline]
    #[must_use]
    pub fn mid_ago(&self, market: MarketId, seconds: usize) -> f64 {
        let back = seconds.min(HISTORY - 1).min(self.seconds);
        self.tracks[market.index()].mids[(self.seconds - back) % HISTORY]
    }

    /// The log return over the last `seconds`.
    #[inline]
    #[must_use]
    pub fn log_return(&self, market: MarketId, seconds: usize) -> f64 {
        let then = self.mid_ago(market, seconds);
        let now = self.tracks[market.index()].second.mid;
        if then > 0.0 && now > 0.0 {
            libm::log(now / then)
        } else {
            0.0
        }
    }

    /// The highest mid of the last `seconds`, sampled every `seconds / 60`.
    #[must_use]
    pub fn recent_high(&self, market: MarketId, seconds: usize) -> f64 {
        let step = (seconds / 60).max(1);
        (0..=seconds / step)
            .map(|i| self.mid_ago(market, i * step))
            .fold(0.0, f64::max)
    }

    /// The fall of the mid from its high since the start, in basis points.
    #[inline]
    #[must_use]
    pub fn drawdown_bps(&self, market: MarketId) -> u32 {
        let track = &self.tracks[market.index()];
        if track.high > 0.0 {
            libm::rint(1e4 * (1.0 - track.now.mid / track.high)).max(0.0) as u32
        } else {
            0
        }
    }

    /// The standard deviation of log returns per second, exponentially weighted over 45 s.
    #[inline]
    #[must_use]
    pub fn volatility(&self, market: MarketId) -> f64 {
        libm::sqrt(self.tracks[market.index()].variance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_counts_back_in_seconds() {
        let start = Quote {
            mid: 100.0,
            ..Quote::default()
        };
        let mut view = MarketView::new(vec![start]);
        let m = MarketId(0);
        for s in 1..=10 {
            view.publish(
                m,
                Quote {
                    mid: 100.0 + f64::from(s),
                    ..Quote::default()
                },
            );
            view.close_second(SimTime(i64::from(s) * 1_000_000_000));
        }
        assert_eq!(
            [view.mid_ago(m, 0), view.mid_ago(m, 3), view.mid_ago(m, 999)],
            [110.0, 107.0, 100.0]
        );
        assert!((view.log_return(m, 10) - libm::log(1.1)).abs() < 1e-12);
        view.publish(
            m,
            Quote {
                mid: 99.0,
                ..Quote::default()
            },
        );
        assert_eq!(view.drawdown_bps(m), 1000);
        assert_eq!(view.quote(m, Feed::Public).mid, 110.0);
        assert_eq!(view.quote(m, Feed::Direct).mid, 99.0);
    }

    #[test]
    fn volatility_converges_to_the_size_of_steps() {
        let mut view = MarketView::new(vec![Quote {
            mid: 100.0,
            ..Quote::default()
        }]);
        let m = MarketId(0);
        for s in 1..2000 {
            let up = s % 2 == 1;
            view.publish(
                m,
                Quote {
                    mid: if up { 100.1 } else { 100.0 },
                    ..Quote::default()
                },
            );
            view.close_second(SimTime(s * 1_000_000_000));
        }
        assert!((view.volatility(m) - libm::log(1.001)).abs() < 1e-6);
    }
}
