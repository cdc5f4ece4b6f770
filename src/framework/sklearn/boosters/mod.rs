//! XGBoost's and LightGBM's scikit-learn estimators: a pickled shell around the booster's own format.

pub mod lightgbm;
pub mod xgboost;
