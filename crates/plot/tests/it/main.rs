//! Charts and reports of made-up runs.

mod chain;
mod degenerate;
mod draw;
mod made_up;
mod made_up_chain;
mod report;
mod svg;
