//! Tests of .model-ignore: that it leaves out nothing which is needed, by git's rules and as the client reads it.

use super::super::introspection::{Evidence, Verdict};
use crate::artifact::ignore::{IGNORE, Ignore, Pattern, Token, matches};
use crate::artifact::{Artifact, MANIFEST, Role};
use crate::error::Result;
use crate::finding::Finding;
use crate::limits;

/// Files that a finding names, before the rest is only counted.
const NAMED: usize = 3;

/// The patterns of the artifact, where it has a file of them.
fn patterns(artifact: &Artifact) -> Result<Option<Vec<u8>>> {
    match artifact.store.member(IGNORE) {
        Some(_) => artifact.store.read(IGNORE, limits::IGNORE_BYTES.value()).map(Some),
        None => Ok(None),
    }
}

/// The files that the manifest lists and the manifest itself: without one of them the artifact is broken.
fn needed(artifact: &Artifact) -> impl Iterator<Item = &str> {
    let listed = artifact.manifest.files.iter().map(|file| file.path.as_str());
    listed.filter(|path| *path != IGNORE).chain([MANIFEST])
}

/// Why a file is needed.
fn reason(artifact: &Artifact, path: &str) -> &'static str {
    match artifact.manifest.file(path).map(|file| file.role) {
        _ if path.ends_with(".py") => "which score.py may import",
        Some(Role::Model | Role::ScoreModule | Role::PlatformSchema | Role::BundledRuntime) => "which score.py needs",
        Some(Role::Runtime) => "which the service reads",
        None => "without which the artifact is none",
        Some(_) => "which the manifest lists",
    }
}

pub(super) fn by_git_s_rules(evidence: &Evidence<'_>) -> Result<Verdict> {
    let Some(artifact) = evidence.artifact else { return Ok(Verdict::Absent) };
    let ignore = Ignore::parse(&patterns(artifact)?.unwrap_or_default())?;
    let mut left_out: Vec<(&Pattern, Vec<&str>)> = Vec::new();
    for path in needed(artifact) {
        let Some(pattern) = ignore.ignores(path) else { continue };
        match left_out.iter_mut().find(|(known, _)| known.line == pattern.line) {
            Some((_, paths)) => paths.push(path),
            None => left_out.push((pattern, vec![path])),
        }
    }
    let finding = |(pattern, paths): &(&Pattern, Vec<&str>)| {
        let first = paths.first().copied().unwrap_or_default();
        let message = format!("`{}` leaves out {}, {}", pattern.text, list(paths), reason(artifact, first));
        Finding::error("oci-ignored-file", message)
            .in_file(IGNORE)
            .on_line(pattern.line)
            .hint("narrow the pattern, or remove it")
    };
    Ok(Verdict::of(left_out.iter().map(finding).collect()))
}

/// `a`, `a, b and 7 more`.
fn list(paths: &[&str]) -> String {
    let named: Vec<String> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    let more = paths.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    named.join(", ") + &rest
}

pub(super) fn by_the_client(evidence: &Evidence<'_>) -> Result<Verdict> {
    let Some(artifact) = evidence.artifact else { return Ok(Verdict::Absent) };
    let Some(bytes) = patterns(artifact)? else { return Ok(Verdict::Absent) };
    let ignore = Ignore::parse(&bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut findings = Vec::new();
    for (number, line) in client_lines(&text) {
        let tokens = client_tokens(line);
        // What git's rules leave out, too, the other test has told.
        let dropped = |path: &&str| client_drops(&tokens, path) && ignore.ignores(path).is_none();
        let paths: Vec<&str> = needed(artifact).filter(dropped).collect();
        let mut warn = |message: String| {
            let finding = Finding::warning("oci-ignored-by-client", message).in_file(IGNORE).on_line(number);
            findings.push(finding.hint("name the whole file, with its folder"));
        };
        if !paths.is_empty() {
            warn(format!("the client reads `{line}` as the start of any name and leaves out {}", list(&paths)));
        } else if let Some(start) = folders_above(line) {
            warn(format!("the client leaves out every file below a folder `{start}…`, also one around the artifact"));
        }
    }
    Ok(Verdict::of(findings))
}

/// The lines that the client takes for patterns, with their numbers. A `!` means nothing to it.
fn client_lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let lines = text.split('\n').zip(1u64..).map(|(line, number)| (number, line));
    lines.filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty())
}

