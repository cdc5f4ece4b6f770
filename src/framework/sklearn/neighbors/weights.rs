//! How much each neighbour counts.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::refused;
use crate::error::Result;
use crate::graph::ValueId;
use crate::ops::binary::BinaryFunction;
use crate::ops::reduce::ReduceFunction;

/// The parameter `weights`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// All count alike.
    Uniform,
    /// Each counts by the reciprocal of its distance; where some distance is 0, those count alone.
    Distance,
}

impl Weights {
    /// Reads the parameter; a function is refused.
    pub fn read(estimator: Fitted<'_>) -> Result<Self> {
        let Some(weights) = estimator.present("weights") else { return Ok(Weights::Uniform) };
        match weights.plain_str() {
            Some("uniform") => Ok(Weights::Uniform),
            Some("distance") => Ok(Weights::Distance),
            Some(_) => Err(estimator.unsupported_parameter("weights", "'uniform' or 'distance'")),
            None => Err(estimator.refused(&refused::WEIGHTS)),
        }
    }
}

/// The reciprocals of some distances; where one of them is infinite, 1 for those that are and 0 for the rest.
pub fn reciprocals(context: &mut Context, distances: ValueId) -> Result<ValueId> {
    let g = &mut context.graph;
    let (one, infinity) = (g.number(1.0, distances)?, g.number(f64::INFINITY, distances)?);
    let reciprocals = g.div(one, distances)?;
    let infinite = g.binary(BinaryFunction::Equal, reciprocals, infinity)?;
    let any = g.reduce(ReduceFunction::Max, infinite)?;
    g.select(any, infinite, reciprocals)
}
