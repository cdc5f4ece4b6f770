//! The scikit-learn version that pickled an estimator, for arithmetic that changed between versions.

use super::fitted::Fitted;

/// Major and minor version.
pub type Version = (u64, u64);

/// What an estimator without a version counts as: the newest.
const NEWEST: Version = (u64::MAX, u64::MAX);

/// The version in the estimator's state. Every estimator of scikit-learn has one, inner ones too.
pub fn version(estimator: Fitted<'_>) -> Version {
    let text = estimator.optional("_sklearn_version").and_then(Fitted::plain_str);
    let mut numbers = text.unwrap_or_default().split('.').map_while(|part| part.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor),
        _ => NEWEST,
    }
}
