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
    assert!(files.len() >= 700, "{} files", files.len());
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
    let more = ["computed-name", "crafted-class", "headless-pickle", "memo", "padding", "skops", "gguf"];
    let known = [&known[..], &more].concat();
    let files: Vec<_> = files("dangerous").into_iter().filter(|(kind, _)| known.contains(&kind.as_str())).collect();
    assert!(files.len() >= 350, "{} files", files.len());
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

/// A folder with files, for whoever scans it; a fixture's content where it is named by its path.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(root().join("hostile").join(name)).unwrap()
}

fn scan_folder(files: &[(&str, &[u8])]) -> Outcome {
    let (folder, empty) = (folder(files), tempfile::tempdir().unwrap());
    scan_one("folder", folder.path(), empty.path())
}

#[test]
fn nothing_in_a_folder_is_passed_over() {
    let pickle = fixture("dangerous/headless-pickle/line-feed.pkl");
    let stack = fixture("dangerous/headless-pickle/stack-name.pkl");
    let prefixed = fixture("dangerous/polyglot/script-zip.pkl");
    let keras = br#"{"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda", "config": {}}]}}"#;
    let twice = br#"{"class_name": "Sequential", "class_name": "Lambda", "config": {}}"#;
    let hdf5 = [&[0; 512][..], b"\x89HDF\r\n\x1a\n"].concat();
    let cases: [(&str, &[u8], &str); 16] = [
        ("model.pkl", &pickle, "dangerous"),
        ("model2.pkl", &stack, "dangerous"),
        ("notes.txt", &pickle, "dangerous"),
        (".git/hooks/x", &pickle, "dangerous"),
        ("pytorch_model.bin", &prefixed, "malformed"),
        ("model.h5", &hdf5, "malformed"),
        ("model.json", keras, "dangerous"),
        ("model.json", twice, "unsupported"),
        ("tokenizer_config.json", br#"{"chat_template": "{{ ''.__class__ }}"}"#, "dangerous"),
        ("chat_template.jinja", b"{{ x[y] }}", "unsupported"),
        ("setup.py", b"import os\n", "unsupported"),
        ("train", b"#!/bin/sh\n", "unsupported"),
        ("index.ipynb", b"{}", "unsupported"),
        ("__pycache__/score.cpython-311.pyc", b"\xa7\r\r\n", "unsupported"),
        ("score.cpython-311.pyc", b"\xa7\r\r\n\0\0\0\0", "unsupported"),
        ("weights.bin", b"\0\x01\x02\x03", "unsupported"),
    ];
    for (name, content, expected) in cases {
        let outcome = scan_folder(&[("README.md", b"# A model\n"), (name, content)]);
        assert_eq!((outcome.verdict.as_str(), outcome.code), (expected, 1), "{name}");
    }
}

#[test]
fn what_stands_beside_honest_models_is_known() {
    let tensors = fixture("honest/formats/two.safetensors");
    let graph = fixture("honest/savedmodel/module.pb");
    let onnx = fixture("honest/formats/external.onnx");
    let table = [&[7; 40][..], &[0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]].concat();
    let outcome = scan_folder(&[
        ("README.md", "# Modèle\n\nThis is a model.".as_bytes()),
        ("LICENSE", b"License: MIT\n"),
        (".gitattributes", b"*.bin filter=lfs\n"),
        ("config.json", br#"{"model_type": "bert", "class_name": "x"}"#),
        ("tokenizer_config.json", br#"{"chat_template": "{% for m in messages %}{{ m['content'] }}{% endfor %}"}"#),
        ("vocab.txt", b"cat\ndog\nemu\n"),
        ("names.jsonl", b"{\"a\": \"\\u00e9\"}\n{\"a\": 1}\n"),
        ("data/rows.csv", b"a,b\n1,2\n"),
        ("empty", b""),
        ("model.safetensors", &tensors),
        ("tf/saved_model.pb", &graph),
        ("tf/variables/variables.index", &table),
        ("tf/variables/variables.data-00000-of-00001", &[0, 1, 2, 255]),
        ("onnx/model.onnx", &onnx),
        ("onnx/model.onnx_data", &[0, 1, 2, 255]),
    ]);
    assert_eq!((outcome.verdict.as_str(), outcome.code), ("ok", 0));
}

#[test]
fn artifacts_hold_what_this_version_writes_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let model = root().join("sklearn/adaboost-1.9/model.joblib");
    for target in ["oci", "snowflake"] {
        for engine in ["wasm", "native"] {
            for suffix in ["", ".zip"] {
                let path = folder.path().join(format!("{target}-{engine}{suffix}"));
                let mut build = Command::new(PROGRAM);
                build
                    .arg("build")
                    .arg(&model)
                    .args(["--target", target, "--engine", engine, "--no-git", "-o"])
                    .arg(&path);
                let built = build.output().unwrap();
                assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
                let empty = tempfile::tempdir().unwrap();
                let outcome = scan_one("artifact", &path, empty.path());
                assert_eq!((outcome.verdict.as_str(), outcome.code), ("ok", 0), "{}", path.display());
            }
            let path = folder.path().join(format!("{target}-{engine}"));
            let program = if target == "oci" { "score.py" } else { "functions/predict.py" };
            let mut source = std::fs::read(path.join(program)).unwrap();
            source.extend(b"\nimport os\n");
            std::fs::write(path.join(program), source).unwrap();
            let empty = tempfile::tempdir().unwrap();
            let outcome = scan_one("artifact", &path, empty.path());
            assert_eq!((outcome.verdict.as_str(), outcome.code), ("unsupported", 1), "{}", path.display());
        }
    }
}

#[test]
fn documents_of_many_values_stay_within_memory() {
    let values = [&b"{\"learner\":["[..], &b"[],".repeat(18 << 20), b"[]]}"].concat();
    let outcome = scan_folder(&[("model.json", &values)]);
    assert_eq!((outcome.verdict.as_str(), outcome.code), ("malformed", 1));
}
