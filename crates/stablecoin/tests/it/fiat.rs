//! Fiat issuers, by hand.

use firesale_stablecoin::fiat::{
    Dealers, FiatConfig, PrimaryAccess, ReserveLadder, TierConfig, TierKind,
};
use firesale_stablecoin::{
    AttestationConfig, DOLLAR, Decimals, Gate, HolderId, Issuer, IssuerConfig, IssuerEffect,
    IssuerError, IssuerEvent, IssuerKind, Money, Prices, RailHours, Refusal, SeigniorageEvent,
    TierId,
};
use firesale_types::{Rate, SimDuration, SimTime};

use crate::caller::Caller;

const HOUR: i64 = 3_600_000_000_000;
const BILLION: Money = 1_000_000_000 * DOLLAR;

/// Forty billion dollars of tokens on Friday at 20:00 UTC, two hours before the rail closes: 3.3 at
/// the bank that will fail, 3.7 at another, 5 in repo, 28 in bills, and no equity to speak of [N:
/// 3.3 of 40 billion].
pub(crate) fn march() -> FiatConfig {
    FiatConfig {
        decimals: Decimals(6),
        supply: 40_000_000_000 * 1_000_000,
        equity: BILLION / 10,
        ladder: vec![
            TierConfig::cash("failing bank", 33 * BILLION / 10),
            TierConfig::cash("other bank", 38 * BILLION / 10),
            TierConfig::repo(5 * BILLION),
            TierConfig::bills(28 * BILLION),
        ],
        rail: RailHours::new_york(4, SimDuration::secs(20 * 3_600)),
        primary: PrimaryAccess {
            dealers: Dealers::First(10),
            capacity_daily: None,
            minimum: 100 * DOLLAR,
            mint_fee: Rate::ZERO,
            redeem_fee: Rate::ZERO,
            redeems: true,
        },
        daily_limit: None,
        suspends_when_short: false,
        attestation: AttestationConfig::MONTHLY,
        bill_yield_bps: 480,
    }
}

fn caller(config: FiatConfig) -> Caller {
    let supply = config.supply;
    Caller::new(IssuerConfig::Fiat(config), &[supply])
}

fn ladder(caller: &Caller) -> &ReserveLadder {
    match caller.issuer.kind() {
        IssuerKind::Fiat(fiat) => fiat.ladder(),
        other => panic!("{other:?}"),
    }
}

fn redeem(usd: Money) -> IssuerEvent {
    let holder = HolderId(0);
    let amount = usd as u128;
    IssuerEvent::Redeem { holder, amount }
}

fn refusals(effects: &[IssuerEffect]) -> Vec<Refusal> {
    let reason = |effect: &IssuerEffect| match effect {
        IssuerEffect::Refused { reason, .. } => Some(*reason),
        _ => None,
    };
    effects.iter().filter_map(reason).collect()
}

/// Redeeming 12 billion on Friday takes 3.3 and 3.8 of deposits, paid at once, 4.9 of the repo for
/// Saturday 12:00, when the rail is closed: paid on Monday at 14:00, 66 hours after the start.
#[test]
fn a_redemption_drains_the_ladder_in_order() {
    let mut caller = caller(march());
    caller.send(redeem(12 * BILLION));
    assert_eq!(caller.paid_to(0), 71 * BILLION / 10);
    let sales: Vec<(u16, Money)> = caller
        .effects
        .iter()
        .filter_map(|effect| match effect {
            IssuerEffect::SellReserve { tier, face, .. } => Some((tier.0, *face)),
            _ => None,
        })
        .collect();
    let (a, b, c) = (33 * BILLION / 10, 38 * BILLION / 10, 49 * BILLION / 10);
    assert_eq!(sales, [(0, a), (1, b), (2, c)]);
    caller.now = SimTime(65 * HOUR);
    caller.send(IssuerEvent::Tick);
    assert_eq!(caller.paid_to(0), 71 * BILLION / 10);
    caller.now = SimTime(66 * HOUR);
    caller.send(IssuerEvent::Tick);
    assert_eq!(caller.paid_to(0), 12 * BILLION);
    assert!(
        caller
            .effects
            .contains(&IssuerEffect::Gate(Gate::RailOpened))
    );
}

