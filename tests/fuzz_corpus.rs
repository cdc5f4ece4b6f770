//! What fuzzing found, and what it starts from, through the same functions: no panic, each input within ten seconds.
//!
//! Some damaged forms of each input are tried as well; `SCOREPACK_DAMAGED` asks for more of them than the usual few, and
//! `SCOREPACK_TARGETS` names the targets. fuzz/README.md tells how the corpus is made.

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

/// Damaged forms of each input in an ordinary run.
const DAMAGED: u64 = 6;

fn damaged_forms() -> u64 {
    std::env::var("SCOREPACK_DAMAGED").ok().and_then(|count| count.parse().ok()).unwrap_or(DAMAGED)
}

/// A sequence of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    /// A part of some bytes.
    fn part(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len() + 1);
        let most = 1 << self.below(10);
        start..bytes.len().min(start + self.below(most + 1))
    }
}

/// Bytes at which lengths and signs change their mind.
const BYTES: [u8; 10] = [0, 1, 0x7f, 0x80, 0xff, b'0', b'9', b'"', b'-', b'\n'];
const WORDS: [u64; 9] =
    [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 40, u64::MAX >> 1, u64::MAX, 0xffff_ffff_0000_0000];

/// The input with some of its bytes changed, moved, cut or taken from another one.
fn damage(bytes: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 << numbers.below(4) {
        let (at, part) = (numbers.below(bytes.len()), numbers.part(&bytes));
        match numbers.below(9) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << numbers.below(8)),
            1 | 2 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = BYTES[numbers.below(BYTES.len())]),
            3 => drop(bytes.drain(part)),
            4 => {
                let copied = bytes[part].to_vec();
                bytes.splice(at..at, copied);
            }
            5 => {
                let taken = other[numbers.part(other)].to_vec();
                bytes.splice(part, taken);
            }
            6 if numbers.below(4) == 0 => bytes.truncate(at),
            _ => {
                let word = WORDS[numbers.below(WORDS.len())];
                let word = if numbers.below(3) == 0 { word.to_be_bytes() } else { word.to_le_bytes() };
                let width = [1, 2, 4, 8][numbers.below(4)];
                bytes.iter_mut().skip(at).zip(&word[..width]).for_each(|(byte, new)| *byte = *new);
            }
        }
    }
    bytes
}

/// Runs a target; what it takes exception to is left in fuzz/findings.
fn run(target: &str, name: &str, bytes: &[u8]) -> Duration {
    let begin = Instant::now();
    let result = std::panic::catch_unwind(|| targets::run(target, bytes));
    let time = begin.elapsed();
    if result.is_err() || time >= MOST_TIME {
        let folder = root().join("fuzz/findings");
        let file = folder.join(format!("{target}-{}", scorepack::artifact::sha256(bytes)));
        std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, bytes)).unwrap();
        panic!("{target}: {name}, written to {}: panics: {}, took {time:?}", file.display(), result.is_err());
    }
    time
}

#[test]
fn the_corpus_is_read_or_refused_in_time() {
    let mut inputs = inputs();
    if let Ok(wanted) = std::env::var("SCOREPACK_TARGETS") {
        inputs.retain(|(target, _, _)| wanted.split(',').any(|wanted| wanted == *target));
    }
    let (next, counts) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<&str, (u64, Duration)>::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((target, name, bytes)) = inputs.get(at) else { break };
                    let mut longest = run(target, name, bytes);
                    let mut numbers = Numbers(at as u64);
                    for number in 0..damaged_forms() {
                        let (_, _, other) = &inputs[(at + 1) % inputs.len()];
                        let damaged = damage(bytes, other, &mut numbers);
                        longest = longest.max(run(target, &format!("damaged form {number} of {name}"), &damaged));
                    }
                    let mut counts = counts.lock().unwrap();
                    let count = counts.entry(target).or_default();
                    *count = (count.0 + 1 + damaged_forms(), count.1.max(longest));
                }
            });
        }
    });
    let counts = counts.into_inner().unwrap();
    for (target, (count, longest)) in &counts {
        println!("{target}: {count} inputs, the longest took {longest:?}");
    }
    let untried = TARGETS.iter().map(|target| target.name).filter(|name| !counts.contains_key(name));
    let untried: Vec<&str> = untried.filter(|_| std::env::var_os("SCOREPACK_TARGETS").is_none()).collect();
    assert!(untried.is_empty(), "no input for {untried:?}");
}

