//! How accounts come into being, and what they hold before the first event.

use firesale_types::{AccountId, AssetId, InstrumentId, Price, Qty, Rate, Side, Usd};

use crate::account::{Account, AccountSpec, MarginMode};
use crate::limits::MAX_NOTIONAL;
use crate::tiers::initial_rate;
use crate::{Exchange, InstrumentKind};

/// Why a genesis is impossible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// The account, instrument or asset does not exist here.
    #[error("unknown account, instrument or asset")]
    Unknown,
    /// An amount is not positive, or beyond the range of the ledger.
    #[error("the amount is not positive or out of range")]
    OutOfRange,
    /// Spot instruments have no positions: credit the base asset.
    #[error("a spot instrument has no positions")]
    Spot,
    /// The account has a position in the instrument already.
    #[error("the account has a position there already")]
    Twice,
    /// Isolated margin was given to a cross account, or none to an isolated one.
    #[error("isolated margin belongs to isolated accounts, and is required there")]
    Margin,
    /// Longs and shorts of a perpetual differ.
    #[error("{symbol}: longs hold {long} lots, shorts hold {short}")]
    Unbalanced {
        /// The instrument's symbol.
        symbol: String,
        /// Lots held long.
        long: i128,
        /// Lots held short.
        short: i128,
    },
}

impl Exchange {
    /// Opens an account. Ids are dense, in the order of opening.
    ///
    /// # Panics
    /// If there are 2^32 accounts.
    pub fn open_account(&mut self, spec: AccountSpec) -> AccountId {
        let id = u32::try_from(self.state.accounts.len()).expect("fewer than 2^32 accounts");
        let mut account = Account::new(&spec);
        if self.state.grid.is_none() && account.mode == MarginMode::Portfolio {
            account.mode = MarginMode::Cross;
        }
        self.state.accounts.push(account);
        AccountId(id)
    }

    /// Puts money from outside on an account before the first event: the settlement asset in
    /// micro-USD, any other in millionths of a unit.
    ///
    /// # Errors
    /// [`GenesisError::Unknown`] or [`GenesisError::OutOfRange`].
    pub fn credit(
        &mut self,
        account: AccountId,
        asset: AssetId,
        amount: Usd,
    ) -> Result<(), GenesisError> {
        let known = asset == self.state.config.settlement || self.state.asset(asset).is_some();
        if account.index() >= self.state.accounts.len() || !known {
            return Err(GenesisError::Unknown);
        }
        let done = self.state.try_deposit(account, asset, amount);
        done.ok_or(GenesisError::OutOfRange)
    }

    /// Gives an account a position opened at `entry` before the first event. `qty` is signed, long
    /// positive; in hedge mode its sign names the leg. For an isolated account `isolated_margin` is its margin; it comes from outside
    /// like a credit.
    ///
    /// The other side must be seeded too: [`Self::check_genesis`].
    ///
    /// # Errors
    /// All of [`GenesisError`] but the last.
    pub fn seed_position(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        qty: Qty,
        entry: Price,
        isolated_margin: Option<Usd>,
    ) -> Result<(), GenesisError> {
        let (Some(rules), Some(state)) = (
            self.state.instruments.get_mut(instrument.index()),
            self.state.accounts.get_mut(account.index()),
        ) else {
            return Err(GenesisError::Unknown);
        };
        if rules.kind == InstrumentKind::Spot {
            return Err(GenesisError::Spot);
        }
        let cost = i128::from(entry.0) * i128::from(qty.0) * i128::from(rules.unit);
        let at_mark = i128::from(rules.mark.0) * i128::from(qty.0) * i128::from(rules.unit);
        let dearest = cost.abs().max(at_mark.abs());
        if entry.0 <= 0 || qty.is_zero() || dearest > i128::from(MAX_NOTIONAL.0) {
            return Err(GenesisError::OutOfRange);
        }
        if isolated_margin.is_some() != (state.mode == MarginMode::Isolated) {
            return Err(GenesisError::Margin);
        }
        let margin = isolated_margin.unwrap_or(Usd::ZERO);
        if margin < Usd::ZERO || margin > MAX_NOTIONAL {
            return Err(GenesisError::OutOfRange);
        }
        let key = state.key_for(instrument, Side::of(qty.0), false);
        let position = state.entry(key, rules.funding.index);
        if !position.qty.is_zero() {
            return Err(GenesisError::Twice);
        }
        position.qty = qty;
        position.cost = Usd(cost as i64);
        position.set_aside = margin;
        if let Ok(at) = state.find(key)
            && !state.positions[at].listed
        {
            state.list(at, account, &mut rules.holders);
        }
        rules.open_interest += Qty(qty.0.max(0));
        self.state.external += i128::from(margin.0) - cost;
        self.state.digest.mix_all([
            i64::from(account.0),
            i64::from(instrument.0),
            qty.0,
            entry.0,
        ]);
        self.state.touch(account, true);
        Ok(())
    }

    /// Chooses the leverage at which an account opens positions in an instrument (`Rate::ONE` is
    /// 1x). The tiers' highest leverage applies where it is lower; without a choice it is that.
    ///
    /// # Errors
    /// [`GenesisError::Unknown`], or [`GenesisError::OutOfRange`] below 1x.
    pub fn set_leverage(
        &mut self,
        account: AccountId,
        instrument: InstrumentId,
        leverage: Rate,
    ) -> Result<(), GenesisError> {
        let (Some(rules), Some(state)) = (
            self.state.instruments.get(instrument.index()),
            self.state.accounts.get_mut(account.index()),
        ) else {
            return Err(GenesisError::Unknown);
        };
        if leverage < Rate::ONE {
            return Err(GenesisError::OutOfRange);
        }
        let chosen = initial_rate(leverage).min(Rate::ONE.0) as u32;
        state.choose_initial(instrument, rules, chosen);
        Ok(())
    }

    /// Whether longs hold as much as shorts in every perpetual.
    ///
    /// # Errors
    /// [`GenesisError::Unbalanced`] for the first that is not.
    pub fn check_genesis(&self) -> Result<(), GenesisError> {
        let mut sums = vec![(0_i128, 0_i128); self.books.len()];
        for position in self
            .state
            .accounts
            .iter()
            .flat_map(|account| &account.positions)
        {
            let (long, short) = &mut sums[position.instrument.index()];
            *long += i128::from(position.qty.0.max(0));
            *short -= i128::from(position.qty.0.min(0));
        }
        match sums.iter().position(|(long, short)| long != short) {
            None => Ok(()),
            Some(at) => Err(GenesisError::Unbalanced {
                symbol: self.state.config.instruments[at].symbol.clone(),
                long: sums[at].0,
                short: sums[at].1,
            }),
        }
    }
}