/// 3.3 of 40.1 billion stuck, no recovery believed in: (40.1 - 3.3 - the cost of selling 28
/// billion of bills) / 40. That costs 0.00016 * 28^2 / 2 * 90 / 360 = 0.01568 billion, so 36.78432
/// over 40 is 0.919608; with a backstop 40.08432 / 40, par.
#[test]
fn a_bank_fails_over_a_weekend() {
    let mut caller = caller(march());
    caller.now = SimTime(HOUR);
    let (tier, share) = (TierId(0), Rate::ONE);
    let recovery = Rate::ZERO;
    caller.send(IssuerEvent::Freeze {
        tier,
        share,
        recovery,
    });
    let value = caller.issuer.backing().redemption_value();
    assert_eq!(value, Rate(919_608_000));
    assert_eq!(caller.issuer.view(caller.now).frozen, 33 * BILLION / 10);
    caller.send(IssuerEvent::Suspend(true));
    caller.send(redeem(BILLION));
    assert_eq!((caller.paid_to(0), caller.line.len()), (0, 1));
    caller.now = SimTime(64 * HOUR);
    let recovered = Rate::ONE;
    caller.send(IssuerEvent::Thaw { tier, recovered });
    assert_eq!(caller.issuer.backing().redemption_value(), Rate::ONE);
    caller.send(IssuerEvent::Suspend(false));
    caller.now = SimTime(66 * HOUR);
    caller.send(IssuerEvent::Tick);
    assert_eq!(caller.paid_to(0), BILLION);
}

/// Half of what was frozen comes back: a loss of 1.65 billion, more than the equity of 0.1.
#[test]
fn a_loss_beyond_equity_breaks_the_claim() {
    let mut caller = caller(march());
    let tier = TierId(0);
    let (share, recovery, recovered) = (Rate::ONE, Rate::bps(5_000), Rate::bps(5_000));
    caller.send(IssuerEvent::Freeze {
        tier,
        share,
        recovery,
    });
    caller.send(IssuerEvent::Thaw { tier, recovered });
    let loss = 165 * BILLION / 100;
    assert!(
        caller
            .effects
            .contains(&IssuerEffect::Loss { tier, usd: loss })
    );
    let fiat = ladder(&caller);
    assert_eq!(
        (fiat.losses, fiat.assets()),
        (loss, 401 * BILLION / 10 - loss)
    );
    // Everybody redeems: the last are left with nothing, the issuer never owes what it paid.
    caller.send(redeem(40 * BILLION));
    for day in 3..8 {
        caller.now = SimTime((66 + (day - 3) * 24) * HOUR);
        caller.send(IssuerEvent::Tick);
    }
    let short = 40 * BILLION - caller.paid_to(0);
    // 1.55 of losses beyond equity, and what the fire sale of bills cost.
    assert!(
        short > 155 * BILLION / 100 && short < 160 * BILLION / 100,
        "{short}"
    );
    assert_eq!(caller.cash, 0);
}

/// With 18 decimals a rest below a micro-dollar is burned for nothing, and named: redeeming
/// 100.000000 dollars and 5 units at a fee of 0.1% pays 99.9.
#[test]
fn fees_and_rests_are_the_issuers() {
    let mut config = march();
    config.decimals = Decimals(18);
    config.supply = 40_000_000_000 * Decimals(18).one();
    config.primary.redeem_fee = Rate::bps(10);
    config.primary.mint_fee = Rate::bps(10);
    let mut caller = caller(config);
    let holder = HolderId(0);
    let amount = 100 * Decimals(18).one() + 5;
    caller.send(IssuerEvent::Redeem { holder, amount });
    assert_eq!(caller.paid_to(0), 99_900_000);
    let before = caller.held(0);
    caller.send(IssuerEvent::Mint {
        holder,
        usd: 1_000 * DOLLAR,
    });
    assert_eq!(caller.held(0) - before, 999 * Decimals(18).one());
}

#[test]
fn a_daily_limit_pays_in_turn() {
    let mut config = march();
    config.daily_limit = Some(Rate::bps(500));
    let mut caller = caller(config);
    caller.send(redeem(3 * BILLION));
    assert_eq!(caller.paid_to(0), 2 * BILLION);
    assert!(caller.effects.contains(&IssuerEffect::Gate(Gate::DayLimit)));
    assert_eq!(caller.issuer.view(caller.now).limit_left, Some(0));
    caller.now = SimTime(66 * HOUR);
    caller.send(IssuerEvent::Tick);
    assert_eq!(caller.paid_to(0), 3 * BILLION);
}

