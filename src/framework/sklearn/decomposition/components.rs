//! Linear maps without more to them: truncated SVD, independent and sparse components, random projections.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::linear_algebra::Dense;
use super::{centred, directions, dot, numbered};
use crate::error::Result;
use crate::limits;

/// `TruncatedSVD.transform`: `X @ components_.T`.
pub fn truncated(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let directions = directions(estimator, "components_", frame.width())?;
    let x = frame.matrix(context, Accepts::Finite)?;
    let placed = dot(context, x, directions)?;
    Ok(numbered(estimator, context, placed))
}

/// `FastICA.transform`: centred where it whitens.
pub fn independent(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let directions = directions(estimator, "components_", frame.width())?;
    // `whiten` is a word since 1.1 and was a flag before.
    let whitens = estimator.optional("whiten").is_none_or(|whiten| whiten.as_bool().unwrap_or(true));
    let x = match whitens {
        true => centred(context, estimator, "mean_", frame)?,
        false => frame.numbers(context, Accepts::Finite)?,
    };
    let placed = dot(context, x, directions)?;
    Ok(numbered(estimator, context, placed))
}

/// `SparsePCA.transform` and `MiniBatchSparsePCA.transform`: a ridge regression of the centred row on the components,
/// which is the linear map `(C Cᵀ + α)⁻¹ C`.
pub fn sparse(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let components = directions(estimator, "components_", frame.width())?;
    let alpha = estimator.number_or("ridge_alpha", 0.01)?;
    let gram = components.times(&components.transposed())?.plus_diagonal(|_| alpha);
    let map = gram.inverse()?.0.times(&components)?;
    let x = centred(context, estimator, "mean_", frame)?;
    let placed = dot(context, x, map)?;
    Ok(numbered(estimator, context, placed))
}

/// `GaussianRandomProjection.transform` and `SparseRandomProjection.transform`: `X @ components_.T`.
pub fn random(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let attribute = estimator.attribute("components_")?;
    let directions = if attribute.is_sparse() {
        let sparse = attribute.sparse()?;
        if sparse.n_cols != frame.width() {
            let message = format!("expected {} columns of directions, found {}", frame.width(), sparse.n_cols);
            return Err(attribute.error(message));
        }
        limits::CLASSES.check_len(sparse.n_rows)?;
        Dense::new(sparse.n_rows, sparse.n_cols, sparse.to_dense_f64()?)?
    } else {
        directions(estimator, "components_", frame.width())?
    };
    let x = frame.matrix(context, Accepts::Finite)?;
    let placed = dot(context, x, directions)?;
    Ok(numbered(estimator, context, placed))
}
