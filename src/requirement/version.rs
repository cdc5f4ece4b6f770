//! Versions of Python packages (PEP 440): epoch, release, pre-, post- and development releases, local labels.

use std::cmp::Ordering;
use std::fmt;

use super::scan::{Scanner, shown};
use crate::error::{Error, Result};

/// Bytes of a version's text; the longest in use stay under a hundred.
const VERSION_BYTES: usize = 256;

/// A version. Equal versions may be written differently: `1.0` and `1.0.0`.
#[derive(Debug, Clone)]
pub struct Version {
    epoch: u64,
    release: Vec<u64>,
    pre: Option<(PreRelease, u64)>,
    post: Option<u64>,
    dev: Option<u64>,
    local: Vec<LocalPart>,
}

/// The kind of a pre-release, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PreRelease {
    Alpha,
    Beta,
    Candidate,
}

/// A part of a local label; text stands before numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum LocalPart {
    Text(String),
    Number(u64),
}

/// How pre-releases may be spelled; a longer word stands before one that it begins with.
const PRE_RELEASES: &[(&str, PreRelease)] = &[
    ("alpha", PreRelease::Alpha),
    ("beta", PreRelease::Beta),
    ("preview", PreRelease::Candidate),
    ("pre", PreRelease::Candidate),
    ("rc", PreRelease::Candidate),
    ("a", PreRelease::Alpha),
    ("b", PreRelease::Beta),
    ("c", PreRelease::Candidate),
];
const POST_RELEASES: &[&str] = &["post", "rev", "r"];

impl Version {
    /// Reads a version in any of the spellings that PEP 440 allows.
    pub fn parse(text: &str) -> Result<Version> {
        if text.len() > VERSION_BYTES {
            return Err(malformed(text, &format!("{} bytes exceed the {VERSION_BYTES} of a version", text.len())));
        }
        let plain = text.trim().to_ascii_lowercase();
        let mut scanner = Scanner::new(&plain);
        scanner.take("v");
        let version = Self::scan(&mut scanner).map_err(|reason| malformed(text, &reason))?;
        match scanner.rest() {
            "" => Ok(version),
            rest => Err(malformed(text, &format!("`{}` is no part of a version", shown(rest)))),
        }
    }

    fn scan(scanner: &mut Scanner<'_>) -> Result<Version, String> {
        let (epoch, release) = epoch_and_release(scanner)?;
        Ok(Version {
            epoch,
            release,
            pre: pre_release(scanner)?,
            post: post_release(scanner)?,
            dev: suffix(scanner, &["dev"])?,
            local: local(scanner)?,
        })
    }

    /// Whether it is a pre-release or a development release, which specifiers leave out unless they name one.
    pub fn is_prerelease(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    /// Whether it is a post-release.
    pub fn is_postrelease(&self) -> bool {
        self.post.is_some()
    }

    /// Whether it has a local label: `1.0+cu121`.
    pub fn is_local(&self) -> bool {
        !self.local.is_empty()
    }

    /// A number of the release, 0 where fewer are written: `release(0)` is the major version.
    pub fn release(&self, position: usize) -> u64 {
        self.release.get(position).copied().unwrap_or(0)
    }

    /// How many numbers of the release are written.
    pub(super) fn release_len(&self) -> usize {
        self.release.len()
    }

    /// The epoch, 0 unless `1!` stands before the release.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// A release with the epoch of this version.
    pub(super) fn with_release(&self, release: Vec<u64>) -> Version {
        Version { release, ..self.base() }
    }

    /// The version without its local label.
    pub(super) fn public(&self) -> Version {
        Version { local: Vec::new(), ..self.clone() }
    }

    /// Epoch and release alone.
    pub(super) fn base(&self) -> Version {
        Version { pre: None, post: None, dev: None, ..self.public() }
    }

    /// The release without the zeros at its end, which count for nothing.
    fn significant(&self) -> &[u64] {
        let zeros = self.release.iter().rev().take_while(|number| **number == 0).count();
        self.release.get(..self.release.len() - zeros).unwrap_or(&[])
    }

    /// Where the version stands among those of its release: development releases of it before its pre-releases,
    /// these before itself.
    fn stage(&self) -> (u8, Option<(PreRelease, u64)>) {
        match self.pre {
            None if self.post.is_none() && self.dev.is_some() => (0, None),
            Some(pre) => (1, Some(pre)),
            None => (2, None),
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // A development release stands before what it develops.
        let dev = |version: &Version| version.dev.map_or((1, 0), |number| (0, number));
        (self.epoch.cmp(&other.epoch))
            .then_with(|| self.significant().cmp(other.significant()))
            .then_with(|| self.stage().cmp(&other.stage()))
            .then_with(|| self.post.cmp(&other.post))
            .then_with(|| dev(self).cmp(&dev(other)))
            .then_with(|| self.local.cmp(&other.local))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

/// The normal spelling: `1.0RC-1` is `1.0rc1`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch != 0 {
            write!(f, "{}!", self.epoch)?;
        }
        let release: Vec<String> = self.release.iter().map(u64::to_string).collect();
        f.write_str(&release.join("."))?;
        if let Some((kind, number)) = self.pre {
            let word = match kind {
                PreRelease::Alpha => "a",
                PreRelease::Beta => "b",
                PreRelease::Candidate => "rc",
            };
            write!(f, "{word}{number}")?;
        }
        if let Some(number) = self.post {
            write!(f, ".post{number}")?;
        }
        if let Some(number) = self.dev {
            write!(f, ".dev{number}")?;
        }
        let local: Vec<String> = self.local.iter().map(LocalPart::to_string).collect();
        if local.is_empty() { Ok(()) } else { write!(f, "+{}", local.join(".")) }
    }
}

impl fmt::Display for LocalPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LocalPart::Text(text) => f.write_str(text),
            LocalPart::Number(number) => write!(f, "{number}"),
        }
    }
}

