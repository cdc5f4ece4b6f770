//! Transformers whose columns' products approximate a kernel. After scikit-learn's kernel_approximation.py.

mod count_sketch;
mod sampler;

pub use count_sketch::polynomial;
pub use sampler::{additive, radial, skewed};

use super::context::Context;
use super::decomposition::numbered;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::kernels::{Kernel, Parameters, sums};
use crate::error::Result;

/// `Nystroem`: the kernel between a row and some fitted rows, times a matrix.
pub fn nystroem(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let given = match estimator.present("kernel_params") {
        Some(given) if estimator.attribute("kernel")?.plain_str().is_some() => Parameters::read(given)?,
        _ => Parameters::default(),
    };
    let parameters = Parameters::read(estimator)?.or(given);
    let kernel = Kernel::read(context, estimator, "kernel", parameters, frame.width())?;
    let values = kernel.with_fitted(context, estimator, frame, "components_")?;
    let array = estimator.attribute("normalization_")?.array()?;
    let (n_components, n_points) = (array.shape.first().copied().unwrap_or(0), context.graph.width(values));
    array.expect_shape(&[n_components, n_points])?;
    crate::limits::CLASSES.check_len(n_components)?;
    let placed = sums(context, values, array.to_f64()?, n_components)?;
    Ok(numbered(estimator, context, placed))
}
