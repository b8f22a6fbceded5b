//! Accounts: balances, positions, and the slots in which their orders live.

use firesale_matching::OrderHandle;
use firesale_types::{AccountId, AssetId, InstrumentId, OrderId, Price, Qty, Side, SimTime, Usd};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::leg::{Leg, PositionKey, PositionMode};

/// What an account puts at risk for its positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarginMode {
    /// Everything: all positions share the cash and the collateral of the account.
    #[default]
    Cross,
    /// Each position only its own margin, set aside when it opens.
    Isolated,
    /// Everything, like [`Self::Cross`], but what it needs is the worst loss of all positions
    /// together over the venue's scenario grid ([`crate::PortfolioMargin`]). The tiers bound the
    /// notional, and a chosen leverage does not matter. At a venue without a grid it is
    /// [`Self::Cross`].
    Portfolio,
}

impl MarginMode {
    /// Whether each position stands on its own margin.
    #[must_use]
    pub const fn is_isolated(self) -> bool {
        matches!(self, Self::Isolated)
    }
}

/// How an account is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSpec {
    /// How many equal real accounts it stands for; at least 1. Margin tiers and the threshold of
    /// partial liquidation apply to its notional over this number.
    pub weight: u32,
    /// Its margin mode.
    pub margin_mode: MarginMode,
    /// Whether it holds one position in an instrument, or a long and a short one.
    pub position_mode: PositionMode,
    /// How many orders it may have open at a time.
    pub max_slots: u16,
}

impl Default for AccountSpec {
    fn default() -> Self {
        Self {
            weight: 1,
            margin_mode: MarginMode::Cross,
            position_mode: PositionMode::OneWay,
            max_slots: 16,
        }
    }
}

/// No trigger is registered: below every key.
pub(crate) const UNWATCHED: i64 = i64::MIN;

/// No liquidation is under way.
pub(crate) const NO_LIQUIDATION: u32 = u32::MAX;

/// The slot number of the orders that the venue sends for an account it liquidates.
pub(crate) const LIQUIDATION_SLOT: u16 = u16::MAX;

/// How a margin unit stands: a cross account, or one isolated position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Health {
    /// The liquidation under way, or [`NO_LIQUIDATION`].
    pub(crate) liquidation: u32,
    /// Whether a margin call has been sent since the owner last restored the margin.
    pub(crate) called: bool,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            liquidation: NO_LIQUIDATION,
            called: false,
        }
    }
}

impl Health {
    #[inline]
    pub(crate) fn in_liquidation(self) -> bool {
        self.liquidation != NO_LIQUIDATION
    }
}

/// All an account has to do with one leg of an instrument: the position, and the open orders that
/// would open it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Lots held; long positive. Always zero in spot instruments.
    pub(crate) qty: Qty,
    /// What the position cost: the sum of price * quantity * unit, signed as the quantity.
    pub(crate) cost: Usd,
    /// Money set aside from the cash: the margin of an isolated position, or what open spot buys
    /// have reserved.
    pub(crate) set_aside: Usd,
    /// The cumulative funding index up to which funding is settled.
    pub(crate) funding: i64,
    /// Lots of resting orders by side, reduce-only orders not counted.
    pub(crate) open: [Qty; 2],
    /// Registered mark triggers by [`crate::triggers::Direction`], as keys.
    pub(crate) mark_watch: [i64; 2],
    /// Registered triggers on the cumulative funding index, likewise.
    pub(crate) funding_watch: [i64; 2],
    /// Initial margin chosen by the account, in billionths; 0 is the least the tiers allow.
    pub(crate) chosen_initial: u32,
    pub(crate) instrument: InstrumentId,
    /// Whether the account stands in the instrument's list of holders, for this leg or another.
    pub(crate) listed: bool,
    pub(crate) leg: Leg,
    /// The state of an isolated position.
    pub(crate) health: Health,
}

impl Position {
    pub(crate) fn new(key: impl Into<PositionKey>, funding: i64) -> Self {
        let PositionKey { instrument, leg } = key.into();
        Self {
            qty: Qty::ZERO,
            cost: Usd::ZERO,
            set_aside: Usd::ZERO,
            funding,
            open: [Qty::ZERO; 2],
            mark_watch: [UNWATCHED; 2],
            funding_watch: [UNWATCHED; 2],
            chosen_initial: 0,
            instrument,
            listed: false,
            leg,
            health: Health::default(),
        }
    }

