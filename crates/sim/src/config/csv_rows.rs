//! Rows of a CSV file as located values.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::parse::not_text;
use super::suggest::nearest;
use super::{Errors, Home, Node, Problem, Sources, Span, Value};

/// A longer CSV file is refused.
pub const MAX_CSV_BYTES: usize = 256 << 20;

/// One row: where it is, and its filled cells by column, in the order of the columns.
#[derive(Clone, Debug)]
pub struct Row {
    /// The whole row.
    pub span: Span,
    /// Column and text of each cell that is not empty.
    pub cells: Vec<(&'static str, Node)>,
}

impl Row {
    /// Takes the cell of a column out.
    pub fn take(&mut self, column: &str) -> Option<Node> {
        let at = self.cells.iter().position(|(name, _)| *name == column)?;
        Some(self.cells.remove(at).1)
    }
}

/// Reads a CSV text whose first row names columns out of `columns`; its text becomes a source. Lines
/// that begin with `#` are comments; empty cells are left out.
///
/// # Errors
/// Bytes that are not text, an unknown or repeated column, a row with another number of cells.
pub(super) fn rows(
    sources: &mut Sources,
    name: String,
    bytes: &[u8],
    home: Home,
    columns: &[&'static str],
) -> Result<Vec<Row>, Errors> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => return Err(not_text(sources, name, bytes, error.valid_up_to(), home)),
    };
    let file = sources.add(name, text, home)?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut header: Option<Vec<&'static str>> = None;
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let at = error.position().map_or(0, csv::Position::byte) as u32;
                let (start, end) = (at, at);
                return Err(Problem::new(Span { file, start, end }, error.to_string()).into());
            }
        }
        let cells = cells(file, text, &record);
        match &header {
            None => header = Some(named(&cells, columns, &mut problems)),
            Some(header) if header.len() == cells.len() => rows.push(row(header, cells)),
            Some(header) => {
                let message = format!("{} cells, but {} columns", cells.len(), header.len());
                problems.push(Problem::new(whole(&cells), message));
            }
        }
        if !problems.is_empty() && rows.is_empty() {
            break;
        }
    }
    if header.is_none() {
        let (start, end) = (0, 0);
        let problem = Problem::new(Span { file, start, end }, "the file is empty");
        problems.push(problem.help(format!(
            "its first row names columns: {}",
            columns.join(", ")
        )));
    }
    if problems.is_empty() {
        Ok(rows)
    } else {
        Err(Errors(problems))
    }
}

/// The cells of a record with their places. A cell is found by its text, from the end of the one
/// before it: for quoted cells with doubled quotes the place is that of the cell before.
fn cells(file: u16, text: &str, record: &StringRecord) -> Vec<(Span, String)> {
    let mut at = record.position().map_or(0, csv::Position::byte) as usize;
    let mut cells = Vec::with_capacity(record.len());
    for cell in record {
        let start = text
            .get(at..)
            .and_then(|rest| rest.find(cell))
            .map_or(at, |found| at + found);
        let end = (start + cell.len()).min(text.len());
        let span = Span {
            file,
            start: start as u32,
            end: end as u32,
        };
        cells.push((span, cell.to_owned()));
        let comma = text.get(end..).and_then(|rest| rest.find(','));
        at = comma.map_or(end, |comma| end + comma + 1);
    }
    cells
}

fn whole(cells: &[(Span, String)]) -> Span {
    match (cells.first(), cells.last()) {
        (Some((first, _)), Some((last, _))) => Span {
            end: last.end,
            ..*first
        },
        _ => Span::NONE,
    }
}

/// The columns that the first row names.
fn named(
    cells: &[(Span, String)],
    columns: &[&'static str],
    problems: &mut Vec<Problem>,
) -> Vec<&'static str> {
    let mut header: Vec<&'static str> = Vec::with_capacity(cells.len());
    for (span, name) in cells {
        match columns.iter().find(|column| *column == name) {
            Some(column) if header.contains(column) => {
                problems.push(Problem::new(*span, format!("column `{name}` stands twice")));
            }
            Some(column) => header.push(column),
            None => {
                let known: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
                let help = match nearest(name, &known) {
                    Some(best) => format!("did you mean `{best}`? columns: {}", columns.join(", ")),
                    None => format!("columns: {}", columns.join(", ")),
                };
                let problem = Problem::new(*span, format!("there is no column `{name}`"));
                problems.push(problem.help(help));
            }
        }
    }
    header
}

fn row(header: &[&'static str], cells: Vec<(Span, String)>) -> Row {
    let span = whole(&cells);
    let filled = header
        .iter()
        .zip(cells)
        .filter(|(_, (_, text))| !text.is_empty());
    let node = |(column, (span, text)): (&&'static str, (Span, String))| {
        let value = Value::String(text);
        (*column, Node { span, value })
    };
    Row {
        span,
        cells: filled.map(node).collect(),
    }
}
