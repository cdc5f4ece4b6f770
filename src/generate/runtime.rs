//! runtime.yaml, artifact version 3.0: the keys of OCI Data Science in their order, without any local path.

use serde::Serialize;

use crate::artifact::Manifest;
use crate::error::Result;
use crate::yaml;

#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Runtime<'a> {
    model_artifact_version: &'a str,
    model_deployment: Deployment<'a>,
    model_provenance: Provenance,
}

#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Deployment<'a> {
    inference_conda_env: InferenceEnvironment<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct InferenceEnvironment<'a> {
    inference_env_path: &'a str,
    inference_env_slug: &'a str,
    inference_env_type: &'a str,
    inference_python_version: &'a str,
}

/// What this tool does not know stays an empty text, as the service's own tool writes it.
#[derive(Serialize, Default)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct Provenance {
    project_ocid: String,
    tenancy_ocid: String,
    training_code: TrainingCode,
    training_compartment_ocid: String,
    training_conda_env: TrainingEnvironment,
    training_region: String,
    training_resource_ocid: String,
    user_ocid: String,
    vm_image_internal_id: String,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct TrainingCode {
    artifact_directory: String,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
struct TrainingEnvironment {
    training_env_path: String,
    training_env_slug: String,
    training_env_type: String,
    training_python_version: String,
}

/// Writes runtime.yaml.
pub fn runtime(manifest: &Manifest) -> Result<String> {
    let environment = &manifest.environment;
    yaml::emit(&Runtime {
        model_artifact_version: "3.0",
        model_deployment: Deployment {
            inference_conda_env: InferenceEnvironment {
                inference_env_path: &environment.inference_path,
                inference_env_slug: &environment.inference_slug,
                inference_env_type: &environment.inference_type,
                inference_python_version: &environment.python_version,
            },
        },
        model_provenance: Provenance::default(),
    })
}
