//! Which markets make sense.

use super::config::{
    CategoryConfig, LendingConfig, LiquidationRule, PriceSource, RateConfig, ReserveConfig,
    ReserveId,
};
use super::math::BPS;

/// The highest rate of the contract: 1,000% a year (Aave v3, P).
const MAX_RATE_BPS: u64 = 100_000;

/// Why a market cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct ConfigError {
    /// The key at fault, as configurations write it: `reserves[1].ltv_bps`.
    pub key: String,
    /// What is wrong with it.
    pub message: String,
}

/// Refuses unless `ok`.
fn ensure(ok: bool, key: impl FnOnce() -> String, message: &str) -> Result<(), ConfigError> {
    if ok {
        return Ok(());
    }
    Err(ConfigError {
        key: key(),
        message: message.to_owned(),
    })
}

impl LendingConfig {
    /// Checks all rules.
    ///
    /// # Errors
    /// The first key that makes no sense.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let reserves = || "reserves".to_owned();
        ensure(
            !self.reserves.is_empty(),
            reserves,
            "a market has at least one",
        )?;
        ensure(self.reserves.len() <= 128, reserves, "at most 128")?;
        let categories = || "categories".to_owned();
        ensure(self.categories.len() <= 255, categories, "at most 255")?;
        for (at, reserve) in self.reserves.iter().enumerate() {
            self.check_reserve(&format!("reserves[{at}]"), reserve)?;
            let twin = self.reserves[..at]
                .iter()
                .any(|other| other.symbol == reserve.symbol);
            let key = || format!("reserves[{at}].symbol");
            ensure(!twin, key, "another asset has it")?;
            self.check_source(&format!("reserves[{at}]"), reserve.source, Some(at))?;
        }
        for (at, category) in self.categories.iter().enumerate() {
            self.check_category(&format!("categories[{at}]"), category)?;
        }
        self.check_liquidation()
    }

    fn check_reserve(&self, at: &str, reserve: &ReserveConfig) -> Result<(), ConfigError> {
        let key = |name: &str| format!("{at}.{name}");
        let symbol = || key("symbol");
        ensure(!reserve.symbol.is_empty(), symbol, "has no letters")?;
        let decimals = || key("decimals");
        ensure(reserve.decimals <= 18, decimals, "at most 18")?;
        check_risk(
            at,
            reserve.ltv_bps,
            reserve.liquidation_threshold_bps,
            reserve.liquidation_bonus_bps,
        )?;
        for (name, value) in [
            ("protocol_fee_bps", reserve.protocol_fee_bps),
            ("reserve_factor_bps", reserve.reserve_factor_bps),
        ] {
            ensure(value <= 10_000, || key(name), "above 1 (10,000 bps)")?;
        }
        for (name, cap) in [
            ("supply_cap", reserve.supply_cap),
            ("borrow_cap", reserve.borrow_cap),
        ] {
            ensure(cap != Some(0), || key(name), "a cap of 0 admits nothing")?;
        }
        let collateral = || key("collateral");
        ensure(
            !reserve.collateral || reserve.liquidation_threshold_bps > 0,
            collateral,
            "collateral needs a liquidation threshold",
        )?;
        ensure(reserve.price > 0, || key("price"), "must be above 0")?;
        check_rate(at, &reserve.rate)
    }

    /// `own` is the asset whose price it is; none for a category.
    fn check_source(
        &self,
        at: &str,
        source: PriceSource,
        own: Option<usize>,
    ) -> Result<(), ConfigError> {
        let PriceSource::Pegged { to, value } = source else {
            return Ok(());
        };
        let worth = || format!("{at}.source.pegged.value");
        ensure(value > 0, worth, "must be above 0")?;
        let Some(to) = to else { return Ok(()) };
        let key = || format!("{at}.source.pegged.to");
        let Some(target) = self.reserves.get(to.index()) else {
            return ensure(false, key, "there is no such asset");
        };
        ensure(own != Some(to.index()), key, "is the asset itself")?;
        let pegged = matches!(target.source, PriceSource::Pegged { .. });
        ensure(!pegged, key, "is itself pegged")
    }

    fn check_category(&self, at: &str, category: &CategoryConfig) -> Result<(), ConfigError> {
        check_risk(
            at,
            category.ltv_bps,
            category.liquidation_threshold_bps,
            category.liquidation_bonus_bps,
        )?;
        let threshold = || format!("{at}.liquidation_threshold_bps");
        ensure(
            category.liquidation_threshold_bps > 0,
            threshold,
            "must be above 0",
        )?;
        for (name, members) in [
            ("collateral", &category.collateral),
            ("borrowable", &category.borrowable),
        ] {
            for (place, member) in members.iter().enumerate() {
                let key = || format!("{at}.{name}[{place}]");
                ensure(self.knows(*member), key, "there is no such asset")?;
            }
        }
        if let Some(source) = category.source {
            self.check_source(at, source, None)?;
        }
        Ok(())
    }

    fn check_liquidation(&self) -> Result<(), ConfigError> {
        match self.liquidation {
            LiquidationRule::CloseFactor {
                close_factor_bps,
                full_close_factor_at,
                small_position,
                min_leftover,
            } => {
                let key = |name: &str| format!("liquidation.close_factor.{name}");
                let factor = || key("close_factor_bps");
                ensure(close_factor_bps > 0, factor, "must be above 0")?;
                ensure(close_factor_bps <= 10_000, factor, "above 1 (10,000 bps)")?;
                let full = || key("full_close_factor_at");
                let most = u128::from(full_close_factor_at) <= super::math::WAD;
                ensure(most, full, "above 1 (18 decimals)")?;
                // A position just above the bound is halved and must still be liquidatable.
                let left = u128::from(small_position) * (BPS - u128::from(close_factor_bps)) / BPS;
                let leftover = || key("min_leftover");
                let fits = u128::from(min_leftover) <= left || min_leftover == 0;
                let message = "more than a partial close of a small position leaves";
                ensure(fits || close_factor_bps == 10_000, leftover, message)
            }
            LiquidationRule::Absorb {
                base,
                store_front_bps,
            } => self.check_absorb(base, store_front_bps),
        }
    }

    fn check_absorb(&self, base: ReserveId, store_front_bps: u32) -> Result<(), ConfigError> {
        let store = || "liquidation.absorb.store_front_bps".to_owned();
        ensure(store_front_bps <= 10_000, store, "above 1 (10,000 bps)")?;
        let key = || "liquidation.absorb.base".to_owned();
        ensure(self.knows(base), key, "there is no such asset")?;
        for (at, reserve) in self.reserves.iter().enumerate() {
            let is_base = at == base.index();
            let borrowable = || format!("reserves[{at}].borrowable");
            let message = "where accounts are absorbed the base asset and no other is borrowed";
            ensure(reserve.borrowable == is_base, borrowable, message)?;
            let collateral = || format!("reserves[{at}].collateral");
            let message = "where accounts are absorbed the base asset is no collateral";
            ensure(!(is_base && reserve.collateral), collateral, message)?;
        }
        let none = || "categories".to_owned();
        let message = "a market that absorbs accounts has none";
        ensure(self.categories.is_empty(), none, message)
    }

    fn knows(&self, id: ReserveId) -> bool {
        id.index() < self.reserves.len()
    }
}

