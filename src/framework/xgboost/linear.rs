//! gblinear: a weight per feature and output, and a bias per output.

use crate::encoding::document::{Document, Object};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::dot::Dot;
use crate::ops::unary::UnaryFunction;
use crate::tensor::Data;

use super::parameter::only_keys;

/// A linear booster.
#[derive(Debug, Clone)]
pub struct Linear {
    /// `[n_features + 1, n_groups]`; the last row is the bias.
    weights: Vec<f32>,
    n_features: usize,
    n_groups: usize,
}

impl Linear {
    /// Reads `gradient_booster.model`.
    pub fn read(model: &Object<'_>, n_features: usize, n_groups: usize) -> Result<Self> {
        only_keys(model, &["weights", "boosted_rounds"])?;
        let weights = model.read("weights", Document::f32s)?;
        let expected = (n_features + 1) * n_groups;
        if weights.len() != expected {
            let message = format!("expected {expected} weights, found {}", weights.len());
            return Err(Error::malformed("xgboost-model", message).at("`weights`"));
        }
        match weights.iter().find(|weight| !weight.is_finite()) {
            Some(weight) => {
                let message = format!("expected finite weights, found {weight}");
                Err(Error::malformed("xgboost-model", message).at("`weights`"))
            }
            None => Ok(Linear { weights, n_features, n_groups }),
        }
    }

    /// base + bias, then x·w feature by feature in single precision; a missing feature adds nothing.
    pub fn margin(&self, g: &mut GraphBuilder, x: ValueId, base_margin: f32) -> Result<ValueId> {
        let is_nan = g.unary(UnaryFunction::IsNan, x)?;
        let zero = g.number(0.0, x)?;
        let x = g.select(is_nan, zero, x)?;
        let column = |group: usize| self.weights.iter().skip(group).step_by(self.n_groups).copied();
        let weights = (0..self.n_groups).flat_map(|group| column(group).take(self.n_features)).collect();
        let biases = self.weights.iter().skip(self.n_features * self.n_groups);
        let start = biases.map(|bias| base_margin + bias).collect();
        g.apply(Dot { weights: Data::F32(weights), start: Data::F32(start), start_first: true }, &[x])
    }
}
