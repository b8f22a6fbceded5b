//! `clearing = { ... }`: a venue that is centrally cleared.

use firesale_exchange::{AuctionConfig, ClearingConfig, MarginModelConfig};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::{DurationText, Money, Ratio};

/// `clearing = { ... }`; defaults are those of the engine.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClearingTable {
    /// One-tailed coverage of initial margin over the close-out period.
    pub confidence: Ratio,
    /// The weight of the past in volatility at each settlement.
    pub decay: Ratio,
    /// Volatility over a settlement period at the start.
    pub initial_volatility: Ratio,
    /// How long closing a defaulter's portfolio takes.
    pub close_out: DurationText,
    /// Part added to the model's margin.
    pub buffer: Ratio,
    /// The least rate of the model's margin.
    pub floor: Ratio,
    /// How often variation is paid in cash and margin recalculated.
    pub settlement_period: DurationText,
    /// How often the default fund is sized.
    pub sizing_period: DurationText,
    /// How many of the largest members' losses the fund covers.
    pub cover: u16,
    /// Moves of the stress scenarios.
    pub stress: Vec<Ratio>,
    /// The least equity of a member.
    pub member_equity: Money,
    /// The least contribution of a member.
    pub minimum_contribution: Money,
    /// Own capital of the house that pays before the fund.
    pub own_capital: Money,
    /// Own capital of the house that pays after the fund.
    pub second_capital: Money,
    /// The most a member is called for beyond its contribution, as a multiple of it.
    pub assessment: Ratio,
    /// The largest part of the gains since the last settlement that is kept back.
    pub gains_haircut: Ratio,
    /// How members bid for a defaulter's portfolio.
    pub auction: AuctionTable,
}

/// `clearing.auction = { ... }`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuctionTable {
    /// Part of the gross notional that every bidder asks for.
    pub spread: Ratio,
    /// Part of the added margin that one asks for whose free margin it would use up.
    pub risk: Ratio,
    /// The highest bid, as part of the gross notional; 0 is no auction.
    pub limit: Ratio,
}

impl Default for AuctionTable {
    fn default() -> Self {
        let rules = AuctionConfig::default();
        Self {
            spread: Ratio::new(rules.spread),
            risk: Ratio::new(rules.risk),
            limit: Ratio::new(rules.limit),
        }
    }
}

impl Default for ClearingTable {
    fn default() -> Self {
        let rules = ClearingConfig::default();
        let MarginModelConfig {
            confidence,
            decay,
            initial_volatility,
            close_out,
            buffer,
            floor,
        } = rules.margin;
        Self {
            confidence: Ratio::new(confidence),
            decay: Ratio::new(decay),
            initial_volatility: Ratio::new(initial_volatility),
            close_out: DurationText::new(close_out),
            buffer: Ratio::new(buffer),
            floor: Ratio::new(floor),
            settlement_period: DurationText::new(rules.settlement_period),
            sizing_period: DurationText::new(rules.sizing_period),
            cover: rules.cover,
            stress: rules.stress.into_iter().map(Ratio::new).collect(),
            member_equity: Money::new(rules.member_equity),
            minimum_contribution: Money::new(rules.minimum_contribution),
            own_capital: Money::new(rules.own_capital),
            second_capital: Money::new(rules.second_capital),
            assessment: Ratio::new(rules.assessment),
            gains_haircut: Ratio::new(rules.gains_haircut),
            auction: AuctionTable::default(),
        }
    }
}
