//! A file of cases: reading, running, comparing, writing anew.

use super::venue::Draft;
use super::words::{Parsed, Words};
use super::world::World;

/// What came of a file.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// How many cases it holds.
    pub(super) cases: usize,
    /// The file with what was found in the place of what was expected.
    pub(super) blessed: String,
    /// What differs, or cannot be read: file, line, expected and found.
    pub(super) failures: Vec<String>,
}

/// A case that is being run: first its venue is described, then it lives.
enum Stage {
    Outside,
    Described(Box<Draft>),
    Living(Box<World>),
    /// A line could not be read; the rest of the case is left alone.
    Lost,
}

/// What was said after a command, and what was expected so far.
struct Block {
    line: usize,
    said: Vec<String>,
    expected: Vec<String>,
    /// Where the found lines go in the blessed file.
    at: usize,
}

struct Runner<'a> {
    file: &'a str,
    out: Vec<String>,
    stage: Stage,
    block: Option<Block>,
    outcome: Outcome,
}

/// Runs all cases of a file.
pub(super) fn run(file: &str, text: &str) -> Outcome {
    let mut runner = Runner {
        file,
        out: Vec::new(),
        stage: Stage::Outside,
        block: None,
        outcome: Outcome::default(),
    };
    for (at, line) in text.lines().enumerate() {
        runner.line(at + 1, line);
    }
    runner.close();
    runner.outcome.blessed = runner.out.join("\n") + "\n";
    runner.outcome
}

impl Runner<'_> {
    fn line(&mut self, at: usize, line: &str) {
        let text = line.trim();
        if let Some(expected) = text.strip_prefix('>') {
            self.expected(at, expected.trim());
            return;
        }
        if text.is_empty() || text.starts_with('#') {
            self.out.push(line.to_owned());
            return;
        }
        self.close();
        let done = match text.strip_prefix('=') {
            Some(state) => self.state(at, state.trim()),
            None => self.step(at, text).map(|()| line.to_owned()),
        };
        let kept = done.unwrap_or_else(|why| {
            self.fail(at, &why);
            self.stage = Stage::Lost;
            line.to_owned()
        });
        self.out.push(kept);
        if let Some(block) = &mut self.block {
            block.at = self.out.len();
        }
    }

    fn fail(&mut self, line: usize, why: &str) {
        let failure = format!("{}:{line}: {why}", self.file);
        self.outcome.failures.push(failure);
    }

    /// A line of the case itself, or a command.
    fn step(&mut self, at: usize, text: &str) -> Parsed<()> {
        let mut words = Words::new(text);
        if words.eat("case") {
            words.word("what the case is about")?;
            self.outcome.cases += 1;
            self.stage = Stage::Described(Box::new(Draft::new()));
            return Ok(());
        }
        if let (Stage::Described(draft), true) = (&mut self.stage, words.eat("venue")) {
            return draft.setting(&mut words);
        }
        if matches!(self.stage, Stage::Lost) {
            return Ok(());
        }
        let world = self.world()?;
        world.command(&mut words)?;
        let said = world.take_said();
        self.block = Some(Block {
            line: at,
            said,
            expected: Vec::new(),
            at: 0,
        });
        Ok(())
    }

    /// The venue, which begins with the first line that does not describe it.
    fn world(&mut self) -> Parsed<&mut World> {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Lost) {
            Stage::Described(draft) => Stage::Living(Box::new(World::new(*draft)?)),
            stage => stage,
        };
        match &mut self.stage {
            Stage::Living(world) => Ok(world),
            _ => Err("a line outside of a case".to_owned()),
        }
    }

    fn expected(&mut self, at: usize, text: &str) {
        match &mut self.block {
            Some(block) => {
                if block.expected.is_empty() {
                    (block.at, block.line) = (self.out.len(), at);
                }
                block.expected.push(text.to_owned());
            }
            None if matches!(self.stage, Stage::Lost) => {}
            None => self.fail(at, "nothing that could have this effect stands above"),
        }
    }

    /// Compares what was said after the last command.
    fn close(&mut self) {
        let Some(block) = self.block.take() else {
            return;
        };
        if block.said != block.expected {
            let listed = |lines: &[String]| match lines {
                [] => "    nothing".to_owned(),
                _ => lines
                    .iter()
                    .map(|l| format!("    > {l}"))
                    .collect::<Vec<_>>()
                    .join("\n"),
            };
            let (expected, found) = (listed(&block.expected), listed(&block.said));
            self.fail(
                block.line,
                &format!("\n  expected\n{expected}\n  found\n{found}"),
            );
        }
        let lines = block.said.iter().map(|line| format!("> {line}"));
        self.out.splice(block.at..block.at, lines);
    }

    /// `= alice equity 120`: the last word is what is expected.
    fn state(&mut self, at: usize, text: &str) -> Parsed<String> {
        if matches!(self.stage, Stage::Lost) {
            return Ok(format!("= {text}"));
        }
        let (question, expected) = text.rsplit_once(' ').ok_or("nothing is expected")?;
        let mut words = Words::new(question);
        let found = self.world()?.answer(&mut words)?;
        words.end()?;
        if found != expected {
            self.fail(
                at,
                &format!("{question}: expected {expected}, found {found}"),
            );
        }
        Ok(format!("= {question} {found}"))
    }
}
