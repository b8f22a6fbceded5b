//! Random bytes and damaged files: an answer to everything, and errors with places that exist.

use firesale_types::{AgentRng, Domain, RunSeed, StreamKey};

use super::super::{Errors, Home, Node, Sources, parse, set, to_toml};
use super::{VALID, check, tree};

/// Pieces that matter to the grammar or to the values.
const PIECES: [&str; 48] = [
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "=",
    ".",
    ",",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "\"",
    "\"\"\"",
    "'",
    "'''",
    "#",
    "\\",
    "\\u00e9",
    "-",
    "+",
    "_",
    "0",
    "1",
    "9",
    "e",
    "0x",
    "1e999",
    "nan",
    "inf",
    "true",
    "\u{feff}",
    "\u{0}",
    "é",
    "\u{1F4A5}",
    "\u{202e}",
    "name",
    "kind",
    "agents",
    "extends",
    "[scenario]",
    "[[agents]]\n",
    "kind = \"news\"\n",
    "9223372036854775808",
    "2025-10-10T20:00:00Z",
    "10 parsecs",
];

fn stream(index: u64) -> AgentRng {
    let key = StreamKey {
        domain: Domain::Validation,
        population: 0,
        index,
        time_ns: 0,
    };
    AgentRng::open(RunSeed(20_251_010), key)
}

fn below(rng: &mut AgentRng, n: usize) -> usize {
    rng.below(n as u64) as usize
}

fn piece(rng: &mut AgentRng) -> &'static [u8] {
    PIECES[below(rng, PIECES.len())].as_bytes()
}

/// A valid file after a few accidents: bytes changed, pieces put in, stretches lost or doubled.
fn damaged(rng: &mut AgentRng) -> Vec<u8> {
    let mut bytes = VALID.as_bytes().to_vec();
    for _ in 0..=below(rng, 4) {
        let at = below(rng, bytes.len() + 1);
        let end = (at + below(rng, 30)).min(bytes.len());
        match below(rng, 5) {
            0 if at < bytes.len() => bytes[at] = rng.below(256) as u8,
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                let to = below(rng, bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            _ => drop(bytes.splice(at..at, piece(rng).iter().copied())),
        }
    }
    bytes
}

fn pieces(rng: &mut AgentRng) -> Vec<u8> {
    let count = below(rng, 40);
    (0..count)
        .flat_map(|_| piece(rng).iter().copied())
        .collect()
}

fn noise(rng: &mut AgentRng) -> Vec<u8> {
    let count = below(rng, 60);
    (0..count).map(|_| rng.below(256) as u8).collect()
}

/// Errors are shown in all forms, and the forms agree.
fn shown(errors: &Errors, sources: &Sources) {
    assert!(!errors.0.is_empty());
    assert_eq!(errors.lines(sources).lines().count(), errors.0.len());
    for problem in &errors.0 {
        let place = problem.locate(sources);
        let text = sources.text(problem.span.file).expect("a source");
        let line = text
            .split('\n')
            .nth(place.line as usize - 1)
            .expect("a line");
        assert!(
            place.column as usize <= line.chars().count() + 1,
            "{problem:?}"
        );
        let plain = problem.render(sources, false);
        assert!(plain.contains(&place.to_string()), "{place}\n{plain}");
        assert!(problem.render(sources, true).len() >= plain.len());
        assert!(!problem.message.is_empty());
    }
}

/// Everything that can be done with a file.
fn exercise(bytes: &[u8]) -> bool {
    let mut sources = Sources::new();
    let root = match parse(&mut sources, "fuzz.toml", bytes, Home::Text) {
        Ok(root) => root,
        Err(errors) => {
            shown(&errors, &sources);
            return false;
        }
    };
    if let Err(errors) = check(&root) {
        shown(&errors, &sources);
    }
    let back = tree(&to_toml(&root));
    assert!(back.same(&root));
    true
}

#[test]
fn damaged_files() {
    let mut valid = 0;
    for index in 0..6_000 {
        valid += u32::from(exercise(&damaged(&mut stream(index))));
    }
    // Both sides of the parser are reached.
    assert!((500..5_500).contains(&valid), "{valid}");
}

#[test]
fn random_pieces_and_noise() {
    for index in 0..20_000 {
        exercise(&pieces(&mut stream(1 << 32 | index)));
        exercise(&noise(&mut stream(2 << 32 | index)));
    }
}

#[test]
fn random_overrides() {
    let root: Node = tree(VALID);
    for index in 0..10_000 {
        let rng = &mut stream(3 << 32 | index);
        let mut text = [
            "agents.retail_longs.count=10",
            "clock.tick=1s",
            "shocks.0={}",
            "",
        ][below(rng, 4)]
        .as_bytes()
        .to_vec();
        for _ in 0..=below(rng, 6) {
            let at = below(rng, text.len() + 1);
            text.splice(at..at, piece(rng).iter().copied());
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let (mut root, mut sources) = (root.clone(), Sources::new());
        sources.add("test.toml", VALID, Home::Text).unwrap();
        match set(&mut root, &mut sources, &text) {
            Err(errors) => shown(&errors, &sources),
            Ok(()) => {
                if let Err(errors) = check(&root) {
                    shown(&errors, &sources);
                }
                assert!(tree(&to_toml(&root)).same(&root));
            }
        }
    }
}
