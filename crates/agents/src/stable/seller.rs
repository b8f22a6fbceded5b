//! Pool sellers: one large sale of a coin through a pool, cut into slices over time.
//!
//! The plain cause that a scenario gives a run: somebody needs other coins. (Terra's began with a
//! withdrawal and a sale of nine figures in one pool on 7 May 2022, N.)

use firesale_sim::prelude::*;

use crate::ways::Way;

/// Parameters of a population of pool sellers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolSellerConfig {
    /// The coin.
    pub coin: String,
    /// The pool.
    pub pool: String,
    /// The coin wanted; default: the first other one.
    #[serde(default)]
    pub into: Option<String>,
    /// Units that one member sells in all.
    pub amount: Money,
    /// When it begins, after the scenario's start.
    pub start: DurationText,
    /// How long it takes.
    pub over: DurationText,
    /// The lowest price; absent: any.
    #[serde(default)]
    pub limit: f64,
}

/// A pool seller's memory.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct PoolSeller {
    /// Units at the beginning.
    start: Option<f64>,
}

impl AgentKind for PoolSeller {
    const KIND: &'static str = "pool_seller";
    const NEEDS_VENUE: bool = false;
    type Config = PoolSellerConfig;

    fn check(c: &PoolSellerConfig) -> Result<(), Misfit> {
        within("limit", c.limit, 0.0, 1e9)
    }

    fn names(c: &PoolSellerConfig) -> Vec<(&'static str, NameOf, String)> {
        let into = c
            .into
            .iter()
            .map(|into| ("into", NameOf::Asset, into.clone()));
        let own = [
            ("coin", NameOf::Asset, c.coin.clone()),
            ("pool", NameOf::Pool, c.pool.clone()),
        ];
        own.into_iter().chain(into).collect()
    }

    fn new(_config: &PoolSellerConfig, _rng: &mut AgentRng) -> Self {
        Self { start: None }
    }
}

pub(crate) fn decide(mut agents: Agents<'_, '_, PoolSeller>) {
    agents.par_decide(|me, turn| {
        let c = turn.config();
        let since = turn.now().since(SimTime::ZERO + c.start.get());
        if since < SimDuration::ZERO {
            return;
        }
        let into = c.into.as_ref().and_then(|name| turn.assets().find(name));
        let coin = turn.assets().find(&c.coin);
        let Some(way) = coin.and_then(|coin| Way::out_of(turn, &c.pool, coin, into)) else {
            return;
        };
        let held = way.held(turn);
        let start = *me.start.get_or_insert(held);
        if turn.waiting(way.pool.chain) > 0 {
            return;
        }
        let total = (c.amount.get().to_f64() * f64::from(turn.weight())).min(start);
        let due = (since.seconds() / c.over.get().seconds().max(1e-9)).min(1.0) * total;
        let slice = (due - (start - held)).min(held);
        if slice < 1.0 {
            return;
        }
        let (call, offer) = (way.call(turn, slice, c.limit), turn.offer(way.pool.chain));
        turn.transact(way.pool.chain, offer, [call]);
    });
}
