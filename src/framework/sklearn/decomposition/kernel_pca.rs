//! `KernelPCA`: the principal components of a kernel. After scikit-learn's decomposition/_kernel_pca.py.

use super::super::cluster::centres::is_single;
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::kernels::{Kernel, Parameters, sums};
use super::super::preprocessing::kernel::centred;
use super::numbered;
use crate::error::Result;
use crate::graph::ValueId;
use crate::limits;

/// The kernel between a row and the fitted rows, centred as theirs, along the eigenvectors.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let mut parameters = Parameters::read(estimator)?;
    // Since 1.3 the factor that stands for `None` is kept.
    if let Some(gamma) = estimator.present("gamma_") {
        parameters.gamma = Some(gamma.as_f64()?);
    }
    let kernel = Kernel::read(context, estimator, "kernel", parameters, frame.width())?;
    let values = kernel.with_fitted(context, estimator, frame, "X_fit_")?;
    let placed = place(context, estimator, values)?;
    Ok(numbered(estimator, context, placed))
}

/// Where rows lie whose kernel with the fitted rows is known.
pub fn place(context: &mut Context, estimator: Fitted<'_>, kernel: ValueId) -> Result<ValueId> {
    let n_points = context.graph.width(kernel);
    let centred = centred(context, estimator.attribute("_centerer")?, kernel)?;
    let array = estimator.attribute("eigenvectors_")?.array()?;
    let n_components = array.shape.get(1).copied().unwrap_or(0);
    array.expect_shape(&[n_points, n_components])?;
    limits::CLASSES.check_len(n_components)?;
    let scales = estimator.floats("eigenvalues_", n_components)?;
    let singles = [is_single(estimator.attribute("eigenvectors_")?)?, is_single(estimator.attribute("eigenvalues_")?)?];
    let vectors = array.to_f64()?;
    let weight = |component: usize, scale: f64| {
        let column = vectors.iter().skip(component).step_by(n_components);
        column.map(move |item| scaled(*item, scale, singles))
    };
    let weights = scales.iter().enumerate().flat_map(|(component, scale)| weight(component, *scale)).collect();
    sums(context, centred, weights, n_components)
}

/// An item of an eigenvector by the root of its eigenvalue, each in the element type that it is stored in; 0 by 0.
fn scaled(item: f64, eigenvalue: f64, [item_is_single, value_is_single]: [bool; 2]) -> f64 {
    if eigenvalue == 0.0 {
        return 0.0;
    }
    let root = if value_is_single { f64::from((eigenvalue as f32).sqrt()) } else { eigenvalue.sqrt() };
    // A quotient of two singles, formed in double precision and rounded, is the one of single precision.
    let quotient = item / root;
    if item_is_single { f64::from(quotient as f32) } else { quotient }
}
