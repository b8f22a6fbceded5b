//! What can go wrong between tables and pictures.

use std::path::PathBuf;

use firesale_record::RecordError;

/// A chart or a report could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The run's directory could not be read, or the result not written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// There is no chart of that name.
    #[error("there is no chart `{name}`; there are: {known}")]
    NoChart {
        /// The name that was asked for.
        name: String,
        /// All names, separated by commas.
        known: String,
    },
    /// The chart exists, but not of this run, or not of this instrument.
    #[error("this run has nothing that the chart `{name}` could show")]
    NothingToShow {
        /// The name that was asked for.
        name: String,
    },
    /// The reference path is not a CSV file with `time_utc,open,high,low,close`.
    #[error("{}: {problem}", path.display())]
    Reference {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        problem: String,
    },
    /// The drawing library gave up.
    #[error("drawing: {0}")]
    Draw(String),
}