    /// The largest position, either way, that fills of the open orders can lead to.
    #[inline]
    pub(crate) fn worst(&self) -> Qty {
        worst(self.qty, self.open)
    }

    /// How much an order of this side may trade without opening or turning the position.
    #[inline]
    pub(crate) fn reducible(&self, side: Side) -> Qty {
        Qty((-side.sign() * self.qty.0).max(0))
    }
}

/// The larger of |position + bids| and |position - asks|.
#[inline]
pub(crate) fn worst(qty: Qty, open: [Qty; 2]) -> Qty {
    let [bids, asks] = open;
    (qty + bids).abs().max((qty - asks).abs())
}

/// A balance of an asset other than the settlement asset, in millionths of its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Balance {
    pub(crate) amount: Usd,
    /// The registered trigger on the asset's price, as a key.
    pub(crate) watch: i64,
    pub(crate) asset: AssetId,
}

/// One order slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Slot {
    /// The limit price, or zero for a reduce-only order, which reserves nothing.
    pub(crate) limit: Price,
    pub(crate) handle: OrderHandle,
    pub(crate) instrument: InstrumentId,
    pub(crate) seq: u16,
    pub(crate) used: bool,
    /// The leg that the order opens or closes.
    pub(crate) leg: Leg,
}

impl Slot {
    pub(crate) const FREE: Self = Self {
        limit: Price::ZERO,
        handle: OrderHandle(u32::MAX),
        instrument: InstrumentId(u16::MAX),
        seq: 0,
        used: false,
        leg: Leg::Net,
    };
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Settlement asset, without what is set aside. May be negative in a cross account whose
    /// open profits or collateral outweigh it.
    pub(crate) cash: Usd,
    /// By instrument and leg, ascending; entries stay when a position closes.
    pub(crate) positions: SmallVec<[Position; 1]>,
    /// By asset, ascending.
    pub(crate) balances: SmallVec<[Balance; 1]>,
    pub(crate) slots: Vec<Slot>,
    /// Until when liquidation orders are whole, because one was partial.
    pub(crate) whole_until: SimTime,
    /// The state of a cross account.
    pub(crate) health: Health,
    pub(crate) weight: u32,
    pub(crate) max_slots: u16,
    pub(crate) mode: MarginMode,
    pub(crate) position_mode: PositionMode,
    /// Whether it is in the list of accounts to look at before the event ends.
    pub(crate) touched: bool,
    /// Whether its own balances changed, as against prices only.
    pub(crate) moved: bool,
}

impl Account {
    pub(crate) fn new(spec: &AccountSpec) -> Self {
        Self {
            cash: Usd::ZERO,
            positions: SmallVec::new(),
            balances: SmallVec::new(),
            slots: Vec::new(),
            whole_until: SimTime(i64::MIN),
            health: Health::default(),
            weight: spec.weight.max(1),
            max_slots: spec.max_slots,
            mode: spec.margin_mode,
            position_mode: spec.position_mode,
            touched: false,
            moved: false,
        }
    }

    /// Where a leg of an instrument stands among the positions, or where it would.
    #[inline]
    pub(crate) fn find(&self, key: PositionKey) -> Result<usize, usize> {
        for (at, position) in self.positions.iter().enumerate() {
            if position.key() >= key {
                return if position.key() == key {
                    Ok(at)
                } else {
                    Err(at)
                };
            }
        }
        Err(self.positions.len())
    }

    #[inline]
    pub(crate) fn position(&self, key: PositionKey) -> Option<&Position> {
        self.find(key).ok().map(|at| &self.positions[at])
    }

    /// The entry of a leg of an instrument, made if there is none.
    #[inline]
    pub(crate) fn entry(&mut self, key: PositionKey, funding: i64) -> &mut Position {
        let at = match self.find(key) {
            Ok(at) => at,
            Err(at) => {
                self.positions.insert(at, Position::new(key, funding));
                at
            }
        };
        &mut self.positions[at]
    }

