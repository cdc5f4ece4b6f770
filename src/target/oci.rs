//! OCI Data Science: what its model catalog and deployments ask of an artifact, before it is uploaded.
//!
//! The introspection rules ask what the service's own tests ask, and what these pass over.

use serde_json::Value;

use super::python::{Parameter, ParameterKind};
use super::rules::{Measured, ModelRule, Rule, Subject};
use super::{Naming, PlatformLimit, Profile, Target};
use crate::artifact::Role;
use crate::error::Result;
use crate::finding::Finding;
use crate::generate::{FileKind, Layout, ModelPlace};

/// OCI Data Science.
pub static TARGET: Target = Target {
    name: "oci",
    title: "OCI Data Science",
    layouts: &[Layout { name: "oci", folder: "", model: ModelPlace::Beside, files: FILES }],
    naming: Naming { name: str::to_owned, version: |_| "1".into() },
    registration: &[],
    profiles: PROFILES,
    rules: RULES,
    server_rules: &[],
    model_rules: MODEL_RULES,
};

static FILES: &[FileKind] = &[
    FileKind::ScoreScript,
    FileKind::Runtime,
    FileKind::InputSchema,
    FileKind::OutputSchema,
    FileKind::RequestSchema,
    FileKind::ResponseSchema,
    FileKind::Requirements,
    FileKind::Conda,
    FileKind::Metadata,
    FileKind::Readme,
    FileKind::ModelIgnore,
    FileKind::FileList,
];

static PROFILES: &[Profile] = &[Profile {
    name: "oci-2026",
    limits: &[
        limit("console-bytes", 100_000_000, "bytes", "what the console uploads"),
        limit("direct-bytes", 2_147_483_648, "bytes", "what an upload in one request takes"),
        limit("metadata-bytes", 32_000, "bytes", "all metadata together"),
        limit("schema-bytes", 32_000, "bytes", "the input and output schema together"),
        limit("schema-columns", 2_000, "columns", "the columns of a schema"),
        limit("payload-bytes", 10_000_000, "bytes", "a request to the endpoint"),
        limit("description-chars", 255, "characters", "a description"),
    ],
}];

const fn limit(name: &'static str, value: u64, unit: &'static str, bounds: &'static str) -> PlatformLimit {
    PlatformLimit { name, value, unit, bounds }
}

static MODEL_RULES: &[ModelRule] = &[
    ModelRule {
        code: "oci-console-size",
        title: "the model fits an upload by the console",
        limit: "console-bytes",
        measure: |_, bytes| bytes,
    },
    ModelRule {
        code: "oci-schema-columns",
        title: "the schema has no more columns than the platform shows",
        limit: "schema-columns",
        measure: |model, _| model.fields.len() as u64,
    },
];

static RULES: &[Rule] = &[
    Rule { code: "oci-score-py", title: "score.py lies at the top of the artifact", check: score_py },
    Rule { code: "oci-runtime-yaml", title: "runtime.yaml lies at the top of the artifact", check: runtime_yaml },
    Rule { code: "oci-score-syntax", title: "score.py is Python", check: score_syntax },
    Rule { code: "oci-load-model", title: "load_model() can be called without arguments", check: load_model },
    Rule { code: "oci-predict", title: "predict() is defined", check: predict },
    Rule { code: "oci-predict-data", title: "predict() takes `data` first", check: predict_data },
    Rule { code: "oci-predict-arguments", title: "predict() asks for nothing but `data`", check: predict_arguments },
    Rule { code: "oci-artifact-version", title: "runtime.yaml says artifact version 3.0", check: artifact_version },
    Rule { code: "oci-env-python", title: "runtime.yaml names a Python version", check: env_python },
    Rule { code: "oci-env-path", title: "runtime.yaml names an inference environment", check: env_path },
    Rule { code: "oci-env-type", title: "the environment's type is known", check: env_type },
    Rule { code: "oci-model-file", title: "the model file is there", check: model_file },
    Rule { code: "oci-engine-runtime", title: "the environment can run score.py", check: engine_runtime },
    Rule { code: "oci-console-size", title: "the artifact fits an upload by the console", check: console_size },
    Rule { code: "oci-upload-size", title: "the artifact fits a direct upload", check: upload_size },
    Rule { code: "oci-metadata-size", title: "the metadata fit the catalog", check: metadata_size },
    Rule { code: "oci-schema-size", title: "both schemas fit the catalog", check: schema_size },
    Rule {
        code: "oci-schema-columns",
        title: "the schema has no more columns than the platform shows",
        check: columns,
    },
    Rule { code: "oci-description", title: "the description fits the catalog", check: description },
    Rule { code: "oci-payload", title: "a request holds at least one row", check: payload },
];

/// An error about a file unless the condition holds.
fn unless(holds: bool, finding: impl FnOnce() -> Finding) -> Result<Measured> {
    Ok(Measured::of((!holds).then(finding)))
}

fn present(subject: &Subject<'_>, code: &'static str, name: &'static str) -> Result<Measured> {
    unless(subject.artifact.store.member(name).is_some(), || {
        Finding::error(code, format!("`{name}` is missing"))
            .in_file(name)
            .hint("build the artifact again, or add the file")
    })
}

