//! What a `.model-ignore` leaves out, as git reads a `.gitignore` at the root: the last pattern that matches decides, `!`
//! takes back, and nothing comes back from below a folder that is left out.

mod glob;

pub use glob::{Token, matches};

use crate::error::Result;
use crate::limits;

/// The name of the patterns in an artifact.
pub const IGNORE: &str = ".model-ignore";

/// The patterns of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

/// A line that says what to leave out, or what not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The line's number, from 1.
    pub line: u64,
    /// The line as it stands.
    pub text: String,
    /// Whether it takes back what earlier lines leave out.
    is_negated: bool,
    /// Whether it means folders only.
    only_folders: bool,
    /// Whether it is matched against the whole path, not only the last name.
    is_path: bool,
    /// None for what git never matches.
    tokens: Option<Vec<Token>>,
}

impl Ignore {
    /// Reads a file; every text is one.
    pub fn parse(bytes: &[u8]) -> Result<Ignore> {
        limits::IGNORE_BYTES.check_len(bytes.len())?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
        Ok(Ignore { patterns: lines.filter_map(|(line, number)| pattern(line, number)).collect() })
    }

    /// The pattern that leaves a file out; its path is relative to the root, with `/`.
    pub fn ignores(&self, path: &str) -> Option<&Pattern> {
        let folders = path.match_indices('/').filter_map(|(end, _)| path.get(..end)).map(|folder| (folder, true));
        folders.chain([(path, false)]).find_map(|(path, is_folder)| {
            let last = self.patterns.iter().rev().find(|pattern| pattern.matches(path, is_folder));
            last.filter(|pattern| !pattern.is_negated)
        })
    }
}

impl Pattern {
    fn matches(&self, path: &str, is_folder: bool) -> bool {
        let Some(tokens) = self.tokens.as_ref().filter(|_| is_folder || !self.only_folders) else { return false };
        let matched = if self.is_path { path } else { path.rsplit('/').next().unwrap_or(path) };
        let text: Vec<u32> = matched.bytes().map(u32::from).collect();
        matches(tokens, &text)
    }
}

fn pattern(line: &[u8], number: u64) -> Option<Pattern> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() || line.starts_with(b"#") {
        return None;
    }
    let text = String::from_utf8_lossy(line).into_owned();
    let line = without_trailing_spaces(line);
    let (is_negated, line) = line.strip_prefix(b"!").map_or((false, line), |line| (true, line));
    let (only_folders, line) = line.strip_suffix(b"/").map_or((false, line), |line| (true, line));
    let is_path = line.contains(&b'/');
    let line = line.strip_prefix(b"/").unwrap_or(line);
    let tokens = tokens(line, is_path).filter(|tokens| !tokens.is_empty());
    Some(Pattern { line: number, text, is_negated, only_folders, is_path, tokens })
}

/// Spaces at the end mean nothing, unless a backslash stands before them.
fn without_trailing_spaces(line: &[u8]) -> &[u8] {
    let (mut end, mut escaped) = (0, false);
    for (byte, after) in line.iter().zip(1..) {
        if *byte != b' ' || escaped {
            end = after;
        }
        escaped = *byte == b'\\' && !escaped;
    }
    line.get(..end).unwrap_or(line)
}

