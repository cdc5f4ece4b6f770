//! A Python environment as its files tell it: the interpreter's version and the distributions that are installed.
//! Nothing in it is executed or imported; path files and what other environments lend are not followed.

mod distributions;
mod layout;
mod record;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::{Error, Result};
use crate::requirement::normalize;
use record::Record;

/// What an environment holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PythonEnvironment {
    /// The interpreter's version, as much of it as the files tell: `3.11.7` or `3.11`.
    pub python: Option<String>,
    /// Whether packages of the base interpreter count too; these were not read.
    pub sees_base_packages: bool,
    distributions: BTreeMap<String, BTreeSet<Option<String>>>,
}

impl PythonEnvironment {
    /// Reads a virtual environment, a conda environment, an interpreter's own folder, or a folder of packages.
    pub fn open(path: &Path) -> Result<PythonEnvironment> {
        let place = layout::find(path)?;
        let mut environment = PythonEnvironment {
            python: place.python,
            sees_base_packages: place.sees_base_packages,
            ..PythonEnvironment::default()
        };
        for folder in &place.packages {
            // What stands earlier on Python's path hides what follows.
            environment.add_unless_known(distributions::of_folder(folder)?);
        }
        if let Some(folder) = &place.conda_meta {
            let records = distributions::of_conda(folder)?;
            let python = records.iter().find(|record| record.name == "python");
            if let Some(version) = python.and_then(|record| record.version.clone()) {
                environment.python = Some(version);
            }
            environment.add_unless_known(records);
        }
        match environment.distributions.is_empty() && environment.python.is_none() {
            true => Err(not_an_environment(path)),
            false => Ok(environment),
        }
    }

    fn add_unless_known(&mut self, records: Vec<Record>) {
        let mut added: BTreeMap<String, BTreeSet<Option<String>>> = BTreeMap::new();
        for record in records {
            added.entry(normalize(&record.name)).or_default().insert(record.version);
        }
        for (name, versions) in added {
            self.distributions.entry(name).or_insert(versions);
        }
    }

    /// How many distributions are installed.
    pub fn len(&self) -> usize {
        self.distributions.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.distributions.is_empty()
    }

    /// The versions of a distribution, none for one that cannot be read; more than one where an earlier installation
    /// was left behind. None at all where it is not installed.
    pub fn versions(&self, name: &str) -> Option<Vec<Option<&str>>> {
        let found = self.distributions.get(&normalize(name))?;
        Some(found.iter().map(Option::as_deref).collect())
    }
}

fn not_an_environment(path: &Path) -> Error {
    Error::usage("not-an-environment", "expected a Python environment, found no interpreter and no packages")
        .in_file(path.display().to_string())
        .hint("give a virtual environment, a conda environment or a site-packages folder")
}
