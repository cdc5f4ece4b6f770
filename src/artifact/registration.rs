//! What a registry is told about a model beside its files: all that a registration call takes.
//!
//! It stands in the manifest, because generated files depend on it. What only the checker decides (a profile, other
//! limits) does not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a registry is told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Registration {
    /// The arrangement of the files, where the platform has several; its first if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// A remark on this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Results of the training or of a test: any JSON.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metrics: Map<String, Value>,
    /// Tags of the model, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Other names of this version.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The platform's own name of the task, where another than the model's is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The methods to offer; all that the platform usually offers if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub target_methods: Vec<String>,
    /// Options of single methods, by the method's name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub method_options: BTreeMap<String, MethodOptions>,
    /// Options of all methods that have no option of their own.
    #[serde(skip_serializing_if = "MethodOptions::is_default")]
    pub options: MethodOptions,
    /// Further packages from a conda channel: `[channel::]package [op version]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conda_dependencies: Vec<String>,
    /// Further packages from a package index, as in requirements.txt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pip_requirements: Vec<String>,
    /// The package index's repository on the platform, by installer: `pip` to its name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub artifact_repository_map: BTreeMap<String, String>,
    /// Whether pinned versions are widened for the platform's own channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relax_versions: Option<bool>,
    /// Where it may run: `WAREHOUSE`, `SNOWPARK_CONTAINER_SERVICES`; anywhere if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub target_platforms: Vec<String>,
    /// What it needs of a machine: `architecture: x86`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub resource_constraint: BTreeMap<String, String>,
    /// Python modules that ride along, as paths in the artifact.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub code_paths: Vec<String>,
    /// Modules that the registry would have pickled by value; they ride along as code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ext_modules: Vec<String>,
    /// Files that ride along, as paths in the artifact.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_files: Vec<String>,
}

/// How one method is called on the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MethodOptions {
    /// Whether names are taken as they are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_sensitive: Option<bool>,
    /// The most rows of one call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_batch_size: Option<u32>,
    /// A function of a row, or of a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_type: Option<FunctionType>,
    /// Whether a table function gets whole partitions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitioned: Option<bool>,
    /// Whether equal rows always give equal answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volatility: Option<Volatility>,
    /// Whether an answer of one column is returned as its value instead of inside an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub native_output: Option<bool>,
}

/// A function of a row, or of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FunctionType {
    /// A row gives a value.
    Function,
    /// A table gives a table.
    TableFunction,
}

/// Whether equal rows always give equal answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Volatility {
    /// They may differ.
    Volatile,
    /// They never differ.
    Immutable,
}

impl Registration {
    /// Whether nothing is told.
    pub fn is_default(&self) -> bool {
        *self == Registration::default()
    }

    /// The options of a method: its own, and for what it leaves open those of all methods.
    pub fn method(&self, name: &str) -> MethodOptions {
        self.method_options.get(name).cloned().unwrap_or_default().or(&self.options)
    }
}

impl MethodOptions {
    /// These options, and for what they leave open the others.
    pub fn or(self, others: &MethodOptions) -> MethodOptions {
        MethodOptions {
            case_sensitive: self.case_sensitive.or(others.case_sensitive),
            max_batch_size: self.max_batch_size.or(others.max_batch_size),
            function_type: self.function_type.or(others.function_type),
            partitioned: self.partitioned.or(others.partitioned),
            volatility: self.volatility.or(others.volatility),
            native_output: self.native_output.or(others.native_output),
        }
    }

    /// Whether nothing is said.
    pub fn is_default(&self) -> bool {
        *self == MethodOptions::default()
    }
}
