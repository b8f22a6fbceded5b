//! Random operations, the audit after each.

use super::*;

const ALT: ReserveId = ReserveId(2);
const ACCOUNTS: u32 = 6;

/// Three assets of 18, 6 and 8 decimals, all lent, all collateral, with or without interest.
fn three(interest: bool, rule: BadDebtRule) -> LendingConfig {
    let mut config = market();
    config.bad_debt = rule;
    config.reserves[1] = ReserveConfig {
        ltv_bps: 7_700,
        liquidation_threshold_bps: 8_000,
        liquidation_bonus_bps: 400,
        collateral: true,
        protocol_fee_bps: 1_000,
        ..dollar()
    };
    config.reserves.push(ReserveConfig {
        ltv_bps: 6_000,
        liquidation_threshold_bps: 7_000,
        liquidation_bonus_bps: 1_000,
        protocol_fee_bps: 2_000,
        collateral: true,
        borrowable: true,
        price: 30_000 * BASE_UNIT as u64,
        ..ReserveConfig::plain("ALT", 8)
    });
    config.categories.push(CategoryConfig {
        label: "coins".to_owned(),
        ltv_bps: 9_000,
        liquidation_threshold_bps: 9_300,
        liquidation_bonus_bps: 300,
        collateral: vec![COIN, ALT],
        borrowable: vec![COIN, ALT],
        source: None,
    });
    if interest {
        for (at, reserve) in config.reserves.iter_mut().enumerate() {
            reserve.rate = RateConfig {
                base_bps: 100 * at as u32,
                slope1_bps: 500,
                slope2_bps: 20_000,
                optimal_bps: 7_000,
            };
            reserve.reserve_factor_bps = 1_500;
        }
    }
    config
}

struct Walk {
    pool: LendingPool,
    rng: Dice,
    now: SimTime,
    /// What each account has brought less what it has taken, by asset.
    net: Vec<[i128; 3]>,
    /// Whether prices and time move.
    moves: bool,
    liquidations: u32,
}

impl Walk {
    fn new(config: LendingConfig, seed: u64, moves: bool) -> Self {
        Self {
            pool: pool(config),
            rng: Dice::new(seed),
            now: NOW,
            net: vec![[0; 3]; ACCOUNTS as usize],
            moves,
            liquidations: 0,
        }
    }

    /// An amount from a few units to thousands of tokens.
    fn amount(&mut self, reserve: ReserveId) -> u128 {
        let digits = u32::from(self.pool.config().reserves[reserve.index()].decimals) + 4;
        if self.rng.between(0, 11) == 0 {
            return ALL;
        }
        10_u128.pow(self.rng.pick(0, digits - 1)) * self.rng.between(1, 99) / 10
    }

    fn book(
        &mut self,
        id: AccountId,
        reserve: ReserveId,
        brought: Result<u128, LendingError>,
        sign: i128,
    ) {
        if let Ok(amount) = brought {
            self.net[id.index()][reserve.index()] += sign * amount as i128;
        }
    }

    fn step(&mut self) {
        let id = AccountId(self.rng.pick(0, ACCOUNTS - 1));
        let reserve = ReserveId(self.rng.pick(0, 2) as u16);
        let amount = self.amount(reserve);
        let now = self.now;
        match self.rng.between(0, 19) {
            0..=4 => {
                let done = self.pool.supply(now, id, reserve, amount);
                self.book(id, reserve, done, 1);
            }
            5..=7 => {
                let amount = self.most_or(amount, self.pool.max_withdraw(id, reserve, now));
                let done = self.pool.withdraw(now, id, reserve, amount);
                self.book(id, reserve, done, -1);
            }
            8..=11 => {
                let amount = self.most_or(amount, self.pool.max_borrow(id, reserve, now));
                let done = self.pool.borrow(now, id, reserve, amount);
                self.book(id, reserve, done, -1);
            }
            12..=14 => {
                let done = self.pool.repay(now, id, reserve, amount);
                self.book(id, reserve, done, 1);
            }
            15 => {
                let on = self.rng.coin();
                let _ = self.pool.set_collateral(now, id, reserve, on);
            }
            16 => {
                let category = (self.rng.between(0, 9) < 3).then_some(CategoryId(0));
                let _ = self.pool.set_category(now, id, category);
            }
            17 => self.shift(reserve),
            18 => self.close(id),
            _ => self.liquidate(id, reserve, amount),
        }
    }

    fn most_or(&mut self, amount: u128, most: u128) -> u128 {
        if self.rng.coin() { most } else { amount }
    }

    /// Time passes and a price moves.
    fn shift(&mut self, reserve: ReserveId) {
        if !self.moves {
            return;
        }
        let seconds = 10_i64.pow(self.rng.pick(0, 6));
        self.now += SimDuration::secs(seconds);
        let start = u128::from(self.pool.config().reserves[reserve.index()].price);
        // One in ten is a crash.
        let low = if self.rng.pick(0, 9) == 0 { 1 } else { 60 };
        let price = start * self.rng.between(low, 150) / 100;
        self.pool.set_price(reserve, price).unwrap();
    }

