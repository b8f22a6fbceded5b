//! Reading a run's tables back.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;

use crate::error::RecordError;
use crate::file::read_json;
use crate::names::NameIndex;
use crate::segment::tables;
use crate::writer::{NAMES, TABLES, table_parts};
use crate::{Names, Row};

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 1 << 14;

/// Reads the closed segments of a run; files under temporary names are ignored.
#[derive(Debug)]
pub struct RunReader {
    dir: PathBuf,
    names: Names,
    index: NameIndex,
}

impl RunReader {
    /// Opens the tables of a run's directory.
    ///
    /// # Errors
    /// [`RecordError::NoRun`] if there are no tables, or their names are malformed.
    pub fn open(dir: &Path) -> Result<Self, RecordError> {
        let path = dir.join(TABLES).join(NAMES);
        if !path.is_file() {
            return Err(RecordError::NoRun {
                path: dir.to_owned(),
            });
        }
        let names: Names = read_json(&path)?;
        let index = NameIndex::new(&names);
        Ok(Self {
            dir: dir.to_owned(),
            names,
            index,
        })
    }

    /// The run's directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The names behind the ids of the rows.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Hands every row of a table to `each`, in the order they were written, holding only a part
    /// of one segment in memory.
    ///
    /// # Errors
    /// If a file cannot be read, or a column is missing or of another type.
    pub fn scan<R: Row>(&self, mut each: impl FnMut(R)) -> Result<(), RecordError> {
        for path in table_parts(&self.dir, R::TABLE)? {
            for_each_batch(&path, None, &mut |batch| {
                R::decode(batch, &self.names, &self.index, &mut each).map_err(
                    |(column, problem)| RecordError::Column {
                        path: path.clone(),
                        column: column.to_owned(),
                        problem,
                    },
                )
            })?;
        }
        Ok(())
    }

    /// All rows of a table; none if it has no closed segment.
    ///
    /// # Errors
    /// As [`RunReader::scan`].
    pub fn rows<R: Row>(&self) -> Result<Vec<R>, RecordError> {
        let mut rows = Vec::new();
        self.scan(|row| rows.push(row))?;
        Ok(rows)
    }

    /// A column of numbers: integers are widened, true is 1, null is NaN.
    ///
    /// # Errors
    /// If there is no such table or column, or it holds text.
    pub fn column_f64(&self, table: &str, column: &str) -> Result<Vec<f64>, RecordError> {
        let mut values = Vec::new();
        self.column(table, column, &mut |array| {
            if let Some(floats) = array.as_primitive_opt::<Float64Type>() {
                values.extend(floats.iter().map(|v| v.unwrap_or(f64::NAN)));
            } else if let Some(ints) = array.as_primitive_opt::<Int64Type>() {
                values.extend(ints.iter().map(|v| v.map_or(f64::NAN, |v| v as f64)));
            } else if let Some(bools) = array.as_boolean_opt() {
                let number = |b: bool| f64::from(u8::from(b));
                values.extend(bools.iter().map(|v| v.map_or(f64::NAN, number)));
            } else {
                return Err("holds text");
            }
            Ok(())
        })?;
        Ok(values)
    }

    /// A column of integers.
    ///
    /// # Errors
    /// If there is no such table or column, it holds something else, or a value is null.
    pub fn column_i64(&self, table: &str, column: &str) -> Result<Vec<i64>, RecordError> {
        let mut values = Vec::new();
        self.column(table, column, &mut |array| {
            let ints = array
                .as_primitive_opt::<Int64Type>()
                .ok_or("holds no integers")?;
            if ints.null_count() > 0 {
                return Err("has missing values");
            }
            values.extend_from_slice(ints.values());
            Ok(())
        })?;
        Ok(values)
    }

    /// A column of text; what is missing is empty.
    ///
    /// # Errors
    /// If there is no such table or column, or it holds something else.
    pub fn column_str(&self, table: &str, column: &str) -> Result<Vec<String>, RecordError> {
        let mut values = Vec::new();
        self.column(table, column, &mut |array| {
            let texts = array.as_string_opt::<i32>().ok_or("holds no text")?;
            values.extend(texts.iter().map(|v| v.unwrap_or_default().to_owned()));
            Ok(())
        })?;
        Ok(values)
    }

    /// Smallest and largest value of a column of integers, from the files' statistics alone; none
    /// if the table has no rows. For `time_ns` this is the time that the table covers.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn range_i64(&self, table: &str, column: &str) -> Result<Option<(i64, i64)>, RecordError> {
        let mut range: Option<(i64, i64)> = None;
        for path in table_parts(&self.dir, table)? {
            let file = File::open(&path).map_err(|e| RecordError::io(&path, e))?;
            let reader = SerializedFileReader::new(file).map_err(|e| RecordError::Parquet {
                path: path.clone(),
                problem: e.to_string(),
            })?;
            let groups = reader.metadata().row_groups().iter();
            for chunk in groups.flat_map(|group| group.columns()) {
                let Some(Statistics::Int64(values)) = chunk.statistics() else {
                    continue;
                };
                if chunk.column_path().string() != column {
                    continue;
                }
                if let (Some(&low), Some(&high)) = (values.min_opt(), values.max_opt()) {
                    range = Some(range.map_or((low, high), |(l, h)| (l.min(low), h.max(high))));
                }
            }
        }
        Ok(range)
    }

    fn column(
        &self,
        table: &str,
        column: &str,
        each: &mut dyn FnMut(&ArrayRef) -> Result<(), &'static str>,
    ) -> Result<(), RecordError> {
        let known = tables();
        let Some(info) = known.iter().find(|t| t.name == table) else {
            let known: Vec<&str> = known.iter().map(|t| t.name).collect();
            return Err(RecordError::NoTable {
                table: table.to_owned(),
                known: known.join(", "),
            });
        };
        let error = |path: &Path, problem: &str| RecordError::Column {
            path: path.to_owned(),
            column: column.to_owned(),
            problem: problem.to_owned(),
        };
        if !info.columns.iter().any(|c| c.name == column) {
            return Err(error(
                &self.dir.join(TABLES).join(table),
                "there is no such column",
            ));
        }
        for path in table_parts(&self.dir, table)? {
            for_each_batch(&path, Some(column), &mut |batch| {
                let array = batch.column_by_name(column);
                let array = array.ok_or_else(|| error(&path, "is missing"))?;
                each(array).map_err(|problem| error(&path, problem))
            })?;
        }
        Ok(())
    }
}

/// Reads a file in batches, all columns or one.
fn for_each_batch(
    path: &Path,
    column: Option<&str>,
    each: &mut dyn FnMut(&RecordBatch) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let parquet = |problem: String| RecordError::Parquet {
        path: path.to_owned(),
        problem,
    };
    let file = File::open(path).map_err(|e| RecordError::io(path, e))?;
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(file)
        .map_err(|e| parquet(e.to_string()))?
        .with_batch_size(BATCH_ROWS);
    if let Some(column) = column {
        let mask = ProjectionMask::columns(builder.parquet_schema(), [column]);
        builder = builder.with_projection(mask);
    }
    for batch in builder.build().map_err(|e| parquet(e.to_string()))? {
        each(&batch.map_err(|e| parquet(e.to_string()))?)?;
    }
    Ok(())
}
