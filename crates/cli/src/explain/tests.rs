//! Chains told from tables made by hand.

use firesale_record::{
    AccountRange, AdlRow, BreachRow, CauseRow, Exit, Factor, HaltRow, LiquidationRow, Manifest,
    Names, NewsMark, PositionSide, Reason, RunWriter, Stage, StopRow, VenueNames, WriterOptions,
    link_key, liquidation_key,
};
use firesale_types::{AccountId, InstrumentId, Side, Usd, VenueId};

const ONE: VenueId = VenueId(0);
const TWO: VenueId = VenueId(1);
const SECOND: i64 = 1_000_000_000;

fn names() -> Names {
    let venue = |name: &str, instrument: &str, accounts: [&str; 2]| VenueNames {
        name: name.to_owned(),
        instruments: vec![instrument.to_owned()],
        accounts: accounts
            .iter()
            .zip(0..)
            .map(|(name, first)| AccountRange {
                first,
                count: 1,
                name: (*name).to_owned(),
                number: None,
            })
            .collect(),
    };
    Names {
        venues: vec![
            venue("one", "BTC-PERP", ["ann", "bob"]),
            venue("two", "ETH-PERP", ["maker", "eve"]),
        ],
        populations: Vec::new(),
    }
}

fn manifest() -> Manifest {
    Manifest {
        version: "0".to_owned(),
        commit: None,
        scenario: "made up".to_owned(),
        question: None,
        scenario_digest: String::new(),
        seed: 1,
        threads: 1,
        platform: String::new(),
        clock_start: None,
        simulated_ns: 100 * SECOND,
        news: vec![NewsMark {
            time_ns: 5 * SECOND,
            label: "tariffs".to_owned(),
        }],
        reference: None,
        wall_s: 1.0,
        events: 1,
        digest: String::new(),
        exit: Exit::Done,
        error: None,
    }
}

fn breach(id: i64, at: i64, account: u32) -> BreachRow {
    BreachRow {
        time_ns: at * SECOND,
        id,
        venue: VenueId((id >> 32) as u16),
        account: AccountId(account),
        population: None,
        isolated: false,
        equity: Usd::dollars(480),
        maintenance: Usd::dollars(500),
        notional: Usd::dollars(9600),
        factor: Factor::Mark,
        via: "BTC-PERP".into(),
        via_share: 1.0,
        price_before: 1000.0,
        price: 948.5,
        index_source: "none".into(),
        cause: Reason::News,
        cause_id: None,
        root_id: id,
        generation: 0,
        forced_share: 0.0,
        abroad_share: 0.0,
        weight: 1,
    }
}

fn close(id: i64, at: i64, stage: Stage, price: f64) -> LiquidationRow {
    LiquidationRow {
        time_ns: at * SECOND,
        id,
        venue: VenueId((id >> 32) as u16),
        instrument: InstrumentId(0),
        account: AccountId(0),
        population: None,
        side: PositionSide::Long,
        qty: 5.0,
        notional: Usd::dollars(4700),
        mark: 948.0,
        bankruptcy_price: 945.0,
        fill_price: price,
        stage,
        cause_id: None,
        cause: Reason::News,
        root_id: id,
        generation: 0,
        forced_share: 0.0,
        via: "BTC-PERP".into(),
        crossed_instrument: id >> 32 == 1,
        crossed_venue: id >> 32 == 1,
        weight: 1,
    }
}

fn part(id: i64, cause: Reason, cause_id: Option<i64>, share: f64) -> CauseRow {
    CauseRow {
        time_ns: 0,
        id,
        cause,
        cause_id,
        share,
    }
}

const fn stops() -> i64 {
    link_key(ONE, 1 << 31)
}

const fn halt() -> i64 {
    link_key(ONE, 7 << 29)
}

const fn abroad() -> i64 {
    liquidation_key(TWO, 0)
}

/// News, liquidation 0, the stops it reaches, liquidation 1, whose deleveraging takes the hedge of
/// the maker, who is liquidated elsewhere.
fn write(writer: &mut RunWriter) {
    writer.push(breach(0, 10, 0)).unwrap();
    writer.push(part(0, Reason::News, None, 1.0)).unwrap();
    writer.push(close(0, 11, Stage::Book, 947.0)).unwrap();
    writer.push(close(0, 13, Stage::Adl, 945.0)).unwrap();
    let stop = |qty| StopRow {
        time_ns: 12 * SECOND,
        id: stops(),
        venue: ONE,
        instrument: InstrumentId(0),
        account: AccountId(1),
        population: None,
        side: Side::Sell,
        qty,
        reason: Reason::Stop,
        cause: Reason::Liquidation,
        cause_id: Some(0),
        root_id: Some(0),
        generation: 1,
        forced_share: 0.75,
        weight: 1,
    };
    writer.push(stop(2.0)).unwrap();
    writer.push(stop(0.5)).unwrap();
    writer
        .push(part(stops(), Reason::Liquidation, Some(0), 0.75))
        .unwrap();
    writer
        .push(part(stops(), Reason::News, None, 0.25))
        .unwrap();
    let second = BreachRow {
        cause: Reason::Stop,
        cause_id: Some(stops()),
        root_id: 0,
        generation: 2,
        forced_share: 0.6,
        ..breach(1, 14, 1)
    };
    writer.push(second).unwrap();
    writer
        .push(part(1, Reason::Stop, Some(stops()), 0.8))
        .unwrap();
    writer
        .push(part(1, Reason::Liquidation, None, 0.2))
        .unwrap();
    let given = AdlRow {
        time_ns: 16 * SECOND,
        id: 1,
        venue: ONE,
        instrument: InstrumentId(0),
        account: AccountId(1),
        counterparty: AccountId(0),
        qty: 3.0,
        price: 945.0,
        mark: 940.0,
        haircut: Usd::dollars(15),
        in_profit: true,
        root_id: 0,
        generation: 3,
        weight: 1,
    };
    writer.push(given).unwrap();
    writer.push(lost_hedge()).unwrap();
    writer
        .push(part(abroad(), Reason::Adl, Some(1), 0.9))
        .unwrap();
    writer
        .push(close(abroad(), 21, Stage::Backstop, 90.0))
        .unwrap();
    writer.push(halted()).unwrap();
}

