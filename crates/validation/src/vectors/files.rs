//! The files of a folder.

use serde_json::Value;
use std::fs;
use std::path::Path;

/// Every `.json` of a folder by name, in order, or why it cannot be read.
pub(crate) fn files(folder: &Path) -> Vec<(String, Result<Value, String>)> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return vec![(folder.display().to_string(), Err(error.to_string()))],
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    let read = |path: &Path| {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|error| error.to_string())
    };
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    paths.iter().map(|path| (name(path), read(path))).collect()
}
