//! What a breach came from: the loss of money over all factors of a margin unit, and over those who
//! moved them.
//!
//! The loss of each factor is what it has done to the unit's equity over the memory of the
//! instrument's mark rule, fading like the moves themselves; factors that have gained do not count.
//! The loss of a factor is divided among the causes of the moves against the unit in proportion to
//! their ticks. A unit whose factors show no loss on balance (its own trades or withdrawals have
//! brought it down) is attributed by the moves against it, as far as they are remembered.

use firesale_types::{AccountId, AssetId, InstrumentId, Rate, SimTime, Usd};

use super::hedges::Moves;
use super::{GenealogyRecord, Lineage, Link, Via, note_parts};
use crate::account::Position;
use crate::attribution::{Attribution, Step};
use crate::instrument::Threshold;
use crate::ledger::FUNDING_SCALE;
use crate::limits::amount;
use crate::liquidation::Liquidation;
use crate::state::State;
use crate::triggers::Direction;
use crate::{Cause, CauseKind, Effects};

/// What a factor has cost a unit, in 1/65,536 of a micro-dollar.
#[derive(Clone, Copy, Debug)]
struct Loss {
    via: Via,
    amount: i128,
    /// The direction that brings it.
    harm: Direction,
    /// The factor's price before and now.
    prices: (i64, i64),
}

type Losses = smallvec::SmallVec<[Loss; 8]>;

/// What a breach came from.
pub(crate) struct Culprits {
    pub(super) shares: Attribution,
    via: Via,
    via_part: Rate,
    prices: (i64, i64),
}

/// The sum over the two steps of a level of what each did, by its weight.
fn over(steps: [Step; 2], change: impl Fn(i64, i64) -> i128) -> i128 {
    let part = |&(from, to, weight): &Step| change(from, to).saturating_mul(i128::from(weight));
    steps.iter().map(part).sum()
}

/// The first and the last level of the steps that count.
fn ends(steps: [Step; 2]) -> (i64, i64) {
    let [(present, now, _), (previous, _, weight)] = steps;
    (if weight > 0 { previous } else { present }, now)
}

impl State {
    /// What a breach came from.
    pub(crate) fn culprits(
        &self,
        id: AccountId,
        isolated: Option<usize>,
        now: SimTime,
    ) -> Culprits {
        let mut losses = self.losses(id, isolated, now);
        let mut shares = Attribution::default();
        if losses.iter().any(|loss| loss.amount > 0) {
            losses.retain(|loss| loss.amount > 0);
            for loss in &losses {
                self.divide(id, loss, now, &mut shares);
            }
        } else {
            self.by_moves(&mut losses, (id, isolated), now, &mut shares);
        }
        let account = &self.accounts[id.index()];
        let only = isolated.map(|at| account.positions[at].instrument);
        for (cause, gain) in self.missed_gains(id, only, now) {
            shares.displace(cause, i128::from(gain) << 16);
        }
        let all: i128 = losses.iter().map(|loss| loss.amount).sum();
        // The first of equals.
        let largest = losses.iter().rev().max_by_key(|loss| loss.amount);
        let (via, amount, prices) = largest.map_or((Via::Charge, 0, (0, 0)), |loss| {
            (loss.via, loss.amount, loss.prices)
        });
        let via_part = (amount >> 16) * i128::from(Rate::ONE.0) / (all >> 16).max(1);
        Culprits {
            shares,
            via,
            via_part: Rate(via_part as i64),
            prices,
        }
    }

    fn positions_of(&self, id: AccountId, isolated: Option<usize>) -> &[Position] {
        let account = &self.accounts[id.index()];
        match isolated {
            Some(at) => &account.positions[at..=at],
            None => &account.positions[..],
        }
    }

    /// What each factor of a unit has cost it; negative what has gained.
    fn losses(&self, id: AccountId, isolated: Option<usize>, now: SimTime) -> Losses {
        let mut losses = Losses::new();
        let positions = self.positions_of(id, isolated).iter();
        for position in positions.filter(|p| !p.qty.is_zero()) {
            let instrument = position.instrument;
            let state = &self.instruments[instrument.index()];
            if !state.is_margined() {
                continue;
            }
            let lots = i128::from(position.qty.0);
            let steps = state.impact.price_steps(now);
            let tick = lots * i128::from(state.unit);
            losses.push(Loss {
                via: Via::Mark(instrument),
                harm: Direction::harmful_to(position.qty.0),
                amount: over(steps, |from, to| tick * i128::from(from - to)),
                prices: ends(steps),
            });
            let paid = |from, to| lots * i128::from(to - from) / i128::from(FUNDING_SCALE);
            let paid = over(state.impact.funding_steps(now), paid);
            if paid != 0 {
                losses.push(Loss {
                    via: Via::Funding(instrument),
                    harm: Direction::harmful_to(position.qty.0),
                    amount: paid,
                    prices: (0, 0),
                });
            }
        }
        if isolated.is_none() {
            self.losses_of_collateral(id, now, &mut losses);
        }
        let charged: i128 = self
            .charges(id, now)
            .map(|(_, amount)| i128::from(amount))
            .sum();
        if charged > 0 {
            losses.push(Loss {
                via: Via::Charge,
                harm: Direction::Falling,
                amount: charged << 16,
                prices: (0, 0),
            });
        }
        losses
    }

