//! The first guess of gradient boosting: nothing, a constant, or what a fitted estimator says.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::probability::{clip, logit};
use super::super::version::version;
use super::loss::{Kind, Loss};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, ElementType};

/// The first version that keeps first guesses one float64 epsilon from 0 and 1 instead of one float32 epsilon.
const DOUBLE_EPSILON_SINCE: (u64, u64) = (1, 8);

/// The raw prediction of `init_`, f64, `width` columns. `x` is the table as float32: that is what `init_` gets.
pub fn raw_prediction(
    context: &mut Context,
    estimator: Fitted<'_>,
    frame: &Frame,
    x: ValueId,
    loss: Loss,
    width: usize,
) -> Result<ValueId> {
    let init = estimator.attribute("init_")?;
    if init.plain_str() == Some("zero") {
        return context.graph.constant(Data::F64(vec![0.0; width]));
    }
    let method = if loss.kind == Kind::Regression { "predict" } else { "predict_proba" };
    let guess = match init.class_name() {
        "DummyRegressor" | "DummyClassifier" => context.graph.constant(Data::F64(constant(init)?))?,
        _ => {
            let narrow = narrow_frame(context, frame, x)?;
            let predictor = context.within("init_".to_owned(), |context| context.predict(init, &narrow))?;
            predictor.value(method)?
        }
    };
    let raw = link(&mut context.graph, guess, loss, version(estimator) < DOUBLE_EPSILON_SINCE)?;
    if context.graph.width(raw) != width {
        let message = format!("expected {width} first guesses, found {}", context.graph.width(raw));
        return Err(init.located(Error::malformed("class-count", message)));
    }
    Ok(raw)
}

/// The table whose columns are float32.
fn narrow_frame(context: &mut Context, frame: &Frame, x: ValueId) -> Result<Frame> {
    let wide = context.graph.cast(x, ElementType::F64)?;
    let mut narrow = frame.renumbered(wide);
    narrow.columns.iter_mut().for_each(|column| column.shown = ElementType::F32);
    Ok(narrow)
}

/// What `DummyRegressor` predicts, or the probabilities of `DummyClassifier`.
fn constant(dummy: Fitted<'_>) -> Result<Vec<f64>> {
    if dummy.class_name() == "DummyRegressor" {
        let constant = dummy.attribute("constant_")?.array()?;
        constant.expect_shape(&[1, 1])?;
        return constant.to_f64();
    }
    let prior = dummy.attribute("class_prior_")?.array()?;
    prior.expect_dims(1)?;
    let prior = prior.to_f64()?;
    match &*dummy.word("_strategy", "prior")? {
        "prior" => Ok(prior),
        "uniform" => Ok(vec![1.0 / prior.len() as f64; prior.len()]),
        "most_frequent" => {
            let most = prior.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let first = prior.iter().position(|share| *share == most);
            Ok((0..prior.len()).map(|class| f64::from(u8::from(Some(class) == first))).collect())
        }
        _ => Err(dummy.unsupported_parameter("strategy", "'prior', 'most_frequent' or 'uniform'")),
    }
}

/// The loss's link of what `init_` says. After `get_init_raw_predictions` of _gb_losses.py (before 1.4) and
/// `_init_raw_predictions` of _gb.py.
fn link(g: &mut GraphBuilder, guess: ValueId, loss: Loss, single_epsilon: bool) -> Result<ValueId> {
    if loss.kind == Kind::Regression {
        return g.cast(guess, ElementType::F64);
    }
    let guess = if loss.is_old { guess } else { g.cast(guess, ElementType::F64)? };
    let guess = if loss.kind == Kind::Multinomial { guess } else { second(g, guess)? };
    let epsilon = if single_epsilon { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let p = clip(g, guess, epsilon, 1.0 - epsilon)?;
    let raw = match loss.kind {
        Kind::Multinomial if loss.is_old => g.unary(UnaryFunction::Log, p)?,
        Kind::Multinomial => {
            let mean = geometric_mean(g, p)?;
            let ratio = g.div(p, mean)?;
            g.unary(UnaryFunction::Log, ratio)?
        }
        Kind::Exponential => {
            let raw = logit(g, p)?;
            let half = g.number(0.5, raw)?;
            g.mul(half, raw)?
        }
        _ => logit(g, p)?,
    };
    g.cast(raw, ElementType::F64)
}

/// The probability of the second of two classes.
fn second(g: &mut GraphBuilder, probabilities: ValueId) -> Result<ValueId> {
    match g.width(probabilities) {
        2 => g.columns(probabilities, vec![1]),
        found => Err(Error::malformed("class-count", format!("expected probabilities of 2 classes, found {found}"))),
    }
}

/// `exp(mean(log(p)))`, as SciPy's `gmean`.
fn geometric_mean(g: &mut GraphBuilder, p: ValueId) -> Result<ValueId> {
    let logarithms = g.unary(UnaryFunction::Log, p)?;
    let sum = g.reduce(ReduceFunction::Sum, logarithms)?;
    let count = g.number(g.width(p) as f64, sum)?;
    let mean = g.div(sum, count)?;
    g.unary(UnaryFunction::Exp, mean)
}
