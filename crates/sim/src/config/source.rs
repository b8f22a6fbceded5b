//! The texts that were read, and places in them.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{Errors, Problem};

/// A piece of one source: bytes `start..end` of the text of file number `file`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The number of the source within its [`Sources`].
    pub file: u16,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// No place: a value that comes from a default and not from a text.
    pub const NONE: Self = Self {
        file: u16::MAX,
        start: 0,
        end: 0,
    };

    /// Whether it is a place in a text.
    #[must_use]
    pub fn is_some(self) -> bool {
        self.file != Self::NONE.file
    }
}

impl Default for Span {
    fn default() -> Self {
        Self::NONE
    }
}

/// A place as people and editors count: line and column from 1, the column in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The name of the source.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The character within the line, from 1.
    pub column: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Where a source lives, and so what the names of other files in it are relative to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// A file on disk, by the path under which it was opened.
    Disk(PathBuf),
    /// A scenario compiled into the program, by the name its lookup gave.
    Shipped(String),
    /// Text without a place of its own: an override of the command line, a string.
    Text,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    home: Home,
    line_starts: Vec<u32>,
}

/// All texts read so far, with their names and line tables.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a text and gives its number.
    ///
    /// # Errors
    /// One problem without a place if the text is longer than 4 GiB or there are 65,535 sources.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        text: impl Into<String>,
        home: Home,
    ) -> Result<u16, Errors> {
        let (name, text) = (printable(&name.into()), text.into());
        let number = u16::try_from(self.files.len())
            .ok()
            .filter(|n| *n != Span::NONE.file);
        let Some(number) = number else {
            return Err(Problem::new(Span::NONE, format!("{name}: too many sources")).into());
        };
        if u32::try_from(text.len()).is_err() {
            return Err(Problem::new(Span::NONE, format!("{name}: longer than 4 GiB")).into());
        }
        let newlines = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let line_starts = std::iter::once(0)
            .chain(newlines.map(|(at, _)| at as u32 + 1))
            .collect();
        self.files.push(Source {
            name,
            text,
            home,
            line_starts,
        });
        Ok(number)
    }

    /// How many sources there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether nothing was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The name of a source, as errors show it.
    #[must_use]
    pub fn name(&self, file: u16) -> Option<&str> {
        self.file(file).map(|f| f.name.as_str())
    }

    /// The whole text of a source.
    #[must_use]
    pub fn text(&self, file: u16) -> Option<&str> {
        self.file(file).map(|f| f.text.as_str())
    }

    /// Where a source lives.
    #[must_use]
    pub fn home(&self, file: u16) -> Option<&Home> {
        self.file(file).map(|f| &f.home)
    }

    /// The text of a span; empty if the span is of no source or cuts a character.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file)
            .and_then(|text| text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    /// The file that `name` means in the source of `span` (`accounts_file = "accounts.csv"`):
    /// relative to the directory of that source, or to the shipped scenario it belongs to. Text
    /// without a place means the working directory.
    #[must_use]
    pub fn relative(&self, span: Span, name: &str) -> Home {
        match self.home(span.file) {
            Some(Home::Disk(path)) => Home::Disk(directory(path).join(name)),
            Some(Home::Shipped(shipped)) => Home::Shipped(join_names(shipped, name)),
            Some(Home::Text) | None => Home::Disk(PathBuf::from(name)),
        }
    }

    /// The line and column where a span begins. A span of no source is the beginning of the first.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location {
        match self.line_of(span) {
            Some(line) => Location {
                file: line.name.to_owned(),
                line: line.number,
                column: line.column(),
            },
            None => Location {
                file: self.name(0).unwrap_or("").to_owned(),
                line: 1,
                column: 1,
            },
        }
    }

    /// The line in which a span begins.
    pub(super) fn line_of(&self, span: Span) -> Option<Line<'_>> {
        let source = self.file(span.file)?;
        let start = source.text.floor_char_boundary(span.start as usize);
        let index = source.line_starts.partition_point(|s| *s as usize <= start) - 1;
        let from = source.line_starts[index] as usize;
        let rest = &source.text[from..];
        let text = rest.split('\n').next().unwrap_or(rest);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let end = source.text.ceil_char_boundary(span.end as usize);
        let begin = (start - from).min(text.len());
        Some(Line {
            name: &source.name,
            number: index as u32 + 1,
            text,
            begin,
            end: end.saturating_sub(from).clamp(begin, text.len()),
        })
    }

    fn file(&self, file: u16) -> Option<&Source> {
        self.files.get(usize::from(file))
    }
}

/// One line of a source and the part of a span that lies in it (bytes, on character boundaries).
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) number: u32,
    pub(super) text: &'a str,
    pub(super) begin: usize,
    pub(super) end: usize,
}

impl Line<'_> {
    /// The column of the span's first character, from 1.
    pub(super) fn column(&self) -> u32 {
        self.text[..self.begin].chars().count() as u32 + 1
    }
}

/// A name without control characters, so that a place is always one line.
fn printable(name: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    name.chars().map(shown).collect()
}

/// The directory of a file; the working directory for a bare name.
pub(super) fn directory(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// `name` as seen from the shipped file `from`: directories joined and `..` resolved by text alone.
pub(super) fn join_names(from: &str, name: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_newlines() {
        let mut sources = Sources::new();
        let text = "a = 1\r\nπρice = 2\n\n";
        let file = sources.add("x.toml", text, Home::Text).unwrap();
        let at = |start: usize, end: usize| {
            let (start, end) = (start as u32, end as u32);
            sources.locate(Span { file, start, end }).to_string()
        };
        let equals = text.rfind('=').unwrap();
        assert_eq!(at(0, 1), "x.toml:1:1");
        assert_eq!(at(equals, equals + 1), "x.toml:2:7");
        assert_eq!(at(text.len(), text.len()), "x.toml:4:1");
        assert_eq!(at(9999, 9999), "x.toml:4:1");
        assert_eq!(at(8, 9), "x.toml:2:1", "inside the first Greek letter");
        assert_eq!(sources.locate(Span::NONE).to_string(), "x.toml:1:1");
    }

    #[test]
    fn names_are_relative_to_the_source_that_holds_them() {
        let mut sources = Sources::new();
        let disk = Home::Disk(PathBuf::from("runs/a/scenario.toml"));
        let disk = sources.add("d", "", disk).unwrap();
        let shipped = Home::Shipped("scenarios/calm/scenario.toml".into());
        let shipped = sources.add("s", "", shipped).unwrap();
        let at = |file| Span {
            file,
            start: 0,
            end: 0,
        };
        assert_eq!(
            sources.relative(at(disk), "accounts.csv"),
            Home::Disk(PathBuf::from("runs/a/accounts.csv"))
        );
        assert_eq!(
            sources.relative(at(shipped), "../october/btc.csv"),
            Home::Shipped("scenarios/october/btc.csv".into())
        );
    }
}
