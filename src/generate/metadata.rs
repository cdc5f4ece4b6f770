//! metadata.json: what the platform's model catalog shows, ready to be passed on when the model is created.

use serde_json::{Map, Value, json};

use super::FileKind;
use crate::artifact::{MANIFEST, Manifest};
use crate::error::Result;
use crate::model::Estimator;

/// Characters of a value that the catalog takes.
const CUSTOM_VALUE_CHARS: usize = 255;
/// Bytes of hyperparameters beyond which the manifest alone holds them.
const HYPERPARAMETER_BYTES: usize = 15_000;

/// Writes metadata.json.
pub fn metadata(manifest: &Manifest, wanted: &[FileKind]) -> Result<String> {
    let all = json!({"defined": defined(manifest), "custom": custom(manifest, wanted)});
    Ok(format!("{all:#}\n"))
}

fn defined(manifest: &Manifest) -> Vec<Value> {
    let model = &manifest.model;
    let mut entries = vec![
        ("UseCaseType", manifest.artifact.use_case.clone().map(Value::String)),
        ("Framework", Some(json!(model.framework.name))),
        ("FrameworkVersion", model.framework.version.clone().map(Value::String)),
        ("Algorithm", Some(json!(model.estimator.class))),
    ];
    let mut hyperparameters = Map::new();
    collect(&model.estimator, "", &mut hyperparameters);
    let hyperparameters = Value::Object(hyperparameters);
    let fits = hyperparameters.to_string().len() <= HYPERPARAMETER_BYTES;
    entries.push(("Hyperparameters", Some(if fits { hyperparameters } else { json!("see manifest.yaml") })));
    entries.into_iter().filter_map(|(key, value)| Some(json!({"key": key, "value": value?}))).collect()
}

/// Names as scikit-learn writes them: `step__parameter`.
fn collect(estimator: &Estimator, prefix: &str, all: &mut Map<String, Value>) {
    for (name, value) in &estimator.hyperparameters {
        all.insert(format!("{prefix}{name}"), value.clone());
    }
    for step in &estimator.steps {
        collect(step, &format!("{prefix}{}__", step.name), all);
    }
}

fn custom(manifest: &Manifest, wanted: &[FileKind]) -> Vec<Value> {
    let environment = &manifest.environment;
    let listed = manifest.files.iter().map(|file| file.path.as_str()).filter(|path| !path.contains('/'));
    let paths: std::collections::BTreeSet<&str> =
        listed.chain(wanted.iter().map(|kind| kind.path())).chain([MANIFEST]).collect();
    let paths: Vec<&str> = paths.into_iter().collect();
    let format = manifest.model.file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let training = "Training Environment";
    let entries = [
        ("ClientLibrary", "scorepack", "the tool that made the artifact", "Other"),
        ("CondaEnvironment", &environment.inference_slug, "the inference environment", training),
        ("CondaEnvironmentPath", &environment.inference_path, "where the inference environment lies", training),
        ("EnvironmentType", &environment.inference_type, "published, or data_science for a service pack", training),
        ("ModelArtifacts", &paths.join(", "), "the files of the artifact", training),
        ("ModelFileName", &manifest.model.file, "what the framework saved", "Other"),
        ("ModelSerializationFormat", format, "the extension of the model file", training),
        ("SlugName", &environment.inference_slug, "the inference environment's short name", training),
    ];
    let entry = |(key, value, description, category): &(&str, &str, &str, &str)| {
        let value: String = value.chars().take(CUSTOM_VALUE_CHARS).collect();
        json!({"key": key, "value": value, "description": description, "category": category})
    };
    entries.iter().filter(|entry| !entry.1.is_empty()).map(entry).collect()
}
