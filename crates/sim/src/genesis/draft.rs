//! Members before they are created: sizes, positions, leverage, and the balance of longs and shorts.

use std::collections::BTreeMap;

use firesale_types::{Rate, Usd, hash64};
use smallvec::SmallVec;

use super::plan::size_law;
use super::{Genesis, PopulationPlan};
use crate::MarketId;
use crate::sampling::{LeverageLaw, SizeLaw, Stratum, permutation, stratify};
use crate::scenario::file::{LeverageTable, MarginName, PositionTable, SideName};

/// A starting position before it is booked: signed dollars at the starting price.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    pub(super) market: MarketId,
    pub(super) notional: f64,
}

/// A member before it is created.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) weight: u32,
    pub(super) home: MarketId,
    pub(super) legs: SmallVec<[Leg; 1]>,
    pub(super) equity: f64,
    pub(super) leverage: f64,
    pub(super) entry: f64,
    /// Its part in its population's holdings off venues, relative to others.
    pub(super) size: f64,
}

impl Genesis<'_> {
    pub(super) fn draft(&self, plan: &PopulationPlan<'_>) -> Vec<Draft> {
        let hash = hash64(plan.table.name.as_bytes());
        match &plan.table.position {
            Some(position) => self.draft_positions(plan, &position.value, hash),
            None => self.draft_equities(plan, hash),
        }
    }

    /// Members without a starting position: equity by law, home markets by share.
    fn draft_equities(&self, plan: &PopulationPlan<'_>, hash: u64) -> Vec<Draft> {
        let equity = plan.table.equity.as_ref().map(size_law);
        let sizes = plan.table.sizes.as_ref().map(size_law);
        let law = sizes.or(equity).unwrap_or(SizeLaw::Fixed(0.0));
        // With sizes of their own, members have the same equity.
        let same = plan
            .table
            .sizes
            .as_ref()
            .map(|_| equity.map_or(0.0, |e| e.mean()));
        let strata = stratify(law, plan.accounts, plan.members);
        let order = permutation(strata.len(), &mut self.stream(hash, 1));
        let share = |m: &MarketId| plan.table.shares.get(&self.markets.get(*m).symbol).copied();
        let weights: Vec<f64> = if plan.table.shares.is_empty() {
            vec![1.0; plan.markets.len()]
        } else {
            plan.markets
                .iter()
                .map(|m| share(m).unwrap_or(0.0).max(0.0))
                .collect()
        };
        let total: f64 = weights.iter().sum();
        let n = strata.len() as f64;
        strata
            .iter()
            .enumerate()
            .map(|(i, stratum)| {
                // Systematic sampling over a random order: every market gets its share of members.
                let mut target = (f64::from(order[i]) + 0.5) / n * total;
                let mut home = plan.markets.first().copied().unwrap_or(MarketId::NONE);
                for (market, weight) in plan.markets.iter().zip(&weights) {
                    home = *market;
                    if target < *weight {
                        break;
                    }
                    target -= weight;
                }
                let weight = f64::from(stratum.weight);
                Draft {
                    weight: stratum.weight,
                    home,
                    legs: SmallVec::new(),
                    equity: same.unwrap_or(stratum.size) * weight,
                    leverage: 1.0,
                    entry: 1.0,
                    size: stratum.size * weight,
                }
            })
            .collect()
    }

    fn draft_positions(
        &self,
        plan: &PopulationPlan<'_>,
        position: &PositionTable,
        hash: u64,
    ) -> Vec<Draft> {
        let venue = plan.venues[0];
        let targets: Vec<(MarketId, f64)> = position
            .notional
            .iter()
            .filter_map(|(s, money)| Some((self.markets.find(venue, s)?, money.get().to_f64())))
            .filter(|(_, notional)| *notional > 0.0)
            .collect();
        if targets.is_empty() {
            return Vec::new();
        }
        let strata = stratify(size_law(&position.size), plan.accounts, plan.members);
        let mut drafts = self.spread(&strata, &targets, position, hash);
        self.scale_to_targets(&mut drafts, &targets);
        self.give_leverage(&mut drafts, position, plan.table.margin, hash);
        drafts
    }

    /// Gives each member its markets: at random in proportion to what is still missing there, a large
    /// member only where it stays below the largest share.
    fn spread(
        &self,
        strata: &[Stratum],
        targets: &[(MarketId, f64)],
        position: &PositionTable,
        hash: u64,
    ) -> Vec<Draft> {
        let mut rng = self.stream(hash, 2);
        let sign = if position.side == SideName::Long {
            1.0
        } else {
            -1.0
        };
        let sum: f64 = strata.iter().map(|s| f64::from(s.weight) * s.size).sum();
        let total: f64 = targets.iter().map(|t| t.1).sum();
        let factor = if sum > 0.0 { total / sum } else { 0.0 };
        let max_share = position.max_share.to_f64();
        let mut missing: Vec<f64> = targets.iter().map(|t| t.1).collect();
        let legs = position.legs.clamp(1, targets.len());
        strata
            .iter()
            .map(|stratum| {
                let notional = f64::from(stratum.weight) * stratum.size * factor;
                let single = stratum.size * factor;
                let mut chosen: SmallVec<[usize; 4]> = SmallVec::new();
                for _ in 0..legs {
                    let open = |i: &usize| {
                        !chosen.contains(i)
                            && missing[*i] > 0.0
                            && single / legs as f64 <= max_share * targets[*i].1
                    };
                    let weight: f64 = (0..targets.len()).filter(open).map(|i| missing[i]).sum();
                    let mut at = rng.uniform() * weight;
                    let pick = (0..targets.len()).filter(open).find(|&i| {
                        at -= missing[i];
                        at <= 0.0
                    });
                    let largest = || {
                        (0..targets.len())
                            .filter(|i| !chosen.contains(i))
                            .max_by(|&a, &b| missing[a].total_cmp(&missing[b]))
                    };
                    if let Some(i) = pick.or_else(largest) {
                        chosen.push(i);
                    }
                }
                let weight: f64 = chosen.iter().map(|&i| targets[i].1).sum();
                let list = chosen.iter().map(|&i| {
                    let part = notional * targets[i].1 / weight;
                    missing[i] = (missing[i] - part).max(0.0);
                    Leg {
                        market: targets[i].0,
                        notional: sign * part,
                    }
                });
                let list: SmallVec<[Leg; 1]> = list.collect();
                Draft {
                    weight: stratum.weight,
                    home: list[0].market,
                    legs: list,
                    equity: 0.0,
                    leverage: 1.0,
                    entry: 1.0,
                    size: notional,
                }
            })
            .collect()
    }

    fn scale_to_targets(&self, drafts: &mut [Draft], targets: &[(MarketId, f64)]) {
        for &(market, target) in targets {
            let legs = || {
                drafts
                    .iter()
                    .flat_map(|d| d.legs.iter())
                    .filter(|l| l.market == market)
            };
            let sum: f64 = legs().map(|l| l.notional.abs()).sum();
            if sum <= 0.0 {
                continue;
            }
            for draft in drafts.iter_mut() {
                for leg in draft.legs.iter_mut().filter(|l| l.market == market) {
                    leg.notional *= target / sum;
                }
            }
        }
    }

    /// Leverage by quantile of notional: members in random order take the quantile at which their
    /// notional stands in the running total, so that the law holds for notional, not for counts.
    fn give_leverage(
        &self,
        drafts: &mut [Draft],
        position: &PositionTable,
        margin: MarginName,
        hash: u64,
    ) {
        let order = permutation(drafts.len(), &mut self.stream(hash, 3));
        let total: f64 = drafts.iter().map(|d| gross(&d.legs)).sum();
        let mut entries = self.stream(hash, 4);
        let mut before = 0.0;
        for i in order {
            let draft = &mut drafts[i as usize];
            let notional = gross(&draft.legs);
            let u = ((before + 0.5 * notional) / total).clamp(1e-9, 1.0 - 1e-9);
            before += notional;
            draft.leverage = self.leverage_of(draft, position, margin, u);
            draft.equity = notional / draft.leverage;
            let z = firesale_types::normal(&mut entries);
            draft.entry = (1.0 + position.entry_mean + position.entry_sd * z).max(0.2);
        }
    }

    fn leverage_of(
        &self,
        draft: &Draft,
        position: &PositionTable,
        margin: MarginName,
        u: f64,
    ) -> f64 {
        let (mut maintenance, mut initial, mut stretch) = (0.0, 0.0, 0.0);
        let notional = gross(&draft.legs);
        for leg in &draft.legs {
            let m = self.markets.get(leg.market);
            let config = &self.rules.venues[m.venue.index()].config;
            let instrument = &config.instruments[m.instrument.index()];
            let value = Usd::from_f64(leg.notional.abs()).unwrap_or(Usd::ZERO);
            match &config.portfolio {
                Some(grid) if margin == MarginName::Portfolio => {
                    // All legs of a member are on one side: nothing hedges them.
                    let needed = value.to_f64() * grid.naked_rate(&instrument.symbol).to_f64();
                    maintenance += needed;
                    initial += needed * grid.initial.to_f64();
                }
                _ => {
                    let tiers = &instrument.tiers;
                    maintenance += tiers.maintenance(value, draft.weight).to_f64();
                    initial += tiers.initial(value, draft.weight, Rate::ZERO).to_f64();
                }
            }
            if let LeverageTable::Curve(curve) = &position.leverage {
                let by_symbol = curve.stretch.get(&m.symbol).copied().unwrap_or(1.0);
                stretch += by_symbol * leg.notional.abs() / notional;
            }
        }
        let law = match &position.leverage {
            LeverageTable::Fixed(leverage) => LeverageLaw::Fixed(*leverage),
            LeverageTable::Lognormal(l) => LeverageLaw::Lognormal {
                median: l.median,
                sigma: l.sigma,
                max: l.max,
            },
            LeverageTable::Curve(c) => LeverageLaw::Curve {
                share: c.share,
                distance: c.distance * stretch,
                shape: c.shape,
                rest: c.rest,
            },
        };
        law.at(
            u,
            maintenance / notional,
            notional / initial.max(1e-9),
            self.leverage,
        )
    }

    /// Populations that balance take the opposite of everybody else's net position, in proportion.
    pub(super) fn balance(
        &self,
        plans: &[PopulationPlan<'_>],
        drafts: &mut [Vec<Draft>],
    ) -> Result<(), String> {
        let balances = |plan: &PopulationPlan<'_>| {
            plan.table
                .position
                .as_ref()
                .is_some_and(|p| p.value.balances)
        };
        let mut net: BTreeMap<MarketId, f64> = BTreeMap::new();
        let mut counter: BTreeMap<MarketId, f64> = BTreeMap::new();
        for (plan, drafts) in plans.iter().zip(&*drafts) {
            let side = if balances(plan) {
                &mut counter
            } else {
                &mut net
            };
            for leg in drafts.iter().flat_map(|d| &d.legs) {
                *side.entry(leg.market).or_default() += leg.notional;
            }
        }
        for (plan, drafts) in plans.iter().zip(&mut *drafts) {
            if !balances(plan) {
                continue;
            }
            for draft in drafts.iter_mut() {
                for leg in &mut draft.legs {
                    let wanted = -net.get(&leg.market).copied().unwrap_or(0.0);
                    let have = counter[&leg.market];
                    if wanted * have < 0.0 {
                        return Err(format!(
                            "`{}` is to balance {}, but the others are net {} already",
                            plan.table.name,
                            self.markets.get(leg.market).symbol,
                            if wanted > 0.0 { "short" } else { "long" },
                        ));
                    }
                    leg.notional *= wanted / have;
                }
                draft.equity = gross(&draft.legs) / draft.leverage;
            }
        }
        self.whole_lots(plans, drafts)
    }

    /// Rounds positions to lots; the rest of each market goes to its largest balancing position.
    fn whole_lots(
        &self,
        plans: &[PopulationPlan<'_>],
        drafts: &mut [Vec<Draft>],
    ) -> Result<(), String> {
        let mut sums: BTreeMap<MarketId, i64> = BTreeMap::new();
        let mut absorbers: BTreeMap<MarketId, (usize, usize, usize, f64)> = BTreeMap::new();
        for (p, plan) in plans.iter().enumerate() {
            let balances = plan
                .table
                .position
                .as_ref()
                .is_some_and(|t| t.value.balances);
            for (d, draft) in drafts[p].iter_mut().enumerate() {
                for (l, leg) in draft.legs.iter_mut().enumerate() {
                    let market = self.markets.get(leg.market);
                    let price = self.price(leg.market);
                    let lots = libm::rint(leg.notional / (price * market.lot_base));
                    leg.notional = lots;
                    *sums.entry(leg.market).or_default() += lots as i64;
                    let best = absorbers.get(&leg.market).is_none_or(|a| a.3 < lots.abs());
                    if balances && best {
                        absorbers.insert(leg.market, (p, d, l, lots.abs()));
                    }
                }
            }
        }
        for (market, sum) in sums {
            if sum == 0 {
                continue;
            }
            let Some(&(p, d, l, _)) = absorbers.get(&market) else {
                return Err(format!(
                    "positions in {} do not add up: long minus short is {sum} lots; mark a population with position.balances = true",
                    self.markets.get(market).symbol
                ));
            };
            drafts[p][d].legs[l].notional -= sum as f64;
        }
        Ok(())
    }
}

fn gross(legs: &[Leg]) -> f64 {
    legs.iter().map(|l| l.notional.abs()).sum()
}
