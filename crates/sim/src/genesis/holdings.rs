//! What members have off venues at the start: on chains and in wallets.

use firesale_types::{AgentId, Usd};

use super::{Census, PopulationPlan};
use crate::Custody;
use crate::onchain::Chains;
use crate::scenario::resolve::Rules;

/// Gives every member its part of what its population holds off venues, and an address on the
/// population's chain.
///
/// # Errors
/// If more would exist of a token than can be counted.
pub(crate) fn endow(
    plans: &[PopulationPlan<'_>],
    census: &Census,
    rules: &Rules,
    custody: &mut Custody,
    chains: &mut Chains,
) -> Result<(), String> {
    for (agent, (&population, &share)) in census
        .agent_population
        .iter()
        .zip(&census.shares)
        .enumerate()
    {
        let (agent, plan) = (AgentId(agent as u32), &plans[usize::from(population)]);
        let holdings = |list: &std::collections::BTreeMap<String, crate::config::Money>| {
            let units = list.iter().filter_map(|(symbol, money)| {
                let asset = rules.asset(symbol)?;
                let price = rules.fundamentals[asset.index()].price;
                Some((asset, money.get().to_f64() / price * share))
            });
            units.collect::<Vec<_>>()
        };
        for (asset, units) in holdings(&plan.table.in_wallet) {
            let amount = Usd(rules.units[asset.index()].venue_from_f64(units));
            custody.endow(agent, asset, amount);
        }
        let Some(chain) = plan.chain else { continue };
        let machine = &mut chains.0[usize::from(chain.0)];
        let holder = machine.open(agent);
        for (asset, units) in holdings(&plan.table.on_chain) {
            let token = machine.token_of(asset, rules);
            let amount = rules.units[asset.index()].chain_from_f64(units);
            let ledger = machine.chain_mut().ledger_mut();
            ledger
                .mint(holder, token, amount)
                .map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}
