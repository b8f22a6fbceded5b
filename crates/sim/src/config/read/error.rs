//! An error of reading, while it travels outwards and gathers its place and its path.

use std::fmt;

use serde::de::{Expected as SerdeExpected, Unexpected};

use super::super::Span;
use super::super::node::{abridged, quoted};
use super::{Expected, Node, Problem, Segment, Value, path_text, suggest};

/// What kind of error, as far as it matters for its place and its consequences.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A key that must be there is not.
    Missing(String),
    /// A key that nobody reads.
    UnknownKey(String),
    /// A value of the wrong type or range; the value as serde names it, to search for.
    Value(Scalar),
    /// Anything else.
    Other,
}

/// A value that serde complains about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Other,
}

/// An error of reading.
#[derive(Debug)]
pub(crate) struct ReadError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    message: String,
    help: Option<String>,
    allowed: Vec<String>,
    span: Option<Span>,
    /// The innermost segment first.
    path: Vec<Segment>,
}

impl ReadError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::of(Kind::Other, message)
    }

    pub(super) fn of(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            help: None,
            allowed: Vec::new(),
            span: None,
            path: Vec::new(),
        }))
    }

    /// "expected ..., found ...".
    pub(super) fn expected(what: &str, found: &Node) -> Self {
        Self::new(format!("expected {what}, found {}", found.describe()))
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    pub(super) fn allowed(mut self, words: &[&str]) -> Self {
        self.0.allowed = words.iter().map(|w| (*w).to_owned()).collect();
        self
    }

    /// Keys that are known as well where this key is not.
    pub(super) fn also_expected(&mut self, words: &[&str]) {
        if matches!(self.0.kind, Kind::UnknownKey(_)) {
            let more = words.iter().map(|w| (*w).to_owned());
            self.0.allowed.extend(more);
        }
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// The path, the outermost segment first.
    pub(super) fn path(&self) -> Vec<Segment> {
        self.0.path.iter().rev().cloned().collect()
    }

    /// At a place, unless a more precise one is known.
    pub(super) fn at(mut self, span: Span) -> Self {
        self.0.span.get_or_insert(span);
        self
    }

    /// One step further out.
    pub(super) fn under(mut self, segment: Segment) -> Self {
        self.0.path.push(segment);
        self
    }

    /// Raised while `node` was read: at the part of it that the error is about. An error that
    /// reaches a table without a place comes out of one of serde's buffers, and the part is found
    /// by what the error says.
    pub(super) fn inside(mut self, node: &Node) -> Self {
        if self.0.span.is_some() {
            return self;
        }
        let found = match &node.value {
            Value::Table(_) | Value::Array(_) => self.search(node),
            _ => None,
        };
        match found {
            Some((path, span)) => {
                self.0.span = Some(span);
                self.0.path = path.into_iter().rev().collect();
            }
            None => self.0.span = Some(node.span),
        }
        self
    }

    fn search(&self, node: &Node) -> Option<(Vec<Segment>, Span)> {
        if let Kind::UnknownKey(key) = &self.0.kind {
            return search_key(node, key);
        }
        let found = node.find(&mut |_, part| match (&self.0.kind, &part.value) {
            (Kind::Value(Scalar::Text(a)), Value::String(b)) => a == b,
            (Kind::Value(Scalar::Integer(a)), Value::Integer(b)) => a == b,
            (Kind::Value(Scalar::Float(a)), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Kind::Value(Scalar::Bool(a)), Value::Bool(b)) => a == b,
            (Kind::Other, Value::String(text)) => {
                self.0.message.starts_with(&format!("{}: ", quoted(text)))
            }
            _ => false,
        });
        found.map(|(path, part)| (path, part.span))
    }

    pub(super) fn into_problem(self) -> Problem {
        let path = path_text(&self.path());
        let Inner {
            kind,
            message,
            help,
            allowed,
            span,
            ..
        } = *self.0;
        let advice = match &kind {
            Kind::UnknownKey(key) => suggest::advice(key, &allowed, "expected keys"),
            Kind::Value(Scalar::Text(text)) => suggest::advice(text, &allowed, "allowed values"),
            _ => suggest::advice("", &allowed, "allowed values"),
        };
        let problem = Problem::new(span.unwrap_or_default(), message).at(path);
        match help.or(advice) {
            Some(help) => problem.help(help),
            None => problem,
        }
    }
}

/// The place of a key somewhere inside a node.
fn search_key(node: &Node, key: &str) -> Option<(Vec<Segment>, Span)> {
    let (mut path, table) = node.find(&mut |_, part| part.get(key).is_some())?;
    let span = table.as_table()?.entry(key)?.key_span;
    path.push(Segment::Key(key.to_owned()));
    Some((path, span))
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for ReadError {}

/// The value that a visitor refused, for the message and for the search.
fn refused(found: &Unexpected<'_>) -> (String, Scalar) {
    match found {
        Unexpected::Bool(truth) => (format!("`{truth}`"), Scalar::Bool(*truth)),
        Unexpected::Unsigned(number) => (
            format!("the integer {number}"),
            i64::try_from(*number).map_or(Scalar::Other, Scalar::Integer),
        ),
        Unexpected::Signed(number) => (format!("the integer {number}"), Scalar::Integer(*number)),
        Unexpected::Float(number) => (format!("the number {number}"), Scalar::Float(*number)),
        Unexpected::Str(text) => (
            format!("the string {}", quoted(text)),
            Scalar::Text((*text).to_owned()),
        ),
        Unexpected::Map => ("a table".to_owned(), Scalar::Other),
        Unexpected::Seq => ("an array".to_owned(), Scalar::Other),
        Unexpected::Unit => ("nothing".to_owned(), Scalar::Other),
        other => (other.to_string(), Scalar::Other),
    }
}

impl serde::de::Error for ReadError {
    /// A message; what follows its first line is help.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        match text.split_once('\n') {
            Some((message, help)) => Self::new(message).help(help),
            None => Self::new(text),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn SerdeExpected) -> Self {
        let (text, scalar) = refused(&found);
        let message = format!("expected {}, found {text}", Expected(expected));
        Self::of(Kind::Value(scalar), message)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn SerdeExpected) -> Self {
        let number = match found {
            Unexpected::Signed(number) => i128::from(number),
            Unexpected::Unsigned(number) => i128::from(number),
            _ => return Self::invalid_type(found, expected),
        };
        let message = match expected.to_string().as_str() {
            "u8" | "u16" | "u32" | "u64" | "usize" if number < 0 => {
                format!("{number}: must be at least 0")
            }
            "i8" | "i16" | "i32" | "i64" | "isize" | "u8" | "u16" | "u32" | "u64" | "usize" => {
                format!("{number}: out of range")
            }
            _ => return Self::invalid_type(found, expected),
        };
        Self::of(Kind::Value(refused(&found).1), message)
    }

    fn invalid_length(length: usize, expected: &dyn SerdeExpected) -> Self {
        Self::new(format!("expected {expected}, found {length} elements"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let scalar = Scalar::Text(variant.to_owned());
        let message = format!("unknown value {}", quoted(variant));
        Self::of(Kind::Value(scalar), message).allowed(expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let message = format!("unknown key `{}`", abridged(field));
        Self::of(Kind::UnknownKey(field.to_owned()), message).allowed(expected)
    }

    fn missing_field(field: &'static str) -> Self {
        let message = format!("missing key `{field}`");
        Self::of(Kind::Missing(field.to_owned()), message)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::of(
            Kind::UnknownKey(field.to_owned()),
            format!("duplicate key `{field}`"),
        )
    }
}
