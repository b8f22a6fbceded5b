//! What the comparisons measure with.

use rustix::time::{ClockId, clock_gettime};

/// CPU time of the thread so far.
pub fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Median, least and largest of some rounds.
pub struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    /// Of at least one value.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            (values[middle - 1] + values[middle]) / 2.0
        } else {
            values[middle]
        };
        Self {
            median,
            min: values[0],
            max: values[values.len() - 1],
        }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:6.2} [{:.2}-{:.2}]", self.median, self.min, self.max)
    }
}

/// The number of rounds from the command line.
pub fn rounds(usage: &str, default: usize) -> usize {
    let rounds = std::env::args().nth(1).map_or(default, |arg| {
        arg.parse().unwrap_or_else(|_| {
            eprintln!("usage: {usage} [ROUNDS]");
            std::process::exit(2);
        })
    });
    rounds.max(1)
}
