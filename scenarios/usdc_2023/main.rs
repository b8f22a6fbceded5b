//! Runs the scenario `usdc_2023`.

fn main() -> std::process::ExitCode {
    firesale_scenarios::main_of("usdc_2023")
}
