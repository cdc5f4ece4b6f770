//! `Pipeline`: each step transforms for the next, the last one does the rest.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::inputs::{self, Inputs};
use super::super::lowering::Delegated;
use crate::error::{Error, Result};

/// Lowers all steps but the last.
pub fn delegate<'a>(context: &mut Context, pipeline: Fitted<'a>, frame: &Frame) -> Result<Delegated<'a>> {
    let mut steps = steps(pipeline)?;
    let Some((name, last)) = steps.pop() else {
        return Err(pipeline.located(Error::malformed("empty-pipeline", "the pipeline has no steps")));
    };
    let mut frame = frame.clone();
    for (name, step) in steps {
        frame = context.within(place(&name), |context| context.transform(step, &frame))?;
    }
    Ok(Delegated { place: place(&name), estimator: last, frame })
}

/// The input columns of the first step that knows them.
pub fn inputs(pipeline: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    for (_, step) in steps(pipeline)? {
        if !step.is_passthrough() {
            return inputs::find(step, depth + 1);
        }
    }
    Ok(None)
}

/// The steps with their names.
pub fn steps<'a>(pipeline: Fitted<'a>) -> Result<Vec<(String, Fitted<'a>)>> {
    let named = |step: Fitted<'a>| {
        let [name, estimator] = step.items_exactly()?;
        Ok((name.as_str()?.into_owned(), estimator))
    };
    pipeline.attribute("steps")?.items()?.into_iter().map(named).collect()
}

fn place(name: &str) -> String {
    format!("step `{name}`")
}
