//! The liquidity of a stable asset: reserves, redemption queue, peg, run.
//!
//! # Model
//!
//! * [`Issuer::apply`] takes one event at one moment (somebody mints or redeems, time passes, a
//!   bank fails, prices move) and answers with effects: tokens minted and burned, money paid,
//!   reserves sold, hedges changed, auctions held. Every event first lets time pass;
//!   [`Issuer::next_due`] says when a tick is worth sending.
//! * **Five kinds** behind one interface: [`fiat`] (a reserve ladder behind a banking rail),
//!   [`synthetic`] (coins and equal shorts), [`collateralized`] (debt in vaults, auctions),
//!   [`algorithmic`] (new seigniorage tokens, a yield anchor), [`vault`] (an opaque manager's
//!   shares).
//! * **The line.** Redemptions that cannot be paid at once wait, first come, first served
//!   ([`RedemptionQueue`]); who may come, how much and when is [`PrimaryAccess`] and [`RailHours`].
//! * **Truth and sight.** [`Issuer::backing`] is what stands behind the tokens, [`Issuer::view`]
//!   what the public sees of it, and how late ([`AttestationConfig`]). [`Backing`] says what a claim
//!   is worth and how strong the issuer is; [`PegState`] compares that with a market price.
//! * **Runs.** [`RunGame`] is the game of those who hold a claim, [`RunRule`] feeds it with an
//!   issuer; [`DepositContract`] and [`PrimaryAccessModel`] are theories that simulations are
//!   compared with.
//!
//! Amounts of tokens are units of their chain in `u128` ([`Amount`]), money is micro-dollars in
//! `i128` ([`Money`]), prices are 10^-18 dollars a token ([`UnitPrice`]), ratios billionths.
//! Rounding favours the issuer, and what it leaves is named: rests of tokens in the dust of the
//! desk, of interest in the anchor's reserve, of fees in the surplus.
//!
//! Facts are graded: (P) an official document or chain data, (R) research or a data vendor, (N) news,
//! (D) computed or closed by us.
//!
//! **Invariants**, recounted by [`audit`]:
//!
//! * Tokens minted less burned are the supply, and the tokens on the issuer's account are exactly
//!   those that wait, are bid or deposited.
//! * Assets at book value are the tokens at par, equity paid in and income less losses, to the unit
//!   of the token. (A vault's assets as reported are deposits and results; debt, uncovered debt and
//!   peg module of a collateralized issuer are tokens and surplus.)
//! * Nothing is below zero: nobody is paid more than there is.
//! * The line is in order; nobody is paid while the rail is closed or redemption suspended.
//! * No vault is unsafe unnoticed.
//!
//! **Absent**: agents, an ECS, a clock, randomness, floats in state (the theories of runs use
//! them, no issuer does). Equal events give equal effects and state. Markets: what an issuer sells
//! it sells at prices of its own rule or the oracle's, and the caller books the other side.

pub mod algorithmic;
mod audit;
mod calendar;
pub mod collateralized;
mod desk;
mod effect;
mod error;
mod event;
pub mod fiat;
mod global_game;
mod issuer;
mod kind;
mod peg;
mod primary_access;
mod run_rule;
mod run_theory;
mod supply;
pub mod synthetic;
mod units;
pub mod vault;
mod view;

pub use audit::Violation;
pub use calendar::RailHours;
pub use desk::{Dealers, PrimaryAccess};
pub use effect::{Gate, IssuerEffect, Refusal};
pub use error::{ConfigError, IssuerError};
pub use event::{
    AuctionId, CollateralEvent, HedgeEvent, HolderId, IssuerEvent, LegId, Prices, SeigniorageEvent,
    TierId,
};
pub use global_game::RunGame;
pub use issuer::{Issuer, IssuerConfig, IssuerKind, audit};
pub use peg::{Backing, PegState};
pub use primary_access::PrimaryAccessModel;
pub use run_rule::RunRule;
pub use run_theory::{DepositContract, DepositEquilibria};
pub use supply::{RedemptionQueue, Supply, Ticket};
pub use units::{Amount, DOLLAR, Decimals, MONEY_MAX, Money, PRICE_MAX, UnitPrice, mul_div};
pub use view::{Attestation, AttestationConfig, PublicView, TierView};
