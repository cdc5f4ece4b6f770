//! Feature selection by another estimator (`RFE`, `RFECV`, `SelectFromModel`, `SequentialFeatureSelector`) or by scores.

pub mod importance;
pub mod univariate;

use super::compose::keeps_column_types;
use super::context::{Accepts, Context};
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::inputs::{self, Inputs};
use super::predictor::Predictor;
use super::trees::{accepted_by_forest, accepted_by_tree, is_tree};
use crate::error::{Error, Result};

/// `RFE`, `RFECV`: the columns of `support_`.
pub fn eliminated(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(estimator.n_features()?)?;
    selected(context, estimator, frame, &support(estimator)?)
}

/// `predict` and the like of `RFE` and `RFECV`: of the estimator that was fitted on the columns left over.
pub fn eliminated_predict(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    const METHODS: [&str; 4] = ["predict", "predict_proba", "predict_log_proba", "decision_function"];
    let selected = eliminated(context, estimator, frame)?;
    let inner = estimator.attribute("estimator_")?;
    let mut predictor = context.within("estimator_".to_owned(), |context| context.predict(inner, &selected))?;
    predictor.methods.retain(|method| METHODS.contains(&method.name.as_str()));
    Ok(predictor)
}

/// `SequentialFeatureSelector`: the columns of `support_`.
pub fn sequential(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(estimator.n_features()?)?;
    selected(context, estimator, frame, &support(estimator)?)
}

/// `SelectFromModel`: the columns that the estimator finds important.
pub fn from_model(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let support = importance::support(estimator, model(estimator)?)?;
    frame.expect_width(support.len())?;
    selected(context, estimator, frame, &support)
}

/// The input columns of the estimator inside.
pub fn inputs(estimator: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    inputs::find(model(estimator)?, depth + 1)
}

/// The fitted estimator; before 1.1 one that was fitted beforehand stays where it was given.
fn model(estimator: Fitted<'_>) -> Result<Fitted<'_>> {
    match estimator.present("estimator_") {
        Some(inner) => Ok(inner),
        None => estimator.attribute("estimator"),
    }
}

fn support(estimator: Fitted<'_>) -> Result<Vec<bool>> {
    let attribute = estimator.attribute("support_")?;
    let array = attribute.array()?;
    array.expect_dims(1)?;
    Ok(array.to_i64()?.into_iter().map(|kept| kept != 0).collect())
}

/// The columns of a mask. Every row is refused that holds in any column what the estimator inside does not take.
fn selected(context: &mut Context, estimator: Fitted<'_>, frame: &Frame, support: &[bool]) -> Result<Frame> {
    let accepts = if takes_missing(model(estimator)?, frame)? { Accepts::Everything } else { Accepts::Finite };
    checked(context, estimator, frame, support, accepts)
}

/// The columns of a mask, after a check of all columns, which data frames that stay data frames are spared.
fn checked(
    context: &mut Context,
    estimator: Fitted<'_>,
    frame: &Frame,
    support: &[bool],
    accepts: Accepts,
) -> Result<Frame> {
    frame.expect_width(support.len())?;
    let is_checked = accepts != Accepts::Everything && !keeps_column_types(estimator)?;
    let frame = if is_checked { &frame.checked_as_it_is(context, accepts)? } else { frame };
    let kept: Vec<usize> = support.iter().enumerate().filter(|(_, kept)| **kept).map(|(column, _)| column).collect();
    if kept.is_empty() {
        let message = format!("`{}` selects no column, so nothing is left to compute on", estimator.class_name());
        return Err(estimator.located(Error::unsupported("no-columns", message)));
    }
    frame.select(&kept)
}

/// Whether the estimator's tag `allow_nan` says that it takes missing values. After the tags of scikit-learn 1.0 to 1.9,
/// XGBoost, LightGBM and CatBoost; of estimators that are not listed it is false.
fn takes_missing(estimator: Fitted<'_>, frame: &Frame) -> Result<bool> {
    let first = || estimator.attribute("estimators_")?.items().map(|inner| inner.first().copied());
    let dense = Frame { is_sparse: false, ..frame.clone() };
    Ok(match estimator.class_name() {
        _ if is_tree(estimator) => accepted_by_tree(estimator, &dense)? == Accepts::Missing,
        "RandomForestClassifier" | "RandomForestRegressor" | "ExtraTreesClassifier" | "ExtraTreesRegressor" => {
            match first()? {
                Some(tree) => accepted_by_forest(tree, &dense)? == Accepts::Missing,
                None => false,
            }
        }
        // A tag that depends on the estimators inside is told for single trees only.
        "BaggingClassifier" | "BaggingRegressor" => match first()? {
            Some(inner) => is_tree(inner) && accepted_by_tree(inner, &dense)? == Accepts::Missing,
            None => false,
        },
        "HistGradientBoostingClassifier" | "HistGradientBoostingRegressor" => true,
        class => {
            let package = estimator.package();
            (package == "xgboost.sklearn" && class.starts_with("XGB"))
                || (package == "lightgbm.sklearn" && class.starts_with("LGBM"))
                || (package == "catboost.core" && estimator.word("nan_mode", "Min")? != "Forbidden")
        }
    })
}
