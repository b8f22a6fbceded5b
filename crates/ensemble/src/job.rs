//! One run: scenario in, directory out.

use std::path::{Path, PathBuf};
use std::time::Instant;

use firesale_plot::{Options, PlotError, draw_all, write_report};
use firesale_record::{
    Exit, Manifest, NewsMark, RecordError, ReferencePath, Summary, platform, remove_run,
    write_atomic,
};
use firesale_scheduler::RunLimits;
use firesale_sim::config::Loader;
use firesale_sim::{Outcome, RunOptions, Scenario, ScenarioError, SimApp, SimError, Simulation};

use crate::Watch;

/// What to run and where to put it.
pub struct Job<'a> {
    /// A shipped scenario's name, a directory or a file.
    pub scenario: String,
    /// Where scenarios are found.
    pub loader: &'a Loader<'a>,
    /// Overrides in the form of `--set`.
    pub overrides: Vec<String>,
    /// An application that knows the agent kinds; called for each run.
    pub app: &'a dyn Fn() -> SimApp,
    /// The text of a file that the scenario names (a reference path), if it is found.
    pub file: &'a dyn Fn(&str) -> Option<String>,
    /// The run's directory; default `out/<scenario>/<seed>`.
    pub out: Option<PathBuf>,
    /// Worker threads.
    pub threads: usize,
    /// Overwrite another run in the directory.
    pub force: bool,
    /// Draw charts and write the report.
    pub charts: bool,
    /// Charts as PNG, too.
    pub png: bool,
    /// Run the twin without forced selling, too.
    pub amplification: bool,
    /// No progress.
    pub quiet: bool,
    /// The commit the program was built from.
    pub commit: Option<String>,
}

/// A finished job.
#[derive(Debug)]
pub struct Done {
    /// The run's directory.
    pub directory: PathBuf,
    /// The figures.
    pub summary: Summary,
    /// What ran, and how it ended.
    pub manifest: Manifest,
    /// The charts that were drawn.
    pub charts: Vec<PathBuf>,
    /// The report, if it was written.
    pub report: Option<PathBuf>,
    /// Agents in the run.
    pub agents: usize,
    /// The directory held the same run already; nothing was computed.
    pub already: bool,
    /// Why the run ended early, if it did.
    pub error: Option<SimError>,
}

/// Why a job could not be done.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The scenario cannot run.
    #[error(transparent)]
    Scenario(#[from] Box<ScenarioError>),
    /// Another run is there.
    #[error("{} holds another run ({what}); choose another --out, or --force to replace it", path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
        /// Which run.
        what: String,
    },
    /// The run could not start.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// Something could not be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The charts could not be drawn.
    #[error("the run is complete in {}, but its charts could not be drawn: {source}", path.display())]
    Plot {
        /// The run's directory.
        path: PathBuf,
        /// Why.
        source: Box<PlotError>,
    },
}

