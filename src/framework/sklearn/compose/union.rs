//! `FeatureUnion`: the whole table through several transformers, side by side.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::inputs::{self, Inputs};
use super::parts::{self, Part};
use super::pipeline::named;
use crate::error::Result;

/// Lowers every transformer that is not dropped.
pub fn transform(context: &mut Context, union: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let names = parts::Names::read(union)?;
    let mut parts = Vec::new();
    for (name, estimator) in named(union, "transformer_list")? {
        if is_dropped(estimator) {
            continue;
        }
        let place = format!("transformer `{name}`");
        let frame = context.within(place, |context| context.transform(estimator, frame))?;
        parts.push(Part { name, frame });
    }
    let is_sparse = parts.iter().any(|part| part.frame.is_sparse);
    let joined = parts::join(context, union, parts, &names)?;
    Ok(Frame { is_sparse, ..joined })
}

/// The input columns of the first transformer, as scikit-learn's own `n_features_in_`.
pub fn inputs(union: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    let transformers = named(union, "transformer_list")?;
    let first = transformers.into_iter().find(|(_, part)| !is_dropped(*part) && !part.is_passthrough());
    first.map_or(Ok(None), |(_, transformer)| inputs::find(transformer, depth + 1))
}

/// `None` meant "drop" here before 1.0.
fn is_dropped(estimator: Fitted<'_>) -> bool {
    estimator.is_none() || estimator.plain_str() == Some("drop")
}
