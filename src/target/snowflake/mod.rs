//! Snowflake: what its model registry asks of an artifact, before it is put on a stage.

use super::{Naming, PayloadForm, Profile, Target};
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
    rules: &[],
    model_rules: &[],
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

static PROFILES: &[Profile] = &[Profile { name: "snowflake-2026", limits: &[] }];
