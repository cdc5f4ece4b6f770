//! The command line as text files: tests/cli/*.txt hold commands with their exit code and everything they write.
//!
//! In a file `# ` begins a comment, `$ ` a command for `sh`, `| ` a line of standard output, `! ` one of standard
//! error, `= ` an exit code other than 0. Every file runs in a folder that holds the fixtures it names and nothing else.
//! `SCOREPACK_REFRESH=1 cargo test --test cli` writes what the commands really did: read it in the diff.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

const PROGRAM: &str = env!("CARGO_BIN_EXE_scorepack");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with copies of the fixtures that commands name: the git repository around the originals would stand in
/// the artifacts.
fn folder(commands: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let words = commands.split(|c: char| c.is_whitespace() || ";)\"".contains(c));
    let names: BTreeSet<&str> = words.filter(|word| word.starts_with("fixtures/")).collect();
    for name in names {
        let (from, to) = (root().join(name), folder.path().join(name));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        copy(&from, &to);
    }
    folder
}

/// A file, or a folder with everything in it.
fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        std::fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        return;
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// Runs a line in `sh` with nothing of the caller's environment but where programs are.
fn run(line: &str, folder: &Path) -> Output {
    let programs = Path::new(PROGRAM).parent().unwrap().display();
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{programs}:{path}"))
        .env("TMPDIR", folder)
        .output()
        .unwrap()
}

/// One command with what it did, as the files show it.
fn shown(line: &str, folder: &Path) -> String {
    let output = run(line, folder);
    let mut text = format!("$ {line}\n");
    for (mark, bytes) in [('|', &output.stdout), ('!', &output.stderr)] {
        let written = normalised(&String::from_utf8_lossy(bytes), folder);
        for line in written.split_terminator('\n') {
            text.push_str(format!("{mark} {line}").trim_end_matches(' '));
            text.push('\n');
        }
        if !written.is_empty() && !written.ends_with('\n') {
            text.push_str(&format!("{mark}(no line break at the end)\n"));
        }
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => text.push_str(&format!("= {code}\n")),
        None => text.push_str("= killed\n"),
    }
    text
}

/// What depends on the build and not on the behaviour, in a form that stays: digests, versions, sizes of what is
/// generated, the folder, and styles as names.
fn normalised(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "[FOLDER]").replace('\u{1b}', "[ESC]");
    let version = env!("CARGO_PKG_VERSION");
    let text = text.replace(&format!("scorepack {version}"), "scorepack [VERSION]");
    let text = text.replace(&format!("ersion\": \"{version}\""), "ersion\": \"[VERSION]\"");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let word_starts = !out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.');
        if let Some((length, name)) = Some(rest).filter(|_| word_starts).and_then(replaced) {
            out.push_str(name);
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// How many bytes at the start of a text are a digest, a size for people or a measured number, and its name.
fn replaced(text: &str) -> Option<(usize, &'static str)> {
    let hex = text.bytes().take_while(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(b)).count();
    if hex == 64 {
        return Some((64, "[SHA256]"));
    }
    let number = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    if let Some(expected) = text[number..].strip_prefix(" bytes, expected ").filter(|_| number > 0) {
        let digits = expected.bytes().take_while(u8::is_ascii_digit).count();
        return Some((text.len() - expected.len() + digits, "[NUMBER] bytes, expected [NUMBER]"));
    }
    if let Some(limit) = text[number..].strip_prefix(" of ").filter(|_| number > 0) {
        let digits = limit.bytes().take_while(u8::is_ascii_digit).count();
        return limit[digits..].starts_with(" bytes)").then_some((number, "[NUMBER]"));
    }
    if number > 0 {
        let unit = [" B", " kB", " MB", " GB"].into_iter().find(|unit| text[number..].starts_with(unit))?;
        let end = number + unit.len();
        return (!text[end..].starts_with(|c: char| c.is_ascii_alphanumeric())).then_some((end, "[SIZE]"));
    }
    for (before, name) in [
        ("relative difference ", "relative difference [SMALL]"),
        ("used\": ", "used\": [NUMBER]"),
        ("score_module_bytes\": ", "score_module_bytes\": [NUMBER]"),
    ] {
        if let Some(value) = text.strip_prefix(before) {
            let number = value.bytes().take_while(|b| b"0123456789.e-".contains(b)).count();
            return (number > 0).then_some((before.len() + number, name));
        }
    }
    None
}

/// What a file would hold if the commands in it did what they do now.
fn replay(text: &str) -> String {
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("$ ")).collect();
    let folder = folder(&commands.join("\n"));
    let mut out = String::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            out.push_str(&shown(command, folder.path()));
        } else if line.is_empty() || line.starts_with("# ") {
            out.push_str(line);
            out.push('\n');
        } else {
            assert!(line.starts_with(['|', '!', '=']), "neither command, comment nor output: {line}");
        }
    }
    out
}

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("tests/cli")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    files
}

