//! `IterativeImputer`: missing values predicted from the other columns, by one regression after the other.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::refused;
use super::missing::{self, Missing};
use super::simple;
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;
use crate::tensor::ElementType;

/// Imputes every column.
pub fn transform(context: &mut Context, imputer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(imputer.n_features()?)?;
    if imputer.flag("sample_posterior", false)? {
        return Err(imputer.refused(&refused::RANDOM_POSTERIOR));
    }
    let missing = Missing::read(imputer)?;
    let initial = imputer.attribute("initial_imputer_")?;
    let filled = context.within("initial_imputer_".to_owned(), |context| simple::transform(context, initial, frame))?;
    let (kept, empty) = columns(imputer, initial, frame.width())?;
    if kept.len() != filled.width() {
        return Err(imputer.error(format!(
            "expected {} columns filled at first, found {}",
            kept.len(),
            filled.width()
        )));
    }
    let own = frame.select(&kept)?;
    let x = own.doubles(context, missing.accepts())?;
    let is_missing = missing.of_numbers(context, x)?;
    let start = filled.numbers(context, missing.accepts())?;
    let imputed = if imputer.attribute("n_iter_")?.as_usize()? == 0 {
        start
    } else {
        let imputed = rounds(context, imputer, is_missing, start, &empty)?;
        if empty.is_empty() {
            refuse_empty_rows(context, is_missing, imputed)?;
        }
        imputed
    };
    let mut result = own.renumbered(imputed);
    if let Some(indicator) = imputer.present("indicator_") {
        let features = indicator.attribute("features_")?.array()?.to_usize()?;
        let flags = missing::flags(context, &missing, frame, &features)?;
        result.columns.extend(flags.shown_as(ElementType::F64).columns);
    }
    Ok(Frame { is_sparse: false, ..result })
}

/// The columns that stay, and which of them had no value in training, for which only the first imputation counts.
fn columns(imputer: Fitted<'_>, initial: Fitted<'_>, width: usize) -> Result<(Vec<usize>, Vec<usize>)> {
    let keeps_empty = imputer.flag("keep_empty_features", false)?;
    let is_empty: Vec<bool> = match imputer.present("_is_empty_feature") {
        Some(mask) => mask.array()?.to_bool()?,
        None if keeps_empty => {
            let expected = "False: files of this version do not tell which columns were empty";
            return Err(imputer.unsupported_parameter("keep_empty_features", expected));
        }
        None => initial.floats("statistics_", width)?.into_iter().map(f64::is_nan).collect(),
    };
    if is_empty.len() != width {
        return Err(imputer.error(format!("expected {width} columns, found {}", is_empty.len())));
    }
    let empty = |wanted: bool| (0..width).filter(|column| is_empty.get(*column) == Some(&wanted)).collect::<Vec<_>>();
    Ok(if keeps_empty { ((0..width).collect(), empty(true)) } else { (empty(false), Vec::new()) })
}

/// Every regression in order, each on what those before it filled in.
fn rounds(
    context: &mut Context,
    imputer: Fitted<'_>,
    is_missing: ValueId,
    start: ValueId,
    empty: &[usize],
) -> Result<ValueId> {
    let width = context.graph.width(start);
    let limits = [imputer.floats("_min_value", width)?, imputer.floats("_max_value", width)?];
    let mut columns: Vec<ValueId> =
        (0..width).map(|column| context.graph.columns(start, vec![column])).collect::<Result<_>>()?;
    for (index, step) in imputer.attribute("imputation_sequence_")?.items()?.into_iter().enumerate() {
        let parts = if step.is_sequence() { step.items()? } else { step.args() };
        let [feature, neighbours, estimator] = parts[..] else {
            return Err(
                step.error(format!("expected a column, its neighbours and an estimator, found {}", parts.len()))
            );
        };
        let feature = feature.as_usize()?;
        let (Some(old), [Some(low), Some(high)]) =
            (columns.get(feature).copied(), [0, 1].map(|end: usize| limits.get(end)?.get(feature).copied()))
        else {
            return Err(step.error(format!("expected a column below {width}, found {feature}")));
        };
        if empty.contains(&feature) {
            continue;
        }
        let all = context.graph.concat(&columns)?;
        let names = (0..width).map(|column| format!("x{column}")).collect();
        let neighbours = Frame::of_numbers(names, all).select(&neighbours.array()?.to_usize()?)?;
        let predicted = context.within(format!("imputation_sequence_[{index}]"), |context| {
            let predictor = context.predict(estimator, &neighbours)?;
            predictor.predicted_numbers(&mut context.graph)
        })?;
        let g = &mut context.graph;
        if g.width(predicted) != 1 {
            return Err(step.error("expected an estimator of one target"));
        }
        let predicted = g.cast(predicted, ElementType::F64)?;
        let (low, high) = (g.number(low, predicted)?, g.number(high, predicted)?);
        let raised = g.binary(BinaryFunction::Max, predicted, low)?;
        let cut = g.binary(BinaryFunction::Min, raised, high)?;
        let flag = g.columns(is_missing, vec![feature])?;
        let new = g.select(flag, cut, old)?;
        if let Some(column) = columns.get_mut(feature) {
            *column = new;
        }
    }
    context.graph.concat(&columns)
}

/// Refuses rows without a single value: how scikit-learn fills one depends on whether the other rows have any.
fn refuse_empty_rows(context: &mut Context, is_missing: ValueId, guarded: ValueId) -> Result<()> {
    let g = &mut context.graph;
    let count = g.reduce(ReduceFunction::Sum, is_missing)?;
    let all = g.number(g.width(is_missing) as f64, count)?;
    let some = g.binary(BinaryFunction::Less, count, all)?;
    let message = format!("{}: a row without a single value", context.trail());
    context.graph.guard(guarded, some, message)
}
