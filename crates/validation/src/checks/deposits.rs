//! Deposits that may be withdrawn at any time, through the line of a real issuer.
//!
//! A thousand depositors brought a dollar each and are promised r1 at any time, first come, first
//! served; what stays until late is worth R. An issuer with a reserve whose sale brings a dollar a
//! depositor, and tokens of r1 at par, is that bank.
//!
//! * Diamond and Dybvig: that all leave is an equilibrium if and only if r1 > 1, beside the one in
//!   which only the impatient do; a run pays 1 / r1 of them in full and the others nothing.
//! * Goldstein and Pauzner: who takes every share of leavers for equally likely leaves below theta*,
//!   `theta* = integral of what leaving pays / integral of what staying pays if all goes well`.

use firesale_stablecoin::fiat::{Dealers, FiatConfig, PrimaryAccess, TierConfig, TierKind};
use firesale_stablecoin::{
    AttestationConfig, DOLLAR, Decimals, DepositContract, HolderId, IssuerEffect, IssuerEvent,
    Money, RailHours,
};
use firesale_types::{Rate, SimTime};

use crate::check::{Row, Tolerance};
use crate::coins::tell;
use crate::engine::Engine;

const DEPOSITORS: u32 = 1_000;

/// A tenth must leave early; what stays doubles.
const CONTRACT: DepositContract = DepositContract {
    impatient: 0.1,
    early: 1.05,
    late: 2.0,
};

/// (promise, equilibria, share of a run that is paid in full).
const PROMISES: [(f64, u8, f64); 6] = [
    (0.9, 1, 1.0),
    (1.0, 1, 1.0),
    (1.01, 2, 0.990_1),
    (1.05, 2, 0.952_4),
    (1.25, 2, 0.8),
    (1.5, 2, 0.666_7),
];

/// Equilibria, and who is paid in a run.
pub(crate) fn diamond_dybvig(engine: &Engine) -> Vec<Row> {
    let rows = PROMISES.map(|(early, equilibria, served)| {
        let bank = Bank::of(engine, early);
        let count = u8::from(bank.stays_calm()) + u8::from(bank.is_run());
        [
            Row::new(
                format!("equilibria, r1 = {early}"),
                f64::from(equilibria),
                f64::from(count),
                Tolerance::Absolute(0.0),
            ),
            Row::new(
                format!("share paid in full in a run, r1 = {early}"),
                served,
                bank.share_in_full(),
                Tolerance::Absolute(1.1 / f64::from(DEPOSITORS)),
            ),
        ]
    });
    rows.into_iter().flatten().collect()
}

/// The threshold by the formula, and with what the line of the issuer pays.
pub(crate) fn goldstein_pauzner(engine: &Engine) -> Vec<Row> {
    let contract = engine.contract(CONTRACT);
    let threshold = |success: fn(f64) -> f64| {
        let found = contract.run_threshold(success, |consumed| consumed);
        found.unwrap_or(f64::NAN)
    };
    let row = |name: &str, published, ours, tolerance| {
        let tolerance = Tolerance::Absolute(tolerance);
        Row::new(name.to_owned(), published, ours, tolerance)
    };
    vec![
        row(
            "theta*, p = theta",
            0.630_84,
            threshold(|theta| theta),
            1e-5,
        ),
        row(
            "theta*, p = theta^2",
            0.794_25,
            threshold(|theta| theta * theta),
            1e-5,
        ),
        row(
            "theta*, p = theta, paid by the issuer",
            0.630_84,
            played(engine),
            2e-3,
        ),
    ]
}

/// Steps of five depositors between the shares of leavers.
fn played(engine: &Engine) -> f64 {
    let bank = Bank::of(engine, CONTRACT.early);
    let impatient = bank.impatient();
    let (mut leaving, mut staying) = (0.0, 0.0);
    for leavers in (impatient..=DEPOSITORS).step_by(5) {
        let day = bank.withdraw(leavers);
        let is_end = leavers == impatient || leavers == DEPOSITORS;
        let weight = if is_end { 0.5 } else { 1.0 };
        leaving += weight * day.mean();
        staying += weight * day.late_each();
    }
    leaving / staying
}

