//! The estimators of an ensemble: each with its place and the columns that it gets.

use super::super::compose::{is_sampler, named};
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::inputs::{self, Inputs};
use super::super::predictor::Predictor;
use super::super::trees::{GroveTree, is_tree};
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::limits;

/// An estimator inside an ensemble.
#[derive(Debug, Clone)]
pub struct Member<'a> {
    /// Its place, for messages.
    pub place: String,
    /// The estimator.
    pub estimator: Fitted<'a>,
    /// The columns that it gets, all of them if `None`.
    pub columns: Option<Vec<usize>>,
}

/// The list `estimators_`, at least one, each with its columns in `estimators_features_` where there are such.
pub fn read<'a>(ensemble: Fitted<'a>) -> Result<Vec<Member<'a>>> {
    let attribute = ensemble.attribute("estimators_")?;
    let estimators = attribute.items()?;
    limits::ESTIMATORS.check_len(estimators.len())?;
    if estimators.is_empty() {
        return Err(attribute.error("expected at least one estimator, found none"));
    }
    let columns = match ensemble.present("estimators_features_") {
        Some(columns) => Some((columns, columns.items()?)),
        None => None,
    };
    if let Some((attribute, columns)) = &columns
        && columns.len() != estimators.len()
    {
        let message = format!("expected columns of {} estimators, found {}", estimators.len(), columns.len());
        return Err(attribute.error(message));
    }
    let member = |(index, estimator): (usize, Fitted<'a>)| {
        let columns = columns.as_ref().and_then(|(_, columns)| columns.get(index));
        Ok(Member {
            place: format!("estimators_[{index}]"),
            estimator: after_samplers(estimator),
            columns: columns.map(|columns| columns.array()?.to_usize()).transpose()?,
        })
    };
    estimators.into_iter().enumerate().map(member).collect()
}

/// The estimator of an imbalanced-learn pipeline that has only samplers before it: new rows pass them unchanged.
fn after_samplers(estimator: Fitted<'_>) -> Fitted<'_> {
    let steps = if estimator.package() == "imblearn.pipeline" { named(estimator, "steps").ok() } else { None };
    match steps.as_deref().and_then(<[_]>::split_last) {
        Some(((_, last), before)) if before.iter().all(|(_, step)| is_sampler(*step)) => *last,
        _ => estimator,
    }
}

/// The members as decision trees, if all of them are single ones.
pub fn trees<'a>(members: &[Member<'a>]) -> Option<Vec<GroveTree<'a>>> {
    let tree = |member: &Member<'a>| GroveTree { estimator: member.estimator, columns: member.columns.clone() };
    members.iter().all(|member| is_tree(member.estimator)).then(|| members.iter().map(tree).collect())
}

/// The input columns of the first estimator: all of an ensemble are fitted on the same.
pub fn inputs(ensemble: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    let estimators = ensemble.attribute("estimators_")?.items()?;
    estimators.first().map_or(Ok(None), |first| inputs::find(*first, depth + 1))
}

impl Member<'_> {
    /// Lowers its `predict` and what comes with it.
    pub fn predict(&self, context: &mut Context, frame: &Frame) -> Result<Predictor> {
        context.within(self.place.clone(), |context| match &self.columns {
            Some(columns) => context.predict(self.estimator, &frame.select(columns)?),
            None => context.predict(self.estimator, frame),
        })
    }
}

/// The columns of `value` at their `places` among `width` columns, `fill` in all others.
pub fn spread(g: &mut GraphBuilder, value: ValueId, places: &[usize], width: usize, fill: f64) -> Result<ValueId> {
    let fill = g.number(fill, value)?;
    let filled = g.concat(&[value, fill])?;
    let source = |column: usize| places.iter().position(|place| *place == column).unwrap_or(places.len());
    g.columns(filled, (0..width).map(source).collect())
}
