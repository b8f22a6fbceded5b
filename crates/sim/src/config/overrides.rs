//! `--set dotted.key=value`.

use std::collections::BTreeSet;

use super::node::{abridged, quoted};
use super::parse::parse_value;
use super::suggest::{listed, nearest};
use super::{Entry, Errors, Home, Node, Problem, Segment, Sources, Span, Table, Value, path_text};

/// Keys with a short form, and the key of the long form that it stands for: `adl = "queue"` is
/// `adl = { rule = "queue" }`.
const LONG_FORMS: [(&str, &str); 3] = [("adl", "rule"), ("insurance", "capital"), ("mark", "rule")];

/// The most segments of a key.
const MAX_SEGMENTS: usize = 16;

/// Applies one override. Before the first `=` stands a path of keys; a segment that meets an array
/// is the `name`, `symbol` or `id` of an element, `SYMBOL@VENUE`, or else a position from 0.
/// Segments with dots are quoted. After it stands a TOML value; what is not one, and does not begin
/// like an array, a table or a quoted string, is a string as it stands (`agents.retail.equity=1.5M`).
/// Missing tables are made; a value that is there is replaced as a whole. A part of `adl`, `insurance`
/// or `mark` in its short form is set beside what the short form says.
///
/// # Errors
/// A malformed key or value, an element that is not there (with the names of those that are), a
/// segment below a plain value. The text of the override is in `sources` even then.
pub fn set(root: &mut Node, sources: &mut Sources, text: &str) -> Result<(), Errors> {
    let file = sources.add(format!("--set {}", abridged(text)), text, Home::Text)?;
    let over = Override { file };
    let (path, value_start) = over.path(text)?;
    let keys: Vec<&str> = path.iter().map(|p| p.text.as_str()).collect();
    if keys == ["scenario", "extends"] {
        let message = "what a scenario extends cannot be changed by an override";
        return Err(over
            .problem(path[1].span, "scenario.extends", message)
            .into());
    }
    let value = over.value(text, value_start, path.len())?;
    over.put(root, &path, value)
}

/// One segment of the path of an override.
struct Step {
    text: String,
    span: Span,
}

struct Override {
    file: u16,
}

impl Override {
    fn problem(&self, span: Span, path: &str, message: impl Into<String>) -> Problem {
        Problem::new(span, message).at(path)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span {
            file: self.file,
            start: start as u32,
            end: end as u32,
        }
    }

    /// The segments before `=`, and where the value begins.
    fn path(&self, text: &str) -> Result<(Vec<Step>, usize), Errors> {
        let mut steps = Vec::new();
        let mut at = 0;
        loop {
            let (step, end) = self.segment(text, at)?;
            steps.push(step);
            if steps.len() > MAX_SEGMENTS {
                let message = format!("a key has at most {MAX_SEGMENTS} segments");
                return Err(self.problem(self.span(0, end), "", message).into());
            }
            match text.as_bytes().get(end) {
                Some(b'.') => at = end + 1,
                Some(b'=') => return Ok((steps, end + 1)),
                _ => {
                    return Err(self
                        .problem(self.span(end, text.len()), "", "expected `.` or `=`")
                        .help("an override is KEY=VALUE, for example clock.tick=50ms")
                        .into());
                }
            }
        }
    }

