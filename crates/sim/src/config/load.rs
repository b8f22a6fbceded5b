//! From the name of a scenario to its whole tree: files, shipped scenarios, `extends`.

use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use super::csv_rows::rows;
use super::merge::lay_over;
use super::source::{directory, join_names};
use super::suggest::{listed, nearest};
use super::{
    Errors, Home, MAX_CSV_BYTES, MAX_FILE_BYTES, Node, Problem, Row, Sources, Span, parse,
};

/// The longest chain of `extends`.
pub const MAX_EXTENDS: usize = 16;
/// The file a directory stands for.
const SCENARIO_FILE: &str = "scenario.toml";

type Lookup<'a> = dyn Fn(&str) -> Option<(String, String)> + 'a;

/// Where scenarios come from: the disk, and those compiled into the program.
pub struct Loader<'a> {
    shipped: Box<Lookup<'a>>,
    names: Vec<String>,
}

impl std::fmt::Debug for Loader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl<'a> Loader<'a> {
    /// Files and what `shipped` finds: for the name of a scenario (`october_2025`) or a file beside
    /// one (`scenarios/october_2025/scenario.toml`) its name for errors and its text.
    pub fn new(shipped: impl Fn(&str) -> Option<(String, String)> + 'a) -> Self {
        Self {
            shipped: Box::new(shipped),
            names: Vec::new(),
        }
    }

    /// Files alone.
    #[must_use]
    pub fn files_only() -> Self {
        Self::new(|_| None)
    }

