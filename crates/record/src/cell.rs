//! How one field of a row becomes one or two columns of a file, and back.
//!
//! Arrow's types end here: a [`Cell`] knows its builder and its reader, rows only compose cells.

use std::borrow::Cow;

use arrow_array::RecordBatch;
use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use firesale_types::{AccountId, InstrumentId, Side, Usd, VenueId};

use crate::names::{NameIndex, write_number};
use crate::table::{ColumnInfo, ColumnKind};
use crate::words::{Factor, Layer, Moment, OrderAction, PositionSide, Reason, Stage};
use crate::{Names, PopulationId};

/// What the cells of one row share while they are written or read, in the order of its fields: an
/// instrument or an account is numbered within its venue, so the venue's field comes first.
pub(crate) struct Scope<'a> {
    names: &'a Names,
    index: Option<&'a NameIndex>,
    venue: VenueId,
    text: String,
}

impl<'a> Scope<'a> {
    pub(crate) fn writing(names: &'a Names) -> Self {
        Self {
            names,
            index: None,
            venue: VenueId(0),
            text: String::new(),
        }
    }

    pub(crate) fn reading(names: &'a Names, index: &'a NameIndex) -> Self {
        Self {
            names,
            index: Some(index),
            venue: VenueId(0),
            text: String::new(),
        }
    }

    /// The name, or `#7` for an id without one.
    fn named<'s>(&'s mut self, name: Option<&'s str>, id: u16) -> &'s str {
        name.unwrap_or_else(|| {
            self.text.clear();
            write_number(&mut self.text, '#', u32::from(id));
            &self.text
        })
    }
}

/// Why a value could not be read back.
pub(crate) type Problem = String;

/// A field of a row.
pub(crate) trait Cell: Sized {
    /// Collects the values of a segment.
    type Builder;
    /// Gives them back.
    type Column;

