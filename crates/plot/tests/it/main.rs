//! Charts and reports of made-up runs.

mod draw;
mod made_up;