#[test]
fn who_may_not_is_refused_and_gets_everything_back() {
    let mut config = march();
    config.primary.dealers = Dealers::Listed(vec![HolderId(0)]);
    config.primary.capacity_daily = Some(BILLION);
    let mut caller = caller(config);
    assert_eq!(
        refusals(caller.send(redeem(99 * DOLLAR))),
        [Refusal::BelowMinimum]
    );
    assert_eq!(
        refusals(caller.send(redeem(BILLION + 1))),
        [Refusal::OverCapacity]
    );
    let (holder, usd) = (HolderId(7), BILLION);
    assert_eq!(
        refusals(caller.send(IssuerEvent::Mint { holder, usd })),
        [Refusal::NoAccess]
    );
    let nothing = IssuerEvent::Cancel { holder };
    assert_eq!(refusals(caller.send(nothing)), [Refusal::NothingThere]);
    caller.now = SimTime(3 * HOUR);
    let holder = HolderId(0);
    assert_eq!(
        refusals(caller.send(IssuerEvent::Mint { holder, usd })),
        [Refusal::RailClosed]
    );
    caller.send(redeem(BILLION));
    assert_eq!(caller.held(0), 39_000_000_000_000_000);
    caller.send(IssuerEvent::Cancel { holder });
    assert_eq!(caller.held(0), 40_000_000_000_000_000);
}

/// A billion minted on Friday is invested on Monday in the proportions of the ladder: 28 / 40.1 of
/// it in bills.
#[test]
fn idle_money_is_invested() {
    let mut caller = caller(march());
    let (holder, usd) = (HolderId(0), BILLION);
    caller.send(IssuerEvent::Mint { holder, usd });
    caller.now = SimTime(66 * HOUR);
    let bills = BILLION * 280 / 401;
    let bought = IssuerEffect::BuyReserve {
        tier: TierId(3),
        face: bills,
    };
    assert!(caller.send(IssuerEvent::Tick).contains(&bought));
    assert!(caller.cash < 4);
}

/// Bills earn 4.8% a year: 28 billion earn 3,682,191.780821 dollars a day.
#[test]
fn interest_comes_daily() {
    let mut config = march();
    config.ladder[3].yield_rate = Rate::bps(480);
    let mut caller = caller(config);
    caller.now = SimTime(4 * HOUR);
    let usd = 3_682_191_780_821;
    let income = IssuerEffect::Income {
        tier: TierId(3),
        usd,
    };
    assert!(caller.send(IssuerEvent::Tick).contains(&income));
}

#[test]
fn attestations_are_late() {
    let mut config = march();
    config.attestation.every = SimDuration::secs(86_400);
    config.attestation.lag = SimDuration::secs(3_600);
    let mut caller = caller(config);
    caller.send(IssuerEvent::Tick);
    assert_eq!(caller.issuer.view(caller.now).attestation, None);
    caller.send(redeem(BILLION));
    caller.now = SimTime(HOUR);
    caller.send(IssuerEvent::Tick);
    let seen = caller.issuer.view(caller.now);
    assert_eq!(seen.attestation.unwrap().supply, 40_000_000_000_000_000);
    assert_eq!(seen.supply, 39_000_000_000_000_000);
    caller.send(IssuerEvent::Disclose);
    let seen = caller.issuer.view(caller.now).attestation.unwrap();
    assert_eq!(
        (seen.as_of, seen.supply),
        (caller.now, 39_000_000_000_000_000)
    );
}

