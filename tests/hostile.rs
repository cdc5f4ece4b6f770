//! Damaged and hostile files through the program: one clear message, the right exit code, nothing written, no waiting.
//!
//! Exit code 70 (a defect), a panic, a signal or more than ten seconds fail the test, whatever the file holds.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

const PROGRAM: &str = env!("CARGO_BIN_EXE_scorepack");

/// A model file of every encoding.
const MODELS: [&str; 12] = [
    "catboost/cat_combined-1.2/model.cbm",
    "catboost/json_ctr-1.2/model.json",
    "xgboost/classifier-3.2/model.ubj",
    "xgboost/binary-3.2/model.json",
    "lightgbm/cat_mixed-4.7/model.txt",
    "sklearn/columns-logistic-1.9/model.joblib",
    "sklearn/joblib-xz-1.9/model.joblib",
    "sklearn/joblib-lz4-1.9/model.joblib",
    "sklearn/joblib-bz2-1.9/model.joblib",
    "sklearn/joblib-gzip-1.9/model.joblib",
    "sklearn/pickle-0-1.9/model.pkl",
    "sklearn/xgb-pickle-1.9/model.pkl",
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// A sequence of numbers that is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// A damaged form of a file, and how it was made.
struct Damaged {
    how: String,
    bytes: Vec<u8>,
}

fn cut_off(bytes: &[u8], count: usize) -> Vec<Damaged> {
    let cut = |i: usize| {
        let length = bytes.len() * i / count;
        Damaged { how: format!("the first {length} of {} bytes", bytes.len()), bytes: bytes[..length].to_vec() }
    };
    let last = bytes.len() - 1;
    let shorter = Damaged { how: "all bytes but the last".into(), bytes: bytes[..last].to_vec() };
    (0..count).map(cut).chain([shorter]).collect()
}

fn flipped(bytes: &[u8], count: usize) -> Vec<Damaged> {
    let mut numbers = Numbers(bytes.len() as u64);
    let flip = |_| {
        let (at, bit) = (numbers.below(bytes.len()), numbers.below(8));
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << bit;
        Damaged { how: format!("bit {bit} of byte {at} flipped"), bytes }
    };
    (0..count).map(flip).collect()
}

/// Runs the program, which `timeout` ends after ten seconds.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.args(["-s", "KILL", "10", PROGRAM]).args(arguments).current_dir(folder).output().unwrap()
}

/// Fails unless the exit code is among the allowed ones and something clear was said.
fn check(what: &str, output: &Output, allowed: &[i32]) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let code = output.status.code();
    assert!(code.is_some_and(|code| allowed.contains(&code)), "{what}: {:?}\n{out}{err}", output.status);
    assert!(!err.contains("panicked"), "{what}: {err}");
    let count = |text: &str| text.lines().filter(|line| line.starts_with("error[")).count();
    match code {
        Some(2) => assert_eq!(count(&err), 1, "{what}: expected one message\n{err}"),
        Some(1) => assert!(count(&out) > 0 && err.is_empty(), "{what}: expected findings\n{out}{err}"),
        _ => {}
    }
}

/// Does something with every item on all cores.
fn each<T: Sync>(items: &[T], work: impl Fn(&T, &Path) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let folder = tempfile::tempdir().unwrap();
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item, folder.path());
                }
            });
        }
    });
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn damaged_model_files_are_refused_or_read() {
    let mut damaged = Vec::new();
    for model in MODELS {
        let bytes = std::fs::read(fixture(model)).unwrap();
        damaged.extend(cut_off(&bytes, 10).into_iter().map(|file| (model, file, true)));
        damaged.extend(flipped(&bytes, 22).into_iter().map(|file| (model, file, false)));
    }
    each(&damaged, |(model, file, is_short), folder| {
        let what = |command: &str| format!("{command} {model}, {}", file.how);
        std::fs::write(folder.join("model"), &file.bytes).unwrap();
        // The last byte of a JSON document or of a text may be white space; what is cut shorter is never whole.
        let whole: &[i32] = if *is_short && file.how.starts_with("the first") { &[] } else { &[0] };
        let inspect = run(folder, &["inspect", "model"]);
        check(&what("inspect"), &inspect, &[whole, &[2]].concat());
        let is_sound = inspect.status.success();
        let checked = run(folder, &["check", "model"]);
        check(&what("check"), &checked, if is_sound { &[0] } else { &[0, 1] });
        if !is_sound {
            check(&what("build"), &run(folder, &["build", "-q", "model", "-o", "a.zip"]), &[2]);
            check(&what("predict"), &run(folder, &["predict", "model", "model"]), &[2]);
        }
        assert_eq!(names(folder), ["model"], "{}", what("files after"));
    });
}

