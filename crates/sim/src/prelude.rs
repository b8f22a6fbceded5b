//! What the file of an agent kind needs: `use firesale_sim::prelude::*;`.

pub use std::collections::BTreeMap;

pub use bevy_ecs::prelude::{Component, Res, ResMut, Resource};
pub use firesale_exchange::{Cause, InstrumentKind, PositionView, Report};
pub use firesale_matching::{Trigger, TriggerSource, TriggerWhen};
pub use firesale_types::{
    AccountId, AgentRng, AssetId, Price, Qty, Rate, Side, SimDuration, SimTime, Usd, VenueId,
    exponential, lognormal, normal, pareto, poisson,
};
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
pub use smallvec::SmallVec;

pub use firesale_amm::lending::ReserveId;
pub use firesale_chain::{Amount, Call, Exit, Holder};

pub use crate::config::{DurationText, Money, Ratio};
pub use crate::onchain::{ChainId, IssuerId, LenderRef, Offer, Place, PoolRef};
pub use crate::{
    AgentKind, Agents, Feed, Intent, MOST_LEVERAGE, Market, MarketId, MarketView, Misfit, NameOf,
    Plugin, PublicPosition, Quote, SimApp, TickSet, Turn, WakeOn, within,
};
