//! The open segment of each table, and the list of all tables.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::Names;
use crate::error::RecordError;
use crate::file::{create_directory, write_atomic};
use crate::rows::{
    AccountRow, AdlRow, BadDebtRow, BranchingRow, BreachRow, CascadeRow, CauseRow, ChainRow,
    DeliveryRow, DepthRow, FundingRow, HaltRow, HealthRow, LendingRow, LeverageRow, LiquidationRow,
    LiquidityRow, MarginCallRow, OrderRow, PegRow, PoolRow, PoolTickRow, PopulationRow,
    PositionRow, RedemptionRow, ReserveRow, SeizureRow, StablecoinRow, StopRow, TickRow, TradeRow,
    WaterfallRow,
};
use crate::table::{ColumnKind, Row, Stored, TableInfo};

/// The rows of one table that are not in a file yet.
pub struct Segment<R> {
    rows: Vec<R>,
    parts: u32,
    wanted: bool,
}

impl<R: Row> Segment<R> {
    fn new(without: &BTreeSet<&'static str>) -> Self {
        Self {
            rows: Vec::new(),
            parts: 0,
            wanted: !without.contains(R::TABLE),
        }
    }

    /// Whether rows of this table are kept.
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, row: R) {
        self.rows.push(row);
    }

    /// Writes the rows as the next part and forgets them; on failure they stay.
    pub(crate) fn close(&mut self, tables: &Path, names: &Names) -> Result<(), RecordError> {
        let path = part_path(&tables.join(R::TABLE), self.parts);
        let info = R::info();
        let bytes = parquet_bytes(&info, R::encode(&self.rows, names)).map_err(|error| {
            RecordError::Parquet {
                path: path.clone(),
                problem: error.to_string(),
            }
        })?;
        create_directory(&tables.join(R::TABLE))?;
        write_atomic(&path, &bytes)?;
        self.parts += 1;
        self.rows.clear();
        Ok(())
    }
}

/// `part-0007.parquet`.
fn part_path(table: &Path, part: u32) -> PathBuf {
    table.join(format!("part-{part:04}.parquet"))
}

/// The closed segments of a table's directory in order; anything else in it is ignored.
pub(crate) fn parts(table: &Path) -> Result<Vec<PathBuf>, RecordError> {
    if !table.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(table).map_err(|e| RecordError::io(table, e))? {
        let entry = entry.map_err(|e| RecordError::io(table, e))?;
        let name = entry.file_name();
        let number = name
            .to_str()
            .and_then(|n| n.strip_prefix("part-")?.strip_suffix(".parquet"))
            .and_then(|n| n.parse::<u32>().ok());
        if let Some(number) = number {
            found.push((number, entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// One row group of Snappy pages. Only text is dictionary-encoded: numbers seldom repeat.
fn parquet_bytes(
    info: &TableInfo,
    arrays: Vec<arrow_array::ArrayRef>,
) -> Result<Vec<u8>, ParquetError> {
    let schema = Arc::new(schema(info));
    let batch = RecordBatch::try_new(schema.clone(), arrays)?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("firesale {}", env!("CARGO_PKG_VERSION")))
        .set_dictionary_enabled(false);
    for column in info.columns.iter().filter(|c| c.kind == ColumnKind::Text) {
        let path = ColumnPath::from(column.name.as_str());
        properties = properties.set_column_dictionary_enabled(path, true);
    }
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties.build()))?;
    writer.write(&batch)?;
    writer.into_inner()
}

fn schema(info: &TableInfo) -> Schema {
    let fields = info.columns.iter().map(|column| {
        let kind = match column.kind {
            ColumnKind::Int => DataType::Int64,
            ColumnKind::Float => DataType::Float64,
            ColumnKind::Bool => DataType::Boolean,
            ColumnKind::Text => DataType::Utf8,
        };
        Field::new(&column.name, kind, column.nullable)
    });
    Schema::new(fields.collect::<Vec<_>>())
}

macro_rules! all_tables {
    ($($field:ident: $row:ty),+ $(,)?) => {
        /// The open segments of all tables.
        pub struct Segments { $( $field: Segment<$row>, )+ }

        $(
            impl Stored for $row {
                #[inline]
                fn segment(segments: &Segments) -> &Segment<Self> {
                    &segments.$field
                }

                #[inline]
                fn segment_mut(segments: &mut Segments) -> &mut Segment<Self> {
                    &mut segments.$field
                }
            }
        )+

        impl Segments {
            /// Of all tables but these, which drop their rows.
            pub(crate) fn new(without: &BTreeSet<&'static str>) -> Self {
                Self { $( $field: Segment::new(without), )+ }
            }

            /// Closes every open segment; with `even_empty` also those of wanted tables that never
            /// had a row, so that each has a file. Tries all and returns the first failure: a
            /// small table may find room where a large one did not.
            pub(crate) fn close_all(
                &mut self,
                tables: &Path,
                names: &Names,
                even_empty: bool,
            ) -> Result<(), RecordError> {
                let mut outcome = Ok(());
                $(
                    let segment = &mut self.$field;
                    let first = even_empty && segment.wanted && segment.parts == 0;
                    if segment.len() > 0 || first {
                        outcome = outcome.and(segment.close(tables, names));
                    }
                )+
                outcome
            }
        }

        /// All tables with their columns: the column dictionary.
        #[must_use]
        pub fn tables() -> Vec<TableInfo> {
            vec![$( <$row>::info(), )+]
        }
    };
}

all_tables! {
    ticks: TickRow,
    trades: TradeRow,
    orders: OrderRow,
    liquidations: LiquidationRow,
    adl: AdlRow,
    breaches: BreachRow,
    causes: CauseRow,
    stops: StopRow,
    cascades: CascadeRow,
    branching: BranchingRow,
    accounts: AccountRow,
    positions: PositionRow,
    margin_calls: MarginCallRow,
    bad_debt: BadDebtRow,
    waterfall: WaterfallRow,
    funding: FundingRow,
    halts: HaltRow,
    deliveries: DeliveryRow,
    depth: DepthRow,
    populations: PopulationRow,
    leverage: LeverageRow,
    pegs: PegRow,
    stablecoins: StablecoinRow,
    reserves: ReserveRow,
    redemptions: RedemptionRow,
    chains: ChainRow,
    pools: PoolRow,
    liquidity: LiquidityRow,
    pool_ticks: PoolTickRow,
    lending: LendingRow,
    health: HealthRow,
    seizures: SeizureRow,
}
