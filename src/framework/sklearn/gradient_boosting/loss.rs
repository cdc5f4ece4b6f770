//! The losses of gradient boosting: what a raw prediction means.

use super::super::fitted::Fitted;
use super::super::probability::{log_softmax_exp, logistic, softmax};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};

/// What a loss makes of raw predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The prediction itself.
    Regression,
    /// The log-odds of the second of two classes.
    Binomial,
    /// Half those log-odds.
    Exponential,
    /// A logarithm per class.
    Multinomial,
}

/// A loss, and which of scikit-learn's two generations of losses it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Loss {
    /// What it makes of raw predictions.
    pub kind: Kind,
    /// Whether it is one of `sklearn.ensemble._gb_losses` (before 1.4) and not of `sklearn._loss`.
    pub is_old: bool,
}

impl Loss {
    /// The loss object of a fitted estimator.
    pub fn read(estimator: Fitted<'_>) -> Result<Self> {
        let loss = match estimator.optional("_loss") {
            Some(loss) => loss,
            None => estimator.attribute("loss_")?,
        };
        let (module, name) = loss.class().unwrap_or_default();
        let kind = match name {
            "LeastSquaresError" | "LeastAbsoluteError" | "HuberLossFunction" | "QuantileLossFunction" => {
                Kind::Regression
            }
            "HalfSquaredError" | "AbsoluteError" | "HuberLoss" | "PinballLoss" => Kind::Regression,
            "BinomialDeviance" | "HalfBinomialLoss" => Kind::Binomial,
            "ExponentialLoss" => Kind::Exponential,
            "MultinomialDeviance" | "HalfMultinomialLoss" => Kind::Multinomial,
            _ => {
                let message = format!("expected a loss of gradient boosting, found {}", loss.describe());
                return Err(loss.located(Error::unsupported("unsupported-loss", message)));
            }
        };
        Ok(Loss { kind, is_old: module.ends_with("_gb_losses") })
    }

    /// Whether `predict` compares probabilities and not raw predictions.
    pub fn decides_by_probability(self) -> bool {
        self.is_old && self.kind != Kind::Exponential
    }

    /// The probabilities of all classes.
    pub fn probabilities(self, g: &mut GraphBuilder, raw: ValueId) -> Result<ValueId> {
        match self.kind {
            Kind::Binomial => logistic(g, raw),
            Kind::Exponential => {
                let two = g.number(2.0, raw)?;
                let doubled = g.mul(two, raw)?;
                logistic(g, doubled)
            }
            Kind::Multinomial if self.is_old => log_softmax_exp(g, raw),
            Kind::Multinomial => softmax(g, raw),
            Kind::Regression => Err(Error::malformed("unsupported-loss", "a classifier with a loss for regression")),
        }
    }
}
