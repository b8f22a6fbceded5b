//! The venues under test: two perpetuals and a spot pair, two collateral assets, under rules that
//! the first bytes choose.

use firesale_exchange::{
    AccountSpec, AdlPolicy, BackstopConfig, CollateralConfig, Exchange, FeeSchedule, FundingCap,
    FundingRule, InstrumentConfig, InstrumentKind, LiquidationConfig, LiquidationLimit, MarginMode,
    MarginTiers, MarkRule, PositionMode, VenueConfig,
};
use firesale_types::{
    AccountId, AssetId, InstrumentId, Price, Qty, Rate, SimDuration, UnitValue, Usd,
};

pub(crate) const USD: AssetId = AssetId(0);
pub(crate) const BTC: AssetId = AssetId(1);
pub(crate) const ETH: AssetId = AssetId(2);
pub(crate) const INSTRUMENTS: u16 = 3;
/// Accounts of users, after those of the venue.
pub(crate) const USERS: u32 = 12;
/// Order slots of each.
pub(crate) const SLOTS: u16 = 8;

const fn times(n: i64) -> Rate {
    Rate(n * Rate::ONE.0)
}

/// The rules that these two bytes stand for.
pub(crate) fn rules([first, second]: [u8; 2]) -> VenueConfig {
    let bit = |n: u8| second >> n & 1 == 1;
    VenueConfig {
        collateral: vec![collateral(BTC, 1_000, 1_000), collateral(ETH, 2_500, 333)],
        fees: FeeSchedule {
            maker: Rate::bps(if bit(1) { -1 } else { 1 }),
            taker: Rate::bps(5),
            liquidation: Rate::bps(if bit(2) { 50 } else { 0 }),
        },
        margin_call_ratio: Rate::bps(if bit(3) { 12_000 } else { 0 }),
        liquidation: LiquidationConfig {
            latency: SimDuration::millis(if bit(4) { 0 } else { 300 }),
            partial_above: Usd::dollars(20_000),
            partial_fraction: Rate::bps(2_000),
            cooldown: SimDuration::secs(4),
            limit: if bit(5) {
                LiquidationLimit::None
            } else {
                LiquidationLimit::Bankruptcy
            },
            ..LiquidationConfig::default()
        },
        insurance_fund: Usd::dollars(if bit(6) { 3_000 } else { 0 }),
        backstop: bit(7).then_some(BackstopConfig {
            max_leverage_per_instrument: times(2),
            ..BackstopConfig::two_thirds(Usd::dollars(20_000))
        }),
        adl: [AdlPolicy::Queue, AdlPolicy::ProRata, AdlPolicy::Off][usize::from(first >> 4) % 3],
        mark_period: SimDuration::secs(1),
        ..VenueConfig::plain("fuzz", USD, instruments(first, bit(0)))
    }
}

fn collateral(asset: AssetId, haircut_bps: i64, dollars: i64) -> CollateralConfig {
    CollateralConfig::new(asset, Rate::bps(haircut_bps), Usd::dollars(dollars))
}

fn instruments(choice: u8, banded: bool) -> Vec<InstrumentConfig> {
    let marks = [
        MarkRule::MedianOfThree {
            window: SimDuration::secs(5),
        },
        MarkRule::MedianWithEma {
            ema: SimDuration::secs(20),
            short_ema: SimDuration::secs(5),
        },
        MarkRule::Last,
        MarkRule::Scripted,
    ];
    let tiers = [(Usd::dollars(30_000), times(20)), (Usd::MAX, times(4))];
    let btc = InstrumentConfig {
        mark: marks[usize::from(choice & 3)],
        price_band: banded.then(|| Rate::bps(1_500)),
        funding: FundingRule::PremiumIndex {
            interval: SimDuration::secs(7),
            period: SimDuration::secs(56),
            sample: SimDuration::secs(1),
            interest: Rate::bps(1),
            clamp: Rate::bps(5),
            cap: FundingCap::Rate(Rate::bps(100)),
            impact_notional: Usd::dollars(3_000),
        },
        ..perp("BTC", BTC)
    };
    let eth = InstrumentConfig {
        mark: marks[usize::from(choice >> 2 & 3)],
        unit: UnitValue(333_333),
        price_step: 5,
        qty_step: 2,
        tiers: MarginTiers::half_of_initial(&tiers).expect("tiers that rise"),
        ..perp("ETH", ETH)
    };
    let spot = InstrumentConfig {
        kind: InstrumentKind::Spot,
        tiers: MarginTiers::none(),
        mark: MarkRule::Last,
        ..perp("BTC/USD", BTC)
    };
    vec![btc, eth, spot]
}

/// One tick times one lot is a dollar, 5% maintenance, at most 10x, at 1000 ticks.
fn perp(symbol: &str, base: AssetId) -> InstrumentConfig {
    let tiers = MarginTiers::flat(Rate::bps(500), times(10)).expect("one tier");
    let grid = (UnitValue(1_000_000), 1_000_000);
    InstrumentConfig {
        max_order_qty: Qty(1_000_000),
        ..InstrumentConfig::perp(symbol, base, grid, tiers, Price(1_000))
    }
}

/// The venue before its first event: every third account isolated, some standing for several, one
/// long against one short. Also what came from outside, by asset.
pub(crate) fn genesis(config: VenueConfig) -> (Exchange, [i128; 3]) {
    let vault = config.backstop.map_or(0, |vault| vault.capital.0);
    let mut outside = [
        i128::from(config.insurance_fund.0) + i128::from(vault),
        0,
        0,
    ];
    let mut exchange = Exchange::new(config).expect("rules that make sense");
    for n in 0..USERS {
        let account = exchange.open_account(AccountSpec {
            weight: 1 + n % 2 * 3,
            margin_mode: match n % 3 {
                0 => MarginMode::Isolated,
                _ => MarginMode::Cross,
            },
            position_mode: match n % 4 {
                3 => PositionMode::Hedge,
                _ => PositionMode::OneWay,
            },
            max_slots: SLOTS,
        });
        let n = i64::from(n);
        let money = Usd::dollars(500 + 700 * n);
        for (asset, amount) in [
            (USD, money),
            (BTC, Usd(300_000 * n)),
            (ETH, Usd(90_000 * n)),
        ] {
            if amount > Usd::ZERO {
                let credited = exchange.credit(account, asset, amount);
                credited.expect("a known account and asset");
                outside[asset.index()] += i128::from(amount.0);
            }
        }
        let leverage = times(1 + n);
        let chosen = exchange.set_leverage(account, InstrumentId(0), leverage);
        chosen.expect("a known instrument");
    }
    let first = Exchange::SYSTEM_ACCOUNTS;
    for (user, qty, entry) in [(1, 7, 1_000), (2, -7, 990)] {
        let account = AccountId(first + user);
        let seeded = exchange.seed_position(account, InstrumentId(0), Qty(qty), Price(entry), None);
        seeded.expect("a cross account");
        outside[0] -= i128::from(qty * entry) * 1_000_000;
    }
    exchange.check_genesis().expect("as many long as short");
    (exchange, outside)
}
