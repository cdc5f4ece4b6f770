//! metadata/*.json: what the platform's catalog shows of a model, as its API takes it when the model is created.
//!
//! Lists of items with texts as values; never credentials, nor paths of the machine that made the artifact.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{FileKind, private};
use crate::artifact::{ArtifactFile, MANIFEST, Manifest};
use crate::error::Result;
use crate::model::Estimator;

/// Characters of a value that the catalog takes.
const CUSTOM_VALUE_CHARS: usize = 255;
/// Characters of a list of names: the rest is for what people add.
const MOST_NAME_CHARS: usize = 200;
/// Bytes of hyperparameters beyond which the manifest alone holds them.
const HYPERPARAMETER_BYTES: usize = 15_000;

/// The frameworks that the catalog knows; any other is `other`.
const FRAMEWORKS: &[&str] = &[
    "scikit-learn",
    "xgboost",
    "tensorflow",
    "pytorch",
    "mxnet",
    "keras",
    "lightgbm",
    "pymc3",
    "pyod",
    "spacy",
    "prophet",
    "sktime",
    "statsmodels",
    "cuml",
    "oracle_automl",
    "h2o",
    "transformers",
    "nltk",
    "emcee",
    "pystan",
    "bert",
    "gensim",
    "flair",
    "word2vec",
    "ensemble",
    "other",
];

/// What a model is for, as the catalog knows it.
const USE_CASES: &[&str] = &[
    "binary_classification",
    "regression",
    "multinomial_classification",
    "clustering",
    "recommender",
    "dimensionality_reduction/representation",
    "time_series_forecasting",
    "anomaly_detection",
    "topic_modeling",
    "ner",
    "sentiment_analysis",
    "image_classification",
    "object_localization",
    "other",
];

/// The groups of custom items.
const CATEGORIES: &[&str] = &[
    "Performance",
    "Training Profile",
    "Training and Validation Datasets",
    "Training Environment",
    "Reports",
    "Readme",
    "Other",
];

/// The keys of defined items, each with the values that it takes; any text where none are listed.
pub const DEFINED: &[(&str, Option<&[&str]>)] = &[
    ("UseCaseType", Some(USE_CASES)),
    ("Framework", Some(FRAMEWORKS)),
    ("FrameworkVersion", None),
    ("Algorithm", None),
    ("Hyperparameters", None),
    ("ArtifactTestResults", None),
];

/// Whether custom items can stand in a group of this name.
pub fn is_category(name: &str) -> bool {
    CATEGORIES.contains(&name)
}

/// The items of the catalog's own keys.
pub const DEFINED_FILE: &str = "metadata/defined.json";
/// The items of other keys.
pub const CUSTOM_FILE: &str = "metadata/custom.json";
/// Where the model comes from.
pub const PROVENANCE_FILE: &str = "metadata/provenance.json";

/// The platform's tests of an artifact's files, as its catalog stores them.
pub type TestResults = fn(&[ArtifactFile]) -> Result<Value>;

/// Writes the files; without a commit there is nothing to tell of where the model comes from.
pub fn metadata(
    manifest: &Manifest,
    wanted: &[FileKind],
    files: &[ArtifactFile],
    test_results: Option<TestResults>,
) -> Result<Vec<(String, Vec<u8>)>> {
    let tests = test_results.map(|results| results(files)).transpose()?;
    let file = |name: &str, content: Value| (name.to_owned(), format!("{content:#}\n").into_bytes());
    let mut all = vec![
        file(DEFINED_FILE, Value::Array(defined(manifest, tests))),
        file(CUSTOM_FILE, Value::Array(custom(manifest, wanted))),
    ];
    all.extend(provenance(manifest).map(|provenance| file(PROVENANCE_FILE, provenance)));
    Ok(all)
}

