//! Frames side by side: weights, names and element types of what several transformers made.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::{Frame, promote};
use crate::encoding::array::Cell;
use crate::error::Result;
use crate::limits;

/// What one transformer made.
#[derive(Debug)]
pub struct Part {
    /// The transformer's name.
    pub name: String,
    /// Its columns.
    pub frame: Frame,
}

/// How the columns are called.
#[derive(Debug)]
pub enum Names {
    /// By the transformer's name and their own: `num__age`.
    Prefixed,
    /// By their own.
    Own,
    /// By a format with `{transformer_name}` and `{feature_name}` (1.6).
    Format(String),
}

impl Names {
    /// What `verbose_feature_names_out` says. A function gives names that only Python can compute.
    pub fn read(estimator: Fitted<'_>) -> Result<Self> {
        let value = estimator.optional("verbose_feature_names_out");
        Ok(match value.map(Fitted::cell) {
            Some(Cell::Bool(false)) => Names::Own,
            Some(Cell::Str(format)) => Names::Format(format.into_owned()),
            _ => Names::Prefixed,
        })
    }

    fn of(&self, part: &str, own: &str) -> String {
        match self {
            // Columns of hashes have no names.
            _ if own.is_empty() => String::new(),
            Names::Prefixed => format!("{part}__{own}"),
            Names::Own => own.to_owned(),
            Names::Format(format) => format.replace("{transformer_name}", part).replace("{feature_name}", own),
        }
    }
}

/// The parts side by side, each times its weight.
pub fn join(context: &mut Context, estimator: Fitted<'_>, parts: Vec<Part>, names: &Names) -> Result<Frame> {
    let weights = estimator.present("transformer_weights");
    let mut joined = Frame::default();
    for part in parts {
        let weight = weights.and_then(|weights| weights.get(&part.name)).filter(|weight| !weight.is_none());
        let mut frame = match weight {
            Some(weight) => weighted(context, &part.frame, weight.as_f64()?)?,
            None => part.frame,
        };
        frame.columns.iter_mut().for_each(|column| column.name = names.of(&part.name, &column.name));
        limits::SPARSE_COLUMNS.check_len(joined.width() + frame.width())?;
        joined.columns.extend(frame.columns);
    }
    if !keeps_column_types(estimator)? {
        promote(&mut joined);
    }
    Ok(joined)
}

fn weighted(context: &mut Context, frame: &Frame, weight: f64) -> Result<Frame> {
    let x = frame.matrix(context, Accepts::Everything)?;
    let weight = context.graph.number(weight, x)?;
    let weighted = context.graph.mul(x, weight)?;
    Ok(frame.renumbered(weighted))
}

/// Whether the result is a data frame, whose columns keep their types (`set_output`).
pub fn keeps_column_types(estimator: Fitted<'_>) -> Result<bool> {
    let output = estimator.present("_sklearn_output_config").and_then(|config| config.get("transform"));
    Ok(output.is_some_and(|output| matches!(output.plain_str(), Some("pandas" | "polars"))))
}
