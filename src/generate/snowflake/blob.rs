//! What snowflake-ml-python loads: a class of ours that runs the score module, or the framework's own object.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::code::{CLASS, CLASS_MODULE, package};
use super::{MODEL_FOLDER, loader};
use crate::artifact::Manifest;
use crate::error::Result;
use crate::generate::script::script;
use crate::generate::{Layout, ModelPlace};
use crate::snowflake::QualifiedName;

/// The folder of what is loaded, below a name.
const FOLDER: &str = "models";
/// The file that holds the class.
const PICKLE: &str = "model.pkl";

/// One entry of model.yaml's `models`.
#[derive(Debug)]
pub struct Blob {
    /// Which of the package's loaders reads it.
    pub model_type: &'static str,
    /// The version of that loader.
    pub handler_version: &'static str,
    /// The file, in the entry's own folder.
    pub path: String,
    /// Further files by name, relative to that folder.
    pub artifacts: BTreeMap<&'static str, String>,
    /// What the loader is told.
    pub options: Map<String, Value>,
}

impl Blob {
    /// The only entry.
    pub fn of(manifest: &Manifest, layout: &Layout) -> Result<Blob> {
        match layout.model {
            ModelPlace::Beside => class(manifest),
            ModelPlace::Loader => loader::blob(&manifest.model),
        }
    }
}

fn class(manifest: &Manifest) -> Result<Blob> {
    let loaded = script(manifest)?.load_file.to_owned();
    let loaded = loaded.strip_prefix(MODEL_FOLDER).unwrap_or(&loaded);
    Ok(Blob {
        model_type: "custom",
        handler_version: "2023-12-01",
        path: PICKLE.into(),
        artifacts: BTreeMap::from([("model", format!("../../{loaded}"))]),
        options: Map::new(),
    })
}

/// The name of the model inside its folder: the registry's where that is a plain word.
pub fn name(model: &str) -> String {
    let name = QualifiedName::parse(model).map(|qualified| qualified.name.name().to_owned()).unwrap_or_default();
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty();
    if is_plain { name } else { "MODEL".into() }
}

/// The folder of what is loaded.
pub fn folder(model: &str) -> String {
    format!("{MODEL_FOLDER}{FOLDER}/{}", name(model))
}

/// model.pkl: the tuple that the package's loader of custom models expects, in the opcodes of protocol 0: the name of
/// our class, and a context that is empty. It holds no code: `GLOBAL`, `GLOBAL`, a call without arguments, `TUPLE`.
pub fn pickle(manifest: &Manifest) -> Result<Vec<(String, Vec<u8>)>> {
    let module = format!("{}.{CLASS_MODULE}", package(manifest)?);
    let text = format!("(c{module}\n{CLASS}\ncsnowflake.ml.model.custom_model\nModelContext\n(tRt.");
    Ok(vec![(format!("{}/{PICKLE}", folder(&manifest.artifact.name)), text.into_bytes())])
}
