//! Chains: blocks, pools, lending markets.

use std::borrow::Cow;

use crate::table::table;
use crate::{Moment, PopulationId};

table! {
    /// One chain at one record step; flows count what happened since the previous step.
    ChainRow in "chains" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The chain.
        chain: Cow<'static, str> = "name",
        /// The base fee of the next block.
        base_fee_gwei: f64 = "billionths of the native token for one gas",
        /// Blocks.
        blocks: i64 = "blocks",
        /// Gas used, users outside the run included.
        gas_used: f64 = "gas",
        /// Gas used by agents.
        gas_agents: f64 = "gas",
        /// Agents' transactions in blocks.
        included: i64 = "transactions",
        /// Of those, the ones that failed.
        failed: i64 = "transactions",
        /// Agents' transactions that were forgotten.
        dropped: i64 = "transactions",
        /// Agents' transactions that wait now.
        waiting: i64 = "transactions",
    }
}

table! {
    /// One coin of one pool at one record step; flows count what happened since the previous step.
    PoolRow in "pools" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The pool.
        pool: Cow<'static, str> = "name",
        /// The coin.
        coin: Cow<'static, str> = "symbol",
        /// What the pool holds of it.
        reserve: f64 = "units",
        /// Its part of all units in the pool.
        share: f64 = "fraction",
        /// Its marginal price in the pool, in units of the pool's first coin (of the second for the
        /// first).
        price: f64 = "units",
        /// Paid into the pool by swaps.
        volume_in: f64 = "units",
        /// Taken out of it by swaps.
        volume_out: f64 = "units",
    }
}

table! {
    /// What liquidity in one pool is worth at one record step, for a share bought at the start.
    LiquidityRow in "liquidity" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The pool.
        pool: Cow<'static, str> = "name",
        /// What the pool holds, at the prices of the world outside.
        value_usd: f64 = "USD",
        /// The share's value over its value at the start.
        share: f64 = "ratio",
        /// The same for who had kept the coins of the start.
        hold: f64 = "ratio",
        /// The same for who had always held what the share held, trading outside at its prices
        /// (the rebalancing portfolio of loss-versus-rebalancing).
        rebalance: f64 = "ratio",
    }
}

table! {
    /// Liquidity of one concentrated pool between two prices, at the start and at the end.
    PoolTickRow in "pool_ticks" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// Before or after the run.
        moment: Moment = "before, after",
        /// The pool.
        pool: Cow<'static, str> = "name",
        /// The lower price, units of the second coin for one of the first.
        lower: f64 = "price",
        /// The upper price.
        upper: f64 = "price",
        /// Liquidity between them.
        liquidity: f64 = "liquidity",
        /// The price in the pool at this moment.
        price: f64 = "price",
    }
}

table! {
    /// One asset of one lending market at one record step.
    LendingRow in "lending" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The lending market.
        lender: Cow<'static, str> = "name",
        /// The asset.
        asset: Cow<'static, str> = "symbol",
        /// What the market believes it is worth.
        price: f64 = "USD",
        /// Lent.
        supplied_usd: f64 = "USD",
        /// Borrowed.
        borrowed_usd: f64 = "USD",
        /// What can be withdrawn now.
        available_usd: f64 = "USD",
        /// Borrowed over borrowed and available.
        utilization: f64 = "fraction",
        /// Interest on debt.
        borrow_rate: f64 = "fraction a year",
        /// Interest on what is lent.
        supply_rate: f64 = "fraction a year",
        /// Debt written off since the start, at the market's prices.
        bad_debt_usd: f64 = "USD",
    }
}

table! {
    /// Borrowers of one lending market whose health factor lies in one range, at one step.
    HealthRow in "health" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The lending market.
        lender: Cow<'static, str> = "name",
        /// The lower end of the range.
        from: f64 = "health factor",
        /// The upper end; null for the last.
        to: f64 = "health factor",
        /// Borrowers.
        accounts: i64 = "accounts",
        /// What they owe.
        debt_usd: f64 = "USD",
        /// What stands behind it.
        collateral_usd: f64 = "USD",
    }
}

table! {
    /// One seizure of collateral in a lending market.
    SeizureRow in "seizures" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The lending market.
        lender: Cow<'static, str> = "name",
        /// Whose.
        borrower: Option<i64> = "agent",
        /// The borrower's population.
        population: Option<PopulationId> = "name",
        /// Who repaid.
        keeper: Option<i64> = "agent",
        /// The debt.
        debt: Cow<'static, str> = "symbol",
        /// How much of it was repaid.
        repaid: f64 = "units",
        /// The collateral.
        collateral: Cow<'static, str> = "symbol",
        /// How much of it was seized.
        seized: f64 = "units",
        /// Debt written off, in units of the debt.
        bad_debt: f64 = "units",
        /// Real accounts that the borrower stands for.
        weight: u32 = "accounts",
    }
}
