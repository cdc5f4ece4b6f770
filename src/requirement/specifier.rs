//! Version specifiers (PEP 440): one operator and one version, and whether a version satisfies them.

use std::fmt;

use super::scan::{Scanner, shown};
use super::version::Version;
use crate::error::{Error, Result};

/// How a version is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `===`: the same text.
    Identical,
    /// `==`: the same version, or one that begins with the same numbers (`==1.2.*`).
    Equal,
    /// `!=`: another version.
    NotEqual,
    /// `~=`: at least this version, of the same release but for its last number.
    Compatible,
    /// `<=`.
    AtMost,
    /// `>=`.
    AtLeast,
    /// `<`.
    Below,
    /// `>`.
    Above,
}

/// Every operator; a longer one stands before those that it begins with.
pub(super) const OPERATORS: &[(&str, Operator)] = &[
    ("===", Operator::Identical),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("~=", Operator::Compatible),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("<", Operator::Below),
    (">", Operator::Above),
];

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OPERATORS.iter().find(|(_, operator)| operator == self).map_or("", |(text, _)| text);
        f.write_str(text)
    }
}

/// An operator and the version that it compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specifier {
    operator: Operator,
    bound: Bound,
    /// The version as it was written.
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Bound {
    Version(Version),
    /// `1.2.*`.
    Prefix(Version),
    /// What stands after `===`, in small letters.
    Text(String),
}

impl Specifier {
    /// A specifier of a version that is written in its normal spelling.
    pub(super) fn new(operator: Operator, version: Version) -> Self {
        Specifier { operator, text: version.to_string(), bound: Bound::Version(version) }
    }

    /// Reads one specifier; the scanner then stands after its version.
    pub(super) fn scan(scanner: &mut Scanner<'_>) -> Result<Specifier> {
        let Some((_, operator)) = OPERATORS.iter().find(|(text, _)| scanner.take(text)) else {
            let message = format!("expected a comparison as `>=`, found {}", scanner.found());
            return Err(Error::malformed("requirement", message).hint("an exact version stands after `==`"));
        };
        scanner.blanks();
        let text = match operator {
            Operator::Identical => scanner.take_while(|c| !c.is_whitespace() && !matches!(c, ';' | ')')),
            _ => scanner.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '!' | '*')),
        };
        Self::of(*operator, text)
    }

    fn of(operator: Operator, text: &str) -> Result<Specifier> {
        if text.is_empty() {
            return Err(Error::malformed("requirement", format!("expected a version after `{operator}`, found none")));
        }
        let bound = match (operator, text.strip_suffix(".*")) {
            (Operator::Identical, _) => Bound::Text(text.to_ascii_lowercase()),
            (_, Some(prefix)) => Bound::Prefix(Version::parse(prefix)?),
            (_, None) => Bound::Version(Version::parse(text)?),
        };
        let specifier = Specifier { operator, bound, text: text.to_owned() };
        match specifier.refusal() {
            Some((message, hint)) => Err(Error::malformed("requirement", message).hint(hint)),
            None => Ok(specifier),
        }
    }

    /// Why the operator cannot stand before this version.
    fn refusal(&self) -> Option<(String, &'static str)> {
        let operator = self.operator;
        let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        match &self.bound {
            Bound::Prefix(_) if !equality => Some((
                format!("`{operator}` cannot stand before `{}`", shown(&self.text)),
                "only `==` and `!=` compare with a prefix as `1.2.*`",
            )),
            Bound::Prefix(prefix) if *prefix != prefix.base() => Some((
                format!("`.*` cannot stand after `{}`", shown(self.text.trim_end_matches(".*"))),
                "`.*` stands after the numbers of a release: `==1.2.*`",
            )),
            Bound::Version(version) if version.is_local() && !equality => Some((
                format!("`{operator}` cannot compare with the local label of `{version}`"),
                "only `==` and `!=` compare local labels: leave out what stands after `+`",
            )),
            Bound::Version(version) if operator == Operator::Compatible && version.release_len() < 2 => Some((
                format!("`~={version}` leaves no number free"),
                "`~=` needs two numbers: `~=1.4` takes 1.4 and later ones of 1",
            )),
            _ => None,
        }
    }

    /// The operator.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The version, where it is compared as a whole.
    pub fn version(&self) -> Option<&Version> {
        match &self.bound {
            Bound::Version(version) => Some(version),
            Bound::Prefix(_) | Bound::Text(_) => None,
        }
    }

    /// Whether it names a pre-release, and so lets others in.
    pub(super) fn names_prerelease(&self) -> bool {
        match &self.bound {
            Bound::Version(version) => self.operator != Operator::NotEqual && version.is_prerelease(),
            Bound::Prefix(_) => false,
            Bound::Text(text) => Version::parse(text).is_ok_and(|version| version.is_prerelease()),
        }
    }

    /// Whether a version satisfies it, pre-releases as any other.
    pub(super) fn accepts(&self, found: &Version) -> bool {
        match &self.bound {
            Bound::Text(text) => found.to_string() == *text,
            Bound::Prefix(prefix) => {
                begins_with(found, prefix, prefix.release_len()) == (self.operator == Operator::Equal)
            }
            Bound::Version(wanted) => self.compare(found, wanted),
        }
    }

    fn compare(&self, found: &Version, wanted: &Version) -> bool {
        // A local label counts only against another.
        let equal = || if wanted.is_local() { found == wanted } else { found.public() == *wanted };
        let same_release = || found.base() == wanted.base();
        match self.operator {
            Operator::Identical => found.to_string() == self.text.to_ascii_lowercase(),
            Operator::Equal => equal(),
            Operator::NotEqual => !equal(),
            Operator::Compatible => {
                found.public() >= *wanted && begins_with(found, wanted, wanted.release_len().saturating_sub(1))
            }
            Operator::AtMost => found.public() <= *wanted,
            Operator::AtLeast => found.public() >= *wanted,
            // `<1.0` leaves out the pre-releases of 1.0, `>1.0` its post-releases and local builds.
            Operator::Below => found < wanted && (wanted.is_prerelease() || !found.is_prerelease() || !same_release()),
            Operator::Above => {
                let of_release = !wanted.is_postrelease() && found.is_postrelease() || found.is_local();
                found > wanted && !(of_release && same_release())
            }
        }
    }
}

/// Whether the first `count` numbers of the releases are the same.
fn begins_with(found: &Version, prefix: &Version, count: usize) -> bool {
    found.epoch() == prefix.epoch() && (0..count).all(|position| found.release(position) == prefix.release(position))
}

impl fmt::Display for Specifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.operator, self.text)
    }
}