    /// The segment that begins at `at`, and where it ends.
    fn segment(&self, text: &str, at: usize) -> Result<(Step, usize), Errors> {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        let start = at + blank;
        let rest = &text[start..];
        let (word, end) = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let Some(length) = rest[1..].find(quote) else {
                    let message = "the quoted key has no end";
                    return Err(self
                        .problem(self.span(start, text.len()), "", message)
                        .into());
                };
                let end = start + length + 2;
                let after = &text[end..];
                let blank = after.len() - after.trim_start().len();
                (&rest[1..=length], end + blank)
            }
            _ => {
                let length = rest.find(['.', '=']).unwrap_or(rest.len());
                (rest[..length].trim_end(), start + length)
            }
        };
        if word.is_empty() && !rest.starts_with(['"', '\'']) {
            return Err(self
                .problem(self.span(start, end), "", "an empty key")
                .help("an override is KEY=VALUE, for example clock.tick=50ms")
                .into());
        }
        let step = Step {
            text: word.to_owned(),
            span: self.span(start, end),
        };
        Ok((step, end))
    }

    fn value(&self, text: &str, start: usize, depth: usize) -> Result<Node, Errors> {
        let raw = text[start..].trim_end();
        let start = start + raw.len() - raw.trim_start().len();
        let raw = raw.trim_start();
        let parsed = parse_value(self.file, start, raw, depth);
        match parsed {
            Err(_) if !raw.is_empty() && !raw.starts_with(['[', '{', '"', '\'']) => Ok(Node {
                span: self.span(start, start + raw.len()),
                value: Value::String(raw.to_owned()),
            }),
            Err(_) if raw.is_empty() => {
                let message = "a value is missing after `=`";
                Err(self.problem(self.span(start, start), "", message).into())
            }
            parsed => parsed,
        }
    }

    fn put(&self, root: &mut Node, path: &[Step], value: Node) -> Result<(), Errors> {
        let mut place = root;
        let mut trail: Vec<Segment> = Vec::new();
        let Some((last, inner)) = path.split_last() else {
            return Ok(());
        };
        for step in inner {
            let segment = self.resolve(place, step, &trail)?;
            trail.push(segment.clone());
            place = self.enter(place, segment, step)?;
            lengthen(place, &step.text);
        }
        match self.resolve(place, last, &trail)? {
            Segment::Index(index) => {
                if let Value::Array(items) = &mut place.value {
                    items[index] = value;
                }
            }
            Segment::Key(key) => {
                if let Value::Table(table) = &mut place.value {
                    let entry = Entry {
                        key_span: last.span,
                        node: value,
                    };
                    table.insert(key, entry);
                }
            }
        }
        Ok(())
    }

    /// What a segment means at `place`: always a key of a table or a valid position of an array.
    fn resolve(&self, place: &Node, step: &Step, trail: &[Segment]) -> Result<Segment, Errors> {
        match &place.value {
            Value::Table(_) => Ok(Segment::Key(step.text.clone())),
            Value::Array(items) => self.element(items, step, trail).map(Segment::Index),
            _ => {
                let path = path_text(trail);
                let message = format!("`{path}` is {}, it has no parts", place.describe());
                let whole = format!("replace it as a whole: {path}={{ {} = ... }}", step.text);
                Err(self.problem(step.span, &path, message).help(whole).into())
            }
        }
    }

    fn element(&self, items: &[Node], step: &Step, trail: &[Segment]) -> Result<usize, Errors> {
        let path = path_text(trail);
        let word = &step.text;
        let named: Vec<usize> = (0..items.len())
            .filter(|i| names_of(&items[*i]).contains(word))
            .collect();
        match named[..] {
            [index] => return Ok(index),
            [] => {}
            _ => {
                let places = distinct(items, &named);
                let places: Vec<String> = places.iter().map(|p| format!("{path}.{p}")).collect();
                let message = format!("{} elements are called {}", named.len(), quoted(word));
                return Err(self
                    .problem(step.span, &path, message)
                    .help(format!("write one of {}", listed(&places)))
                    .into());
            }
        }
        match word.parse::<usize>() {
            Ok(index) if index < items.len() => Ok(index),
            _ => Err(self.unknown_element(items, step, &path).into()),
        }
    }

    fn unknown_element(&self, items: &[Node], step: &Step, path: &str) -> Problem {
        let message = format!("`{path}` has no element {}", quoted(&step.text));
        let problem = self.problem(step.span, path, message);
        let names: Vec<String> = items
            .iter()
            .filter_map(|item| names_of(item).into_iter().next_back())
            .collect();
        let count = items.len();
        if names.is_empty() {
            return problem.help(match count {
                0 => "it is empty".to_owned(),
                _ => format!("its positions are 0 to {}", count - 1),
            });
        }
        let list = format!("its elements: {}", listed(&names));
        problem.help(match nearest(&step.text, &names) {
            Some(best) => format!("did you mean `{best}`? {list}"),
            None => list,
        })
    }

    /// The part of `place` at a resolved segment; a table that is not there is made.
    fn enter<'a>(
        &self,
        place: &'a mut Node,
        segment: Segment,
        step: &Step,
    ) -> Result<&'a mut Node, Errors> {
        let part = match (&mut place.value, segment) {
            (Value::Array(items), Segment::Index(index)) => items.get_mut(index),
            (Value::Table(table), Segment::Key(key)) => {
                if table.get(&key).is_none() {
                    let node = Node {
                        span: step.span,
                        value: Value::Table(Table::new()),
                    };
                    let key_span = step.span;
                    table.insert(key.clone(), Entry { key_span, node });
                }
                table.get_mut(&key)
            }
            _ => None,
        };
        part.ok_or_else(|| self.problem(step.span, "", "no such part").into())
    }
}

/// Writes a short form as the long one.
fn lengthen(place: &mut Node, key: &str) {
    let Some((_, long)) = LONG_FORMS.iter().find(|(short, _)| *short == key) else {
        return;
    };
    if matches!(place.value, Value::Table(_) | Value::Array(_)) {
        return;
    }
    let span = place.span;
    let node = std::mem::replace(
        place,
        Node {
            span,
            value: Value::Table(Table::new()),
        },
    );
    let key_span = span;
    if let Some(table) = place.as_table_mut() {
        table.insert(*long, Entry { key_span, node });
    }
}

/// Names that tell the elements at some positions apart: their fullest names if those differ, or else
/// the positions.
fn distinct(items: &[Node], positions: &[usize]) -> Vec<String> {
    let fullest = |index: &usize| names_of(&items[*index]).pop().unwrap_or_default();
    let names: Vec<String> = positions.iter().map(fullest).collect();
    let unique: BTreeSet<&String> = names.iter().collect();
    if unique.len() == names.len() {
        names
    } else {
        positions.iter().map(usize::to_string).collect()
    }
}

/// What an element of an array may be called, the fullest name last.
fn names_of(item: &Node) -> Vec<String> {
    let text = |key: &str| {
        item.get(key).and_then(|node| match &node.value {
            Value::String(text) => Some(text.clone()),
            Value::Integer(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let mut names: Vec<String> = ["id", "name", "symbol"]
        .into_iter()
        .filter_map(text)
        .collect();
    if let (Some(symbol), Some(venue)) = (text("symbol"), text("venue")) {
        names.push(format!("{symbol}@{venue}"));
    }
    names
}
