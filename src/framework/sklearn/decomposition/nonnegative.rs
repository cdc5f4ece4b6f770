//! Non-negative matrix factorisation. After scikit-learn's decomposition/_nmf.py.
//!
//! `transform` searches the weights of all rows of a call together: one rule over all of them stops the search, and the
//! multiplicative updates start from their common mean. So its answer to a row depends on the rows beside it: of 100 digits
//! with `tol=1e-4`, by up to 4e-4 of the largest weight by coordinate descent and 1e-2 by multiplicative updates. Here every
//! row is a call of its own, which is, within 1e-9, what `transform` of that row alone answers.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::linear_algebra::Dense;
use super::super::refused;
use super::super::version::version;
use super::{dot, double_directions, iterations, numbered, products, refuse_negative};
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::binary::BinaryFunction;
use crate::ops::multiplicative_weights::{LEAST_SUM, MultiplicativeWeights, Stop};
use crate::ops::nonnegative_minimum::NonnegativeMinimum;
use crate::ops::unary::UnaryFunction;

/// The first version that lifts small sums, not only 0, before it divides by them.
const LIFTED_SINCE: (u64, u64) = (1, 3);
/// The first version without `alpha` and `regularization`.
const SCALED_SINCE: (u64, u64) = (1, 2);

/// `NMF.transform`, by coordinate descent or multiplicative updates.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    note(context, estimator);
    let parts = double_directions(estimator, "components_", frame.width())?;
    let weights = match estimator.word("solver", "cd")?.as_str() {
        "cd" => descended(context, estimator, frame, parts)?,
        "mu" => {
            let most_updates = iterations(estimator, "max_iter")?;
            let (x, weights) = updated(context, estimator, frame, parts, most_updates, Stop::Divergence)?;
            refuse_negative(context, x, weights)?;
            if beta(estimator)? <= 0.0 {
                refuse_zero(context, x, weights)?;
            }
            weights
        }
        _ => return Err(estimator.unsupported_parameter("solver", "'cd' or 'mu'")),
    };
    Ok(numbered(estimator, context, weights))
}

/// `MiniBatchNMF.transform`: multiplicative updates until the weights rest.
pub fn mini_batch(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    note(context, estimator);
    let parts = double_directions(estimator, "components_", frame.width())?;
    let given = if estimator.present("transform_max_iter").is_some() { "transform_max_iter" } else { "max_iter" };
    let most_updates = iterations(estimator, given)?;
    let (_, weights) = updated(context, estimator, frame, parts, most_updates, Stop::Change)?;
    let finite = context.graph.unary(UnaryFunction::IsFinite, weights)?;
    let message = format!("{}: the weights of the row are not finite", context.trail());
    let scaled = context.graph.number(1.0, weights)?;
    let checked = context.graph.mul(weights, scaled)?;
    context.graph.guard(checked, finite, message)?;
    Ok(numbered(estimator, context, checked))
}

fn note(context: &mut Context, estimator: Fitted<'_>) {
    context.notes.push(format!(
        "`{}` stops its search by a rule over all rows of a call: answers here are those to each row alone (record \
         expected outputs one row at a time)",
        estimator.class_name()
    ));
}

/// Coordinate descent on the row's products with the parts: sparse rows stay sparse.
fn descended(context: &mut Context, estimator: Fitted<'_>, frame: &Frame, parts: Dense) -> Result<ValueId> {
    if estimator.flag("shuffle", false)? {
        return Err(estimator.refused(&refused::SHUFFLE));
    }
    let (l1, l2) = penalties(estimator, frame.width())?;
    let form = products(&parts)?.plus_diagonal(|_| l2).items;
    let x = frame.double_matrix(context, Accepts::Finite)?;
    let mut products = dot(context, x, parts)?;
    if l1 != 0.0 {
        let penalty = context.graph.number(l1, products)?;
        products = context.graph.sub(products, penalty)?;
    }
    let tolerance = estimator.attribute("tol")?.as_f64()?;
    let minimum = NonnegativeMinimum { form, most_rounds: iterations(estimator, "max_iter")?, tolerance };
    let weights = context.graph.apply(minimum, &[products])?;
    refuse_negative(context, x, weights)?;
    Ok(weights)
}

