//! One venue as a pure transition function: match, settle, mark, margin-check, liquidate.
//!
//! # Model
//!
//! * [`Exchange::apply`] takes one event at one moment: a user's message, an outside price, a
//!   recurring event of its own, a step of a liquidation. What follows leaves through [`Effects`];
//!   effects that must happen later re-enter the venue's queue, which belongs to the caller.
//! * **Match and settle.** Orders are checked against free margin when they arrive
//!   (`admission.rs`) and go to the book; each fill is booked at once on both sides (`desk.rs`,
//!   `ledger.rs`, `spot.rs`).
//! * **Mark.** Prices follow the venue's rule (`mark.rs`, `prices.rs`); funding moves a cumulative
//!   index that positions settle when they are touched (`funding.rs`).
//! * **Check.** Every margin unit has registered triggers on the factors of its equity (`watch.rs`,
//!   `cushion.rs`, `triggers.rs`). A price that moves pops what it reaches, and only those
//!   accounts are looked at (`breach.rs`); nobody is ever scanned.
//! * **Liquidate.** A breach becomes a liquidation with a cause, a root and a generation
//!   (`genealogy/`), and goes through the stages of `liquidation/`: book, backstop vault, insurance
//!   fund, auto-deleveraging, bad debt; or, at a cleared venue, the default procedure of
//!   [`clearing`].
//!
//! A margin unit is a cross or portfolio account, or one position (in hedge mode: one leg, see
//! `leg.rs`) of an isolated account.
//!
//! **Invariants**, recounted by [`Auditor`]:
//!
//! * Cash plus money set aside less cost bases, over all accounts, is what came from outside, to
//!   the micro-dollar. The same holds for every asset.
//! * In every perpetual, lots held long equal lots held short.
//! * After every event every unit in breach is in liquidation, and none is that was not in breach.
//! * No account without positions is below zero, unless its bad debt has been booked.
//! * The contributions of clearing members are the money of the default fund.
//!
//! **Absent**: agents, an ECS, a clock, a queue, randomness, logging. Equal events give equal
//! effects, state and digest. Nothing is borrowed, spot orders are fully paid. A venue's own
//! accounts (fees, insurance fund, backstop vault, funding pool, default fund, the clearing house's
//! capital) are never liquidated; fund and vault sell what they took over by their own policy, all
//! else they trade is sent by the caller.

mod account;
mod admission;
mod attribution;
mod auditor;
mod brakes;
mod breach;
mod cause;
pub mod clearing;
mod config;
mod counters;
mod curve;
mod cushion;
mod desk;
mod digest;
mod effects;
mod event;
mod exchange;
mod expiry;
mod exposure;
mod funding;
mod genealogy;
mod genesis;
pub mod index;
mod instrument;
mod ledger;
mod leg;
mod limits;
mod liquidation;
mod mark;
mod orders;
mod outside;
mod platform;
mod portfolio;
mod prices;
pub mod profiles;
mod proportion;
mod record;
mod report;
mod settings;
mod spot;
mod state;
mod tiers;
mod transfer;
mod triggers;
mod validate;
mod validate_loss;
mod validate_parts;
mod valuation;
mod vault;
mod view;
mod watch;
mod wide;
mod window;

pub use account::{AccountSpec, MarginMode};
pub use auditor::{Auditor, Violation};
pub use brakes::Brake;
pub use cause::{Cause, CauseKind};
pub use config::{
    AdlPolicy, AdlPrice, AdlTerms, AdlTrigger, AuctionConfig, BackstopConfig, BaseOffset,
    CancelFirst, ClearingConfig, CollateralConfig, Expiry, FeeSchedule, FundingCap, FundingRule,
    HaircutTier, InstrumentConfig, InstrumentKind, InsuranceRules, LiquidationConfig,
    LiquidationLimit, LiquidationMethod, LossSharing, MarginModelConfig, MarkRule, PoolConfig,
    PortfolioMargin, ShockOverride, Surplus, UnwindPolicy, VenueConfig,
};
pub use config::{
    ApiConfig, Gated, HotWallet, Interval, OverloadConfig, PlatformConfig, SolvencyConfig,
    WithdrawalConfig,
};
pub use config::{
    AuctionBound, BrakesConfig, BreakerLevel, ConcentrationConfig, DrawdownReference, DuringHalt,
    LimitsConfig, LuldConfig, LuldTier, MakerConfig, MakerPenalty, MarketWideConfig, RollingConfig,
    StopLogicConfig, ThrottleConfig, WhileHalted,
};
pub use config::{IsolatedLeverage, MarginRules};
pub use counters::Counters;
pub use effects::{Effects, Later};
pub use event::{EventClass, ExchangeEvent};
pub use exchange::Exchange;
pub use exposure::Exposure;
pub use genealogy::{GenealogyRecord, Lineage, Link, Origin, Told, Via};
pub use genesis::GenesisError;
pub use leg::{Leg, PositionKey, PositionMode};
pub use limits::{MAX_BALANCE, MAX_NOTIONAL, MAX_OPEN_VALUE};
pub use liquidation::{AdlCandidate, AdlNeed, Liquidation, PoolFlows, PoolView, adl_lights};
pub use platform::{BalanceSheet, PlatformCounters};
pub use record::{Stage, VenueRecord};
pub use report::{Refusal, Report};
pub use tiers::{MarginTier, MarginTiers};
pub use validate::ConfigError;
pub use view::{OpenOrder, PositionView};
