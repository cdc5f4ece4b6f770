//! What a registry is told about the model, and what rides along with it.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::value::{
    MethodSetting, Metrics, Pair, by_name, check_metrics_once, check_once, in_one_line, options_by_method,
    options_of_all, pairs,
};
use super::{first, inside};
use crate::artifact::{MethodOptions, Registration};
use crate::error::{Error, Result};
use crate::pipeline::CompanionKind;

/// What a registry is told about the model, and what rides along with it.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[command(next_help_heading = "Registration")]
pub struct RegistrationOptions {
    /// A remark on this version
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
    /// Results of a test: a JSON or YAML file with a mapping, or one of them as `auc=0.93`
    #[arg(long, value_name = "FILE|NAME=VALUE", value_parser = |text: &str| text.parse::<Metrics>().map_err(in_one_line))]
    #[serde(deserialize_with = "one_source")]
    #[schemars(with = "FileOrValues")]
    pub metrics: Vec<Metrics>,
    /// A tag of the model
    #[arg(long = "tag", value_name = "NAME=VALUE")]
    #[serde(deserialize_with = "pairs")]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub tags: Vec<Pair>,
    /// Another name of this version
    #[arg(long = "alias", value_name = "NAME")]
    pub aliases: Vec<String>,
    /// The platform's name of the task [default: from the model's task]
    #[arg(long, value_name = "TASK")]
    pub task: Option<String>,
    /// A method to offer [default: those that the platform usually offers]
    #[arg(long = "target-method", value_name = "METHOD")]
    pub target_methods: Vec<String>,
    /// How all methods are called: case_sensitive, max_batch_size, function_type, partitioned, volatility,
    /// native_output
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = |text: &str| MethodSetting::of_all(text).map_err(in_one_line))]
    #[serde(deserialize_with = "options_of_all")]
    #[schemars(with = "MethodOptions")]
    pub options: Vec<MethodSetting>,
    /// How one method is called, for example `predict.max_batch_size=1000`
    #[arg(long = "method-option", value_name = "METHOD.KEY=VALUE", value_parser = |text: &str| MethodSetting::of_one(text).map_err(in_one_line))]
    #[serde(deserialize_with = "options_by_method")]
    #[schemars(with = "std::collections::BTreeMap<String, MethodOptions>")]
    pub method_options: Vec<MethodSetting>,
    /// Python code that rides along: a file, or a folder with everything below it
    #[arg(long = "code-path", value_name = "PATH")]
    pub code_paths: Vec<PathBuf>,
    /// A Python module that the model needs: a .py file or a package's folder; it rides along as code
    #[arg(long = "ext-module", value_name = "PATH")]
    pub ext_modules: Vec<PathBuf>,
    /// A file that rides along, in a folder of the artifact
    #[arg(long = "user-file", value_name = "FOLDER=FILE")]
    #[serde(deserialize_with = "user_files")]
    #[schemars(with = "std::collections::BTreeMap<String, Vec<PathBuf>>")]
    pub user_files: Vec<UserFile>,
    /// Not applicable: the handler needs no library that could be embedded
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(skip)]
    pub embed_local_ml_library: Option<bool>,
}

/// What the settings file may hold under `metrics`.
#[derive(schemars::JsonSchema)]
#[serde(untagged)]
#[allow(dead_code)]
enum FileOrValues {
    /// A JSON or YAML file with a mapping.
    File(PathBuf),
    /// Names with their values.
    Values(Map<String, Value>),
}

/// A file that rides along in a folder of the artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFile {
    /// The folder.
    pub folder: String,
    /// The file.
    pub path: PathBuf,
}

impl std::str::FromStr for UserFile {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let pair: Pair =
            text.parse().map_err(|_| Error::usage("usage", format!("expected FOLDER=FILE, found `{text}`")))?;
        Ok(UserFile { folder: pair.name, path: pair.value.into() })
    }
}

fn one_source<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Metrics>, D::Error> {
    Ok(vec![Metrics::deserialize(deserializer)?])
}

fn user_files<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<UserFile>, D::Error> {
    let map = std::collections::BTreeMap::<String, Vec<PathBuf>>::deserialize(deserializer)?;
    let files = map
        .into_iter()
        .flat_map(|(folder, paths)| paths.into_iter().map(move |path| UserFile { folder: folder.clone(), path }));
    Ok(files.collect())
}

impl RegistrationOptions {
    pub(super) fn over(self, file: Self) -> Result<Self> {
        let tags = by_name("tag", &self.tags, &file.tags)?;
        check_once("option", &self.options)?;
        check_once("method-option", &self.method_options)?;
        check_metrics_once(&self.metrics)?;
        let chain = |given: Vec<MethodSetting>, file: Vec<MethodSetting>| given.into_iter().chain(file).collect();
        Ok(RegistrationOptions {
            comment: self.comment.or(file.comment),
            metrics: self.metrics.into_iter().chain(file.metrics).collect(),
            tags: tags.into_iter().map(|(name, value)| Pair { name, value }).collect(),
            aliases: first(self.aliases, file.aliases),
            task: self.task.or(file.task),
            target_methods: first(self.target_methods, file.target_methods),
            options: chain(self.options, file.options),
            method_options: chain(self.method_options, file.method_options),
            code_paths: first(self.code_paths, file.code_paths),
            ext_modules: first(self.ext_modules, file.ext_modules),
            user_files: first(self.user_files, file.user_files),
            embed_local_ml_library: self.embed_local_ml_library,
        })
    }

    /// The paths of what rides along.
    pub fn companions(&self) -> impl Iterator<Item = (CompanionKind, PathBuf)> {
        let code = self.code_paths.iter().map(|path| (CompanionKind::Code, path.clone()));
        let modules = self.ext_modules.iter().map(|path| (CompanionKind::Module, path.clone()));
        let files = self.user_files.iter();
        let files = files.map(|file| (CompanionKind::UserFile(file.folder.clone()), file.path.clone()));
        code.chain(modules).chain(files)
    }

    pub(super) fn relative_to(&mut self, folder: &Path) {
        inside(folder, self.code_paths.iter_mut().chain(&mut self.ext_modules));
        inside(folder, self.user_files.iter_mut().map(|file| &mut file.path));
        inside(folder, self.metrics.iter_mut().filter_map(Metrics::file_mut));
    }

    /// Tells the registry what stands here; `read` gives the bytes of a file of metrics.
    pub(super) fn register(
        self,
        registration: &mut Registration,
        read: impl Fn(&Path) -> Result<Map<String, Value>>,
    ) -> Result<()> {
        for source in self.metrics {
            let values = match source {
                Metrics::File(path) => read(&path)?,
                Metrics::Values(values) => values,
            };
            for (name, value) in values {
                // What stands first wins: the command line stands before the file.
                registration.metrics.entry(name).or_insert(value);
            }
        }
        registration.comment = self.comment;
        registration.tags = self.tags.into_iter().map(|pair| (pair.name, pair.value)).collect();
        registration.aliases = self.aliases;
        registration.task = self.task;
        registration.target_methods = self.target_methods;
        for setting in self.options {
            registration.options = std::mem::take(&mut registration.options).or(&setting.options);
        }
        for MethodSetting { method, options } in self.method_options {
            let known = registration.method_options.entry(method.unwrap_or_default()).or_default();
            *known = std::mem::take(known).or(&options);
        }
        Ok(())
    }
}
