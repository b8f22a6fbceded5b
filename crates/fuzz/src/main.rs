//! Builds the fuzz targets with coverage and runs them one after the other.
//!
//! `cargo run --release --manifest-path crates/fuzz/Cargo.toml -- --seconds 60`
//!
//! # Model
//!
//! * The stable compiler has LLVM's coverage pass, and `-Cpasses` reaches it: no nightly, no
//!   sanitizer, which safe Rust would profit little from. The flags hold for the targets and all
//!   their dependencies, but not for build scripts (`--target`).
//! * Each target is libFuzzer's own program: it starts from `seeds/` and what earlier runs found
//!   (`corpus/`), and leaves an input that breaks a promise in `artifacts/`.
//! * Exit code 0: no target found anything. 1: at least one did, or did not build. 2: wrong usage.

mod arguments;
mod build;
mod session;

use std::path::Path;
use std::process::ExitCode;

use arguments::Arguments;
use session::Session;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all targets came through.
fn run(arguments: &Arguments) -> Result<bool, String> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let programs = build::targets(home)?;
    let mut summary = Vec::new();
    for target in &arguments.targets {
        println!("\n== {target}: {} s", arguments.seconds);
        let session = Session::new(home, target)?;
        summary.push(session.run(&programs, arguments)?);
    }
    println!();
    for line in &summary {
        println!("{line}");
    }
    Ok(summary.iter().all(|outcome| outcome.passed))
}
