//! The scikit-learn version that pickled an estimator, for arithmetic that changed between versions.

use super::fitted::Fitted;

/// Major and minor version.
pub type Version = (u64, u64);

/// What an estimator without a version counts as: the newest.
const NEWEST: Version = (u64::MAX, u64::MAX);

/// How far inside an estimator of another package a version is looked for, and among how many values.
const SEARCH_DEPTH: usize = 4;
const SEARCH_ITEMS: usize = 1000;

/// The version in the estimator's state. Every estimator of scikit-learn has one, inner ones too.
pub fn version(estimator: Fitted<'_>) -> Version {
    own(estimator).and_then(parsed).unwrap_or(NEWEST)
}

/// The version as text; of an estimator of another package, that of the first of scikit-learn's inside it.
pub fn text(estimator: Fitted<'_>) -> Option<String> {
    let mut left = SEARCH_ITEMS;
    inside(estimator, 0, &mut left).map(str::to_owned)
}

/// Major and minor version of a text like `1.9.1`.
pub fn parsed(text: &str) -> Option<Version> {
    let mut numbers = text.split('.').map_while(|part| part.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

fn own(estimator: Fitted<'_>) -> Option<&str> {
    estimator.optional("_sklearn_version").and_then(Fitted::plain_str)
}

fn inside<'a>(value: Fitted<'a>, depth: usize, left: &mut usize) -> Option<&'a str> {
    *left = left.checked_sub(1)?;
    if let Some(version) = own(value) {
        return Some(version);
    }
    if depth == SEARCH_DEPTH {
        return None;
    }
    let parts: Vec<Fitted<'a>> = match value.class() {
        Some(_) => value.attributes().ok()?.into_iter().map(|(_, part)| part).collect(),
        None if value.is_sequence() => value.items().ok()?,
        None => return None,
    };
    parts.into_iter().find_map(|part| inside(part, depth + 1, left))
}
