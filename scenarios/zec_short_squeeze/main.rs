//! Runs the scenario `zec_short_squeeze`.

fn main() -> std::process::ExitCode {
    firesale_scenarios::main_of("zec_short_squeeze")
}