/// What the client makes of a line: a shell pattern behind a `/`, whose `*` goes beyond folders, and which ends in `*`
/// instead of `/`.
fn client_tokens(line: &str) -> Vec<Token> {
    let line = line.strip_suffix('/').map_or(line.to_owned(), |line| format!("{line}*"));
    let pattern: Vec<u32> = format!("/{}", line.trim()).chars().map(u32::from).collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = pattern.get(at) {
        at += 1;
        tokens.push(match char::from_u32(*c) {
            Some('*') => Token::Run { slash: true },
            Some('?') => Token::Any { slash: true },
            Some('[') => match client_set(&pattern, at) {
                Some((set, end)) => {
                    at = end;
                    set
                }
                None => Token::One(*c),
            },
            _ => Token::One(*c),
        });
    }
    tokens
}

/// A set from behind its `[`, as Python's shell patterns have it: no escapes and no named sets.
fn client_set(pattern: &[u32], start: usize) -> Option<(Token, usize)> {
    let is = |at: usize, c: char| pattern.get(at) == Some(&u32::from(c));
    let negated = is(start, '!');
    let first = start + usize::from(negated);
    let after = first + usize::from(is(first, ']'));
    let end = after + pattern.get(after..)?.iter().position(|c| *c == u32::from(']'))?;
    let mut ranges = Vec::new();
    let mut at = first;
    while at < end {
        let low = *pattern.get(at)?;
        if is(at + 1, '-') && at + 2 < end {
            ranges.push((low, *pattern.get(at + 2)?));
            at += 3;
        } else {
            ranges.push((low, low));
            at += 1;
        }
    }
    Some((Token::Set { ranges, negated, slash: true }, end + 1))
}

/// Whether the client leaves a file out: the pattern matches the end of its path, from any `/` on.
fn client_drops(tokens: &[Token], path: &str) -> bool {
    let path: Vec<u32> = format!("/{path}").chars().map(u32::from).collect();
    let starts = path.iter().enumerate().filter(|(_, c)| **c == u32::from('/')).map(|(at, _)| at);
    starts.into_iter().any(|at| path.get(at..).is_some_and(|rest| matches(tokens, rest)))
}

/// What a folder around the artifact has to begin with for the client to leave everything out: a pattern that ends in
/// `*` or `/` and begins with a name.
fn folders_above(line: &str) -> Option<&str> {
    let start = line.trim().strip_suffix(['/', '*'])?;
    let is_plain = !start.is_empty() && !start.contains(['*', '?', '[', '/', '!']);
    is_plain.then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the client really drops, as observed of it.
    #[test]
    fn the_client_s_reading_is_known() {
        for (line, path, drops) in [
            ("build/", "build_features.py", true),
            ("build/", "src/build/x", true),
            ("dist/", "distance.py", true),
            ("dist/", "distilbert/config.json", true),
            ("env/", "environment.yaml", true),
            ("lib/", "libutils.py", true),
            ("parts/", "parts.csv", true),
            ("var/", "variables/variables.index", true),
            ("*.so", "native.so", true),
            ("*.manifest", "my.manifest", true),
            ("*.manifest", "my.manifest.json", false),
            (".env", ".env", true),
            (".env", "x.env", false),
            ("a/b.txt", "c/a/b.txt", true),
            ("!score.py", "score.py", false),
            ("*.py[cod]", "x.pyc", true),
            ("*.py[cod]", "x.py", false),
            ("*.py[!cod]", "x.pyz", true),
            ("**/__pycache__/*.pyc", "x/__pycache__/a.pyc", true),
            ("score.p", "score.py", false),
        ] {
            assert_eq!(client_drops(&client_tokens(line), path), drops, "{line} {path}");
        }
    }

    #[test]
    fn folders_above_are_told_for_names_alone() {
        assert_eq!(folders_above("build/"), Some("build"));
        assert_eq!(folders_above("var*"), Some("var"));
        for line in ["*.log", "a/b/", "**/x/", "score.py", "*/", "/"] {
            assert_eq!(folders_above(line), None, "{line}");
        }
    }
}
