//! Runs the scenario `terra_2022`.

fn main() -> std::process::ExitCode {
    firesale_scenarios::main_of("terra_2022")
}
