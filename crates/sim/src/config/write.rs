//! From a tree back to text.

use super::Node;

/// The tree as TOML text, which parses to the same tree up to the order of keys: plain values of a
/// table come before its tables. Writing what was read from the result gives the same text again.
///
/// The root is a table, as everything that [`load`](super::load) gives; of any other value there is
/// no document, and the text is empty.
#[must_use]
pub fn to_toml(root: &Node) -> String {
    // The serializer fails only for values that no `Node` holds and for a root that is no table.
    toml::to_string(root).unwrap_or_default()
}
