//! README.md: the artifact for a colleague who has never seen it.

use serde::Serialize;
use serde_json::{Value, json};

use super::render::render;
use super::{FileKind, Layout, SampleInput, snowflake};
use crate::artifact::{Engine, Manifest, Recorder, Role};
use crate::error::Result;
use crate::model::{Estimator, Kind, SignatureField};

/// Columns and files listed before the rest is only counted.
const LISTED: usize = 50;

#[derive(Serialize)]
struct Readme<'a> {
    manifest: &'a Manifest,
    engine: Engine,
    estimator: String,
    notes: &'a [String],
    sampled: bool,
    columns: Vec<Column<'a>>,
    more_columns: usize,
    default_method: &'a str,
    request: String,
    answer: String,
    comparison: &'static str,
    files: Vec<File<'a>>,
    /// The template of the section on calling the model.
    call_section: &'static str,
    layout: &'static str,
    /// Calls in SQL.
    calls: Vec<String>,
    /// The file that lists all columns.
    schema: &'static str,
    /// Whether score.py has functions to customise.
    has_hooks: bool,
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    dtype: &'static str,
    missing: &'static str,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    what: &'static str,
}

/// Writes README.md.
pub fn readme(manifest: &Manifest, sample: Option<&SampleInput>, layout: &Layout) -> Result<String> {
    let has_hooks = layout.files.contains(&FileKind::ScoreScript);
    let is_called_in_sql = layout.files.contains(&FileKind::SnowflakeManifest);
    let inputs = &manifest.signature.inputs;
    let column = |field: &'_ SignatureField| Column {
        name: "",
        dtype: field.dtype.name(),
        missing: if field.nullable { "accepted" } else { "refused" },
    };
    let columns = inputs.iter().take(LISTED).map(|field| Column { name: &field.name, ..column(field) }).collect();
    let default_method = manifest.default_method().map_or("", |method| method.name.as_str());
    let (request, answer) = example(inputs, sample, default_method);
    render(
        "README.md",
        &Readme {
            manifest,
            engine: manifest.artifact.engine,
            estimator: describe(&manifest.model.estimator),
            notes: &manifest.notes,
            sampled: manifest.sample.is_some(),
            columns,
            more_columns: inputs.len().saturating_sub(LISTED),
            default_method,
            request,
            answer,
            comparison: comparison(manifest),
            files: files(manifest),
            call_section: if is_called_in_sql { "readme/snowflake.md" } else { "readme/oci.md" },
            layout: layout.name,
            calls: if is_called_in_sql { snowflake::calls(manifest)? } else { Vec::new() },
            schema: if is_called_in_sql { FileKind::SnowflakeSchema } else { FileKind::InputSchema }.path(),
            has_hooks,
        },
    )
}

/// `Pipeline(StandardScaler, LogisticRegression)`.
fn describe(estimator: &Estimator) -> String {
    if estimator.steps.is_empty() {
        return estimator.class.clone();
    }
    format!("{}({})", estimator.class, estimator.steps.iter().map(describe).collect::<Vec<_>>().join(", "))
}

/// A request of one row and its answer: the first of the sample, or made up by type.
fn example(inputs: &[SignatureField], sample: Option<&SampleInput>, method: &str) -> (String, String) {
    let recorded = sample.and_then(|sample| {
        let answer = sample.expected.get(method)?.get(0)?;
        Some((Value::Object(sample.rows.first()?.clone()), answer.clone()))
    });
    let (row, answer) = recorded.unwrap_or_else(|| {
        let made_up = |field: &SignatureField| (field.name.clone(), made_up(field));
        (Value::Object(inputs.iter().map(made_up).collect()), json!("…"))
    });
    let request = if inputs.len() <= LISTED { json!({"data": [row]}).to_string() } else { String::new() };
    (request, json!({"prediction": [answer]}).to_string())
}

fn made_up(field: &SignatureField) -> Value {
    if let Some(category) = field.categories.as_ref().and_then(|categories| categories.first()) {
        return json!(category);
    }
    let single = match field.dtype.kind() {
        Kind::Text | Kind::Category => json!("text"),
        Kind::Bool => json!(true),
        Kind::Integer => json!(1),
        Kind::Number => json!(0.5),
        Kind::Bytes => json!("AAEC"),
        Kind::Timestamp => json!("2026-01-31T12:00:00"),
        Kind::Object => field.fields.iter().map(|part| (part.name.clone(), made_up(part))).collect(),
    };
    field.shape.iter().flatten().fold(single, |value, _| json!([value]))
}

fn comparison(manifest: &Manifest) -> &'static str {
    match manifest.sample.as_ref().map(|sample| sample.recorded_by) {
        Some(Recorder::Framework) => {
            "The score module's outputs were compared with the framework's own when it was built."
        }
        _ => {
            "The score module's outputs were not compared with the framework's own: none were given when it was built."
        }
    }
}

fn files(manifest: &Manifest) -> Vec<File<'_>> {
    let listed = manifest.files.iter().filter(|file| file.role != Role::BundledRuntime).take(LISTED);
    listed.map(|file| File { path: &file.path, what: purpose(&file.path, file.role) }).collect()
}

fn purpose(path: &str, role: Role) -> &'static str {
    match (role, path) {
        (Role::Model, _) => "what the framework saved",
        (Role::ScoreModule, _) => "the same model, compiled to WebAssembly",
        (Role::ScoreScript, _) => "loads the model and scores payloads",
        (Role::Runtime, _) => "the platform's settings",
        (Role::PlatformManifest, "model/model.yaml") => "the signatures, and how snowflake-ml-python loads the model",
        (Role::PlatformManifest, _) => "what the platform reads first",
        (Role::Handler, path) if path.starts_with("model/code/") => "scores; the functions import it",
        (Role::Handler, path) if path.starts_with("model/") => "names the class that snowflake-ml-python loads",
        (Role::Handler, _) => "a function that the platform calls",
        (Role::Registration, _) => "registers the model",
        (Role::PlatformSchema, "output_schema.json") => "the columns of the answer",
        (Role::PlatformSchema, "input_schema.json") => "the columns of the input: score.py enforces them",
        (Role::PlatformSchema, _) => "the columns of the input: the functions enforce them",

        (Role::EndpointSchema, "response.schema.json") => "JSON Schema of an answer",
        (Role::EndpointSchema, _) => "JSON Schema of a request",
        (Role::Environment, _) => "the Python packages",
        (Role::PartitionIndex, _) => "the models, one for each value of a column",
        (Role::Metadata, _) => "entries of the model catalog",
        (Role::Sample, _) => "rows to try the model with",
        (Role::Expected, _) => "the outputs of every method for these rows",
        (Role::Document, _) => "this page",
        (Role::BundledRuntime, _) => "the package wasmtime",
        (Role::Ignore, _) => "what the platform's tool leaves out",
        (Role::Code, _) => "Python code of yours",
        (Role::UserFile, _) => "a file of yours",
        (Role::Added, _) => "added by hand",
    }
}
