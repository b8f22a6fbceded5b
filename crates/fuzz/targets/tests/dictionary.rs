//! The dictionary of the scenario target knows every key and every choice.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// The names of properties and the words that a schema allows, as the dictionary writes them.
fn words(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), inner) {
                    ("properties", Value::Object(map)) => {
                        into.extend(map.keys().map(|name| format!("\"{name} = \"")));
                    }
                    ("enum", Value::Array(list)) => {
                        let texts = list.iter().filter_map(Value::as_str);
                        into.extend(texts.map(|text| format!(r#""\"{text}\"""#)));
                    }
                    ("const", Value::String(text)) => {
                        into.insert(format!(r#""\"{text}\"""#));
                    }
                    _ => {}
                }
                words(inner, into);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| words(inner, into)),
        _ => {}
    }
}

#[test]
fn is_complete() {
    let schema = firesale_sim::scenario::schema(&firesale_agents::app());
    let mut needed = BTreeSet::new();
    words(schema.as_value(), &mut needed);
    assert!(needed.len() > 100);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenario.dict");
    let text = fs::read_to_string(file).expect("the dictionary");
    let known: BTreeSet<&str> = text.lines().collect();
    let missing: Vec<_> = needed
        .iter()
        .filter(|word| !known.contains(word.as_str()))
        .collect();
    assert!(missing.is_empty(), "add these lines: {missing:#?}");
}
