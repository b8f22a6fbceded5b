//! Which rules about losses make sense.

use firesale_types::{Rate, SimDuration, Usd};

use crate::limits::MAX_BALANCE;
use crate::validate::{At, Check, is_part, require};
use crate::{
    AdlTerms, AdlTrigger, Exchange, InstrumentKind, InsuranceRules, LossSharing, VenueConfig,
};

/// How many further insurance pools there may be.
const MOST_POOLS: usize = (Exchange::SYSTEM_ACCOUNTS - Exchange::FIRST_POOL.0) as usize;

impl VenueConfig {
    pub(crate) fn check_loss(&self) -> Check {
        check_terms(&self.adl_terms).at("adl")?;
        self.check_pools(&self.insurance).at("insurance")?;
        match self.insurance.sharing {
            LossSharing::Clawback { window } => require(
                window > SimDuration::ZERO,
                "the time between settlements of clawback is not positive",
            )
            .at("insurance.clawback_window"),
            LossSharing::None | LossSharing::Socialised => Ok(()),
        }
    }

    fn check_pools(&self, rules: &InsuranceRules) -> Check {
        require(
            rules.pools.len() <= MOST_POOLS,
            "there are more than 8 further insurance pools",
        )
        .at("pools")?;
        let mut pooled = Vec::new();
        for (at, pool) in rules.pools.iter().enumerate() {
            let named = rules.pools[..at]
                .iter()
                .any(|other| other.name == pool.name);
            require(
                !named && pool.name != "main" && !pool.name.is_empty(),
                "the name of an insurance pool is empty, used twice, or `main`",
            )
            .at(format!("pools[{at}].name"))?;
            require(
                (Usd::ZERO..=MAX_BALANCE).contains(&pool.capital),
                "the capital of an insurance pool is negative or above the limit",
            )
            .at(format!("pools[{at}].capital"))?;
            require(
                !pool.instruments.is_empty(),
                "an insurance pool has no instruments",
            )
            .at(format!("pools[{at}].instruments"))?;
            for &instrument in &pool.instruments {
                let known = self.instruments.get(instrument.index());
                require(
                    known.is_some_and(|known| known.kind == InstrumentKind::Perp),
                    "an insurance pool names an instrument that is not a perpetual here",
                )
                .at(format!("pools[{at}].instruments"))?;
                require(
                    !pooled.contains(&instrument),
                    "an instrument is in two insurance pools, or in one twice",
                )
                .at(format!("pools[{at}].instruments"))?;
                pooled.push(instrument);
            }
        }
        Ok(())
    }
}

fn check_terms(terms: &AdlTerms) -> Check {
    require(
        terms.max_portion >= Rate::bps(100) && is_part(terms.max_portion),
        "the largest portion of deleveraging is not between 1% and 100%",
    )
    .at("max_portion")?;
    require(
        terms.max_notional > Usd::ZERO,
        "the largest notional of deleveraging is not positive",
    )
    .at("max_notional")?;
    require(
        terms.max_insurance_loss >= Usd::ZERO,
        "the largest insurance loss is negative",
    )
    .at("max_insurance_loss")?;
    let AdlTrigger::FundDrawdown {
        start,
        stop,
        window,
    } = terms.trigger
    else {
        return Ok(());
    };
    require(
        start > Rate::ZERO && is_part(start),
        "the drawdown that starts deleveraging is not above 0 and at most 1",
    )
    .at("drawdown_start")?;
    require(
        stop >= Rate::ZERO && stop <= start,
        "the drawdown that stops deleveraging is not between 0 and the one that starts it",
    )
    .at("drawdown_stop")?;
    require(
        window > SimDuration::ZERO,
        "the window of the fund's drawdown is not positive",
    )
    .at("drawdown_window")
}
