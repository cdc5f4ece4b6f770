//! Environment markers (PEP 508): `python_version < "3.9" and extra == "gpu"`. Parsed, and decided as far as the
//! environment is known.

use std::fmt;

use super::name::normalize;
use super::scan::Scanner;
use super::specifier::Specifier;
use super::version::Version;
use crate::error::{Error, Result};

/// Deepest nesting of parentheses; in use one is rare.
const MARKER_DEPTH: usize = 32;

/// When a requirement applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    /// A comparison.
    Compare {
        /// The left side.
        left: Operand,
        /// The operator as it is written: `>=`, `in`, `not in`.
        operator: &'static str,
        /// The right side.
        right: Operand,
    },
    /// All of them hold.
    All(Vec<Marker>),
    /// One of them holds.
    Any(Vec<Marker>),
}

/// A side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A property of the environment, under its present name: `python_version`.
    Variable(&'static str),
    /// A text.
    Text(String),
}

/// The properties of an environment, with the names that they had before.
const VARIABLES: &[(&str, &str)] = &[
    ("python_version", "python_version"),
    ("python_full_version", "python_full_version"),
    ("python_implementation", "platform_python_implementation"),
    ("platform_python_implementation", "platform_python_implementation"),
    ("platform.python_implementation", "platform_python_implementation"),
    ("platform_machine", "platform_machine"),
    ("platform.machine", "platform_machine"),
    ("platform_release", "platform_release"),
    ("platform_system", "platform_system"),
    ("platform_version", "platform_version"),
    ("platform.version", "platform_version"),
    ("implementation_name", "implementation_name"),
    ("implementation_version", "implementation_version"),
    ("os_name", "os_name"),
    ("os.name", "os_name"),
    ("sys_platform", "sys_platform"),
    ("sys.platform", "sys_platform"),
    ("extra", "extra"),
];

/// The properties that are versions, and are compared as versions.
const VERSIONS: &[&str] = &["python_version", "python_full_version", "implementation_version", "platform_release"];

const OPERATORS: &[&str] = &["===", "==", "!=", "~=", "<=", ">=", "<", ">"];

impl Marker {
    /// Reads a marker up to the end of the text.
    pub(super) fn scan(scanner: &mut Scanner<'_>) -> Result<Marker> {
        let marker = any(scanner, 0)?;
        match scanner.rest() {
            "" => Ok(marker),
            _ => Err(unexpected("`and`, `or` or the end of the marker", scanner)),
        }
    }

    /// Whether it holds in an environment, of which `value` knows some properties; none where these do not decide.
    pub fn holds(&self, value: &dyn Fn(&str) -> Option<String>) -> Option<bool> {
        match self {
            Marker::Compare { left, operator, right } => compare(left, operator, right, value),
            Marker::All(parts) => decide(parts, false, value),
            Marker::Any(parts) => decide(parts, true, value),
        }
    }
}

/// One part that is `deciding` decides; else all must be known.
fn decide(parts: &[Marker], deciding: bool, value: &dyn Fn(&str) -> Option<String>) -> Option<bool> {
    let mut unknown = false;
    for part in parts {
        match part.holds(value) {
            Some(held) if held == deciding => return Some(deciding),
            Some(_) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(!deciding)
}

fn compare(left: &Operand, operator: &str, right: &Operand, value: &dyn Fn(&str) -> Option<String>) -> Option<bool> {
    let text = |operand: &Operand| match operand {
        Operand::Variable(name) => value(name),
        Operand::Text(text) => Some(text.clone()),
    };
    let is = |wanted: &dyn Fn(&str) -> bool| {
        [left, right].iter().any(|operand| matches!(operand, Operand::Variable(name) if wanted(name)))
    };
    let (mut left, mut right) = (text(left)?, text(right)?);
    if is(&|name| name == "extra") {
        (left, right) = (normalize(&left), normalize(&right));
    }
    match operator {
        "in" => return Some(right.contains(&left)),
        "not in" => return Some(!right.contains(&left)),
        _ => {}
    }
    if is(&|name| VERSIONS.contains(&name))
        && let (Ok(found), Ok(specifier)) =
            (Version::parse(&left), Specifier::scan(&mut Scanner::new(&format!("{operator}{right}"))))
    {
        return Some(specifier.accepts(&found));
    }
    match operator {
        "==" | "===" => Some(left == right),
        "!=" => Some(left != right),
        "<=" => Some(left <= right),
        ">=" => Some(left >= right),
        "<" => Some(left < right),
        ">" => Some(left > right),
        // `~=` means nothing between texts.
        _ => None,
    }
}

fn any(scanner: &mut Scanner<'_>, depth: usize) -> Result<Marker> {
    let mut parts = vec![all(scanner, depth)?];
    while word(scanner, "or") {
        parts.push(all(scanner, depth)?);
    }
    Ok(single(parts, Marker::Any))
}

fn all(scanner: &mut Scanner<'_>, depth: usize) -> Result<Marker> {
    let mut parts = vec![atom(scanner, depth)?];
    while word(scanner, "and") {
        parts.push(atom(scanner, depth)?);
    }
    Ok(single(parts, Marker::All))
}

/// One part stands for itself.
fn single(mut parts: Vec<Marker>, join: fn(Vec<Marker>) -> Marker) -> Marker {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            join(parts)
        }
        (None, _) => join(parts),
    }
}

