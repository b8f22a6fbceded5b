//! What members have off venues at the start: on chains and in wallets.

use firesale_stablecoin::HolderId;
use firesale_types::{AgentId, Usd};

use super::{Census, PopulationPlan, levered};
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
    census: &mut Census,
    rules: &Rules,
    custody: &mut Custody,
    chains: &mut Chains,
) -> Result<(), String> {
    for agent in 0..census.agent_population.len() {
        let (population, share) = (census.agent_population[agent], census.shares[agent]);
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
        for (asset, units) in holdings(&plan.table.in_anchor) {
            let amount = rules.units[asset.index()].chain_from_f64(units);
            let depositors = census.anchored.entry(asset).or_default();
            depositors.extend((amount > 0).then_some((HolderId(agent.0), amount)));
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
        let member = (agent.0, share);
        levered::endow(plan, member, holder, rules, machine.chain_mut())?;
    }
    Ok(())
}
