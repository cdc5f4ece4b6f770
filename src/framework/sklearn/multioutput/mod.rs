//! Estimators of several targets made of estimators of one.

pub mod chain;

use super::context::Context;
use super::ensemble::{promoted, read_members};
use super::fitted::Fitted;
use super::frame::Frame;
use super::predictor::Predictor;
use crate::error::{Error, Result};
use crate::model::{Method, MethodOutput, Task};

/// `MultiOutputRegressor`: a prediction per estimator.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let mut predictions = Vec::new();
    for member in read_members(estimator)? {
        let predicted = member.predict(context, frame)?.predicted_numbers(&mut context.graph)?;
        if context.graph.width(predicted) != 1 {
            return Err(Error::unsupported("several-targets", "expected one prediction a row").at(&member.place));
        }
        predictions.push(predicted);
    }
    let predictions = promoted(&mut context.graph, &predictions)?;
    let all = context.graph.concat(&predictions)?;
    Ok(Predictor::regressor(all, Some(predictions.len())))
}

/// `MultiOutputClassifier`: the labels and probabilities of every estimator.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (mut classes, mut labels, mut probabilities) = (Vec::new(), Vec::new(), Vec::new());
    for (target, member) in read_members(estimator)?.iter().enumerate() {
        let predictor = member.predict(context, frame)?;
        let output = |what: &str, method: &str| {
            let output = predictor.method(method).and_then(|method| method.outputs.first()).cloned();
            output.map(|output| MethodOutput { name: format!("{what}_{target}"), ..output })
        };
        classes.push(predictor.only_classes().map_err(|error| error.at(&member.place))?.clone());
        labels.extend(output("prediction", "predict"));
        probabilities.extend(output("probability", "predict_proba"));
    }
    let kind = |classes: &super::classes::Classes| classes.labels.first().map(std::mem::discriminant);
    if classes.iter().any(|own| kind(own) != classes.first().and_then(kind)) {
        let message = "expected class labels of one type over all targets, found several";
        return Err(estimator.located(Error::unsupported("class-labels", message)));
    }
    let mut methods = vec![Method { name: "predict".to_owned(), outputs: labels }];
    if probabilities.len() == classes.len() {
        methods.push(Method { name: "predict_proba".to_owned(), outputs: probabilities });
    }
    Ok(Predictor { task: Task::MultilabelClassification, classes, methods })
}
