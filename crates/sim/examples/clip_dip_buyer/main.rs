//! The agent of `docs/EXTENDING.md`, at work in a market of explicit orders: somebody sells, the price falls,
//! and the keenest members buy first.

#[expect(unreachable_pub, reason = "it stands for a crate of its own")]
mod kind;

use firesale_sim::config::Loader;
use firesale_sim::{RunOptions, Scenario, SimApp, Simulation};

const MARKET: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/clip_dip_buyer/scenario.toml"
);

/// Runs the market and returns how many members bought, and the last price.
fn run(overrides: &[String]) -> (usize, f64) {
    let app = || {
        let mut app = SimApp::new();
        app.add_plugin(&kind::DipBuyerPlugin);
        app
    };
    let scenario = Scenario::load(MARKET, &Loader::files_only(), overrides, &app())
        .unwrap_or_else(|error| panic!("{}", error.render(false)));
    let options = RunOptions {
        threads: 1,
        limits: firesale_scheduler::RunLimits::default(),
    };
    let mut simulation = Simulation::new(&scenario, app(), &options, None).expect("a small market");
    while simulation.step().expect("the run goes on to its end") {}
    let exchange = simulation
        .venues()
        .get(firesale_types::VenueId(0))
        .exchange();
    let market = simulation.markets().iter().next().expect("one market");
    // Accounts of the venue come first, then the seller's and the bidder's.
    let members = firesale_exchange::Exchange::SYSTEM_ACCOUNTS + 2..exchange.accounts();
    let bought = |id: &u32| {
        let account = firesale_types::AccountId(*id);
        exchange.position_qty(account, market.instrument).0 > 0
    };
    let last = exchange.last(market.instrument);
    (members.filter(bought).count(), market.usd(last))
}

fn main() {
    let (buyers, last) = run(&[]);
    println!("{buyers} of 50 members bought; the last price is {last}");
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn some_members_buy_the_dip() {
        let (buyers, last) = run(&[]);
        assert!(
            (5..=45).contains(&buyers),
            "{buyers} members bought: neither nobody nor everybody"
        );
        assert!(last < 100_000.0);
    }

    #[test]
    fn nobody_buys_when_the_threshold_is_far() {
        let (buyers, _) = run(&["agents.clips.drawdown_bps=2000".to_owned()]);
        assert_eq!(buyers, 0);
    }
}
