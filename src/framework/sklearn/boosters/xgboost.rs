//! `XGBClassifier`, `XGBRegressor`, `XGBRanker`, `XGBRFClassifier`, `XGBRFRegressor`: the booster is UBJSON in a
//! bytearray.

use super::super::classes::Classes;
use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Column, Frame, Values};
use super::super::inputs::Inputs;
use super::super::predictor::Predictor;
use super::super::selection::importance::singles_sum;
use crate::error::{Error, Result};
use crate::framework::xgboost::{Booster, Importance, Wrapper};
use crate::graph::ValueId;
use crate::model::{Category, Field, Method};
use crate::tensor::ElementType;

/// Every method of the estimator.
pub fn predict(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let booster = booster(estimator)?;
    let wrapper = wrapper(estimator)?;
    frame.expect_width(booster.n_features())?;
    let x = features(context, &booster, frame)?;
    let methods = booster.lower(&mut context.graph, x, Some(&wrapper)).map_err(|error| estimator.located(error))?;
    context.notes.extend(booster.notes(true));
    let classes = if wrapper.is_classifier { classes(context, &methods) } else { Vec::new() };
    Ok(Predictor { task: booster.task(Some(&wrapper)), classes, methods })
}

/// The columns that the booster names.
pub fn inputs(estimator: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    let booster = booster(estimator)?;
    let named = booster.feature_names().map(|names| Inputs::named(names.into_iter().map(str::to_owned).collect()));
    named.unwrap_or_else(|| Inputs::unnamed(booster.n_features())).map(Some)
}

fn booster(estimator: Fitted<'_>) -> Result<Booster> {
    let handle = estimator.attribute("_Booster")?.attribute("handle")?;
    Booster::parse(&handle.as_bytes()?).map_err(|error| handle.located(error))
}

/// `feature_importances_`: shares of the importance of all columns, in float32.
pub fn importances(estimator: Fitted<'_>) -> Result<Vec<f64>> {
    let name = estimator.present("importance_type").map_or(Ok("gain".into()), Fitted::as_str)?;
    let kinds = "'weight', 'gain', 'cover', 'total_gain' or 'total_cover'";
    let kind = Importance::named(&name).ok_or_else(|| estimator.unsupported_parameter("importance_type", kinds))?;
    let handle = estimator.attribute("_Booster")?.attribute("handle")?;
    let found = kind.of_features(&handle.as_bytes()?).map_err(|error| handle.located(error))?;
    let Some(found) = found else {
        let message = "the importances of a linear booster are not stored in the file";
        return Err(estimator.located(Error::unsupported("missing-attribute", message)));
    };
    let found: Vec<f64> = found.into_iter().map(f64::from).collect();
    let total = singles_sum(&found);
    let share = |importance: f64| if total == 0.0 { importance } else { f64::from((importance / total) as f32) };
    Ok(found.into_iter().map(share).collect())
}

fn wrapper(estimator: Fitted<'_>) -> Result<Wrapper> {
    let class = estimator.class_name();
    let wrapper = Wrapper::of_class(class)
        .ok_or_else(|| estimator.located(Error::internal(format!("`{class}` is no estimator of XGBoost"))))?;
    let missing = match estimator.present("missing") {
        Some(missing) => missing.as_f64()? as f32,
        None => f32::NAN,
    };
    // The encoder of labels that `use_label_encoder` put around the classes.
    let labels = match estimator.present("_le") {
        Some(encoder) => Some(Classes::read(encoder.attribute("classes_")?)?.data()?),
        None => None,
    };
    Ok(Wrapper { missing, labels, ..wrapper })
}

/// The table as float32, names of categories replaced by their codes.
fn features(context: &mut Context, booster: &Booster, frame: &Frame) -> Result<ValueId> {
    if !booster.has_category_names() {
        let wide = frame.numbers(context, Accepts::Everything)?;
        return context.graph.cast(wide, ElementType::F32);
    }
    let columns = frame.columns.iter().zip(booster.fields()).enumerate();
    let parts: Vec<ValueId> = columns
        .map(|(feature, (column, field))| match &field.categories {
            Some(categories) => codes(context, booster, feature, column, &field, categories),
            None => {
                let wide = column.number(context)?;
                context.graph.cast(wide, ElementType::F32)
            }
        })
        .collect::<Result<_>>()?;
    context.graph.concat(&parts)
}

fn codes(
    context: &mut Context,
    booster: &Booster,
    feature: usize,
    column: &Column,
    field: &Field,
    categories: &[Category],
) -> Result<ValueId> {
    if let Values::Field(input) = column.values {
        context.note_categories(input, categories);
    }
    let value = match field.element {
        ElementType::Text => column.text(context)?.0,
        _ => column.number(context)?,
    };
    booster.category_codes(&mut context.graph, feature, value)
}

/// The classes 0, 1, 2, … of a classifier, as many as it has probabilities.
fn classes(context: &Context, methods: &[Method]) -> Vec<Classes> {
    let probabilities = methods.iter().find(|method| method.name == "predict_proba");
    let width = probabilities.and_then(|method| method.outputs.first()).map_or(0, |o| context.graph.width(o.value));
    vec![Classes { labels: (0..width as i64).map(Category::Integer).collect() }]
}
