//! Stable assets: prices by place, issuers, reserves, redemptions.

use std::borrow::Cow;

use crate::PopulationId;
use crate::table::table;

table! {
    /// The price of one coin at one place at one record step.
    PegRow in "pegs" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The coin.
        coin: Cow<'static, str> = "symbol",
        /// The venue, pool, lending market or issuer.
        place: Cow<'static, str> = "name",
        /// What kind of place it is; of a lending market it is the price that it believes, of an
        /// issuer what the claim is worth, of a vault what its manager says.
        kind: Cow<'static, str> = "venue, pool, lender, issuer",
        /// The price.
        price: f64 = "USD",
    }
}

table! {
    /// One issuer at one record step.
    StablecoinRow in "stablecoins" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The issuer.
        issuer: Cow<'static, str> = "name",
        /// Its coin.
        coin: Cow<'static, str> = "symbol",
        /// Coins that exist.
        supply: f64 = "coins",
        /// Coins made since the start.
        minted: f64 = "coins",
        /// Coins destroyed since the start.
        burned: f64 = "coins",
        /// Paid for redemptions since the start.
        redeemed_usd: f64 = "USD",
        /// Redemptions that wait.
        queue_length: i64 = "requests",
        /// Coins in them.
        queue: f64 = "coins",
        /// Whether redemptions are paid now.
        open: bool = "true, false",
        /// What can be paid soon over what is owed, in truth.
        reserve_ratio: f64 = "fraction",
        /// What a coin is worth to whoever waits for everything, in truth.
        redemption_value: f64 = "USD",
        /// What the public may believe a coin to be worth; null for a coin without a reserve.
        public_worth: f64 = "USD",
        /// Seigniorage tokens that exist; null if there are none.
        seigniorage_supply: f64 = "tokens",
        /// Coins in the yield anchor; null if there is none.
        anchored: f64 = "coins",
    }
}

table! {
    /// One part of an issuer's reserve at one record step.
    ReserveRow in "reserves" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The issuer.
        issuer: Cow<'static, str> = "name",
        /// The part: a tier of a ladder, a position of a vault.
        tier: Cow<'static, str> = "name",
        /// Its place in the order in which it is used.
        rank: i64 = "number",
        /// What can be reached, at its book value.
        usd: f64 = "USD",
        /// What cannot.
        frozen_usd: f64 = "USD",
    }
}

table! {
    /// One thing that an issuer did for or with somebody.
    RedemptionRow in "redemptions" {
        /// Simulated time.
        time_ns: i64 = "ns since start",
        /// The issuer.
        issuer: Cow<'static, str> = "name",
        /// For whom.
        agent: Option<i64> = "agent",
        /// Of which population.
        population: Option<PopulationId> = "name",
        /// What it did.
        event: Cow<'static, str> = "minted, paid, returned, queued, refused, sold, lost, froze, recovered",
        /// Coins, if it is about coins; null otherwise.
        coins: f64 = "coins",
        /// Dollars, if it is about money; null otherwise.
        usd: f64 = "USD",
        /// Why it was refused, or which part of the reserve it is about.
        detail: Cow<'static, str> = "text",
        /// Real accounts that the agent stands for.
        weight: u32 = "accounts",
    }
}
