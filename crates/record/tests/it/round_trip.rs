//! Whatever is pushed comes back, for every table.

use std::borrow::Cow;
use std::fmt::Debug;

use firesale_record::{
    AccountRow, AdlRow, BadDebtRow, BranchingRow, BreachRow, CascadeRow, CauseRow, ChainRow,
    DeliveryRow, DepthRow, Factor, FundingRow, HaltRow, HealthRow, Layer, LendingRow, LeverageRow,
    LiquidationRow, LiquidityRow, MarginCallRow, Moment, OrderAction, OrderRow, PegRow, PoolRow,
    PoolTickRow, PopulationId, PopulationRow, PositionRow, PositionSide, Reason, RedemptionRow,
    ReserveRow, Row, RunReader, RunWriter, SeizureRow, StablecoinRow, Stage, StopRow, TickRow,
    TradeRow, WaterfallRow, WriterOptions,
};
use firesale_types::{
    AccountId, AgentRng, Domain, InstrumentId, RunSeed, Side, StreamKey, Usd, VenueId,
};
use proptest::prelude::*;

use crate::names;

/// Any value of a field, the odd ones among them.
trait Sample {
    fn sample(rng: &mut AgentRng) -> Self;
}

impl Sample for i64 {
    fn sample(rng: &mut AgentRng) -> Self {
        match rng.below(4) {
            0 => Self::MIN,
            1 => Self::MAX,
            _ => rng.next() as Self,
        }
    }
}

impl Sample for f64 {
    fn sample(rng: &mut AgentRng) -> Self {
        match rng.below(6) {
            0 => 0.0,
            1 => Self::MAX,
            2 => Self::MIN_POSITIVE,
            _ => rng.range(-1e12, 1e12),
        }
    }
}

impl Sample for bool {
    fn sample(rng: &mut AgentRng) -> Self {
        rng.chance(0.5)
    }
}

impl Sample for Cow<'static, str> {
    fn sample(rng: &mut AgentRng) -> Self {
        let words = ["", "limit", "\"quoted\"\n", "ünïcode €"];
        Cow::Borrowed(words[rng.below(4) as usize])
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(rng: &mut AgentRng) -> Self {
        rng.chance(0.5).then(|| T::sample(rng))
    }
}

macro_rules! sample {
    ($($t:ty: $rng:ident => $value:expr;)+) => {$(
        impl Sample for $t {
            fn sample($rng: &mut AgentRng) -> Self { $value }
        }
    )+};
}

// Ids beyond the names are written as `#7` and must come back too.
sample! {
    u32: rng => rng.next() as u32;
    u16: rng => rng.next() as u16;
    Usd: rng => Usd(i64::sample(rng));
    VenueId: rng => VenueId(rng.below(3) as u16);
    InstrumentId: rng => InstrumentId(rng.below(4) as u16);
    PopulationId: rng => PopulationId(rng.below(4) as u16);
    AccountId: rng => AccountId(if rng.chance(0.9) { rng.below(1100) as u32 } else { rng.next() as u32 });
    Side: rng => if rng.chance(0.5) { Side::Buy } else { Side::Sell };
    PositionSide: rng => PositionSide::ALL[rng.below(2) as usize];
    Moment: rng => Moment::ALL[rng.below(2) as usize];
    Layer: rng => Layer::ALL[rng.below(Layer::ALL.len() as u64) as usize];
    Factor: rng => Factor::ALL[rng.below(Factor::ALL.len() as u64) as usize];
    Stage: rng => Stage::ALL[rng.below(Stage::ALL.len() as u64) as usize];
    Reason: rng => Reason::ALL[rng.below(Reason::ALL.len() as u64) as usize];
    OrderAction: rng => OrderAction::ALL[rng.below(4) as usize];
}

macro_rules! sample_rows {
    ($($row:ident { $($field:ident),+ $(,)? })+) => {$(
        impl Sample for $row {
            fn sample(rng: &mut AgentRng) -> Self {
                Self { $( $field: Sample::sample(rng), )+ }
            }
        }
    )+};
}

