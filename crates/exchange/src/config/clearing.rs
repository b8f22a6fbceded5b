//! A venue that is centrally cleared: margin model, default fund, waterfall, auction.

use firesale_types::{Rate, SimDuration, Usd};
use serde::{Deserialize, Serialize};

use super::VenueConfig;
use crate::limits::MAX_BALANCE;
use crate::validate::{At, Check, is_part, require};
use crate::validate_parts::require_each;

/// The rules of a clearing house. It has no insurance fund, no vault and no auto-deleveraging: a
/// default goes down its waterfall ([`crate::clearing`]).
///
/// Grades: \[P\] a published rule, \[M\] remembered and unverified, \[A\] an assumption of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearingConfig {
    /// How initial margin follows volatility.
    pub margin: MarginModelConfig,
    /// How often the variation of all positions is paid in cash. Default: a day \[M\].
    pub settlement_period: SimDuration,
    /// How often the default fund is sized, from the start on. Default: a day \[A\]; real houses do
    /// it monthly and test it daily \[M\].
    pub sizing_period: SimDuration,
    /// The fund covers the losses of so many members, the largest: Cover-2 (domain facts 2.7;
    /// PFMI principle 4 asks it of houses that matter in several jurisdictions \[M\]).
    pub cover: u16,
    /// Extreme but plausible moves: of all bases together, and of each alone. Default 20% and 30%
    /// either way \[A\].
    pub stress: Vec<Rate>,
    /// Cross and portfolio accounts with positions and at least this equity (for each real account
    /// they stand for) when the fund is sized are members: they pay into it, are assessed and bid.
    /// All others are clients. Default one million dollars \[A\].
    pub member_equity: Usd,
    /// The least a member pays in. Default 10,000 dollars \[A\].
    pub minimum_contribution: Usd,
    /// The house's own capital that pays before the members' (its skin in the game). Default ten
    /// million dollars \[A\]; the European rule is a quarter of its required capital \[M\].
    pub own_capital: Usd,
    /// A second tranche of it, after the fund. Default none.
    pub second_capital: Usd,
    /// The most that a member can be called for beyond its contribution, as a multiple of it, until
    /// the fund is sized again. Default 1 \[M\].
    pub assessment: Rate,
    /// The largest part of the gains since the last settlement that may be kept back. Default all
    /// \[M\].
    pub gains_haircut: Rate,
    /// How a defaulter's portfolio is auctioned.
    pub auction: AuctionConfig,
}

/// Initial margin by exponentially weighted volatility:
/// max(floor, sigma * sqrt(close-out / period) * z(confidence) * (1 + buffer)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginModelConfig {
    /// One-tailed coverage of the close-out period: at least 99% (domain facts 2.7).
    pub confidence: Rate,
    /// The weight of the past at each settlement. Default 0.97 \[M\].
    pub decay: Rate,
    /// Volatility over one settlement period before anything has been observed. Default 3% \[A\].
    pub initial_volatility: Rate,
    /// How long closing a defaulter's portfolio takes. Default two days: regulation (EU) 153/2013,
    /// article 26, for what is not over the counter \[P\].
    pub close_out: SimDuration,
    /// Part added to what the model says, so that it need not follow every rise of volatility.
    /// Default a quarter: regulation (EU) 153/2013, article 28 (1) (a) \[P\].
    pub buffer: Rate,
    /// The rate below which calm never carries it. Default 5% \[A\].
    pub floor: Rate,
}

impl Default for MarginModelConfig {
    fn default() -> Self {
        Self {
            confidence: Rate::bps(9900),
            decay: Rate::bps(9700),
            initial_volatility: Rate::bps(300),
            close_out: SimDuration::secs(2 * DAY),
            buffer: Rate::bps(2500),
            floor: Rate::bps(500),
        }
    }
}

/// What members ask for taking a portfolio over; see [`crate::clearing::auction`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuctionConfig {
    /// Part of the portfolio's gross notional. Default 0.5% \[A\].
    pub spread: Rate,
    /// Part of the margin it adds to the bidder's, for a bidder whose free margin it would use up;
    /// in proportion less for others. Default 20% \[A\].
    pub risk: Rate,
    /// No bid above this part of the gross notional is taken; at zero there is no auction. Default
    /// 10% \[A\].
    pub limit: Rate,
}

