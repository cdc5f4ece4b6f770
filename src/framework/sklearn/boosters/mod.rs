//! CatBoost's, LightGBM's and XGBoost's scikit-learn estimators: a pickled shell around the booster's own format.

pub mod catboost;
pub mod lightgbm;
pub mod xgboost;

use std::borrow::Cow;

use super::fitted::{Attributes, Fitted};
use crate::error::Result;

/// `feature_importances_` of XGBoost's and LightGBM's estimators, which their boosters work out; none of others.
pub fn importances(estimator: Fitted<'_>) -> Result<Option<Vec<f64>>> {
    match &*estimator.package() {
        "xgboost.sklearn" => xgboost::importances(estimator).map(Some),
        "lightgbm.sklearn" => lightgbm::importances(estimator).map(Some),
        _ => Ok(None),
    }
}

/// The text of a pickle that makes LightGBM's own booster of it: `lightgbm.Booster(None, None, None, text)`.
pub fn pickled_text(root: Fitted<'_>) -> Option<Result<Cow<'_, str>>> {
    let made = root.callee().filter(|callee| *callee == ("lightgbm.basic", "Booster"));
    match root.args()[..] {
        [_, _, _, text] if made.is_some() => Some(text.as_str()),
        _ => None,
    }
}
