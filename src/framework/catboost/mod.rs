//! CatBoost: models of 1.0 to 1.2 in the binary form (`.cbm`) and in JSON; oblivious trees and others, categories by
//! one-hot values and target statistics. Features of text and vectors are refused by name.
//!
//! A file does not tell the Python class that saved it. It answers as the class of its loss function:
//! `CatBoostClassifier`, `CatBoostRegressor` or `CatBoostRanker`; `predict_raw` is what `CatBoost` predicts. A pickle
//! tells its class.

mod binary;
mod booster;
mod ctr;
mod describe;
mod info;
mod json;
mod lower;
mod methods;
mod objective;
mod parts;
mod statistics;
mod trees;

#[cfg(test)]
mod tests;

pub use booster::Booster;
pub use lower::Inputs;
pub use methods::{Answers, Wrapper};

use super::Source;
use crate::error::Result;
use crate::framework::supported::Support;
use crate::graph::GraphBuilder;
use crate::model::{Framework, Model};

/// How far into a file its first keys stand.
const HEAD_BYTES: usize = 256;

/// Whether the content looks like a file of CatBoost.
pub fn recognises(bytes: &[u8]) -> bool {
    bytes.starts_with(binary::MAGIC) || is_json(bytes)
}

/// The first key of the JSON form, which CatBoost writes in alphabetical order, is one of two.
fn is_json(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    let Some(rest) = head.trim_ascii_start().strip_prefix(b"{") else { return false };
    let Some(rest) = rest.trim_ascii_start().strip_prefix(b"\"") else { return false };
    match rest.split(|byte| *byte == b'"').next() {
        Some(b"ctr_data" | b"features_info") => true,
        Some(b"model_info") => head.windows(17).any(|window| window == b"catboost_version_"),
        _ => false,
    }
}

impl Booster {
    /// Reads a model in the binary form or in JSON.
    pub fn parse(bytes: &[u8]) -> Result<Booster> {
        Booster::new(if bytes.starts_with(binary::MAGIC) { binary::read(bytes)? } else { json::read(bytes)? })
    }
}

/// Reads a model file.
pub fn read(source: Source<'_>) -> Result<Model> {
    let booster = Booster::parse(source.bytes)?.without_unused();
    let wrapper = booster.wrapper()?;
    let fields = booster.fields();
    let mut g = GraphBuilder::new(fields.iter().map(|field| field.element).collect());
    let inputs = booster.inputs(&mut g)?;
    let answers = booster.answers(&mut g, &inputs, wrapper)?;
    let mut notes = booster.notes();
    notes.push(format!("the file names no Python class: by its loss function it answers as `{}`", wrapper.class()));
    Ok(Model {
        framework: booster.framework(),
        encoding: booster.encoding.into(),
        estimator: booster.estimator(wrapper.class()),
        task: answers.task,
        fields_are_named: booster.fields_are_named(),
        fields,
        methods: answers.methods,
        graph: g.finish(),
        imports: Vec::new(),
        notes,
    })
}

impl Booster {
    /// CatBoost with its version.
    pub fn framework(&self) -> Framework {
        Framework { name: "catboost".into(), version: self.version().map(str::to_owned) }
    }
}

/// The loss functions whose answers are known.
pub fn supported() -> Vec<Support> {
    objective::LOSSES.iter().map(|(name, _)| Support::objective(name)).collect()
}