/// A liquidation at the threshold must find enough collateral for debt and bonus.
fn check_risk(at: &str, ltv: u32, threshold: u32, bonus: u32) -> Result<(), ConfigError> {
    let key = |name: &str| format!("{at}.{name}");
    let top = || key("liquidation_threshold_bps");
    ensure(threshold <= 10_000, top, "above 1 (10,000 bps)")?;
    let loan = || key("ltv_bps");
    ensure(ltv <= threshold, loan, "above liquidation_threshold_bps")?;
    let most = BPS * BPS;
    let seized = u128::from(threshold) * (BPS + u128::from(bonus));
    let message = "liquidation_threshold_bps times 1 + bonus is above 1: no collateral covers it";
    ensure(seized <= most, || key("liquidation_bonus_bps"), message)
}

fn check_rate(at: &str, rate: &RateConfig) -> Result<(), ConfigError> {
    let key = |name: &str| format!("{at}.rate.{name}");
    let inside = rate.optimal_bps > 0 && rate.optimal_bps < 10_000;
    let message = "must lie between 0 and 1 (10,000 bps), exclusive";
    ensure(inside, || key("optimal_bps"), message)?;
    let steeper = rate.slope1_bps <= rate.slope2_bps;
    ensure(steeper, || key("slope2_bps"), "below slope1_bps")?;
    let top = u64::from(rate.base_bps) + u64::from(rate.slope1_bps) + u64::from(rate.slope2_bps);
    let message = "base and slopes together are above 1,000% a year (100,000 bps)";
    ensure(top <= MAX_RATE_BPS, || key("slope2_bps"), message)
}