    /// The balance of an asset other than the settlement asset.
    #[inline]
    pub(crate) fn balance(&self, asset: AssetId) -> Usd {
        let held = self.balances.iter().find(|held| held.asset == asset);
        held.map_or(Usd::ZERO, |held| held.amount)
    }

    pub(crate) fn balance_mut(&mut self, asset: AssetId) -> &mut Usd {
        let at = self.balances.iter().position(|held| held.asset >= asset);
        let at = at.unwrap_or(self.balances.len());
        if self.balances.get(at).is_none_or(|held| held.asset != asset) {
            let new = Balance {
                amount: Usd::ZERO,
                watch: UNWATCHED,
                asset,
            };
            self.balances.insert(at, new);
        }
        &mut self.balances[at].amount
    }

    /// The slot of an order that is still the one meant.
    #[inline]
    pub(crate) fn slot(&self, id: OrderId, instrument: InstrumentId) -> Option<&Slot> {
        self.slots
            .get(usize::from(id.slot()))
            .filter(|slot| slot.used && slot.seq == id.seq() && slot.instrument == instrument)
    }

    #[inline]
    pub(crate) fn slot_mut(&mut self, id: OrderId) -> Option<&mut Slot> {
        self.slots
            .get_mut(usize::from(id.slot()))
            .filter(|slot| slot.used && slot.seq == id.seq())
    }

    /// Takes a slot for an order. False if it is above the limit or in use.
    pub(crate) fn claim(&mut self, id: OrderId, key: PositionKey, limit: Price) -> bool {
        let at = usize::from(id.slot());
        if id.slot() >= self.max_slots {
            return false;
        }
        if self.slots.len() <= at {
            self.slots.resize(at + 1, Slot::FREE);
        }
        let slot = &mut self.slots[at];
        if slot.used {
            return false;
        }
        *slot = Slot {
            limit,
            instrument: key.instrument,
            leg: key.leg,
            seq: id.seq(),
            used: true,
            ..Slot::FREE
        };
        true
    }

    /// Frees the slot of an order that is gone.
    #[inline]
    pub(crate) fn release(&mut self, id: OrderId) {
        if let Some(slot) = self.slot_mut(id) {
            slot.used = false;
        }
    }

    /// The open orders, by slot.
    pub(crate) fn open_orders(&self, account: AccountId) -> impl Iterator<Item = (OrderId, Slot)> {
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.used)
            .map(move |(at, slot)| (OrderId::new(account, at as u16, slot.seq), *slot))
    }

    /// Settlement money of the account wherever it stands: cash and what is set aside.
    pub(crate) fn money(&self) -> i128 {
        let aside = self.positions.iter().map(|p| i128::from(p.set_aside.0));
        i128::from(self.cash.0) + aside.sum::<i128>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_compact() {
        assert!(
            size_of::<Account>() <= 200,
            "{} bytes",
            size_of::<Account>()
        );
    }

    #[test]
    fn worst_case_counts_one_side_at_a_time() {
        let worst = |qty, bids, asks| worst(Qty(qty), [Qty(bids), Qty(asks)]).0;
        assert_eq!(worst(10, 0, 15), 10);
        assert_eq!(worst(10, 0, 25), 15);
        assert_eq!(worst(10, 5, 25), 15);
        assert_eq!(worst(10, 6, 25), 16);
        assert_eq!(worst(-10, 5, 0), 10);
        assert_eq!(worst(0, 7, 7), 7);
    }

    #[test]
    fn slots_are_claimed_once() {
        let mut account = Account::new(&AccountSpec {
            max_slots: 2,
            ..AccountSpec::default()
        });
        let id = |slot, seq| OrderId::new(AccountId(5), slot, seq);
        let key = |instrument: u16| InstrumentId(instrument).into();
        assert!(account.claim(id(1, 7), key(0), Price(9)));
        assert!(!account.claim(id(1, 8), key(0), Price(9)));
        assert!(!account.claim(id(2, 0), key(0), Price(9)));
        assert!(account.slot(id(1, 7), InstrumentId(0)).is_some());
        assert!(account.slot(id(1, 8), InstrumentId(0)).is_none());
        account.release(id(1, 8));
        assert_eq!(account.open_orders(AccountId(5)).count(), 1);
        account.release(id(1, 7));
        assert!(account.claim(id(1, 8), key(1), Price(9)));
    }
}
