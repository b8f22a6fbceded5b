//! Everything that can go wrong with a run's directory.

use std::io;
use std::path::{Path, PathBuf};

/// A failure to write or to read what a run leaves behind; each names the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// No room is left, or the quota is used up; the closed segments stay readable.
    #[error("{}: the disk is full; everything written before this file is complete and readable", path.display())]
    DiskFull {
        /// The file that found no room.
        path: PathBuf,
    },
    /// Any other failure of the file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The directory already holds the tables of a run; nothing is overwritten.
    #[error("{}: this directory already holds the tables of a run", path.display())]
    Exists {
        /// The directory of the tables.
        path: PathBuf,
    },
    /// The directory holds no tables of a run.
    #[error("{}: no run was recorded here", path.display())]
    NoRun {
        /// The directory.
        path: PathBuf,
    },
    /// A file is not the Parquet file it should be.
    #[error("{}: not a readable Parquet file: {problem}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A column is missing or holds something else.
    #[error("{}: column `{column}`: {problem}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// What is wrong.
        problem: String,
    },
    /// There is no such table.
    #[error("there is no table `{table}`; there are: {known}")]
    NoTable {
        /// The name that was asked for.
        table: String,
        /// The tables that exist, separated by commas.
        known: String,
    },
    /// A JSON file is malformed.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: serde_json::Error,
    },
    /// Two venues, instruments, populations or accounts would have the same name.
    #[error("names of the record: {0}")]
    Names(String),
}

impl RecordError {
    /// Attaches a path to a failure of the file system and recognises a full disk.
    #[must_use]
    pub fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::Io { path, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart() {
        let path = Path::new("out/ticks");
        let full = RecordError::io(path, io::Error::from(io::ErrorKind::StorageFull));
        assert!(matches!(&full, RecordError::DiskFull { path: p } if p == path));
        assert!(full.to_string().contains("disk is full"));
        let quota = RecordError::io(path, io::Error::from(io::ErrorKind::QuotaExceeded));
        assert!(matches!(quota, RecordError::DiskFull { .. }));
        let other = RecordError::io(path, io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(matches!(other, RecordError::Io { .. }));
    }
}
