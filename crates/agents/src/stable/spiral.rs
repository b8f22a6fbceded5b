//! Arbitrage between a coin without a reserve and the token that absorbs its swings.
//!
//! Below par a member buys the coin in its pool, gives it to the issuer for new tokens at the oracle's
//! price, and sells these in their pool; above par the other way round. It acts when the round trip, with
//! what the issuer gives now and at what the token brings now, earns its margin. What it has in hand goes
//! on at the next look: between two steps the prices may have moved.
//!
//! The trade that was to hold Terra's peg, and that made 6.5 trillion of the token (N).

use firesale_sim::prelude::*;
use firesale_stablecoin::IssuerKind;

use crate::ways::Way;

/// Parameters of a population of seigniorage arbitrageurs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeigniorageArbitrageurConfig {
    /// The coin.
    pub coin: String,
    /// The pool of the coin.
    pub pool: String,
    /// The pool of the token.
    pub token_pool: String,
    /// What members keep their money in: a coin of both pools.
    pub money: String,
    /// The profit that pays.
    #[serde(default = "default_margin")]
    pub margin: f64,
    /// Most dollars in one round, for one member.
    pub clip: Money,
}

const fn default_margin() -> f64 {
    0.005
}

/// An arbitrageur remembers nothing: what is to be done next shows in what it holds.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct SeigniorageArbitrageur;

impl AgentKind for SeigniorageArbitrageur {
    const KIND: &'static str = "seigniorage_arbitrageur";
    const NEEDS_VENUE: bool = false;
    type Config = SeigniorageArbitrageurConfig;

    fn check(c: &SeigniorageArbitrageurConfig) -> Result<(), Misfit> {
        within("margin", c.margin, 0.0, 1.0)
    }

    fn names(c: &SeigniorageArbitrageurConfig) -> Vec<(&'static str, NameOf, String)> {
        vec![
            ("coin", NameOf::Coin, c.coin.clone()),
            ("pool", NameOf::Pool, c.pool.clone()),
            ("token_pool", NameOf::Pool, c.token_pool.clone()),
            ("money", NameOf::Asset, c.money.clone()),
        ]
    }

    fn new(_config: &SeigniorageArbitrageurConfig, _rng: &mut AgentRng) -> Self {
        Self
    }
}

/// The ways out of a coin without a reserve: its pool, and redemption with the sale of what that gives.
pub(super) struct Exits {
    pub(super) issuer: IssuerId,
    /// The coin in its pool for money.
    pub(super) coin: Way,
    /// The token in its pool for money.
    pub(super) token: Way,
}

impl Exits {
    /// The ways of a coin whose issuer is algorithmic and whose pools have these names.
    pub(super) fn of<K: AgentKind>(
        turn: &Turn<'_, K>,
        coin: AssetId,
        (pool, token_pool): (&str, &str),
        money: Option<AssetId>,
    ) -> Option<Self> {
        let (issuer, machine) = turn.issuers().of(coin)?;
        let token = machine.seigniorage()?;
        Some(Self {
            issuer,
            coin: Way::out_of(turn, pool, coin, money)?,
            token: Way::out_of(turn, token_pool, token, money)?,
        })
    }

    /// What redeeming `units` of the coin and selling the tokens brings for each, in money.
    pub(super) fn redeemed<K: AgentKind>(&self, turn: &Turn<'_, K>, units: f64) -> Option<f64> {
        let IssuerKind::Algorithmic(inside) = turn.issuers().get(self.issuer).issuer().kind()
        else {
            return None;
        };
        let of_coin = turn.assets().get(self.coin.asset_in).units;
        let gives = inside.quote(of_coin.chain_from_f64(units))?.to_f64();
        let oracle = inside.token_price()?.0 as f64 / 1e18;
        let tokens = units * gives / oracle;
        let brings = self.token.quote(turn, tokens)?;
        (units > 0.0).then(|| brings / units)
    }

    /// Gives what the member has of an asset on the chain to the issuer.
    pub(super) fn give<K: AgentKind>(&self, turn: &mut Turn<'_, K>, asset: AssetId, units: f64) {
        let chain = self.coin.pool.chain;
        let Some(token) = turn.chains().get(chain).token(asset) else {
            return;
        };
        let amount = turn.assets().get(asset).units.chain_from_f64(units);
        let call = Call::Leave {
            token,
            amount: Amount::Exact(amount),
            to: Exit::Issuer(self.issuer.0),
        };
        let offer = turn.offer(chain);
        turn.transact(chain, offer, [call]);
    }

    /// Sells what the member has of the token, whatever it brings.
    pub(super) fn sell_tokens<K: AgentKind>(&self, turn: &mut Turn<'_, K>) -> bool {
        let held = self.token.held(turn);
        if held <= 0.0 || self.token.quote(turn, held).is_none() {
            return false;
        }
        let call = Call::Swap {
            pool: self.token.pool.pool,
            from: self.token.from as u8,
            to: self.token.to as u8,
            amount: Amount::All,
            least: 0,
        };
        let offer = turn.offer(self.token.pool.chain);
        turn.transact(self.token.pool.chain, offer, [call]);
        true
    }
}

type Look<'a> = Turn<'a, SeigniorageArbitrageur>;

pub(crate) fn decide(mut agents: Agents<'_, '_, SeigniorageArbitrageur>) {
    agents.par_decide(|_, turn| {
        let c = turn.config();
        let money = turn.assets().find(&c.money);
        let exits = turn.assets().find(&c.coin).and_then(|coin| {
            Exits::of(turn, coin, (c.pool.as_str(), c.token_pool.as_str()), money)
        });
        let Some(exits) = exits else {
            return;
        };
        if turn.waiting(exits.coin.pool.chain) == 0 {
            go_on(turn, &exits);
        }
    });
}

/// The next step of a round: sell tokens, redeem coins, or begin a new round.
fn go_on(turn: &mut Look<'_>, exits: &Exits) {
    let margin = turn.config().margin;
    let coins = exits.coin.held(turn);
    if coins > 1.0 {
        let sold = exits.coin.quote(turn, coins).map_or(0.0, |out| out / coins);
        let redeemed = exits.redeemed(turn, coins).unwrap_or(0.0);
        if redeemed > sold {
            exits.give(turn, exits.coin.asset_in, coins);
        } else {
            let (call, offer) = (
                exits.coin.call(turn, coins, 0.0),
                turn.offer(exits.coin.pool.chain),
            );
            turn.transact(exits.coin.pool.chain, offer, [call]);
        }
        return;
    }
    if exits.sell_tokens(turn) {
        return;
    }
    let clip = turn.config().clip.get().to_f64() * f64::from(turn.weight());
    let buy = exits.coin.back();
    let money = clip.min(buy.held(turn));
    if money < 1000.0 {
        return;
    }
    // Smaller rounds may pay where large ones do not.
    for part in [1.0, 0.25, 0.05] {
        let spent = money * part;
        let Some(bought) = buy.quote(turn, spent) else {
            continue;
        };
        let back = exits
            .redeemed(turn, bought)
            .map_or(0.0, |each| each * bought);
        if back > spent * (1.0 + margin) {
            let worst = bought / spent * (1.0 - 0.5 * margin);
            let (call, offer) = (buy.call(turn, spent, worst), turn.offer(buy.pool.chain));
            turn.transact(buy.pool.chain, offer, [call]);
            return;
        }
    }
}
