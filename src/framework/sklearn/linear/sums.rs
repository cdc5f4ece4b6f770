//! `X @ coef_.T + intercept_`.

use super::super::context::{Accepts, Context};
use super::super::fitted::Fitted;
use super::super::float32::fused_sums;
use super::super::frame::Frame;
use crate::encoding::array::Kind;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::ops::dot::Dot;
use crate::tensor::{Data, ElementType};

/// The weighted sums of a linear model.
#[derive(Debug, Clone, Copy)]
pub struct Sums {
    /// One column per row of `coef_`.
    pub value: ValueId,
    /// The number of those rows where `coef_` has two dimensions.
    pub n_targets: Option<usize>,
}

/// The fitted weights.
#[derive(Debug)]
struct Weights {
    /// Row-major `[n_outputs, n_columns]`.
    coefficients: Vec<f64>,
    n_targets: Option<usize>,
    /// Whether the model was fitted in float32.
    single: bool,
}

/// The weighted sums with the intercepts added last.
pub fn weighted_sums(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Sums> {
    let weights = weights(estimator, frame.width())?;
    let n_outputs = weights.n_targets.unwrap_or(1);
    let start = intercepts(estimator.attribute("intercept_")?, n_outputs)?;
    sums(context, frame, weights, start)
}

/// The weighted sums with `start` added last.
pub fn sums_from(context: &mut Context, estimator: Fitted<'_>, frame: &Frame, start: Vec<f64>) -> Result<Sums> {
    let weights = weights(estimator, frame.width())?;
    sums(context, frame, weights, start)
}

fn sums(context: &mut Context, frame: &Frame, weights: Weights, start: Vec<f64>) -> Result<Sums> {
    let n_outputs = weights.n_targets.unwrap_or(1);
    if n_outputs == 0 || start.len() != n_outputs {
        let message = format!("{n_outputs} weighted sums do not fit {} intercepts", start.len());
        return Err(Error::malformed("weights", message));
    }
    limits::CLASSES.check_len(n_outputs)?;
    let x = frame.matrix(context, Accepts::Finite)?;
    let Weights { coefficients, n_targets, single } = weights;
    let value = if single && frame.is_single() {
        let x = context.graph.cast(x, ElementType::F32)?;
        if context.graph.ty(x).is_sparse {
            // SciPy's product of a sparse table rounds every product and sum by itself.
            let narrow = |items: Vec<f64>| Data::F32(items.into_iter().map(|item| item as f32).collect());
            let dot = Dot { weights: narrow(coefficients), start: narrow(start), start_first: false };
            context.graph.apply(dot, &[x])?
        } else {
            fused_sums(&mut context.graph, x, &coefficients, &start)?
        }
    } else {
        let dot = Dot { weights: Data::F64(coefficients), start: Data::F64(start), start_first: false };
        context.graph.apply(dot, &[x])?
    };
    Ok(Sums { value, n_targets })
}

fn weights(estimator: Fitted<'_>, n_columns: usize) -> Result<Weights> {
    let attribute = estimator.attribute("coef_")?;
    if attribute.is_sparse() {
        let sparse = attribute.sparse()?;
        if sparse.n_cols != n_columns {
            return Err(attribute.error(format!("expected {n_columns} columns of weights, found {}", sparse.n_cols)));
        }
        return Ok(Weights { coefficients: sparse.to_dense_f64()?, n_targets: Some(sparse.n_rows), single: false });
    }
    let array = attribute.array()?;
    let n_targets = if array.n_dims() == 2 { array.shape.first().copied() } else { None };
    let shape: Vec<usize> = n_targets.into_iter().chain([n_columns]).collect();
    array.expect_shape(&shape)?;
    let single = array.dtype.kind == Kind::Float && array.dtype.item_bytes == 4;
    Ok(Weights { coefficients: array.to_f64()?, n_targets, single })
}

/// One intercept per output: `intercept_` is an array of as many or of one, or a number.
fn intercepts(intercept: Fitted<'_>, n_outputs: usize) -> Result<Vec<f64>> {
    let values = match intercept.is_array() && !intercept.array_shape()?.is_empty() {
        true => intercept.array()?.to_f64()?,
        false => vec![intercept.as_f64()?],
    };
    match values[..] {
        [single] => Ok(vec![single; n_outputs]),
        _ if values.len() == n_outputs => Ok(values),
        _ => Err(intercept.error(format!("expected {n_outputs} intercepts, found {}", values.len()))),
    }
}
