//! The registry's rule for the environment in which a model runs: an exact version widens to its compatible ones.

use super::name::normalize;
use super::specifier::{Operator, Specifier};
use super::version::Version;

/// Widens `==x.y.z`; other comparisons stay. Pickles of cloudpickle load with their own version only, and
/// scikit-learn breaks between minor versions.
pub(super) fn relax(name: &str, specifiers: &[Specifier]) -> Vec<Specifier> {
    let widen: fn(&Version) -> Option<(Version, Version)> = match normalize(name).as_str() {
        "cloudpickle" => return specifiers.to_vec(),
        "scikit-learn" => |version| Some((minor(version), next(version, &[version.release(0)], version.release(1))?)),
        _ => |version| Some((minor(version), next(version, &[], version.release(0))?)),
    };
    specifiers.iter().flat_map(|specifier| relaxed(specifier, widen)).collect()
}

fn relaxed(specifier: &Specifier, widen: fn(&Version) -> Option<(Version, Version)>) -> Vec<Specifier> {
    let exact = specifier.version().filter(|_| specifier.operator() == Operator::Equal);
    match exact.and_then(widen) {
        Some((from, below)) => {
            vec![Specifier::new(Operator::AtLeast, from), Specifier::new(Operator::Below, below)]
        }
        None => vec![specifier.clone()],
    }
}

/// `x.y` of a version.
fn minor(version: &Version) -> Version {
    version.with_release(vec![version.release(0), version.release(1)])
}

/// The release after `last` behind the numbers of `front`; none beyond 64 bits.
fn next(version: &Version, front: &[u64], last: u64) -> Option<Version> {
    let release = front.iter().copied().chain([last.checked_add(1)?]).collect();
    Some(version.with_release(release))
}
