//! What is wrong with a scenario, and where.

use std::fmt;

use super::node::path_of;
use super::{Location, Node, Segment, Sources, Span, path_text, render};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: the innermost value or key at fault.
    pub span: Span,
    /// The path of keys to it (`agents[3].equity`); empty for an error of syntax.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it: the allowed values, the nearest name.
    pub help: Option<String>,
    /// Where, inside the value at `span`; [`Errors::with_paths`] goes there.
    inside: Vec<Segment>,
}

impl Problem {
    /// A problem at a place, without a path ([`Errors::with_paths`] finds it).
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            path: String::new(),
            message: message.into(),
            help: None,
            inside: Vec::new(),
        }
    }

    /// The problem is with a key inside the value at this place: `fees.taker`, `tiers[1].up_to`.
    #[must_use]
    pub fn within(mut self, path: &str) -> Self {
        self.inside.extend(path_of(path));
        self
    }

    /// As [`Self::within`], for a key that may hold dots.
    #[must_use]
    pub fn within_key(mut self, key: impl Into<String>) -> Self {
        self.inside.push(Segment::Key(key.into()));
        self
    }

    /// Moves to the key inside, as far as it was written: a default is found at what would hold it.
    fn enter(&mut self, root: &Node) -> Option<()> {
        let inside = std::mem::take(&mut self.inside);
        let mut path = root.path_at(self.span)?;
        let mut place = path.iter().try_fold(root, |node, step| node.step(step))?;
        let mut written = true;
        for segment in inside {
            match place.step(&segment) {
                Some(part) if written => place = part,
                // A short form has no parts: the fault is with all of it.
                None if written && place.as_table().is_none() => break,
                _ => written = false,
            }
            path.push(segment);
        }
        self.span = place.span;
        self.path = path_text(&path);
        Some(())
    }

    /// With the path of keys.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// With advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same problem seen from further out: `prefix` comes before its path.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.path = match self.path.as_str() {
            "" => prefix.to_owned(),
            path if path.starts_with('[') || prefix.is_empty() => format!("{prefix}{path}"),
            path => format!("{prefix}.{path}"),
        };
        self
    }

    /// The file, line and column.
    #[must_use]
    pub fn locate(&self, sources: &Sources) -> Location {
        sources.locate(self.span)
    }

    /// `file:line:column: key: message`, on one line whatever the message holds.
    #[must_use]
    pub fn one_line(&self, sources: &Sources) -> String {
        let text = format!("{}: {self}", self.locate(sources));
        text.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    }

    /// The lines concerned with the place marked, as compilers show it.
    #[must_use]
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        render::problem(self, sources, color)
    }
}

/// The path, if there is one, and the message.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong, in the order of discovery; never empty as an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(pub Vec<Problem>);

impl Errors {
    /// The problems under a path, as [`Problem::under`].
    #[must_use]
    pub fn under(self, prefix: &str) -> Self {
        Self(self.0.into_iter().map(|p| p.under(prefix)).collect())
    }

    /// Every problem gets the path, from the root, of what was written at its span. A path that says
    /// something else (it leads to an element that is not there) stays.
    #[must_use]
    pub fn with_paths(mut self, root: &Node) -> Self {
        for problem in &mut self.0 {
            if !problem.inside.is_empty() {
                problem.enter(root);
            } else if problem.span.is_some()
                && let Some(path) = root.path_at(problem.span).map(|path| path_text(&path))
                && path.ends_with(&problem.path)
            {
                problem.path = path;
            }
        }
        self
    }

    /// All problems as text for people, with an empty line between them.
    #[must_use]
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        let texts: Vec<String> = self.0.iter().map(|p| p.render(sources, color)).collect();
        texts.join("\n\n")
    }

    /// All problems as text for programs: one line each, `file:line:column: key: message`.
    #[must_use]
    pub fn lines(&self, sources: &Sources) -> String {
        let texts: Vec<String> = self.0.iter().map(|p| p.one_line(sources)).collect();
        texts.join("\n")
    }
}

impl From<Problem> for Errors {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}
