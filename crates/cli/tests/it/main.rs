//! The command as users meet it: exit codes, files, messages.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use firesale_record::{RunReader, TickRow};

fn firesale(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_firesale"));
    command.args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn list_names_every_scenario_with_its_question() {
    let list = firesale(&["list"]);
    assert!(list.status.success());
    for name in ["october_2025", "calm_market", "flash_crash"] {
        assert!(
            out(&list)
                .lines()
                .any(|l| l.starts_with(name) && l.ends_with('?')),
            "{name}"
        );
    }
}

#[test]
fn a_broken_scenario_exits_with_two_and_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("broken.toml");
    let text = "[scenario]\nextends = \"flash_crash\"\nname = \"broken\"\n\n[clock]\nduration = \"soon\"\n";
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    for command in ["check", "run"] {
        let output = firesale(&[command, file]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(
            err(&output).contains("broken.toml:6:12"),
            "{}",
            err(&output)
        );
    }
}

#[test]
fn an_unknown_scenario_suggests_the_nearest() {
    let output = firesale(&["run", "october_2026"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("october_2025"), "{}", err(&output));
}

#[test]
fn the_schema_is_json_with_the_keys_of_agents() {
    let output = firesale(&["schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema["properties"]["agents"].is_object());
    assert!(out(&output).contains("holds_share"));
}

#[test]
fn a_run_leaves_tables_charts_and_a_report_and_repeats_from_its_scenario() {
    let dir = tempfile::tempdir().unwrap();
    let first = dir.path().join("first");
    let output = firesale(&[
        "run",
        "flash_crash",
        "--until",
        "3m",
        "--out",
        first.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", err(&output));
    let charts = fs::read_dir(first.join("charts")).unwrap().count();
    assert!(charts >= 9, "{charts} charts");
    for name in [
        "report.html",
        "summary.json",
        "manifest.json",
        "scenario.toml",
    ] {
        assert!(
            fs::metadata(first.join(name)).unwrap().len() > 0,
            "{name} is empty"
        );
    }
    let second = dir.path().join("second");
    let scenario = first.join("scenario.toml");
    let again = firesale(&[
        "run",
        scenario.to_str().unwrap(),
        "--no-charts",
        "--out",
        second.to_str().unwrap(),
    ]);
    assert!(again.status.success(), "{}", err(&again));
    assert_eq!(
        digest(&first),
        digest(&second),
        "the resolved scenario is another one"
    );
}

fn digest(run: &Path) -> String {
    let text = fs::read_to_string(run.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["digest"].as_str().unwrap().to_owned()
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_exits_with_130_and_its_tables_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let arguments = [
        "run",
        "october_2025",
        "--no-charts",
        "--set",
        "scenario.scale=0.01",
        "--out",
    ];
    let child = Command::new(env!("CARGO_BIN_EXE_firesale"))
        .args(arguments)
        .arg(&run)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The run is under way when its directory holds tables; three hours of market time take far longer.
    for _ in 0..600 {
        if run.join("tables").is_dir() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(1500));
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", err(&output));
    let rows: Vec<TickRow> = RunReader::open(&run).unwrap().rows().unwrap();
    assert!(!rows.is_empty(), "no tick was kept");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("taken");
    fs::write(&file, "not a directory").unwrap();
    let output = firesale(&[
        "run",
        "flash_crash",
        "--until",
        "1m",
        "--out",
        file.join("run").to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(err(&output).contains("taken"), "{}", err(&output));
}
