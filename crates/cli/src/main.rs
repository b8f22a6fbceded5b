//! The `firesale` command: arguments, exit codes, and nothing else.
//!
//! Exit status: 0 done; 1 the run failed (what was computed is kept); 2 usage or scenario error; 130
//! interrupted.

mod args;
mod explain;
mod tools;

use std::process::ExitCode;

use clap::Parser;
use firesale_ensemble::{Surroundings, listen_for_interrupts};

use crate::args::{Cli, Command};

/// The commit the program was built from; empty outside a repository.
const COMMIT: &str = env!("FIRESALE_COMMIT");

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = listen_for_interrupts() {
        eprintln!("warning: Ctrl-C will lose the open tables: {error}");
    }
    match std::panic::catch_unwind(|| dispatch(cli.command)) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
        Err(_) => {
            eprintln!(
                "error: this is a fault of firesale; the closed segments of the run are readable"
            );
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    let loader = firesale_scenarios::loader();
    match command {
        Command::List => tools::list(),
        Command::Run { scenario, run } => {
            let commit = Some(COMMIT.to_owned()).filter(|c| !c.is_empty());
            let around = Surroundings {
                loader: &loader,
                app: &firesale_agents::app,
                file: &firesale_scenarios::file,
                commit,
            };
            return Ok(firesale_ensemble::run(&scenario, &run, &around));
        }
        Command::Check { scenario, sets } => return tools::check(&scenario, &sets, &loader),
        Command::Schema => tools::schema()?,
        Command::Plot {
            run,
            charts,
            format,
        } => tools::plot(&run, &charts, &format)?,
        Command::Report { run } => tools::report(&run)?,
        Command::Replay {
            file,
            format,
            book,
            json,
        } => return tools::replay(&file, format, book, json),
        Command::Validate { names, data, json } => return tools::validate(&names, &data, json),
        Command::Explain { run, liquidation } => explain::explain(&run, liquidation)?,
        Command::Completions { shell } => tools::completions(shell),
        Command::Man => tools::man()?,
    }
    Ok(ExitCode::SUCCESS)
}
