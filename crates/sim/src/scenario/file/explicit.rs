//! `[[accounts]]`, `[[orders]]`, `[[script]]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{MarginName, PositionModeName, SideName};
use crate::config::{Decimal, Moment, Money, Ratio, Spanned};

/// One of `[[accounts]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountTable {
    /// Its name.
    pub id: String,
    /// The venue.
    pub venue: Spanned<String>,
    /// Settlement asset, or `{ ASSET = amount }`.
    pub collateral: CollateralAmount,
    /// Isolated, cross or portfolio margin.
    #[serde(default)]
    pub margin_mode: MarginName,
    /// One position in an instrument, or a long and a short one.
    #[serde(default)]
    pub position_mode: PositionModeName,
    /// Open positions.
    #[serde(default)]
    pub positions: Vec<Spanned<HeldTable>>,
}

/// `"1000"` or `{ USDT = "1000", BTC = 2 }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CollateralAmount {
    /// Of the settlement asset.
    Settlement(Money),
    /// By asset.
    ByAsset(BTreeMap<String, Money>),
}

/// One of an account's positions
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldTable {
    /// The instrument.
    pub instrument: Spanned<String>,
    /// Signed quantity in units of the base asset.
    pub qty: Spanned<Decimal>,
    /// Entry price in dollars.
    pub entry: Spanned<Decimal>,
    /// Its own margin, for isolated accounts.
    #[serde(default)]
    pub margin: Option<Money>,
}

/// One of `[[orders]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderTable {
    /// Its name, for later cancels.
    pub id: String,
    /// The instrument.
    pub instrument: Spanned<String>,
    /// Buy or sell.
    pub side: SideText,
    /// Price in dollars.
    pub price: Spanned<Decimal>,
    /// Quantity in units of the base asset.
    pub qty: Spanned<Decimal>,
    /// The account.
    pub account: Spanned<String>,
}

/// One of `[[script]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptTable {
    /// When.
    pub at: Spanned<Moment>,
    /// What.
    pub op: ScriptOp,
    /// The account.
    #[serde(default)]
    pub account: Option<Spanned<String>>,
    /// The instrument (or, for `set_index`, the asset).
    #[serde(default)]
    pub instrument: Option<Spanned<String>>,
    /// The order's name.
    #[serde(default)]
    pub id: Option<Spanned<String>>,
    /// Buy or sell.
    #[serde(default)]
    pub side: Option<SideText>,
    /// Price in dollars.
    #[serde(default)]
    pub price: Option<Spanned<Decimal>>,
    /// Quantity in units of the base asset.
    #[serde(default)]
    pub qty: Option<Spanned<Decimal>>,
    /// Why an order is sent; default: `script`.
    #[serde(default)]
    pub reason: ReasonText,
    /// The asset of a deposit or withdrawal; default: the settlement asset.
    #[serde(default)]
    pub asset: Option<Spanned<String>>,
    /// The amount of a deposit, withdrawal or margin transfer.
    #[serde(default)]
    pub amount: Option<Money>,
    /// Whether an order only closes.
    #[serde(default)]
    pub reduce_only: bool,
    /// Which leg of an account in hedge mode a margin transfer is for.
    #[serde(default)]
    pub leg: Option<SideName>,
    /// The leverage that is set.
    #[serde(default)]
    pub leverage: Option<Ratio>,
}

/// Why an order of a script is sent: what the genealogy of liquidations ends at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonText {
    /// Nothing stated.
    #[default]
    Script,
    /// A change of the fundamental value made public.
    News,
    /// A trading signal, an opinion, a need for cash.
    Signal,
    /// A stop-loss or take-profit.
    Stop,
    /// A margin call, or fear of one.
    Margin,
    /// A hedge or an arbitrage of a price elsewhere.
    Hedge,
    /// A market maker's inventory or quote.
    Inventory,
}

/// What a script may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScriptOp {
    /// A limit order.
    Limit,
    /// A market order.
    Market,
    /// Takes an order back.
    Cancel,
    /// Money arrives from outside.
    Deposit,
    /// Money leaves.
    Withdraw,
    /// Moves cash into an isolated position's margin.
    AddMargin,
    /// Chooses the leverage of an account in an instrument.
    SetLeverage,
    /// Puts cash into the backstop vault.
    VaultDeposit,
    /// Takes a stake out of the backstop vault; `amount` counts shares, one for each dollar of the
    /// vault's first capital.
    VaultWithdraw,
    /// Sets the mark price.
    SetMark,
    /// Sets the index price of the instrument's base asset.
    SetIndex,
    /// Stops matching.
    Halt,
    /// Reopens with an auction.
    Reopen,
}

/// Buy or sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SideText {
    /// Buys.
    Buy,
    /// Sells.
    Sell,
}
