//! The outcome as text and as JSON.

use std::fmt;

use crate::check::{Report, Row};

/// Reports as a table, one block for each check: `Table(&reports).to_string()`.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a>(pub &'a [Report]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().flat_map(|report| &report.rows);
        let width = names.map(|row| row.name.chars().count()).max().unwrap_or(0);
        for report in self.0 {
            writeln!(f, "{}: {}", report.check, report.source)?;
            writeln!(f, "  {}", report.method)?;
            writeln!(
                f,
                "  {:width$}  {:>12}  {:>12}  {:>12}  verdict",
                "", "published", "ours", "tolerance"
            )?;
            for row in &report.rows {
                write_row(f, row, width)?;
            }
            writeln!(f)?;
        }
        self.write_total(f)
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &Row, width: usize) -> fmt::Result {
    writeln!(
        f,
        "  {:width$}  {:>12}  {:>12}  {:>12}  {}",
        row.name,
        number(row.published),
        number(row.ours),
        row.tolerance.to_string(),
        row.verdict
    )
}

/// Seven significant digits, as the sharpest of the published figures has.
fn number(x: f64) -> String {
    let decimals = match x.abs() {
        x if x < 10.0 => 7,
        x if x < 100.0 => 5,
        _ => 4,
    };
    format!("{x:.decimals$}")
}

impl Table<'_> {
    fn write_total(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.0.iter().flat_map(|report| &report.rows);
        let passed = rows.clone().filter(|row| row.passes()).count();
        writeln!(f, "{passed} of {} rows pass", rows.count())
    }
}

/// Reports as JSON: a list of checks with their rows.
///
/// # Errors
/// A figure that is not a number becomes `null`; nothing else can fail.
pub fn to_json(reports: &[Report]) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(reports)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Tolerance;

    fn reports() -> Vec<Report> {
        let row =
            |name: &str, ours| Row::new(name.to_owned(), 0.5, ours, Tolerance::Absolute(0.001));
        vec![Report {
            check: "one".to_owned(),
            source: "a paper".to_owned(),
            method: "a method".to_owned(),
            rows: vec![row("good", 0.5004), row("bad", 0.502)],
        }]
    }

    #[test]
    fn as_text() {
        let expected = "\
one: a paper
  a method
           published          ours     tolerance  verdict
  good     0.5000000     0.5004000      +/-0.001  pass
  bad      0.5000000     0.5020000      +/-0.001  FAIL

1 of 2 rows pass
";
        assert_eq!(Table(&reports()).to_string(), expected);
    }

    #[test]
    fn as_json() {
        let json = to_json(&reports()).unwrap();
        let back: Vec<Report> = serde_json::from_str(&json).unwrap();
        assert_eq!(back, reports());
        assert!(json.contains("\"verdict\": \"fail\""));
        assert_eq!(to_json(&[]).unwrap(), "[]");
    }
}