/// The tokens of a pattern; none where git finds it broken and never matches it.
fn tokens(pattern: &[u8], is_path: bool) -> Option<Vec<Token>> {
    let slash = !is_path;
    // git compares what stands before the first special character by itself, and reads the rest as a pattern of its own.
    let special = |byte: &u8| matches!(byte, b'*' | b'?' | b'[' | b'\\');
    let rest_start = pattern.iter().position(special).unwrap_or(pattern.len());
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(byte) = pattern.get(at) {
        match byte {
            b'\\' => {
                tokens.push(Token::One(u32::from(*pattern.get(at + 1)?)));
                at += 2;
            }
            b'?' => {
                tokens.push(Token::Any { slash });
                at += 1;
            }
            b'[' => {
                let (set, end) = set(pattern, at + 1, slash)?;
                tokens.push(set);
                at = end;
            }
            b'*' => {
                let stars = pattern.iter().skip(at).take_while(|byte| **byte == b'*').count();
                let rest = pattern.get(at + stars..).unwrap_or_default();
                let begins =
                    at == rest_start || at.checked_sub(1).and_then(|before| pattern.get(before)) == Some(&b'/');
                let ends = rest.is_empty() || rest.starts_with(b"/") || rest.starts_with(b"\\/");
                let is_deep = stars > 1 && begins && ends;
                if is_deep && rest.starts_with(b"/") {
                    tokens.push(Token::Optional(2));
                }
                tokens.push(Token::Run { slash: slash || is_deep });
                at += stars;
            }
            other => {
                tokens.push(Token::One(u32::from(*other)));
                at += 1;
            }
        }
    }
    Some(tokens)
}

/// Bytes from one to another, both among them.
type Ranges = &'static [(u8, u8)];

/// The names of sets inside of sets.
const NAMED: &[(&[u8], Ranges)] = &[
    (b"alnum", &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')]),
    (b"alpha", &[(b'A', b'Z'), (b'a', b'z')]),
    (b"blank", &[(b' ', b' '), (b'\t', b'\t')]),
    (b"cntrl", &[(0, 0x1f), (0x7f, 0x7f)]),
    (b"digit", &[(b'0', b'9')]),
    (b"graph", &[(b'!', b'~')]),
    (b"lower", &[(b'a', b'z')]),
    (b"print", &[(b' ', b'~')]),
    (b"punct", &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')]),
    (b"space", &[(b' ', b' '), (b'\t', b'\r')]),
    (b"upper", &[(b'A', b'Z')]),
    (b"xdigit", &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')]),
];

/// A set from behind its `[`, and the place behind its `]`; none where it does not end.
fn set(pattern: &[u8], start: usize, slash: bool) -> Option<(Token, usize)> {
    let negated = matches!(pattern.get(start), Some(b'!' | b'^'));
    let mut at = start + usize::from(negated);
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    // What a `-` begins at; nothing behind a range or a named set.
    let mut before: Option<u8> = None;
    let mut is_first = true;
    loop {
        let byte = *pattern.get(at)?;
        match byte {
            b']' if !is_first => return Some((Token::Set { ranges, negated, slash }, at + 1)),
            b'-' if before.is_some() && !matches!(pattern.get(at + 1), None | Some(b']')) => {
                at += 1 + usize::from(pattern.get(at + 1) == Some(&b'\\'));
                let (first, last) = (before.take()?, *pattern.get(at)?);
                ranges.push((first.into(), last.into()));
            }
            b'[' if pattern.get(at + 1) == Some(&b':') => match named(pattern, at + 2)? {
                Named::Set(named, end) => {
                    ranges.extend(named.iter().map(|(first, last)| (u32::from(*first), u32::from(*last))));
                    (before, at) = (None, end);
                }
                Named::Plain => {
                    ranges.push((byte.into(), byte.into()));
                    before = Some(byte);
                }
            },
            _ => {
                at += usize::from(byte == b'\\');
                let byte = *pattern.get(at)?;
                ranges.push((byte.into(), byte.into()));
                before = Some(byte);
            }
        }
        at += 1;
        is_first = false;
    }
}

enum Named {
    /// A named set, and the place of the `]` behind its name.
    Set(&'static [(u8, u8)], usize),
    /// Not one: the `[` stands for itself.
    Plain,
}

/// A named set from behind its `[:`; none where it does not end, or no set has this name.
fn named(pattern: &[u8], start: usize) -> Option<Named> {
    let end = start + pattern.get(start..)?.iter().position(|byte| *byte == b']')?;
    let Some(name) = pattern.get(start..end)?.strip_suffix(b":") else { return Some(Named::Plain) };
    let (_, ranges) = NAMED.iter().find(|(known, _)| *known == name)?;
    Some(Named::Set(ranges, end))
}

#[cfg(test)]
mod tests;
