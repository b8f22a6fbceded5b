//! What a person sees while a run goes on, and how it is stopped.

use std::sync::atomic::{AtomicBool, Ordering};

use firesale_sim::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C and SIGTERM end a run in order: what was computed is kept.
///
/// # Errors
/// If the operating system refuses the handler.
pub fn listen_for_interrupts() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed))
}

/// Whether somebody asked to stop.
#[must_use]
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// A progress bar on standard error; nothing when that is no terminal.
#[derive(Debug)]
pub struct Watch {
    bar: ProgressBar,
}

impl Watch {
    /// A bar with a word before it.
    #[must_use]
    pub fn new(what: &str, quiet: bool) -> Self {
        let bar = ProgressBar::new(1);
        bar.set_draw_target(if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        });
        let style = ProgressStyle::with_template("{prefix} [{wide_bar}] {msg}, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.set_prefix(what.to_owned());
        Self { bar }
    }

    /// Shows where the run stands; false asks it to stop.
    pub fn show(&self, at: Progress) -> bool {
        self.bar.set_length(at.end.0.max(1) as u64 / 1_000_000_000);
        self.bar
            .set_position(at.now.0.max(0) as u64 / 1_000_000_000);
        let elapsed = self.bar.elapsed().as_secs_f64().max(1e-3);
        let rate = at.events as f64 / elapsed / 1e6;
        let s = at.now.0 / 1_000_000_000;
        self.bar.set_message(format!(
            "{}:{:02}:{:02} simulated, {rate:.2}M events/s",
            s / 3600,
            s / 60 % 60,
            s % 60
        ));
        !interrupted()
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
