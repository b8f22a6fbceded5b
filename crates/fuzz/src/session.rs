//! One run of one target.

use std::collections::VecDeque;
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::arguments::Arguments;

/// Lines of libFuzzer shown when a target fails.
const LAST_LINES: usize = 60;

/// The folders of a target.
pub(crate) struct Session<'a> {
    target: &'a str,
    /// What runs find; grows.
    corpus: PathBuf,
    /// Where a run starts; part of the repository.
    seeds: PathBuf,
    artifacts: PathBuf,
    dictionary: PathBuf,
}

/// What became of it.
pub(crate) struct Outcome {
    target: String,
    pub(crate) passed: bool,
    executions: u64,
    corpus: u64,
    edges: u64,
    all_edges: u64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed { "ok" } else { "FAILED" };
        write!(
            f,
            "{:<9} {verdict}: {} executions, {} of {} edges, {} inputs kept",
            self.target, self.executions, self.edges, self.all_edges, self.corpus
        )
    }
}

impl<'a> Session<'a> {
    /// Makes the folders and puts the shipped scenarios among the inputs of the parser.
    pub(crate) fn new(home: &Path, target: &'a str) -> Result<Self, String> {
        let session = Self {
            target,
            corpus: home.join("corpus").join(target),
            seeds: home.join("seeds").join(target),
            artifacts: home.join("artifacts").join(target),
            dictionary: home.join(format!("{target}.dict")),
        };
        for folder in [&session.corpus, &session.artifacts] {
            fs::create_dir_all(folder).map_err(|error| problem(folder, &error))?;
        }
        if target == "scenario" {
            session.add_shipped(&home.join("../../scenarios"))?;
        }
        Ok(session)
    }

    fn add_shipped(&self, scenarios: &Path) -> Result<(), String> {
        let entries = fs::read_dir(scenarios).map_err(|error| problem(scenarios, &error))?;
        for entry in entries.flatten() {
            let file = entry.path().join("scenario.toml");
            if file.is_file() {
                let mut name = entry.file_name();
                name.push(".toml");
                fs::copy(&file, self.corpus.join(name)).map_err(|error| problem(&file, &error))?;
            }
        }
        Ok(())
    }

    /// Runs the target and reads what libFuzzer says.
    pub(crate) fn run(&self, programs: &Path, arguments: &Arguments) -> Result<Outcome, String> {
        let mut command = Command::new(programs.join(self.target));
        command
            .arg(format!("-max_total_time={}", arguments.seconds))
            .arg(format!("-artifact_prefix={}/", self.artifacts.display()))
            .args(["-print_final_stats=1", "-timeout=10", "-rss_limit_mb=2048"])
            .arg(if self.target == "scenario" {
                "-max_len=32768"
            } else {
                "-max_len=1024"
            });
        if self.dictionary.is_file() {
            command.arg(format!("-dict={}", self.dictionary.display()));
        }
        // A file among the flags is tried alone; folders would be ignored beside it.
        let tries = |word: &String| !word.starts_with('-');
        command.args(&arguments.passed_on);
        if !arguments.passed_on.iter().any(tries) {
            command.args([&self.corpus, &self.seeds]);
        }
        let mut child = command
            // A venue's empty books are fresh pages, not memory that glibc has to clear again.
            .env("MALLOC_MMAP_THRESHOLD_", "262144")
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", self.target))?;
        let mut outcome = Outcome::new(self.target);
        let mut last = VecDeque::new();
        let lines = child.stderr.take().map(BufReader::new);
        for line in lines
            .into_iter()
            .flat_map(|lines| lines.split(b'\n'))
            .flatten()
        {
            let line = String::from_utf8_lossy(&line).into_owned();
            if outcome.read(&line) {
                println!("{line}");
            }
            last.push_back(line);
            if last.len() > LAST_LINES {
                last.pop_front();
            }
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        outcome.passed = status.success();
        if !outcome.passed {
            for line in &last {
                println!("{line}");
            }
        }
        Ok(outcome)
    }
}

impl Outcome {
    fn new(target: &str) -> Self {
        Self {
            target: target.to_owned(),
            passed: false,
            executions: 0,
            corpus: 0,
            edges: 0,
            all_edges: 0,
        }
    }

    /// Takes the figures out of a line; whether the line tells of progress.
    fn read(&mut self, line: &str) -> bool {
        if let Some(count) = line.strip_prefix("stat::number_of_executed_units:") {
            self.executions = number(count);
        }
        if let Some((_, tables)) = line.split_once("PC tables (") {
            self.all_edges = number(tables);
        }
        if let Some(edges) = after(line, "cov: ") {
            self.edges = edges;
        }
        if let Some(inputs) = after(line, "corp: ") {
            self.corpus = inputs;
        }
        let kinds = ["\tpulse ", "\tINITED ", "\tDONE "];
        kinds.iter().any(|kind| line.contains(kind))
    }
}

fn after(line: &str, word: &str) -> Option<u64> {
    line.split_once(word).map(|(_, rest)| number(rest))
}

/// The number at the start of a text; zero if there is none.
fn number(text: &str) -> u64 {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit());
    text[..end.unwrap_or(text.len())].parse().unwrap_or(0)
}

fn problem(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read() {
        let mut outcome = Outcome::new("venue");
        outcome.read("INFO: Loaded 1 PC tables (81234 PCs): 81234 [0x1,0x2),");
        let pulse = "#32768\tpulse  cov: 1234 ft: 5678 corp: 91/12Kb lim: 400 exec/s: 100";
        assert!(outcome.read(pulse));
        assert!(!outcome.read("#9\tNEW    cov: 1235 ft: 1 corp: 92/1b lim: 4 exec/s: 0"));
        outcome.read("stat::number_of_executed_units: 40000");
        let found = (
            outcome.executions,
            outcome.edges,
            outcome.all_edges,
            outcome.corpus,
        );
        assert_eq!(found, (40_000, 1235, 81_234, 92));
    }
}
