//! Runs the scenario `oracle_depeg`.

fn main() -> std::process::ExitCode {
    firesale_scenarios::main_of("oracle_depeg")
}
