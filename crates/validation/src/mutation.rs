//! What can be broken on purpose.

use serde::{Deserialize, Serialize};

/// A rule that is broken, so that a check can show that it would notice.
///
/// A mutation changes what the engine does, never the figure that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutation {
    /// At one price the newest order trades first.
    LastInFirstOut,
    /// Cancels of buy orders are acknowledged and forgotten.
    BidCancelsDropped,
    /// A trade takes place at the incoming order's limit, not at the resting order's price.
    TakersPrice,
    /// Maintenance margin is half of what the tiers say.
    MaintenanceHalved,
    /// Positions open with twice the initial margin of their leverage.
    InitialMarginDoubled,
    /// Funding is the premium alone, without interest.
    InterestIgnored,
    /// Every payment of funding is that of a whole period, however often it is paid.
    FundingInWhole,
    /// Who is deleveraged is drawn by lot, whatever the rule says.
    DeleveragedByLot,
    /// Whoever is deleveraged loses the whole position.
    DeleveragedWhole,
    /// Moves and add-ons of portfolio margin are half of what the grid says.
    ShocksHalved,
    /// The default fund covers the largest member only.
    CoverOne,
    /// The clearing house's own capital pays after its members'.
    OwnCapitalLast,
    /// No gain is ever kept back.
    GainsSpared,
    /// Price bands and breakers are wider than their rules say, and their times longer.
    BrakesLoosened,
    /// A lender lends half of what its loan-to-value says.
    LoansHalved,
    /// A lender's liquidators get no bonus.
    BonusDropped,
    /// A pool takes one percent more of what is paid in.
    PoolFeeRaised,
    /// A pool's fee is one of its smallest units higher.
    PoolFeeOneMore,
    /// What a pool rounds down it rounds up: one unit more.
    RoundedUp,
    /// Swaps know no limit of the price.
    PriceLimitDropped,
    /// A pool's curve is another: half of the amplification, other weights, a tick beside the right.
    CurveBent,
    /// Holders who leave in vain lose nothing.
    LeavingIsFree,
    /// An issuer promises no more than a dollar for a dollar.
    PromisesCut,
    /// An issuer has a fifth less than its books say.
    ReservesShort,
    /// Those who come at once are paid alike, not in the order in which they came.
    ServedProRata,
    /// Arbitrageurs do nothing.
    ArbitrageIdle,
    /// An issuer, and those who watch it, do not hear of a crash of what backs the coin.
    CrashUnseen,
    /// What an issuer sells it sells at the price of before.
    SalesWithoutImpact,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::LastInFirstOut,
        Self::BidCancelsDropped,
        Self::TakersPrice,
        Self::MaintenanceHalved,
        Self::InitialMarginDoubled,
        Self::InterestIgnored,
        Self::FundingInWhole,
        Self::DeleveragedByLot,
        Self::DeleveragedWhole,
        Self::ShocksHalved,
        Self::CoverOne,
        Self::OwnCapitalLast,
        Self::GainsSpared,
        Self::BrakesLoosened,
        Self::LoansHalved,
        Self::BonusDropped,
        Self::PoolFeeRaised,
        Self::PoolFeeOneMore,
        Self::RoundedUp,
        Self::PriceLimitDropped,
        Self::CurveBent,
        Self::LeavingIsFree,
        Self::PromisesCut,
        Self::ReservesShort,
        Self::ServedProRata,
        Self::ArbitrageIdle,
        Self::CrashUnseen,
        Self::SalesWithoutImpact,
    ];
}
