//! The framework's own file as snowflake-ml-python's loaders read it: XGBoost's by XGBoost, pickles by cloudpickle.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::blob::{self, Blob};
use crate::artifact::{ArtifactFile, Content, ModelEntry, Role};
use crate::error::{Error, Result};
use crate::generate::GenerateInput;

/// What model.yaml says of the file.
pub fn blob(model: &ModelEntry) -> Result<Blob> {
    let class = model.estimator.class.as_str();
    let path = model.file.rsplit('/').next().unwrap_or(&model.file).to_owned();
    let of = |model_type, handler_version, options: Value| Blob {
        model_type,
        handler_version,
        path: path.clone(),
        artifacts: BTreeMap::new(),
        options: options.as_object().cloned().unwrap_or_else(Map::new),
    };
    let is_pickle = model.encoding.starts_with("pickle");
    Ok(match model.framework.name.as_str() {
        "xgboost" if !is_pickle => {
            let class = if class.starts_with("XGB") { class } else { "Booster" };
            of("xgboost", "2023-12-01", json!({"enable_categorical": true, "xgb_estimator_type": class}))
        }
        "lightgbm" if is_pickle => of("lightgbm", "2024-03-19", json!({"lightgbm_estimator_type": "Booster"})),
        "scikit-learn" if is_pickle && class.starts_with("LGBM") => {
            of("lightgbm", "2024-03-19", json!({"lightgbm_estimator_type": class}))
        }
        "scikit-learn" if is_pickle => of("sklearn", "2023-12-01", json!({})),
        other => {
            let message = format!("snowflake-ml-python has no loader for {} of {other}", model.encoding);
            return Err(Error::unsupported("snowflake-layout", message).hint("leave out `--layout snowflake-ml`"));
        }
    })
}

/// The model file in the loader's folder and in its form.
pub fn take_model(input: &mut GenerateInput) -> Result<ArtifactFile> {
    let content = std::mem::replace(&mut input.model_file, Content::Bytes(Vec::new()));
    let name = match input.model.encoding.as_str() {
        "JSON" => "model.json",
        _ => "model.ubj",
    };
    input.model.file = format!("{}/{name}", blob::folder(&input.identity.name));
    Ok(ArtifactFile::new(input.model.file.clone(), Role::Model, content))
}
