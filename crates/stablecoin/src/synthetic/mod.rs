//! A synthetic dollar: coins in the backing, equal shorts on venues, as Ethena's USDe is.
//!
//! What the coins lose the shorts gain, as long as both are there. The value of the backing is
//! coins plus the equity of the shorts plus liquid stables; its income is funding and staking
//! rewards, of which stakers get a part in new tokens and a reserve fund the rest, until funding
//! is negative and the fund pays (R). The whitelisted mint and redeem at par; redemptions are paid
//! out of liquid stables, then out of surplus margin, then by unwinding coins with their hedges.
//! When a venue deleverages or freezes a leg, the caller reports it; until the hedge is restored
//! the backing moves with the coin.
//!
//! The issuer asks for changes of its legs and believes only reports; trades of coins happen at the
//! oracle's price less [`SyntheticConfig::trade_cost`], and the caller books their other side.

mod config;
mod hedge;
mod hedging;
mod interface;
mod trading;

use firesale_types::{Rate, Rounding, SimTime};
use serde::{Deserialize, Serialize};

pub use config::{BackingAsset, LegConfig, SyntheticConfig};
pub use hedge::HedgeLeg;

use crate::calendar::DAY;
use crate::desk::Desk;
use crate::effect::Effects;
use crate::fiat::Settlement;
use crate::kind::{Kind, check_money, unknown};
use crate::supply::RedemptionQueue;
use crate::units::{Amount, MONEY_MAX, Money, part_down, part_up, ratio};
use crate::view::Attestations;
use crate::{
    Attestation, ConfigError, HedgeEvent, IssuerEffect, IssuerError, TierId, TierView, UnitPrice,
};

/// A synthetic dollar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyntheticIssuer {
    config: SyntheticConfig,
    desk: Desk,
    cash: Money,
    reserve_fund: Money,
    settling: Vec<Settlement>,
    units: Vec<Amount>,
    prices: Vec<UnitPrice>,
    legs: Vec<HedgeLeg>,
    paid_in: Money,
    /// Gains less losses: funding, rewards, revaluation, trading costs, tokens given to stakers.
    result: Money,
    /// Funding and rewards since the last payout.
    income: Money,
    yield_rate: Rate,
    day: i64,
    payouts: i64,
    attestations: Attestations,
}

impl SyntheticIssuer {
    /// The issuer at the start.
    ///
    /// # Errors
    /// As [`SyntheticConfig::validate`].
    pub fn new(config: SyntheticConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let leg = |leg: &LegConfig| HedgeLeg::new(leg, config.assets[leg.asset.index()].units);
        Ok(Self {
            desk: Desk::new(config.decimals, config.supply),
            cash: config.cash,
            reserve_fund: config.reserve_fund,
            settling: Vec::new(),
            units: config.assets.iter().map(|asset| asset.units).collect(),
            prices: config.assets.iter().map(|asset| asset.price).collect(),
            legs: config.legs.iter().map(leg).collect(),
            paid_in: config.reserve_fund,
            result: 0,
            income: 0,
            yield_rate: Rate::ZERO,
            day: 0,
            payouts: 0,
            attestations: Attestations::default(),
            config,
        })
    }

    /// What it was configured with.
    #[must_use]
    pub const fn config(&self) -> &SyntheticConfig {
        &self.config
    }

    /// The shorts.
    #[must_use]
    pub fn legs(&self) -> &[HedgeLeg] {
        &self.legs
    }

    /// Units of each asset.
    #[must_use]
    pub fn units(&self) -> &[Amount] {
        &self.units
    }

    /// Redemptions that wait.
    #[must_use]
    pub const fn queue(&self) -> &RedemptionQueue {
        &self.desk.queue
    }

    /// Liquid stables of the backing.
    #[must_use]
    pub const fn cash(&self) -> Money {
        self.cash
    }

    /// The reserve fund.
    #[must_use]
    pub const fn reserve_fund(&self) -> Money {
        self.reserve_fund
    }