    /// A keeper takes all that is in breach.
    fn close(&mut self, keeper: AccountId) {
        for borrower in self.pool.liquidatable(self.now) {
            let account = self.pool.account(borrower).cloned().unwrap();
            for debt in &account.debts {
                for supply in &account.supplies {
                    self.call(keeper, borrower, [supply.reserve, debt.reserve], ALL);
                }
            }
        }
    }

    fn liquidate(&mut self, liquidator: AccountId, debt: ReserveId, repay: u128) {
        let borrower = AccountId(self.rng.pick(0, ACCOUNTS - 1));
        let collateral = ReserveId(self.rng.pick(0, 2) as u16);
        self.call(liquidator, borrower, [collateral, debt], repay);
    }

    fn call(
        &mut self,
        liquidator: AccountId,
        borrower: AccountId,
        [collateral, debt]: [ReserveId; 2],
        repay: u128,
    ) {
        let now = self.now;
        let tokens = self.rng.coin();
        let call = LiquidationCall {
            liquidator,
            borrower,
            collateral,
            debt,
            repay,
            receive: if tokens {
                Receive::Tokens
            } else {
                Receive::Supply
            },
        };
        let factor = self.pool.health_factor(borrower, now);
        let held = self.pool.supply_of(borrower, collateral, now);
        let owed = self.pool.debt_of(borrower, debt, now);
        let Ok(done) = self.pool.liquidate(now, &call) else {
            return;
        };
        assert!(factor < WAD, "a healthy account was liquidated");
        assert!(done.seized + done.fee <= held && done.repaid <= owed && done.repaid <= repay);
        self.liquidations += 1;
        self.book(liquidator, debt, Ok(done.repaid), 1);
        if tokens {
            self.book(liquidator, collateral, Ok(done.seized), -1);
        }
    }

    /// What the reserves hold is what the accounts brought.
    fn check_tokens(&self) {
        for (at, books) in self.pool.audit().unwrap().iter().enumerate() {
            let brought: i128 = self.net.iter().map(|net| net[at]).sum();
            assert_eq!(books.cash as i128, brought);
        }
    }

    /// Nobody has taken more than he brought, at the prices of the start.
    fn check_values(&self) {
        let prices = self.pool.config().reserves.iter().map(|it| {
            let unit = math::unit(18 - it.decimals);
            i128::from(it.price) * unit as i128 / 100_000_000
        });
        let prices: Vec<i128> = prices.collect();
        for net in &self.net {
            let value: i128 = net
                .iter()
                .zip(&prices)
                .map(|(amount, price)| amount * price)
                .sum();
            assert!(value >= 0, "{net:?}");
        }
    }
}

/// Dust never falls, whatever happens.
fn walk(steps: u32, seed: u64, rule: BadDebtRule) {
    let mut walk = Walk::new(three(true, rule), seed, true);
    let mut dust = [ruint::aliases::U256::ZERO; 3];
    for _ in 0..steps {
        walk.step();
        walk.check_tokens();
        for (before, books) in dust.iter_mut().zip(walk.pool.audit().unwrap()) {
            let now = books.dust.rounding + books.dust.interest;
            assert!(now >= *before);
            *before = now;
        }
        if rule == BadDebtRule::Deficit {
            let reserves = &walk.pool.reserves;
            assert!(reserves.iter().all(|reserve| reserve.index.supply >= RAY));
        }
    }
    assert!(walk.liquidations > steps / 1_000, "{}", walk.liquidations);
    let written = walk
        .pool
        .reserves
        .iter()
        .filter(|it| it.bad_debt > 0)
        .count();
    assert!(written > 0);
}

/// At constant prices and without interest.
fn still(steps: u32, seed: u64) {
    let mut walk = Walk::new(three(false, BadDebtRule::Deficit), seed, false);
    for _ in 0..steps {
        walk.step();
        walk.check_tokens();
        walk.check_values();
    }
    assert_eq!(walk.liquidations, 0);
}

#[test]
fn the_books_stand_whatever_happens() {
    walk(25_000, 11, BadDebtRule::Deficit);
    walk(25_000, 12, BadDebtRule::Socialize);
}

#[test]
fn nobody_takes_more_than_he_brings() {
    still(50_000, 13);
}

#[test]
#[ignore = "a million operations: minutes"]
fn the_books_stand_for_a_million_operations() {
    walk(500_000, 21, BadDebtRule::Deficit);
    walk(500_000, 22, BadDebtRule::Socialize);
}

#[test]
#[ignore = "a million operations: minutes"]
fn nobody_takes_more_than_he_brings_in_a_million_operations() {
    still(1_000_000, 23);
}
