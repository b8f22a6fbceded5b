//! Why a file cannot be replayed.

use std::path::{Path, PathBuf};

/// A replay that ended before its file did.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A file cannot be opened or read.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line is not what the format says.
    #[error("{}:{line}: {what}", file.display())]
    Row {
        /// In which file.
        file: PathBuf,
        /// On which line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// There are no rows, or the format needs a second file that was neither named nor found.
    #[error("{}: {what}", file.display())]
    Missing {
        /// The file that was named.
        file: PathBuf,
        /// What is missing.
        what: String,
    },
}

impl ReplayError {
    pub(crate) fn row(file: &Path, line: u64, what: impl Into<String>) -> Self {
        Self::Row {
            file: file.to_owned(),
            line,
            what: what.into(),
        }
    }
}
