//! What people write: settings, signatures, requirements.

use std::path::Path;

use scorepack::model::Signature;
use scorepack::requirement::{Requirement, Version};
use scorepack::settings::{BuildOptions, Settings};
use scorepack::yaml as yaml_text;

use super::Seed;

/// YAML: a manifest, scorepack.yaml, or the file of `--signature`.
pub fn yaml(bytes: &[u8]) {
    super::artifacts::manifest(bytes);
    settings(bytes);
    signature(bytes);
}

/// scorepack.yaml.
fn settings(bytes: &[u8]) {
    let Ok(settings) = Settings::parse(bytes, Path::new("folder")) else { return };
    if let Ok(options) = BuildOptions::default().over(settings) {
        let _ = (options.environment.environment(), options.registration(|_| Ok(serde_json::Map::new())));
    }
}

/// The file of `--signature`: what is read is written and read again the same.
fn signature(bytes: &[u8]) {
    let Ok(signature) = yaml_text::parse::<Signature>(bytes) else { return };
    let _ = signature.check_declared();
    let text = yaml_text::emit(&signature).expect("a signature is written");
    match yaml_text::parse::<Signature>(text.as_bytes()) {
        Ok(again) => assert_eq!(format!("{again:?}"), format!("{signature:?}"), "{text}"),
        Err(error) => panic!("what was written cannot be read: {error}\n{text}"),
    }
}

/// A requirement in pip's and in conda's form, and a version.
pub fn requirement(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let version = Version::parse(text);
    for requirement in [Requirement::parse(text), Requirement::parse_conda(text)].into_iter().flatten() {
        let _ = requirement.check_reserved();
        let _ = requirement.relaxed().to_string();
        if let Some(marker) = requirement.marker() {
            marker.holds(&|name| Some(name.to_owned()));
        }
        for specifier in requirement.specifiers() {
            if let Some(version) = specifier.version() {
                requirement.matches(version);
            }
        }
        if let Ok(version) = &version {
            requirement.matches(version);
        }
    }
}

/// A document of each kind with most of its keys.
pub fn seeds() -> Vec<Seed> {
    let seed = |target, name: &str, text: &str| Seed { target, name: name.into(), bytes: text.into() };
    let mut seeds =
        vec![seed("yaml", "oci", OCI), seed("yaml", "snowflake", SNOWFLAKE), seed("yaml", "table", SIGNATURE)];
    let requirements = REQUIREMENTS.iter().zip(0..);
    seeds.extend(requirements.map(|(text, i): (&&str, u32)| seed("requirement", &i.to_string(), text)));
    seeds
}

const OCI: &str = r#"# A model for OCI.
artifact:
  model: model.json
  output: churn
  target: oci
  profile: oci-2026
  engine: wasm
  name: churn
  model-version: "7"
  description: "who leaves: soon"
  use-case: binary_classification
  no-git: true
data:
  sample: input.csv
  sample-rows: 2
  expected: expected.json
module:
  max-text-bytes: 4096
environment:
  python-version: "3.11"
  inference-conda-env: oci://bucket@namespace/path/to/slug
profiles:
  oci-2026: {direct-bytes: 7, console-bytes: 50000000}
"#;

const SNOWFLAKE: &str = r#"artifact: {model: model.joblib, target: snowflake, layout: model, name: CHURN, model-version: V1}
environment:
  conda-dependencies: ["numpy==1.26", "conda-forge::pandas>=2,<3"]
  pip-requirements: ["scikit-learn~=1.9", 'tomli; python_version < "3.11"']
  artifact-repository-map: {pip: snowflake.snowpark.pypi_shared_repository}
  target-platforms: [WAREHOUSE]
  resource-constraint: {architecture: x86}
registration:
  comment: "a model"
  tags: {team: risk}
  metrics: {accuracy: 0.5}
partitions: {partition-by: store, run-id: july}
"#;

const SIGNATURE: &str = r#"inputs:
- {name: radius, dtype: float32, nullable: true}
- {name: "größe", dtype: category, categories: [a, b, 3], closed: true, description: "a text"}
- name: when
  dtype: timestamp
- {name: count, dtype: int64, nullable: false}
- {name: vector, dtype: float64, shape: [3]}
outputs:
- {name: prediction, dtype: float64}
"#;

const REQUIREMENTS: &[&str] = &[
    "numpy>=1.26,<3,!=2.0.*",
    "scikit-learn[plots, x] ~= 1.9.0",
    "torch @ https://example.org/torch-2.9+cpu.whl ; sys_platform == 'linux' and (python_version >= '3.11' or extra == 'a')",
    "conda-forge::pandas=2.3.*=py311_0",
    "1!2024.10.1rc2.post3.dev4+local.7",
    "a===1.0-weird",
    "numpy 1.26.*|>=2,<2.4",
];
