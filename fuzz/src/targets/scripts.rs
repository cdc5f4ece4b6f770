//! Python files of an artifact, which `check` reads by their grammar.

use scorepack::target::python;
use serde_json::Value;

use super::{Seed, fixture};

/// What a file defines and imports, or its one problem, in lines that it has.
pub fn python(bytes: &[u8]) {
    let Ok(source) = std::str::from_utf8(bytes) else { return };
    let script = python::read(source);
    // A carriage return ends a line as well.
    let lines = source.split(['\n', '\r']).count() as u64;
    let places = script.functions.iter().map(|function| function.line).chain(script.imports.iter().map(|i| i.line));
    for line in places.chain(script.problem.iter().map(|problem| problem.line)) {
        assert!((1..=lines + 1).contains(&line), "line {line} of {lines}");
    }
    let nothing = script.functions.is_empty() && script.classes.is_empty() && script.imports.is_empty();
    assert!(script.problem.is_none() || nothing, "a problem and more");
}

/// The sources that CPython takes.
pub fn seeds() -> Vec<Seed> {
    let cases = std::fs::read_to_string(fixture("python/syntax.jsonl")).expect("a fixture");
    let cases = cases.lines().map(|line| serde_json::from_str::<Value>(line).expect("a fixture")).enumerate();
    let sources = cases.filter(|(_, case)| case["valid"] == true).filter_map(|(number, case)| {
        let source = case["source"].as_str()?;
        Some(Seed { target: "python", name: format!("{number:04}"), bytes: source.into() })
    });
    sources.collect()
}
