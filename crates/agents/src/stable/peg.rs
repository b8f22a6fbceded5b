//! Peg arbitrageurs: they buy a coin where it is cheaper than what it will be worth, and sell it where it is
//! dearer.
//!
//! With primary access a coin is worth what the issuer pays, less its fee; while the issuer cannot pay, what
//! the public believes the claim to be worth, less a premium for the risk of holding it, which shrinks as
//! the member's money grows in proportion to its position. Without access it is worth what it will be sold
//! for: the public worth, less twice the premium. What was bought is redeemed as soon as the issuer pays,
//! or sold when the price is back. Above par those with access mint and sell.
//!
//! Fewer with access keep the price less close to par: about six redeem one large coin in a month, hundreds
//! the other (R). Premium and shares are assumptions (A).

use firesale_sim::prelude::*;

use crate::ways::Way;

/// Parameters of a population of peg arbitrageurs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PegArbitrageurConfig {
    /// The coin.
    pub coin: String,
    /// The pool in which members buy and sell, if they have an address on its chain.
    #[serde(default)]
    pub pool: Option<String>,
    /// What they pay with there; default: the first other coin.
    #[serde(default)]
    pub into: Option<String>,
    /// Whether members have primary access: the issuer must list the population as well.
    #[serde(default)]
    pub primary: bool,
    /// The profit that pays.
    #[serde(default = "default_margin")]
    pub margin: f64,
    /// What holding the coin must earn at least when all of the money is in it and the issuer cannot pay.
    #[serde(default = "default_premium")]
    pub premium: f64,
    /// Most dollars in one trade, for one member.
    pub clip: Money,
}

const fn default_margin() -> f64 {
    0.0005
}
const fn default_premium() -> f64 {
    0.1
}

/// A peg arbitrageur remembers what it began with.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct PegArbitrageur {
    /// Money and coins at the start, in dollars.
    start: Option<f64>,
}

impl AgentKind for PegArbitrageur {
    const KIND: &'static str = "peg_arbitrageur";
    const NEEDS_VENUE: bool = false;
    type Config = PegArbitrageurConfig;

    fn check(c: &PegArbitrageurConfig) -> Result<(), Misfit> {
        within("margin", c.margin, 0.0, 1.0)?;
        within("premium", c.premium, 0.0, 1.0)
    }

    fn names(c: &PegArbitrageurConfig) -> Vec<(&'static str, NameOf, String)> {
        let coin = ("coin", NameOf::Coin, c.coin.clone());
        let pool = c
            .pool
            .iter()
            .map(|pool| ("pool", NameOf::Pool, pool.clone()));
        let into = c
            .into
            .iter()
            .map(|into| ("into", NameOf::Asset, into.clone()));
        std::iter::once(coin).chain(pool).chain(into).collect()
    }

    fn new(_config: &PegArbitrageurConfig, _rng: &mut AgentRng) -> Self {
        Self { start: None }
    }
}

type Look<'a> = Turn<'a, PegArbitrageur>;

/// Where a member trades, and what its coin is.
struct Places {
    coin: AssetId,
    issuer: IssuerId,
    market: Option<MarketId>,
    way: Option<Way>,
}

/// What the issuer does now.
struct Primary {
    /// Whether the member may redeem and is paid.
    pays: bool,
    /// What a redemption costs.
    fee: f64,
    /// What the public believes a coin to be worth.
    worth: f64,
}

pub(crate) fn decide(mut agents: Agents<'_, '_, PegArbitrageur>) {
    agents.par_decide(|me, turn| {
        let Some(places) = places(turn) else {
            return;
        };
        let issuer = turn.issuers().get(places.issuer);
        let public = issuer.issuer().view(turn.now());
        let primary = Primary {
            pays: turn.config().primary && public.is_open && !public.is_suspended,
            fee: issuer.redeem_fee(),
            worth: issuer.public_worth(turn.now()).unwrap_or(1.0),
        };
        let (money, coins) = means(turn, &places);
        let start = *me.start.get_or_insert(money + coins);
        let value = value(turn, &primary, coins / start.max(1.0));
        buy(turn, &places, value);
        if primary.pays {
            redeem(turn, &places);
            mint(turn, &places, &primary);
        }
        sell(turn, &places, &primary, start);
        bring_money_back(turn, &places);
    });
}

fn places(turn: &Look<'_>) -> Option<Places> {
    let c = turn.config();
    let coin = turn.assets().find(&c.coin)?;
    let (issuer, _) = turn.issuers().of(coin)?;
    let spot =
        |m: &&MarketId| turn.info(**m).kind == InstrumentKind::Spot && turn.info(**m).base == coin;
    let market = turn.markets().iter().find(spot).copied();
    let into = c.into.as_ref().and_then(|name| turn.assets().find(name));
    let way = c
        .pool
        .as_ref()
        .and_then(|pool| Way::out_of(turn, pool, coin, into));
    Some(Places {
        coin,
        issuer,
        market,
        way,
    })
}

/// The member's money and its coins, wherever they are, in units.
fn means(turn: &Look<'_>, places: &Places) -> (f64, f64) {
    let assets = turn.assets();
    let money = turn.issuers().get(places.issuer).money();
    let mut cash = assets.units(money, turn.wallet(money));
    let mut coins = assets.units(places.coin, turn.wallet(places.coin));
    if let Some(market) = places.market {
        cash += turn.balance(market, turn.info(market).settlement);
        coins += turn.balance(market, places.coin);
    }
    if let Some(way) = places.way {
        cash += way.back().held(turn);
        coins += way.held(turn);
    }
    (cash, coins)
}

