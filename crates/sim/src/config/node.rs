//! What a file says: values with the places they came from.

use std::fmt::Write as _;

use toml::map::Map;

use super::Span;

/// A value and where it was written. The span of a table is its header (`[clock]`), its braces or,
/// for a table that only dotted keys imply, the key.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it was written.
    pub span: Span,
    /// What was written.
    pub value: Value,
}

/// A TOML value. Dates and times are kept as the strings they were written as.
#[derive(Clone, Debug)]
pub enum Value {
    /// Text, or a date and time.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent; may be infinite or not a number, which reading
    /// refuses.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// An array, or an array of tables.
    Array(Vec<Node>),
    /// A table.
    Table(Table),
}

/// A table in the order in which its keys were written.
#[derive(Clone, Debug, Default)]
pub struct Table {
    entries: Map<String, Entry>,
}

/// A value of a table with the place of its key.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where the key was written.
    pub key_span: Span,
    /// The value.
    pub node: Node,
}

/// One step from a node to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// Into a table, by key.
    Key(String),
    /// Into an array, by position.
    Index(usize),
}

/// A path as errors show it: `agents[3].equity`.
#[must_use]
pub fn path_text(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Index(index) => {
                let _ = write!(text, "[{index}]");
            }
            Segment::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                if is_bare(key) {
                    text.push_str(key);
                } else {
                    let _ = write!(text, "{key:?}");
                }
            }
        }
    }
    text
}

/// The segments of a path of bare keys and positions, as [`path_text`] writes it.
pub(super) fn path_of(text: &str) -> Vec<Segment> {
    let mut path = Vec::new();
    for part in text.split(['.', '[']).filter(|part| !part.is_empty()) {
        let index = part.strip_suffix(']').and_then(|index| index.parse().ok());
        path.push(index.map_or_else(|| Segment::Key(part.to_owned()), Segment::Index));
    }
    path
}

fn is_bare(key: &str) -> bool {
    let bare = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    !key.is_empty() && key.bytes().all(bare)
}

impl Table {
    /// No keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.get(key).map(|e| &e.node)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.get_mut(key).map(|e| &mut e.node)
    }

    /// The value of a key with the place of the key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// Adds a key at the end, or replaces its entry in place and gives the former one back.
    pub fn insert(&mut self, key: impl Into<String>, entry: Entry) -> Option<Entry> {
        self.entries.insert(key.into(), entry)
    }

    /// Takes a key out; the order of the others stays.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        self.entries.remove(key)
    }

    /// Keys and entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(k, e)| (k.as_str(), e))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Keys and entries in order, by value.
    pub(super) fn into_entries(self) -> impl Iterator<Item = (String, Entry)> {
        self.entries.into_iter()
    }
}

impl Node {
    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The table, if it is one.
    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The table to be changed, if it is one.
    pub fn as_table_mut(&mut self) -> Option<&mut Table> {
        match &mut self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key, if it is a table that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_table()?.get(key)
    }

    /// The part one step inside.
    #[must_use]
    pub fn step(&self, segment: &Segment) -> Option<&Node> {
        match segment {
            Segment::Key(key) => self.get(key),
            Segment::Index(index) => self.as_array()?.get(*index),
        }
    }

    /// The path of the value or key that was written at exactly this span; the innermost, if parts
    /// share it (the first table of an array of tables with the array).
    #[must_use]
    pub fn path_at(&self, span: Span) -> Option<Vec<Segment>> {
        let mut matches =
            |key_span: Option<Span>, node: &Self| node.span == span || key_span == Some(span);
        let (mut path, mut place) = self.find(&mut matches)?;
        while let Some(first) = place.as_array().and_then(<[Self]>::first)
            && first.span == span
        {
            path.push(Segment::Index(0));
            place = first;
        }
        Some(path)
    }

    /// The first part, in the order of the file and parents before children, that `matches` (the
    /// place of its key and the part itself), with its path from here.
    pub(super) fn find(
        &self,
        matches: &mut dyn FnMut(Option<Span>, &Node) -> bool,
    ) -> Option<(Vec<Segment>, &Node)> {
        let mut path = Vec::new();
        let found = self.descend(None, matches, &mut path)?;
        Some((path, found))
    }

    fn descend<'a>(
        &'a self,
        key_span: Option<Span>,
        matches: &mut dyn FnMut(Option<Span>, &Node) -> bool,
        path: &mut Vec<Segment>,
    ) -> Option<&'a Node> {
        if matches(key_span, self) {
            return Some(self);
        }
        match &self.value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push(Segment::Index(index));
                    if let Some(found) = item.descend(None, matches, path) {
                        return Some(found);
                    }
                    path.pop();
                }
            }
            Value::Table(table) => {
                for (key, entry) in table.iter() {
                    path.push(Segment::Key(key.to_owned()));
                    if let Some(found) = entry.node.descend(Some(entry.key_span), matches, path) {
                        return Some(found);
                    }
                    path.pop();
                }
            }
            _ => {}
        }
        None
    }

    /// Whether both say the same: equal values (floats by their bits), wherever they were written
    /// and whatever the order of keys.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Integer(a), Value::Integer(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => {
                a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
            }
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Value::Table(a), Value::Table(b)) => {
                a.len() == b.len()
                    && a.iter()
                        .all(|(key, a)| b.get(key).is_some_and(|b| a.node.same(b)))
            }
            _ => false,
        }
    }

    /// What it is, for "found ..." in an error.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::String(text) => format!("the string {}", quoted(text)),
            Value::Integer(number) => format!("the integer {number}"),
            Value::Float(number) => format!("the number {number}"),
            Value::Bool(truth) => format!("`{truth}`"),
            Value::Array(_) => "an array".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }
}

/// A text in quotes, cut if it is long.
pub(super) fn quoted(text: &str) -> String {
    let short = abridged(text);
    format!("{short:?}")
}

/// A text short enough for a message.
pub(super) fn abridged(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        text.to_owned()
    } else {
        let start: String = text.chars().take(LONGEST).collect();
        format!("{start}...")
    }
}
