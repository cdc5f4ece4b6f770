//! The requirements that a registry writes for conda: `[channel::]package [operator version]`.

use super::Requirement;
use super::name::normalize;
use super::parse;
use super::specifier::Operator;
use crate::error::{Error, Result};

/// The channel whose requirements are PyPI's.
const PIP: &str = "pip";

/// Reads a requirement with its channel; what conda has no syntax for is refused.
pub(super) fn requirement(text: &str) -> Result<Requirement> {
    let (channel, package) = match text.rsplit_once("::") {
        Some((channel, package)) => (Some(channel.trim().to_owned()), package),
        None => (None, text),
    };
    let named = |error: Error| error.at(format!("requirement `{}`", super::scan::shown(text.trim())));
    if channel.as_deref().is_some_and(|channel| channel.is_empty() || channel.chars().any(char::is_whitespace)) {
        let error = Error::malformed("requirement", "expected the name or URL of a channel before `::`");
        return Err(named(error.hint("`conda-forge::xgboost==3.2.0` takes a package from a channel")));
    }
    let requirement = Requirement { channel, ..parse::requirement(package)? };
    match refusal(&requirement) {
        Some(error) => Err(named(error)),
        None => Ok(requirement),
    }
}

fn refusal(requirement: &Requirement) -> Option<Error> {
    let unsupported = |what: &str, hint: &str| {
        Some(Error::unsupported("conda-requirement", format!("conda has no {what}")).hint(hint))
    };
    if let Err(error) = check_reserved(requirement) {
        return Some(error);
    }
    if requirement.channel.as_deref() == Some(PIP) {
        return None;
    }
    if requirement.marker.is_some() {
        return unsupported("markers", "leave out what stands after `;`");
    }
    if !requirement.extras.is_empty() {
        return unsupported("extras", "name the packages that the extra stands for, or require it from pip");
    }
    if requirement.url.is_some() {
        return unsupported("URLs", "name the package and its channel, or require it from pip");
    }
    let operator =
        requirement.specifiers.iter().map(super::Specifier::operator).find(|operator| !is_known(*operator))?;
    unsupported(&format!("comparison `{operator}`"), "the comparisons are `==`, `>=`, `<=`, `>` and `<`")
}

fn is_known(operator: Operator) -> bool {
    !matches!(operator, Operator::Identical | Operator::NotEqual | Operator::Compatible)
}

/// Refuses what is no package but an argument of its own.
pub(super) fn check_reserved(requirement: &Requirement) -> Result<()> {
    let name = normalize(&requirement.name);
    let hint = match name.as_str() {
        "python" => "the Python version is an option of its own: `--python-version`",
        "cuda" => "a score module computes on the CPU: leave it out",
        _ => return Ok(()),
    };
    Err(Error::usage("reserved-requirement", format!("`{name}` cannot be required as a package")).hint(hint))
}
