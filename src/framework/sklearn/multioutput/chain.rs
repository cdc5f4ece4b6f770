//! `ClassifierChain` and `RegressorChain`: every estimator gets the table and what those before it said.

use super::super::context::{Accepts, Context};
use super::super::ensemble::read_members;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Column, Frame, Values};
use super::super::predictor::Predictor;
use super::super::version::{Version, version};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::limits;
use crate::model::{Method, Task};
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// The first version that takes probabilities only of two classes; before, it took the second column of however many.
const TWO_CLASSES_SINCE: Version = (1, 5);
/// The first version with `predict_log_proba`.
const LOGARITHMS_SINCE: Version = (1, 4);

/// A chain of classifiers: labels as numbers, and whatever else all of them answer.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let names = ["predict", "predict_proba", "decision_function"];
    let [labels, probabilities, decisions] = chain(context, estimator, frame, names)?;
    let labels =
        labels.ok_or_else(|| Error::unsupported("no-method", "the estimators of a chain have no `predict`"))?;
    let mut methods = vec![Method::list("predict", "prediction", labels, Vec::new())];
    if let Some(probabilities) = probabilities {
        methods.push(Method::list("predict_proba", "probability", probabilities, Vec::new()));
        if version(estimator) >= LOGARITHMS_SINCE {
            let logarithms = context.graph.unary(UnaryFunction::Log, probabilities)?;
            methods.push(Method::list("predict_log_proba", "log_probability", logarithms, Vec::new()));
        }
    }
    methods.extend(decisions.map(|value| Method::list("decision_function", "decision", value, Vec::new())));
    Ok(Predictor { task: Task::MultilabelClassification, classes: Vec::new(), methods })
}

/// A chain of regressors.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let [predictions] = chain(context, estimator, frame, ["predict"])?;
    let predictions =
        predictions.ok_or_else(|| Error::unsupported("no-method", "the estimators of a chain have no `predict`"))?;
    let n_targets = context.graph.width(predictions);
    Ok(Predictor::regressor(predictions, Some(n_targets)))
}

/// The values of some methods, a column per target, for those methods that every estimator has.
fn chain<const N: usize>(
    context: &mut Context,
    estimator: Fitted<'_>,
    frame: &Frame,
    methods: [&str; N],
) -> Result<[Option<ValueId>; N]> {
    frame.expect_width(estimator.n_features()?)?;
    let members = read_members(estimator)?;
    let places = places(estimator, members.len())?;
    let version = version(estimator);
    let link = estimator.word("chain_method_", "predict")?;
    // The table and the predictions side by side are float64.
    let mut frame = frame.checked(context, Accepts::Finite)?.shown_as(ElementType::F64);
    let mut columns = methods.map(|_| Vec::with_capacity(members.len()));
    for (index, member) in members.iter().enumerate() {
        let predictor = member.predict(context, &frame)?;
        let g = &mut context.graph;
        for (columns, method) in columns.iter_mut().zip(methods) {
            columns.extend(response(g, &predictor, method, version)?);
        }
        let value = response(g, &predictor, &link, version)?.ok_or_else(|| {
            Error::unsupported("no-method", format!("no `{link}` for the next estimator")).at(&member.place)
        })?;
        limits::FEATURES.check_len(frame.width() + 1)?;
        let values = Values::Number { value, column: 0 };
        frame.columns.push(Column { name: format!("chain{index}"), values, shown: ElementType::F64 });
    }
    let g = &mut context.graph;
    let mut joined = [None; N];
    for (joined, columns) in joined.iter_mut().zip(columns) {
        if columns.len() == members.len() {
            let all = g.concat(&columns)?;
            *joined = Some(g.columns(all, places.clone())?);
        }
    }
    Ok(joined)
}

/// Which estimator answers for each target: `order_` the other way round.
fn places(estimator: Fitted<'_>, count: usize) -> Result<Vec<usize>> {
    let attribute = estimator.attribute("order_")?;
    let order = match attribute.is_array() {
        true => attribute.array()?.to_usize()?,
        false => attribute.items()?.into_iter().map(Fitted::as_usize).collect::<Result<_>>()?,
    };
    let place = |target: usize| order.iter().position(|own| *own == target);
    let places: Option<Vec<usize>> = (0..count).map(place).collect();
    match places {
        Some(places) if order.len() == count => Ok(places),
        _ => Err(attribute.error(format!("expected an order of {count} targets, found another"))),
    }
}

/// One number a row of a method: the label, the probability of the second class, or the decision. `None` where the
/// estimator has no such method, or one with which the framework's chain fails.
fn response(g: &mut GraphBuilder, predictor: &Predictor, method: &str, version: Version) -> Result<Option<ValueId>> {
    if method == "predict" || predictor.classes.is_empty() {
        let predicted = predictor.predicted_numbers(g)?;
        let single = if g.width(predicted) == 1 { Some(g.cast(predicted, ElementType::F64)?) } else { None };
        return Ok(single);
    }
    let Some(value) = predictor.optional(method)? else { return Ok(None) };
    let width = g.width(value);
    let column = match method {
        "predict_proba" | "predict_log_proba" if width == 2 || (width > 2 && version < TWO_CLASSES_SINCE) => 1,
        "decision_function" if width == 1 => 0,
        _ => return Ok(None),
    };
    let value = g.columns(value, vec![column])?;
    g.cast(value, ElementType::F64).map(Some)
}
