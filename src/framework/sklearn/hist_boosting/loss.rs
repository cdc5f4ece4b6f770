//! The losses of histogram gradient boosting: what a raw prediction means.

use super::super::fitted::Fitted;
use super::super::probability::{log_softmax_exp, logistic, softmax};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::unary::UnaryFunction;

/// What a loss makes of raw predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The prediction itself.
    Identity,
    /// Its logarithm.
    Log,
    /// The log-odds of the second of two classes.
    Binomial,
    /// A logarithm per class.
    Multinomial,
    /// The same before 1.1: `exp(raw - logsumexp(raw))`.
    OldMultinomial,
}

impl Loss {
    /// The loss object of a fitted estimator.
    pub fn read(estimator: Fitted<'_>) -> Result<Self> {
        let loss = estimator.attribute("_loss")?;
        Ok(match loss.class().unwrap_or_default().1 {
            "LeastSquares" | "LeastAbsoluteDeviation" => Loss::Identity,
            "HalfSquaredError" | "AbsoluteError" | "PinballLoss" => Loss::Identity,
            "Poisson" | "HalfPoissonLoss" | "HalfGammaLoss" => Loss::Log,
            "BinaryCrossEntropy" | "HalfBinomialLoss" => Loss::Binomial,
            "CategoricalCrossEntropy" => Loss::OldMultinomial,
            "HalfMultinomialLoss" => Loss::Multinomial,
            _ => {
                let message = format!("expected a loss of gradient boosting, found {}", loss.describe());
                return Err(loss.located(Error::unsupported("unsupported-loss", message)));
            }
        })
    }

    /// The prediction of a regressor.
    pub fn prediction(self, g: &mut GraphBuilder, raw: ValueId) -> Result<ValueId> {
        match self {
            Loss::Identity => Ok(raw),
            Loss::Log => g.unary(UnaryFunction::Exp, raw),
            _ => Err(Error::malformed("unsupported-loss", "a regressor with a loss for classification")),
        }
    }

    /// The probabilities of all classes.
    pub fn probabilities(self, g: &mut GraphBuilder, raw: ValueId) -> Result<ValueId> {
        match self {
            Loss::Binomial => logistic(g, raw),
            Loss::Multinomial => softmax(g, raw),
            Loss::OldMultinomial => log_softmax_exp(g, raw),
            _ => Err(Error::malformed("unsupported-loss", "a classifier with a loss for regression")),
        }
    }
}
