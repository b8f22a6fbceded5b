//! Runs the scenario `october_2025`.

fn main() -> std::process::ExitCode {
    firesale_scenarios::main_of("october_2025")
}
