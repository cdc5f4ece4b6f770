//! Artifacts through the program: the same bytes everywhere, every change found, whole or not there at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use scorepack::artifact::sha256;

const PROGRAM: &str = env!("CARGO_BIN_EXE_scorepack");

/// A model file per framework.
const MODELS: [&str; 3] = [
    "sklearn/columns-logistic-1.9/model.joblib",
    "xgboost/classifier-3.2/model.ubj",
    "lightgbm/cat_mixed-4.7/model.txt",
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// A folder outside of any git repository that holds a model file and its rows.
fn folder(model: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = fixture(model);
    std::fs::copy(&from, folder.path().join(from.file_name().unwrap())).unwrap();
    std::fs::copy(from.with_file_name("input.csv"), folder.path().join("input.csv")).unwrap();
    folder
}

fn file_name(model: &str) -> &str {
    model.rsplit('/').next().unwrap()
}

/// The program in a folder, without the caller's environment.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(folder).env_clear();
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().unwrap()
}

#[track_caller]
fn succeeds(folder: &Path, arguments: &[&str]) {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{}", text(&output));
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The files below a folder with their contents.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, bytes)| (name.join(inner), bytes)));
        } else {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// What lies in a folder besides the files it began with.
fn unfinished(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".scorepack-")).collect()
}

