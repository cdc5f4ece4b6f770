//! The framework's own file as snowflake-ml-python's loaders read it: XGBoost's by XGBoost,
//! CatBoost's binary form by CatBoost, pickles by cloudpickle.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::{Map, json};

use super::blob::{self, Blob};
use crate::artifact::{ArtifactFile, Content, ModelEntry, Role, sha256};
use crate::encoding::joblib;
use crate::error::{Error, Result};
use crate::generate::GenerateInput;

/// What to do about a file that has no loader.
const WITHOUT: &str = "leave out `--layout snowflake-ml`: in the usual layout the package loads a class of ours";

/// What model.yaml says of the file.
pub fn blob(model: &ModelEntry) -> Result<Blob> {
    let class = model.estimator.class.as_str();
    let (model_type, handler_version, options) = match model.framework.name.as_str() {
        "xgboost" => {
            let class = if class.starts_with("XGB") { class } else { "Booster" };
            ("xgboost", "2023-12-01", json!({"enable_categorical": true, "xgb_estimator_type": class}))
        }
        "lightgbm" => ("lightgbm", "2024-03-19", json!({"lightgbm_estimator_type": "Booster"})),
        "catboost" if model.encoding == "CBM" => ("catboost", "2024-03-21", json!({"catboost_estimator_type": class})),
        "scikit-learn" if class.starts_with("LGBM") => {
            ("lightgbm", "2024-03-19", json!({"lightgbm_estimator_type": class}))
        }
        "scikit-learn" => ("sklearn", "2023-12-01", json!({})),
        other => {
            let message = format!("snowflake-ml-python has no loader for {} of {other}", model.encoding);
            return Err(Error::unsupported("snowflake-layout", message).hint(WITHOUT));
        }
    };
    Ok(Blob {
        model_type,
        handler_version,
        path: model.file.rsplit('/').next().unwrap_or(&model.file).to_owned(),
        artifacts: BTreeMap::new(),
        options: options.as_object().cloned().unwrap_or_else(Map::new),
    })
}

/// The model file in the loader's folder and in a form that it reads.
pub fn take_model(input: &mut GenerateInput) -> Result<ArtifactFile> {
    // What has no loader is refused by name.
    blob(&input.model)?;
    let content = std::mem::replace(&mut input.model_file, Content::Bytes(Vec::new()));
    let (name, content) = match (input.model.framework.name.as_str(), input.model.encoding.as_str()) {
        ("xgboost", "JSON") => ("model.json", content),
        ("xgboost", _) => ("model.ubj", content),
        ("catboost", _) => ("model.bin", content),
        _ => ("model.pkl", pickled(input, &content)?),
    };
    input.model.file = format!("{}/{name}", blob::folder(&input.identity.name));
    Ok(ArtifactFile::new(input.model.file.clone(), Role::Model, content))
}

/// The model as a plain pickle, which the package's loaders read with cloudpickle.
fn pickled(input: &mut GenerateInput, content: &Content) -> Result<Content> {
    let saved = read(content)?;
    let located = |error: Error| error.in_file(&input.model_name).hint(WITHOUT);
    let pickle = match input.model.framework.name.as_str() {
        "lightgbm" => pickled_booster(&saved)?,
        _ => joblib::plain_pickle(&saved).map_err(located)?,
    };
    if pickle != saved {
        input.notes.push(format!(
            "{} (SHA-256 {}) is stored as a plain pickle of the same object: snowflake-ml-python loads no other form",
            input.model_name,
            sha256(&saved)
        ));
    }
    input.model.encoding = "pickle".into();
    Ok(Content::Bytes(pickle))
}

/// A pickle that calls `lightgbm.Booster(None, None, None, text)`, whose last parameter is the text of a model.
fn pickled_booster(text: &[u8]) -> Result<Vec<u8>> {
    let length = u32::try_from(text.len()).map_err(|_| Error::internal("a text file of 4 GiB passed the limits"))?;
    let length = length.to_le_bytes();
    Ok([b"\x80\x02clightgbm.basic\nBooster\n(NNNX".as_slice(), &length, text, b"tR."].concat())
}

fn read(content: &Content) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    content.open()?.read_to_end(&mut bytes).map_err(|error| content.error(&error))?;
    Ok(bytes)
}