fn score_py(subject: &Subject<'_>) -> Result<Measured> {
    present(subject, "oci-score-py", "score.py")
}

fn runtime_yaml(subject: &Subject<'_>) -> Result<Measured> {
    if let Some(Err(error)) = &subject.runtime {
        let finding = Finding { code: "oci-runtime-yaml".into(), ..Finding::from(error) };
        return Ok(Measured::of(Some(finding)));
    }
    present(subject, "oci-runtime-yaml", "runtime.yaml")
}

fn score_syntax(subject: &Subject<'_>) -> Result<Measured> {
    Ok(Measured::of(subject.script().problem.as_ref().map(|problem| {
        Finding::error("oci-score-syntax", problem.message.clone()).in_file("score.py").on_line(problem.line)
    })))
}

/// Whether score.py could be read; rules about its functions say nothing where it could not.
fn readable(subject: &Subject<'_>) -> bool {
    subject.score_py.is_some() && subject.script().problem.is_none()
}

fn in_score(code: &'static str, message: String, line: Option<u64>) -> Finding {
    let finding = Finding::error(code, message).in_file("score.py");
    match line {
        Some(line) => finding.on_line(line),
        None => finding,
    }
}

/// A parameter that a caller has to give.
fn is_required(parameter: &&Parameter) -> bool {
    parameter.is_required()
}

fn load_model(subject: &Subject<'_>) -> Result<Measured> {
    if !readable(subject) {
        return Ok(Measured::default());
    }
    let code = "oci-load-model";
    let finding = match subject.script().function("load_model") {
        None => Some(in_score(code, "`load_model` is not defined".into(), None)),
        Some(function) if function.is_async => {
            Some(in_score(code, "`load_model` is async: the service does not await it".into(), Some(function.line)))
        }
        Some(function) => function.parameters.iter().find(is_required).map(|parameter| {
            let message = format!("`load_model` asks for `{}`: the service calls it without arguments", parameter.name);
            in_score(code, message, Some(function.line))
        }),
    };
    Ok(Measured::of(finding))
}

fn predict(subject: &Subject<'_>) -> Result<Measured> {
    let code = "oci-predict";
    let finding = match subject.script().function("predict") {
        _ if !readable(subject) => None,
        None => Some(in_score(code, "`predict` is not defined".into(), None)),
        Some(function) if function.is_async => {
            Some(in_score(code, "`predict` is async: the service does not await it".into(), Some(function.line)))
        }
        Some(_) => None,
    };
    Ok(Measured::of(finding))
}

fn predict_data(subject: &Subject<'_>) -> Result<Measured> {
    let Some(function) = subject.script().function("predict") else { return Ok(Measured::default()) };
    let first = function.parameters.first();
    let fits = first.is_some_and(|first| first.name == "data" && first.kind == ParameterKind::Either);
    unless(fits, || {
        let found = first.map_or("nothing".to_owned(), |first| format!("`{}`", first.name));
        in_score(
            "oci-predict-data",
            format!("expected `data` as the first argument, found {found}"),
            Some(function.line),
        )
    })
}

fn predict_arguments(subject: &Subject<'_>) -> Result<Measured> {
    let Some(function) = subject.script().function("predict") else { return Ok(Measured::default()) };
    let asked = function.parameters.iter().find(|parameter| parameter.name != "data" && is_required(parameter));
    Ok(Measured::of(asked.map(|parameter| {
        let message =
            format!("`predict` asks for `{}`: every argument but `data` needs a default value", parameter.name);
        in_score("oci-predict-arguments", message, Some(function.line))
    })))
}

fn in_runtime(code: &'static str, message: impl Into<String>) -> Finding {
    Finding::error(code, message).in_file("runtime.yaml")
}

/// What stands in runtime.yaml, for messages.
fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "nothing".into(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(number @ Value::Number(_)) => format!("the number {number} (put it in quotes: YAML reads 3.10 as 3.1)"),
        Some(_) => "another kind of value".into(),
    }
}

/// A rule about a text in runtime.yaml; silent where the file itself is missing.
fn text_at(
    subject: &Subject<'_>,
    code: &'static str,
    keys: &[&str],
    expected: &str,
    fits: impl Fn(&str) -> bool,
) -> Result<Measured> {
    if !matches!(subject.runtime, Some(Ok(_))) {
        return Ok(Measured::default());
    }
    let value = subject.runtime_value(keys);
    unless(value.and_then(Value::as_str).is_some_and(fits), || {
        in_runtime(code, format!("expected {expected}, found {}", shown(value))).at(keys.join("."))
    })
}

fn artifact_version(subject: &Subject<'_>) -> Result<Measured> {
    text_at(subject, "oci-artifact-version", &["MODEL_ARTIFACT_VERSION"], "the text `3.0`", |text| text == "3.0")
}

const ENVIRONMENT: [&str; 2] = ["MODEL_DEPLOYMENT", "INFERENCE_CONDA_ENV"];

