//! Sparse codes: `DictionaryLearning`, `MiniBatchDictionaryLearning` and `SparseCoder`. After scikit-learn's
//! decomposition/_dict_learning.py, linear_model/_omp.py, _least_angle.py and _cd_fast.pyx.
//!
//! Each row is coded by itself, so that an answer does not depend on the rows beside it. The search of `lasso_cd` stops far
//! from the minimum, so its rounds follow the version that wrote the file. Where it takes all its rounds among more atoms than
//! columns, a change of the row's last bit moves scikit-learn's own answer by 1e-11 of its largest weight, and ours is as near.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::inputs::Inputs;
use super::super::linear_algebra::Dense;
use super::super::refused;
use super::super::version::version;
use super::{dot, double_directions, iterations, numbered, products};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::lasso_minimum::{LassoMinimum, Screening};
use crate::ops::least_angle::LeastAngle;
use crate::ops::matching_pursuit::MatchingPursuit;
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;

/// The first version whose coordinate descent leaves out weights that are certainly 0.
const SCREENED_SINCE: (u64, u64) = (1, 8);
/// The first version that leaves them out for good.
const SCREENED_FOR_GOOD_SINCE: (u64, u64) = (1, 9);
/// The first version in which `transform` takes the penalty of `fit`.
const PENALTY_OF_FIT_SINCE: (u64, u64) = (1, 2);
/// How near `lasso_cd` searches since the version that screens.
const NEAR: f64 = 1e-8;
/// How near it searched before.
const ROUGHLY: f64 = 1e-4;
/// What `transform_max_iter` is where the class has no such parameter.
const MOST_STEPS: usize = 1000;

/// `DictionaryLearning.transform` and `MiniBatchDictionaryLearning.transform`.
pub fn learnt(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let atoms = double_directions(estimator, "components_", frame.width())?;
    coded(context, estimator, frame, atoms)
}

/// `SparseCoder.transform`.
pub fn given(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let atoms = double_directions(estimator, "dictionary", frame.width())?;
    coded(context, estimator, frame, atoms)
}

/// The columns of the dictionary that a `SparseCoder` is given.
pub fn inputs(coder: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    let array = coder.attribute("dictionary")?.array()?;
    array.expect_dims(2)?;
    Inputs::unnamed(array.shape.get(1).copied().unwrap_or(0)).map(Some)
}

fn coded(context: &mut Context, estimator: Fitted<'_>, frame: &Frame, atoms: Dense) -> Result<Frame> {
    let x = frame.doubles(context, Accepts::Finite)?;
    let is_positive = estimator.flag("positive_code", false)?;
    let algorithm = estimator.word("transform_algorithm", "omp")?;
    if is_positive && matches!(algorithm.as_str(), "omp" | "lars") {
        return Err(estimator.unsupported_parameter("positive_code", "False with this algorithm, as scikit-learn does"));
    }
    let code = match algorithm.as_str() {
        "omp" => pursued(context, estimator, x, atoms)?,
        "threshold" => thresholded(context, estimator, x, atoms, is_positive)?,
        "lasso_cd" => descended(context, estimator, x, atoms, is_positive)?,
        "lars" => walked(context, estimator, x, atoms, Path::ToCount)?,
        "lasso_lars" => walked(context, estimator, x, atoms, Path::ToPenalty { is_positive })?,
        _ => {
            let words = "'omp', 'threshold', 'lasso_cd', 'lars' or 'lasso_lars'";
            return Err(estimator.unsupported_parameter("transform_algorithm", words));
        }
    };
    let code = if estimator.flag("split_sign", false)? { split(&mut context.graph, code)? } else { code };
    Ok(numbered(estimator, context, code))
}

/// Orthogonal matching pursuit.
fn pursued(context: &mut Context, estimator: Fitted<'_>, x: ValueId, atoms: Dense) -> Result<ValueId> {
    let n_picked = count(estimator, &atoms)?;
    if n_picked == 0 || n_picked > atoms.rows {
        let message = format!("expected 1 to {} atoms of a code, found {n_picked}", atoms.rows);
        return Err(estimator.located(Error::malformed("weights", message)));
    }
    let products = products(&atoms)?.items;
    let near = dot(context, x, atoms)?;
    context.graph.apply(MatchingPursuit { products, n_picked }, &[near])
}

