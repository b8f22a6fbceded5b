//! The published rules of real venues, as TOML in the keys of a scenario's `[[venues]]`.
//!
//! A profile has a `[venue]` table, tables `[perp]`, `[spot]` and `[future]` for instruments of the
//! kind, and `[tiers]` with margin tiers by base asset (`default` for all others). Beside every
//! number stands its source and a grade: P the venue's own publication, R research, N news,
//! D derived from public data, M remembered and unverified, A assumed here.

/// Every profile: its name and its text.
pub const ALL: [(&str, &str); 6] = [
    ("hyperliquid", include_str!("../profiles/hyperliquid.toml")),
    ("binance", include_str!("../profiles/binance.toml")),
    ("bybit", include_str!("../profiles/bybit.toml")),
    ("dydx", include_str!("../profiles/dydx.toml")),
    ("ccp", include_str!("../profiles/ccp.toml")),
    ("plain", include_str!("../profiles/plain.toml")),
];

/// The text of a profile.
#[must_use]
pub fn text(name: &str) -> Option<&'static str> {
    let found = ALL.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}
