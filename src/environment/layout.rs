//! Where an environment keeps its packages, and what tells its interpreter's version.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::record::open_file;
use crate::error::{Error, Result};
use crate::limits;

/// Bytes of pyvenv.cfg; it has some ten lines.
const PYVENV_BYTES: u64 = 64 << 10;

/// The parts of an environment.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) python: Option<String>,
    pub(super) sees_base_packages: bool,
    /// Folders of packages, in the order of Python's path.
    pub(super) packages: Vec<PathBuf>,
    pub(super) conda_meta: Option<PathBuf>,
}

/// Tells what kind of environment lies at a path.
pub(super) fn find(path: &Path) -> Result<Place> {
    let metadata = std::fs::metadata(path).map_err(|error| Error::io(path, &error))?;
    if !metadata.is_dir() {
        return Err(super::not_an_environment(path));
    }
    let mut place = Place { conda_meta: folder(path.join("conda-meta")), ..Place::default() };
    if let Some(settings) = settings(&path.join("pyvenv.cfg")) {
        place.python = settings.version;
        place.sees_base_packages = settings.sees_base_packages;
    }
    for library in ["lib", "lib64", "Lib"] {
        add_library(&mut place, &path.join(library))?;
    }
    if place.packages.is_empty() && place.conda_meta.is_none() && place.python.is_none() {
        // The folder of packages itself; the folder around it carries the version.
        let whole = path.canonicalize().map_err(|error| Error::io(path, &error))?;
        place.python = whole.parent().and_then(version_of_folder);
        place.packages = vec![whole];
    }
    Ok(place)
}

/// The folders of packages below `lib`: `python3.11/site-packages`, on Windows `site-packages`.
fn add_library(place: &mut Place, library: &Path) -> Result<()> {
    for inside in std::iter::once(library.to_owned()).chain(children(library)?) {
        let version = version_of_folder(&inside);
        if inside != *library && version.is_none() {
            continue;
        }
        let Some(packages) = folder(inside.join("site-packages")).and_then(|folder| folder.canonicalize().ok()) else {
            continue;
        };
        // lib64 is mostly a link to lib.
        if !place.packages.contains(&packages) {
            place.packages.push(packages);
        }
        place.python = place.python.take().or(version);
    }
    Ok(())
}

/// `3.11` of `…/python3.11`.
fn version_of_folder(folder: &Path) -> Option<String> {
    let version = folder.file_name()?.to_str()?.strip_prefix("python")?;
    let (major, minor) = version.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.len() < 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(major) && is_number(minor)).then(|| version.to_owned())
}

fn folder(path: PathBuf) -> Option<PathBuf> {
    path.is_dir().then_some(path)
}

/// The entries of a folder by name; none where there is no folder.
pub(super) fn children(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| Error::io(folder, &error))? {
        found.push(entry.map_err(|error| Error::io(folder, &error))?.path());
        let counted = limits::ENVIRONMENT_ENTRIES.check_len(found.len());
        counted.map_err(|error| error.in_file(folder.display().to_string()))?;
    }
    found.sort();
    Ok(found)
}

struct Settings {
    version: Option<String>,
    sees_base_packages: bool,
}

/// What pyvenv.cfg says; none where there is no such file.
fn settings(path: &Path) -> Option<Settings> {
    let mut text = String::new();
    open_file(path)?.take(PYVENV_BYTES).read_to_string(&mut text).ok()?;
    let value = |wanted: &str| {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| key.eq_ignore_ascii_case(wanted))
    };
    // venv writes `version`, virtualenv and uv `version_info`, perhaps with `.final.0` behind it.
    let version = value("version").or_else(|| value("version_info")).map(|(_, version)| {
        let numbers: Vec<&str> = version.split('.').take(3).collect();
        numbers.join(".")
    });
    let sees_base_packages =
        value("include-system-site-packages").is_some_and(|(_, value)| value.eq_ignore_ascii_case("true"));
    Some(Settings {
        version: version.filter(|text| crate::requirement::Version::parse(text).is_ok()),
        sees_base_packages,
    })
}
