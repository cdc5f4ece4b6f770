//! Generalised linear models: a weighted sum behind the inverse of a link.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::predictor::Predictor;
use super::sums::weighted_sums;
use crate::error::{Error, Result};
use crate::ops::unary::UnaryFunction;

/// `PoissonRegressor`, `GammaRegressor`, `TweedieRegressor`.
pub fn regression(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let sums = weighted_sums(context, estimator, frame)?;
    let mut value = sums.value;
    if link_is_log(estimator)? {
        value = context.graph.unary(UnaryFunction::Exp, value)?;
    }
    Ok(Predictor::regressor(value, sums.n_targets))
}

/// Whether the link is the logarithm, else it is the identity.
fn link_is_log(estimator: Fitted<'_>) -> Result<bool> {
    let of_loss = estimator.present("_base_loss").and_then(|loss| loss.present("link"));
    if let Some(link) = of_loss.or_else(|| estimator.present("_link_instance")) {
        return match link.class_name() {
            "LogLink" => Ok(true),
            "IdentityLink" => Ok(false),
            other => Err(unsupported_link(estimator, other)),
        };
    }
    // 1.1 keeps no link: the parameters decide, as in its `_get_loss`.
    match (estimator.class_name(), &*estimator.word("link", "auto")?) {
        ("TweedieRegressor", "auto") => Ok(estimator.number_or("power", 0.0)? > 0.0),
        ("TweedieRegressor", "identity") => Ok(false),
        ("TweedieRegressor", "log") | ("PoissonRegressor" | "GammaRegressor", "auto" | "log") => Ok(true),
        (_, other) => Err(unsupported_link(estimator, other)),
    }
}

fn unsupported_link(estimator: Fitted<'_>, found: &str) -> Error {
    let message = format!("expected the logarithm or the identity as link, found `{found}`");
    estimator.located(Error::unsupported("unsupported-link", message))
}
