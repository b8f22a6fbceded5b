//! Draws every chart and the report of a made-up crash, to look at while working on them:
//! `cargo run -p firesale-plot --example gallery -- DIRECTORY [CHART]`.

#[path = "../tests/it/made_up.rs"]
mod made_up;

use std::path::PathBuf;

use firesale_plot::{Options, PlotError, draw_all, write_report};

fn main() -> Result<(), PlotError> {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().unwrap_or_else(|| "gallery".to_owned()));
    if !dir.join("tables").exists() {
        made_up::crash(&dir, 1);
    }
    let only = arguments.next().map(|chart| vec![chart]);
    let files = draw_all(
        &dir,
        &Options {
            png: true,
            only,
            ..Options::default()
        },
    )?;
    println!(
        "{} files and {}",
        files.len(),
        write_report(&dir)?.display()
    );
    Ok(())
}
