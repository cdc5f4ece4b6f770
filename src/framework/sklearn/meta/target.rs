//! `TransformedTargetRegressor`: a regressor of a transformed target, and the way back.

use super::super::context::Context;
use super::super::fitted::Fitted;
use super::super::frame::Frame;
use super::super::inputs::{self, Inputs};
use super::super::predictor::Predictor;
use super::super::preprocessing::inverse;
use crate::error::Result;

/// `predict`: what the regressor says, through the transformer's `inverse_transform`.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let inner = estimator.attribute("regressor_")?;
    let predictor = context.within("regressor_".to_owned(), |context| context.predict(inner, frame))?;
    let predicted = predictor.predicted_numbers(&mut context.graph)?;
    let transformer = estimator.attribute("transformer_")?;
    let value =
        context.within("transformer_".to_owned(), |context| inverse::transform(context, transformer, predicted))?;
    let width = context.graph.width(value);
    let was_list = estimator.optional("_training_dim").is_some_and(|dims| dims.as_usize().is_ok_and(|dims| dims > 1));
    Ok(Predictor::regressor(value, (width > 1 || was_list).then_some(width)))
}

/// The input columns of the regressor.
pub fn inputs(estimator: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    inputs::find(estimator.attribute("regressor_")?, depth + 1)
}
