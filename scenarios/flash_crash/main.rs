//! Runs the scenario `flash_crash`.

fn main() -> std::process::ExitCode {
    firesale_scenarios::main_of("flash_crash")
}
