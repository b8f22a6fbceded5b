//! The charts of a run and its HTML report, drawn from the recorded tables.
//!
//! # Model
//!
//! * [`RunData`] reads a run's tables once and thins every series while it is read: a line has at
//!   most 5,000 points and loses no peak.
//! * A chart is a function from that data to a [`Figure`](figure::Figure): titles, legend, panels,
//!   lines, bars, in the units of the data. [`charts::ALL`] lists them.
//! * One renderer draws any figure on any backend of the drawing library; the house style (sizes,
//!   colours, fonts) is in one file.
//! * [`draw_all`] writes SVG and PNG files, [`write_report`] one HTML page with everything inside.
//!
//! **Invariant:** an empty table, a single row or a missing value gives a chart that says so, never
//! a panic. **Invariant:** the same tables give the same bytes: no clock, no environment, and the
//! fonts are part of the program. A file under its final name is complete.
//!
//! Absent: computing anything that a run did not record; the figures of a run are in its summary.

mod axis;
mod canvas;
pub mod charts;
mod data;
mod draw;
mod error;
pub mod figure;
mod font;
mod format;
mod output;
mod png;
mod render;
mod report;
mod style;

pub use data::{
    Bins, Cell, Chain, Coin, Forced, HealthBand, Issuer, LAYERS, Lender, LentAsset, Market, Place,
    Points, Pool, PoolCoin, Population, Ranges, Reference, RunData, STAGES, Stat, Sums, Tier,
};
pub use draw::{Options, draw_all};
pub use error::PlotError;
pub use format::{Clock, Unit};
pub use output::{svg, write_png, write_svg};
pub use render::{pixel_size, render};
pub use report::write_report;
pub use style::{Color, LineStyle};
