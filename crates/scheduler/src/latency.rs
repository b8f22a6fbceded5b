//! How long messages travel, and that they do not overtake each other.

use firesale_types::{AgentRng, SimDuration, SimTime, exponential};
use serde::{Deserialize, Serialize};

/// The time from a decision to the arrival of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyModel {
    /// The part that every message needs.
    pub base: SimDuration,
    /// The mean of the exponential part.
    pub jitter: SimDuration,
}

impl LatencyModel {
    /// One message's travel time.
    #[inline]
    #[must_use]
    pub fn sample(&self, rng: &mut AgentRng) -> SimDuration {
        if self.jitter == SimDuration::ZERO {
            self.base
        } else {
            self.base + SimDuration::from_secs_f64(exponential(rng, self.jitter.seconds()))
        }
    }
}

/// The last arrival on each channel (one sender to one machine): a later message arrives no earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channels {
    machines: usize,
    last: Vec<SimTime>,
    sent: Vec<u32>,
}

impl Channels {
    /// Channels from `senders` to `machines`.
    #[must_use]
    pub fn new(senders: usize, machines: usize) -> Self {
        Self {
            machines,
            last: vec![SimTime::ZERO; senders * machines],
            sent: vec![0; senders * machines],
        }
    }

    /// The arrival of a message sent at `sent` that travels for `latency`, and its number on the
    /// channel.
    #[inline]
    pub fn arrival(
        &mut self,
        sender: u32,
        machine: u16,
        sent: SimTime,
        latency: SimDuration,
    ) -> (SimTime, u32) {
        let channel = sender as usize * self.machines + usize::from(machine);
        let arrival = (sent + latency).max(self.last[channel]);
        self.last[channel] = arrival;
        let number = self.sent[channel];
        self.sent[channel] = number.wrapping_add(1);
        (arrival, number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_overtakes_another() {
        let mut channels = Channels::new(2, 3);
        let ms = |n: i64| SimTime(n * 1_000_000);
        assert_eq!(
            channels.arrival(1, 2, ms(0), SimDuration::millis(50)),
            (ms(50), 0)
        );
        assert_eq!(
            channels.arrival(1, 2, ms(10), SimDuration::millis(5)),
            (ms(50), 1)
        );
        assert_eq!(
            channels.arrival(1, 1, ms(10), SimDuration::millis(5)),
            (ms(15), 0)
        );
        assert_eq!(
            channels.arrival(0, 2, ms(10), SimDuration::millis(5)),
            (ms(15), 0)
        );
    }
}
