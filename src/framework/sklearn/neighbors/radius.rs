//! `RadiusNeighborsClassifier` and `RadiusNeighborsRegressor`: the answer of all rows within a radius.

use super::super::classes;
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::super::probability::{AllZero, normalised};
use super::super::trees::Targets;
use super::super::version::version;
use super::k_nearest::{Values, codes, most_voted};
use super::search::Neighbours;
use super::weights::Weights;
use crate::encoding::array::Kind;
use crate::error::Result;
use crate::graph::ValueId;
use crate::model::Category;
use crate::ops::binary::BinaryFunction;
use crate::ops::dot::Dot;
use crate::ops::reduce::ReduceFunction;
use crate::tensor::{Data, ElementType};

/// The first version whose brute force counts votes in compiled code.
const COUNTED_SINCE: (u64, u64) = (1, 4);
/// The first version in which that code compares the outlier label with the classes' positions instead of the classes.
const POSITIONS_SINCE: (u64, u64) = (1, 9);

/// The fitted rows within the radius, each with its weight.
struct Neighbourhood {
    neighbours: Neighbours,
    /// A weight per fitted row, 0 outside the radius.
    weights: ValueId,
    /// The number of rows within.
    count: ValueId,
}

impl Neighbourhood {
    fn read(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Self> {
        frame.expect_width(estimator.n_features()?)?;
        let neighbours = Neighbours::read(context, estimator, frame)?;
        let within = neighbours.within(context, estimator.attribute("radius")?.as_f64()?)?;
        let count = context.graph.reduce(ReduceFunction::Sum, within)?;
        let weights = match Weights::read(estimator)? {
            Weights::Uniform => within,
            Weights::Distance => {
                let distances = neighbours.distances(context)?;
                reciprocals_within(context, distances, within)?
            }
        };
        Ok(Neighbourhood { neighbours, weights, count })
    }

    /// For each column of `values`, row-major `[columns, fitted rows]`, its weighted sum.
    fn sums(&self, context: &mut Context, values: Vec<f64>) -> Result<ValueId> {
        let n_columns = values.len() / self.neighbours.n_points();
        let start = Data::F64(vec![0.0; n_columns]);
        context.graph.apply(Dot { weights: Data::F64(values), start, start_first: false }, &[self.weights])
    }
}

/// The reciprocals of the distances within the radius; where some are 0, 1 for those and 0 for the rest.
fn reciprocals_within(context: &mut Context, distances: ValueId, within: ValueId) -> Result<ValueId> {
    let g = &mut context.graph;
    let (zero, one) = (g.number(0.0, distances)?, g.number(1.0, distances)?);
    let equal = g.binary(BinaryFunction::Equal, distances, zero)?;
    let equal = g.binary(BinaryFunction::And, equal, within)?;
    let any = g.reduce(ReduceFunction::Max, equal)?;
    let reciprocals = g.div(one, distances)?;
    let reciprocals = g.select(within, reciprocals, zero)?;
    g.select(any, equal, reciprocals)
}

/// A vote of the rows within the radius; rows without neighbours get the outlier label or are refused.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let hood = Neighbourhood::read(context, estimator, frame)?;
    let targets = Targets::read(estimator)?;
    let outliers = outlier_labels(estimator, &targets)?;
    let is_counted = is_counted(estimator, &targets, &hood)?;
    let (mut positions, mut shares, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (target, codes) in codes(estimator, hood.neighbours.n_points(), &targets)?.into_iter().enumerate() {
        let n_classes = targets.n_classes(target);
        let member = |class: i64| codes.iter().map(move |code| f64::from(u8::from(*code == class)));
        let sums = hood.sums(context, (0..n_classes as i64).flat_map(member).collect())?;
        let Some(outliers) = &outliers else {
            let message = format!("{}: no neighbours within the radius", context.trail());
            context.graph.guard(sums, hood.count, message)?;
            positions.push(most_voted(context, sums)?);
            shares.push(normalised(&mut context.graph, sums, AllZero::Zero)?);
            continue;
        };
        let label = outliers.get(target).ok_or_else(|| estimator.error("expected an outlier label per target"))?;
        let known = targets.position(target, label);
        let elected = if is_counted { counted_position(estimator, known, n_classes) } else { known };
        let alone = (0..n_classes).map(|class| f64::from(u8::from(Some(class) == elected))).collect::<Vec<_>>();
        let alone = context.graph.numbers(&alone, sums)?;
        let votes = context.graph.select(hood.count, sums, alone)?;
        let voted = most_voted(context, votes)?;
        let position = match elected {
            Some(_) => voted,
            None => position_or(context, hood.count, voted, known.unwrap_or(n_classes))?,
        };
        positions.push(position);
        shares.push(normalised(&mut context.graph, votes, AllZero::Zero)?);
        others.push(Some(label.clone()).filter(|_| known.is_none()));
    }
    targets.voted(context, &positions, &shares, &others)
}

/// `position` where there are neighbours, else `otherwise`.
fn position_or(context: &mut Context, count: ValueId, position: ValueId, otherwise: usize) -> Result<ValueId> {
    let g = &mut context.graph;
    let position = g.cast(position, ElementType::F64)?;
    let otherwise = g.number(otherwise as f64, position)?;
    let position = g.select(count, position, otherwise)?;
    g.cast(position, ElementType::I64)
}

/// Whether the votes are counted by compiled code. After `predict_proba` of scikit-learn's _classification.py.
fn is_counted(estimator: Fitted<'_>, targets: &Targets, hood: &Neighbourhood) -> Result<bool> {
    let is_uniform = estimator.optional("weights").and_then(|weights| weights.plain_str()) == Some("uniform");
    let is_one = targets.n_targets() == 1 && version(estimator) >= COUNTED_SINCE;
    Ok(is_one && is_uniform && hood.neighbours.is_compiled_but_euclidean())
}

/// The class that compiled code takes for the outlier label's, if it finds one. It knows the parameter only, of which a
/// word (`most_frequent`) or a list equals no number.
fn counted_position(estimator: Fitted<'_>, known: Option<usize>, n_classes: usize) -> Option<usize> {
    let label = estimator.optional("outlier_label").and_then(|label| label.as_f64().ok())?;
    if version(estimator) < POSITIONS_SINCE {
        return known;
    }
    (0..n_classes).find(|position| *position as f64 == label)
}

/// `outlier_label_`: a label per target, or none.
fn outlier_labels(estimator: Fitted<'_>, targets: &Targets) -> Result<Option<Vec<Category>>> {
    let Some(labels) = estimator.present("outlier_label_") else { return Ok(None) };
    let cells = match labels.is_array() {
        true => labels.array()?.to_cells()?,
        false => labels.items()?.into_iter().map(Fitted::cell).collect(),
    };
    let label = |cell| classes::label(cell).ok_or_else(|| labels.error("expected a class label per target"));
    let labels: Vec<Category> = cells.into_iter().map(label).collect::<Result<_>>()?;
    if labels.len() != targets.n_targets() {
        return Err(estimator.error(format!(
            "expected {} outlier labels, found {}",
            targets.n_targets(),
            labels.len()
        )));
    }
    Ok(Some(labels))
}

/// The (weighted) mean of the targets within the radius; NaN where there are none.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let hood = Neighbourhood::read(context, estimator, frame)?;
    let values = Values::read(estimator, hood.neighbours.n_points())?;
    let by_target: Vec<f64> = values
        .targets(false)
        .into_iter()
        .flat_map(|target| match target {
            Data::F64(values) => values,
            _ => Vec::new(),
        })
        .collect();
    let sums = hood.sums(context, by_target)?;
    let total = context.graph.reduce(ReduceFunction::Sum, hood.weights)?;
    let means = context.graph.div(sums, total)?;
    let nothing = context.graph.number(empty(estimator, values.dtype)?, means)?;
    let means = context.graph.select(hood.count, means, nothing)?;
    Ok(Predictor::regressor(means, values.n_targets))
}

