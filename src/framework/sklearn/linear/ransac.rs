//! `RANSACRegressor`: the estimator fitted on the inliers predicts.

use super::super::context::Context;
use super::super::fitted::Fitted;
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use crate::error::Result;

/// `predict` of `estimator_`, and nothing else of it.
pub fn regression(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let inner = estimator.attribute("estimator_")?;
    let mut predictor = context.within("estimator_".to_owned(), |context| context.predict(inner, frame))?;
    predictor.methods.retain(|method| method.name == "predict");
    Ok(predictor)
}
