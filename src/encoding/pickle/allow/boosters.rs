//! XGBoost, LightGBM and CatBoost: their scikit-learn wrappers and boosters.

use super::{Actions, Row};

const CLASS: Actions = Actions::CLASS;

pub(super) const TABLE: &[Row] = &[
    ("xgboost.core", CLASS, "Booster"),
    ("xgboost.core", Actions::CALL, "DataSplitMode"),
    ("xgboost.sklearn", CLASS, "XGBClassifier XGBModel XGBRFClassifier XGBRFRegressor XGBRanker XGBRegressor"),
    ("xgboost.callback", CLASS, "EarlyStopping EvaluationMonitor LearningRateScheduler TrainingCallback"),
    ("lightgbm.basic", CLASS, "Booster"),
    // Called with the text of a model only: see `operands.rs`.
    ("lightgbm.basic", Actions::CALL, "Booster"),
    ("lightgbm.sklearn", CLASS, "LGBMClassifier LGBMModel LGBMRanker LGBMRegressor"),
    ("catboost.core", CLASS, "CatBoost CatBoostClassifier CatBoostRanker CatBoostRegressor"),
];
