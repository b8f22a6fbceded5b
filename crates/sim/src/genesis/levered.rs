//! What members have lent and owe on lending markets at the start.

use firesale_amm::lending::{CategoryId, LendingPool, ReserveId};
use firesale_chain::{Chain, Holder, LenderId, TokenId};
use firesale_types::{AccountId, SimTime, TokenUnits, hash64};

use super::PopulationPlan;
use crate::config::{Money, Spanned};
use crate::onchain::ChainId;
use crate::scenario::file::{AgentsTable, InLenderTable};
use crate::scenario::resolve::{Findings, LenderRules, Rules};

/// One amount on a lending market.
struct Entry {
    reserve: ReserveId,
    token: TokenId,
    amount: u128,
}

/// Whether the lending market is one of the population's chain and deals in the assets.
pub(super) fn check(
    entry: &Spanned<AgentsTable>,
    chain: Option<ChainId>,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<()> {
    let Some(table) = &entry.value.in_lender else {
        return Some(());
    };
    let here: Vec<String> = rules
        .lenders
        .iter()
        .filter(|lender| Some(lender.chain) == chain)
        .map(|lender| lender.name.clone())
        .collect();
    let named = &table.value.lender;
    let lender = find(rules, &named.value).filter(|lender| Some(lender.1.chain) == chain);
    let (_, lender) = findings.find("lender on the population's chain", named, lender, &here)?;
    let reserves = lender.logic.config().reserves.iter();
    let known: Vec<String> = reserves.map(|reserve| reserve.symbol.clone()).collect();
    for (key, list) in [
        ("supplied", &table.value.supplied),
        ("borrowed", &table.value.borrowed),
    ] {
        for symbol in list.keys() {
            let found = lender.logic.reserve_of(symbol);
            findings.find_key("reserve", (table.span, key), symbol, found, &known)?;
        }
    }
    if let Some(name) = &table.value.e_mode {
        let labels = lender.logic.config().categories.iter();
        let known: Vec<String> = labels.map(|category| category.label.clone()).collect();
        let found = category(&lender.logic, &name.value);
        findings.find("e-mode category", name, found, &known)?;
    }
    if !(0.0..1.0).contains(&table.value.spread.to_f64()) {
        findings.add_within(table.span, "spread", "at least 0% and below 100%");
        return None;
    }
    Some(())
}

fn find<'a>(rules: &'a Rules, name: &str) -> Option<(LenderId, &'a LenderRules)> {
    let found = rules.lenders.iter().find(|lender| lender.name == name)?;
    // A chain numbers its own lending markets.
    let before = rules
        .lenders
        .iter()
        .take_while(|lender| lender.name != name);
    let place = before.filter(|lender| lender.chain == found.chain).count();
    Some((LenderId(place as u16), found))
}

fn category(logic: &LendingPool, name: &str) -> Option<CategoryId> {
    let mut all = logic.config().categories.iter();
    let at = all.position(|category| category.label == name)?;
    u8::try_from(at).ok().map(CategoryId)
}

/// Gives a member its part of what its population has lent and owes.
///
/// # Errors
/// If the lending market refuses it, or more would exist of a token than can be counted.
pub(super) fn endow(
    plan: &PopulationPlan<'_>,
    (index, share): (u32, f64),
    holder: Holder,
    rules: &Rules,
    chain: &mut Chain,
) -> Result<(), String> {
    let Some(Spanned { value: table, .. }) = &plan.table.in_lender else {
        return Ok(());
    };
    let Some((id, _)) = find(rules, &table.lender.value) else {
        return Ok(());
    };
    let entries = |chain: &Chain, list, part: f64| of_member(chain, id, (list, part), rules);
    let supplied = entries(chain, &table.supplied, share);
    let borrowed = entries(chain, &table.borrowed, share * uneven(table, plan, index));
    let address = chain.lenders()[usize::from(id.0)].address;
    let (who, at) = (AccountId(holder.0), SimTime::ZERO);
    let refused = |e: firesale_amm::lending::LendingError| {
        format!(
            "{}: `{}` at the start: {e}",
            table.lender.value, plan.table.name
        )
    };
    for entry in supplied {
        let logic = &mut chain.lenders_mut()[usize::from(id.0)].logic;
        logic
            .supply(at, who, entry.reserve, entry.amount)
            .map_err(refused)?;
        let minted = chain.ledger_mut().mint(address, entry.token, entry.amount);
        minted.map_err(|e| e.to_string())?;
    }
    let logic = &mut chain.lenders_mut()[usize::from(id.0)].logic;
    if let Some(name) = &table.e_mode {
        let entered = category(logic, &name.value);
        logic.set_category(at, who, entered).map_err(refused)?;
    }
    for entry in borrowed {
        let logic = &mut chain.lenders_mut()[usize::from(id.0)].logic;
        logic
            .borrow(at, who, entry.reserve, entry.amount)
            .map_err(refused)?;
        let spent = chain.ledger_mut().burn(address, entry.token, entry.amount);
        spent.map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// By how much a member's debt is above or below the mean.
fn uneven(table: &InLenderTable, plan: &PopulationPlan<'_>, index: u32) -> f64 {
    let mut bytes = index.to_le_bytes().to_vec();
    bytes.extend(plan.table.name.as_bytes());
    let uniform = (hash64(&bytes) >> 11) as f64 / (1_u64 << 53) as f64;
    1.0 + table.spread.to_f64() * (2.0 * uniform - 1.0)
}

/// A member's amounts on a list that is in dollars.
fn of_member(
    chain: &Chain,
    id: LenderId,
    (list, share): (&std::collections::BTreeMap<String, Money>, f64),
    rules: &Rules,
) -> Vec<Entry> {
    let lender = &chain.lenders()[usize::from(id.0)];
    let one = |(symbol, money): (&String, &Money)| {
        let (reserve, asset) = (lender.logic.reserve_of(symbol)?, rules.asset(symbol)?);
        let units: TokenUnits = rules.units[asset.index()];
        let price = rules.fundamentals[asset.index()].price;
        let amount = units.chain_from_f64(money.get().to_f64() / price * share);
        let token = lender.tokens[reserve.index()];
        (amount > 0).then_some(Entry {
            reserve,
            token,
            amount,
        })
    };
    list.iter().filter_map(one).collect()
}
