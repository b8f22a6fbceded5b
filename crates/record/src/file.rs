//! Files that are either whole or absent.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::RecordError;

/// The ending of files that are not finished; readers ignore them.
pub(crate) const TEMPORARY: &str = ".tmp";

/// Writes a file under a temporary name in the same directory, forces it to the disk and renames
/// it, so that a reader sees the old content, or the new, or nothing, but never a part.
///
/// # Errors
/// [`RecordError::DiskFull`] or [`RecordError::Io`]; the temporary file is removed.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    let temporary = temporary_name(path);
    write_and_rename(&temporary, path, bytes).inspect_err(|_| {
        // The first failure is the one to report.
        let _ = fs::remove_file(&temporary);
    })
}

fn write_and_rename(temporary: &Path, path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
    let mut file = File::create(temporary).map_err(|e| RecordError::io(temporary, e))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|e| RecordError::io(path, e))?;
    drop(file);
    fs::rename(temporary, path).map_err(|e| RecordError::io(path, e))?;
    sync_directory(path);
    Ok(())
}

/// Makes the new name itself durable. Not every file system lets a directory be synchronised, and
/// the file's content already is: a refusal costs nothing but the name after a power cut.
fn sync_directory(path: &Path) {
    if let Some(Ok(directory)) = path.parent().map(File::open) {
        let _ = directory.sync_all();
    }
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(TEMPORARY);
    path.with_file_name(name)
}

/// Creates a directory with its parents.
pub(crate) fn create_directory(path: &Path) -> Result<(), RecordError> {
    fs::create_dir_all(path).map_err(|e| RecordError::io(path, e))
}

/// Writes a value as indented JSON with a final line feed, atomically.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), RecordError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|source| RecordError::Json {
        path: path.to_owned(),
        source,
    })?;
    text.push(b'\n');
    write_atomic(path, &text)
}

/// Reads a JSON file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, RecordError> {
    let text = fs::read(path).map_err(|e| RecordError::io(path, e))?;
    serde_json::from_slice(&text).map_err(|source| RecordError::Json {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_file_and_leaves_no_temporary() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("summary.json");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failure_names_the_path_and_cleans_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), b"x").unwrap();
        let error = write_atomic(&path, b"x").unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
