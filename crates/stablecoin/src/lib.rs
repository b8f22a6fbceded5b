//! The liquidity of a stable asset: reserves, redemption queue, peg, run.
//!
//! # Model
//!
//! * [`Issuer::apply`] takes one event at one moment (somebody mints or redeems, time passes, a
//!   bank fails, prices move) and answers with effects: tokens minted and burned, money paid,
//!   reserves sold, hedges changed, auctions held. Every event first lets time pass.

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