impl Default for AuctionConfig {
    fn default() -> Self {
        Self {
            spread: Rate::bps(50),
            risk: Rate::bps(2000),
            limit: Rate::bps(1000),
        }
    }
}

const DAY: i64 = 24 * 3600;

impl Default for ClearingConfig {
    fn default() -> Self {
        Self {
            margin: MarginModelConfig::default(),
            settlement_period: SimDuration::secs(DAY),
            sizing_period: SimDuration::secs(DAY),
            cover: 2,
            stress: [-3000, -2000, 2000, 3000].map(Rate::bps).to_vec(),
            member_equity: Usd::dollars(1_000_000),
            minimum_contribution: Usd::dollars(10_000),
            own_capital: Usd::dollars(10_000_000),
            second_capital: Usd::ZERO,
            assessment: Rate::ONE,
            gains_haircut: Rate::ONE,
            auction: AuctionConfig::default(),
        }
    }
}

/// Checks the rules of a clearing house, and that the venue has no other who bears losses.
pub(crate) fn check(venue: &VenueConfig, rules: &ClearingConfig) -> Check {
    let apart = "a cleared venue has a default fund, no insurance fund and no backstop";
    require(venue.insurance_fund.is_zero(), apart).at("insurance.capital")?;
    require(venue.backstop.is_none(), apart).at("backstop")?;
    require(
        venue.fees.liquidation == Rate::ZERO,
        "a cleared venue has no insurance fund that a liquidation fee could feed",
    )
    .at("fees.liquidation")?;
    check_rules(rules).at("clearing")
}

fn check_rules(rules: &ClearingConfig) -> Check {
    check_model(&rules.margin)?;
    require_each(
        [
            ("settlement_period", rules.settlement_period),
            ("sizing_period", rules.sizing_period),
        ],
        |time| time > SimDuration::ZERO,
        "a period of the clearing house is not positive",
    )?;
    require(
        (1..=100).contains(&rules.cover),
        "the default fund covers not 1 to 100 members",
    )
    .at("cover")?;
    let moves = -Rate::ONE.0..=Rate::ONE.0;
    require(
        (1..=64).contains(&rules.stress.len())
            && rules.stress.iter().all(|shock| moves.contains(&shock.0)),
        "the clearing house needs 1 to 64 stress moves between -100% and 100%",
    )
    .at("stress")?;
    require_each(
        [
            ("member_equity", rules.member_equity),
            ("minimum_contribution", rules.minimum_contribution),
            ("own_capital", rules.own_capital),
            ("second_capital", rules.second_capital),
        ],
        |amount| (Usd::ZERO..=MAX_BALANCE).contains(&amount),
        "an amount of the clearing house is negative or above the limit",
    )?;
    require(
        (Rate::ZERO..=Rate(100 * Rate::ONE.0)).contains(&rules.assessment),
        "the assessment is not between 0 and 100 contributions",
    )
    .at("assessment")?;
    require(
        is_part(rules.gains_haircut),
        "the haircut of gains is not between 0 and 1",
    )
    .at("gains_haircut")?;
    let auction = &rules.auction;
    require_each(
        [
            ("auction.spread", auction.spread),
            ("auction.risk", auction.risk),
            ("auction.limit", auction.limit),
        ],
        is_part,
        "a rate of the default auction is not between 0 and 1",
    )
}

fn check_model(rules: &MarginModelConfig) -> Check {
    require(
        (Rate::bps(9900)..Rate::ONE).contains(&rules.confidence),
        "the confidence of the clearing house's margin is not from 99% to below 100%",
    )
    .at("confidence")?;
    require(
        rules.decay < Rate::ONE && is_part(rules.decay),
        "the decay of the clearing house's margin is not from 0 to below 1",
    )
    .at("decay")?;
    require_each(
        [
            ("initial_volatility", rules.initial_volatility),
            ("floor", rules.floor),
        ],
        is_part,
        "volatility or floor of the clearing house's margin is not between 0 and 1",
    )?;
    require(
        (Rate::ZERO..=Rate(10 * Rate::ONE.0)).contains(&rules.buffer),
        "the buffer of the clearing house's margin is not between 0 and 10",
    )
    .at("buffer")?;
    require(
        rules.close_out > SimDuration::ZERO && rules.close_out <= SimDuration::secs(365 * DAY),
        "the close-out period is not between 0 and a year",
    )
    .at("close_out")
}
