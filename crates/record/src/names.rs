//! Names for the small numbers that rows carry in memory.

use std::collections::BTreeMap;
use std::fmt::Write;

use firesale_types::{AccountId, InstrumentId, VenueId};
use serde::{Deserialize, Serialize};

use crate::RecordError;

/// A population of agents, by its place in the scenario.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PopulationId(pub u16);

/// The names behind the ids of a run, given when the writer is created and kept with the tables.
///
/// A row carries ids; the files carry names. An id without a name is written as `#7`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// The venues by [`VenueId`].
    pub venues: Vec<VenueNames>,
    /// The populations by [`PopulationId`].
    pub populations: Vec<String>,
}

/// The names of one venue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VenueNames {
    /// The venue itself.
    pub name: String,
    /// Its instruments by [`InstrumentId`].
    pub instruments: Vec<String>,
    /// Its accounts in ranges of consecutive ids, ascending and without overlap.
    pub accounts: Vec<AccountRange>,
}

/// Accounts with consecutive ids that are named alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRange {
    /// The first id.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// The name of an explicit account, or the name of a population.
    pub name: String,
    /// The number of the first account within its population: accounts are `retail/0`,
    /// `retail/1`, ... Absent for one explicit account, which is its name alone.
    pub number: Option<u32>,
}

impl Names {
    /// Whether every name is unique where it must be, and account ranges ascend.
    ///
    /// # Errors
    /// [`RecordError::Names`] with the first offender.
    pub fn check(&self) -> Result<(), RecordError> {
        unique("venue", self.venues.iter().map(|v| v.name.as_str()))?;
        unique("population", self.populations.iter().map(String::as_str))?;
        for venue in &self.venues {
            unique("instrument", venue.instruments.iter().map(String::as_str))?;
            check_accounts(venue)?;
        }
        Ok(())
    }

    /// The venue's name, if it has one.
    #[must_use]
    pub fn venue(&self, id: VenueId) -> Option<&str> {
        self.venues.get(id.index()).map(|v| v.name.as_str())
    }

    /// The instrument's name, if it has one.
    #[must_use]
    pub fn instrument(&self, venue: VenueId, id: InstrumentId) -> Option<&str> {
        let venue = self.venues.get(venue.index())?;
        venue.instruments.get(id.index()).map(String::as_str)
    }

    /// The population's name, if it has one.
    #[must_use]
    pub fn population(&self, id: PopulationId) -> Option<&str> {
        self.populations.get(usize::from(id.0)).map(String::as_str)
    }

    /// The account's name, or `#7`.
    #[must_use]
    pub fn account(&self, venue: VenueId, id: AccountId) -> String {
        let mut name = String::new();
        self.write_account(venue, id, &mut name);
        name
    }

    pub(crate) fn write_account(&self, venue: VenueId, id: AccountId, out: &mut String) {
        out.clear();
        let range = self.venues.get(venue.index()).and_then(|v| {
            let after = v.accounts.partition_point(|r| r.first <= id.0);
            let range = v.accounts.get(after.checked_sub(1)?)?;
            (id.0 - range.first < range.count).then_some(range)
        });
        match range {
            None => write_number(out, '#', id.0),
            Some(range) => {
                out.push_str(&range.name);
                if let Some(number) = range.number {
                    write_number(out, '/', number + (id.0 - range.first));
                }
            }
        }
    }
}

/// Appends a mark and a number; writing to a string cannot fail.
pub(crate) fn write_number(out: &mut String, mark: char, number: u32) {
    out.push(mark);
    let _ = write!(out, "{number}");
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), RecordError> {
    let mut seen = BTreeMap::new();
    for (place, name) in names.enumerate() {
        if let Some(first) = seen.insert(name, place) {
            return Err(RecordError::Names(format!(
                "{what} `{name}` has the places {first} and {place}"
            )));
        }
    }
    Ok(())
}

fn check_accounts(venue: &VenueNames) -> Result<(), RecordError> {
    let wrong = |why: &str, range: &AccountRange| {
        Err(RecordError::Names(format!(
            "accounts of venue `{}`: range `{}` from {} {why}",
            venue.name, range.name, range.first
        )))
    };
    let mut next = 0u64;
    for range in &venue.accounts {
        if u64::from(range.first) < next {
            return wrong("overlaps the one before it", range);
        }
        next = u64::from(range.first) + u64::from(range.count);
        let last_number = u64::from(range.number.unwrap_or(0)) + u64::from(range.count);
        if next > 1 << 32 || last_number > 1 << 32 {
            return wrong("leaves 32 bits", range);
        }
        if range.number.is_none() && range.count > 1 {
            return wrong("gives one name to several accounts", range);
        }
    }
    let explicit = venue.accounts.iter().filter(|r| r.number.is_none());
    unique("account", explicit.map(|r| r.name.as_str()))
}