/// Products with the atoms, each as much nearer to 0 as the penalty says.
fn thresholded(
    context: &mut Context,
    estimator: Fitted<'_>,
    x: ValueId,
    atoms: Dense,
    is_positive: bool,
) -> Result<ValueId> {
    let penalty = penalty(estimator)?;
    let near = dot(context, x, atoms)?;
    let g = &mut context.graph;
    let (zero, penalty) = (g.number(0.0, near)?, g.number(penalty, near)?);
    let size = g.unary(UnaryFunction::Abs, near)?;
    let size = g.sub(size, penalty)?;
    let size = g.binary(BinaryFunction::Max, size, zero)?;
    let (mirrored, is_below) = (g.unary(UnaryFunction::Negate, size)?, g.binary(BinaryFunction::Less, near, zero)?);
    let (is_nothing, below) = (g.binary(BinaryFunction::Equal, near, zero)?, if is_positive { zero } else { mirrored });
    let code = g.select(is_below, below, size)?;
    g.select(is_nothing, zero, code)
}

/// The lasso by coordinate descent.
fn descended(
    context: &mut Context,
    estimator: Fitted<'_>,
    x: ValueId,
    atoms: Dense,
    is_positive: bool,
) -> Result<ValueId> {
    let penalty = penalty(estimator)?;
    if penalty <= 0.0 {
        return Err(estimator.refused(&refused::NO_PENALTY));
    }
    let (screening, tolerance) = match version(estimator) {
        version if version < SCREENED_SINCE => (Screening::None, ROUGHLY),
        version if version < SCREENED_FOR_GOOD_SINCE => (Screening::Anew, NEAR),
        _ => (Screening::ForGood, NEAR),
    };
    let most_rounds = most_steps(estimator)?;
    let form = products(&atoms)?.items;
    let near = dot(context, x, atoms)?;
    let squares = context.graph.mul(x, x)?;
    let square = context.graph.reduce(ReduceFunction::Sum, squares)?;
    let minimum = LassoMinimum { form, penalty, is_positive, screening, most_rounds, tolerance };
    context.graph.apply(minimum, &[near, square])
}

/// Where a path of least angles ends.
enum Path {
    /// After a number of steps; no atom leaves.
    ToCount,
    /// At a penalty: the lasso's path.
    ToPenalty { is_positive: bool },
}

/// Least angle regression.
fn walked(context: &mut Context, estimator: Fitted<'_>, x: ValueId, atoms: Dense, path: Path) -> Result<ValueId> {
    let n_elements = atoms.columns;
    let products = products(&atoms)?.items;
    let operator = match path {
        Path::ToCount => {
            let most_steps = count(estimator, &atoms)?;
            LeastAngle { products, end: 0.0, n_elements, is_lasso: false, is_positive: false, most_steps }
        }
        Path::ToPenalty { is_positive } => {
            let end = penalty(estimator)? / n_elements as f64;
            LeastAngle { products, end, n_elements, is_lasso: true, is_positive, most_steps: most_steps(estimator)? }
        }
    };
    let near = dot(context, x, atoms)?;
    let code = context.graph.apply(operator, &[near])?;
    let finite = context.graph.unary(UnaryFunction::IsFinite, code)?;
    let message = format!(
        "{}: the path of the row has no next step: two atoms would leave it at once, or its atoms depend on each other",
        context.trail()
    );
    let one = context.graph.number(1.0, code)?;
    let checked = context.graph.mul(code, one)?;
    context.graph.guard(checked, finite, message)?;
    Ok(checked)
}

/// How many atoms a code has: a tenth of the columns unless it is set.
fn count(estimator: Fitted<'_>, atoms: &Dense) -> Result<usize> {
    let count = match estimator.present("transform_n_nonzero_coefs") {
        Some(count) => count.as_usize()?,
        None => (atoms.columns / 10).max(1).min(atoms.rows),
    };
    crate::limits::ITERATIONS.check_len(count)?;
    Ok(count)
}

/// The penalty on the sum of magnitudes: that of `transform`, else that of `fit`, else 1.
fn penalty(estimator: Fitted<'_>) -> Result<f64> {
    let of_fit = estimator.present("alpha").filter(|_| version(estimator) >= PENALTY_OF_FIT_SINCE);
    let given = estimator.present("transform_alpha").or(of_fit);
    let penalty = given.map_or(Ok(1.0), Fitted::as_f64)?;
    if penalty.is_finite() && penalty >= 0.0 {
        return Ok(penalty);
    }
    Err(estimator.located(Error::malformed("weights", format!("expected a penalty from 0, found {penalty}"))))
}

fn most_steps(estimator: Fitted<'_>) -> Result<usize> {
    match estimator.present("transform_max_iter") {
        Some(_) => iterations(estimator, "transform_max_iter"),
        None => Ok(MOST_STEPS),
    }
}

/// The positive weights, then the magnitudes of the negative ones.
fn split(g: &mut GraphBuilder, code: ValueId) -> Result<ValueId> {
    let zero = g.number(0.0, code)?;
    let (above, mirrored) = (g.binary(BinaryFunction::Max, code, zero)?, g.unary(UnaryFunction::Negate, code)?);
    let below = g.binary(BinaryFunction::Max, mirrored, zero)?;
    g.concat(&[above, below])
}
