//! What a run leaves behind: tables, manifest, summary, digest. The only format charts read.
//!
//! # Model
//!
//! * A run's directory holds `tables/NAME/part-NNNN.parquet`, `manifest.json` and `summary.json`.
//! * A row is a plain struct with small ids ([`TickRow`], [`LiquidationRow`], ...). Its columns,
//!   units and meanings are declared with it; [`tables`] lists them all.
//! * [`RunWriter`] gathers rows and writes closed Parquet segments, in which ids have become
//!   [`Names`]; [`RunReader`] gives back the same rows, or single columns.
//! * [`Digest`] is a rolling hash of events and state, [`Manifest`] says what ran where,
//!   [`Summary`] holds the figures and the verdicts on targets.
//! * [`metrics`] defines those figures that are computed from paths and lists of amounts.
//!
//! **Invariant:** a file under its final name is complete; everything is written under a temporary
//! name, forced to the disk and renamed. **Invariant:** nothing here reads a clock or the
//! environment, and recording never changes a run: no randomness, no feedback.
//!
//! Absent: charts (they read what is written here), markets, agents. Arrow and Parquet types do
//! not appear in the public interface.

mod cell;
mod digest;
mod error;
mod file;
mod manifest;
pub mod metrics;
mod names;
mod reader;
mod rows;
mod segment;
mod summary;
mod table;
mod words;
mod writer;

pub use digest::{Digest, content_hash};
pub use error::RecordError;
pub use file::write_atomic;
pub use manifest::{Exit, Manifest, NewsMark, ReferencePath, platform};
pub use names::{AccountRange, Names, PopulationId, VenueNames};
pub use reader::RunReader;
pub use rows::{
    AccountRow, AdlRow, BadDebtRow, BranchingRow, BreachRow, CascadeRow, CauseRow, ChainRow,
    DeliveryRow, DepthRow, FundingRow, HaltRow, HealthRow, LendingRow, LeverageRow, LiquidationRow,
    LiquidityRow, MarginCallRow, OrderRow, PegRow, PoolRow, PoolTickRow, PopulationRow,
    PositionRow, RedemptionRow, ReserveRow, SeizureRow, StablecoinRow, StopRow, TickRow, TradeRow,
    WaterfallRow, link_key, liquidation_key,
};
pub use segment::tables;
pub use summary::{Summary, TargetResult, TargetRole};
pub use table::{ColumnInfo, ColumnKind, Row, TableInfo};
pub use words::{Factor, Layer, Moment, OrderAction, PositionSide, Reason, Stage};
pub use writer::{RunWriter, WriterOptions, remove_run};