/// Multiplicative updates; gives the rows, too.
fn updated(
    context: &mut Context,
    estimator: Fitted<'_>,
    frame: &Frame,
    parts: Dense,
    most_updates: usize,
    stop: Stop,
) -> Result<(ValueId, ValueId)> {
    let (l1, l2) = penalties(estimator, frame.width())?;
    let beta = beta(estimator)?;
    let takes_zeros = stop == Stop::Change || beta > 0.0;
    let x = match frame.is_sparse && takes_zeros {
        true => frame.double_matrix(context, Accepts::Finite)?,
        false => frame.doubles(context, Accepts::Finite)?,
    };
    let weights = MultiplicativeWeights {
        products: products(&parts)?.items,
        sums: (0..parts.rows).map(|part| parts.row(part).iter().sum()).collect(),
        parts: parts.transposed().items,
        beta,
        l1,
        l2,
        lifted_below: if version(estimator) < LIFTED_SINCE { 0.0 } else { LEAST_SUM },
        expands_squares: frame.is_sparse,
        most_updates,
        tolerance: estimator.attribute("tol")?.as_f64()?,
        stop,
    };
    let weights = context.graph.apply(weights, &[x])?;
    Ok((x, weights))
}

/// What `beta_loss` says.
fn beta(estimator: Fitted<'_>) -> Result<f64> {
    let Some(loss) = estimator.present("beta_loss") else { return Ok(2.0) };
    match loss.plain_str() {
        None => {
            let beta = loss.as_f64()?;
            if beta.is_finite() { Ok(beta) } else { Err(loss.error("expected a finite number")) }
        }
        Some("frobenius") => Ok(2.0),
        Some("kullback-leibler") => Ok(1.0),
        Some("itakura-saito") => Ok(0.0),
        Some(_) => {
            let words = "'frobenius', 'kullback-leibler', 'itakura-saito' or a number";
            Err(estimator.unsupported_parameter("beta_loss", words))
        }
    }
}

/// The penalties on the sum of a row's weights and on half the sum of their squares.
fn penalties(estimator: Fitted<'_>, n_columns: usize) -> Result<(f64, f64)> {
    let share = estimator.number_or("l1_ratio", 0.0)?;
    let alpha = estimator.number_or("alpha_W", 0.0)?;
    let is_same = estimator.optional("alpha_H").is_none_or(|alpha| alpha.plain_str() == Some("same"));
    if version(estimator) >= SCALED_SINCE || alpha != 0.0 || !is_same {
        let scaled = n_columns as f64 * alpha;
        return Ok((scaled * share, scaled * (1.0 - share)));
    }
    let given = |name| estimator.present(name).filter(|value| value.plain_str() != Some("deprecated"));
    let covers = match estimator.optional("regularization") {
        Some(value) if value.is_none() => false,
        _ => given("regularization").is_none_or(|word| matches!(word.plain_str(), Some("both" | "transformation"))),
    };
    let alpha = given("alpha").filter(|_| covers).map_or(Ok(0.0), Fitted::as_f64)?;
    Ok((alpha * share, alpha * (1.0 - share)))
}

/// Refuses the rows that hold zeros.
fn refuse_zero(context: &mut Context, x: ValueId, guarded: ValueId) -> Result<()> {
    let zero = context.graph.number(0.0, x)?;
    let taken = context.graph.binary(BinaryFunction::Less, zero, x)?;
    let message = format!("{}: with this `beta_loss` it takes positive numbers only", context.trail());
    context.graph.guard(guarded, taken, message)
}
