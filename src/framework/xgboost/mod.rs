//! XGBoost: models of 1.7 to 3.x in JSON and UBJSON; gbtree, dart and gblinear. The old binary format and dumps of trees
//! are refused by name.
//!
//! A file answers as the object that was saved: a `Booster`, or the scikit-learn estimator whose attributes it holds.
//! Cells that are infinite in single precision are scored as the estimators and `inplace_predict` score them; only
//! `DMatrix` refuses them.

mod category;
mod describe;
mod ensemble;
mod importance;
mod learner;
mod linear;
mod lower;
mod objective;
mod parameter;
mod tree;
mod wrapper;

#[cfg(test)]
mod tests;

pub use importance::Importance;
pub use learner::Booster;
pub use objective::OBJECTIVES;
pub use wrapper::Wrapper;

use super::Source;
use super::supported::Support;
use crate::error::{Error, Result};
use crate::graph::GraphBuilder;
use crate::model::{Framework, Model};

/// The first bytes of the binary format that 1.7 still wrote by default.
const OLD_BINARY: &[u8] = b"binf";
/// The first bytes of `dump_model` as text.
const TEXT_DUMP: &[u8] = b"booster[";
/// How far into a file its first keys stand.
const HEAD_BYTES: usize = 256;

/// Whether the content looks like a file of XGBoost: a model, or one that is refused by name.
pub fn recognises(bytes: &[u8]) -> bool {
    bytes.starts_with(OLD_BINARY) || is_dump(bytes) || first_key(bytes).is_some_and(|key| is_ours(key, bytes))
}

fn is_ours(first_key: &[u8], bytes: &[u8]) -> bool {
    match first_key {
        b"learner" => true,
        b"version" | b"Config" | b"Model" => contains(head(bytes), b"learner"),
        _ => false,
    }
}

fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..HEAD_BYTES).unwrap_or(bytes)
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fn is_dump(bytes: &[u8]) -> bool {
    let head = head(bytes);
    head.starts_with(TEXT_DUMP) || (head.starts_with(b"[") && contains(head, b"\"nodeid\""))
}

/// The first key of an object in JSON or UBJSON.
fn first_key(bytes: &[u8]) -> Option<&[u8]> {
    let rest = head(bytes).strip_prefix(b"{")?;
    let rest = rest.trim_ascii_start();
    if let Some(text) = rest.strip_prefix(b"\"") {
        return text.split(|byte| *byte == b'"').next();
    }
    // A length marker, a big-endian length below 256, the key.
    let length_bytes = match rest.first()? {
        b'i' | b'U' => 1,
        b'I' => 2,
        b'l' => 4,
        b'L' => 8,
        _ => return None,
    };
    let length = usize::from(*rest.get(length_bytes)?);
    rest.get(length_bytes + 1..)?.get(..length)
}

/// Reads a model file, or refuses the forms of XGBoost's that hold none.
pub fn read(source: Source<'_>) -> Result<Model> {
    if source.bytes.starts_with(OLD_BINARY) {
        let message = "XGBoost's old binary format (`binf`) cannot be read";
        return Err(Error::unsupported("xgboost-old-binary", message).hint(
            "load the model in the XGBoost that saved it and save it again under a name ending in `.ubj` or `.json`",
        ));
    }
    if is_dump(source.bytes) {
        let message = "a dump of trees is no model: objective and base_score are not in it";
        return Err(Error::unsupported("xgboost-dump", message)
            .hint("save the model with `booster.save_model(\"model.ubj\")` instead of `dump_model`"));
    }
    let booster = Booster::parse(source.bytes)?;
    let wrapper = booster.wrapper()?;
    let fields = booster.fields();
    let mut g = GraphBuilder::new(fields.iter().map(|field| field.element).collect());
    let x = booster.features(&mut g)?;
    let methods = booster.lower(&mut g, x, wrapper.as_ref())?;
    Ok(Model {
        framework: Framework { name: "xgboost".into(), version: Some(booster.version().into()) },
        encoding: booster.encoding.into(),
        estimator: booster.estimator(wrapper.as_ref()),
        task: booster.task(wrapper.as_ref()),
        fields_are_named: booster.feature_names().is_some(),
        fields,
        methods,
        graph: g.finish(),
        imports: Vec::new(),
        notes: booster.notes(wrapper.is_some()),
    })
}

/// The objectives whose answers are known; boosters gbtree, dart and gblinear.
pub fn supported() -> Vec<Support> {
    objective::OBJECTIVES.iter().map(|known| Support::objective(known.name)).collect()
}