/// The way back from names to ids, for readers.
#[derive(Debug, Default)]
pub struct NameIndex {
    venues: BTreeMap<String, VenueId>,
    instruments: Vec<BTreeMap<String, InstrumentId>>,
    populations: BTreeMap<String, PopulationId>,
    accounts: Vec<BTreeMap<String, Vec<AccountRange>>>,
}

impl NameIndex {
    pub(crate) fn new(names: &Names) -> Self {
        let mut index = Self::default();
        for (venue, id) in names.venues.iter().zip(0..) {
            index.venues.insert(venue.name.clone(), VenueId(id));
            let instruments = venue.instruments.iter().cloned();
            index
                .instruments
                .push(instruments.zip((0..).map(InstrumentId)).collect());
            let mut accounts = BTreeMap::<String, Vec<AccountRange>>::new();
            for range in &venue.accounts {
                accounts
                    .entry(range.name.clone())
                    .or_default()
                    .push(range.clone());
            }
            index.accounts.push(accounts);
        }
        let populations = names.populations.iter().cloned();
        index.populations = populations.zip((0..).map(PopulationId)).collect();
        index
    }

    pub(crate) fn venue(&self, name: &str) -> Option<VenueId> {
        let known = self.venues.get(name).copied();
        known.or_else(|| numbered(name).map(VenueId))
    }

    pub(crate) fn instrument(&self, venue: VenueId, name: &str) -> Option<InstrumentId> {
        let known = self.instruments.get(venue.index());
        known
            .and_then(|instruments| instruments.get(name).copied())
            .or_else(|| numbered(name).map(InstrumentId))
    }

    pub(crate) fn population(&self, name: &str) -> Option<PopulationId> {
        let known = self.populations.get(name).copied();
        known.or_else(|| numbered(name).map(PopulationId))
    }

    pub(crate) fn account(&self, venue: VenueId, name: &str) -> Option<AccountId> {
        let ranges = self.accounts.get(venue.index());
        let explicit = |ranges: &BTreeMap<String, Vec<AccountRange>>| {
            let found = ranges.get(name)?.iter().find(|r| r.number.is_none())?;
            Some(AccountId(found.first))
        };
        let member = |ranges: &BTreeMap<String, Vec<AccountRange>>| {
            let (population, number) = name.rsplit_once('/')?;
            let number: u32 = number.parse().ok()?;
            ranges.get(population)?.iter().find_map(|range| {
                let offset = number.checked_sub(range.number?)?;
                (offset < range.count).then(|| AccountId(range.first + offset))
            })
        };
        ranges
            .and_then(|ranges| explicit(ranges).or_else(|| member(ranges)))
            .or_else(|| numbered(name).map(AccountId))
    }
}

fn numbered<T: std::str::FromStr>(name: &str) -> Option<T> {
    name.strip_prefix('#')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u32, count: u32, name: &str, number: Option<u32>) -> AccountRange {
        let name = name.to_owned();
        AccountRange {
            first,
            count,
            name,
            number,
        }
    }

    fn names(accounts: Vec<AccountRange>) -> Names {
        Names {
            venues: vec![VenueNames {
                name: "alpha".into(),
                instruments: vec!["BTC-PERP".into(), "ETH-PERP".into()],
                accounts,
            }],
            populations: vec!["retail".into()],
        }
    }

    #[test]
    fn accounts_have_names_and_back() {
        let names = names(vec![
            range(0, 1, "alice", None),
            range(1, 3, "retail", Some(0)),
            range(10, 5, "retail", Some(3)),
        ]);
        names.check().unwrap();
        let index = NameIndex::new(&names);
        let expected = [
            (0, "alice"),
            (1, "retail/0"),
            (3, "retail/2"),
            (4, "#4"),
            (10, "retail/3"),
            (14, "retail/7"),
            (15, "#15"),
        ];
        for (id, name) in expected {
            assert_eq!(names.account(VenueId(0), AccountId(id)), name);
            assert_eq!(index.account(VenueId(0), name), Some(AccountId(id)));
        }
        assert_eq!(index.account(VenueId(0), "retail/8"), None);
        assert_eq!(names.account(VenueId(9), AccountId(2)), "#2");
        assert_eq!(
            index.instrument(VenueId(0), "ETH-PERP"),
            Some(InstrumentId(1))
        );
        assert_eq!(index.venue("beta"), None);
    }

    #[test]
    fn bad_names_are_refused() {
        let bad = [
            vec![range(0, 3, "a", Some(0)), range(2, 1, "b", None)],
            vec![range(0, 2, "a", None)],
            vec![range(0, 1, "a", None), range(1, 1, "a", None)],
            vec![range(u32::MAX, 2, "a", Some(0))],
            vec![range(0, 2, "a", Some(u32::MAX))],
        ];
        for accounts in bad {
            let shown = format!("{accounts:?}");
            assert!(names(accounts).check().is_err(), "{shown}");
        }
        let mut twice = names(Vec::new());
        twice.venues.push(twice.venues[0].clone());
        assert!(twice.check().unwrap_err().to_string().contains("`alpha`"));
    }
}
