//! `CatBoost`, `CatBoostClassifier`, `CatBoostRegressor`, `CatBoostRanker`: the state holds the binary form as bytes.

use super::super::classes::Classes;
use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Column, Frame};
use super::super::inputs::Inputs;
use super::super::predictor::Predictor;
use crate::error::{Error, Result};
use crate::framework::catboost::{Answers, Booster, Wrapper};
use crate::graph::ValueId;
use crate::model::{Category, Field, Framework, Task};
use crate::tensor::{Data, ElementType};

/// Every method of the estimator.
pub fn predict(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let booster = booster(estimator)?;
    let fields = booster.fields();
    frame.expect_width(fields.len())?;
    let (mut numbers, mut categories) = (Vec::new(), Vec::new());
    for (column, field) in frame.columns.iter().zip(&fields) {
        match field.element {
            ElementType::Text => categories.push(category(context, column, field)?),
            _ => {
                let wide = column.number(context)?;
                numbers.push(context.graph.cast(wide, ElementType::F32)?);
            }
        }
    }
    let inputs = booster.inputs_of(&mut context.graph, &numbers, &categories)?;
    let wrapper = wrapper(estimator)?;
    let answers = booster.answers(&mut context.graph, &inputs, wrapper);
    let Answers { task, methods, labels } = answers.map_err(|error| estimator.located(error))?;
    context.notes.extend(booster.notes());
    let classes = labels.filter(|_| task != Task::MultilabelClassification).map(classes);
    Ok(Predictor { task, classes: classes.into_iter().collect(), methods })
}

/// The columns that the model names.
pub fn inputs(estimator: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    let booster = booster(estimator)?;
    let names = booster.fields().into_iter().map(|field| field.name).collect();
    Ok(Some(Inputs { names, are_named: booster.fields_are_named() }))
}

/// CatBoost, where the estimator is one of its own.
pub fn framework(estimator: Fitted<'_>) -> Option<Framework> {
    (estimator.package() == "catboost.core")
        .then(|| booster(estimator).ok().map(|booster| booster.framework()))
        .flatten()
}

fn booster(estimator: Fitted<'_>) -> Result<Booster> {
    let model = estimator.optional("__model").ok_or_else(|| {
        let message = format!("`{}` was not fitted: its state holds no model", estimator.class_name());
        estimator.located(Error::unsupported("missing-attribute", message)).hint("fit it before saving it")
    })?;
    Booster::parse(&model.as_bytes()?).map_err(|error| model.located(error))
}

/// The class, and whether the object was told its loss: without it a regressor's `predict` is the raw sum.
fn wrapper(estimator: Fitted<'_>) -> Result<Wrapper> {
    let class = estimator.class_name();
    let loss = ["loss_function", "objective"].into_iter().find_map(|name| estimator.present(name));
    Wrapper::of_class(class, loss.is_some_and(|loss| loss.plain_str().is_some()))
        .ok_or_else(|| estimator.located(Error::internal(format!("`{class}` is no estimator of CatBoost"))))
}

/// A column of categories as text.
fn category(context: &mut Context, column: &Column, field: &Field) -> Result<ValueId> {
    let (text, _, missing) = column.text(context)?;
    if !field.nullable {
        column.refuse_missing(context);
    }
    context.fill_text(text, missing)
}

fn classes(labels: Data) -> Classes {
    let labels = match labels {
        Data::Bool(labels) => labels.into_iter().map(Category::Bool).collect(),
        Data::I64(labels) => labels.into_iter().map(Category::Integer).collect(),
        Data::Text(labels) => labels.into_iter().map(|label| Category::Text(label.unwrap_or_default())).collect(),
        Data::F64(labels) => labels.into_iter().map(Category::Number).collect(),
        _ => Vec::new(),
    };
    Classes { labels }
}
