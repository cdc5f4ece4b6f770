//! Snowflake: what its model registry asks of an artifact, before it is put on a stage.
//!
//! Its client asks for little of this, its server for all of it, after the upload: docs/platforms.md.

mod manifest;
mod methods;
mod names;
mod packages;
mod runtime;
mod sizes;

#[cfg(test)]
mod tests;

pub use manifest::{MANIFEST_YML, PlatformManifest};

use super::rules::{Measured, ModelRule, Rule, ServerRule, Subject};
use super::{Naming, PayloadForm, PlatformLimit, Profile, Target};
use crate::error::Result;
use crate::generate::{FileKind, Layout, ModelPlace};
use crate::snowflake;

/// Snowflake.
pub static TARGET: Target = Target {
    name: "snowflake",
    title: "Snowflake",
    layouts: LAYOUTS,
    naming: Naming { name: snowflake::model_name, version: snowflake::version_name },
    registration: REGISTRATION,
    // Arguments by position, or members of one OBJECT where there are too many.
    payload_forms: &[PayloadForm::Lists, PayloadForm::Records],
    profiles: PROFILES,
    introspection: None,
    rules: RULES,
    server_rules: SERVER_RULES,
    model_rules: MODEL_RULES,
    time_rule: None,
};

static REGISTRATION: &[&str] = &[
    "comment",
    "metrics",
    "tags",
    "aliases",
    "task",
    "target_methods",
    "method_options",
    "options",
    "conda_dependencies",
    "pip_requirements",
    "artifact_repository_map",
    "relax_versions",
    "target_platforms",
    "resource_constraint",
    "code_paths",
    "ext_modules",
    "user_files",
];

static LAYOUTS: &[Layout] = &[
    Layout { name: "snowflake", folder: "model/", model: ModelPlace::Beside, files: WITH_CLASS },
    // The model file is the framework's own object to snowflake-ml-python.
    Layout { name: "snowflake-ml", folder: "model/", model: ModelPlace::Loader, files: FILES },
];

static FILES: &[FileKind] = &[
    FileKind::SnowflakeSchema,
    FileKind::SnowflakeCode,
    FileKind::SnowflakeFunctions,
    FileKind::SnowflakeEnvironment,
    FileKind::SnowflakeModel,
    FileKind::SnowflakeManifest,
    FileKind::SnowflakeRegistration,
    FileKind::Readme,
];

static WITH_CLASS: &[FileKind] = &[
    FileKind::SnowflakeSchema,
    FileKind::SnowflakeCode,
    FileKind::SnowflakePickle,
    FileKind::SnowflakeFunctions,
    FileKind::SnowflakeEnvironment,
    FileKind::SnowflakeModel,
    FileKind::SnowflakeManifest,
    FileKind::SnowflakeRegistration,
    FileKind::Readme,
];

/// Bytes are counted by thousands: the documentation says `KB` and does not say what it means by it.
const fn limit(name: &'static str, value: u64, unit: &'static str, bounds: &'static str) -> PlatformLimit {
    PlatformLimit { name, value, unit, bounds }
}

const METHODS: PlatformLimit = limit("methods", 10, "methods", "the methods of a version");
const ARGUMENTS: PlatformLimit = limit("arguments", 500, "arguments", "the arguments of a method");
const METADATA: PlatformLimit =
    limit("metadata-bytes", 100_000, "bytes", "the metadata of a version, with its metrics");
const CONFIGURATION: PlatformLimit =
    limit("configuration-bytes", 250_000, "bytes", "MANIFEST.yml, model.yaml and the files of environments");
const IDENTIFIER: PlatformLimit = limit("identifier-chars", 255, "characters", "an identifier");
const TAGS: PlatformLimit = limit("tags", 50, "tags", "the tags of a model");
const TAG: PlatformLimit = limit("tag-chars", 256, "characters", "the value of a tag");

static PROFILES: &[Profile] = &[
    Profile {
        name: "snowflake-2026",
        limits: &[
            limit("total-bytes", 15_000_000_000, "bytes", "all files of a version"),
            METHODS,
            ARGUMENTS,
            METADATA,
            CONFIGURATION,
            IDENTIFIER,
            TAGS,
            TAG,
        ],
    },
    Profile {
        name: "snowflake-2024",
        limits: &[
            limit("total-bytes", 5_000_000_000, "bytes", "all files of a version"),
            limit("imports", 10, "imports", "the imports of a runtime"),
            METHODS,
            ARGUMENTS,
            METADATA,
            CONFIGURATION,
            IDENTIFIER,
            TAGS,
            TAG,
        ],
    },
];

const fn rule(code: &'static str, title: &'static str, check: fn(&Subject<'_>) -> Result<Measured>) -> Rule {
    Rule { code, title, check }
}

static RULES: &[Rule] = &[
    rule("snowflake-manifest", "MANIFEST.yml can be read", manifest::readable),
    rule("snowflake-runtime", "every method has a runtime whose files are there", runtime::runtimes),
    rule("snowflake-python-version", "the Python version is one that the platform runs", runtime::python_version),
    rule("snowflake-methods", "MANIFEST.yml offers the artifact's methods as they are", methods::agree),
    rule("snowflake-handler", "every method has a handler that is Python", methods::handlers),
    rule("snowflake-inputs", "every method takes something", methods::inputs),
    rule("snowflake-method-count", "a version has no more methods than the platform takes", methods::count),
    rule("snowflake-arguments", "no method has more arguments than the platform takes", methods::arguments),
    rule("snowflake-function-type", "the kinds of functions and their options go together", methods::function_types),
    rule("snowflake-identifier", "every name is an identifier", names::identifiers),
    rule("snowflake-duplicate", "no two names are one in SQL", names::duplicates),
    rule("snowflake-reserved", "no name is a word of SQL", names::reserved),
    rule("snowflake-alias", "aliases are names of their own", names::aliases),
    rule("snowflake-tag", "the tags fit", names::tags),
    rule("snowflake-task", "the task is the platform's and the model's", runtime::task),
    rule("snowflake-target-platform", "the model runs where it is to run", runtime::target_platforms),
    rule("snowflake-dependencies", "the packages can be installed", packages::dependencies),
    rule("snowflake-repository", "the package index can be reached", packages::repository),
    rule("snowflake-size", "the files fit a version", sizes::total),
    rule("snowflake-imports", "a runtime imports no more than the platform takes", sizes::imports),
    rule("snowflake-configuration", "the configuration fits", sizes::configuration),
    rule("snowflake-metadata", "the metrics fit the version's metadata", sizes::metadata),
    rule("snowflake-privacy", "no row of anyone's data is stored", sizes::privacy),
];

static SERVER_RULES: &[ServerRule] = &[
    ServerRule { code: "snowflake-versions", title: "the model has at most 1,000 versions: only the server knows" },
    ServerRule { code: "snowflake-packages", title: "the channel has the packages: only the server knows" },
];

static MODEL_RULES: &[ModelRule] = &[ModelRule {
    code: "snowflake-size",
    title: "the model fits a version",
    limit: "total-bytes",
    measure: |_, bytes| bytes,
}];
