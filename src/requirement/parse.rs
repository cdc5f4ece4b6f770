//! The syntax of requirements (PEP 508): `name[extra] >=1,<2 ; marker` and `name @ url ; marker`.

use super::Requirement;
use super::marker::Marker;
use super::scan::{Scanner, shown};
use super::specifier::Specifier;
use crate::error::{Error, Result};

/// Bytes of a requirement; the longest in use are URLs of a few hundred.
const REQUIREMENT_BYTES: usize = 8192;

/// Reads a requirement.
pub(super) fn requirement(text: &str) -> Result<Requirement> {
    let named = |error: Error| error.at(format!("requirement `{}`", shown(text.trim())));
    if text.len() > REQUIREMENT_BYTES {
        let message = format!("{} bytes exceed the {REQUIREMENT_BYTES} of a requirement", text.len());
        return Err(named(Error::malformed("requirement", message)));
    }
    let mut scanner = Scanner::new(text.trim());
    scan(&mut scanner).map_err(|error| named(error.at(format!("character {}", scanner.column()))))
}

fn scan(scanner: &mut Scanner<'_>) -> Result<Requirement> {
    let mut requirement = Requirement { name: name(scanner, "the name of a package")?, ..Requirement::default() };
    scanner.blanks();
    if scanner.take("[") {
        requirement.extras = extras(scanner)?;
        scanner.blanks();
    }
    if scanner.take("@") {
        requirement.url = Some(url(scanner)?);
    } else {
        requirement.specifiers = specifiers(scanner)?;
    }
    scanner.blanks();
    if scanner.take(";") {
        requirement.marker = Some(Marker::scan(scanner)?);
    }
    match scanner.rest() {
        "" => Ok(requirement),
        _ => Err(trailing(scanner)),
    }
}

/// What stands where nothing more is expected, with the cure of the common slips.
fn trailing(scanner: &Scanner<'_>) -> Error {
    let error = expected("a comparison as `>=`, `;` or the end", scanner);
    match scanner.rest().chars().next() {
        Some('<' | '>' | '=' | '!' | '~') => error.hint("comparisons are separated by `,`: `>=1.0,<2`"),
        Some(c) if c.is_ascii_digit() => error.hint("a comparison stands before a version: `==1.0`"),
        Some('#') => error.hint("comments belong to requirements.txt, not into a requirement"),
        _ => error,
    }
}

/// Letters, digits, and `-`, `_`, `.` between them.
fn name(scanner: &mut Scanner<'_>, what: &str) -> Result<String> {
    let mut ahead = scanner.clone();
    ahead.blanks();
    let name = ahead.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if !is_end(name.chars().next()) || !is_end(name.chars().next_back()) {
        let error = expected(what, scanner);
        return Err(error.hint("a name is letters, digits, and `-`, `_`, `.` between them"));
    }
    *scanner = ahead;
    Ok(name.to_owned())
}

fn extras(scanner: &mut Scanner<'_>) -> Result<Vec<String>> {
    let mut extras = Vec::new();
    scanner.blanks();
    if scanner.take("]") {
        return Ok(extras);
    }
    loop {
        extras.push(name(scanner, "the name of an extra")?);
        scanner.blanks();
        if scanner.take("]") {
            extras.sort();
            extras.dedup();
            return Ok(extras);
        }
        if !scanner.take(",") {
            return Err(expected("`,` or `]` after the extra", scanner));
        }
    }
}

fn url(scanner: &mut Scanner<'_>) -> Result<String> {
    scanner.blanks();
    let url = scanner.take_while(|c| !c.is_whitespace());
    if url.is_empty() {
        return Err(expected("a URL after `@`", scanner));
    }
    match scanner.rest() {
        rest if rest.is_empty() || rest.starts_with([' ', '\t']) => Ok(url.to_owned()),
        _ => Err(expected("a blank after the URL", scanner)),
    }
}

/// Specifiers between commas, in parentheses or not; one comma may end them.
fn specifiers(scanner: &mut Scanner<'_>) -> Result<Vec<Specifier>> {
    let parenthesised = scanner.take("(");
    let mut found: Vec<Specifier> = Vec::new();
    loop {
        scanner.blanks();
        if !scanner.rest().starts_with(['=', '!', '~', '<', '>']) {
            break;
        }
        let mut ahead = scanner.clone();
        found.push(Specifier::scan(&mut ahead)?);
        *scanner = ahead;
        scanner.blanks();
        if !scanner.take(",") {
            break;
        }
    }
    scanner.blanks();
    if parenthesised && !scanner.take(")") {
        return Err(expected("`)` after the comparisons", scanner));
    }
    Ok(found)
}

fn expected(what: &str, scanner: &Scanner<'_>) -> Error {
    Error::malformed("requirement", format!("expected {what}, found {}", scanner.found()))
}
