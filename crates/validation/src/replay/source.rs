//! Reading lines of comma-separated fields, compressed or not, with their line numbers.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use csv::StringRecord;
use flate2::read::MultiGzDecoder;

use crate::replay::ReplayError;

/// A file of fields, read line by line.
pub(crate) struct Source {
    file: PathBuf,
    reader: csv::Reader<Box<dyn Read>>,
    record: StringRecord,
}

/// One line.
pub(crate) struct Line<'a> {
    file: &'a Path,
    record: &'a StringRecord,
    pub(crate) number: u64,
}

impl Source {
    /// Opens a file; `.gz` and `.xz` are unpacked, the first while reading, the second at once (its
    /// decoder has no streaming form). With a `header` the first line must begin with those names.
    pub(crate) fn open(file: &Path, header: &[&str]) -> Result<Self, ReplayError> {
        let reader = unpacked(file).map_err(|source| ReplayError::Io {
            file: file.to_owned(),
            source,
        })?;
        let mut source = Self {
            file: file.to_owned(),
            reader: csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .trim(csv::Trim::All)
                .from_reader(reader),
            record: StringRecord::new(),
        };
        if !header.is_empty() {
            source.check_header(header)?;
        }
        Ok(source)
    }

    fn check_header(&mut self, expected: &[&str]) -> Result<(), ReplayError> {
        let found = match self.next()? {
            Some(line) => line.record.iter().take(expected.len()).collect::<Vec<_>>() == expected,
            None => false,
        };
        if found {
            return Ok(());
        }
        let what = format!("the first line is not the header {}", expected.join(","));
        Err(ReplayError::row(&self.file, 1, what))
    }

    /// The next line, if there is one.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, ReplayError> {
        let at = self.reader.position().line();
        match self.reader.read_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let number = self.record.position().map_or(at, csv::Position::line);
                Ok(Some(Line {
                    file: &self.file,
                    record: &self.record,
                    number,
                }))
            }
            Err(error) => Err(self.broken(error, at)),
        }
    }

    fn broken(&self, error: csv::Error, at: u64) -> ReplayError {
        let line = error.position().map_or(at, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(source) => ReplayError::Io {
                file: self.file.clone(),
                source,
            },
            csv::ErrorKind::Utf8 { .. } => ReplayError::row(&self.file, line, "not text"),
            other => ReplayError::row(&self.file, line, format!("{other:?}")),
        }
    }
}

fn unpacked(file: &Path) -> std::io::Result<Box<dyn Read>> {
    let reader = BufReader::new(File::open(file)?);
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => Ok(Box::new(MultiGzDecoder::new(reader))),
        Some("xz") => {
            let mut reader = reader;
            let mut text = Vec::new();
            lzma_rs::xz_decompress(&mut reader, &mut text).map_err(|error| {
                std::io::Error::new(std::io::ErrorKind::InvalidData, format!("{error:?}"))
            })?;
            Ok(Box::new(Cursor::new(text)))
        }
        _ => Ok(Box::new(reader)),
    }
}

impl Line<'_> {
    /// An error that names this line.
    pub(crate) fn error(&self, what: impl Into<String>) -> ReplayError {
        ReplayError::row(self.file, self.number, what)
    }

    /// Refuses lines with another number of fields.
    pub(crate) fn expect_fields(&self, expected: usize) -> Result<(), ReplayError> {
        match self.len() {
            n if n == expected => Ok(()),
            n => Err(self.error(format!("{n} fields where {expected} are expected"))),
        }
    }

    /// How many fields it has.
    pub(crate) fn len(&self) -> usize {
        self.record.len()
    }

    /// A field, which must be there.
    pub(crate) fn text(&self, at: usize, name: &str) -> Result<&str, ReplayError> {
        self.record
            .get(at)
            .ok_or_else(|| self.error(format!("there is no field for the {name}")))
    }

    /// An integer.
    pub(crate) fn integer<T: std::str::FromStr>(
        &self,
        at: usize,
        name: &str,
    ) -> Result<T, ReplayError> {
        let text = self.text(at, name)?;
        text.parse().map_err(|_| {
            self.error(format!(
                "the {name} {text:?} is not a whole number in range"
            ))
        })
    }

    /// Refuses what is not a number.
    pub(crate) fn expect_number(&self, at: usize, name: &str) -> Result<(), ReplayError> {
        let text = self.text(at, name)?;
        match text.parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(()),
            _ => Err(self.error(format!("the {name} {text:?} is not a number"))),
        }
    }

    /// A decimal number in units of 10^-`decimals`, exactly.
    pub(crate) fn decimal(
        &self,
        at: usize,
        name: &str,
        decimals: usize,
    ) -> Result<i64, ReplayError> {
        let text = self.text(at, name)?;
        scaled(text, decimals).ok_or_else(|| {
            let what = format!("the {name} {text:?} is not a number with {decimals} decimals");
            self.error(what)
        })
    }
}

/// A plain decimal number, or one with an exponent, in units of 10^-`decimals`; `None` if it is
/// not one, does not fit, or has digits below the unit.
fn scaled(text: &str, decimals: usize) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, i64::from(exponent.parse::<i32>().ok()?)),
        None => (text, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = whole.bytes().chain(fraction.bytes());
    if whole.is_empty() && fraction.is_empty() || !digits.clone().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value = digits.clone().try_fold(0_i128, |value, digit| {
        value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))
    })?;
    let shift = i64::try_from(decimals).ok()? + exponent - i64::try_from(fraction.len()).ok()?;
    for _ in 0..shift.clamp(-60, 60).abs() {
        if shift > 0 {
            value = value.checked_mul(10)?;
        } else if value % 10 == 0 {
            value /= 10;
        } else {
            return None;
        }
    }
    i64::try_from(sign * value).ok()
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(scaled("78319.0", 2), Some(7_831_900));
        assert_eq!(scaled("0.12345678", 8), Some(12_345_678));
        assert_eq!(scaled("6.377e-05", 8), Some(6_377));
        assert_eq!(scaled("1e-8", 8), Some(1));
        assert_eq!(scaled("3E2", 0), Some(300));
        assert_eq!(scaled("-1.5", 1), Some(-15));
        assert_eq!(scaled(".5", 1), Some(5));
        assert_eq!(scaled("1e2147483647", 8), None);
        assert_eq!(scaled("1e-2147483648", 8), None);
        assert_eq!(scaled("1.230000", 2), Some(123));
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in [
            "", "-", ".", "1.2.3", "1,2", "x", "1e", "1e-9", "0x10", "inf", "+1",
        ] {
            assert_eq!(scaled(text, 8), None, "{text}");
        }
        assert_eq!(scaled("1.234", 2), None);
        assert_eq!(scaled("99999999999999999999", 0), None);
        assert_eq!(scaled("1e99", 0), None);
    }
}
