//! `LGBMClassifier`, `LGBMRegressor`, `LGBMRanker`: the booster is LightGBM's text in a str.

use super::super::classes::Classes;
use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Frame, Values};
use super::super::inputs::Inputs;
use super::super::predictor::Predictor;
use crate::error::{Error, Result};
use crate::framework::lightgbm::{Booster, Wrapper, WrapperKind};
use crate::graph::ValueId;
use crate::model::Field;
use crate::tensor::ElementType;

/// Every method of the estimator.
pub fn predict(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let booster = booster(estimator)?;
    let fields = booster.fields()?;
    frame.expect_width(fields.len())?;
    let (kind, classes) = kind(estimator)?;
    let x = features(context, &booster, frame, &fields)?;
    let wrapper = Wrapper { booster: &booster, kind, best_iteration: best_iteration(estimator)? };
    let methods = wrapper.methods(&mut context.graph, x).map_err(|error| estimator.located(error))?;
    context.notes.extend(booster.notes()?);
    Ok(Predictor { task: wrapper.task(), classes, methods })
}

/// The columns that the booster names.
pub fn inputs(estimator: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    let booster = booster(estimator)?;
    let fields = booster.fields()?;
    match booster.fields_are_named() {
        true => Inputs::named(fields.into_iter().map(|field| field.name).collect()).map(Some),
        false => Inputs::unnamed(fields.len()).map(Some),
    }
}

fn booster(estimator: Fitted<'_>) -> Result<Booster> {
    let pickled = estimator.attribute("_Booster")?;
    // Renamed in 4.0.
    let text = match pickled.optional("_handle") {
        Some(text) => text,
        None => pickled.attribute("handle")?,
    };
    Booster::parse(text.as_str()?.as_bytes()).map_err(|error| text.located(error))
}

/// `feature_importances_`: the number of splits of each column, or their gains.
pub fn importances(estimator: Fitted<'_>) -> Result<Vec<f64>> {
    let by_gain = match &*estimator.word("importance_type", "split")? {
        "split" => false,
        "gain" => true,
        _ => return Err(estimator.unsupported_parameter("importance_type", "'split' or 'gain'")),
    };
    booster(estimator)?.importances(by_gain, best_iteration(estimator)?)
}

fn kind(estimator: Fitted<'_>) -> Result<(WrapperKind, Vec<Classes>)> {
    match estimator.class_name() {
        "LGBMClassifier" => {
            let classes = Classes::read(estimator.attribute("_classes")?)?;
            Ok((WrapperKind::Classifier(classes.data()?), vec![classes]))
        }
        "LGBMRegressor" => Ok((WrapperKind::Regressor, Vec::new())),
        "LGBMRanker" => Ok((WrapperKind::Ranker, Vec::new())),
        other => Err(estimator.located(Error::internal(format!("`{other}` is no estimator of LightGBM")))),
    }
}

/// The iterations that early stopping kept: all where it is 0 or -1.
fn best_iteration(estimator: Fitted<'_>) -> Result<Option<usize>> {
    let Some(best) = estimator.attribute("_Booster")?.present("best_iteration") else { return Ok(None) };
    Ok(usize::try_from(best.as_i64()?).ok().filter(|best| *best > 0))
}

/// The table as numbers. Categories can be looked up in input columns alone: pipelines hand their codes on.
fn features(context: &mut Context, booster: &Booster, frame: &Frame, fields: &[Field]) -> Result<ValueId> {
    if fields.iter().all(|field| field.categories.is_none()) {
        return frame.numbers(context, Accepts::Everything);
    }
    let inputs = frame.columns.iter().map(|column| match column.values {
        Values::Field(input) => Some(input),
        _ => None,
    });
    let inputs: Option<Vec<usize>> = inputs.collect();
    let first = inputs.as_ref().and_then(|inputs| inputs.first()).copied().unwrap_or(0);
    let Some(inputs) = inputs.filter(|inputs| inputs.iter().copied().eq(first..first + fields.len())) else {
        let message = "a model fitted on category columns cannot be compiled behind steps that change its columns";
        return Err(Error::unsupported("column-type", message)
            .hint("encode the categories in a step of the pipeline, so that the model gets numbers"));
    };
    for (input, field) in inputs.into_iter().zip(fields) {
        match field.element {
            ElementType::Text => context.text_field(input)?,
            _ => context.number_fields(vec![input])?,
        };
        if let Some(categories) = &field.categories {
            context.note_categories(input, categories);
        }
    }
    booster.input(&mut context.graph, first)
}
