//! Named things in the order in which their rows first name them.

use std::collections::BTreeMap;

/// A small map that remembers its order.
#[derive(Clone, Debug)]
pub(crate) struct Ordered<T> {
    places: BTreeMap<String, usize>,
    items: Vec<(String, T)>,
}

impl<T> Ordered<T> {
    pub(crate) const fn new() -> Self {
        Self {
            places: BTreeMap::new(),
            items: Vec::new(),
        }
    }

    /// The thing of this name; made if it is new.
    pub(crate) fn entry(&mut self, name: &str, new: impl FnOnce() -> T) -> &mut T {
        let place = if let Some(&place) = self.places.get(name) {
            place
        } else {
            let place = self.items.len();
            self.places.insert(name.to_owned(), place);
            self.items.push((name.to_owned(), new()));
            place
        };
        &mut self.items[place].1
    }

    /// The thing of this name, if there is one.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        let place = *self.places.get(name)?;
        Some(&mut self.items[place].1)
    }

    /// All of them with their names, the first that was named first.
    pub(crate) fn into_vec(self) -> Vec<(String, T)> {
        self.items
    }
}
