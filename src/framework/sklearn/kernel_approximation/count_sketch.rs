//! `PolynomialCountSketch`: the convolution of count sketches of a row.
//!
//! scikit-learn multiplies their Fourier transforms and transforms back, which is the same but for the last bits.

use super::super::context::{Accepts, Context};
use super::super::decomposition::numbered;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use crate::error::{Error, Result};
use crate::limits;
use crate::ops::convolve::Convolve;
use crate::ops::dot::Dot;
use crate::tensor::Data;

/// The sketch of `(gamma x · y + coef0) ** degree`.
pub fn polynomial(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let n = estimator.attribute("n_components")?.as_usize()?;
    let degree = estimator.attribute("degree")?.as_usize()?;
    limits::CLASSES.check_len(n)?;
    limits::CLASSES.check_len(degree)?;
    limits::MATRIX_ELEMENTS.check_len(n.saturating_mul(frame.width()))?;
    if n == 0 || degree == 0 {
        return Err(estimator.unsupported_parameter("degree", "at least 1, and at least 1 component"));
    }
    let x = frame.double_matrix(context, Accepts::Finite)?;
    let mut product = None;
    for index in 0..degree {
        let (weights, start) = sketch(estimator, [degree, frame.width()], index, n)?;
        let (weights, start) = (Data::F64(weights), Data::F64(start));
        let sketch = context.graph.apply(Dot { weights, start, start_first: false }, &[x])?;
        product = Some(match product {
            None => sketch,
            Some(product) => context.graph.apply(Convolve, &[product, sketch])?,
        });
    }
    let product = product.ok_or_else(|| Error::internal("no sketch"))?;
    Ok(numbered(estimator, context, product))
}

/// One of the sketches: each column goes to one component, with a factor, and so does a column of ones behind them. A row
/// of factors for each component, and what the ones bring in.
fn sketch(
    estimator: Fitted<'_>,
    [degree, n_columns]: [usize; 2],
    index: usize,
    n: usize,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let gamma = estimator.attribute("gamma")?.as_f64()?.sqrt();
    let coef0 = estimator.attribute("coef0")?.as_f64()?;
    let width = n_columns + usize::from(coef0 != 0.0);
    let row = |name: &str| {
        let array = estimator.attribute(name)?.array()?;
        array.expect_shape(&[degree, width])?;
        Ok::<_, Error>(array.to_i64()?.into_iter().skip(index * width).take(width))
    };
    let hashes = estimator.attribute("indexHash_")?;
    let (mut weights, mut start) = (vec![0.0; n * n_columns], vec![0.0; n]);
    for (column, (hash, sign)) in row("indexHash_")?.zip(row("bitHash_")?).enumerate() {
        let component = usize::try_from(hash).ok().filter(|component| *component < n);
        let component =
            component.ok_or_else(|| hashes.error(format!("expected a component below {n}, found {hash}")))?;
        match column < n_columns {
            true => weights[component * n_columns + column] = sign as f64 * gamma,
            false => start[component] = sign as f64 * coef0.sqrt(),
        }
    }
    Ok((weights, start))
}