fn lost_hedge() -> BreachRow {
    BreachRow {
        factor: Factor::Collateral,
        via: "USDE".into(),
        via_share: 0.7,
        price_before: 1.0,
        price: 0.65,
        index_source: "own_book".into(),
        cause: Reason::Adl,
        cause_id: Some(1),
        root_id: 0,
        generation: 4,
        forced_share: 0.9,
        abroad_share: 0.9,
        ..breach(abroad(), 20, 0)
    }
}

fn halted() -> HaltRow {
    HaltRow {
        time_ns: 10 * SECOND + SECOND / 2,
        id: halt(),
        venue: ONE,
        instrument: InstrumentId(0),
        brake: "luld".into(),
        end_ns: Some(12 * SECOND),
        price: 930.0,
        gap_frac: -0.031,
        cause: Reason::News,
        cause_id: None,
        root_id: None,
        generation: 0,
        forced_share: 0.0,
    }
}

fn told(id: i64) -> anyhow::Result<String> {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = RunWriter::create(dir.path(), names(), WriterOptions::default()).unwrap();
    write(&mut writer);
    writer.finish().unwrap();
    manifest().write(dir.path()).unwrap();
    super::tell(dir.path(), id)
}

#[test]
fn a_chain_is_told_through_all_its_links() {
    let expected = [
        "liquidation 4294967296 at 0:00:20.000: maker on two held positions worth $9,600 with $480 of equity (20.0x), below its maintenance margin of $500",
        "  USDE, its collateral, marked on this venue's own book alone, fell from 1 to 0.65 (70% of the loss)",
        "  the loss was brought about 90% by hedges that auto-deleveraging took (90% by the hedge taken for liquidation 1), 10% by smaller parts",
        "  in all 90% of it was brought about by force, 90% on other venues",
        "  $4,700 of ETH-PERP (long) was closed by the backstop vault at 90 (bankruptcy price 945)",
        "  ETH-PERP was closed though the loss came from USDE: cross margin carried it over",
        "  its chain began with liquidation 0 on one, 4 links back",
        "because its hedge was taken by auto-deleveraging on one for the bankruptcy of liquidation 1:",
        "liquidation 1 at 0:00:14.000: bob on one held positions worth $9,600 with $480 of equity (20.0x), below its maintenance margin of $500",
        "  the mark of BTC-PERP fell from 1000 to 948.5 (100% of the loss)",
        "  the loss was brought about 80% by stop orders (80% by stops 2147483648), 20% by liquidation orders",
        "  in all 60% of it was brought about by force",
        "  its chain began with liquidation 0, 2 links back",
        "because of stops 2147483648:",
        "stops 2147483648 at 0:00:12.000: 2 triggered orders to sell 2.5 of BTC-PERP on one, the first of bob",
        "  the price was brought to the triggers 75% by liquidation orders (75% by liquidation 0), 25% by orders on the news",
        "because of liquidation 0:",
        "liquidation 0 at 0:00:10.000: ann on one held positions worth $9,600 with $480 of equity (20.0x), below its maintenance margin of $500",
        "  the mark of BTC-PERP fell from 1000 to 948.5 (100% of the loss)",
        "  the loss was brought about 100% by orders on the news",
        "  $9,400 of BTC-PERP (long) was closed in the book and against winners by auto-deleveraging in 2 parts, the first at 947, the last at 945 (bankruptcy price 945)",
        "  the book of BTC-PERP was halted meanwhile, from 0:00:10.500 to 0:00:12.000, by luld (halt 3758096384)",
        "the chain begins with orders on the news, 0:00:05.000 after the news: tariffs",
    ];
    let found = told(abroad()).unwrap();
    let found: Vec<&str> = found.lines().collect();
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(*found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn a_halt_is_a_link_of_its_own() {
    let found = told(halt()).unwrap();
    assert_eq!(
        found.lines().collect::<Vec<_>>(),
        [
            "halt 3758096384 at 0:00:10.500: BTC-PERP on one was halted by luld until 0:00:12.000",
            "  it reopened -3.1% from the last price before",
            "the chain begins with orders on the news, 0:00:05.500 after the news: tariffs",
        ]
    );
}

#[test]
fn an_unknown_id_says_which_there_are() {
    let error = told(77).unwrap_err().to_string();
    assert!(error.contains("ids run from 0 to 4294967296"), "{error}");
}
