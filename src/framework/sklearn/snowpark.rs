//! Snowpark ML (`snowflake.ml.modeling`): estimators of other packages inside a shell that knows its columns by name.
//!
//! Its own preprocessors have no such object inside. They compute as scikit-learn's, and keep a number per column in a
//! dict by the column's name, which [`Attributes::floats`] reads.

use super::compose::named;
use super::context::Context;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::inputs::Inputs;
use super::lowering::{Delegated, Transform};
use super::preprocessing::{label, normalize, one_hot, ordinal, scale};
use crate::error::{Error, Result};

/// The attributes that hold the object inside.
const NATIVE: [&str; 3] = ["_sklearn_object", "_xgboost_object", "_lightgbm_object"];

/// The preprocessors that have no object inside.
const OWN: &[(&str, Transform)] = &[
    ("Binarizer", normalize::binarize),
    ("LabelEncoder", label::encode),
    ("MaxAbsScaler", scale::max_abs),
    ("MinMaxScaler", scale::min_max),
    ("Normalizer", normalize::normalize),
    ("OneHotEncoder", one_hot::transform),
    ("OrdinalEncoder", ordinal::transform),
    ("RobustScaler", scale::robust),
    ("StandardScaler", scale::standard),
];

/// A shell: the object inside gets the columns that the shell names.
pub fn native<'a>(_context: &mut Context, shell: Fitted<'a>, frame: &Frame) -> Result<Delegated<'a>> {
    let native = NATIVE.iter().find_map(|name| Some((*name, shell.present(name)?)));
    let Some((place, estimator)) = native else {
        let message =
            format!("`{}` of Snowpark ML holds no fitted object of scikit-learn's or a booster's", shell.class_name());
        return Err(shell.located(Error::unsupported("unsupported-estimator", message)));
    };
    Ok(Delegated { place: place.to_owned(), estimator, frame: selected(shell, frame)? })
}

/// A preprocessor of Snowpark ML's own.
pub fn own(context: &mut Context, shell: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let class = shell.class_name();
    let Some((_, transform)) = OWN.iter().find(|(known, _)| *known == class) else {
        return Err(shell.located(Error::internal(format!("`{class}` is no preprocessor of Snowpark ML"))));
    };
    let selected = selected(shell, frame)?;
    transform(context, shell, &selected)
}

/// The columns that a shell or preprocessor takes.
pub fn inputs(shell: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    Inputs::named(names(shell.attribute("input_cols")?)?).map(Some)
}

/// `Pipeline`: each step replaces or adds columns of the table, the last one does the rest.
pub fn pipeline<'a>(context: &mut Context, pipeline: Fitted<'a>, frame: &Frame) -> Result<Delegated<'a>> {
    let mut steps = named(pipeline, "steps")?;
    let Some((name, last)) = steps.pop() else {
        return Err(pipeline.located(Error::malformed("empty-pipeline", "the pipeline has no steps")));
    };
    let mut frame = frame.clone();
    for (name, step) in steps {
        frame = context.within(format!("step `{name}`"), |context| applied(context, step, &frame))?;
    }
    Ok(Delegated { place: format!("step `{name}`"), estimator: last, frame })
}

/// The columns that some step takes and no step before it makes.
pub fn pipeline_inputs(pipeline: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    let (mut taken, mut made): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for (_, step) in named(pipeline, "steps")? {
        for name in names(step.attribute("input_cols")?)? {
            if !made.contains(&name) && !taken.contains(&name) {
                taken.push(name);
            }
        }
        made.extend(outputs(step)?);
    }
    Inputs::named(taken).map(Some)
}

/// The table after a step.
fn applied(context: &mut Context, step: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let transformed = context.transform(step, frame)?;
    let outputs = outputs(step)?;
    if outputs.len() != transformed.width() {
        let message = format!("{} output columns are named, but there are {}", outputs.len(), transformed.width());
        return Err(step.located(Error::malformed("column-count", message)));
    }
    let mut frame = frame.clone();
    for (name, column) in outputs.iter().zip(transformed.columns) {
        let column = super::frame::Column { name: name.clone(), ..column };
        match frame.columns.iter_mut().find(|known| known.name == *name) {
            Some(known) => *known = column,
            None => frame.columns.push(column),
        }
    }
    if step.flag("_drop_input_cols", false)? {
        let inputs = names(step.attribute("input_cols")?)?;
        frame.columns.retain(|column| outputs.contains(&column.name) || !inputs.contains(&column.name));
    }
    Ok(frame)
}

/// The names of a step's results; an encoder makes its own out of the given ones.
fn outputs(step: Fitted<'_>) -> Result<Vec<String>> {
    match step.present("_inferred_output_cols") {
        Some(inferred) => names(inferred),
        None => names(step.attribute("output_cols")?),
    }
}

/// The columns that a shell names, in its order.
fn selected(shell: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let place = |name: String| {
        frame.columns.iter().position(|column| column.name == name).ok_or_else(|| {
            let message = format!("the estimator takes a column `{name}`, which the table has not");
            shell.located(Error::malformed("column-index", message))
        })
    };
    let places: Vec<usize> = names(shell.attribute("input_cols")?)?.into_iter().map(place).collect::<Result<_>>()?;
    frame.select(&places)
}

fn names(list: Fitted<'_>) -> Result<Vec<String>> {
    if list.is_array() {
        return list.array()?.to_strings();
    }
    list.items()?.into_iter().map(|name| Ok(name.as_str()?.into_owned())).collect()
}