/// What a further coin is worth to the member that already has `share` of its money in it.
fn value(turn: &Look<'_>, primary: &Primary, share: f64) -> f64 {
    let c = turn.config();
    if primary.pays {
        return 1.0 - primary.fee - c.margin;
    }
    let risk = c.premium * (0.2 + 0.8 * share.clamp(0.0, 1.0));
    // Who is never paid by the issuer has to find a buyer in the end.
    let risk = if c.primary { risk } else { 2.0 * risk };
    // A claim that nobody doubts is held for the margin alone.
    let doubt = ((1.0 - primary.worth) / 0.02).clamp(0.0, 1.0);
    primary.worth * (1.0 - doubt * risk) - c.margin
}

fn clip(turn: &Look<'_>) -> f64 {
    turn.config().clip.get().to_f64() * f64::from(turn.weight())
}

fn buy(turn: &mut Look<'_>, places: &Places, value: f64) {
    if let Some(market) = places.market
        && let Some((ask, qty)) = turn.quote(market).ask
    {
        let info = turn.info(market);
        let ask = info.usd(ask);
        if ask < value {
            let usd = clip(turn).min(turn.buying_power(market));
            let worst = info.price_below(value);
            let wanted = info.lots(usd, ask).0.min(qty.0.saturating_mul(20));
            turn.submit(Intent::buy(Qty(wanted)).on(market).at_worst(worst));
        }
    }
    let Some(way) = places.way.map(Way::back) else {
        return;
    };
    if turn.waiting(way.pool.chain) > 0 || value <= 0.0 {
        return;
    }
    let worst = 1.0 / value;
    let most = clip(turn).min(way.held(turn));
    if let Some(units) = way.most(turn, most, worst).filter(|units| *units > 1000.0) {
        let (call, offer) = (way.call(turn, units, worst), turn.offer(way.pool.chain));
        turn.transact(way.pool.chain, offer, [call]);
    }
}

/// Coins go to the issuer from wherever they are.
fn redeem(turn: &mut Look<'_>, places: &Places) {
    turn.redeem(places.issuer, turn.wallet(places.coin));
    if let Some(market) = places.market {
        let held = turn.balance(market, places.coin);
        if held >= 1000.0 {
            let amount = Usd(turn.assets().get(places.coin).units.venue_from_f64(held));
            let venue = turn.info(market).venue;
            turn.submit(Intent::withdraw(venue, places.coin, amount));
        }
    }
    if let Some(way) = places.way
        && way.held(turn) >= 1000.0
        && turn.waiting(way.pool.chain) == 0
        && let Some(token) = turn.chains().get(way.pool.chain).token(places.coin)
    {
        let offer = turn.offer(way.pool.chain);
        let call = Call::Leave {
            token,
            amount: Amount::All,
            to: Exit::Issuer(places.issuer.0),
        };
        turn.transact(way.pool.chain, offer, [call]);
    }
}

/// Above par new coins are made and sold.
fn mint(turn: &mut Look<'_>, places: &Places, primary: &Primary) {
    let Some(market) = places.market else {
        return;
    };
    let Some((bid, _)) = turn.quote(market).bid else {
        return;
    };
    let money = turn.issuers().get(places.issuer).money();
    if turn.info(market).usd(bid) > 1.0 + primary.fee + turn.config().margin {
        let clip = Usd::from_f64(clip(turn)).unwrap_or(Usd::ZERO);
        turn.mint(places.issuer, clip.min(turn.wallet(money)), Place::Wallet);
        let coins = turn.wallet(places.coin);
        let venue = turn.info(market).venue;
        turn.submit(Intent::deposit(venue, places.coin, coins));
    }
}

/// Coins beyond those of the start are sold when the price is back.
fn sell(turn: &mut Look<'_>, places: &Places, primary: &Primary, start: f64) {
    let dear = primary.worth - turn.config().margin;
    let (_, coins) = means(turn, places);
    if coins <= 0.5 * start || (turn.config().primary && primary.pays) {
        return;
    }
    if let Some(market) = places.market
        && let Some((bid, _)) = turn.quote(market).bid
        && turn.info(market).usd(bid) >= dear
    {
        let info = turn.info(market);
        let units = clip(turn).min(turn.balance(market, places.coin));
        let worst = info.price_above(dear);
        turn.submit(
            Intent::sell(info.lots(units, 1.0))
                .on(market)
                .at_worst(worst),
        );
    }
    if let Some(way) = places.way
        && turn.waiting(way.pool.chain) == 0
    {
        let most = clip(turn).min(way.held(turn));
        if let Some(units) = way.most(turn, most, dear) {
            let (call, offer) = (way.call(turn, units, dear), turn.offer(way.pool.chain));
            turn.transact(way.pool.chain, offer, [call]);
        }
    }
}

/// What the issuer has paid goes where coins are bought.
fn bring_money_back(turn: &mut Look<'_>, places: &Places) {
    let money = turn.issuers().get(places.issuer).money();
    let Some(market) = places.market else {
        return;
    };
    let info = turn.info(market);
    let cash = turn.wallet(money);
    if info.settlement == money && turn.balance(market, money) < 2.0 * clip(turn) {
        turn.submit(Intent::deposit(info.venue, money, cash));
    }
}
