//! `ColumnTransformer`: parts of the table through transformers of their own, side by side again.
//!
//! Which columns a part gets stands in `_transformer_to_input_indices` in every version, however they were named.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::parts::{self, Part};
use crate::error::{Error, Result};

/// Lowers every part that is not dropped.
pub fn transform(context: &mut Context, transformer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(transformer.n_features()?)?;
    let indices = transformer.attribute("_transformer_to_input_indices")?;
    let names = parts::Names::read(transformer)?;
    let mut parts = Vec::new();
    for entry in transformer.attribute("transformers_")?.items()? {
        let [name, estimator, _] = entry.items_exactly()?;
        let name = name.as_str()?;
        let columns = indices.get(&name).ok_or_else(|| {
            indices.located(Error::malformed("column-index", format!("the columns of `{name}` are not listed")))
        })?;
        let columns = column_indices(columns)?;
        // A part without columns is never fitted.
        if estimator.plain_str() == Some("drop") || columns.is_empty() {
            continue;
        }
        let selected = frame.select(&columns).map_err(|error| indices.located(error))?;
        let place = format!("transformer `{name}`");
        let transformed = context.within(place, |context| context.transform(estimator, &selected))?;
        parts.push(Part { name: name.into_owned(), frame: transformed });
    }
    let is_sparse = transformer.flag("sparse_output_", false)?;
    let joined = parts::join(context, transformer, parts, &names)?;
    Ok(Frame { is_sparse, ..joined })
}

/// The columns of a part: a list or array of indices, or a single one.
fn column_indices(columns: Fitted<'_>) -> Result<Vec<usize>> {
    if columns.is_array() {
        return columns.array()?.to_usize();
    }
    if columns.is_sequence() {
        return columns.items()?.into_iter().map(Fitted::as_usize).collect();
    }
    Ok(vec![columns.as_usize()?])
}
