//! Which venue rules make sense.

use firesale_types::{AssetId, Rate, SimDuration, SimTime, Usd};

use crate::config::{clearing, portfolio};
use crate::limits::{MAX_BALANCE, MAX_PRICE};
use crate::{
    BackstopConfig, CollateralConfig, FundingRule, InstrumentConfig, InstrumentKind,
    LiquidationConfig, LiquidationLimit, LiquidationMethod, MarkRule, UnwindPolicy, VenueConfig,
};

/// Why a venue cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A margin tier is wrong.
    #[error("margin tier {tier}: {why}")]
    Tiers {
        /// Which, from 1.
        tier: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// An instrument is wrong.
    #[error("instrument {symbol}: {why}")]
    Instrument {
        /// Its symbol.
        symbol: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A collateral asset is wrong.
    #[error("collateral asset {asset}: {why}")]
    Collateral {
        /// Which.
        asset: AssetId,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A rule of the whole venue is wrong.
    #[error("venue: {why}")]
    Venue {
        /// What is wrong.
        why: &'static str,
    },
}

/// The most samples a mean over a window may hold.
const MAX_SAMPLES: i64 = 100_000;

pub(crate) type Check = Result<(), &'static str>;

pub(crate) fn require(condition: bool, why: &'static str) -> Check {
    if condition { Ok(()) } else { Err(why) }
}

pub(crate) fn is_part(rate: Rate) -> bool {
    (Rate::ZERO..=Rate::ONE).contains(&rate)
}

impl VenueConfig {
    /// Checks everything that [`crate::Exchange::new`] relies on.
    ///
    /// # Errors
    /// The first rule that makes no sense.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.check_venue()
            .map_err(|why| ConfigError::Venue { why })?;
        for (at, one) in self.collateral.iter().enumerate() {
            let asset = one.asset;
            let twice = self.collateral[..at].iter().any(|c| c.asset == asset);
            require(!twice, "it is listed twice")
                .and_then(|()| require(asset != self.settlement, "it is the settlement asset"))
                .and_then(|()| require(is_part(one.haircut), "its haircut is not between 0 and 1"))
                .and_then(|()| check_haircuts(one))
                .and_then(|()| require(one.initial_price > Usd::ZERO, "its price is not positive"))
                .map_err(|why| ConfigError::Collateral { asset, why })?;
        }
        for (at, one) in self.instruments.iter().enumerate() {
            let twice = self.instruments[..at]
                .iter()
                .any(|i| i.symbol == one.symbol);
            require(!twice, "its symbol is used twice")
                .and_then(|()| self.check_instrument(one))
                .map_err(|why| ConfigError::Instrument {
                    symbol: one.symbol.clone(),
                    why,
                })?;
        }
        Ok(())
    }

    fn check_venue(&self) -> Check {
        let fees = &self.fees;
        require(
            self.instruments.len() < usize::from(u16::MAX),
            "too many instruments",
        )?;
        require(
            fees.taker.0.abs() < Rate::ONE.0 && fees.maker.0.abs() < Rate::ONE.0,
            "a trading fee is 100% or more",
        )?;
        require(
            fees.maker.0 + fees.taker.0 >= 0,
            "the maker's rebate is more than the taker pays",
        )?;
        require(
            is_part(fees.liquidation),
            "the liquidation fee is not between 0 and 1",
        )?;
        require(
            (Usd::ZERO..=MAX_BALANCE).contains(&self.insurance_fund),
            "the insurance fund is negative or above the limit",
        )?;
        require(
            (Rate::ZERO..=Rate(100 * Rate::ONE.0)).contains(&self.margin_call_ratio),
            "the margin call ratio is not between 0 and 100",
        )?;
        require(
            is_part(self.margin_rules.transfer_floor),
            "the part of the notional that may not leave is not between 0 and 1",
        )?;
        require(
            self.mark_period >= SimDuration::ZERO,
            "the mark period is negative",
        )?;
        check_liquidation(&self.liquidation)?;
        self.brakes.check(self.instruments.len())?;
        self.platform.check()?;
        self.fund_unwind.as_ref().map_or(Ok(()), check_unwind)?;
        self.check_loss()?;
        self.portfolio
            .as_ref()
            .map_or(Ok(()), |rules| portfolio::check(self, rules))?;
        self.clearing
            .as_ref()
            .map_or(Ok(()), |rules| clearing::check(self, rules))?;
        self.backstop.as_ref().map_or(Ok(()), check_backstop)
    }

    fn check_instrument(&self, one: &InstrumentConfig) -> Check {
        require(
            one.unit.0 > 0,
            "tick times lot is not a positive number of micro-dollars",
        )?;
        require(
            one.lot_units > 0,
            "the lot is not a positive number of millionths",
        )?;
        require(
            one.unit.0 <= 1 << 40 && one.lot_units <= 1 << 50,
            "tick or lot is too large",
        )?;
        require(one.price_step > 0, "the price step is not positive")?;
        require(one.qty_step > 0, "the quantity step is not positive")?;
        require(one.max_order_qty.0 > 0, "the largest order is not positive")?;
        require(
            one.initial_price.0 > 0 && one.initial_price <= MAX_PRICE,
            "the initial price is not between 1 and 2^40 ticks",
        )?;
        if let Some(band) = one.price_band {
            require(
                band > Rate::ZERO && band <= Rate(100 * Rate::ONE.0),
                "the price band is not between 0 and 100",
            )?;
        }
        self.check_mark(&one.mark)?;
        let dated = one.kind == InstrumentKind::Future;
        require(
            one.expiry.is_some() == dated,
            "a future needs an expiry, and nothing else has one",
        )?;
        if let Some(expiry) = one.expiry {
            require(
                expiry.at > SimTime::ZERO && expiry.window > SimDuration::ZERO,
                "the expiry or its settlement window is not positive",
            )?;
            require(
                one.funding == FundingRule::Off,
                "a dated future has no funding",
            )?;
        }
        match one.kind {
            InstrumentKind::Spot => {
                require(
                    one.base != self.settlement,
                    "base and settlement are the same asset",
                )?;
                require(
                    one.funding == FundingRule::Off,
                    "a spot instrument has no funding",
                )
            }
            InstrumentKind::Perp | InstrumentKind::Future => {
                require(
                    !one.tiers.tiers().is_empty(),
                    "a perpetual or a future needs margin tiers",
                )?;
                let steepest = i128::from(one.tiers.curve().steepest().0);
                let calls = steepest * i128::from(self.margin_call_ratio.0);
                let one_squared = i128::from(Rate::ONE.0) * i128::from(Rate::ONE.0);
                require(
                    calls <= one_squared,
                    "the margin call ratio asks for more than all",
                )?;
                check_funding(&one.funding)
            }
        }
    }

    fn check_mark(&self, rule: &MarkRule) -> Check {
        let ticking = "this mark rule needs a mark period";
        match *rule {
            MarkRule::Last | MarkRule::Index | MarkRule::Scripted => Ok(()),
            MarkRule::MedianOfThree { window } => {
                require(self.mark_period > SimDuration::ZERO, ticking)?;
                require(
                    window > SimDuration::ZERO,
                    "the mark's window is not positive",
                )?;
                require(
                    window.0 / self.mark_period.0 <= MAX_SAMPLES,
                    "the mark's window holds too many mark periods",
                )
            }
            MarkRule::MedianWithEma { ema, short_ema } => {
                require(self.mark_period > SimDuration::ZERO, ticking)?;
                require(
                    ema > SimDuration::ZERO && short_ema > SimDuration::ZERO,
                    "the mark's time constant is not positive",
                )
            }
        }
    }
}

fn check_liquidation(rules: &LiquidationConfig) -> Check {
    require(
        rules.latency >= SimDuration::ZERO,
        "the liquidation latency is negative",
    )?;
    require(
        rules.cooldown >= SimDuration::ZERO,
        "the liquidation cooldown is negative",
    )?;
    require(
        rules.partial_above >= Usd::ZERO,
        "the partial threshold is negative",
    )?;
    require(
        rules.partial_fraction > Rate::ZERO && is_part(rules.partial_fraction),
        "the partial fraction is not above 0 and at most 1",
    )?;
    require(
        rules.scan_period >= SimDuration::ZERO,
        "the scan period is negative",
    )?;
    if let LiquidationLimit::Bounded { spread, adjustment } = rules.limit {
        let sensible = Rate::ZERO..=Rate(100 * Rate::ONE.0);
        require(
            sensible.contains(&spread) && sensible.contains(&adjustment),
            "the spread or adjustment of the bounded limit is not between 0 and 100",
        )?;
    }
    match rules.method {
        LiquidationMethod::Auction { duration } => require(
            duration > SimDuration::ZERO && rules.latency > SimDuration::ZERO,
            "a liquidation auction needs a duration and a latency",
        ),
        LiquidationMethod::Twap { duration, parts } => require(
            duration > SimDuration::ZERO && parts > 1,
            "a liquidation by parts needs a duration and at least two parts",
        ),
        _ => Ok(()),
    }
}

/// Values and haircuts rise from tier to tier.
fn check_haircuts(rules: &CollateralConfig) -> Check {
    let (mut above, mut haircut) = (Usd::ZERO, rules.haircut);
    for tier in &rules.tiers {
        require(
            tier.above > above && tier.above <= MAX_BALANCE,
            "the values of its haircut tiers do not rise",
        )?;
        require(
            is_part(tier.haircut) && tier.haircut > haircut,
            "its haircuts do not rise from tier to tier, up to 1",
        )?;
        (above, haircut) = (tier.above, tier.haircut);
    }
    Ok(())
}

fn check_backstop(rules: &BackstopConfig) -> Check {
    require(
        (Usd::ZERO..=MAX_BALANCE).contains(&rules.capital),
        "the backstop's capital is negative or above the limit",
    )?;
    require(
        is_part(rules.threshold),
        "the backstop's threshold is not between 0 and 1",
    )?;
    let sensible = Rate::ZERO..=Rate(1_000 * Rate::ONE.0);
    require(
        sensible.contains(&rules.max_leverage)
            && sensible.contains(&rules.max_leverage_per_instrument),
        "the backstop's leverage is not between 0 and 1000",
    )?;
    require(
        rules.lockup >= SimDuration::ZERO,
        "the backstop's lockup is negative",
    )?;
    rules.unwind.as_ref().map_or(Ok(()), check_unwind)
}

fn check_unwind(rules: &UnwindPolicy) -> Check {
    require(
        rules.period > SimDuration::ZERO,
        "the period of unwinding is not positive",
    )?;
    require(
        rules.fraction > Rate::ZERO && is_part(rules.fraction) && is_part(rules.slippage),
        "the fraction or slippage of unwinding is not between 0 and 1",
    )
}

fn check_funding(rule: &FundingRule) -> Check {
    let FundingRule::PremiumIndex {
        interval,
        period,
        sample,
        interest,
        clamp,
        cap,
        impact_notional,
    } = *rule
    else {
        return Ok(());
    };
    require(
        interval > SimDuration::ZERO && period > SimDuration::ZERO && sample > SimDuration::ZERO,
        "a funding interval is not positive",
    )?;
    require(
        interval.0 / sample.0 <= 1 << 32,
        "funding is sampled too often",
    )?;
    require(
        interest.0.abs() <= Rate::ONE.0,
        "the funding interest is above 100%",
    )?;
    require(
        is_part(clamp) && is_part(cap),
        "the funding clamp or cap is not between 0 and 1",
    )?;
    require(
        impact_notional > Usd::ZERO,
        "the impact notional is not positive",
    )
}
