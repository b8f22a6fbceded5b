//! What a member has on a lending market, in dollars of that market's oracle.

use firesale_amm::lending::{CategoryId, LendingPool, ReserveId};
use firesale_sim::prelude::*;
use firesale_types::TokenUnits;

/// One collateral and one debt of a member on one lending market.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loan {
    pub(super) lender: LenderRef,
    pub(super) collateral: ReserveId,
    pub(super) debt: ReserveId,
    pub(super) asset_c: AssetId,
    pub(super) asset_d: AssetId,
    /// The category in which both are, if the member uses it.
    pub(super) category: Option<CategoryId>,
}

/// What it is worth.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    /// Lent, in units.
    pub(super) lent: f64,
    /// Owed, in units.
    pub(super) owed: f64,
    /// Prices in the market's currency.
    pub(super) price_c: f64,
    pub(super) price_d: f64,
    /// How much may be borrowed against the collateral, and how much debt is safe.
    pub(super) ltv: f64,
    pub(super) threshold: f64,
}

impl Standing {
    pub(super) fn collateral(&self) -> f64 {
        self.lent * self.price_c
    }

    pub(super) fn debt(&self) -> f64 {
        self.owed * self.price_d
    }

    /// Collateral over what is left of it after the debt.
    pub(super) fn leverage(&self) -> f64 {
        self.collateral() / (self.collateral() - self.debt()).max(1e-9)
    }

    /// The health factor; infinite without debt.
    pub(super) fn health(&self) -> f64 {
        if self.debt() > 0.0 {
            self.collateral() * self.threshold / self.debt()
        } else {
            f64::INFINITY
        }
    }
}

impl Loan {
    /// The loan that names stand for.
    pub(super) fn find<K: AgentKind>(
        turn: &Turn<'_, K>,
        lender: &str,
        collateral: &str,
        debt: &str,
        e_mode: bool,
    ) -> Option<Self> {
        let lender = turn.chains().lender(lender)?;
        let logic = &turn.lender(lender).logic;
        let (collateral_id, debt_id) = (logic.reserve_of(collateral)?, logic.reserve_of(debt)?);
        let both = |c: &firesale_amm::lending::CategoryConfig| {
            c.collateral.contains(&collateral_id) && c.borrowable.contains(&debt_id)
        };
        let category = logic.config().categories.iter().position(both);
        Some(Self {
            lender,
            collateral: collateral_id,
            debt: debt_id,
            asset_c: turn.assets().find(collateral)?,
            asset_d: turn.assets().find(debt)?,
            category: category.filter(|_| e_mode).map(|at| CategoryId(at as u8)),
        })
    }

    pub(super) fn logic<'a, K: AgentKind>(&self, turn: &'a Turn<'_, K>) -> &'a LendingPool {
        &turn.lender(self.lender).logic
    }

    pub(super) fn units_c<K: AgentKind>(&self, turn: &Turn<'_, K>) -> TokenUnits {
        turn.assets().get(self.asset_c).units
    }

    pub(super) fn units_d<K: AgentKind>(&self, turn: &Turn<'_, K>) -> TokenUnits {
        turn.assets().get(self.asset_d).units
    }

    /// How the member stands now.
    pub(super) fn standing<K: AgentKind>(&self, turn: &Turn<'_, K>) -> Standing {
        let logic = self.logic(turn);
        let price = |id| logic.price(id).map_or(0.0, |price| price as f64 / 1e8);
        let reserve = &logic.config().reserves[self.collateral.index()];
        let own = self.category.map(|c| &logic.config().categories[c.index()]);
        let (ltv, threshold) = own
            .map_or((reserve.ltv_bps, reserve.liquidation_threshold_bps), |c| {
                (c.ltv_bps, c.liquidation_threshold_bps)
            });
        let (mut lent, mut owed) = (0, 0);
        if let Some(me) = turn.debtor(self.lender.chain) {
            lent = logic.supply_of(me, self.collateral, turn.now());
            owed = logic.debt_of(me, self.debt, turn.now());
        }
        Standing {
            lent: self.units_c(turn).chain_to_f64(lent),
            owed: self.units_d(turn).chain_to_f64(owed),
            price_c: price(self.collateral),
            price_d: price(self.debt),
            ltv: f64::from(ltv) / 1e4,
            threshold: f64::from(threshold) / 1e4,
        }
    }

    /// Interest a year: on the debt, and on what is lent.
    pub(super) fn rates<K: AgentKind>(&self, turn: &Turn<'_, K>) -> (f64, f64) {
        let logic = self.logic(turn);
        let of = |id| logic.reserve(id, turn.now()).map(|report| report.rates);
        let ray = |rate: u128| rate as f64 / 1e27;
        (
            of(self.debt).map_or(0.0, |rates| ray(rates.borrow)),
            of(self.collateral).map_or(0.0, |rates| ray(rates.supply)),
        )
    }

    /// What can be borrowed of the debt's reserve by anybody, in units.
    pub(super) fn cash<K: AgentKind>(&self, turn: &Turn<'_, K>) -> f64 {
        let report = self.logic(turn).reserve(self.debt, turn.now());
        self.units_d(turn)
            .chain_to_f64(report.map_or(0, |report| report.cash))
    }

    /// The call that enters the category, unless the member is in it.
    pub(super) fn enter<K: AgentKind>(&self, turn: &Turn<'_, K>) -> Option<Call> {
        let me = turn.debtor(self.lender.chain)?;
        let mine = self.logic(turn).account(me).and_then(|it| it.category);
        (self.category.is_some() && mine != self.category).then_some(Call::Category {
            lender: self.lender.lender,
            category: self.category.map(|c| c.0),
        })
    }

    pub(super) const fn supply(&self, amount: Amount) -> Call {
        Call::Supply {
            lender: self.lender.lender,
            reserve: self.collateral.0 as u8,
            amount,
        }
    }

    pub(super) const fn withdraw(&self, amount: Amount) -> Call {
        Call::Withdraw {
            lender: self.lender.lender,
            reserve: self.collateral.0 as u8,
            amount,
        }
    }

    pub(super) fn borrow<K: AgentKind>(&self, turn: &Turn<'_, K>, units: f64) -> Call {
        Call::Borrow {
            lender: self.lender.lender,
            reserve: self.debt.0 as u8,
            amount: self.units_d(turn).chain_from_f64(units),
        }
    }

    pub(super) const fn repay(&self, amount: Amount) -> Call {
        Call::Repay {
            lender: self.lender.lender,
            reserve: self.debt.0 as u8,
            amount,
        }
    }
}
