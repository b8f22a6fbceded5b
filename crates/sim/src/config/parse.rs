//! From the bytes of a file to the tree of what it says.

use toml::Spanned as Located;
use toml::de::{DeTable, DeValue};

use super::node::abridged;
use super::{Entry, Errors, Home, Node, Problem, Sources, Span, Table, Value};

/// A longer scenario file is refused; large tables belong into CSV files.
pub const MAX_FILE_BYTES: usize = 16 << 20;
/// Deeper nesting is refused.
pub const MAX_DEPTH: usize = 64;
/// More errors of syntax in one file are only counted.
const MAX_SYNTAX_ERRORS: usize = 20;

/// Reads a TOML document; its text becomes a source under `name`.
///
/// # Errors
/// All errors of syntax, at most one a line; for bytes that are not text, control characters and
/// empty files exactly one.
pub fn parse(
    sources: &mut Sources,
    name: impl Into<String>,
    bytes: &[u8],
    home: Home,
) -> Result<Node, Errors> {
    let name = name.into();
    if bytes.len() > MAX_FILE_BYTES {
        let file = sources.add(name, "", home)?;
        let message = format!("{} bytes: at most {MAX_FILE_BYTES} are read", bytes.len());
        return Err(Problem::new(span(file, 0..0), message).into());
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => return Err(not_text(sources, name, bytes, error.valid_up_to(), home)),
    };
    let file = sources.add(name, text, home)?;
    if let Some(problem) = unfit(file, text) {
        return Err(problem.into());
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let reader = Reader { file, text };
    if !errors.is_empty() {
        return Err(reader.syntax(&errors));
    }
    let mut node = reader.table(table.get_ref(), span(file, 0..0), 0)?;
    if node.as_table().is_some_and(Table::is_empty) {
        return Err(empty(file).into());
    }
    node.span = span(file, 0..0);
    Ok(node)
}

/// Reads a single value (`--set key=VALUE`) that begins at byte `offset` of source `file` and will
/// stand `depth` levels deep.
///
/// # Errors
/// All errors of syntax.
pub(super) fn parse_value(
    file: u16,
    offset: usize,
    text: &str,
    depth: usize,
) -> Result<Node, Errors> {
    let (value, errors) = DeValue::parse_recoverable(text);
    let reader = Reader { file, text };
    let node = if errors.is_empty() {
        reader.node(&value, depth)
    } else {
        Err(reader.syntax(&errors))
    };
    let shift = offset as u32;
    let moved = |span: Span| Span {
        start: span.start + shift,
        end: span.end + shift,
        ..span
    };
    match node {
        Ok(mut node) => {
            each_span(&mut node, &moved);
            Ok(node)
        }
        Err(mut errors) => {
            for problem in &mut errors.0 {
                problem.span = moved(problem.span);
            }
            Err(errors)
        }
    }
}

fn each_span(node: &mut Node, change: &dyn Fn(Span) -> Span) {
    node.span = change(node.span);
    match &mut node.value {
        Value::Array(items) => items.iter_mut().for_each(|n| each_span(n, change)),
        Value::Table(table) => {
            let entries = std::mem::take(table).into_entries();
            for (key, mut entry) in entries {
                entry.key_span = change(entry.key_span);
                each_span(&mut entry.node, change);
                table.insert(key, entry);
            }
        }
        _ => {}
    }
}

fn span(file: u16, range: std::ops::Range<usize>) -> Span {
    Span {
        file,
        start: range.start as u32,
        end: range.end as u32,
    }
}

fn empty(file: u16) -> Problem {
    Problem::new(span(file, 0..0), "the file is empty")
        .help("a scenario needs at least the tables [scenario] and [clock]")
}

/// The error of a file that is not UTF-8; only the readable beginning is kept as its text.
pub(super) fn not_text(
    sources: &mut Sources,
    name: String,
    bytes: &[u8],
    bad: usize,
    home: Home,
) -> Errors {
    let mut text = String::from_utf8_lossy(&bytes[..bad]).into_owned();
    let start = text.len();
    text.push(char::REPLACEMENT_CHARACTER);
    let end = text.len();
    let message = format!(
        "byte {bad} of the file is 0x{:02x}, which is not UTF-8 text",
        bytes[bad]
    );
    match sources.add(name, text, home) {
        Ok(file) => Problem::new(span(file, start..end), message)
            .help("a scenario is a TOML file: plain text")
            .into(),
        Err(errors) => errors,
    }
}

/// What makes a text no TOML at all.
fn unfit(file: u16, text: &str) -> Option<Problem> {
    let control = |c: char| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r');
    if let Some((at, c)) = text.char_indices().find(|(_, c)| control(*c)) {
        let message = format!("control character U+{:04X} is not allowed", u32::from(c));
        return Some(
            Problem::new(span(file, at..at + 1), message)
                .help("a scenario is a TOML file: plain text"),
        );
    }
    text.trim().is_empty().then(|| empty(file))
}

struct Reader<'a> {
    file: u16,
    text: &'a str,
}

