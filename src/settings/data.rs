//! The rows, the framework's outputs for them, and the signature.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::inside;
use crate::error::{Error, Result};

/// The rows, the framework's outputs for them, and the signature.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[command(next_help_heading = "Data")]
pub struct DataOptions {
    /// Rows for names, types, statistics and the recorded sample (CSV, JSON, .npy, Parquet)
    #[arg(long, value_name = "DATA")]
    pub sample: Option<PathBuf>,
    /// The same for the outputs
    #[arg(long, value_name = "DATA")]
    pub target_sample: Option<PathBuf>,
    /// Rows of the sample to store, at most 20; 0 stores no row and no statistics [default: 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=i64::from(MOST_ROWS)))]
    #[schemars(range(min = 0, max = 20))]
    pub sample_rows: Option<u8>,
    /// The framework's own outputs for the sample's rows
    #[arg(long, value_name = "DATA")]
    pub expected: Option<PathBuf>,
    /// The method that --expected holds, where it is CSV or .npy
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,
    /// The signature, where the model does not tell it or another is wanted (JSON or YAML)
    #[arg(long, value_name = "FILE")]
    pub signature: Option<PathBuf>,
}

/// Rows that an artifact stores at most.
const MOST_ROWS: u8 = 20;

impl DataOptions {
    pub(super) fn over(self, file: Self) -> Self {
        DataOptions {
            sample: self.sample.or(file.sample),
            target_sample: self.target_sample.or(file.target_sample),
            sample_rows: self.sample_rows.or(file.sample_rows),
            expected: self.expected.or(file.expected),
            method: self.method.or(file.method),
            signature: self.signature.or(file.signature),
        }
    }

    pub(super) fn relative_to(&mut self, folder: &Path) {
        let paths = [&mut self.sample, &mut self.target_sample, &mut self.expected, &mut self.signature];
        inside(folder, paths.into_iter().flatten());
    }

    pub(super) fn check(&self) -> Result<()> {
        let needs = |option: &str, other: &str| Err(Error::usage("usage", format!("`--{option}` needs `--{other}`")));
        if self.expected.is_some() && self.sample.is_none() {
            return needs("expected", "sample");
        }
        if self.method.is_some() && self.expected.is_none() {
            return needs("method", "expected");
        }
        if self.rows() > usize::from(MOST_ROWS) {
            let message = format!("`sample-rows` is {}: at most {MOST_ROWS} rows are stored", self.rows());
            return Err(Error::usage("usage", message));
        }
        Ok(())
    }

    /// Rows to store.
    pub fn rows(&self) -> usize {
        usize::from(self.sample_rows.unwrap_or(MOST_ROWS))
    }
}