#[test]
fn events_that_make_no_sense_change_nothing() {
    let mut caller = caller(march());
    caller.now = SimTime(HOUR);
    caller.send(IssuerEvent::Tick);
    let before = caller.issuer.clone();
    let mut effects = Vec::new();
    let mut error = |now: i64, event| {
        let answer = caller.issuer.apply(SimTime(now), event, &mut effects);
        assert_eq!(caller.issuer, before);
        answer.unwrap_err()
    };
    let (now, last) = (SimTime(0), SimTime(HOUR));
    assert_eq!(
        error(0, IssuerEvent::Tick),
        IssuerError::TimeWentBack { now, last }
    );
    let (tier, recovered) = (TierId(4), Rate::ONE);
    let unknown = IssuerError::Unknown {
        what: "tier",
        at: 4,
    };
    assert_eq!(error(HOUR, IssuerEvent::Thaw { tier, recovered }), unknown);
    let (tier, recovered) = (TierId(0), Rate(-1));
    let range = IssuerError::OutOfRange("recovered");
    assert_eq!(error(HOUR, IssuerEvent::Thaw { tier, recovered }), range);
    let negative = IssuerEvent::Capital { usd: -1 };
    assert_eq!(error(HOUR, negative), IssuerError::OutOfRange("usd"));
    let fund = IssuerEvent::Seigniorage(SeigniorageEvent::Fund { amount: 1 });
    let (kind, event) = ("fiat", "Seigniorage");
    assert_eq!(error(HOUR, fund), IssuerError::WrongKind { kind, event });
    let mad = IssuerEvent::Prices(Prices {
        bill_yield_bps: Some(20_000),
        ..Prices::default()
    });
    assert_eq!(error(HOUR, mad), IssuerError::OutOfRange("bill_yield_bps"));
    assert!(effects.is_empty());
}

#[test]
fn bad_configurations_name_their_key() {
    let key = |change: &dyn Fn(&mut FiatConfig)| {
        let mut config = march();
        change(&mut config);
        Issuer::new(IssuerConfig::Fiat(config)).unwrap_err()
    };
    let sum = key(&|c| c.ladder[1].amount -= 1);
    assert_eq!(sum.key, "ladder");
    assert!(sum.message.contains("1 too few"), "{sum}");
    assert!(key(&|c| c.equity -= 1).message.contains("1 too many"));
    assert_eq!(key(&|c| c.decimals = Decimals(4)).key, "decimals");
    assert_eq!(key(&|c| c.ladder[2].amount = -1).key, "ladder[2].amount");
    assert_eq!(
        key(&|c| c.ladder[2].haircut = Rate(-1)).key,
        "ladder[2].haircut"
    );
    assert_eq!(
        key(&|c| c.ladder[2].haircut = Rate(1_000_000_001)).key,
        "ladder[2].haircut"
    );
    assert_eq!(
        key(&|c| c.ladder[3].maturity_days = 0).key,
        "ladder[3].maturity_days"
    );
    assert_eq!(
        key(&|c| c.ladder[0].settles = SimDuration(-1)).key,
        "ladder[0].settles"
    );
    let fee = |c: &mut FiatConfig| c.ladder[0].liquidity_fee = Some((Rate::ZERO, Rate::ONE));
    assert_eq!(key(&fee).key, "ladder[0].liquidity_fee");
    assert_eq!(
        key(&|c| c.daily_limit = Some(Rate::bps(10_001))).key,
        "daily_limit"
    );
    assert_eq!(
        key(&|c| c.primary.redeem_fee = Rate::ONE).key,
        "primary.redeem_fee"
    );
    assert_eq!(
        key(&|c| c.primary.mint_fee = Rate(-1)).key,
        "primary.mint_fee"
    );
    assert_eq!(
        key(&|c| c.primary.dealers = Dealers::First(0)).key,
        "primary.dealers"
    );
    assert_eq!(
        key(&|c| c.primary.capacity_daily = Some(0)).key,
        "primary.capacity_daily"
    );
    assert_eq!(key(&|c| c.primary.minimum = -1).key, "primary.minimum");
    assert_eq!(key(&|c| c.rail.days = [false; 7]).key, "rail.days");
    assert_eq!(
        key(&|c| c.attestation.lag = SimDuration(-1)).key,
        "attestation.lag"
    );
    assert_eq!(key(&|c| c.bill_yield_bps = 100_000).key, "bill_yield_bps");
}

/// A checkpoint in the middle goes on as if there had been none.
#[test]
fn a_checkpoint_goes_on() {
    let mut caller = caller(march());
    caller.send(redeem(12 * BILLION));
    let text = serde_json::to_string(&caller.issuer).unwrap();
    let mut restored: Issuer = serde_json::from_str(&text).unwrap();
    assert_eq!(restored, caller.issuer);
    caller.now = SimTime(66 * HOUR);
    let mut effects = Vec::new();
    restored
        .apply(caller.now, IssuerEvent::Tick, &mut effects)
        .unwrap();
    assert_eq!(caller.send(IssuerEvent::Tick), effects);
    assert!(TierKind::Deposits < TierKind::Coins);
}
