//! MANIFEST.yml: what the platform reads first.

use std::collections::BTreeMap;

use serde::Serialize;

use super::MODEL_FOLDER;
use super::environment::{Dependencies, dependencies, resource_constraint};
use super::methods::{Argument, Form, Offered, offered};
use crate::artifact::{FunctionType, Manifest, Volatility};
use crate::error::Result;
use crate::yaml;

/// The only runtime.
const RUNTIME: &str = "python_runtime";

#[derive(Serialize)]
struct PlatformManifest<'a> {
    manifest_version: &'static str,
    runtimes: BTreeMap<&'static str, Runtime<'a>>,
    methods: Vec<Method>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    user_files: &'a Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    target_platforms: &'a Vec<String>,
}

#[derive(Serialize)]
struct Runtime<'a> {
    language: &'static str,
    version: &'a str,
    imports: [&'static str; 1],
    dependencies: Dependencies,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    resource_constraint: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Method {
    name: String,
    runtime: &'static str,
    #[serde(rename = "type")]
    function_type: FunctionType,
    handler: String,
    inputs: Vec<Column>,
    outputs: Vec<Column>,
    volatility: Volatility,
}

#[derive(Serialize)]
struct Column {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "type")]
    sql_type: &'static str,
}

/// Writes MANIFEST.yml.
pub fn manifest(manifest: &Manifest) -> Result<String> {
    let runtime = Runtime {
        language: "PYTHON",
        version: &manifest.environment.python_version,
        imports: [MODEL_FOLDER],
        dependencies: dependencies(manifest)?,
        resource_constraint: resource_constraint(manifest),
    };
    yaml::emit(&PlatformManifest {
        manifest_version: "1.0",
        runtimes: BTreeMap::from([(RUNTIME, runtime)]),
        methods: offered(manifest)?.iter().map(method).collect(),
        user_files: &manifest.registration.user_files,
        target_platforms: &manifest.registration.target_platforms,
    })
}

fn method(method: &Offered<'_>) -> Method {
    let input = |argument: &Argument| Column { name: Some(argument.name.clone()), sql_type: argument.sql_type };
    Method {
        name: method.name.name().to_owned(),
        runtime: RUNTIME,
        function_type: method.form.function_type(),
        handler: format!("functions.{}.infer", method.entry.name),
        inputs: method.arguments.iter().map(input).collect(),
        outputs: outputs(method),
        volatility: method.volatility,
    }
}

fn outputs(method: &Offered<'_>) -> Vec<Column> {
    match method.form {
        Form::Objects => vec![Column { name: None, sql_type: "OBJECT" }],
        Form::Series => {
            method.answer.iter().map(|feature| Column { name: None, sql_type: feature.sql_type() }).collect()
        }
        Form::Table | Form::Partition => {
            let column = |(feature, name): (&crate::snowflake::Feature, &crate::snowflake::Identifier)| Column {
                name: Some(name.name().to_owned()),
                sql_type: feature.sql_type(),
            };
            method.answer.iter().zip(&method.answer_names).map(column).collect()
        }
    }
}
