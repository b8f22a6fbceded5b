//! Charts and reports of made-up runs.

mod degenerate;
mod draw;
mod made_up;
mod report;
mod svg;
