//! What git itself leaves out, recorded in fixtures/ignore/git.jsonl, and what this module does.
//!
//! `SCOREPACK_REFRESH=1 cargo test --lib artifact::ignore` asks git again: one `.gitignore` a folder, every path at once.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::*;

const PATHS: &[&str] = &[
    "a", "b", "ab", "a.b", "a b", "b ", "A", "é", "!a", "#a", "\\a", "[a]", "a/b", "b/a", "a/b/a", "a/b/b", "b/a/a",
    "a/a/a/b", "ab/a", "a.b/a", "a/a.b", "a/ab/b", "b/ab/a.b", "-", "]", "a-b", ".a", "a/.b", "a*b", "a?b", "aab",
    "abb/b",
];

/// Lines whose meaning is easily got wrong.
const BY_HAND: &[&str] = &[
    "a",
    "/a",
    "a/",
    "/a/",
    "a/b",
    "/a/b",
    "a/b/",
    "*",
    "/*",
    "**",
    "*/",
    "/*/",
    "**/",
    "*/*",
    "**/a",
    "a/**",
    "a/**/b",
    "/**/b",
    "a/*/b",
    "a/**b",
    "a/a**/b",
    "a/***/b",
    "***",
    "a**",
    "**b",
    "?",
    "??",
    "a?b",
    "a\\?b",
    "a\\*b",
    "[ab]",
    "[!a]",
    "[^a]",
    "[a-b]",
    "[b-a]",
    "[]a]",
    "[!]a]",
    "[a",
    "[]",
    "[]-]",
    "[a\\-b]",
    "[-a]",
    "[a-]",
    "[[:alpha:]]",
    "[[:upper:]]",
    "[[:nothing:]]",
    "[[:alpha]",
    "[[:]",
    "[![:alpha:]a]",
    "a[/]b",
    "a[!x]b",
    "a?b/b",
    "\\a",
    "\\!a",
    "\\#a",
    "!a",
    "#a",
    "\\\\a",
    "a\\",
    "\\",
    "/",
    "//",
    "!",
    "a//b",
    "a ",
    "a\\ b",
    "b\\ ",
    "b\\  ",
    " a",
    "a\t",
    "a\r",
    "\u{feff}a",
    "é",
    "[é]",
    "*.b",
    "*.b/",
    "!*.b",
    "a.*",
    "a\n!a",
    "a/\n!a/b",
    "*\n!a",
    "*\n!*/\n!*.b",
    "/*\n!/a",
    "a/*\n!a/b",
    "!a\na",
    "a\n!/a\n!a/b",
    "**/a\n!b/a",
    "a/**\n!a/b\n!a/b/**",
    "b\n\n# x\n\n!b/a\n",
    "*b*b",
    "[a]*[b]",
    "a/**/",
    "**/b/**",
    "\\a/b",
    "a/\\b",
    "a/?b",
    "a/**\\/b",
    "!",
    "a*/b",
    "*a/b",
    "**/**",
    "a/b\n!a/b",
];

/// Files of one to three lines out of the characters that mean something.
fn made_up() -> Vec<String> {
    let mut state = 20u32;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % bound
    };
    let characters: Vec<char> = "aaabbb//***??[]!^-\\. :".chars().collect();
    let mut line = || -> String {
        let length = 1 + next(7);
        (0..length).map(|_| characters[next(characters.len())]).collect()
    };
    (0..900).map(|i| (0..1 + i % 3).map(|_| line()).collect::<Vec<_>>().join("\n")).collect()
}

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ignore/git.jsonl")
}

/// Asks git which paths each file leaves out.
fn ask_git(files: &[String]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(folder.path()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    };
    assert!(git(&["init", "-q"]).wait().unwrap().success());
    let mut asked = String::new();
    for (i, file) in files.iter().enumerate() {
        std::fs::create_dir(folder.path().join(i.to_string())).unwrap();
        std::fs::write(folder.path().join(format!("{i}/.gitignore")), file).unwrap();
        PATHS.iter().for_each(|path| asked.push_str(&format!("{i}/{path}\0")));
    }
    let mut child = git(&["check-ignore", "--no-index", "--stdin", "-z"]);
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let ignored: std::collections::BTreeSet<&str> = output.split('\0').collect();
    let one = |(i, file): (usize, &String)| {
        let left_out: Vec<&&str> =
            PATHS.iter().filter(|path| ignored.contains(format!("{i}/{path}").as_str())).collect();
        json!({"file": file, "left_out": left_out}).to_string() + "\n"
    };
    files.iter().enumerate().map(one).collect()
}

#[test]
fn the_same_is_left_out_as_by_git() {
    let files: Vec<String> = BY_HAND.iter().map(|file| (*file).to_owned()).chain(made_up()).collect();
    if std::env::var_os("SCOREPACK_REFRESH").is_some() {
        std::fs::write(recorded(), ask_git(&files)).unwrap();
    }
    let text = std::fs::read_to_string(recorded()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), files.len(), "the cases have changed: ask git again");
    let mut decided = 0;
    for (file, line) in files.iter().zip(&lines) {
        assert_eq!(line["file"], file.as_str(), "the cases have changed: ask git again");
        let ignore = Ignore::parse(file.as_bytes()).unwrap();
        let left_out: Vec<&&str> = PATHS.iter().filter(|path| ignore.ignores(path).is_some()).collect();
        assert_eq!(json!(left_out), line["left_out"], "{file:?}");
        decided += left_out.len();
    }
    assert!(decided > 5_000, "{decided}");
}

#[test]
fn the_deciding_line_is_told() {
    let ignore = Ignore::parse(b"# what is large\n\ndata/\n!data/small.csv\n*.bin\r\n").unwrap();
    let line = |path: &str| ignore.ignores(path).map(|pattern| (pattern.line, pattern.text.as_str()));
    assert_eq!(line("data/small.csv"), Some((3, "data/")));
    assert_eq!(line("deep/weights.bin"), Some((5, "*.bin")));
    assert_eq!(line("database/x"), None);
}

#[test]
fn no_pattern_takes_long_and_none_is_longer_than_the_limit() {
    let limit = usize::try_from(limits::IGNORE_BYTES.value()).unwrap();
    let most = "*a".repeat(limit / 2);
    let path = "a".repeat(200) + "b";
    assert!(Ignore::parse(most.as_bytes()).unwrap().ignores(&path).is_none());
    assert_eq!(Ignore::parse((most + "x").as_bytes()).unwrap_err().code(), "limit");
    let lines = "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*c\n".repeat(100);
    assert!(Ignore::parse(lines.as_bytes()).unwrap().ignores(&path).is_none());
}