    /// Units of an asset that no short covers; negative if the short is larger.
    #[must_use]
    pub fn delta(&self, asset: TierId) -> i128 {
        let legs = self.config.legs.iter().zip(&self.legs);
        let of_asset = legs.filter(|(config, _)| config.asset == asset);
        let short: Amount = of_asset.map(|(_, leg)| leg.units).sum();
        self.units[asset.index()] as i128 - short as i128
    }

    /// What the stakers got in the last period, a year and of the supply; negative if funding was.
    #[must_use]
    pub const fn yield_rate(&self) -> Rate {
        self.yield_rate
    }

    fn value(&self, asset: usize, units: Amount) -> Money {
        let decimals = self.config.assets[asset].decimals;
        let value = decimals.value(units, self.prices[asset], Rounding::Floor);
        // Prices and purchases that would leave the range are refused.
        value.unwrap_or(MONEY_MAX)
    }

    fn asset_value(&self, asset: usize) -> Money {
        self.value(asset, self.units[asset])
    }

    fn coins(&self) -> Money {
        (0..self.units.len()).map(|at| self.asset_value(at)).sum()
    }

    fn on_the_way(&self) -> Money {
        self.settling.iter().map(|settlement| settlement.usd).sum()
    }

    /// Cash, and sales that have not settled.
    #[must_use]
    pub fn liquid(&self) -> Money {
        self.cash + self.on_the_way()
    }

    /// All assets without the reserve fund.
    #[must_use]
    pub fn backing_value(&self) -> Money {
        let equity: Money = self.legs.iter().map(|leg| leg.equity).sum();
        self.liquid() + self.coins() + equity
    }

    /// Lets time pass; says whether a period of payouts is over.
    fn advance(&mut self, now: SimTime, effects: &mut Effects) -> bool {
        let due = |settlement: &Settlement| settlement.at <= now;
        let arrived = self.settling.iter().filter(|s| due(s)).map(|s| s.usd);
        self.cash += arrived.sum::<Money>();
        self.settling.retain(|settlement| !due(settlement));
        let today = now.0.div_euclid(DAY.0);
        for _ in self.day..today {
            self.rewards(effects);
            self.desk.new_day(None);
        }
        self.day = today.max(self.day);
        let payouts = now.0 / self.config.payout_period.0;
        let is_over = payouts > self.payouts;
        if is_over {
            self.pay_out(payouts - self.payouts, effects);
            self.payouts = payouts;
        }
        let mut attestations = std::mem::take(&mut self.attestations);
        let snapshot = || self.snapshot(now);
        attestations.advance(&self.config.attestation, now, snapshot, effects);
        self.attestations = attestations;
        is_over
    }

    /// A day's staking rewards, in cash.
    fn rewards(&mut self, effects: &mut Effects) {
        for at in 0..self.units.len() {
            let rate = self.config.assets[at].yield_rate;
            let usd = part_down(self.asset_value(at), rate) / 365;
            if usd > 0 {
                self.cash += usd;
                self.result += usd;
                self.income += usd;
                let tier = TierId(at as u16);
                effects.push(IssuerEffect::Income { tier, usd });
            }
        }
    }

    /// Shares out the income of `periods`, or draws a loss from the reserve fund.
    fn pay_out(&mut self, periods: i64, effects: &mut Effects) {
        let net = std::mem::take(&mut self.income);
        let year = 365 * DAY.0 / self.config.payout_period.0.max(1);
        let annual = net * Money::from(year.max(1)) / Money::from(periods);
        if net < 0 {
            let drawn = (-net).min(self.reserve_fund);
            self.reserve_fund -= drawn;
            self.cash += drawn;
            self.yield_rate = ratio(annual, self.desk.liabilities()).unwrap_or(Rate::ZERO);
            return;
        }
        let saved = part_up(net, self.config.reserve_share).min(self.cash.max(0));
        self.cash -= saved;
        self.reserve_fund += saved;
        // Tokens are only given for backing that is there.
        let (par, rest) = self.config.decimals.par(self.desk.supply.outstanding());
        let surplus = self.backing_value() - par - Money::from(rest > 0);
        let given = (net - saved).min(surplus).max(0);
        let amount = self.config.decimals.at_par(given);
        let most = self.config.decimals.supply_max();
        if let (Some(to), true) = (self.config.stakers, self.desk.supply.has_room(amount, most)) {
            if given > 0 {
                self.desk.supply.mint(amount);
                self.result -= given;
                effects.push(IssuerEffect::MintTokens { to, amount });
            }
            let shared = if net > 0 { annual * given / net } else { 0 };
            self.yield_rate = ratio(shared, self.desk.liabilities()).unwrap_or(Rate::ZERO);
        }
    }

