//! Platforms: the files each wants, its limits as of a date, and the rules that `check` runs.

pub mod oci;

pub use oci::OCI;

use crate::generate::FileKind;

/// A platform.
#[derive(Debug)]
pub struct Target {
    /// Its name in `--target`.
    pub name: &'static str,
    /// The files it wants in an artifact.
    pub files: &'static [FileKind],
}
