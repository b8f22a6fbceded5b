//! The options of a run, the same for `firesale run` and for a scenario's own binary.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use firesale_record::{Exit, Summary};
use firesale_sim::SimApp;
use firesale_sim::config::Loader;

use crate::{Done, Job, JobError};

/// Options of a run.
#[derive(Args, Clone, Debug, Default)]
pub struct RunArgs {
    /// Seed of the run [default: the scenario's]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Override a key of the scenario, for instance --set agents.hl_longs.count=1000 (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Directory of the run [default: out/SCENARIO/SEED]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Worker threads; they never change the result [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Agents for each real account, above 0, at most 1
    #[arg(long, value_name = "F")]
    pub scale: Option<f64>,
    /// End the run after this simulated time, for instance 90m
    #[arg(long, value_name = "DURATION")]
    pub until: Option<String>,
    /// Draw no charts and write no report
    #[arg(long)]
    pub no_charts: bool,
    /// Write charts as PNG, too
    #[arg(long)]
    pub png: bool,
    /// Also run the twin with the same seed and forced selling switched off
    #[arg(long)]
    pub amplification: bool,
    /// Replace another run in the directory
    #[arg(long)]
    pub force: bool,
    /// No progress and no text
    #[arg(long)]
    pub quiet: bool,
    /// Print the summary as JSON on standard output, and nothing else there
    #[arg(long)]
    pub json: bool,
}

impl RunArgs {
    /// All of them that change the result, as overrides of the scenario.
    #[must_use]
    pub fn overrides(&self) -> Vec<String> {
        let mut list = self.sets.clone();
        list.extend(self.seed.map(|s| format!("scenario.seed={s}")));
        list.extend(self.scale.map(|s| format!("scenario.scale={s}")));
        list.extend(self.until.as_ref().map(|u| format!("clock.until=\"{u}\"")));
        list
    }
}

/// Where scenarios, their files and the agent kinds come from.
pub struct Surroundings<'a> {
    /// Finds scenarios.
    pub loader: &'a Loader<'a>,
    /// Makes an application that knows the agent kinds.
    pub app: &'a dyn Fn() -> SimApp,
    /// Finds files that scenarios name.
    pub file: &'a dyn Fn(&str) -> Option<String>,
    /// The commit the program was built from.
    pub commit: Option<String>,
}

/// Runs a scenario as the options say and tells where everything is. The exit code is that of the
/// command: 0 done, 1 the run failed, 2 the scenario is wrong, 130 interrupted.
#[must_use]
pub fn run(scenario: &str, args: &RunArgs, around: &Surroundings<'_>) -> ExitCode {
    let threads = args.threads.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    );
    let job = Job {
        scenario: scenario.to_owned(),
        loader: around.loader,
        overrides: args.overrides(),
        app: around.app,
        file: around.file,
        out: args.out.clone(),
        threads,
        force: args.force,
        charts: !args.no_charts,
        png: args.png,
        amplification: args.amplification,
        quiet: args.quiet || args.json,
        commit: around.commit.clone(),
    };
    match job.run() {
        Ok(done) => tell(&done, args),
        Err(JobError::Scenario(error)) => {
            eprintln!(
                "{}",
                error.render(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            );
            ExitCode::from(2)
        }
        Err(error @ JobError::Exists { .. }) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn tell(done: &Done, args: &RunArgs) -> ExitCode {
    if args.json {
        match serde_json::to_string_pretty(&done.summary) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("error: {error}"),
        }
    } else if !args.quiet {
        print_result(done);
    }
    if let Some(error) = &done.error {
        eprintln!("error: {error}");
        eprintln!("what was computed is kept in {}", done.directory.display());
    }
    match done.manifest.exit {
        Exit::Done => ExitCode::SUCCESS,
        Exit::Interrupted => ExitCode::from(130),
        Exit::Running | Exit::Failed => ExitCode::FAILURE,
    }
}

fn print_result(done: &Done) {
    let m = &done.manifest;
    if done.already {
        println!(
            "already there: {} seed {} (digest {})",
            m.scenario, m.seed, m.digest
        );
    } else {
        println!(
            "{} seed {}: {} agents, {} events in {:.1} s (digest {})",
            m.scenario, m.seed, done.agents, m.events, m.wall_s, m.digest
        );
    }
    for line in headline(&done.summary) {
        println!("  {line}");
    }
    println!("tables   {}", done.directory.join("tables").display());
    if !done.charts.is_empty() {
        println!(
            "charts   {} ({} files)",
            done.directory.join("charts").display(),
            done.charts.len()
        );
    }
    if let Some(report) = &done.report {
        println!("report   {}", report.display());
    }
}

/// The few figures that say what kind of a run it was.
fn headline(s: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    let falls: Vec<String> = s
        .metrics
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("drawdown_frac.")?, (*value)?)))
        .filter(|(symbol, _)| !symbol.contains('.'))
        .map(|(symbol, fall)| format!("{symbol} {:.1}%", -100.0 * fall))
        .collect();
    if !falls.is_empty() {
        lines.push(format!(
            "largest fall within an hour of the news: {}",
            falls.join(", ")
        ));
    }
    if let Some(usd) = s.get("liquidated_usd") {
        let long = s
            .get("liquidated_long_share")
            .map_or(String::new(), |l| format!(", {:.0}% long", 100.0 * l));
        let accounts = s.get("accounts_liquidated").unwrap_or(0.0);
        lines.push(format!(
            "liquidated: ${:.2}B{long}, {accounts:.0} accounts",
            usd / 1e9
        ));
    }
    if let Some(usd) = s.get("adl_usd").filter(|usd| *usd > 0.0) {
        lines.push(format!("auto-deleveraged: ${:.3}B", usd / 1e9));
    }
    if let Some(x) = s.get("amplification") {
        lines.push(format!("amplification by forced selling: {x:.1} times"));
    }
    let outcomes = s
        .targets
        .iter()
        .filter(|t| t.role == firesale_record::TargetRole::Outcome);
    let (inside, all) = outcomes.fold((0, 0), |(i, n), t| (i + usize::from(t.inside), n + 1));
    if all > 0 {
        lines.push(format!("targets inside their band: {inside} of {all}"));
    }
    lines
}
