//! model/model.yaml: the signatures, and how snowflake-ml-python loads the model outside of a warehouse.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::blob::{self, Blob};
use super::environment::{
    CLIENT_REQUIREMENTS, CLIENT_VERSION, CONTAINER_REQUIREMENTS, Dependencies, dependencies, resource_constraint,
};
use super::methods::{Form, Offered, offered};
use crate::artifact::{FunctionType, Manifest};
use crate::error::Result;
use crate::generate::Layout;
use crate::snowflake::{ModelSignature, PlatformTask, method_signature};
use crate::yaml;

/// The version of the format.
const FORMAT: &str = "2023-12-01";
/// The oldest client that reads the format.
const OLDEST_CLIENT: &str = "1.0.12";
/// The format asks for a time. This one is the start of a zip file's calendar: the same model gives the same bytes.
const CREATED: &str = "1980-01-01 00:00:00";

#[derive(Serialize)]
struct Metadata<'a> {
    creation_timestamp: &'static str,
    env: Environment<'a>,
    explainability: Option<()>,
    function_properties: BTreeMap<&'a str, BTreeMap<&'static str, bool>>,
    metadata: Option<()>,
    method_options: BTreeMap<&'a str, Options>,
    min_snowpark_ml_version: &'static str,
    model_type: &'static str,
    models: BTreeMap<String, BlobEntry<'a>>,
    name: String,
    runtimes: BTreeMap<&'static str, Runtime<'a>>,
    signatures: BTreeMap<&'a str, ModelSignature>,
    task: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Environment<'a> {
    artifact_repository_map: BTreeMap<String, String>,
    cuda_version: Option<()>,
    pip: &'static str,
    python_version: &'a str,
    resource_constraint: &'a BTreeMap<String, String>,
    snowpark_ml_version: &'static str,
}

#[derive(Serialize)]
struct Runtime<'a> {
    dependencies: RuntimeDependencies,
    imports: [&'static str; 0],
    resource_constraint: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct RuntimeDependencies {
    artifact_repository_map: BTreeMap<String, String>,
    pip: &'static str,
}

#[derive(Serialize)]
struct BlobEntry<'a> {
    artifacts: BTreeMap<&'static str, String>,
    function_properties: BTreeMap<&'a str, BTreeMap<&'static str, bool>>,
    handler_version: &'static str,
    model_type: &'static str,
    name: String,
    options: Value,
    path: String,
}

/// What was asked of a method.
#[derive(Serialize)]
struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    case_sensitive: Option<bool>,
    function_type: FunctionType,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_batch_size: Option<u32>,
}

/// Writes model.yaml.
pub fn metadata(manifest: &Manifest, layout: &Layout) -> Result<String> {
    let methods = offered(manifest)?;
    let properties: BTreeMap<&str, BTreeMap<&'static str, bool>> = methods.iter().map(properties).collect();
    let Dependencies { artifact_repository_map, .. } = dependencies(manifest)?;
    let constraint = &resource_constraint(manifest);
    let name = blob::name(&manifest.artifact.name);
    let blob = Blob::of(manifest, layout)?;
    yaml::emit(&Metadata {
        creation_timestamp: CREATED,
        env: Environment {
            artifact_repository_map: artifact_repository_map.clone(),
            cuda_version: None,
            pip: CLIENT_REQUIREMENTS,
            python_version: &manifest.environment.python_version,
            resource_constraint: constraint,
            snowpark_ml_version: CLIENT_VERSION,
        },
        explainability: None,
        method_options: methods.iter().map(|method| (method.entry.name.as_str(), options(method))).collect(),
        metadata: None,
        min_snowpark_ml_version: OLDEST_CLIENT,
        model_type: blob.model_type,
        models: BTreeMap::from([(name.clone(), entry(&name, &blob, properties.clone()))]),
        name,
        runtimes: BTreeMap::from([(
            "cpu",
            Runtime {
                dependencies: RuntimeDependencies { artifact_repository_map, pip: CONTAINER_REQUIREMENTS },
                imports: [],
                resource_constraint: constraint,
            },
        )]),
        signatures: signatures(manifest, &methods)?,
        task: task(manifest)?.name(),
        version: FORMAT,
        function_properties: properties,
    })
}

fn signatures<'m>(manifest: &Manifest, methods: &[Offered<'m>]) -> Result<BTreeMap<&'m str, ModelSignature>> {
    methods.iter().map(|method| Ok((method.entry.name.as_str(), method_signature(manifest, method.entry)?))).collect()
}

fn properties<'m>(method: &Offered<'m>) -> (&'m str, BTreeMap<&'static str, bool>) {
    (method.entry.name.as_str(), BTreeMap::from([("PARTITIONED", method.form == Form::Partition)]))
}

fn options(method: &Offered<'_>) -> Options {
    Options {
        case_sensitive: method.options.case_sensitive,
        function_type: method.form.function_type(),
        max_batch_size: method.max_batch_size,
    }
}

fn entry<'a>(
    name: &str,
    blob: &Blob,
    function_properties: BTreeMap<&'a str, BTreeMap<&'static str, bool>>,
) -> BlobEntry<'a> {
    BlobEntry {
        artifacts: blob.artifacts.clone(),
        function_properties,
        handler_version: blob.handler_version,
        model_type: blob.model_type,
        name: name.to_owned(),
        options: json!(blob.options),
        path: blob.path.clone(),
    }
}

/// The task as the platform calls it: the one asked for, or the model's own.
fn task(manifest: &Manifest) -> Result<PlatformTask> {
    match &manifest.registration.task {
        Some(name) => PlatformTask::parse(name),
        None => Ok(PlatformTask::of(manifest.model.task)),
    }
}