impl Job<'_> {
    /// Runs it.
    ///
    /// # Errors
    /// If nothing could be computed, or the results could not be written. A run that broke off is no
    /// error here: [`Done::error`] tells.
    #[expect(
        clippy::disallowed_methods,
        reason = "wall_s of the manifest; no simulation sees it"
    )]
    pub fn run(&self) -> Result<Done, JobError> {
        let scenario = Scenario::load(&self.scenario, self.loader, &self.overrides, &(self.app)())?;
        let directory = self.directory(&scenario);
        if let Some(done) = self.existing(&scenario, &directory)? {
            return Ok(done);
        }
        std::fs::create_dir_all(&directory).map_err(|e| RecordError::io(&directory, e))?;
        write_atomic(
            &directory.join("scenario.toml"),
            scenario.resolved_toml().as_bytes(),
        )?;
        let reference = self.reference(&scenario, &directory)?;
        let begun = Instant::now();
        let mut manifest = self.manifest(&scenario, reference);
        manifest.write(&directory)?;
        let mut outcome = self.simulate(&scenario, Some(&directory))?;
        let wall = begun.elapsed().as_secs_f64();
        if self.amplification && outcome.error.is_none() {
            self.amplify(&mut outcome)?;
        }
        outcome.summary.set("wall_s", wall);
        outcome
            .summary
            .set("events_per_s", outcome.events as f64 / wall.max(1e-9));
        outcome.summary.set("peak_rss_mb", peak_rss_mb());
        describe(&mut manifest, &outcome, wall);
        outcome.summary.judge();
        outcome.summary.write(&directory)?;
        manifest.write(&directory)?;
        let (charts, report) = self.draw(&directory)?;
        Ok(Done {
            directory,
            summary: outcome.summary,
            manifest,
            charts,
            report,
            agents: outcome.agents,
            already: false,
            error: outcome.error,
        })
    }

    fn directory(&self, scenario: &Scenario) -> PathBuf {
        let default = || {
            Path::new("out")
                .join(scenario.name())
                .join(scenario.seed().to_string())
        };
        self.out.clone().unwrap_or_else(default)
    }

    /// The same finished run, if the directory holds it.
    fn existing(&self, scenario: &Scenario, directory: &Path) -> Result<Option<Done>, JobError> {
        let tables = directory.join("tables").exists();
        let Ok(manifest) = Manifest::read(directory) else {
            if tables && !self.force {
                return Err(exists(directory, "without a manifest"));
            }
            if tables {
                remove_run(directory)?;
            }
            return Ok(None);
        };
        let same = manifest.scenario_digest == scenario.digest()
            && manifest.seed == scenario.seed()
            && manifest.version == env!("CARGO_PKG_VERSION")
            && manifest.exit == Exit::Done;
        if !same || self.force {
            if !self.force {
                let what = format!(
                    "{}, seed {}, {:?}",
                    manifest.scenario, manifest.seed, manifest.exit
                );
                return Err(exists(directory, &what));
            }
            remove_run(directory)?;
            return Ok(None);
        }
        let mut summary = Summary::read(directory)?;
        summary.judge();
        let report = Some(directory.join("report.html")).filter(|r| r.exists());
        Ok(Some(Done {
            directory: directory.to_owned(),
            summary,
            manifest,
            charts: Vec::new(),
            report,
            agents: 0,
            already: true,
            error: None,
        }))
    }

    fn reference(
        &self,
        scenario: &Scenario,
        directory: &Path,
    ) -> Result<Option<ReferencePath>, JobError> {
        let Some(table) = scenario.reference() else {
            return Ok(None);
        };
        let Some(text) = (self.file)(&table.file) else {
            return Ok(None);
        };
        write_atomic(&directory.join("reference.csv"), text.as_bytes())?;
        Ok(Some(ReferencePath {
            file: "reference.csv".into(),
            label: table.label.clone(),
            symbol: table.instrument.value.clone(),
        }))
    }

    fn manifest(&self, scenario: &Scenario, reference: Option<ReferencePath>) -> Manifest {
        let news = scenario.news().map(|(at, label)| NewsMark {
            time_ns: at.0,
            label: label.to_owned(),
        });
        Manifest {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: self.commit.clone(),
            scenario: scenario.name().into(),
            question: Some(scenario.question().into()),
            scenario_digest: scenario.digest(),
            seed: scenario.seed(),
            threads: self.threads,
            platform: platform(),
            clock_start: Some(scenario.start().to_string()),
            simulated_ns: 0,
            news: news.collect(),
            reference,
            wall_s: 0.0,
            events: 0,
            digest: String::new(),
            exit: Exit::Running,
            error: None,
        }
    }

    fn simulate(&self, scenario: &Scenario, directory: Option<&Path>) -> Result<Outcome, JobError> {
        let options = RunOptions {
            threads: self.threads,
            limits: RunLimits::default(),
        };
        let simulation = Simulation::new(scenario, (self.app)(), &options, directory)?;
        let watch = Watch::new(scenario.name(), self.quiet);
        let outcome = simulation.run(|at| watch.show(at));
        watch.finish();
        Ok(outcome)
    }

    /// The twin: same seed, nobody is liquidated.
    fn amplify(&self, outcome: &mut Outcome) -> Result<(), JobError> {
        let mut overrides = self.overrides.clone();
        overrides.push("scenario.forced_selling=false".into());
        let twin = Scenario::load(&self.scenario, self.loader, &overrides, &(self.app)())?;
        let calm = self.simulate(&twin, None)?;
        let Some(symbol) = twin.first_coin().map(str::to_owned) else {
            return Ok(());
        };
        let name = format!("drawdown_frac.{symbol}");
        let ratio = outcome
            .summary
            .get(&name)
            .zip(calm.summary.get(&name))
            .map(|(with, without)| with / without);
        outcome.summary.set("amplification", ratio);
        outcome.summary.set(
            format!("twin_drawdown_frac.{symbol}"),
            calm.summary.get(&name),
        );
        Ok(())
    }

    fn draw(&self, directory: &Path) -> Result<(Vec<PathBuf>, Option<PathBuf>), JobError> {
        if !self.charts {
            return Ok((Vec::new(), None));
        }
        let options = Options {
            svg: true,
            png: self.png,
            ..Options::default()
        };
        let plot = |source| JobError::Plot {
            path: directory.to_owned(),
            source: Box::new(source),
        };
        let charts = draw_all(directory, &options).map_err(plot)?;
        let report = write_report(directory).map_err(plot)?;
        Ok((charts, Some(report)))
    }
}

fn exists(path: &Path, what: &str) -> JobError {
    JobError::Exists {
        path: path.to_owned(),
        what: what.to_owned(),
    }
}

/// Fills in what is known after the run.
fn describe(manifest: &mut Manifest, outcome: &Outcome, wall: f64) {
    manifest.wall_s = wall;
    manifest.events = outcome.events;
    manifest.digest.clone_from(&outcome.digest);
    manifest.simulated_ns = outcome.until.0;
    manifest.exit = match &outcome.error {
        None => Exit::Done,
        Some(SimError::Interrupted { .. }) => Exit::Interrupted,
        Some(_) => Exit::Failed,
    };
    manifest.error = outcome.error.as_ref().map(ToString::to_string);
}

/// The largest resident memory of this process so far, where the system tells.
fn peak_rss_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib / 1024.0)
}
