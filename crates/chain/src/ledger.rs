//! Who holds how much of each token.

use firesale_types::TokenUnits;
use serde::{Deserialize, Serialize};

use crate::ChainError;

/// A token of a chain, by its place in the ledger.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct TokenId(pub u16);

/// An address of a chain, by its place in the ledger.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Holder(pub u32);

/// One token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// Its symbol.
    pub symbol: String,
    /// How finely it is counted here and on venues.
    pub units: TokenUnits,
    /// What exists on this chain.
    supply: u128,
    /// By holder.
    balances: Vec<u128>,
}

/// All balances. Tokens appear where they are minted or arrive, vanish where they are burned or leave,
/// and in between only move: the supply of each is the sum of its balances.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    tokens: Vec<Token>,
    holders: u32,
    /// Balances and supplies as they were, while a transaction is executed.
    #[serde(skip)]
    journal: Option<Vec<Entry>>,
}

/// A balance and a supply before a change.
#[derive(Clone, Copy, Debug)]
struct Entry {
    token: TokenId,
    holder: Holder,
    balance: u128,
    supply: u128,
}

impl Ledger {
    /// Adds a token.
    pub fn add_token(&mut self, symbol: impl Into<String>, units: TokenUnits) -> TokenId {
        self.tokens.push(Token {
            symbol: symbol.into(),
            units,
            supply: 0,
            balances: vec![0; self.holders as usize],
        });
        TokenId(self.tokens.len() as u16 - 1)
    }

    /// Adds an address.
    pub fn open(&mut self) -> Holder {
        self.holders += 1;
        for token in &mut self.tokens {
            token.balances.push(0);
        }
        Holder(self.holders - 1)
    }

    /// All tokens in order.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// One token.
    #[must_use]
    pub fn token(&self, token: TokenId) -> &Token {
        &self.tokens[usize::from(token.0)]
    }

    /// What an address holds; nothing, if there is no such address.
    #[inline]
    #[must_use]
    pub fn balance(&self, holder: Holder, token: TokenId) -> u128 {
        let balances = &self.token(token).balances;
        balances.get(holder.0 as usize).copied().unwrap_or(0)
    }

    /// What exists of a token.
    #[must_use]
    pub fn supply(&self, token: TokenId) -> u128 {
        self.token(token).supply
    }

    /// From here on changes can be taken back.
    pub(crate) fn begin(&mut self) {
        self.journal = Some(Vec::new());
    }

    /// The changes since [`Self::begin`] stay.
    pub(crate) fn commit(&mut self) {
        self.journal = None;
    }

    /// The changes since [`Self::begin`] are taken back.
    pub(crate) fn roll_back(&mut self) {
        for entry in self.journal.take().into_iter().flatten().rev() {
            let token = &mut self.tokens[usize::from(entry.token.0)];
            token.balances[entry.holder.0 as usize] = entry.balance;
            token.supply = entry.supply;
        }
    }

    fn note(&mut self, holder: Holder, token: TokenId) {
        let Some(journal) = self.journal.as_mut() else {
            return;
        };
        let state = &self.tokens[usize::from(token.0)];
        journal.push(Entry {
            token,
            holder,
            balance: state.balances[holder.0 as usize],
            supply: state.supply,
        });
    }

    /// Brings tokens into being, or in from outside.
    ///
    /// # Errors
    /// [`ChainError::TooMuch`] if more would exist than can be counted.
    pub fn mint(&mut self, to: Holder, token: TokenId, amount: u128) -> Result<(), ChainError> {
        self.note(to, token);
        let token = &mut self.tokens[usize::from(token.0)];
        token.supply = token
            .supply
            .checked_add(amount)
            .ok_or(ChainError::TooMuch)?;
        // No balance exceeds the supply.
        token.balances[to.0 as usize] += amount;
        Ok(())
    }

    /// Destroys tokens, or sends them outside.
    ///
    /// # Errors
    /// [`ChainError::NotEnough`] if the holder has less.
    pub fn burn(&mut self, from: Holder, token: TokenId, amount: u128) -> Result<(), ChainError> {
        self.note(from, token);
        let token = &mut self.tokens[usize::from(token.0)];
        let balance = &mut token.balances[from.0 as usize];
        *balance = balance.checked_sub(amount).ok_or(ChainError::NotEnough)?;
        token.supply -= amount;
        Ok(())
    }

    /// Moves tokens.
    ///
    /// # Errors
    /// [`ChainError::NotEnough`] if the sender has less.
    pub fn transfer(
        &mut self,
        from: Holder,
        to: Holder,
        token: TokenId,
        amount: u128,
    ) -> Result<(), ChainError> {
        self.note(from, token);
        self.note(to, token);
        let balances = &mut self.tokens[usize::from(token.0)].balances;
        let left = balances[from.0 as usize].checked_sub(amount);
        balances[from.0 as usize] = left.ok_or(ChainError::NotEnough)?;
        balances[to.0 as usize] += amount;
        Ok(())
    }

    /// All balances, by token and holder, for a digest.
    pub fn all(&self) -> impl Iterator<Item = u128> + '_ {
        self.tokens
            .iter()
            .flat_map(|token| token.balances.iter().copied())
    }

    /// Whether the supply of every token is the sum of its balances.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.tokens.iter().all(|token| {
            let sum = token
                .balances
                .iter()
                .try_fold(0_u128, |a, b| a.checked_add(*b));
            sum == Some(token.supply)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_only_move() {
        let mut ledger = Ledger::default();
        let (a, b) = (ledger.open(), ledger.open());
        let token = ledger.add_token("USDC", TokenUnits::SIX);
        ledger.mint(a, token, 100).expect("there is room");
        assert_eq!(
            ledger.transfer(a, b, token, 101),
            Err(ChainError::NotEnough)
        );
        ledger.transfer(a, b, token, 30).expect("a has 100");
        assert_eq!(ledger.transfer(a, a, token, 70), Ok(()));
        assert_eq!(
            (ledger.balance(a, token), ledger.balance(b, token)),
            (70, 30)
        );
        assert_eq!(ledger.burn(b, token, 31), Err(ChainError::NotEnough));
        ledger.burn(b, token, 30).expect("b has 30");
        assert_eq!(ledger.mint(a, token, u128::MAX), Err(ChainError::TooMuch));
        assert_eq!(ledger.supply(token), 70);
        assert!(ledger.adds_up());
    }
}
