//! The shipped agent families, each written exactly as an outsider would write one.
//!
//! # Model
//!
//! * [`retail`]: noise traders, momentum traders with herding, dip buyers, leveraged holders with stops,
//!   take-profits, margin calls and panic, depositors.
//! * [`institutional`]: value traders under a VaR limit, execution of large orders, patient limit orders.
//! * [`market_maker`]: Avellaneda-Stoikov ladders with inventory, volatility and loss switches.
//! * [`predator`]: liquidation hunters where positions are public.
//! * [`arbitrage`]: perpetual against spot and venue against venue, with transfer delay.
//! * [`onchain`]: liquidity providers, arbitrageurs of pools, borrowers, loopers, liquidation keepers.
//! * [`stable`]: holders of stable coins who run, arbitrageurs of the peg with and without primary access.
//! * Every kind is one module, one plugin entry and one configuration table; defaults are documented with
//!   their source there and in `docs/CALIBRATION.md`.
//!
//! **Invariant:** an agent sees the public view, its own account and its own random stream. No kind reads
//! a real price path, the future, or another agent.

pub mod arbitrage;
pub mod institutional;
pub mod market_maker;
pub mod onchain;
pub mod predator;
pub mod retail;
pub mod stable;

mod ways;

use firesale_sim::{Plugin, SimApp};

/// The plugins of all shipped families.
#[must_use]
pub fn plugins() -> Vec<Box<dyn Plugin>> {
    vec![
        Box::new(retail::RetailPlugin),
        Box::new(institutional::InstitutionPlugin),
        Box::new(market_maker::MarketMakerPlugin),
        Box::new(arbitrage::ArbitrageurPlugin),
        Box::new(predator::PredatorPlugin),
        Box::new(stable::StablePlugin),
        Box::new(onchain::OnChainPlugin),
    ]
}

/// An application that knows all shipped kinds.
#[must_use]
pub fn app() -> SimApp {
    let mut app = SimApp::new();
    for plugin in plugins() {
        app.add_plugin(plugin.as_ref());
    }
    app
}
