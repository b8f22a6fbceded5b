//! Peg arbitrageurs: they buy a coin where it is cheaper than what it will be worth, and sell it where it is
//! dearer.
//!
//! With primary access a coin is worth what the issuer pays, less its fee; while the issuer cannot pay, what
//! the public believes the claim to be worth, less a premium for the risk of holding it, which shrinks as
//! the member's money grows in proportion to its position. Without access it is worth what it will be sold
//! for: the public worth, less twice the premium. What was bought is redeemed as soon as the issuer pays,
//! or offered at its public worth. Above par those with access mint and sell. Bids and offers rest in the
//! book at what a coin is worth to each member: they are what there is to sell to when others run.
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

/// A peg arbitrageur's character, and what it began with.
#[derive(Component, Debug, Serialize, Deserialize)]
pub struct PegArbitrageur {
    /// Its own aversion to risk, over the population's.
    caution: f64,
    /// Money and coins together, and coins, at the start.
    start: Option<(f64, f64)>,
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

    fn new(_config: &PegArbitrageurConfig, rng: &mut AgentRng) -> Self {
        Self {
            caution: rng.range(0.5, 1.5),
            start: None,
        }
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
        let (all, own) = *me.start.get_or_insert((money + coins, coins));
        let value = value(me, turn, &primary, coins / all.max(1.0));
        buy(turn, &places, value);
        if primary.pays {
            redeem(turn, &places, coins - own);
            mint(turn, &places, &primary);
        }
        sell(turn, &places, &primary, coins - own);
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
fn value(me: &PegArbitrageur, turn: &Look<'_>, primary: &Primary, share: f64) -> f64 {
    let c = turn.config();
    if primary.pays {
        return 1.0 - primary.fee - c.margin;
    }
    let risk = me.caution * c.premium * (0.2 + 0.8 * share.clamp(0.0, 1.0));
    // Who is never paid by the issuer has to find a buyer in the end.
    let risk = if c.primary { risk } else { 2.0 * risk };
    // A claim that nobody doubts is held for the margin alone.
    let doubt = ((1.0 - primary.worth) / 0.02).clamp(0.0, 1.0);
    primary.worth * (1.0 - doubt * risk) - c.margin
}

fn clip(turn: &Look<'_>) -> f64 {
    turn.config().clip.get().to_f64() * f64::from(turn.weight())
}

/// The slots of a member's two resting orders.
const BID: u16 = 0;
const ASK: u16 = 1;

/// Keeps an order for `units` at `price` in a slot, or none if there is nothing to trade.
fn rest(turn: &mut Look<'_>, market: MarketId, slot: u16, units: f64, price: f64) {
    let info = turn.info(market);
    let (side, price) = match slot {
        BID => (Side::Buy, info.price_below(price)),
        _ => (Side::Sell, info.price_above(price)),
    };
    let qty = info.lots(units, 1.0);
    match turn.open_order(market, slot) {
        Some(_) if qty == Qty::ZERO => {
            turn.submit(Intent::cancel(slot).on(market));
        }
        Some((_, at, open)) => {
            // An order keeps its place for a small change.
            let same = at == price && 2 * open.0 >= qty.0 && open.0 <= 2 * qty.0;
            if !same {
                turn.submit(Intent::replace(slot, price, qty).on(market));
            }
        }
        None => {
            let order = Intent::order(side, qty).limit(price).slot(slot).on(market);
            turn.submit(order);
        }
    }
}

/// Bids for coins at what they are worth to the member: a resting order on the venue, a swap in the
/// pool.
fn buy(turn: &mut Look<'_>, places: &Places, value: f64) {
    if value <= 0.0 {
        return;
    }
    if let Some(market) = places.market {
        // What the resting bid has reserved is the member's as well.
        let bid = turn.open_order(market, BID);
        let reserved = bid.map_or(0.0, |(_, at, open)| {
            turn.info(market).notional(open, turn.info(market).usd(at))
        });
        let usd = clip(turn).min(turn.buying_power(market) + reserved);
        rest(turn, market, BID, usd / value * 0.999, value);
    }
    let Some(way) = places.way.map(Way::back) else {
        return;
    };
    if turn.waiting(way.pool.chain) > 0 {
        return;
    }
    let worst = 1.0 / value;
    let most = clip(turn).min(way.held(turn));
    if let Some(units) = way.most(turn, most, worst).filter(|units| *units > 1000.0) {
        let (call, offer) = (way.call(turn, units, worst), turn.offer(way.pool.chain));
        turn.transact(way.pool.chain, offer, [call]);
    }
}

/// What was bought since the start goes to the issuer, from wherever it is.
fn redeem(turn: &mut Look<'_>, places: &Places, surplus: f64) {
    let units = turn.assets().get(places.coin).units;
    let mut left = surplus;
    let in_wallet = turn.wallet(places.coin);
    turn.redeem(places.issuer, in_wallet);
    left -= units.venue_to_f64(in_wallet.0);
    if let Some(market) = places.market {
        let some = turn.balance(market, places.coin).min(left);
        if some >= 1000.0 {
            let amount = Usd(units.venue_from_f64(some));
            let venue = turn.info(market).venue;
            turn.submit(Intent::withdraw(venue, places.coin, amount));
            left -= some;
        }
    }
    if let Some(way) = places.way
        && turn.waiting(way.pool.chain) == 0
        && let Some(token) = turn.chains().get(way.pool.chain).token(places.coin)
    {
        let some = way.held(turn).min(left);
        if some >= 1000.0 {
            let call = Call::Leave {
                token,
                amount: Amount::Exact(units.chain_from_f64(some)),
                to: Exit::Issuer(places.issuer.0),
            };
            let offer = turn.offer(way.pool.chain);
            turn.transact(way.pool.chain, offer, [call]);
        }
    }
}

/// Above par new coins are made; they are offered with the others.
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

/// Offers what the member has: at par and its costs while the issuer pays, else at what the public
/// believes a coin to be worth, and only what was bought since the start.
fn sell(turn: &mut Look<'_>, places: &Places, primary: &Primary, surplus: f64) {
    let margin = turn.config().margin;
    let (dear, most) = if primary.pays {
        (1.0 + primary.fee + margin, clip(turn))
    } else {
        // Not below: otherwise members would pass coins around among themselves.
        (primary.worth, clip(turn).min(surplus.max(0.0)))
    };
    if let Some(market) = places.market {
        let units = most.min(turn.balance(market, places.coin));
        rest(turn, market, ASK, units, dear);
    }
    if let Some(way) = places.way
        && turn.waiting(way.pool.chain) == 0
    {
        let most = most.min(way.held(turn));
        if let Some(units) = way.most(turn, most, dear).filter(|units| *units > 1000.0) {
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
