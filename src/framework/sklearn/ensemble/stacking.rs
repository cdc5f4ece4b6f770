//! `StackingClassifier`, `StackingRegressor`: what estimators say is the table of a last one.

use super::super::classes::Classes;
use super::super::classifier::Classifier;
use super::super::compose::named;
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Frame, promote};
use super::super::predictor::Predictor;
use super::members;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::model::{Method, MethodOutput, Task};

/// A classifier. The last estimator was fitted on the positions of the classes.
pub fn classifier(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let attribute = estimator.attribute("classes_")?;
    let (stacked, last) = last(context, estimator, frame)?;
    let transform = stacked.method(context, "transform")?;
    if !attribute.is_array() {
        return labels(context, attribute, &last, transform);
    }
    let classes = Classes::read(attribute)?;
    let position = last.position_among(&mut context.graph, &classes.positions())?;
    let mut classifier = Classifier::new(classes);
    classifier.predict_position(context, position)?;
    if let Some(probabilities) = last.optional("predict_proba")? {
        classifier.probabilities(context, probabilities)?;
    }
    if let Some(decision) = last.method("decision_function") {
        classifier.method(decision.clone());
    }
    classifier.method(transform);
    Ok(classifier.finish())
}

/// A classifier of several labels: the probability of each label's first class.
fn labels(context: &mut Context, attribute: Fitted<'_>, last: &Predictor, transform: Method) -> Result<Predictor> {
    let classes: Vec<Classes> = attribute.items()?.into_iter().map(Classes::read).collect::<Result<_>>()?;
    let positions = last.positions(&mut context.graph)?;
    if positions.len() != classes.len() {
        let message = format!("{} labels do not fit {} predictions a row", classes.len(), positions.len());
        return Err(attribute.located(Error::malformed("class-count", message)));
    }
    let mut labels = Vec::with_capacity(classes.len());
    for (target, (classes, position)) in classes.iter().zip(positions).enumerate() {
        let value = classes.label(context, position)?;
        labels.push(MethodOutput { name: format!("prediction_{target}"), value, is_list: false, columns: Vec::new() });
    }
    let mut methods = vec![Method { name: "predict".to_owned(), outputs: labels }];
    if let Some(probabilities) = last.method("predict_proba").filter(|method| method.outputs.len() == classes.len()) {
        let first = |output: &MethodOutput| context.graph.columns(output.value, vec![0]);
        let first: Vec<ValueId> = probabilities.outputs.iter().map(first).collect::<Result<_>>()?;
        let all = context.graph.concat(&first)?;
        methods.push(Method::list("predict_proba", "probability", all, Vec::new()));
    }
    methods.push(transform);
    Ok(Predictor { task: Task::MultilabelClassification, classes, methods })
}

/// A regressor.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let (stacked, last) = last(context, estimator, frame)?;
    let mut predictor = Predictor { methods: Vec::new(), ..last.clone() };
    predictor.methods.extend(last.method("predict").cloned());
    predictor.methods.push(stacked.method(context, "transform")?);
    Ok(predictor)
}

/// The table of the last estimator, and what it says.
fn last(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<(Frame, Predictor)> {
    let stacked = transform(context, estimator, frame)?;
    let last = estimator.attribute("final_estimator_")?;
    let predictor = context.within("final_estimator_".to_owned(), |context| context.predict(last, &stacked))?;
    Ok((stacked, predictor))
}

/// What the estimators say, side by side, and behind it the table itself with `passthrough`.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let members = members::read(estimator)?;
    let attribute = estimator.attribute("stack_method_")?;
    let methods = attribute.items()?;
    let names = names(estimator)?;
    if methods.len() != members.len() || names.len() != members.len() {
        let message = format!("{} methods and {} names for {} estimators", methods.len(), names.len(), members.len());
        return Err(attribute.error(message));
    }
    let has_two_classes = estimator.present("classes_").is_some_and(|classes| count(classes) == Some(2));
    let mut stacked = Frame::default();
    for ((member, method), name) in members.iter().zip(methods).zip(names) {
        let predictor = member.predict(context, frame)?;
        let method = method.as_str()?;
        let value = answer(context, &predictor, &method, has_two_classes).map_err(|error| error.at(&member.place))?;
        let width = context.graph.width(value);
        let names = match width {
            1 => vec![name],
            _ => (0..width).map(|column| format!("{name}{column}")).collect(),
        };
        limits::FEATURES.check_len(stacked.width() + width)?;
        stacked.columns.extend(Frame::of_outcome(context, names, value)?.columns);
    }
    if estimator.flag("passthrough", false)? {
        stacked.columns.extend(frame.columns.iter().cloned());
        stacked.is_sparse = frame.is_sparse;
    }
    promote(&mut stacked);
    Ok(stacked)
}

/// The columns that an estimator gives: of two probabilities the second alone.
fn answer(context: &mut Context, predictor: &Predictor, method: &str, has_two_classes: bool) -> Result<ValueId> {
    if method == "predict" {
        return predictor.predicted_numbers(&mut context.graph);
    }
    let outputs = predictor.method(method).map(|method| &method.outputs[..]).unwrap_or_default();
    let g = &mut context.graph;
    match outputs {
        [] => Err(Error::unsupported("no-method", format!("the inner estimator has no `{method}`"))),
        [output] if method == "predict_proba" && has_two_classes => {
            let width = g.width(output.value);
            g.columns(output.value, (1..width).collect())
        }
        [output] => Ok(output.value),
        several => {
            let mut columns = Vec::with_capacity(several.len());
            for output in several {
                let width = g.width(output.value);
                columns.push(g.columns(output.value, (1..width).collect())?);
            }
            g.concat(&columns)
        }
    }
}

/// `stackingclassifier_lr`: the names of the columns that come from each estimator that is not dropped.
fn names(estimator: Fitted<'_>) -> Result<Vec<String>> {
    let class = estimator.class_name().to_lowercase();
    let all = named(estimator, "estimators")?.into_iter();
    let kept = all.filter(|(_, inner)| !inner.is_none() && inner.plain_str() != Some("drop"));
    Ok(kept.map(|(name, _)| format!("{class}_{name}")).collect())
}

/// The length of a list or array.
fn count(values: Fitted<'_>) -> Option<usize> {
    if values.is_array() {
        values.array().ok().map(|array| array.len())
    } else {
        values.items().ok().map(|all| all.len())
    }
}
