//! wip
mod axis;
mod canvas;
mod error;
mod figure;
mod font;
mod format;
mod output;
mod png;
mod render;
mod style;
pub use error::PlotError;
