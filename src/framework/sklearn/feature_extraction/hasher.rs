//! `FeatureHasher`: its rows are dicts, pairs or lists of any names, so no table of fixed columns holds them.

use super::super::context::Context;
use super::super::fitted::Fitted;
use super::super::frame::Frame;
use super::super::inputs::Inputs;
use crate::error::{Error, Result};

fn refusal(hasher: Fitted<'_>) -> Error {
    let message = "`FeatureHasher` takes dicts or lists of any names, and the file does not say which: no table has them \
                   as columns";
    hasher.located(Error::unsupported("no-input-columns", message)).hint(
        "`DictVectorizer` knows its names, `HashingVectorizer` hashes texts; `--engine native --no-score-module` packages \
         the model unproven",
    )
}

/// Refuses the hasher as the first step.
pub fn inputs(hasher: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    Err(refusal(hasher))
}

/// Refuses the hasher anywhere.
pub fn transform(_context: &mut Context, hasher: Fitted<'_>, _frame: &Frame) -> Result<Frame> {
    Err(refusal(hasher))
}