fn env_python(subject: &Subject<'_>) -> Result<Measured> {
    let keys = [ENVIRONMENT[0], ENVIRONMENT[1], "INFERENCE_PYTHON_VERSION"];
    let fits = |text: &str| {
        let minor = text.strip_prefix("3.").and_then(|minor| minor.parse::<u32>().ok());
        minor.is_some_and(|minor| (6..=14).contains(&minor))
    };
    text_at(subject, "oci-env-python", &keys, "a Python version from `3.6` to `3.14`", fits)
}

fn env_path(subject: &Subject<'_>) -> Result<Measured> {
    let keys = [ENVIRONMENT[0], ENVIRONMENT[1], "INFERENCE_ENV_PATH"];
    if !matches!(subject.runtime, Some(Ok(_))) {
        return Ok(Measured::default());
    }
    let path = subject.runtime_value(&keys).and_then(Value::as_str).unwrap_or_default();
    let finding = if path.is_empty() {
        Some(
            Finding::warning("oci-env-path", "no inference environment is named: the service's introspection fails")
                .in_file("runtime.yaml")
                .at(keys.join("."))
                .hint("build with `--inference-conda-env oci://bucket@namespace/path`, or a service pack's slug"),
        )
    } else if !path.starts_with("oci://") || !path.contains('@') {
        Some(
            in_runtime("oci-env-path", format!("expected `oci://bucket@namespace/path`, found `{path}`"))
                .at(keys.join(".")),
        )
    } else {
        None
    };
    Ok(Measured::of(finding))
}

fn env_type(subject: &Subject<'_>) -> Result<Measured> {
    let keys = [ENVIRONMENT[0], ENVIRONMENT[1], "INFERENCE_ENV_TYPE"];
    let expected = "`data_science` or `published`";
    // An artifact without an environment is what `oci-env-path` speaks of.
    let fits = |text: &str| matches!(text, "data_science" | "published" | "");
    text_at(subject, "oci-env-type", &keys, expected, fits)
}

fn model_file(subject: &Subject<'_>) -> Result<Measured> {
    let name = &subject.artifact.manifest.model.file;
    unless(subject.artifact.store.member(name).is_some(), || {
        Finding::error("oci-model-file", format!("the model file `{name}` is missing")).in_file(name)
    })
}

fn engine_runtime(subject: &Subject<'_>) -> Result<Measured> {
    use crate::artifact::Engine;
    let manifest = &subject.artifact.manifest;
    let needs_package = manifest.artifact.engine == Engine::Wasm && !manifest.environment.bundled_runtime;
    // No service pack is known to hold the package; an environment of one's own may.
    let is_pack =
        manifest.environment.inference_type == "data_science" || manifest.environment.inference_path.is_empty();
    unless(!(needs_package && is_pack), || {
        Finding::warning("oci-engine-runtime", "score.py needs the `wasmtime` package, which no service pack is known to hold")
            .in_file("requirements.txt")
            .hint("build with `--bundle-runtime` and the package's wheel, name an environment of your own that has it, or use `--engine native`")
    })
}

fn total_bytes(subject: &Subject<'_>) -> Result<u64> {
    let store = &subject.artifact.store;
    if store.is_directory() {
        return Ok(store.size());
    }
    let path = store.path();
    std::fs::metadata(path).map(|metadata| metadata.len()).map_err(|error| crate::error::Error::io(path, &error))
}

fn console_size(subject: &Subject<'_>) -> Result<Measured> {
    let used = total_bytes(subject)?;
    subject.within("oci-console-size", used, "console-bytes", Finding::warning)
}

fn upload_size(subject: &Subject<'_>) -> Result<Measured> {
    let used = total_bytes(subject)?;
    subject.within("oci-upload-size", used, "direct-bytes", Finding::error)
}

fn metadata_size(subject: &Subject<'_>) -> Result<Measured> {
    let used = subject.role_bytes(Role::Metadata);
    subject.within("oci-metadata-size", used, "metadata-bytes", Finding::error)
}

fn schema_size(subject: &Subject<'_>) -> Result<Measured> {
    let used = subject.role_bytes(Role::PlatformSchema);
    subject.within("oci-schema-size", used, "schema-bytes", Finding::warning)
}

fn columns(subject: &Subject<'_>) -> Result<Measured> {
    let used = subject.artifact.manifest.signature.inputs.len() as u64;
    subject.within("oci-schema-columns", used, "schema-columns", Finding::warning)
}

fn description(subject: &Subject<'_>) -> Result<Measured> {
    let text = subject.artifact.manifest.artifact.description.as_deref().unwrap_or_default();
    let used = text.chars().count() as u64;
    subject.within("oci-description", used, "description-chars", Finding::error)
}

/// How large one row is as JSON, from the stored sample.
fn payload(subject: &Subject<'_>) -> Result<Measured> {
    let Some(sample) = &subject.artifact.manifest.sample else { return Ok(Measured::default()) };
    let Some(bytes) = subject.member(&sample.file)? else { return Ok(Measured::default()) };
    let row_bytes = bytes.len() as u64 / u64::from(sample.rows.max(1));
    subject.within("oci-payload", row_bytes, "payload-bytes", Finding::error)
}
