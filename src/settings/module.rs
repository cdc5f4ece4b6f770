//! The score module: compiled, given, or none.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::{flag, inside};
use crate::compile::CompileOptions;
use crate::error::{Error, Result};

/// The score module: compiled, given, or none.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[command(next_help_heading = "Score module")]
pub struct ModuleOptions {
    /// Your own score module, for a model that cannot be compiled
    #[arg(long, value_name = "WASM")]
    pub score_module: Option<PathBuf>,
    /// Package the model without a score module; nothing is proven then
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub no_score_module: Option<bool>,
    /// The longest text that a row may hold, in bytes, sixteen times as many where words are counted [default: 65536]
    #[arg(long, value_name = "BYTES")]
    pub max_text_bytes: Option<u32>,
    /// Put the `wasmtime` package's wheel into the artifact, unpacked
    #[arg(long, value_name = "WHEEL")]
    pub bundle_runtime: Option<PathBuf>,
}

impl ModuleOptions {
    pub(super) fn over(self, file: Self) -> Self {
        ModuleOptions {
            score_module: self.score_module.or(file.score_module),
            no_score_module: self.no_score_module.or(file.no_score_module),
            max_text_bytes: self.max_text_bytes.or(file.max_text_bytes),
            bundle_runtime: self.bundle_runtime.or(file.bundle_runtime),
        }
    }

    pub(super) fn relative_to(&mut self, folder: &Path) {
        inside(folder, [&mut self.score_module, &mut self.bundle_runtime].into_iter().flatten());
    }

    pub(super) fn check(&self, has_signature: bool) -> Result<()> {
        let refused = |message: &str| Err(Error::usage("usage", message));
        match (&self.score_module, self.no_score_module()) {
            (Some(_), true) => refused("`--score-module` and `--no-score-module` exclude each other"),
            (Some(_), false) if !has_signature => refused("`--score-module` needs `--signature`"),
            _ => Ok(()),
        }
    }

    /// Whether the artifact gets no score module.
    pub fn no_score_module(&self) -> bool {
        flag(self.no_score_module)
    }

    /// How the model is compiled.
    pub fn compile_options(&self) -> CompileOptions {
        self.max_text_bytes.map_or_else(CompileOptions::default, |max_text_bytes| CompileOptions { max_text_bytes })
    }
}