/// A row of fuzz/readers.tsv: a file, its functions that take bytes, the targets that reach them, or why none needs to.
struct Row {
    path: String,
    functions: Vec<String>,
    targets: Vec<String>,
    reason: String,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("fuzz/readers.tsv")).unwrap();
    let words = |column: Option<&str>| column.unwrap().split(' ').map(str::to_owned).collect::<Vec<_>>();
    let row = |line: &str| {
        let mut columns = line.split('\t');
        let path = columns.next().unwrap().to_owned();
        let (functions, mut targets) = (words(columns.next()), words(columns.next()));
        targets.retain(|target| target != "-");
        Row { path, functions, targets, reason: columns.next().unwrap_or_default().to_owned() }
    };
    text.lines().map(row).collect()
}

/// The public functions of a source that take bytes, by what stands between `pub fn` and their body.
fn byte_functions(source: &str) -> Vec<String> {
    let signatures = source.split("pub fn ").skip(1).filter_map(|rest| rest.split(['{', ';']).next());
    let takes_bytes = |signature: &&str| {
        let parameters = signature.split("->").next().unwrap();
        ["[u8]", "impl Read", "dyn Read", "Source<'"].iter().any(|word| parameters.contains(word))
    };
    let name = |signature: &str| signature.split(['(', '<']).next().unwrap().to_owned();
    signatures.filter(takes_bytes).map(name).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|path| path.is_dir());
    files.into_iter().chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

#[test]
fn every_function_that_takes_bytes_is_reached_by_a_target() {
    let rows = rows();
    for row in &rows {
        let source = std::fs::read_to_string(root().join(&row.path)).unwrap();
        for name in &row.functions {
            let is_there = ["(", "<"].iter().any(|next| source.contains(&format!("fn {name}{next}")));
            assert!(is_there, "{} has no function `{name}`", row.path);
        }
        for target in &row.targets {
            assert!(TARGETS.iter().any(|known| known.name == target), "{}: no target `{target}`", row.path);
        }
        assert!(row.targets.is_empty() != row.reason.is_empty(), "{}: a target, or why there is none", row.path);
    }
    let reached = |name: &str| rows.iter().any(|row| row.targets.iter().any(|target| target == name));
    assert!(TARGETS.iter().all(|target| reached(target.name)), "a target that reaches no reader");
    let mut found = 0;
    for file in sources(&root().join("src")) {
        let path = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        // An operator's bytes are our own, and tests are not built.
        if path.contains("/ops/") || path.contains("/tests") {
            continue;
        }
        for name in byte_functions(&std::fs::read_to_string(&file).unwrap()) {
            let listed = rows.iter().any(|row| row.path == path && row.functions.contains(&name));
            assert!(listed, "fuzz/readers.tsv does not tell which target reaches `{name}` in {path}");
            found += 1;
        }
    }
    assert!(found > 60, "{found} functions take bytes");
}

/// Whoever goes on with fuzzing elsewhere reads what each target had.
#[test]
fn the_hours_are_of_targets() {
    let text = std::fs::read_to_string(root().join("fuzz/hours.tsv")).unwrap();
    for line in text.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        assert_eq!(columns.len(), 6, "{line}");
        assert!(TARGETS.iter().any(|target| target.name == columns[0]), "{line}");
        let [minutes, without_new] = [1, 2].map(|column: usize| columns[column].parse::<f64>().unwrap());
        assert!(0.0 <= without_new && without_new <= minutes && columns[3].parse::<u64>().is_ok(), "{line}");
    }
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
