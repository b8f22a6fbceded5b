//! What may leave an account, and what a change of leverage does.

use firesale_types::Rate;
use serde::{Deserialize, Serialize};

/// Rules of margin beside the tiers. The defaults ask for nothing more than initial margin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginRules {
    /// What leaves an account (to custody, into the vault) or the margin of an isolated position
    /// leaves at least this part of the notional of its positions behind, and initial margin in any
    /// case. Hyperliquid: `transfer_margin_required = max(initial_margin_required, 0.1 *
    /// total_position_value)` (hyperliquid.gitbook.io, "Margining", P). Zero asks for initial margin
    /// only.
    pub transfer_floor: Rate,
    /// What a new leverage does to the margin of an open isolated position.
    pub isolated_leverage: IsolatedLeverage,
}

/// What a new leverage does to the margin of an open isolated position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IsolatedLeverage {
    /// Its margin follows: a lower leverage takes what is missing to the new initial margin out of
    /// free cash, a higher one sets what is left over free (Bybit, as retold by others, N).
    #[default]
    Resets,
    /// A lower leverage is refused; a higher one leaves the margin where it is (Binance: error -4161,
    /// "Leverage reduction is not supported in Isolated Margin Mode with open positions", P; that the
    /// margin stays is remembered, unverified).
    OnlyRises,
}