    fn losses_of_collateral(&self, id: AccountId, now: SimTime, losses: &mut Losses) {
        let account = &self.accounts[id.index()];
        for held in &account.balances {
            let Some(at) = self.asset(held.asset) else {
                continue;
            };
            let asset = &self.assets[at];
            if asset.counts.is_none() || held.amount <= Usd::ZERO {
                continue;
            }
            let steps = asset.impact.price_steps(now);
            let counted = |price| asset.collateral_value(held.amount, Usd(price), account.weight);
            losses.push(Loss {
                via: Via::Collateral(held.asset),
                harm: Direction::Falling,
                amount: over(steps, |from, to| i128::from(counted(from) - counted(to))),
                prices: ends(steps),
            });
        }
    }

    /// Divides the loss of a factor among those who moved it.
    fn divide(&self, id: AccountId, loss: &Loss, now: SimTime, shares: &mut Attribution) {
        match loss.via {
            Via::Mark(instrument) => {
                let moves = self.moves_of(instrument, loss.harm, now);
                shares.divide(loss.amount, &moves);
            }
            Via::Collateral(asset) => {
                if let Some(at) = self.asset(asset) {
                    let impact = &self.assets[at].impact;
                    let moves: Moves = impact.moves(now, loss.harm).collect();
                    shares.divide(loss.amount, &moves);
                }
            }
            Via::Funding(_) => shares.put(Cause::FUNDING, loss.amount),
            Via::Charge => {
                for (cause, amount) in self.charges(id, now) {
                    shares.put(cause, i128::from(amount) << 16);
                }
            }
        }
    }

    /// Without a loss on balance: the moves against each position, times what a tick is worth to it.
    fn by_moves(
        &self,
        losses: &mut Losses,
        (id, isolated): (AccountId, Option<usize>),
        now: SimTime,
        shares: &mut Attribution,
    ) {
        losses.clear();
        let positions = self.positions_of(id, isolated).iter();
        for position in positions.filter(|p| !p.qty.is_zero()) {
            let instrument = &self.instruments[position.instrument.index()];
            let harm = Direction::harmful_to(position.qty.0);
            let tick = i128::from(position.qty.0.abs()) * i128::from(instrument.unit);
            let moves = self.moves_of(position.instrument, harm, now);
            let all: i128 = moves.iter().map(|one| i128::from(one.1)).sum();
            shares.add(&moves, tick);
            losses.push(Loss {
                via: Via::Mark(position.instrument),
                harm,
                amount: tick * all,
                prices: ends(instrument.impact.price_steps(now)),
            });
        }
    }

    /// The forced part of a link of another venue.
    fn forced_abroad(&self, cause: Cause) -> Rate {
        match cause.kind() {
            CauseKind::Elsewhere(_) => self.lineage(cause).forced,
            _ => Rate::ZERO,
        }
    }

    /// The liquidation of a unit in breach, with its place in the genealogy.
    pub(crate) fn descend(
        &mut self,
        id: AccountId,
        isolated: Option<usize>,
        now: SimTime,
        out: &mut Effects,
    ) -> Liquidation {
        let number = self.liquidations.len() as u32;
        let from = self.culprits(id, isolated, now);
        let cause = from.shares.largest();
        let forced = from.shares.forced(|cause| self.lineage(cause).forced);
        let lineage = self.lineage(cause).child(forced);
        let (root, abroad) = place(&lineage, number);
        let account = &self.accounts[id.index()];
        let isolated_in = isolated.map(|at| account.positions[at].key());
        let standing = self.standing(account, isolated_in, Threshold::Maintenance);
        let positions = self.positions_of(id, isolated).iter();
        let notional = positions.map(|p| {
            let instrument = &self.instruments[p.instrument.index()];
            let counts = instrument.is_margined();
            i128::from(if counts { instrument.notional(p) } else { 0 })
        });
        out.links.push(GenealogyRecord::Breach {
            id: number,
            account: id,
            isolated: isolated_in.map(|key| key.instrument),
            equity: amount(standing.equity),
            maintenance: amount(standing.margin),
            notional: amount(notional.sum()),
            via: from.via,
            via_part: from.via_part,
            prices: from.prices,
            abroad: from.shares.forced(|cause| self.forced_abroad(cause)),
        });
        note_parts(Cause::liquidation(number), &from.shares, out);
        Liquidation {
            cause,
            root,
            abroad,
            generation: lineage.generation,
            forced_share: forced.to_f64() as f32,
            ..Liquidation::new(id, isolated_in, now)
        }
    }
}

/// The root of a liquidation: by number if it is of this venue, else its link.
fn place(lineage: &Lineage, number: u32) -> (u32, Option<Link>) {
    match lineage.root {
        None => (number, None),
        Some(Link { venue: None, cause }) => (cause.as_liquidation().unwrap_or(number), None),
        Some(abroad) => (number, Some(abroad)),
    }
}

/// What the closed instrument has to do with the factor that brought the most of a loss.
impl Via {
    /// Whether the loss came from elsewhere than a closed instrument: another instrument, a
    /// collateral that is not its base, or a charge.
    #[must_use]
    pub fn crosses(self, closed: InstrumentId, base: AssetId) -> bool {
        match self {
            Self::Mark(instrument) | Self::Funding(instrument) => instrument != closed,
            Self::Collateral(asset) => asset != base,
            Self::Charge => true,
        }
    }
}