    fn set_price(&mut self, asset: TierId, price: UnitPrice) {
        let before = self.asset_value(asset.index());
        self.prices[asset.index()] = price;
        self.result += self.asset_value(asset.index()) - before;
    }

    /// Coins worth so much are gone.
    fn lose(&mut self, tier: TierId, usd: Money, effects: &mut Effects) {
        let at = tier.index();
        let before = self.asset_value(at);
        let decimals = self.config.assets[at].decimals;
        let units = decimals.bought(usd, self.prices[at], Rounding::Ceil);
        self.units[at] -= units.unwrap_or(Amount::MAX).min(self.units[at]);
        let usd = before - self.asset_value(at);
        self.result -= usd;
        effects.push(IssuerEffect::Loss { tier, usd });
    }

    fn snapshot(&self, now: SimTime) -> Attestation {
        let row = |name: &str, usd, frozen| TierView {
            name: name.to_owned(),
            usd,
            frozen,
        };
        let assets = self.config.assets.iter().enumerate();
        let assets = assets.map(|(at, asset)| row(&asset.name, self.asset_value(at), 0));
        let legs = self.config.legs.iter().zip(&self.legs);
        let legs = legs.map(|(config, leg)| match leg.is_frozen {
            true => row(&config.venue, 0, leg.equity),
            false => row(&config.venue, leg.equity, 0),
        });
        let cash = row("liquid stables", self.liquid(), 0);
        let fund = row("reserve fund", self.reserve_fund, 0);
        Attestation {
            as_of: now,
            tiers: [cash]
                .into_iter()
                .chain(assets)
                .chain(legs)
                .chain([fund])
                .collect(),
            supply: self.desk.supply.outstanding(),
            backing: self.backing(),
        }
    }

    fn check_hedge(&self, event: HedgeEvent) -> Result<(), IssuerError> {
        let leg = match event {
            HedgeEvent::Report { leg, .. } | HedgeEvent::Frozen { leg, .. } => leg,
        };
        unknown(leg.index() < self.legs.len(), "leg", u32::from(leg.0))?;
        if let HedgeEvent::Report {
            units,
            equity,
            funding,
            ..
        } = event
        {
            check_money(equity.saturating_abs(), "equity")?;
            check_money(funding.saturating_abs(), "funding")?;
            let asset = self.config.legs[leg.index()].asset.index();
            let decimals = self.config.assets[asset].decimals;
            let value = decimals.value(units, self.prices[asset], Rounding::Floor);
            return value.map(|_| ()).ok_or(IssuerError::OutOfRange("units"));
        }
        Ok(())
    }
}

/// How the supply of a synthetic dollar answers to its yield: so much of itself a day, `elasticity`
/// times the yield less what the same money earns elsewhere. The supply grew while funding was high
/// and fell by more than half within two months when it was not (N); the linear form is a closure
/// of ours (grade D).
#[must_use]
pub fn supply_response(yield_rate: Rate, elsewhere: Rate, elasticity: Rate) -> Rate {
    let gap = i128::from(yield_rate.0) - i128::from(elsewhere.0);
    let change = gap * i128::from(elasticity.0) / i128::from(Rate::ONE.0);
    Rate(change.clamp(i128::from(-Rate::ONE.0), i128::from(Rate::ONE.0)) as i64)
}
