//! What the documents show is what works.

use std::fs;
use std::path::Path;

use firesale_sim::Scenario;

#[path = "../../../crates/sim/examples/clip_dip_buyer/kind.rs"]
#[expect(unreachable_pub, reason = "it stands for a crate of its own")]
mod kind;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The code blocks of a document in a language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let text = read(document);
    let blocks = text.split(fence.as_str()).skip(1);
    blocks
        .filter_map(|rest| rest.split("```").next())
        .map(str::to_owned)
        .collect()
}

fn problems(text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("scenario.toml");
    fs::write(&file, text).unwrap();
    let mut app = firesale_agents::app();
    app.add_plugin(&kind::DipBuyerPlugin);
    let loader = firesale_scenarios::loader();
    match Scenario::load(file.to_str().unwrap(), &loader, &[], &app) {
        Ok(_) => String::new(),
        Err(error) => error.render(false),
    }
}

#[test]
fn scenarios_in_documents_are_read_without_a_problem() {
    let mut count = 0;
    for document in ["README.md", "docs/SCENARIOS.md", "docs/EXTENDING.md"] {
        for block in blocks(document, "toml") {
            if block.contains("[scenario]") {
                assert_eq!(problems(&block), "", "{document}:\n{block}");
                count += 1;
            }
        }
    }
    assert_eq!(count, 3, "each document shows one scenario");
}

#[test]
fn the_agent_of_the_walkthrough_is_the_example() {
    let kind = read("crates/sim/examples/clip_dip_buyer/kind.rs");
    assert_eq!(blocks("docs/EXTENDING.md", "rust"), [kind]);
    let program = read("scenarios/examples/clips/main.rs");
    let shown = &blocks("docs/EXTENDING.md", "rust,ignore")[0];
    assert!(
        program.ends_with(shown.as_str()),
        "the application of the walkthrough is not the example"
    );
}

#[test]
fn the_model_quotes_the_sets_of_the_tick() {
    let source = read("crates/sim/src/app.rs");
    for quoted in blocks("docs/MODEL.md", "rust,ignore") {
        assert!(source.contains(quoted.trim_end()), "{quoted}");
    }
}