#[test]
fn commands_do_what_the_files_say() {
    let refresh = std::env::var_os("SCOREPACK_REFRESH").is_some();
    let (files, next, wrong) = (files(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let expected = std::fs::read_to_string(path).unwrap();
                    let found = replay(&expected);
                    if refresh {
                        std::fs::write(path, found).unwrap();
                    } else if found != expected {
                        wrong.lock().unwrap().push(difference(path, &expected, &found));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(files.len() > 20);
    assert!(
        wrong.is_empty(),
        "{}\n`SCOREPACK_REFRESH=1 cargo test --test cli` writes what the commands do now",
        wrong.join("\n")
    );
}

/// The first lines that differ.
fn difference(path: &Path, expected: &str, found: &str) -> String {
    let (mut old, mut new) = (expected.lines(), found.lines());
    let mut command = "";
    loop {
        match (old.next(), new.next()) {
            (Some(a), Some(b)) if a == b => command = if a.starts_with("$ ") { a } else { command },
            (a, b) => {
                let (a, b) = (a.unwrap_or("(nothing)"), b.unwrap_or("(nothing)"));
                return format!("{}: {command}\n  expected {a}\n  found    {b}", path.display());
            }
        }
    }
}

#[test]
fn sarif_is_what_code_scanning_reads() {
    let paths = "fixtures/sklearn/refused-eval-1.9/model.pkl fixtures/xgboost/binary-3.2/model.json nothing.zip";
    let folder = folder(paths);
    std::fs::write(folder.path().join("nothing.zip"), "PK\u{3}\u{4} and no more").unwrap();
    let output = run(&format!("scorepack check --output-format sarif {paths}"), folder.path());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let sarif: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(sarif["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let runs = sarif["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let driver = &runs[0]["tool"]["driver"];
    assert_eq!((&driver["name"], &driver["version"]), (&"scorepack".into(), &env!("CARGO_PKG_VERSION").into()));
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        let known = scorepack::finding::documentation(rule["id"].as_str().unwrap()).unwrap();
        assert_eq!(rule["shortDescription"]["text"], known.title);
        assert_eq!(rule["fullDescription"]["text"], known.explanation);
        assert_eq!(rule["help"]["text"], known.cure);
    }
    let results = runs[0]["results"].as_array().unwrap();
    let uris: Vec<&str> = results.iter().map(|result| check_result(result, rules)).collect();
    assert!(uris.contains(&"fixtures/sklearn/refused-eval-1.9/model.pkl") && uris.contains(&"nothing.zip"), "{uris:?}");
}

/// Checks one result and gives the address of its artifact.
fn check_result<'r>(result: &'r serde_json::Value, rules: &[serde_json::Value]) -> &'r str {
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[index]["id"], result["ruleId"]);
    assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
    assert!(!result["message"]["text"].as_str().unwrap().is_empty());
    assert!(result["partialFingerprints"].as_object().unwrap().values().all(serde_json::Value::is_string));
    let locations = result["locations"].as_array().unwrap();
    assert_eq!(locations.len(), 1);
    let location = &locations[0]["physicalLocation"];
    assert!(location["region"]["startLine"].as_u64().unwrap() >= 1);
    let uri = location["artifactLocation"]["uri"].as_str().unwrap();
    assert!(!uri.starts_with('/') && !uri.contains(' '), "{uri}");
    uri
}
