//! What fuzzing found, and what it starts from, through the same functions: no panic, each input within ten seconds.
//!
//! fuzz/README.md tells how the corpus is made.

#[path = "../fuzz/src/targets/mod.rs"]
mod targets;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use targets::TARGETS;

/// Fuzzing stops an input at the same time.
const MOST_TIME: Duration = Duration::from_secs(10);
/// Fixtures of one pattern that are replayed: the other tests read all of them.
const MOST_FIXTURES: usize = 6;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A line of fuzz/targets.txt.
struct Line {
    target: String,
    longest: usize,
    patterns: Vec<String>,
}

fn lines() -> Vec<Line> {
    let text = std::fs::read_to_string(root().join("fuzz/targets.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            let (target, longest) = (words.next().unwrap(), words.next().unwrap().parse().unwrap());
            Line { target, longest, patterns: words.collect() }
        })
        .collect()
}

/// The files of a pattern whose segments hold `*` at most twice.
fn files_of(pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![root().to_owned()];
    for segment in pattern.split('/') {
        let parts: Vec<&str> = segment.split('*').collect();
        found = match parts.as_slice() {
            [name] => found.into_iter().map(|folder| folder.join(name)).filter(|path| path.exists()).collect(),
            parts => found.iter().flat_map(|folder| entries(folder)).filter(|path| fits(path, parts)).collect(),
        };
    }
    found.retain(|path| path.is_file());
    found.sort();
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

/// Whether a path's last name is made of these parts with anything between them.
fn fits(path: &Path, parts: &[&str]) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    let middle = name.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
    middle.is_some_and(|middle| parts[1..parts.len() - 1].iter().all(|part| middle.contains(part)))
}

/// An input: its target, where it comes from, its content.
type Input = (&'static str, String, Vec<u8>);

fn inputs() -> Vec<Input> {
    let mut inputs = Vec::new();
    for line in lines() {
        let target = TARGETS.iter().find(|target| target.name == line.target).unwrap();
        let mut files = files_of(&format!("fuzz/corpus/{}/*", target.name));
        for pattern in &line.patterns {
            let found = files_of(pattern);
            assert!(!found.is_empty(), "{}: no fixture is called `{pattern}`", line.target);
            let step = found.len().div_ceil(MOST_FIXTURES);
            files.extend(found.into_iter().step_by(step));
        }
        inputs.extend(files.into_iter().map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            (target.name, path.display().to_string(), bytes)
        }));
    }
    inputs.extend(targets::seeds().into_iter().map(|seed| (seed.target, seed.name, seed.bytes)));
    inputs
}

#[test]
fn the_corpus_is_read_or_refused_in_time() {
    let inputs = inputs();
    let (next, counts) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<&str, (usize, Duration)>::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((target, name, bytes)) = inputs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begin = Instant::now();
                    let result = std::panic::catch_unwind(|| targets::run(target, bytes));
                    let time = begin.elapsed();
                    assert!(result.is_ok(), "{target}: {name} panics");
                    assert!(time < MOST_TIME, "{target}: {name} takes {time:?}");
                    let mut counts = counts.lock().unwrap();
                    let count = counts.entry(target).or_default();
                    *count = (count.0 + 1, count.1.max(time));
                }
            });
        }
    });
    let counts = counts.into_inner().unwrap();
    for (target, (count, longest)) in &counts {
        println!("{target}: {count} inputs, the longest took {longest:?}");
    }
    let untried: Vec<_> = TARGETS.iter().map(|target| target.name).filter(|name| !counts.contains_key(name)).collect();
    assert!(untried.is_empty(), "no input for {untried:?}");
}

/// A target that is not in every list is not fuzzed.
#[test]
fn every_target_has_its_line_its_file_and_its_program() {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(lines().iter().map(|line| line.target.as_str()).collect::<Vec<_>>(), names);
    assert!(lines().iter().all(|line| (256..=1 << 20).contains(&line.longest)));
    let manifest = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    for name in &names {
        let source = std::fs::read_to_string(root().join(format!("fuzz/fuzz_targets/{name}.rs"))).unwrap();
        assert!(source.contains(&format!("\"{name}\"")), "fuzz_targets/{name}.rs runs another target");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "fuzz/Cargo.toml does not build `{name}`");
    }
    assert_eq!(entries(&root().join("fuzz/fuzz_targets")).len(), names.len());
    for folder in entries(&root().join("fuzz/corpus")) {
        assert!(names.contains(&&*folder.file_name().unwrap().to_string_lossy()), "{}", folder.display());
    }
}