#[test]
fn the_same_build_gives_the_same_bytes_everywhere() {
    for model in MODELS {
        let (here, there) = (folder(model), folder(model));
        for target in ["artifact.zip", "artifact"] {
            let arguments = ["build", "-q", file_name(model), "-o", target, "--sample", "input.csv"];
            let line = format!("umask 077 && exec \"{PROGRAM}\" {}", arguments.join(" "));
            let mut other = Command::new("sh");
            other.args(["-c", &line]).current_dir(there.path()).env_clear();
            other.envs([("TZ", "Pacific/Kiritimati"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")]);
            other.envs([("HOME", "/nowhere"), ("USER", "someone"), ("RAYON_NUM_THREADS", "7"), ("COLUMNS", "20")]);
            succeeds(here.path(), &arguments);
            let output = other.output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        }
        let (ours, theirs) = (files(here.path()), files(there.path()));
        assert!(ours.len() > 10);
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        let differing: Vec<_> = ours.iter().filter(|(name, bytes)| theirs[*name] != **bytes).map(|(n, _)| n).collect();
        assert!(differing.is_empty(), "{model}: {differing:?}");
        again_is_the_same(model, here.path());
    }
}

/// A second build over the first changes nothing, and the set time moves the zip file's but no content.
fn again_is_the_same(model: &str, folder: &Path) {
    let first = files(folder);
    let build = |target: &str, epoch: Option<&str>| {
        let mut command = program(folder, &["build", "-q", file_name(model), "-o", target, "--sample", "input.csv"]);
        epoch.map(|epoch| command.env("SOURCE_DATE_EPOCH", epoch));
        assert!(command.status().unwrap().success());
    };
    build("artifact.zip", None);
    build("artifact", Some("1700000000"));
    assert!(files(folder) == first, "{model}: a second build differs");
    build("artifact.zip", Some("1700000000"));
    assert!(std::fs::read(folder.join("artifact.zip")).unwrap() != first[Path::new("artifact.zip")]);
    build("artifact.zip", Some("0"));
    assert!(files(folder) == first, "{model}: the first day of zip is not the default");
}

#[test]
fn one_byte_changed_in_any_file_is_found() {
    let folder = folder(MODELS[1]);
    succeeds(folder.path(), &["build", "-q", "model.ubj", "-o", "a", "--sample", "input.csv"]);
    let artifact = folder.path().join("a");
    let members = files(&artifact);
    assert!(members.len() >= 14, "{:?}", members.keys());
    for (name, bytes) in &members {
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        std::fs::write(artifact.join(name), &changed).unwrap();
        let digest = sha256(&members[Path::new("manifest.yaml")]).to_string();
        let output = run(folder.path(), &["verify", "a", "--digest", &digest]);
        assert_eq!(output.status.code(), Some(1), "{}: {}", name.display(), text(&output));
        std::fs::write(artifact.join(name), bytes).unwrap();
    }
    succeeds(folder.path(), &["verify", "-q", "a"]);
}

#[test]
fn a_foreign_module_is_found_by_recompiling() {
    let (ours, theirs) = (folder("xgboost/classifier-3.2/model.ubj"), folder("xgboost/classifier-2.1/model.ubj"));
    for folder in [&ours, &theirs] {
        succeeds(folder.path(), &["build", "-q", "model.ubj", "-o", "a", "--sample", "input.csv"]);
    }
    let (mine, other) = (ours.path().join("a"), theirs.path().join("a"));
    let (old, new) =
        (std::fs::read(mine.join("score.wasm")).unwrap(), std::fs::read(other.join("score.wasm")).unwrap());
    assert!(old != new);
    std::fs::write(mine.join("score.wasm"), &new).unwrap();
    let manifest = std::fs::read_to_string(mine.join("manifest.yaml")).unwrap();
    let adjusted = manifest
        .replace(&sha256(&old).to_string(), &sha256(&new).to_string())
        .replace(&format!("size: {}\n", old.len()), &format!("size: {}\n", new.len()));
    std::fs::write(mine.join("manifest.yaml"), &adjusted).unwrap();
    // The platform's own list of files says the same.
    let list = std::fs::read_to_string(mine.join("model_artifact_manifest.json")).unwrap();
    let mut listed = list;
    for (before, after) in [(&old[..], &new[..]), (manifest.as_bytes(), adjusted.as_bytes())] {
        listed = listed
            .replace(&sha256(before).to_string(), &sha256(after).to_string())
            .replace(&format!("\"size\": {}", before.len()), &format!("\"size\": {}", after.len()));
    }
    std::fs::write(mine.join("model_artifact_manifest.json"), listed).unwrap();
    let output = run(ours.path(), &["verify", "a", "--output-format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let outcome = |proof: &str| -> String {
        let proofs = report["reports"][0]["proofs"].as_array().unwrap();
        proofs.iter().find(|known| known["name"] == proof).unwrap()["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!((outcome("digests").as_str(), outcome("recompile").as_str()), ("passed", "failed"), "{report:#}");
    let codes = report["reports"][0]["findings"].as_array().unwrap();
    assert!(codes.iter().any(|finding| finding["code"] == "score-module-differs"), "{report:#}");
}

#[test]
fn check_looks_into_the_models_of_partitions() {
    let folder = tempfile::tempdir().unwrap();
    copy(&fixture("many/ridge-1.9"), &folder.path().join("models"));
    succeeds(
        folder.path(),
        &["build", "models", "--partition-by", "store", "--run-id", "july", "-o", "out", "--no-git"],
    );
    let read = |name: &str| std::fs::read(folder.path().join("out").join(name)).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join("out").join(name), bytes).unwrap();
    // Someone puts another model in one partition's place and says so in the index and the manifest.
    let index = read("partitions.json");
    let mut changed: serde_json::Value = serde_json::from_slice(&index).unwrap();
    let model = changed["partitions"][1]["model"].as_object_mut().unwrap();
    let pickle = b"cos\nsystem\n(S'true'\ntR.";
    write(model["path"].as_str().unwrap(), pickle);
    model.insert("size".into(), pickle.len().into());
    model.insert("sha256".into(), sha256(pickle).to_string().into());
    let changed = changed.to_string().into_bytes();
    let manifest = String::from_utf8(read("manifest.yaml")).unwrap();
    let resealed = manifest.replace(&sha256(&index).to_string(), &sha256(&changed).to_string());
    assert_ne!(resealed, manifest);
    let resealed = resealed.replace(&format!("size: {}\n", index.len()), &format!("size: {}\n", changed.len()));
    write("partitions.json", &changed);
    write("manifest.yaml", resealed.as_bytes());
    let output = run(folder.path(), &["check", "out"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("os.system") || text(&output).contains("posix.system"), "{}", text(&output));
}

/// A build that `timeout` ends with a signal after some milliseconds; its exit code.
fn interrupted(folder: &Path, target: &str, signal: &str, milliseconds: usize) -> Option<i32> {
    let after = format!("0.{milliseconds:03}");
    let build = [PROGRAM, "build", "-q", "model.joblib", "-o", target, "--sample", "input.csv"];
    let mut command = Command::new("timeout");
    command.args(["--preserve-status", "-s", signal, &after]).args(build).current_dir(folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().code()
}

#[test]
fn a_killed_build_leaves_the_old_or_the_whole_new() {
    for target in ["a.zip", "a"] {
        let folder = folder(MODELS[0]);
        let path = folder.path().join(target);
        let content =
            || if path.is_dir() { files(&path) } else { [(path.clone(), std::fs::read(&path).unwrap())].into() };
        succeeds(folder.path(), &["build", "-q", "model.joblib", "-o", target, "--sample", "input.csv"]);
        let new = content();
        succeeds(folder.path(), &["build", "-q", "model.joblib", "-o", target, "--name", "old"]);
        let old = content();
        assert!(old != new);
        let (mut kept, mut killed) = (0, 0);
        for moment in 1..=16 {
            killed += usize::from(interrupted(folder.path(), target, "KILL", moment * 9) != Some(0));
            let found = content();
            assert!(found == old || found == new, "{target} after {} ms is neither", moment * 9);
            kept += usize::from(found == old);
            if found == new {
                succeeds(folder.path(), &["build", "-q", "model.joblib", "-o", target, "--name", "old"]);
            }
        }
        assert!(killed > 0 && kept > 0, "no build of {target} was killed in time");
        leftovers_go(folder.path(), target);
    }
}

/// What killed builds left is removed by the next one, once it is too old to belong to a running build.
fn leftovers_go(folder: &Path, target: &str) {
    let fresh = folder.join(".scorepack-fresh.tmp");
    let foreign = folder.join(".scorepack-notes.txt");
    std::fs::write(folder.join(".scorepack-old.tmp"), "").unwrap();
    std::fs::create_dir(folder.join(".scorepack-old.old")).unwrap();
    std::fs::write(folder.join(".scorepack-old.old/file"), "").unwrap();
    std::fs::write(&foreign, "").unwrap();
    let yesterday = SystemTime::now() - Duration::from_secs(24 * 60 * 60);
    for path in unfinished(folder) {
        std::fs::File::open(path).unwrap().set_modified(yesterday).unwrap();
    }
    std::fs::write(&fresh, "").unwrap();
    succeeds(folder, &["build", "-q", "model.joblib", "-o", target]);
    let mut left = unfinished(folder);
    left.sort();
    assert_eq!(left, [fresh, foreign]);
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let folder = folder(MODELS[0]);
    let before = files(folder.path());
    for moment in 1..=12 {
        let code = interrupted(folder.path(), "a.zip", "INT", moment * 6);
        assert!(matches!(code, Some(0 | 130)), "{code:?} after {} ms", moment * 6);
        let _ = std::fs::remove_file(folder.path().join("a.zip"));
        assert!(files(folder.path()) == before, "something is left after {} ms", moment * 6);
    }
}

#[test]
fn two_builds_to_one_path_at_once_both_succeed() {
    for target in ["a.zip", "a"] {
        let folder = folder(MODELS[2]);
        for _ in 0..4 {
            let start = |name: &str| {
                let arguments = ["build", "-q", "model.txt", "-o", target, "--name", name];
                program(folder.path(), &arguments).stderr(Stdio::piped()).spawn().unwrap()
            };
            let builds = [start("one"), start("two")];
            for build in builds {
                let output = build.wait_with_output().unwrap();
                assert_eq!(output.status.code(), Some(0), "{target}: {}", text(&output));
            }
            assert!(unfinished(folder.path()).is_empty());
            succeeds(folder.path(), &["verify", "-q", target]);
            let path = folder.path().join(target);
            if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
        }
    }
}

#[test]
fn a_folder_that_cannot_be_written_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(MODELS[2]);
    let closed = folder.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere: the build then succeeds like any other.
    let may_write = std::fs::write(closed.join("probe"), "").is_ok();
    let _ = std::fs::remove_file(closed.join("probe"));
    let output = run(folder.path(), &["build", "-q", "model.txt", "-o", "closed/a.zip"]);
    assert_eq!(output.status.code(), Some(if may_write { 0 } else { 2 }), "{}", text(&output));
    assert_eq!(closed.join("a.zip").exists(), may_write);
    assert!(may_write || text(&output).starts_with("error[io]: permission denied\n"), "{}", text(&output));
    assert!(unfinished(&closed).is_empty());
}

/// A command of a shell in which no file may grow beyond so many KiB, as on a disk that is full.
fn where_files_are_short(folder: &Path, kibibytes: usize, arguments: &str) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {kibibytes}; exec {PROGRAM} {arguments}");
    Command::new("bash").args(["-c", &script]).current_dir(folder).output().unwrap()
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    for target in ["a.zip", "a"] {
        let folder = folder(MODELS[0]);
        succeeds(folder.path(), &["build", "-q", "model.joblib", "-o", target, "--name", "old"]);
        let before = files(folder.path());
        let largest = before.values().map(Vec::len).max().unwrap_or_default() / 1024;
        for kibibytes in [0, 1, 4, largest / 2] {
            let output = where_files_are_short(folder.path(), kibibytes, &format!("build -q model.joblib -o {target}"));
            assert_eq!(output.status.code(), Some(2), "{target}, {kibibytes} KiB: {}", text(&output));
            assert!(text(&output).starts_with("error[io]: file too large\n"), "{}", text(&output));
            assert!(files(folder.path()) == before, "{target}: something changed at {kibibytes} KiB");
        }
        let output = where_files_are_short(folder.path(), 0, "predict model.joblib input.csv -o scores.csv");
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(files(folder.path()) == before, "half a table is left");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let folder = folder(MODELS[0]);
    let short = std::fs::read(folder.path().join("input.csv")).unwrap();
    let (header, rows) = short.split_at(short.iter().position(|byte| *byte == b'\n').unwrap() + 1);
    std::fs::write(folder.path().join("long.csv"), [header, &rows.repeat(2000)].concat()).unwrap();
    let script = format!("set -o pipefail; {PROGRAM} predict model.joblib long.csv | head -1");
    let output = Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(output.stderr.is_empty(), "{}", text(&output));
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 1);
}

#[test]
fn an_artifact_survives_the_way_through_a_directory() {
    let folder = folder(MODELS[0]);
    succeeds(folder.path(), &["build", "-q", "model.joblib", "-o", "a.zip", "--sample", "input.csv"]);
    succeeds(folder.path(), &["build", "-q", "model.joblib", "-o", "a", "--sample", "input.csv"]);
    copy(&folder.path().join("a"), &folder.path().join("b"));
    // What Python leaves when it imports score.py is no part of the artifact.
    std::fs::create_dir(folder.path().join("b/__pycache__")).unwrap();
    std::fs::write(folder.path().join("b/__pycache__/score.cpython-311.pyc"), "x").unwrap();
    succeeds(folder.path(), &["verify", "-q", "b"]);
    succeeds(folder.path(), &["pack", "-q", "b", "-o", "b.zip"]);
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(read("a.zip") == read("b.zip"), "packing an unchanged directory gives another archive");
}
