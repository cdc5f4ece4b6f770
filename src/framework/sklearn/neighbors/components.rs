//! `NeighborhoodComponentsAnalysis`: a linear map.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use crate::error::Result;
use crate::limits;
use crate::ops::dot::Dot;
use crate::tensor::Data;

/// `X @ components_.T`.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(estimator.n_features()?)?;
    let components = estimator.attribute("components_")?.array()?;
    components.expect_dims(2)?;
    let n_components = components.shape.first().copied().unwrap_or(0);
    components.expect_shape(&[n_components, frame.width()])?;
    limits::CLASSES.check_len(n_components)?;
    let weights = Data::F64(components.to_f64()?);
    let x = frame.doubles(context, Accepts::Finite)?;
    let start = Data::F64(vec![0.0; n_components]);
    let value = context.graph.apply(Dot { weights, start, start_first: false }, &[x])?;
    let prefix = estimator.class_name().to_lowercase();
    let names = (0..n_components).map(|column| format!("{prefix}{column}")).collect();
    Ok(Frame::of_numbers(names, value))
}
