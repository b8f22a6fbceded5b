//! The front end of scenario files: from bytes to located values, and from values to types.
//!
//! # Model
//!
//! * What a file *says* is a tree of [`Node`]s: every value and every key knows the [`Span`] of
//!   text it came from. [`parse`] reports all syntax errors of a file, not the first.
//! * [`load`] follows `[scenario] extends` to the root of the chain and merges from there: tables
//!   by key, populations by name, other arrays replaced.
//! * [`Loader::rows`] reads a CSV file that a scenario names, as located values of named columns.
//! * [`set`] applies one `--set dotted.key=value`; the text of the override is a source like a
//!   file, so that later errors point into it.
//! * What the tree *means* is any serde type: [`from_node`] puts the innermost span and the path of
//!   keys on an error, [`from_node_all`] goes on after an error and reports them all,
//!   [`from_node_split`] reads one table as two types.
//! * Checks that need several values at once use [`Spanned`] fields and [`Problem::new`].
//!   [`Errors::render`] shows the lines, [`Problem::one_line`] is for other programs.
//! * [`to_toml`] writes the resolved tree as text that parses to the same tree.
//!
//! **Invariants:** no input makes this module panic or recurse deeper than [`MAX_DEPTH`] levels of
//! nesting; tables keep the order of their keys; nothing here reads a clock or the environment.
//! It knows no key of a scenario but `scenario.extends`, `kind`, `agents` and the names of elements
//! (`name`, `symbol`, `id`, `venue`); what the keys mean is decided by the types read from the tree.

mod csv_rows;
mod load;
mod merge;
mod node;
mod node_serde;
mod overrides;
mod parse;
mod plain_or;
mod problem;
mod read;
mod render;
mod source;
mod spanned;
mod suggest;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub use csv_rows::{MAX_CSV_BYTES, Row};
pub use load::{Loader, MAX_EXTENDS, load};
pub(crate) use merge::merged;
pub use node::{Entry, Node, Segment, Table, Value, path_text};
pub use overrides::set;
pub use parse::{MAX_DEPTH, MAX_FILE_BYTES, parse};
pub use plain_or::PlainOr;
pub use problem::{Errors, Problem};
pub use read::{from_node, from_node_all, from_node_split};
pub use source::{Home, Location, Sources, Span};
pub use spanned::Spanned;
pub(crate) use suggest::advice;
pub use value::{Decimal, DurationText, Moment, Money, Ratio, SignedMoney, UtcTime, ValueError};
pub use write::to_toml;
