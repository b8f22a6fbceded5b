//! Compiles the targets with coverage.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What libFuzzer needs to see: an 8-bit counter at every edge, and the table that tells them apart.
/// Not the operands of comparisons: they halve the speed, and a dictionary knows the words.
const COVERAGE: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table";

/// Builds all targets; the folder with their programs.
pub(crate) fn targets(home: &Path) -> Result<PathBuf, String> {
    let host = host()?;
    // Beside the runner's own files, so that the two sets of flags do not undo each other's work.
    let folder = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => home.join("target"),
    }
    .join("coverage");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--package", "firesale-fuzz-targets"])
        .args(["--bins", "--target", &host, "--manifest-path"])
        .arg(home.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&folder)
        .env("RUSTFLAGS", COVERAGE)
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !status.success() {
        return Err("the fuzz targets do not build".to_owned());
    }
    Ok(folder.join(host).join("release"))
}

/// The platform of this compiler.
fn host() -> Result<String, String> {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .map_err(|error| format!("cannot start rustc: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned)
        .ok_or("rustc does not name its host".to_owned())
}
