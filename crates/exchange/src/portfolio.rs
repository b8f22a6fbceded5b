//! Portfolio margin: worst loss over the scenario grid, plus add-ons.
//!
//! A holding is what an account holds, or may come to hold through its open orders, in one
//! instrument: a range of signed notionals, both legs of hedge mode together. A scenario's loss is linear
//! in the notionals, so its largest value over all outcomes of the open orders is the sum of each
//! holding's largest; a hedge that an order could undo does not count.

use firesale_types::{Qty, Rate};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::account::{Account, Position};
use crate::instrument::Threshold;
use crate::limits::value;
use crate::state::State;
use crate::{PortfolioMargin, VenueConfig};

/// Billionths in one.
const ONE: i128 = Rate::ONE.0 as i128;

/// The rules, prepared: one entry for each instrument.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grid {
    rows: Vec<GridRow>,
}

/// One instrument in the grid.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct GridRow {
    /// The moves of the rules, widened by the largest volatility shock.
    plain: Vec<i64>,
    /// The moves that apply: a clearing house may have scaled them.
    shocks: Vec<i64>,
    /// Bases that set off each other share a key; any other base has its own.
    group: u32,
    /// The part by which its base's worst case is set off against the others' of the group.
    offset: i64,
    /// The threshold of its base's concentration add-on.
    threshold: i64,
    /// A change of the notional changes the margin by this part of it at most.
    steepest: i64,
}

/// What an account may hold in one instrument, in signed micro-USD at the mark.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holding {
    instrument: usize,
    group: u32,
    base: usize,
    low: i64,
    high: i64,
}

pub(crate) type Holdings = SmallVec<[Holding; 8]>;

impl Grid {
    pub(crate) fn new(config: &VenueConfig, rules: &PortfolioMargin) -> Self {
        let widest = rules.widest().0;
        let rows = config.instruments.iter().map(|instrument| {
            let moves = rules.shocks_of(&instrument.symbol);
            let holds = |group: &crate::BaseOffset| group.bases.contains(&instrument.base);
            let group = rules.offsets.iter().position(holds);
            let listed = rules.concentrated_above_by_base.iter();
            let threshold = listed
                .filter(|(base, _)| *base == instrument.base)
                .map(|(_, above)| *above)
                .next()
                .unwrap_or(rules.concentrated_above);
            GridRow {
                plain: moves.iter().map(|one| scaled(one.0, widest)).collect(),
                shocks: Vec::new(),
                group: group.map_or(1 << 16 | u32::from(instrument.base.0), |at| at as u32),
                offset: group.map_or(0, |at| rules.offsets[at].rate.0),
                threshold: threshold.0,
                steepest: 0,
            }
        });
        let mut grid = Self {
            rows: rows.collect(),
        };
        for at in 0..grid.rows.len() {
            grid.rescale(at, Rate::ONE, rules, config.margin_call_ratio);
        }
        grid
    }

    /// Multiplies the moves of an instrument, as far as a loss of the whole notional is not called
    /// for.
    pub(crate) fn rescale(
        &mut self,
        at: usize,
        factor: Rate,
        rules: &PortfolioMargin,
        call_ratio: Rate,
    ) {
        let all = (ONE * ONE / ONE.max(i128::from(call_ratio.0))) as i64;
        let most = (all - rules.basis.0 - rules.concentration.0).max(0);
        let row = &mut self.rows[at];
        let apply = |&one: &i64| scaled(one, factor.0).clamp(-most, most);
        row.shocks = row.plain.iter().map(apply).collect();
        let farthest = row.shocks.iter().map(|one| one.abs()).max().unwrap_or(0);
        row.steepest = (farthest + rules.basis.0).max(rules.minimum.0) + rules.concentration.0;
    }

    /// A change of the mark that changes the notional of a position in the instrument by some
    /// amount changes maintenance margin by this part of it at most, whatever else is held: every
    /// scenario's loss, each add-on and the minimum have such a slope, and sums and maxima keep it.
    pub(crate) fn steepest(&self, at: usize) -> Rate {
        Rate(self.rows[at].steepest)
    }

    /// Maintenance margin of some holdings in billionths of a micro-USD, rounded up.
    fn requirement(&self, rules: &PortfolioMargin, holdings: &mut [Holding], weight: u32) -> i128 {
        holdings.sort_unstable_by_key(|holding| (holding.group, holding.base, holding.instrument));
        let groups = holdings.chunk_by(|a, b| a.group == b.group);
        groups
            .map(|group| self.group_requirement(rules, group, weight))
            .sum()
    }

    /// The same of holdings whose bases set off each other.
    fn group_requirement(
        &self,
        rules: &PortfolioMargin,
        holdings: &[Holding],
        weight: u32,
    ) -> i128 {
        let scenarios = rules.shocks.len();
        let mut joint: SmallVec<[i128; 16]> = SmallVec::from_elem(0, scenarios);
        let (mut apart, mut basis, mut gross, mut concentrated) = (0, 0, 0, 0);
        for base in holdings.chunk_by(|a, b| a.base == b.base) {
            let mut worst = 0;
            for (at, joint) in joint.iter_mut().enumerate() {
                let losses = base
                    .iter()
                    .map(|holding| holding.loss(self.rows[holding.instrument].shocks[at]));
                let loss = losses.sum::<i128>();
                *joint += loss;
                worst = loss.max(worst);
            }
            apart += worst;
            let sum = |part: fn(&Holding) -> i64| base.iter().map(|l| i128::from(part(l))).sum();
            let long: i128 = sum(|holding| holding.high.max(0));
            let short: i128 = sum(|holding| (-holding.low).max(0));
            let both: i128 = sum(|holding| holding.high.abs().max(holding.low.abs()));
            basis += long.min(short);
            gross += both;
            let threshold = i128::from(self.rows[base[0].instrument].threshold);
            concentrated += (both - threshold * i128::from(weight)).max(0);
        }
        let together = joint.into_iter().max().unwrap_or(0).max(0);
        let offset = i128::from(self.rows[holdings[0].instrument].offset);
        let saved = (apart - together).max(0) * offset / ONE;
        let scenario = apart - saved + basis * i128::from(rules.basis.0);
        scenario.max(gross * i128::from(rules.minimum.0))
            + concentrated * i128::from(rules.concentration.0)
    }
}