fn atom(scanner: &mut Scanner<'_>, depth: usize) -> Result<Marker> {
    scanner.blanks();
    if !scanner.take("(") {
        let left = operand(scanner)?;
        let operator = operator(scanner)?;
        let right = operand(scanner)?;
        scanner.blanks();
        return Ok(Marker::Compare { left, operator, right });
    }
    if depth == MARKER_DEPTH {
        let message = format!("the marker is nested deeper than {MARKER_DEPTH} parentheses");
        return Err(Error::malformed("requirement", message));
    }
    let inner = any(scanner, depth + 1)?;
    scanner.blanks();
    if !scanner.take(")") {
        return Err(unexpected("`)`", scanner));
    }
    scanner.blanks();
    Ok(inner)
}

fn operand(scanner: &mut Scanner<'_>) -> Result<Operand> {
    scanner.blanks();
    let Some(quote) = scanner.rest().chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let mut ahead = scanner.clone();
        let name = ahead.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        let Some((_, variable)) = VARIABLES.iter().find(|(known, _)| *known == name) else {
            return Err(unexpected("a property of the environment or a quoted text", scanner)
                .hint("`python_version`, `sys_platform`, `platform_system` and `extra` are some of the properties"));
        };
        *scanner = ahead;
        return Ok(Operand::Variable(variable));
    };
    scanner.take(quote.encode_utf8(&mut [0; 4]));
    let text = scanner.take_while(|c| c != quote && c != '\\' && !c.is_control());
    match scanner.take(quote.encode_utf8(&mut [0; 4])) {
        true => Ok(Operand::Text(text.to_owned())),
        false => Err(unexpected(&format!("`{quote}` at the end of the text"), scanner)),
    }
}

fn operator(scanner: &mut Scanner<'_>) -> Result<&'static str> {
    scanner.blanks();
    if let Some(found) = OPERATORS.iter().find(|text| scanner.take(text)) {
        return Ok(found);
    }
    if word(scanner, "in") {
        return Ok("in");
    }
    let mut ahead = scanner.clone();
    if word(&mut ahead, "not") && word(&mut ahead, "in") {
        *scanner = ahead;
        return Ok("not in");
    }
    Err(unexpected("a comparison as `==` or `in`", scanner))
}

/// Takes a whole word and the blanks around it.
fn word(scanner: &mut Scanner<'_>, wanted: &str) -> bool {
    let mut ahead = scanner.clone();
    ahead.blanks();
    let found = ahead.take_while(|c| c.is_ascii_alphanumeric() || c == '_') == wanted;
    if found {
        ahead.blanks();
        *scanner = ahead;
    }
    found
}

fn unexpected(expected: &str, scanner: &Scanner<'_>) -> Error {
    Error::malformed("requirement", format!("expected {expected}, found {}", scanner.found()))
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, join) = match self {
            Marker::Compare { left, operator, right } => return write!(f, "{left} {operator} {right}"),
            Marker::All(parts) => (parts, " and "),
            Marker::Any(parts) => (parts, " or "),
        };
        for (position, part) in parts.iter().enumerate() {
            f.write_str(if position > 0 { join } else { "" })?;
            match (self, part) {
                (Marker::All(_), Marker::Any(_)) => write!(f, "({part})")?,
                _ => write!(f, "{part}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Variable(name) => f.write_str(name),
            Operand::Text(text) if text.contains('"') => write!(f, "'{text}'"),
            Operand::Text(text) => write!(f, "\"{text}\""),
        }
    }
}
