//! Loss functions: what kind of model they train, and how the sums become predictions.

use super::info::Loss;
use crate::error::{Error, Result};
use crate::model::Task;

/// What CatBoost's Python classes are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// `CatBoostClassifier`.
    Classification(Probability),
    /// `CatBoostRegressor`.
    Regression,
    /// `CatBoostRegressor`, of a time to an event or a risk.
    Survival,
    /// `CatBoostRanker`.
    Ranking,
    /// The user's own function.
    Custom,
}

/// How sums become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probability {
    /// Of the second of two classes.
    Sigmoid,
    /// Of one of several classes.
    Softmax,
    /// Of each of several classes for itself.
    Sigmoids,
    /// Of each of several labels, of which a row may have many.
    Labels,
}

use Probability::{Labels, Sigmoid, Sigmoids, Softmax};
use Purpose::{Classification, Custom, Ranking, Regression, Survival};

/// Every loss function that is known, and what it is for.
pub(super) const LOSSES: [(&str, Purpose); 37] = [
    ("Logloss", Classification(Sigmoid)),
    ("CrossEntropy", Classification(Sigmoid)),
    ("Focal", Classification(Sigmoid)),
    ("MultiClass", Classification(Softmax)),
    ("MultiClassOneVsAll", Classification(Sigmoids)),
    ("MultiLogloss", Classification(Labels)),
    ("MultiCrossEntropy", Classification(Labels)),
    ("RMSE", Regression),
    ("MAE", Regression),
    ("MAPE", Regression),
    ("Quantile", Regression),
    ("MultiQuantile", Regression),
    ("LogLinQuantile", Regression),
    ("Expectile", Regression),
    ("Poisson", Regression),
    ("Tweedie", Regression),
    ("Lq", Regression),
    ("Huber", Regression),
    ("LogCosh", Regression),
    ("RMSEWithUncertainty", Regression),
    ("MultiRMSE", Regression),
    ("MultiRMSEWithMissingValues", Regression),
    ("SurvivalAft", Survival),
    ("Cox", Survival),
    ("YetiRank", Ranking),
    ("YetiRankPairwise", Ranking),
    ("LambdaMart", Ranking),
    ("StochasticFilter", Ranking),
    ("StochasticRank", Ranking),
    ("PairLogit", Ranking),
    ("PairLogitPairwise", Ranking),
    ("QueryRMSE", Ranking),
    ("QuerySoftMax", Ranking),
    ("QueryCrossEntropy", Ranking),
    ("GroupQuantile", Ranking),
    ("PythonUserDefinedPerObject", Custom),
    ("PythonUserDefinedMultiTarget", Custom),
];

/// The purpose of a loss function; a model without one only sums.
pub(super) fn purpose(loss: Option<&Loss>) -> Result<Purpose> {
    let Some(loss) = loss else { return Ok(Custom) };
    let found = LOSSES.iter().find(|(name, _)| *name == loss.name);
    found.map(|(_, purpose)| *purpose).ok_or_else(|| {
        let names: Vec<&str> = LOSSES.iter().map(|(name, _)| *name).collect();
        Error::unsupported("unsupported-catboost", format!("the loss function `{}` is not known", loss.name))
            .hint(format!("known loss functions are {}", names.join(", ")))
    })
}

/// What a model of the purpose does, whose rows get so many outputs.
pub(super) fn task(purpose: Purpose, outputs: usize) -> Task {
    match purpose {
        Classification(Sigmoid) => Task::BinaryClassification,
        Classification(Softmax | Sigmoids) => Task::MulticlassClassification,
        Classification(Labels) => Task::MultilabelClassification,
        Regression if outputs > 1 => Task::MultioutputRegression,
        Regression => Task::Regression,
        Survival => Task::Survival,
        Ranking => Task::Ranking,
        Custom => Task::Other,
    }
}