    /// The columns that this field becomes.
    fn describe(field: &ColumnInfo, out: &mut Vec<ColumnInfo>);
    /// An empty builder for so many rows.
    fn builder(rows: usize) -> Self::Builder;
    /// Adds one value.
    fn append(&self, builder: &mut Self::Builder, scope: &mut Scope<'_>);
    /// Turns the builder into arrays, one for each column.
    fn finish(builder: Self::Builder, out: &mut Vec<ArrayRef>);
    /// Finds the column in a batch; the problem is without the column's name.
    fn column(batch: &RecordBatch, name: &'static str) -> Result<Self::Column, Problem>;
    /// Reads one value.
    fn read(column: &Self::Column, row: usize, scope: &mut Scope<'_>) -> Result<Self, Problem>;
}

/// The column of that name and type.
fn find<'b, T>(
    batch: &'b RecordBatch,
    name: &str,
    cast: impl Fn(&'b dyn Array) -> Option<&'b T>,
) -> Result<&'b T, Problem> {
    let array = batch.column_by_name(name).ok_or("is missing")?;
    cast(array.as_ref()).ok_or_else(|| format!("has the type {}", array.data_type()))
}

fn single(field: &ColumnInfo, kind: ColumnKind, nullable: bool, out: &mut Vec<ColumnInfo>) {
    out.push(ColumnInfo {
        kind,
        nullable,
        ..field.clone()
    });
}

fn int_at(column: &Int64Array, row: usize) -> Result<i64, Problem> {
    if column.is_null(row) {
        return Err(format!("row {row} is null"));
    }
    Ok(column.value(row))
}

macro_rules! int_cell {
    ($($t:ty),+) => {$(
        impl Cell for $t {
            type Builder = Int64Builder;
            type Column = Int64Array;

            fn describe(field: &ColumnInfo, out: &mut Vec<ColumnInfo>) {
                single(field, ColumnKind::Int, false, out);
            }

            fn builder(rows: usize) -> Int64Builder {
                Int64Builder::with_capacity(rows)
            }

            fn append(&self, builder: &mut Int64Builder, _: &mut Scope<'_>) {
                builder.append_value(i64::from(*self));
            }

            fn finish(mut builder: Int64Builder, out: &mut Vec<ArrayRef>) {
                out.push(std::sync::Arc::new(builder.finish()));
            }

            fn column(batch: &RecordBatch, name: &'static str) -> Result<Int64Array, Problem> {
                find(batch, name, |a| a.as_primitive_opt::<Int64Type>()).cloned()
            }

            fn read(column: &Int64Array, row: usize, _: &mut Scope<'_>) -> Result<Self, Problem> {
                let value = int_at(column, row)?;
                value.try_into().map_err(|_| format!("row {row}: {value} is out of range"))
            }
        }
    )+};
}

int_cell!(i64, u32, u16);

impl Cell for Option<i64> {
    type Builder = Int64Builder;
    type Column = Int64Array;

    fn describe(field: &ColumnInfo, out: &mut Vec<ColumnInfo>) {
        single(field, ColumnKind::Int, true, out);
    }

    fn builder(rows: usize) -> Int64Builder {
        Int64Builder::with_capacity(rows)
    }

    fn append(&self, builder: &mut Int64Builder, _: &mut Scope<'_>) {
        builder.append_option(*self);
    }

    fn finish(builder: Int64Builder, out: &mut Vec<ArrayRef>) {
        <i64 as Cell>::finish(builder, out);
    }

    fn column(batch: &RecordBatch, name: &'static str) -> Result<Int64Array, Problem> {
        <i64 as Cell>::column(batch, name)
    }

    fn read(column: &Int64Array, row: usize, _: &mut Scope<'_>) -> Result<Self, Problem> {
        Ok((!column.is_null(row)).then(|| column.value(row)))
    }
}

/// What is not finite does not exist: null in the file, NaN in memory.
impl Cell for f64 {
    type Builder = Float64Builder;
    type Column = Float64Array;

    fn describe(field: &ColumnInfo, out: &mut Vec<ColumnInfo>) {
        single(field, ColumnKind::Float, true, out);
    }

    fn builder(rows: usize) -> Float64Builder {
        Float64Builder::with_capacity(rows)
    }

    fn append(&self, builder: &mut Float64Builder, _: &mut Scope<'_>) {
        builder.append_option(self.is_finite().then_some(*self));
    }

    fn finish(mut builder: Float64Builder, out: &mut Vec<ArrayRef>) {
        out.push(std::sync::Arc::new(builder.finish()));
    }

    fn column(batch: &RecordBatch, name: &'static str) -> Result<Float64Array, Problem> {
        find(batch, name, |a| a.as_primitive_opt::<Float64Type>()).cloned()
    }

    fn read(column: &Float64Array, row: usize, _: &mut Scope<'_>) -> Result<Self, Problem> {
        Ok(if column.is_null(row) {
            Self::NAN
        } else {
            column.value(row)
        })
    }
}

impl Cell for bool {
    type Builder = BooleanBuilder;
    type Column = BooleanArray;

    fn describe(field: &ColumnInfo, out: &mut Vec<ColumnInfo>) {
        single(field, ColumnKind::Bool, false, out);
    }

    fn builder(rows: usize) -> BooleanBuilder {
        BooleanBuilder::with_capacity(rows)
    }

    fn append(&self, builder: &mut BooleanBuilder, _: &mut Scope<'_>) {
        builder.append_value(*self);
    }

    fn finish(mut builder: BooleanBuilder, out: &mut Vec<ArrayRef>) {
        out.push(std::sync::Arc::new(builder.finish()));
    }

    fn column(batch: &RecordBatch, name: &'static str) -> Result<BooleanArray, Problem> {
        find(batch, name, |a| a.as_boolean_opt()).cloned()
    }

    fn read(column: &BooleanArray, row: usize, _: &mut Scope<'_>) -> Result<Self, Problem> {
        if column.is_null(row) {
            return Err(format!("row {row} is null"));
        }
        Ok(column.value(row))
    }
}

/// Exact money: the field `equity` becomes `equity_usd` for people and `equity_raw` for audits.
impl Cell for Usd {
    type Builder = (Float64Builder, Int64Builder);
    type Column = Int64Array;

    fn describe(field: &ColumnInfo, out: &mut Vec<ColumnInfo>) {
        let column = |ending: &str, kind, unit| ColumnInfo {
            name: format!("{}{ending}", field.name),
            kind,
            unit,
            ..field.clone()
        };
        out.push(column("_usd", ColumnKind::Float, "USD"));
        out.push(column("_raw", ColumnKind::Int, "micro-USD, exact"));
    }

    fn builder(rows: usize) -> Self::Builder {
        (
            Float64Builder::with_capacity(rows),
            Int64Builder::with_capacity(rows),
        )
    }

    fn append(&self, (usd, raw): &mut Self::Builder, _: &mut Scope<'_>) {
        usd.append_value(self.to_f64());
        raw.append_value(self.0);
    }

    fn finish((usd, raw): Self::Builder, out: &mut Vec<ArrayRef>) {
        <f64 as Cell>::finish(usd, out);
        <i64 as Cell>::finish(raw, out);
    }

    fn column(batch: &RecordBatch, name: &'static str) -> Result<Int64Array, Problem> {
        find(batch, &format!("{name}_raw"), |a| {
            a.as_primitive_opt::<Int64Type>()
        })
        .cloned()
    }

    fn read(column: &Int64Array, row: usize, _: &mut Scope<'_>) -> Result<Self, Problem> {
        int_at(column, row).map(Self)
    }
}

/// A field that is text in the file; `None` is null.
pub(crate) trait Text: Sized {
    const NULLABLE: bool = false;
    fn text<'s>(&'s self, scope: &'s mut Scope<'_>) -> Option<&'s str>;
    fn parse(text: Option<&str>, scope: &mut Scope<'_>) -> Option<Self>;
}

impl<T: Text> Cell for T {
    type Builder = StringBuilder;
    type Column = StringArray;

    fn describe(field: &ColumnInfo, out: &mut Vec<ColumnInfo>) {
        single(field, ColumnKind::Text, T::NULLABLE, out);
    }

    fn builder(rows: usize) -> StringBuilder {
        StringBuilder::with_capacity(rows, rows * 8)
    }

    fn append(&self, builder: &mut StringBuilder, scope: &mut Scope<'_>) {
        builder.append_option(self.text(scope));
    }

    fn finish(mut builder: StringBuilder, out: &mut Vec<ArrayRef>) {
        out.push(std::sync::Arc::new(builder.finish()));
    }

    fn column(batch: &RecordBatch, name: &'static str) -> Result<StringArray, Problem> {
        find(batch, name, |a| a.as_string_opt::<i32>()).cloned()
    }

    fn read(column: &StringArray, row: usize, scope: &mut Scope<'_>) -> Result<Self, Problem> {
        let text = (!column.is_null(row)).then(|| column.value(row));
        Self::parse(text, scope)
            .ok_or_else(|| format!("row {row}: `{}` is not known", text.unwrap_or("null")))
    }
}

impl Text for VenueId {
    fn text<'s>(&'s self, scope: &'s mut Scope<'_>) -> Option<&'s str> {
        scope.venue = *self;
        let names = scope.names;
        Some(scope.named(names.venue(*self), self.0))
    }

