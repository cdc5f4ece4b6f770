//! Many models in one artifact: one for each value of a column.

use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::error::{Error, Result};

/// Many models in one artifact: one for each value of a column.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[command(next_help_heading = "Partitions")]
pub struct PartitionOptions {
    /// Pack one model for each value of this column: FILE is then a folder that holds <partition>/model.* or
    /// <run-id>/<partition>/model.*
    #[arg(long, value_name = "COLUMN")]
    pub partition_by: Option<String>,
    /// The training run: which of the folder's runs is packed, or what the only one is called
    #[arg(long, value_name = "ID")]
    pub run_id: Option<String>,
    /// The name of every partition's model file, where it is not the only one called model.*
    #[arg(long, value_name = "NAME")]
    pub model_filename: Option<String>,
    /// What happens to an artifact that stands at the output [default: overwrite; error with --partition-by]
    #[arg(long, value_enum, value_name = "HOW")]
    pub on_existing: Option<OnExisting>,
}

/// What happens to an artifact that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnExisting {
    /// Nothing is built.
    Error,
    /// It is replaced, once the new one has been verified.
    Overwrite,
}

impl PartitionOptions {
    pub(super) fn over(self, file: Self) -> Self {
        PartitionOptions {
            partition_by: self.partition_by.or(file.partition_by),
            run_id: self.run_id.or(file.run_id),
            model_filename: self.model_filename.or(file.model_filename),
            on_existing: self.on_existing.or(file.on_existing),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let given = [("run-id", self.run_id.is_some()), ("model-filename", self.model_filename.is_some())];
        match given.iter().find(|(_, given)| *given && self.partition_by.is_none()) {
            Some((option, _)) => Err(Error::usage("usage", format!("`--{option}` needs `--partition-by`"))),
            None => Ok(()),
        }
    }

    /// Whether an artifact at the output is replaced. A build of a single model always did; one of many models is long.
    pub fn overwrites(&self) -> bool {
        match self.on_existing {
            Some(how) => how == OnExisting::Overwrite,
            None => self.partition_by.is_none(),
        }
    }
}