fn defined(manifest: &Manifest, tests: Option<Value>) -> Vec<Value> {
    let model = &manifest.model;
    let framework = FRAMEWORKS.iter().find(|known| **known == model.framework.name).unwrap_or(&"other");
    let entries = [
        ("UseCaseType", manifest.artifact.use_case.clone()),
        ("Framework", Some((*framework).to_owned())),
        ("FrameworkVersion", model.framework.version.clone()),
        ("Algorithm", Some(model.estimator.class.clone())),
        ("Hyperparameters", Some(hyperparameters(&model.estimator))),
        ("ArtifactTestResults", tests.map(|tests| tests.to_string())),
    ];
    let item = |(key, value): (&str, Option<String>)| Some(json!({"key": key, "value": value?}));
    entries.into_iter().filter_map(item).collect()
}

/// The hyperparameters as JSON text, where the catalog has room for them.
fn hyperparameters(estimator: &Estimator) -> String {
    let mut all = Map::new();
    collect(estimator, "", &mut all);
    let text = Value::Object(all).to_string();
    if text.len() <= HYPERPARAMETER_BYTES { text } else { json!(format!("see {MANIFEST}")).to_string() }
}

/// Names as scikit-learn writes them: `step__parameter`.
fn collect(estimator: &Estimator, prefix: &str, all: &mut Map<String, Value>) {
    for (name, value) in &estimator.hyperparameters {
        all.insert(format!("{prefix}{name}"), private::without(value));
    }
    for step in &estimator.steps {
        collect(step, &format!("{prefix}{}__", step.name), all);
    }
}

fn custom(manifest: &Manifest, wanted: &[FileKind]) -> Vec<Value> {
    let environment = &manifest.environment;
    let listed = manifest.files.iter().map(|file| file.path.as_str());
    let all = listed.chain(wanted.iter().map(|kind| kind.path())).chain([MANIFEST]);
    let top: BTreeSet<&str> = all.filter_map(|path| path.split('/').next()).collect();
    let module = manifest.score_module.as_ref().map(|module| module.file.as_str());
    let first: Vec<&str> =
        [Some(manifest.model.file.as_str()), module, Some("score.py")].into_iter().flatten().collect();
    let others = top.into_iter().filter(|name| !first.contains(name) && !name.starts_with('.'));
    let format = manifest.model.file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let training = "Training Environment";
    let entries = [
        ("ClientLibrary", "scorepack".to_owned(), "the tool that made the artifact", "Other"),
        ("CondaEnvironment", environment.inference_slug.clone(), "the inference environment", training),
        ("CondaEnvironmentPath", environment.inference_path.clone(), "where the inference environment lies", training),
        (
            "EnvironmentType",
            environment.inference_type.clone(),
            "published, or data_science for a service pack",
            training,
        ),
        ("ModelArtifacts", names(first.iter().copied().chain(others)), "the files of the artifact", training),
        ("ModelFileName", manifest.model.file.clone(), "what the framework saved", "Other"),
        ("ModelSerializationFormat", format.to_owned(), "the extension of the model file", training),
        ("SlugName", environment.inference_slug.clone(), "the inference environment's short name", training),
    ];
    let item = |(key, value, description, category): &(&str, String, &str, &str)| {
        let value: String = value.chars().take(CUSTOM_VALUE_CHARS).collect();
        json!({"key": key, "value": value, "description": description, "category": category})
    };
    let metrics = manifest.registration.metrics.iter().map(|(key, value)| metric(key, value));
    entries.iter().filter(|entry| !entry.1.is_empty()).map(item).chain(metrics).collect()
}

/// A result of the user's, whole: where it is too long for the catalog a rule says so.
fn metric(key: &str, value: &Value) -> Value {
    let value = match private::without(value) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    json!({"key": key, "value": value, "category": "Performance"})
}

/// Names with commas, as many as a value has room for.
fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for name in all {
        let longer = if text.is_empty() { name.to_owned() } else { format!("{text}, {name}") };
        if longer.chars().count() > MOST_NAME_CHARS {
            break;
        }
        text = longer;
    }
    text
}

fn provenance(manifest: &Manifest) -> Option<Value> {
    let provenance = manifest.provenance.as_ref()?;
    let told = [
        ("gitBranch", provenance.branch.as_deref()),
        ("gitCommit", Some(provenance.commit.as_str())),
        ("repositoryUrl", provenance.repository.as_deref()),
    ];
    Some(told.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))).collect())
}
