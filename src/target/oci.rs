//! OCI Data Science.

use super::Target;
use crate::generate::FileKind;

/// OCI Data Science, as of 2026.
pub static OCI: Target = Target {
    name: "oci",
    files: &[
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
    ],
};
