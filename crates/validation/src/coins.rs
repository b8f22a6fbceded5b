//! Issuers, and those who hold their coins, as the engine under test makes them.

use firesale_stablecoin::fiat::FiatConfig;
use firesale_stablecoin::{
    DepositContract, Issuer, IssuerConfig, IssuerEffect, IssuerEvent, PrimaryAccessModel, RunGame,
    RunRule, TierId,
};
use firesale_types::{Rate, SimTime};

use crate::engine::Engine;
use crate::mutation::Mutation;

impl Engine {
    /// The game of those who hold a claim.
    pub(crate) fn run_game(&self, mut game: RunGame) -> RunGame {
        if self.breaks(Mutation::LeavingIsFree) {
            game.cost = 0.0;
        }
        game
    }

    /// How holders decide to run.
    pub(crate) fn run_rule(&self, mut rule: RunRule) -> RunRule {
        if self.breaks(Mutation::LeavingIsFree) {
            rule.cost = 0.0;
        }
        rule
    }

    /// What depositors are promised.
    pub(crate) fn contract(&self, mut contract: DepositContract) -> DepositContract {
        if self.breaks(Mutation::PromisesCut) {
            contract.early = contract.early.min(1.0);
        }
        contract
    }

    /// What those in line have got, in the order in which they came.
    pub(crate) fn served(&self, paid: Vec<f64>) -> Vec<f64> {
        if self.breaks(Mutation::ServedProRata) {
            let mean = paid.iter().sum::<f64>() / paid.len() as f64;
            return vec![mean; paid.len()];
        }
        paid
    }

    /// The market around an issuer.
    pub(crate) fn access(&self, mut model: PrimaryAccessModel) -> PrimaryAccessModel {
        if self.breaks(Mutation::ArbitrageIdle) {
            model.depth_each = 0.0;
        }
        model
    }

    /// An issuer of tokens against dollars.
    pub(crate) fn fiat(&self, mut config: FiatConfig) -> Issuer {
        if self.breaks(Mutation::SalesWithoutImpact) {
            for tier in &mut config.ladder {
                tier.impact_linear = Rate::ZERO;
                tier.impact_convex = Rate::ZERO;
            }
        }
        let books: Vec<i128> = config.ladder.iter().map(|tier| tier.amount).collect();
        let mut issuer = self.issuer(IssuerConfig::Fiat(config));
        if self.breaks(Mutation::ReservesShort) {
            for (at, amount) in books.into_iter().enumerate() {
                let (tier, usd) = (TierId(at as u16), amount / 5);
                tell(
                    &mut issuer,
                    SimTime::ZERO,
                    IssuerEvent::ReserveLoss { tier, usd },
                );
            }
        }
        issuer
    }

    /// An issuer.
    pub(crate) fn issuer(&self, config: IssuerConfig) -> Issuer {
        Issuer::new(config).expect("a check's issuer makes sense")
    }

    /// What happens to whatever backs a coin.
    pub(crate) fn crash(
        &self,
        issuer: &mut Issuer,
        now: SimTime,
        event: IssuerEvent,
    ) -> Vec<IssuerEffect> {
        if self.breaks(Mutation::CrashUnseen) {
            return Vec::new();
        }
        tell(issuer, now, event)
    }
}

/// An event and what follows.
pub(crate) fn tell(issuer: &mut Issuer, now: SimTime, event: IssuerEvent) -> Vec<IssuerEffect> {
    let mut effects = Vec::new();
    let done = issuer.apply(now, event, &mut effects);
    done.expect("a check's events make sense");
    effects
}