    fn parse(text: Option<&str>, scope: &mut Scope<'_>) -> Option<Self> {
        scope.venue = scope.index?.venue(text?)?;
        Some(scope.venue)
    }
}

impl Text for InstrumentId {
    fn text<'s>(&'s self, scope: &'s mut Scope<'_>) -> Option<&'s str> {
        let names = scope.names;
        Some(scope.named(names.instrument(scope.venue, *self), self.0))
    }

    fn parse(text: Option<&str>, scope: &mut Scope<'_>) -> Option<Self> {
        scope.index?.instrument(scope.venue, text?)
    }
}

impl Text for PopulationId {
    fn text<'s>(&'s self, scope: &'s mut Scope<'_>) -> Option<&'s str> {
        let names = scope.names;
        Some(scope.named(names.population(*self), self.0))
    }

    fn parse(text: Option<&str>, scope: &mut Scope<'_>) -> Option<Self> {
        scope.index?.population(text?)
    }
}

impl Text for AccountId {
    fn text<'s>(&'s self, scope: &'s mut Scope<'_>) -> Option<&'s str> {
        let names = scope.names;
        names.write_account(scope.venue, *self, &mut scope.text);
        Some(&scope.text)
    }

    fn parse(text: Option<&str>, scope: &mut Scope<'_>) -> Option<Self> {
        scope.index?.account(scope.venue, text?)
    }
}

impl<T: Text> Text for Option<T> {
    const NULLABLE: bool = true;

    fn text<'s>(&'s self, scope: &'s mut Scope<'_>) -> Option<&'s str> {
        self.as_ref().and_then(|inner| inner.text(scope))
    }

    fn parse(text: Option<&str>, scope: &mut Scope<'_>) -> Option<Self> {
        match text {
            None => Some(None),
            Some(_) => T::parse(text, scope).map(Some),
        }
    }
}

impl Text for Cow<'static, str> {
    fn text<'s>(&'s self, _: &'s mut Scope<'_>) -> Option<&'s str> {
        Some(self)
    }

    fn parse(text: Option<&str>, _: &mut Scope<'_>) -> Option<Self> {
        text.map(|t| Cow::Owned(t.to_owned()))
    }
}

impl Text for Side {
    fn text<'s>(&'s self, _: &'s mut Scope<'_>) -> Option<&'s str> {
        Some(match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        })
    }

    fn parse(text: Option<&str>, _: &mut Scope<'_>) -> Option<Self> {
        match text? {
            "buy" => Some(Self::Buy),
            "sell" => Some(Self::Sell),
            _ => None,
        }
    }
}

macro_rules! word_cell {
    ($($t:ty),+) => {$(
        impl Text for $t {
            fn text<'s>(&'s self, _: &'s mut Scope<'_>) -> Option<&'s str> {
                Some(self.name())
            }

            fn parse(text: Option<&str>, _: &mut Scope<'_>) -> Option<Self> {
                Self::parse(text?)
            }
        }
    )+};
}

word_cell!(
    Factor,
    Layer,
    Moment,
    OrderAction,
    PositionSide,
    Reason,
    Stage
);