sample_rows! {
    TickRow {
        time_ns, venue, instrument, last, low, high, mid, mark, index, spread_bps, bid_depth_1pct_usd,
        ask_depth_1pct_usd, open_interest_usd, funding_rate, volume_usd, liquidated_long_usd,
        liquidated_short_usd, adl_usd, insurance_usd, cascade_number,
    }
    TradeRow {
        time_ns, venue, instrument, price, qty, notional, taker_side, maker, taker, cause,
        liquidation_id, cause_id, weight,
    }
    OrderRow {
        time_ns, venue, instrument, order_id, account, action, kind, side, price, qty, reason,
        weight,
    }
    LiquidationRow {
        time_ns, id, venue, instrument, account, population, side, qty, notional, mark,
        bankruptcy_price, fill_price, stage, cause_id, cause, root_id, generation, forced_share,
        via, crossed_instrument, crossed_venue, weight,
    }
    AdlRow {
        time_ns, id, venue, instrument, account, counterparty, qty, price, mark, haircut,
        in_profit, root_id, generation, weight,
    }
    BreachRow {
        time_ns, id, venue, account, population, isolated, equity, maintenance, notional, factor,
        via, via_share, price_before, price, index_source, cause, cause_id, root_id, generation, forced_share,
        abroad_share, weight,
    }
    CauseRow { time_ns, id, cause, cause_id, share }
    StopRow {
        time_ns, id, venue, instrument, account, population, side, qty, reason, cause, cause_id,
        root_id, generation, forced_share, weight,
    }
    CascadeRow { root_id, venue, start_ns, size, depth, notional_usd, venues }
    BranchingRow { time_ns, accounts, children, ratio, forced_share }
    AccountRow {
        time_ns, moment, venue, account, population, equity, collateral, notional, positions,
        bad_debt, weight,
    }
    PositionRow {
        time_ns, moment, venue, instrument, account, side, qty, entry_price, mark, pnl,
        margin_mode, weight,
    }
    MarginCallRow { time_ns, venue, account, population, equity, maintenance, weight }
    BadDebtRow { time_ns, venue, account, population, amount, weight }
    WaterfallRow { time_ns, venue, account, population, layer, payer, amount, weight }
    FundingRow { time_ns, venue, instrument, rate, paid }
    HaltRow {
        time_ns, id, venue, instrument, brake, end_ns, price, gap_frac, cause, cause_id, root_id,
        generation, forced_share,
    }
    DeliveryRow { time_ns, venue, instrument, price }
    DepthRow { time_ns, venue, instrument, side, from_bps, to_bps, notional_usd }
    PopulationRow {
        time_ns, population, venue, accounts, alive, equity_usd, pnl_usd, notional_usd,
        leverage_p10, leverage_p50, leverage_p90, long_usd, short_usd,
    }
    LeverageRow {
        time_ns, moment, population, venue, leverage_from, leverage_to, notional_usd, accounts,
    }
    PegRow {
        time_ns, coin, place, kind, price
    }
    StablecoinRow {
        time_ns, issuer, coin, supply, minted, burned, redeemed_usd, queue_length, queue, open, reserve_ratio, redemption_value, public_worth, seigniorage_supply, anchored
    }
    ReserveRow {
        time_ns, issuer, tier, rank, usd, frozen_usd
    }
    RedemptionRow {
        time_ns, issuer, agent, population, event, coins, usd, detail, weight
    }
    ChainRow {
        time_ns, chain, base_fee_gwei, blocks, gas_used, gas_agents, included, failed, dropped, waiting
    }
    PoolRow {
        time_ns, pool, coin, reserve, share, price, volume_in, volume_out
    }
    LiquidityRow {
        time_ns, pool, value_usd, share, hold, rebalance
    }
    PoolTickRow {
        time_ns, moment, pool, lower, upper, liquidity, price
    }
    LendingRow {
        time_ns, lender, asset, price, supplied_usd, borrowed_usd, available_usd, utilization, borrow_rate, supply_rate, bad_debt_usd
    }
    HealthRow {
        time_ns, lender, from, to, accounts, debt_usd, collateral_usd
    }
    SeizureRow {
        time_ns, lender, borrower, population, keeper, debt, repaid, collateral, seized, bad_debt, weight
    }
}

fn rng(seed: u64) -> AgentRng {
    let key = StreamKey {
        domain: Domain::Validation,
        population: 0,
        index: 0,
        time_ns: 0,
    };
    AgentRng::open(RunSeed(seed), key)
}

fn everything() -> WriterOptions {
    WriterOptions {
        segment_rows: 7,
        without: std::collections::BTreeSet::new(),
    }
}

fn check<R: Row + Sample + Clone + PartialEq + Debug>(seed: u64, rows: usize) {
    let dir = tempfile::tempdir().unwrap();
    let mut rng = rng(seed);
    let pushed: Vec<R> = (0..rows).map(|_| R::sample(&mut rng)).collect();
    let mut writer = RunWriter::create(dir.path(), names(), everything()).unwrap();
    for row in &pushed {
        writer.push(row.clone()).unwrap();
    }
    writer.finish().unwrap();
    let reader = RunReader::open(dir.path()).unwrap();
    assert_eq!(reader.names(), &names());
    assert_eq!(reader.rows::<R>().unwrap(), pushed, "{}", R::TABLE);
}

macro_rules! round_trips {
    ($($name:ident: $row:ty;)+) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(seed in any::<u64>(), rows in 0usize..40) {
                    check::<$row>(seed, rows);
                }
            )+
        }

        #[test]
        fn every_table_is_tested() {
            let tested = [$( <$row as Row>::TABLE, )+];
            let all: Vec<&str> = firesale_record::tables().iter().map(|t| t.name).collect();
            assert_eq!(tested[..], all[..]);
        }
    };
}

round_trips! {
    ticks: TickRow;
    trades: TradeRow;
    orders: OrderRow;
    liquidations: LiquidationRow;
    adl: AdlRow;
    breaches: BreachRow;
    causes: CauseRow;
    stops: StopRow;
    cascades: CascadeRow;
    branching: BranchingRow;
    accounts: AccountRow;
    positions: PositionRow;
    margin_calls: MarginCallRow;
    bad_debt: BadDebtRow;
    waterfall: WaterfallRow;
    funding: FundingRow;
    halts: HaltRow;
    deliveries: DeliveryRow;
    depth: DepthRow;
    populations: PopulationRow;
    leverage: LeverageRow;
    pegs: PegRow;
    stablecoins: StablecoinRow;
    reserves: ReserveRow;
    redemptions: RedemptionRow;
    chains: ChainRow;
    pools: PoolRow;
    liquidity: LiquidityRow;
    pool_ticks: PoolTickRow;
    lending: LendingRow;
    health: HealthRow;
    seizures: SeizureRow;
}

#[test]
fn what_does_not_exist_is_null() {
    let dir = tempfile::tempdir().unwrap();
    let mut tick = TickRow::sample(&mut rng(1));
    (tick.mid, tick.mark, tick.index) = (f64::NAN, f64::INFINITY, 3.0);
    let mut writer = RunWriter::create(dir.path(), names(), everything()).unwrap();
    writer.push(tick).unwrap();
    writer.finish().unwrap();
    let reader = RunReader::open(dir.path()).unwrap();
    let row = &reader.rows::<TickRow>().unwrap()[0];
    assert!(row.mid.is_nan() && row.mark.is_nan() && row.index == 3.0);
}
