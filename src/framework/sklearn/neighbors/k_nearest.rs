//! `KNeighborsClassifier` and `KNeighborsRegressor`: the answer of a fixed number of neighbours.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::probability::{AllZero, normalised};
use super::super::trees::Targets;
use super::super::version::version;
use super::search::{Found, Neighbours};
use super::weights::{Weights, reciprocals};
use crate::encoding::array::Kind;
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::arg_max::ArgMax;
use crate::ops::reduce::ReduceFunction;
use crate::ops::take::Take;
use crate::ops::tally::Tally;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, Matrix};

/// The first version that refuses rows whose neighbours all have the weight 0.
const COUNTING_SINCE: (u64, u64) = (1, 4);

/// The `n_neighbors` nearest rows, and how much each counts.
fn neighbours(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<(Neighbours, Found, ValueId)> {
    frame.expect_width(estimator.n_features()?)?;
    let neighbours = Neighbours::read(context, estimator, frame)?;
    let count = estimator.attribute("n_neighbors")?.as_usize()?;
    let found = neighbours.nearest(context, estimator, count)?;
    let weights = match Weights::read(estimator)? {
        Weights::Uniform => context.graph.constant(Data::F64(vec![1.0; count]))?,
        Weights::Distance => reciprocals(context, found.distances)?,
    };
    Ok((neighbours, found, weights))
}

/// A vote: each neighbour for its class; of equally many the first class.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (neighbours, found, weights) = neighbours(context, estimator, frame)?;
    if Weights::read(estimator)? == Weights::Distance && version(estimator) >= COUNTING_SINCE {
        let any = context.graph.reduce(ReduceFunction::Max, weights)?;
        let message = format!("{}: all neighbours are infinitely far and count nothing", context.trail());
        context.graph.guard(weights, any, message)?;
    }
    let targets = Targets::read(estimator)?;
    let (mut positions, mut shares) = (Vec::new(), Vec::new());
    for (target, codes) in codes(estimator, neighbours.n_points(), &targets)?.into_iter().enumerate() {
        let table = Matrix::new(codes.len(), 1, Data::I64(codes));
        let votes = context.graph.apply(Take { table }, &[found.positions])?;
        let candidates = targets.n_classes(target);
        let sums = context.graph.apply(Tally { candidates }, &[votes, weights])?;
        positions.push(most_voted(context, sums)?);
        shares.push(normalised(&mut context.graph, sums, AllZero::Zero)?);
    }
    targets.voted(context, &positions, &shares, &[])
}

/// The position of the largest sum, the first of equals; the first of all where one is NaN.
pub fn most_voted(context: &mut Context, sums: ValueId) -> Result<ValueId> {
    let g = &mut context.graph;
    let unknown = g.unary(UnaryFunction::IsNan, sums)?;
    let unknown = g.reduce(ReduceFunction::Max, unknown)?;
    let zero = g.number(0.0, sums)?;
    let sums = g.select(unknown, zero, sums)?;
    g.apply(ArgMax, &[sums])
}

/// The class of each fitted row, for each target.
pub fn codes(estimator: Fitted<'_>, n_points: usize, targets: &Targets) -> Result<Vec<Vec<i64>>> {
    let attribute = estimator.attribute("_y")?;
    let array = attribute.array()?;
    let n_targets = targets.n_targets();
    let shape = if array.n_dims() == 1 { vec![n_points] } else { vec![n_points, n_targets] };
    array.expect_shape(&shape)?;
    let all = array.to_i64()?;
    let of_target = |target: usize| {
        let codes: Vec<i64> = all.iter().skip(target).step_by(n_targets).copied().collect();
        let known = 0..targets.n_classes(target) as i64;
        match codes.iter().find(|code| !known.contains(code)) {
            None if codes.len() == n_points => Ok(codes),
            None => Err(attribute.error(format!("expected {n_targets} targets, found one"))),
            Some(code) => Err(attribute.error(format!("expected classes below {}, found {code}", known.end))),
        }
    };
    (0..n_targets).map(of_target).collect()
}

/// The (weighted) mean of the neighbours' targets.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (neighbours, found, weights) = neighbours(context, estimator, frame)?;
    let values = Values::read(estimator, neighbours.n_points())?;
    let is_uniform = Weights::read(estimator)? == Weights::Uniform;
    let mut means = Vec::new();
    for target in values.targets(is_uniform) {
        let table = Matrix::new(target.len(), 1, target);
        let mut taken = context.graph.apply(Take { table }, &[found.positions])?;
        let divisor = match is_uniform {
            true => context.graph.number(context.graph.width(taken) as f64, taken)?,
            false => {
                taken = context.graph.mul(taken, weights)?;
                context.graph.reduce(ReduceFunction::Sum, weights)?
            }
        };
        let sum = context.graph.reduce(ReduceFunction::Sum, taken)?;
        means.push(context.graph.div(sum, divisor)?);
    }
    let value = context.graph.concat(&means)?;
    Ok(Predictor::regressor(value, values.n_targets))
}

/// The targets of the fitted rows of a regressor.
#[derive(Debug)]
pub struct Values {
    /// Row-major `[rows, targets]`.
    pub all: Vec<f64>,
    /// The number of targets where the array has two dimensions.
    pub n_targets: Option<usize>,
    /// Kind and bytes of the array's elements.
    pub dtype: (Kind, usize),
}

impl Values {
    /// Reads `_y`.
    pub fn read(estimator: Fitted<'_>, n_points: usize) -> Result<Self> {
        let array = estimator.attribute("_y")?.array()?;
        let n_targets = if array.n_dims() == 2 { array.shape.get(1).copied() } else { None };
        let shape: Vec<usize> = [n_points].into_iter().chain(n_targets).collect();
        array.expect_shape(&shape)?;
        crate::limits::CLASSES.check_len(n_targets.unwrap_or(1))?;
        if n_targets == Some(0) {
            return Err(estimator.error("expected targets, found none"));
        }
        Ok(Values { all: array.to_f64()?, n_targets, dtype: (array.dtype.kind, array.dtype.item_bytes) })
    }

    /// The values of each target; means of float32 are computed in float32 unless they are weighted.
    pub fn targets(&self, is_uniform: bool) -> Vec<Data> {
        let n_targets = self.n_targets.unwrap_or(1);
        let of_target = |target: usize| self.all.iter().skip(target).step_by(n_targets).copied();
        let is_single = is_uniform && self.dtype == (Kind::Float, 4);
        let data = |target: usize| match is_single {
            true => Data::F32(of_target(target).map(|value| value as f32).collect()),
            false => Data::F64(of_target(target).collect()),
        };
        (0..n_targets).map(data).collect()
    }
}
