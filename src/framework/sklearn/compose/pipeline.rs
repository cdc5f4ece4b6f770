//! `Pipeline`: each step transforms for the next, the last one does the rest. imbalanced-learn's has samplers too, which
//! only choose training rows.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::inputs::{self, Inputs};
use super::super::lowering::Delegated;
use crate::error::{Error, Result};

/// Lowers all steps but the last.
pub fn delegate<'a>(context: &mut Context, pipeline: Fitted<'a>, frame: &Frame) -> Result<Delegated<'a>> {
    let mut steps = named(pipeline, "steps")?;
    let Some((name, last)) = steps.pop() else {
        return Err(pipeline.located(Error::malformed("empty-pipeline", "the pipeline has no steps")));
    };
    let mut frame = frame.clone();
    for (name, step) in steps.into_iter().filter(|(_, step)| !is_sampler(*step)) {
        frame = context.within(place(&name), |context| context.transform(step, &frame))?;
    }
    Ok(Delegated { place: place(&name), estimator: last, frame })
}

/// The input columns of the first step. A `FunctionTransformer` does not know them before 1.2, but keeps them.
pub fn inputs(pipeline: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    for (_, step) in named(pipeline, "steps")? {
        if step.is_passthrough() {
            continue;
        }
        let found = inputs::find(step, depth + 1)?;
        if found.is_some() || step.class_name() != "FunctionTransformer" {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Whether an estimator chooses, adds or removes training rows: new rows pass it unchanged.
pub fn is_sampler(estimator: Fitted<'_>) -> bool {
    const PACKAGES: [&str; 4] =
        ["imblearn.base", "imblearn.combine", "imblearn.over_sampling", "imblearn.under_sampling"];
    PACKAGES.contains(&&*estimator.package())
}

/// The (name, estimator) pairs of a list.
pub fn named<'a>(estimator: Fitted<'a>, attribute: &str) -> Result<Vec<(String, Fitted<'a>)>> {
    let pair = |pair: Fitted<'a>| {
        let [name, estimator] = pair.items_exactly()?;
        Ok((name.as_str()?.into_owned(), estimator))
    };
    estimator.attribute(attribute)?.items()?.into_iter().map(pair).collect()
}

fn place(name: &str) -> String {
    format!("step `{name}`")
}
