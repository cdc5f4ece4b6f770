//! Snowflake: what its model registry asks of an artifact, before it is put on a stage.

use super::{Naming, Profile, Target};
use crate::generate::{FileKind, Layout};
use crate::snowflake;

/// Snowflake.
pub static TARGET: Target = Target {
    name: "snowflake",
    title: "Snowflake",
    layouts: &[Layout { name: "snowflake", folder: "model/", files: FILES }],
    naming: Naming { name: snowflake::model_name, version: snowflake::version_name },
    registration: REGISTRATION,
    profiles: PROFILES,
    rules: &[],
    model_rules: &[],
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

static FILES: &[FileKind] = &[FileKind::Readme];

static PROFILES: &[Profile] = &[Profile { name: "snowflake-2026", limits: &[] }];
