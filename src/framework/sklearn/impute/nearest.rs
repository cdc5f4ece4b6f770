//! `KNNImputer`: a missing value is the mean of the nearest fitted rows that have one.

use super::super::context::Context;
use super::super::distances::{Prepared, points, prepare, prepared_points};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::neighbors::search::{least, note_ties};
use super::super::neighbors::weights::{Weights, reciprocals};
use super::super::refused;
use super::super::version::version;
use super::missing::{self, Missing};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::least::Least;
use crate::ops::pairwise::{Metric, Pairwise};
use crate::ops::reduce::ReduceFunction;
use crate::ops::take::Take;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType, Matrix};
use std::sync::Arc;

/// The first version in which a row at an unknown distance does not count.
const UNKNOWN_LEFT_OUT_SINCE: (u64, u64) = (1, 6);

/// Imputes every column.
pub fn transform(context: &mut Context, imputer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(imputer.n_features()?)?;
    if imputer.present("metric").is_some_and(|metric| metric.plain_str().is_none()) {
        return Err(imputer.refused(&refused::METRIC));
    }
    if imputer.word("metric", "nan_euclidean")? != "nan_euclidean" {
        return Err(imputer.unsupported_parameter("metric", "'nan_euclidean'"));
    }
    note_ties(context);
    let missing = Missing::read(imputer)?;
    let flags = match imputer.present("indicator_") {
        Some(indicator) => {
            let features = indicator.attribute("features_")?.array()?.to_usize()?;
            Some(missing::flags(context, &missing, frame, &features)?.shown_as(ElementType::F64))
        }
        None => None,
    };
    let x = frame.doubles(context, missing.accepts())?;
    let is_missing = missing.of_numbers(context, x)?;
    let donors = Donors::read(imputer, frame.width())?;
    let distances = donors.distances(&mut context.graph, x, is_missing)?;
    let keeps_empty = imputer.flag("keep_empty_features", false)?;
    let (mut kept, mut values) = (Vec::new(), Vec::new());
    for column in 0..frame.width() {
        let g = &mut context.graph;
        let given = g.columns(x, vec![column])?;
        let value = match donors.column(column) {
            Some(donors) => {
                let is_missing = g.columns(is_missing, vec![column])?;
                let imputed = impute(context, imputer, distances, donors)?;
                context.graph.select(is_missing, imputed, given)?
            }
            None if keeps_empty => {
                let (zero, is_missing) = (g.number(0.0, given)?, g.columns(is_missing, vec![column])?);
                g.select(is_missing, zero, zero)?
            }
            None => continue,
        };
        kept.push(column);
        values.push(value);
    }
    let kept = frame.select(&kept)?;
    let mut imputed = match values.is_empty() {
        true => kept,
        false => kept.renumbered(context.graph.concat(&values)?),
    };
    imputed.columns.extend(flags.into_iter().flat_map(|flags| flags.columns));
    Ok(imputed)
}

/// The fitted rows, NaN where a value was missing.
struct Donors {
    rows: Matrix,
}

/// The rows that have a value in a column.
struct Column {
    rows: Vec<u32>,
    values: Vec<f64>,
}

impl Donors {
    fn read(imputer: Fitted<'_>, n_columns: usize) -> Result<Self> {
        let rows = points(imputer.attribute("_fit_X")?, n_columns)?;
        let mask = imputer.attribute("_mask_fit_X")?.array()?;
        mask.expect_shape(&[rows.rows, n_columns])?;
        let Data::F64(values) = &rows.data else { return Err(Error::internal("rows that are no doubles")) };
        let known = values.iter().zip(mask.to_bool()?).map(|(value, missing)| if missing { f64::NAN } else { *value });
        let data = Data::F64(known.collect());
        Ok(Donors { rows: Matrix::new(rows.rows, n_columns, data) })
    }

    /// The distance of every row from every fitted one, over the columns that both have.
    fn distances(&self, g: &mut GraphBuilder, x: ValueId, is_missing: ValueId) -> Result<ValueId> {
        let nan = g.number(f64::NAN, x)?;
        let known = g.select(is_missing, nan, x)?;
        let x = prepare(g, known, Prepared::WithLengthOfKnown)?;
        let points = Arc::new(prepared_points(self.rows.clone(), Prepared::WithLengthOfKnown)?);
        g.apply(Pairwise { points, metric: Metric::SquaredNanEuclidean, is_rooted: true }, &[x])
    }

    /// The rows with a value in a column, unless there is none.
    fn column(&self, column: usize) -> Option<Column> {
        let Data::F64(values) = &self.rows.data else { return None };
        let all = (0..).zip(values.iter().skip(column).step_by(self.rows.width));
        let (rows, values): (Vec<u32>, Vec<f64>) =
            all.filter(|(_, value)| !value.is_nan()).map(|(row, value)| (row, *value)).unzip();
        (!rows.is_empty()).then_some(Column { rows, values })
    }
}

/// The (weighted) mean of the nearest donors; of all donors where no distance is known.
fn impute(context: &mut Context, imputer: Fitted<'_>, distances: ValueId, donors: Column) -> Result<ValueId> {
    let wanted = imputer.attribute("n_neighbors")?.as_usize()?;
    let Column { rows, values } = donors;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let nearest = Least { count: wanted.clamp(1, rows.len()), candidates: Arc::new(rows), is_sorted: false };
    let found = least(&mut context.graph, distances, nearest)?;
    let table = Matrix::new(values.len(), 1, Data::F64(values));
    let values = context.graph.apply(Take { table }, &[found.positions])?;
    let unknown = context.graph.unary(UnaryFunction::IsNan, found.distances)?;
    let weights = match Weights::read(imputer)? {
        Weights::Distance => Some(reciprocals(context, found.distances)?),
        Weights::Uniform if version(imputer) >= UNKNOWN_LEFT_OUT_SINCE => {
            Some(context.graph.number(1.0, found.distances)?)
        }
        Weights::Uniform => None,
    };
    let g = &mut context.graph;
    let (sum, divisor) = match weights {
        Some(weights) => {
            let zero = g.number(0.0, values)?;
            let weights = g.select(unknown, zero, weights)?;
            let weighted = g.mul(values, weights)?;
            (g.reduce(ReduceFunction::Sum, weighted)?, g.reduce(ReduceFunction::Sum, weights)?)
        }
        None => {
            let count = g.width(values) as f64;
            let sum = g.reduce(ReduceFunction::Sum, values)?;
            (sum, g.number(count, sum)?)
        }
    };
    let imputed = g.div(sum, divisor)?;
    let is_alone = g.reduce(ReduceFunction::Min, unknown)?;
    let mean = g.number(mean, imputed)?;
    g.select(is_alone, mean, imputed)
}
