//! `FeatureAgglomeration`: one column for every group of columns.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::refused;
use crate::error::Result;
use crate::ops::reduce::ReduceFunction;

/// `transform`: the mean, sum, least or most of each group's columns.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(estimator.n_features()?)?;
    let attribute = estimator.attribute("labels_")?;
    let labels = attribute.array()?;
    labels.expect_shape(&[frame.width()])?;
    let labels = labels.to_usize()?;
    let n_groups = labels.iter().max().map_or(0, |most| most.saturating_add(1));
    if n_groups > labels.len() {
        return Err(attribute.error(format!("expected labels below {}, found {}", labels.len(), n_groups - 1)));
    }
    let (function, is_mean) = pooling(estimator)?;
    let x = frame.doubles(context, Accepts::Finite)?;
    let mut groups = Vec::with_capacity(n_groups);
    for group in 0..n_groups {
        let columns: Vec<usize> = (0..labels.len()).filter(|column| labels.get(*column) == Some(&group)).collect();
        if columns.is_empty() {
            return Err(attribute.error(format!("expected columns of every group, found none of {group}")));
        }
        let size = columns.len() as f64;
        let columns = context.graph.columns(x, columns)?;
        let mut pooled = context.graph.reduce(function, columns)?;
        if is_mean {
            let size = context.graph.number(size, pooled)?;
            pooled = context.graph.div(pooled, size)?;
        }
        groups.push(pooled);
    }
    let prefix = estimator.class_name().to_lowercase();
    let names = (0..n_groups).map(|group| format!("{prefix}{group}")).collect();
    Ok(Frame::of_numbers(names, context.graph.concat(&groups)?))
}

/// How a group becomes a number, and whether that is divided by the group's size.
fn pooling(estimator: Fitted<'_>) -> Result<(ReduceFunction, bool)> {
    let function = estimator.attribute("pooling_func")?;
    match function.global() {
        Some(("numpy", "mean")) => Ok((ReduceFunction::Sum, true)),
        Some(("numpy", "sum")) => Ok((ReduceFunction::Sum, false)),
        Some(("numpy", "max" | "amax")) => Ok((ReduceFunction::Max, false)),
        Some(("numpy", "min" | "amin")) => Ok((ReduceFunction::Min, false)),
        _ => Err(estimator.refused(&refused::POOLING)),
    }
}
