//! A million random commands over random rules: four instruments, three collaterals, 200 accounts. The
//! auditor looks after every event, and around every step of a liquidation (`adl_audit.rs`,
//! `bystanders.rs`).

use firesale_exchange::{CollateralConfig, VenueRecord};
use firesale_types::{AssetId, Rate, SimDuration, Usd};

use crate::commands::{Chaos, venue};
use crate::lab::{ETH, perp};

const SOL: AssetId = AssetId(3);
const USERS: u32 = 200;
const KINDS: u64 = 64;
const COMMANDS: usize = 1_000_000;

/// Commands under each kind of rules; every kind in turn, `part` of a million in all.
fn run(part: usize) {
    let (mut liquidated, mut deleveraged, mut paid) = (0_usize, 0_usize, 0_usize);
    for kind in 0..KINDS {
        let mut rules = venue(kind);
        // Without latency a liquidation that finds no bid tries again every millisecond; the smaller
        // suites of `commands.rs` have that.
        let latency = &mut rules.liquidation.latency;
        *latency = (*latency).max(SimDuration::millis(100));
        let mut sol = perp("SOL", SOL);
        sol.unit = firesale_types::UnitValue(777_777);
        rules.instruments.push(sol);
        for (asset, haircut) in [(ETH, 2_000), (SOL, 3_000)] {
            let price = Usd::dollars(1000);
            rules
                .collateral
                .push(CollateralConfig::new(asset, Rate::bps(haircut), price));
        }
        let mut chaos = Chaos::crowd(9_000 + kind, rules, USERS);
        for (at, &user) in chaos.users.clone().iter().enumerate() {
            let asset = [ETH, SOL][at % 2];
            let credited = chaos.lab.exchange.credit(user, asset, Usd(1_500_000));
            credited.expect("a known account and asset");
        }
        chaos.run(COMMANDS / part / KINDS as usize);
        for record in &chaos.lab.records {
            liquidated += usize::from(matches!(record, VenueRecord::Liquidation { .. }));
            deleveraged += usize::from(matches!(record, VenueRecord::Adl { .. }));
            paid += usize::from(matches!(record, VenueRecord::Waterfall { .. }));
        }
    }
    println!(
        "{liquidated} forced closes, {deleveraged} winners' closes, {paid} waterfall payments"
    );
    assert!(liquidated > 10_000 / part && deleveraged > 0 && paid > 0);
}

#[test]
fn a_part_of_the_million() {
    run(10);
}

/// `cargo test -p firesale-exchange --test it -- --ignored million`
#[test]
#[ignore = "takes minutes; a part of it runs always"]
fn a_million_commands() {
    run(1);
}