    /// With the names of shipped scenarios, for the error about an unknown one.
    #[must_use]
    pub fn names(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Finds what `name` means in a source that lives at `from`. A bare word is a shipped scenario
    /// before it is a directory; a path is a file, or a directory with `scenario.toml`.
    fn find(&self, name: &str, from: &Home) -> Result<Found, Missing> {
        if let Home::Shipped(from) = from {
            let joined = join_names(from, name);
            return self
                .shipped(name)
                .or_else(|| self.shipped(&joined))
                .or_else(|| {
                    self.shipped(joined.strip_suffix("/scenario.toml")?.rsplit('/').next()?)
                })
                .ok_or_else(|| self.unknown(name));
        }
        let is_word = !name.contains(['/', '\\']) && !name.ends_with(".toml");
        if is_word && let Some(found) = self.shipped(name) {
            return Ok(found);
        }
        let mut path = match from {
            Home::Disk(from) => directory(from).join(name),
            Home::Shipped(_) | Home::Text => PathBuf::from(name),
        };
        if path.is_dir() {
            path.push(SCENARIO_FILE);
        } else if is_word && !path.exists() {
            return Err(self.unknown(name));
        }
        read(&path, MAX_FILE_BYTES)
    }

    /// Reads the CSV file that `name` means in the source of `span`; its first row names columns out of
    /// `columns`. `key` is the scenario's key that asks for it.
    ///
    /// # Errors
    /// A file that is missing, longer than [`MAX_CSV_BYTES`] or no table of these columns.
    pub fn rows(
        &self,
        name: &str,
        span: Span,
        key: &str,
        columns: &[&'static str],
        sources: &mut Sources,
    ) -> Result<Vec<Row>, Errors> {
        let found = match sources.relative(span, name) {
            Home::Disk(path) => read(&path, MAX_CSV_BYTES),
            Home::Shipped(shipped) => self.shipped(&shipped).ok_or_else(|| Missing {
                message: format!("no file `{shipped}` is shipped"),
                help: None,
            }),
            Home::Text => read(Path::new(name), MAX_CSV_BYTES),
        };
        let found = found.map_err(|missing| missing.at(span, key))?;
        if found.bytes.len() > MAX_CSV_BYTES {
            let message = format!("`{}` is longer than {MAX_CSV_BYTES} bytes", found.name);
            return Err(Problem::new(span, message).at(key).into());
        }
        rows(sources, found.name, &found.bytes, found.home, columns)
    }

    fn shipped(&self, name: &str) -> Option<Found> {
        let (name, text) = (self.shipped)(name)?;
        Some(Found {
            identity: Home::Shipped(name.clone()),
            home: Home::Shipped(name.clone()),
            name,
            bytes: text.into_bytes(),
        })
    }

    fn unknown(&self, name: &str) -> Missing {
        let help = (!self.names.is_empty()).then(|| {
            let list = format!("shipped scenarios: {}", listed(&self.names));
            match nearest(name, &self.names) {
                Some(best) => format!("did you mean `{best}`? {list}"),
                None => list,
            }
        });
        Missing {
            message: format!("`{name}` is neither a shipped scenario nor a file"),
            help,
        }
    }
}

struct Found {
    name: String,
    identity: Home,
    home: Home,
    bytes: Vec<u8>,
}

struct Missing {
    message: String,
    help: Option<String>,
}

impl Missing {
    fn at(self, span: Span, path: &str) -> Errors {
        let mut problem = Problem::new(span, self.message).at(path);
        problem.help = self.help;
        problem.into()
    }
}

fn read(path: &Path, most: usize) -> Result<Found, Missing> {
    let failed = |error: std::io::Error| Missing {
        message: format!("cannot read `{}`: {error}", shown(path)),
        help: None,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    // One byte more than is accepted: enough to see that a file is too long.
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    Ok(Found {
        name: shown(path),
        identity: Home::Disk(identity),
        home: Home::Disk(path.to_owned()),
        bytes,
    })
}

/// A path for people: `a/../b/c.toml` as `b/c.toml`.
fn shown(path: &Path) -> String {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir
                if matches!(parts.components().next_back(), Some(Component::Normal(_))) =>
            {
                parts.pop();
            }
            Component::CurDir => {}
            part => parts.push(part),
        }
    }
    parts.display().to_string()
}

/// Reads `entry` (a shipped scenario's name, a directory with `scenario.toml`, or a TOML file) and
/// all that it extends, and merges them from the base up. The result has no `scenario.extends`.
///
/// # Errors
/// What [`parse`] reports of the first unreadable file; a missing file, a cycle (with the chain)
/// or more than [`MAX_EXTENDS`] files, at the `extends` that asks for it. All texts read are in
/// `sources` even then, so that the errors can be shown.
pub fn load(entry: &str, loader: &Loader<'_>, sources: &mut Sources) -> Result<Node, Errors> {
    let mut layers = Vec::new();
    let mut chain: Vec<(String, Home)> = Vec::new();
    let mut next = Some((entry.to_owned(), Span::NONE));
    while let Some((name, asked)) = next {
        let from = sources.home(asked.file).cloned().unwrap_or(Home::Text);
        let found = match loader.find(&name, &from) {
            Ok(found) => found,
            Err(missing) if layers.is_empty() => {
                let file = sources.add(name, "", Home::Text)?;
                let (start, end) = (0, 0);
                return Err(missing.at(Span { file, start, end }, ""));
            }
            Err(missing) => return Err(missing.at(asked, "scenario.extends")),
        };
        refuse_cycle(&chain, &found, asked)?;
        chain.push((found.name.clone(), found.identity));
        let mut layer = parse(sources, found.name, &found.bytes, found.home)?;
        next = take_extends(&mut layer)?;
        layers.push(layer);
    }
    let mut layers = layers.into_iter().rev();
    let base = layers.next().ok_or(Errors(Vec::new()))?;
    Ok(layers.fold(base, lay_over))
}

fn refuse_cycle(chain: &[(String, Home)], found: &Found, asked: Span) -> Result<(), Errors> {
    let names = |from: usize| {
        let names = chain[from..].iter().map(|(name, _)| name.as_str());
        let names: Vec<&str> = names.chain([found.name.as_str()]).collect();
        names.join(" -> ")
    };
    let message = if let Some(first) = chain.iter().position(|(_, id)| *id == found.identity) {
        format!("`extends` runs in a circle: {}", names(first))
    } else if chain.len() >= MAX_EXTENDS {
        format!(
            "`extends` reaches through more than {MAX_EXTENDS} files: {}",
            names(0)
        )
    } else {
        return Ok(());
    };
    Err(Problem::new(asked, message).at("scenario.extends").into())
}

/// Takes `[scenario] extends` out of a file.
fn take_extends(layer: &mut Node) -> Result<Option<(String, Span)>, Errors> {
    let scenario = layer
        .as_table_mut()
        .and_then(|root| root.get_mut("scenario"))
        .and_then(Node::as_table_mut);
    let Some(entry) = scenario.and_then(|table| table.remove("extends")) else {
        return Ok(None);
    };
    let span = entry.node.span;
    match entry.node.as_str() {
        Some(name) => Ok(Some((name.to_owned(), span))),
        None => {
            let message = format!("expected a string, found {}", entry.node.describe());
            Err(Problem::new(span, message).at("scenario.extends").into())
        }
    }
}
