//! Estimators around one other: they found it, froze it, or decide by its scores.

pub mod target;
pub mod threshold;

use super::context::Context;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::inputs::{self, Inputs};
use super::lowering::Delegated;
use super::predictor::Predictor;
use super::refused;
use crate::error::{Error, Result};

/// `GridSearchCV` and its relatives: the best estimator, fitted again on all rows.
pub fn best<'a>(_context: &mut Context, search: Fitted<'a>, frame: &Frame) -> Result<Delegated<'a>> {
    let place = "best_estimator_".to_owned();
    Ok(Delegated { place, estimator: best_estimator(search)?, frame: frame.clone() })
}

/// The input columns of the best estimator.
pub fn best_inputs(search: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    inputs::find(best_estimator(search)?, depth + 1)
}

fn best_estimator(search: Fitted<'_>) -> Result<Fitted<'_>> {
    search.present("best_estimator_").ok_or_else(|| {
        let why = refused::NOT_REFITTED.why;
        let message = format!("`{}` was fitted with `refit=False`: {why}", search.class_name());
        search
            .located(Error::unsupported("not-refitted", message).hint("fit the search with `refit=True`, the default"))
    })
}

/// `FrozenEstimator`: the estimator itself.
pub fn frozen<'a>(_context: &mut Context, frozen: Fitted<'a>, frame: &Frame) -> Result<Delegated<'a>> {
    let estimator = frozen.attribute("estimator")?;
    Ok(Delegated { place: "estimator".to_owned(), estimator, frame: frame.clone() })
}

/// The input columns of the frozen estimator.
pub fn frozen_inputs(frozen: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    inputs::find(frozen.attribute("estimator")?, depth + 1)
}

/// `SelfTrainingClassifier`: the classifier fitted on its own labels.
pub fn self_training(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let inner = fitted_estimator(estimator)?;
    classifier(context, inner, frame)
}

/// `estimator_`, which was `base_estimator_` in older versions.
fn fitted_estimator(estimator: Fitted<'_>) -> Result<Fitted<'_>> {
    match estimator.present("estimator_") {
        Some(inner) => Ok(inner),
        None => estimator.attribute("base_estimator_"),
    }
}

/// The input columns of the fitted estimator inside.
pub fn fitted_inputs(estimator: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    inputs::find(fitted_estimator(estimator)?, depth + 1)
}

/// A classifier's methods and no others.
fn classifier(context: &mut Context, inner: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    const METHODS: [&str; 4] = ["predict", "predict_proba", "predict_log_proba", "decision_function"];
    let mut predictor = context.within("estimator_".to_owned(), |context| context.predict(inner, frame))?;
    predictor.methods.retain(|method| METHODS.contains(&method.name.as_str()));
    Ok(predictor)
}