impl Reader<'_> {
    /// In the order of the file, one problem a line: what follows an error on its line is seldom
    /// another one.
    fn syntax(&self, errors: &[toml::de::Error]) -> Errors {
        let end = self.text.len();
        let mut found: Vec<(std::ops::Range<usize>, &str)> = errors
            .iter()
            .map(|error| (error.span().unwrap_or(end..end), error.message()))
            .collect();
        found.sort_by_key(|(range, _)| range.start);
        let bytes = self.text.as_bytes();
        found.dedup_by(|(later, _), (first, _)| {
            let between = bytes.get(first.start..later.start).unwrap_or(&[]);
            !between.contains(&b'\n')
        });
        let more = found.len().saturating_sub(MAX_SYNTAX_ERRORS);
        found.truncate(MAX_SYNTAX_ERRORS);
        let mut problems: Vec<Problem> = found
            .into_iter()
            .map(|(range, message)| self.syntax_problem(range, message))
            .collect();
        if more > 0
            && let Some(last) = problems.last_mut()
        {
            last.help = Some(format!("{more} more lines have errors of syntax"));
        }
        Errors(problems)
    }

    fn syntax_problem(&self, range: std::ops::Range<usize>, message: &str) -> Problem {
        let message = match message {
            "duplicate key" => {
                let key = self.text.get(range.clone()).unwrap_or("");
                format!("duplicate key `{}`", abridged(key))
            }
            other => other.to_owned(),
        };
        Problem::new(span(self.file, range), message)
    }

    fn table(&self, from: &DeTable<'_>, at: Span, depth: usize) -> Result<Node, Errors> {
        let mut table = Table::new();
        for (key, value) in from.iter() {
            let entry = Entry {
                key_span: span(self.file, key.span()),
                node: self.node(value, depth + 1)?,
            };
            table.insert(key.get_ref().to_string(), entry);
        }
        Ok(Node {
            span: at,
            value: Value::Table(table),
        })
    }

    fn node(&self, from: &Located<DeValue<'_>>, depth: usize) -> Result<Node, Errors> {
        let at = span(self.file, from.span());
        if depth > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(Problem::new(at, message).into());
        }
        let value = match from.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(truth) => Value::Bool(*truth),
            DeValue::Datetime(_) => {
                Value::String(self.text.get(from.span()).unwrap_or("").to_owned())
            }
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Value::Integer(number),
                    Err(_) => {
                        let message = "the integer does not fit into 64 bits";
                        return Err(Problem::new(at, message).into());
                    }
                }
            }
            DeValue::Float(number) => self.float(number.as_str(), at)?,
            DeValue::Array(items) => {
                let items = items.iter().map(|item| self.node(item, depth + 1));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => return self.table(table, at, depth),
        };
        Ok(Node { span: at, value })
    }

    fn float(&self, text: &str, at: Span) -> Result<Value, Errors> {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() || text.contains("inf") || text.contains("nan") => {
                Ok(Value::Float(number))
            }
            _ => Err(Problem::new(at, "the number is out of range").into()),
        }
    }
}
