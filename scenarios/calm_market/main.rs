//! Runs the scenario `calm_market`.

fn main() -> std::process::ExitCode {
    firesale_scenarios::main_of("calm_market")
}
