//! MANIFEST.yml as the platform reads it, and what is wrong with reading it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::rules::{Measured, Subject};
use crate::error::Result;
use crate::finding::Finding;
use crate::yaml;

/// The file's name in the artifact.
pub const MANIFEST_YML: &str = "MANIFEST.yml";
/// The only version of its format.
const FORMAT: &str = "1.0";

/// What MANIFEST.yml says. Its lists pass the limits of YAML documents.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformManifest {
    pub(super) manifest_version: Value,
    pub(super) runtimes: BTreeMap<String, Runtime>,
    pub(super) methods: Vec<Method>,
    #[serde(default)]
    pub(super) user_files: Vec<String>,
    #[serde(default)]
    pub(super) target_platforms: Vec<String>,
    #[serde(default, rename = "user_data")]
    _user_data: Option<Value>,
    #[serde(default, rename = "lineage_sources")]
    _lineage_sources: Option<Value>,
}

/// Where methods run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Runtime {
    pub language: Value,
    pub version: Value,
    pub imports: Vec<String>,
    #[serde(default)]
    pub dependencies: Dependencies,
    #[serde(default)]
    pub resource_constraint: BTreeMap<String, String>,
}

/// The files of an environment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dependencies {
    #[serde(default)]
    pub conda: Option<String>,
    #[serde(default)]
    pub pip: Option<String>,
    #[serde(default)]
    pub artifact_repository_map: BTreeMap<String, String>,
}

/// A method.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Method {
    pub name: String,
    pub runtime: String,
    #[serde(rename = "type")]
    pub function_type: String,
    pub handler: String,
    pub inputs: Vec<Column>,
    pub outputs: Vec<Column>,
    #[serde(default)]
    pub params: Vec<Parameter>,
    #[serde(default)]
    pub volatility: Option<String>,
}

/// An argument, or a column of an answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(rename = "type")]
    pub sql_type: String,
}

/// A scalar of a whole call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameter {
    pub name: String,
    #[serde(rename = "type")]
    pub _sql_type: String,
    #[serde(default, rename = "default")]
    pub _default: Option<String>,
}

impl PlatformManifest {
    /// Reads MANIFEST.yml.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        yaml::parse(bytes).map_err(|error| error.in_file(MANIFEST_YML))
    }
}

/// MANIFEST.yml, where it can be read; rules about what it says are silent where it cannot.
pub(super) fn read<'s>(subject: &'s Subject<'_>) -> Result<Option<&'s PlatformManifest>> {
    Ok(subject.platform_manifest()?.and_then(|read| read.as_ref().ok()))
}

/// A finding about what MANIFEST.yml says at a place.
pub(super) fn told_at(code: &'static str, place: impl Into<String>, message: impl Into<String>) -> Finding {
    Finding::error(code, message).in_file(MANIFEST_YML).at(place)
}

/// The place of a method.
pub(super) fn of_method(method: &Method) -> String {
    format!("method `{}`", method.name)
}

/// Whether the file is there, and is what the platform calls a manifest.
pub(super) fn readable(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-manifest";
    let finding = match subject.platform_manifest()? {
        None => Some(
            Finding::error(code, "`MANIFEST.yml` is missing")
                .in_file(MANIFEST_YML)
                .hint("build the artifact with `--target snowflake`"),
        ),
        Some(Err(error)) => Some(Finding { code: code.into(), ..Finding::from(error) }),
        Some(Ok(manifest)) => (manifest.manifest_version.as_str() != Some(FORMAT)).then(|| {
            let found = shown(&manifest.manifest_version);
            told_at(code, "manifest_version", format!("expected the text `{FORMAT}`, found {found}"))
        }),
    };
    Ok(Measured::of(finding))
}

/// A value of the file, for messages.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        Value::Number(number) => format!("the number {number} (put it in quotes: YAML reads 3.10 as 3.1)"),
        _ => "another kind of value".into(),
    }
}
