//! What a tree means: reading it as a serde type, with a place and a path on every error.

mod access;
mod de;
mod error;

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::{Errors, Node, Problem, Segment, Table, Value, path_text, suggest};
use de::NodeDe;
use error::{Kind, ReadError};

/// More errors of one reading are not looked for.
const MAX_PROBLEMS: usize = 50;

/// Reads a tree as a `T`.
///
/// Structs are tables and should `deny_unknown_fields`. An enum is a string, the snake-case name of
/// a variant without fields, or a table whose key `kind` names the variant and whose other keys are
/// its fields; the string alone is the table with only `kind`, and `{ variant = value }` is accepted
/// too. So a plain `#[derive(Deserialize)]` with `rename_all` reads tagged tables with exact places;
/// `#[serde(tag = "kind")]` works as well, but serde buffers it and places are then searched for.
/// Integers are checked against the range of their type, floats accept integers and must be finite.
///
/// # Errors
/// The first problem, at the innermost value or key at fault.
pub fn from_node<T: DeserializeOwned>(root: &Node) -> Result<T, Problem> {
    attempt(root, &[]).map_err(ReadError::into_problem)
}

/// Reads a tree as a `T` and, if that fails, goes on to find everything else that is wrong.
///
/// A part at fault is set aside and the rest is read again; what then fails only because of the part
/// that is missing is not reported.
///
/// # Errors
/// All problems, in the order of the file as far as serde follows it.
pub fn from_node_all<T: DeserializeOwned>(root: &Node) -> Result<T, Errors> {
    read_all(root, &[])
}

/// Reads one table as two types: the keys that the struct `A` knows are read as an `A`, the others
/// as a `B` (a population: the keys that all have, and those of its kind).
///
/// # Errors
/// All problems of both; an unknown key is told the keys of both.
pub fn from_node_split<A, B>(root: &Node) -> Result<(A, B), Errors>
where
    A: DeserializeOwned,
    B: DeserializeOwned,
{
    let Some(table) = root.as_table() else {
        let message = format!("expected a table, found {}", root.describe());
        return Err(Problem::new(root.span, message).into());
    };
    let fields = fields_of::<A>();
    let (mut first, mut second) = (Table::new(), Table::new());
    for (key, entry) in table.iter() {
        let part = if fields.contains(&key) {
            &mut first
        } else {
            &mut second
        };
        part.insert(key, entry.clone());
    }
    let as_node = |table| Node {
        span: root.span,
        value: Value::Table(table),
    };
    let (first, second) = (as_node(first), as_node(second));
    match (read_all::<A>(&first, &[]), read_all::<B>(&second, fields)) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => {
            let problems = [a.err(), b.err()].into_iter().flatten();
            Err(Errors(problems.flat_map(|errors| errors.0).collect()))
        }
    }
}

fn attempt<T: DeserializeOwned>(root: &Node, aside: &[&Node]) -> Result<T, ReadError> {
    T::deserialize(NodeDe { node: root, aside }).map_err(|error| error.inside(root))
}

/// `also` are keys of the root that another type knows.
fn read_all<T: DeserializeOwned>(root: &Node, also: &[&str]) -> Result<T, Errors> {
    let mut aside: Vec<&Node> = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    loop {
        let mut error = match attempt::<T>(root, &aside) {
            Ok(value) if problems.is_empty() => return Ok(value),
            Ok(_) => return Err(Errors(problems)),
            Err(error) => error,
        };
        let path = error.path();
        if path.len() == 1 {
            error.also_expected(also);
        }
        let chain = nodes_along(root, &path);
        let fault = chain.last().copied().unwrap_or(root);
        if !follows_from(&error, fault, &aside) {
            problems.push(error.into_problem());
        }
        let next = chain.into_iter().rev().find(|node| !holds(&aside, node));
        match next {
            Some(node) if problems.len() < MAX_PROBLEMS => aside.push(node),
            _ => return Err(Errors(problems)),
        }
    }
}

/// The parts of `root` on a path, the outermost first, without `root` itself.
fn nodes_along<'a>(root: &'a Node, path: &[Segment]) -> Vec<&'a Node> {
    let mut nodes = Vec::with_capacity(path.len());
    let mut place = root;
    for segment in path {
        let Some(next) = place.step(segment) else {
            break;
        };
        nodes.push(next);
        place = next;
    }
    nodes
}

/// Whether an error about `fault` is only the consequence of a part of it that was set aside.
fn follows_from(error: &ReadError, fault: &Node, aside: &[&Node]) -> bool {
    match (error.kind(), &fault.value) {
        (Kind::Missing(key), Value::Table(table)) => {
            table.get(key).is_some_and(|node| holds(aside, node))
        }
        (Kind::UnknownKey(_), _) => false,
        (_, Value::Table(table)) => table.iter().any(|(_, entry)| holds(aside, &entry.node)),
        (_, Value::Array(items)) => items.iter().any(|item| holds(aside, item)),
        _ => false,
    }
}

/// Whether the very node, and not one like it, is among `nodes`.
fn holds(nodes: &[&Node], node: &Node) -> bool {
    nodes.iter().any(|other| std::ptr::eq(*other, node))
}

/// The keys of the struct `T`, as its deserializer names them; none if it is no struct.
fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    let _ = T::deserialize(Probe(&mut fields));
    fields
}

/// A deserializer that has nothing to give and only notes which keys a struct asks for.
struct Probe<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ReadError> {
        Err(ReadError::new("nothing to read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ReadError> {
        *self.0 = fields;
        Err(ReadError::new("nothing to read"))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// What serde's visitors expect, in the words of TOML.
struct Expected<'a>(&'a dyn serde::de::Expected);

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(match text.as_str() {
            "a map" => "a table",
            "a sequence" => "an array",
            "a boolean" => "`true` or `false`",
            "f32" | "f64" => "a number",
            "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "isize" => {
                "an integer"
            }
            text if text.starts_with("struct ") || text.starts_with("internally tagged enum") => {
                "a table"
            }
            other => other,
        })
    }
}