/// A flipped bit may make a split point to itself, a leaf infinite, or a category another: whatever was read builds.
#[test]
fn what_was_read_builds_or_is_refused() {
    let mut damaged = Vec::new();
    for model in &MODELS[..4] {
        let bytes = std::fs::read(fixture(model)).unwrap();
        damaged.extend(flipped(&bytes[bytes.len() / 3..], 12).into_iter().map(|file| {
            let bytes = [&bytes[..bytes.len() / 3], &file.bytes].concat();
            (*model, Damaged { how: format!("{} of the last two thirds", file.how), bytes })
        }));
    }
    each(&damaged, |(model, file), folder| {
        std::fs::write(folder.join("model"), &file.bytes).unwrap();
        let built = run(folder, &["build", "-q", "model", "-o", "a.zip"]);
        check(&format!("build {model}, {}", file.how), &built, &[0, 1, 2]);
        let expected: &[&str] = if built.status.success() { &["a.zip", "model"] } else { &["model"] };
        assert_eq!(names(folder), expected, "{model}, {}", file.how);
        let _ = std::fs::remove_file(folder.join("a.zip"));
    });
}

/// The smallest artifact with every kind of file.
fn artifact() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (model, rows) = (fixture("lightgbm/single_leaf-4.7/model.txt"), fixture("lightgbm/single_leaf-4.7/input.csv"));
    std::fs::copy(model, folder.path().join("model.txt")).unwrap();
    std::fs::copy(rows, folder.path().join("input.csv")).unwrap();
    let built = run(folder.path(), &["build", "-q", "model.txt", "-o", "a.zip", "--sample", "input.csv"]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    std::fs::read(folder.path().join("a.zip")).unwrap()
}

#[test]
fn damaged_artifacts_never_verify() {
    let bytes = artifact();
    let (short, other) = (cut_off(&bytes, 16), flipped(&bytes, 60));
    let damaged: Vec<(&Damaged, bool)> =
        short.iter().map(|file| (file, true)).chain(other.iter().map(|file| (file, false))).collect();
    let rows = fixture("lightgbm/single_leaf-4.7/input.csv");
    let rows = rows.to_str().unwrap();
    each(&damaged, |(file, is_short), folder| {
        let what = |command: &str| format!("{command} an artifact, {}", file.how);
        std::fs::write(folder.join("a.zip"), &file.bytes).unwrap();
        check(&what("verify"), &run(folder, &["verify", "a.zip"]), &[1]);
        // `check` reads what its rules need and `predict` what it scores with; other files are not their affair.
        let whole: &[i32] = if *is_short { &[] } else { &[0] };
        check(&what("check"), &run(folder, &["check", "a.zip"]), &[whole, &[1]].concat());
        check(&what("predict"), &run(folder, &["predict", "-q", "a.zip", rows]), &[whole, &[2]].concat());
        assert_eq!(names(folder), ["a.zip"], "{}", what("files after"));
    });
}

#[test]
fn bombs_and_endless_inputs_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("deep.json", "[".repeat(1 << 20).as_bytes());
    write("deep.pkl", &[&b"\x80\x04"[..], &b"](".repeat(1 << 20), b"."].concat());
    write("wide.pkl", &[&b"\x80\x04"[..], &b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f"[..], b"."].concat());
    write("wide.ubj", b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff");
    write("doubling.pkl", &doubling());
    write("zeros.joblib", &zlib(&vec![0; 64 << 20]));
    write("zip.zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    for name in ["deep.json", "deep.pkl", "wide.pkl", "wide.ubj", "doubling.pkl", "zeros.joblib"] {
        check(&format!("inspect {name}"), &run(folder.path(), &["inspect", name]), &[2]);
        check(&format!("check {name}"), &run(folder.path(), &["check", name]), &[1]);
    }
    check("verify zip.zip", &run(folder.path(), &["verify", "zip.zip"]), &[1]);
    // A device without an end is no file to read whole.
    check("inspect /dev/zero", &run(folder.path(), &["inspect", "/dev/zero"]), &[2]);
    let rows = fixture("xgboost/binary-3.2/model.json");
    check("predict /dev/zero", &run(folder.path(), &["predict", rows.to_str().unwrap(), "/dev/zero"]), &[2]);
}

/// A list that holds the list before it twice, forty times over: a tree walk would take 2^40 steps.
fn doubling() -> Vec<u8> {
    let mut bytes = b"\x80\x04]\x94".to_vec();
    for entry in 0..40u8 {
        bytes.extend([b'0', b']', 0x94, b'(', b'h', entry, b'h', entry, b'e']);
    }
    bytes.push(b'.');
    bytes
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
