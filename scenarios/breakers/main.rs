//! Runs the scenario `breakers`.

fn main() -> std::process::ExitCode {
    firesale_scenarios::main_of("breakers")
}
