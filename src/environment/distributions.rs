//! The distributions of a folder of packages, and those that conda installed.

use std::path::Path;

use super::layout::children;
use super::record::Record;
use crate::error::Result;

/// Those with a `.dist-info` or `.egg-info` beside their modules.
pub(super) fn of_folder(folder: &Path) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for path in children(folder)? {
        let Some((stem, extension)) = name_and_extension(&path) else { continue };
        match extension {
            "dist-info" => records.push(Record::of_metadata(&path.join("METADATA"), stem)),
            // setuptools makes a folder, distutils a file.
            "egg-info" if path.is_dir() => records.push(Record::of_metadata(&path.join("PKG-INFO"), stem)),
            "egg-info" => records.push(Record::of_metadata(&path, stem)),
            // Installed from a folder elsewhere, which is not read.
            "egg-link" => records.push(Record::named(stem)),
            _ => {}
        }
    }
    Ok(records)
}

/// Those of `conda-meta`, Python itself among them.
pub(super) fn of_conda(folder: &Path) -> Result<Vec<Record>> {
    let paths = children(folder)?;
    let records = paths.iter().filter_map(|path| {
        let (stem, extension) = name_and_extension(path)?;
        (extension == "json").then(|| Record::of_conda(path, stem))
    });
    Ok(records.collect())
}

fn name_and_extension(path: &Path) -> Option<(&str, &str)> {
    path.file_name()?.to_str()?.rsplit_once('.')
}
