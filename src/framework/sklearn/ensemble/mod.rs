//! Ensembles of any estimators: bagging, boosting by weights, votes, stacks, and forests whose leaves are the answer.

pub mod adaboost;
pub mod bagging;
pub mod embedding;
pub mod isolation;
mod members;
pub mod stacking;
pub mod voting;

pub use members::{inputs, read as read_members};

use super::fitted::{Attributes, Fitted};
use super::version::{Version, version};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::tensor::ElementType;
use members::Member;

/// The sum from the first value to the last.
fn total(g: &mut GraphBuilder, values: &[ValueId]) -> Result<ValueId> {
    let (first, rest) = values.split_first().ok_or_else(|| Error::internal("a sum of nothing"))?;
    rest.iter().try_fold(*first, |sum, value| g.add(sum, *value))
}

/// `value / count`.
fn divided(g: &mut GraphBuilder, value: ValueId, count: f64) -> Result<ValueId> {
    let count = g.number(count, value)?;
    g.div(value, count)
}

/// The values in NumPy's common type: float32 only if all are.
pub fn promoted(g: &mut GraphBuilder, values: &[ValueId]) -> Result<Vec<ValueId>> {
    let all_single = values.iter().all(|value| g.ty(*value).element == ElementType::F32);
    let common = if all_single { ElementType::F32 } else { ElementType::F64 };
    values.iter().map(|value| g.cast(*value, common)).collect()
}

/// The version that pickled an ensemble. Estimators of other packages do not say it, those inside do.
fn version_of(estimator: Fitted<'_>, members: &[Member<'_>]) -> Version {
    match members.first() {
        Some(member) if estimator.present("_sklearn_version").is_none() => version(member.estimator),
        _ => version(estimator),
    }
}
