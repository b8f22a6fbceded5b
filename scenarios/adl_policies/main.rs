//! Runs the scenario `adl_policies`.

fn main() -> std::process::ExitCode {
    firesale_scenarios::main_of("adl_policies")
}
