//! From a tree back to text.

use super::{Errors, Node, Problem, Span};

/// The tree as TOML text, which parses to the same tree up to the order of keys: plain values of a
/// table come before its tables. Writing what was read from the result gives the same text again.
///
/// # Errors
/// If `root` is not a table.
pub fn to_toml(root: &Node) -> Result<String, Errors> {
    if root.as_table().is_none() {
        let message = format!("{} is not a TOML document", root.describe());
        return Err(Problem::new(root.span, message).into());
    }
    toml::to_string(root).map_err(|error| Problem::new(Span::NONE, error.to_string()).into())
}
