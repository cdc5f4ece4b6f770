//! Snowflake: what its model registry asks of an artifact, before it is put on a stage.

use super::{Profile, Target};
use crate::generate::{FileKind, Layout, ModelPlace};

/// Snowflake.
pub static TARGET: Target = Target {
    name: "snowflake",
    title: "Snowflake",
    layouts: LAYOUTS,
    profiles: PROFILES,
    rules: &[],
    model_rules: &[],
};

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
    FileKind::Readme,
];

static PROFILES: &[Profile] = &[Profile { name: "snowflake-2026", limits: &[] }];