/// The bank with its promise.
struct Bank<'a> {
    engine: &'a Engine,
    contract: DepositContract,
}

/// What came of a day on which some left.
struct Day {
    /// What each of them got, in the order of the line.
    paid: Vec<f64>,
    /// What those who stay share late.
    late: f64,
}

impl Day {
    fn mean(&self) -> f64 {
        self.paid.iter().sum::<f64>() / self.paid.len() as f64
    }

    fn late_each(&self) -> f64 {
        let stayed = f64::from(DEPOSITORS) - self.paid.len() as f64;
        if stayed > 0.0 {
            self.late / stayed
        } else {
            0.0
        }
    }
}

impl<'a> Bank<'a> {
    fn of(engine: &'a Engine, early: f64) -> Self {
        let contract = engine.contract(DepositContract { early, ..CONTRACT });
        Self { engine, contract }
    }

    fn impatient(&self) -> u32 {
        (self.contract.impatient * f64::from(DEPOSITORS)) as u32
    }

    /// What one depositor may ask for.
    fn promise(&self) -> Money {
        libm::rint(self.contract.early * DOLLAR as f64) as Money
    }

    /// Tokens at the promise; a reserve whose sale brings a dollar each, and what is beyond the
    /// promise is equity.
    fn config(&self) -> FiatConfig {
        let brought = Money::from(DEPOSITORS) * DOLLAR;
        let promised = Money::from(DEPOSITORS) * self.promise();
        let lost = (1.0 - 1.0 / self.contract.early).max(0.0);
        let reserve = TierConfig {
            kind: TierKind::Loans,
            haircut: Rate((lost * 1e9) as i64),
            ..TierConfig::cash("a long project", promised.max(brought))
        };
        FiatConfig {
            decimals: Decimals(6),
            supply: Decimals(6).at_par(promised),
            equity: (brought - promised).max(0),
            ladder: vec![reserve],
            rail: RailHours::always(),
            primary: PrimaryAccess {
                dealers: Dealers::First(DEPOSITORS),
                capacity_daily: None,
                minimum: 0,
                mint_fee: Rate::ZERO,
                redeem_fee: Rate::ZERO,
                redeems: true,
            },
            daily_limit: None,
            suspends_when_short: false,
            attestation: AttestationConfig::REAL_TIME,
            bill_yield_bps: 0,
        }
    }

    /// The first depositors stand in line before the first of them is paid.
    fn withdraw(&self, leavers: u32) -> Day {
        let mut issuer = self.engine.fiat(self.config());
        let amount = Decimals(6).at_par(self.promise());
        tell(&mut issuer, SimTime::ZERO, IssuerEvent::Suspend(true));
        for holder in (0..leavers).map(HolderId) {
            tell(
                &mut issuer,
                SimTime::ZERO,
                IssuerEvent::Redeem { holder, amount },
            );
        }
        let effects = tell(&mut issuer, SimTime::ZERO, IssuerEvent::Suspend(false));
        let mut paid = vec![0.0; leavers as usize];
        for effect in effects {
            if let IssuerEffect::Pay { to, usd } = effect {
                paid[to.index()] += usd as f64 / DOLLAR as f64;
            }
        }
        let left = issuer.backing().payable() as f64 / DOLLAR as f64;
        Day {
            paid: self.engine.served(paid),
            late: left * self.contract.late,
        }
    }

    /// Whether nobody else leaves when the impatient do.
    fn stays_calm(&self) -> bool {
        let staying = self.withdraw(self.impatient()).late_each();
        let joining = self.withdraw(self.impatient() + 1);
        joining.paid.last().is_some_and(|paid| staying > *paid)
    }

    /// Whether nobody stays when all others leave.
    fn is_run(&self) -> bool {
        let leaving = self.withdraw(DEPOSITORS).mean();
        leaving > self.withdraw(DEPOSITORS - 1).late_each()
    }

    /// The share of depositors that a run pays in full.
    fn share_in_full(&self) -> f64 {
        let paid = self.withdraw(DEPOSITORS).paid;
        let promised = self.promise() as f64 / DOLLAR as f64;
        let in_full = paid.iter().filter(|paid| **paid >= promised).count();
        in_full as f64 / f64::from(DEPOSITORS)
    }
}