fn malformed(text: &str, reason: &str) -> Error {
    Error::malformed("version", format!("`{}` is not a version: {reason}", shown(text)))
        .hint("a version is numbers with dots, then `a1`, `b1` or `rc1`, `.post1`, `.dev1`, `+local`")
}

fn epoch_and_release(scanner: &mut Scanner<'_>) -> Result<(u64, Vec<u64>), String> {
    let first = number(scanner)?.ok_or("it begins with no number")?;
    let (epoch, first) = match scanner.take("!") {
        true => (first, number(scanner)?.ok_or("no number stands after `!`")?),
        false => (0, first),
    };
    let mut release = vec![first];
    while scanner.rest().strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        scanner.take(".");
        release.extend(number(scanner)?);
    }
    Ok((epoch, release))
}

fn pre_release(scanner: &mut Scanner<'_>) -> Result<Option<(PreRelease, u64)>, String> {
    for (word, kind) in PRE_RELEASES {
        if let Some(number) = suffix(scanner, &[word])? {
            return Ok(Some((*kind, number)));
        }
    }
    Ok(None)
}

/// `.post1` in its spellings, or `-1`.
fn post_release(scanner: &mut Scanner<'_>) -> Result<Option<u64>, String> {
    if scanner.rest().strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        scanner.take("-");
        return number(scanner);
    }
    suffix(scanner, POST_RELEASES)
}

/// One of the words between separators, with its number; a word alone counts as 0.
fn suffix(scanner: &mut Scanner<'_>, words: &[&str]) -> Result<Option<u64>, String> {
    let mut ahead = scanner.clone();
    separator(&mut ahead);
    if !words.iter().any(|word| ahead.take(word)) {
        return Ok(None);
    }
    separator(&mut ahead);
    let number = number(&mut ahead)?.unwrap_or(0);
    *scanner = ahead;
    Ok(Some(number))
}

fn separator(scanner: &mut Scanner<'_>) {
    let _ = scanner.take("-") || scanner.take("_") || scanner.take(".");
}

fn local(scanner: &mut Scanner<'_>) -> Result<Vec<LocalPart>, String> {
    let mut parts = Vec::new();
    if !scanner.take("+") {
        return Ok(parts);
    }
    loop {
        let text = scanner.take_while(|c| c.is_ascii_alphanumeric());
        if text.is_empty() {
            return Err("a part of the local label is empty".into());
        }
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        parts.push(if is_number { LocalPart::Number(value(text)?) } else { LocalPart::Text(text.to_owned()) });
        if !(scanner.take("-") || scanner.take("_") || scanner.take(".")) {
            return Ok(parts);
        }
    }
}

fn number(scanner: &mut Scanner<'_>) -> Result<Option<u64>, String> {
    let digits = scanner.take_while(|c| c.is_ascii_digit());
    if digits.is_empty() { Ok(None) } else { value(digits).map(Some) }
}

fn value(digits: &str) -> Result<u64, String> {
    digits.parse().map_err(|_| format!("the number `{}` does not fit in 64 bits", shown(digits)))
}
