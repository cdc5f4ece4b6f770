//! Snowflake: what its model registry asks of an artifact, before it is put on a stage.

use super::{Profile, Target};
use crate::generate::{FileKind, Layout};

/// Snowflake.
pub static TARGET: Target = Target {
    name: "snowflake",
    title: "Snowflake",
    layouts: &[Layout { name: "snowflake", folder: "model/", files: FILES }],
    profiles: PROFILES,
    rules: &[],
    model_rules: &[],
};

static FILES: &[FileKind] = &[FileKind::Readme];

static PROFILES: &[Profile] = &[Profile { name: "snowflake-2026", limits: &[] }];