/// What a row without neighbours gets: NaN in the type of the targets, which for integers is the least.
fn empty(estimator: Fitted<'_>, dtype: (Kind, usize)) -> Result<f64> {
    match dtype {
        (Kind::Float, _) => Ok(f64::NAN),
        (Kind::Int, 8) => Ok(i64::MIN as f64),
        (Kind::Int, 4) => Ok(f64::from(i32::MIN)),
        _ => {
            let message = "expected targets of float64, float32, int64 or int32: what a row without neighbours gets is \
                           not defined for others";
            Err(estimator.error(message))
        }
    }
}

/// `RadiusNeighborsTransformer`: 1 or the distance for every fitted row within the radius, else 0.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(estimator.n_features()?)?;
    let neighbours = Neighbours::read(context, estimator, frame)?;
    let within = neighbours.within(context, estimator.attribute("radius")?.as_f64()?)?;
    let value = match &*estimator.word("mode", "distance")? {
        "connectivity" => within,
        "distance" => {
            let distances = neighbours.distances(context)?;
            let zero = context.graph.number(0.0, distances)?;
            context.graph.select(within, distances, zero)?
        }
        _ => return Err(estimator.unsupported_parameter("mode", "'distance' or 'connectivity'")),
    };
    Ok(super::graph::columns(estimator, value, neighbours.n_points()))
}
