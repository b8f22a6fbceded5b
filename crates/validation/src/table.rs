//! The outcome as text and as JSON.

use std::fmt;

use crate::check::{Report, Row};

/// A report as a table, one line for each row: published, ours, tolerance, verdict.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.rows.iter().map(|row| row.name.chars().count());
        let width = names.max().unwrap_or(0);
        writeln!(f, "{}: {}", self.check, self.source)?;
        writeln!(f, "  {}", self.method)?;
        if self.is_skipped() {
            return writeln!(f, "  skipped: its data are not there");
        }
        writeln!(
            f,
            "  {:width$}  {:>12}  {:>12}  {:>12}  verdict",
            "", "published", "ours", "tolerance"
        )?;
        self.rows
            .iter()
            .try_for_each(|row| write_row(f, row, width))
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
    )?;
    let mut notes = row.notes.iter();
    notes.try_for_each(|note| writeln!(f, "    {note}"))
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

/// How many rows pass, which do not, and which checks were skipped: the last lines below the tables.
#[must_use]
pub fn total(reports: &[Report]) -> String {
    let rows = || {
        reports
            .iter()
            .flat_map(|report| report.rows.iter().map(move |row| (report, row)))
    };
    let failed: Vec<String> = rows()
        .filter(|(_, row)| !row.passes())
        .map(|(report, row)| format!("FAIL  {}: {}\n", report.check, row.name))
        .collect();
    let all = rows().count();
    let skipped: Vec<&str> = reports
        .iter()
        .filter(|report| report.is_skipped())
        .map(|report| report.check.as_str())
        .collect();
    let skipped = match skipped[..] {
        [] => String::new(),
        _ => format!(
            "skipped, their data are not there: {}\n",
            skipped.join(", ")
        ),
    };
    format!(
        "{}{skipped}{} of {all} rows pass\n",
        failed.concat(),
        all - failed.len()
    )
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
";
        assert_eq!(reports()[0].to_string(), expected);
        assert_eq!(total(&reports()), "FAIL  one: bad\n1 of 2 rows pass\n");
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
