//! The list of checks, and running them.

mod chains;
mod coins;
mod venues;

use std::path::Path;

use crate::check::{Check, Report};
use crate::engine::Engine;

/// All checks, in the order in which they are printed.
#[must_use]
pub fn suite() -> Vec<Check> {
    [venues::checks(), chains::checks(), coins::checks()].concat()
}

/// The suite could not be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SuiteError {
    /// No check has that name, or a name that begins with it.
    #[error("no check is called {name:?}; there are: {known}")]
    UnknownCheck {
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// The operating system gave no threads.
    #[error("cannot start threads: {0}")]
    Threads(String),
}

/// Runs the named checks, or all if no name is given, on so many threads (0: one for each core);
/// `done` sees each report as soon as it is there.
///
/// A name may be the beginning of a name: `cst` runs all that begin with it. The figures do not
/// depend on the number of threads. Checks of published files look for them in folders of `data`, and
/// are skipped where these are absent: their reports have no rows.
///
/// # Errors
/// [`SuiteError::UnknownCheck`] for a name that fits nothing; nothing has been run then.
pub fn run(
    names: &[String],
    threads: usize,
    data: Option<&Path>,
    mut done: impl FnMut(&Report) + Send,
) -> Result<Vec<Report>, SuiteError> {
    let checks = select(names)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| SuiteError::Threads(error.to_string()))?;
    let engine = Engine::real().with_data(data);
    // One check after another: each is wide enough by itself.
    Ok(pool.install(|| {
        let report = |check: &Check| {
            let report = measure(check, &engine);
            done(&report);
            report
        };
        checks.iter().map(report).collect()
    }))
}

/// One check on one engine.
#[must_use]
pub fn measure(check: &Check, engine: &Engine) -> Report {
    Report {
        check: check.name.to_owned(),
        source: check.source.to_owned(),
        method: check.method.to_owned(),
        rows: (check.run)(engine),
    }
}

fn select(names: &[String]) -> Result<Vec<Check>, SuiteError> {
    let all = suite();
    let fits = |check: &Check, name: &str| check.name.starts_with(name);
    for name in names {
        if name.is_empty() || !all.iter().any(|check| fits(check, name)) {
            let known: Vec<&str> = all.iter().map(|check| check.name).collect();
            return Err(SuiteError::UnknownCheck {
                name: name.clone(),
                known: known.join(", "),
            });
        }
    }
    let wanted = |check: &Check| names.is_empty() || names.iter().any(|name| fits(check, name));
    Ok(all.into_iter().filter(wanted).collect())
}
