//! The command of `docs/EXTENDING.md`: all shipped kinds and one from another crate, with the options of
//! `firesale run`.

#[path = "../../../crates/sim/examples/clip_dip_buyer/kind.rs"]
#[expect(unreachable_pub, reason = "it stands for a crate of its own")]
mod dip_buyer;

use clap::Parser;
use dip_buyer::DipBuyerPlugin;
use firesale_ensemble::{RunArgs, Surroundings};
use firesale_sim::SimApp;

#[derive(Parser)]
struct Options {
    scenario: String,
    #[command(flatten)]
    run: RunArgs,
}

fn app() -> SimApp {
    let mut app = firesale_agents::app();
    app.add_plugin(&DipBuyerPlugin);
    app
}

fn main() -> std::process::ExitCode {
    let options = Options::parse();
    let loader = firesale_scenarios::loader();
    let around = Surroundings {
        loader: &loader,
        app: &app,
        file: &firesale_scenarios::file,
        commit: None,
    };
    firesale_ensemble::run(&options.scenario, &options.run, &around)
}
