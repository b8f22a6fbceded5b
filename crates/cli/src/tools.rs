//! The commands beside `run` and `explain`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;
use firesale_plot::{Options, draw_all, write_report};
use firesale_sim::Scenario;
use firesale_sim::config::Loader;
use firesale_validation::replay::{Format, ReplayOptions, replay as play};
use firesale_validation::{Report, SuiteError};

use crate::args::{ChartFormat, Cli, ReplayFormat};

/// Writes to standard output; a reader that went away is no error.
fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    if stdout.write_all(text.as_bytes()).is_err() {
        // The pipe is closed: nobody listens.
    }
}

pub(crate) fn list() {
    let width = firesale_scenarios::ALL
        .iter()
        .map(|s| s.name.len())
        .max()
        .unwrap_or(0);
    for scenario in firesale_scenarios::ALL {
        out(&format!(
            "{:width$}  {}\n",
            scenario.name,
            scenario.question()
        ));
    }
}

pub(crate) fn check(
    scenario: &str,
    sets: &[String],
    loader: &Loader<'_>,
) -> anyhow::Result<ExitCode> {
    match Scenario::load(scenario, loader, sets, &firesale_agents::app()) {
        Ok(found) => {
            out(&format!("{}: no problem found\n", found.name()));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            eprintln!(
                "{}",
                error.render(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            );
            Ok(ExitCode::from(2))
        }
    }
}

pub(crate) fn schema() -> anyhow::Result<()> {
    let schema = firesale_sim::scenario::schema(&firesale_agents::app());
    out(&serde_json::to_string_pretty(&schema)?);
    out("\n");
    Ok(())
}

pub(crate) fn plot(run: &Path, charts: &[String], format: &ChartFormat) -> anyhow::Result<()> {
    let only = (!charts.is_empty()).then(|| charts.to_vec());
    let png = *format == ChartFormat::Png;
    let options = Options {
        svg: !png,
        png,
        only,
        ..Options::default()
    };
    for path in draw_all(run, &options)? {
        out(&format!("{}\n", path.display()));
    }
    Ok(())
}

pub(crate) fn report(run: &Path) -> anyhow::Result<()> {
    out(&format!("{}\n", write_report(run)?.display()));
    Ok(())
}

pub(crate) fn validate(names: &[String], data: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let print = |report: &Report| {
        if !json {
            out(&format!("{report}\n"));
        }
    };
    let reports = match firesale_validation::run(names, threads, Some(data), print) {
        Ok(reports) => reports,
        Err(error @ SuiteError::UnknownCheck { .. }) => return Ok(usage(&error)),
        Err(error) => return Err(error.into()),
    };
    if json {
        out(&firesale_validation::to_json(&reports)?);
        out("\n");
    } else {
        out(&firesale_validation::total(&reports));
    }
    Ok(if reports.iter().all(Report::passes) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

pub(crate) fn replay(
    file: &Path,
    format: ReplayFormat,
    book: Option<PathBuf>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let format = match format {
        ReplayFormat::Bitstamp2026 => Format::Bitstamp2026,
        ReplayFormat::Bitstamp2015 => Format::Bitstamp2015,
        ReplayFormat::Lobster => Format::Lobster,
    };
    let options = ReplayOptions { book, trades: None };
    let report = match play(file, format, &options) {
        Ok(report) => report,
        Err(error) => return Ok(usage(&error)),
    };
    if json {
        out(&report.to_json()?);
        out("\n");
    } else {
        out(&report.to_string());
    }
    Ok(if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What was asked for cannot be done: the status of a usage error.
fn usage(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(2)
}

pub(crate) fn completions(shell: Shell) {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "firesale", &mut text);
    out(&String::from_utf8_lossy(&text));
}

pub(crate) fn man() -> anyhow::Result<()> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text)?;
    out(&String::from_utf8_lossy(&text));
    Ok(())
}
