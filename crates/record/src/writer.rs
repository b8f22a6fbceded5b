//! Writing a run's tables.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::RecordError;
use crate::file::{create_directory, write_json};
use crate::manifest::MANIFEST;
use crate::segment::{Segments, parts, tables};
use crate::summary::SUMMARY;
use crate::{Names, Row};

/// The directory of the tables inside a run's directory.
pub(crate) const TABLES: &str = "tables";
/// The names behind the ids.
pub(crate) const NAMES: &str = "names.json";
/// The column dictionary.
const COLUMNS: &str = "columns.json";

/// How a run is recorded.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// Rows of a segment: what is lost at most when the process is killed.
    pub segment_rows: usize,
    /// Tables that are not wanted; their rows are dropped.
    pub without: BTreeSet<&'static str>,
}

impl Default for WriterOptions {
    /// Segments of 131,072 rows, every table but `orders`.
    fn default() -> Self {
        Self {
            segment_rows: 1 << 17,
            without: BTreeSet::from(["orders"]),
        }
    }
}

/// Writes the tables of one run in closed segments.
///
/// Rows gather in memory until their segment is full; then it becomes a Parquet file under a
/// temporary name, is forced to the disk and renamed. A file that a reader can see is complete:
/// an interruption or a full disk costs the open segments only. Call [`RunWriter::finish`] at the
/// end of a run, also of one that failed; dropping the writer drops the open segments.
///
/// Memory is bounded by the rows of one segment for each table.
pub struct RunWriter {
    directory: PathBuf,
    names: Names,
    segment_rows: usize,
    segments: Segments,
}

impl RunWriter {
    /// Creates `tables/` in the run's directory, with the column dictionary (`columns.json`) and
    /// the names (`names.json`).
    ///
    /// # Errors
    /// [`RecordError::Exists`] if there are tables already, [`RecordError::Names`] if a name is
    /// not unique, and failures of the file system.
    pub fn create(dir: &Path, names: Names, options: WriterOptions) -> Result<Self, RecordError> {
        names.check()?;
        let WriterOptions {
            segment_rows,
            without,
        } = options;
        let directory = dir.join(TABLES);
        if directory.join(NAMES).exists() {
            return Err(RecordError::Exists { path: directory });
        }
        create_directory(&directory)?;
        write_json(&directory.join(COLUMNS), &tables())?;
        write_json(&directory.join(NAMES), &names)?;
        Ok(Self {
            directory,
            names,
            segment_rows: segment_rows.max(1),
            segments: Segments::new(&without),
        })
    }

    /// Whether rows of this table are kept; the caller may spare itself the work of making them.
    #[must_use]
    pub fn records<R: Row>(&self) -> bool {
        R::segment(&self.segments).is_wanted()
    }

    /// Adds a row; closes the segment when it is full.
    ///
    /// # Errors
    /// Failures of the file system when a segment is closed. The rows then stay in memory and the
    /// next call tries again; a full segment takes no more rows.
    #[inline]
    pub fn push<R: Row>(&mut self, row: R) -> Result<(), RecordError> {
        let segment = R::segment_mut(&mut self.segments);
        if !segment.is_wanted() {
            return Ok(());
        }
        if segment.len() >= self.segment_rows {
            segment.close(&self.directory, &self.names)?;
        }
        segment.push(row);
        Ok(())
    }

    /// Closes all open segments that hold rows.
    ///
    /// # Errors
    /// The first failure; the other tables are closed all the same.
    pub fn flush(&mut self) -> Result<(), RecordError> {
        self.segments.close_all(&self.directory, &self.names, false)
    }

    /// Closes everything. A table without rows gets an empty file, so that each table that was
    /// wanted can be opened.
    ///
    /// # Errors
    /// The first failure; the other tables are closed all the same.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.segments.close_all(&self.directory, &self.names, true)
    }
}

/// Removes what a run left in its directory, and nothing else: tables, charts, checkpoints,
/// manifest, summary and report. The resolved scenario stays: the next run replaces it, and a
/// directory may hold the scenario it was started from.
///
/// # Errors
/// Failures of the file system.
pub fn remove_run(dir: &Path) -> Result<(), RecordError> {
    for name in [TABLES, "charts", "checkpoints"] {
        let path = dir.join(name);
        if path.is_dir() {
            fs::remove_dir_all(&path).map_err(|e| RecordError::io(&path, e))?;
        }
    }
    for name in [MANIFEST, SUMMARY, "report.html"] {
        let path = dir.join(name);
        if path.is_file() {
            fs::remove_file(&path).map_err(|e| RecordError::io(&path, e))?;
        }
    }
    Ok(())
}

/// The closed segments of one table of a run.
pub(crate) fn table_parts(dir: &Path, table: &str) -> Result<Vec<PathBuf>, RecordError> {
    parts(&dir.join(TABLES).join(table))
}
