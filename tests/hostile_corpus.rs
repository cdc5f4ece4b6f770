//! `scan` on fixtures/hostile: everything dangerous is stopped, nothing honest is called dangerous or malformed.
//!
//! tests/python/run-hostile does the same under strace, with time and memory of each file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_scorepack");
const MOST_TIME: Duration = Duration::from_secs(10);
/// Kilobytes: 512 MiB.
const MOST_MEMORY: u64 = 512 << 10;
/// What every payload leaves behind where it runs.
const MARKER: &str = "scorepack-hostile-marker";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The files of a class, with their kinds.
fn files(class: &str) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    for kind in std::fs::read_dir(root().join("hostile").join(class)).unwrap() {
        let kind = kind.unwrap();
        let name = kind.file_name().to_string_lossy().into_owned();
        files.extend(std::fs::read_dir(kind.path()).unwrap().map(|file| (name.clone(), file.unwrap().path())));
    }
    files.sort();
    files
}

/// Models that stand elsewhere among the fixtures, each seventh; the cases `refused-…` are what they are called.
fn models(framework: &str) -> Vec<(String, PathBuf)> {
    let cases = std::fs::read_dir(root().join(framework)).unwrap().map(|case| case.unwrap());
    let honest = cases.filter(|case| !case.file_name().to_string_lossy().starts_with("refused"));
    let models = honest.flat_map(|case| {
        ["pkl", "joblib", "ubj", "json", "txt", "cbm"].map(|kind| case.path().join("model").with_extension(kind))
    });
    let mut models: Vec<_> = models.filter(|path| path.is_file()).map(|path| (framework.to_owned(), path)).collect();
    models.sort();
    models.into_iter().step_by(7).collect()
}

/// What became of a file.
struct Outcome {
    kind: String,
    path: PathBuf,
    verdict: String,
    code: i32,
}

/// Scans each file in a process of its own, on all cores, in a folder that must stay empty.
fn scan(files: &[(String, PathBuf)]) -> Vec<Outcome> {
    let folder = tempfile::tempdir().unwrap();
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((kind, path)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = scan_one(kind, path, folder.path());
                    outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                }
            });
        }
    });
    assert!(!folder.path().join(MARKER).exists(), "a payload ran");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a scan left files behind");
    outcomes.into_inner().unwrap()
}

fn scan_one(kind: &str, path: &Path, folder: &Path) -> Outcome {
    let begin = Instant::now();
    // The shell's limit bounds the address space, which is more than what is used of it.
    let script = format!("ulimit -v {} && exec \"$0\" scan --output-format json \"$1\"", MOST_MEMORY * 2);
    let output = Command::new("sh").args(["-c", &script, PROGRAM]).arg(path).current_dir(folder).output().unwrap();
    let seconds = begin.elapsed();
    assert!(seconds < MOST_TIME, "{}: {seconds:?}", path.display());
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}: {}", path.display(), String::from_utf8_lossy(&output.stderr)));
    let verdict = report["reports"][0]["scan"]["verdict"].as_str().unwrap_or("none").to_owned();
    Outcome { kind: kind.to_owned(), path: path.to_owned(), verdict, code: output.status.code().unwrap_or(-1) }
}

/// Counts by kind, for whoever reads the test's output.
fn print(class: &str, outcomes: &[Outcome]) {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for outcome in outcomes {
        *counts.entry((&outcome.kind, &outcome.verdict)).or_default() += 1;
    }
    println!("{class}: {} files", outcomes.len());
    counts.iter().for_each(|((kind, verdict), count)| println!("  {kind}: {count} {verdict}"));
}

/// The files whose outcome is not as it should be.
fn wrong(outcomes: &[Outcome], is_right: impl Fn(&Outcome) -> bool) -> Vec<String> {
    let wrong = outcomes.iter().filter(|outcome| !is_right(outcome));
    wrong
        .map(|outcome| format!("{}: {}, exit code {}", outcome.path.display(), outcome.verdict, outcome.code))
        .collect()
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn everything_dangerous_is_stopped() {
    let files = files("dangerous");
    assert!(files.len() >= 680, "{} files", files.len());
    let outcomes = scan(&files);
    print("dangerous", &outcomes);
    assert_none(&wrong(&outcomes, |outcome| {
        ["unsupported", "malformed", "dangerous"].contains(&outcome.verdict.as_str()) && outcome.code == 1
    }));
}

#[test]
fn what_is_known_to_run_code_is_called_dangerous() {
    let known =
        ["import-gadget", "dotted-attribute", "gadget-chain", "inference-time-code", "nested-pickle", "stack-global"];
    let known = [&known[..], &["computed-name", "crafted-class", "memo", "padding", "skops", "gguf"]].concat();
    let files: Vec<_> = files("dangerous").into_iter().filter(|(kind, _)| known.contains(&kind.as_str())).collect();
    assert!(files.len() >= 300, "{} files", files.len());
    assert_none(&wrong(&scan(&files), |outcome| outcome.verdict == "dangerous"));
}

#[test]
fn what_breaks_its_format_is_stopped() {
    let outcomes = scan(&[files("malformed"), files("archives")].concat());
    assert!(outcomes.iter().filter(|outcome| outcome.kind == "container").count() >= 100);
    print("malformed", &outcomes);
    assert_none(&wrong(&outcomes, |outcome| {
        ["unsupported", "malformed"].contains(&outcome.verdict.as_str()) && outcome.code == 1
    }));
}

#[test]
fn archives_that_break_a_rule_of_artifacts_are_refused() {
    let archives: Vec<_> = files("archives").into_iter().filter(|(kind, _)| kind == "bundle").collect();
    assert!(archives.len() >= 100, "{} files", archives.len());
    for command in ["check", "verify"] {
        for (_, path) in &archives {
            let output = Command::new(PROGRAM).arg(command).arg(path).output().unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(matches!(output.status.code(), Some(1 | 2)), "{command} {}: {said}", path.display());
            // The sound archive's manifest says nothing, which must not be what is complained of; but contents are read
            // after it.
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_content = ["bomb-hidden", "deflate-", "both-"].iter().any(|start| name.starts_with(start));
            assert!(
                is_content || !said.contains("[yaml]") && !said.contains("[no-manifest]"),
                "{command} {}: {said}",
                path.display()
            );
        }
    }
}

#[test]
fn nothing_honest_is_called_dangerous_or_malformed() {
    let elsewhere = ["sklearn", "xgboost", "lightgbm", "catboost"].map(models).concat();
    let files = [files("honest"), elsewhere].concat();
    assert!(files.len() >= 120, "{} files", files.len());
    let outcomes = scan(&files);
    print("honest", &outcomes);
    let unsupported = outcomes.iter().filter(|outcome| outcome.verdict == "unsupported").count();
    println!("  {unsupported} of {} are unsupported", outcomes.len());
    assert_none(&wrong(&outcomes, |outcome| ["ok", "unsupported"].contains(&outcome.verdict.as_str())));
    // Whole kinds are understood; elsewhere there are classes of other packages and formats that ended.
    let understood = ["torch", "keras", "savedmodel", "numpy", "pandas", "joblib", "python", "formats"];
    assert_none(&wrong(&outcomes, |outcome| {
        !understood.contains(&outcome.kind.as_str()) || (outcome.verdict == "ok" && outcome.code == 0)
    }));
}