impl Holding {
    /// The largest loss under a move, in billionths of a micro-USD; negative is a gain.
    #[inline]
    fn loss(&self, shock: i64) -> i128 {
        let worst = if shock > 0 { self.low } else { self.high };
        -i128::from(worst) * i128::from(shock)
    }
}

/// A move times a factor, rounded away from zero.
fn scaled(shock: i64, factor: i64) -> i64 {
    let product = i128::from(shock.abs()) * i128::from(factor);
    let up = (product + ONE - 1) / ONE;
    shock.signum() * up.min(ONE) as i64
}

/// `sum * rate` of a sum in billionths, rounded up to whole micro-USD.
fn part_of(sum: i128, rate: Rate) -> i128 {
    let (high, low) = (sum / ONE, sum % ONE);
    let rate = i128::from(rate.0);
    let product = high % ONE * rate * ONE + low * rate;
    high / ONE * rate + (product + ONE * ONE - 1).div_euclid(ONE * ONE)
}

impl State {
    /// What an account holds and, by `open` (bids and asks of the entry at a place), may come to
    /// hold: of the entries that `keep` names by their places.
    fn holdings(
        &self,
        account: &Account,
        open: impl Fn(usize, &Position) -> [Qty; 2],
        keep: impl Fn(usize) -> bool,
    ) -> Holdings {
        let mut holdings = Holdings::new();
        let Some(grid) = &self.grid else {
            return holdings;
        };
        for (at, position) in account.positions.iter().enumerate() {
            let id = position.instrument.index();
            let instrument = &self.instruments[id];
            let [bids, asks] = open(at, position);
            let (low, high) = (position.qty - asks, position.qty + bids);
            let nothing = low.is_zero() && high.is_zero();
            if nothing || !instrument.is_margined() || !keep(at) {
                continue;
            }
            let worth = |qty: Qty| value(qty.0, instrument.mark.0, instrument.unit);
            let (low, high) = (worth(low), worth(high));
            match holdings.last_mut().filter(|last| last.instrument == id) {
                Some(other_leg) => {
                    other_leg.low += low;
                    other_leg.high += high;
                }
                None => holdings.push(Holding {
                    instrument: id,
                    group: grid.rows[id].group,
                    base: instrument.base,
                    low,
                    high,
                }),
            }
        }
        holdings
    }

    /// The margin of holdings times a rate, rounded up.
    fn margin_of_holdings(&self, holdings: &mut [Holding], weight: u32, times: Rate) -> i128 {
        let (Some(grid), Some(rules)) = (&self.grid, &self.config.portfolio) else {
            return 0;
        };
        part_of(grid.requirement(rules, holdings, weight), times)
    }

    /// Maintenance margin of a portfolio account, or its multiple at which it is called.
    pub(crate) fn portfolio_margin(&self, account: &Account, threshold: Threshold) -> i128 {
        let mut holdings = self.holdings(account, |_, _| [Qty::ZERO; 2], |_| true);
        let times = match threshold {
            Threshold::Maintenance => Rate::ONE,
            Threshold::MarginCall => self.config.margin_call_ratio,
        };
        self.margin_of_holdings(&mut holdings, account.weight, times)
    }

    /// Initial margin of a portfolio account in the worst case of its open orders.
    pub(crate) fn portfolio_initial(
        &self,
        account: &Account,
        open: impl Fn(usize, &Position) -> [Qty; 2],
    ) -> i128 {
        let times = self
            .config
            .portfolio
            .as_ref()
            .map_or(Rate::ONE, |p| p.initial);
        let mut holdings = self.holdings(account, open, |_| true);
        self.margin_of_holdings(&mut holdings, account.weight, times)
    }

    /// By how much maintenance margin would fall without the position at a place; negative for a
    /// hedge of the others.
    pub(crate) fn portfolio_contribution(&self, account: &Account, at: usize) -> i128 {
        let margin = |keep: &dyn Fn(usize) -> bool| {
            let mut holdings = self.holdings(account, |_, _| [Qty::ZERO; 2], keep);
            self.margin_of_holdings(&mut holdings, account.weight, Rate::ONE)
        };
        margin(&|_| true) - margin(&|other| other != at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_round_up_once() {
        // 1.5 micro-USD times 1.3 is 1.95.
        assert_eq!(part_of(1_500_000_000, Rate::bps(13_000)), 2);
        assert_eq!(part_of(2_000_000_000, Rate::ONE), 2);
        assert_eq!(part_of(2_000_000_001, Rate::ONE), 3);
        assert_eq!(part_of(1, Rate(1)), 1);
        assert_eq!(part_of(0, Rate::ONE), 0);
        let huge = 1_i128 << 100;
        assert_eq!(part_of(huge, Rate::ONE), huge / ONE + 1);
    }

    #[test]
    fn moves_round_away_from_zero_and_end_at_everything() {
        assert_eq!(scaled(-150_000_000, 1_330_000_000), -199_500_000);
        assert_eq!(scaled(1, 1_500_000_000), 2);
        assert_eq!(scaled(-1, 1_500_000_000), -2);
        assert_eq!(scaled(600_000_000, 2_000_000_000), 1_000_000_000);
    }
}
