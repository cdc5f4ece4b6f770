//! Which models lie below a folder: one per partition, of one training run.
//!
//! `DIR/<run-id>/<partition>/model.*`, or `DIR/<partition>/model.*`. A folder called `<column>=<value>` is the partition
//! `<value>`, percent-decoded, as Hive and Spark write it; any other folder's name is the value itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::limits;
use crate::pipeline::read_file;

/// What a run writes beside a model file.
const METRICS: &str = "metrics.json";
/// What Hive writes for a missing value.
const HIVE_MISSING: &str = "__HIVE_DEFAULT_PARTITION__";

/// What `--partition-by` and its options ask for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// The column whose values name the partitions.
    pub column: &'a str,
    /// The run, where the folder holds several.
    pub run_id: Option<&'a str>,
    /// The name of every model file, where it is not the only one called `model.*`.
    pub model_filename: Option<&'a str>,
}

/// The models of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The run, where the folder or the caller names one.
    pub run_id: Option<String>,
    /// The models by the value of the column.
    pub models: BTreeMap<String, FoundModel>,
}

/// The model of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundModel {
    /// The model file.
    pub path: PathBuf,
    /// The metrics beside it.
    pub metrics: Option<PathBuf>,
}

/// A folder in the folder that is looked at.
struct Folder {
    name: String,
    path: PathBuf,
}

/// Finds the models of a run.
pub fn discover(wanted: Wanted<'_>) -> Result<Found> {
    let folders = folders(wanted.folder)?;
    let mut direct = Vec::new();
    let mut runs: BTreeMap<&str, Vec<(Folder, FoundModel)>> = BTreeMap::new();
    for folder in &folders {
        match model_in(&folder.path, wanted.model_filename)? {
            Some(model) => direct.push((folder, model)),
            None => {
                let mut inner = Vec::new();
                for partition in self::folders(&folder.path)? {
                    if let Some(model) = model_in(&partition.path, wanted.model_filename)? {
                        inner.push((partition, model));
                    }
                }
                runs.insert(&folder.name, inner);
            }
        }
    }
    if !direct.is_empty() {
        // A folder without a model stands among partitions: it is one whose training failed, not a run.
        if let Some(name) = runs.keys().next() {
            return Err(no_model(&wanted.folder.join(name), wanted.model_filename));
        }
        let models = direct.into_iter().map(|(folder, model)| (folder.name.clone(), model));
        return Ok(Found { run_id: wanted.run_id.map(str::to_owned), models: by_value(models, wanted)? });
    }
    let run = chosen(runs.iter().map(|(name, models)| (*name, models.len())), wanted)?.to_owned();
    let folder = wanted.folder.join(&run);
    let found = runs.remove(run.as_str()).unwrap_or_default();
    if let Some(empty) = self::folders(&folder)?.iter().find(|f| found.iter().all(|(other, _)| other.name != f.name)) {
        return Err(no_model(&empty.path, wanted.model_filename));
    }
    let models = found.into_iter().map(|(folder, model)| (folder.name, model));
    Ok(Found { models: by_value(models, wanted)?, run_id: Some(run) })
}

/// The run that is meant: the named one, or the only one.
fn chosen<'n>(runs: impl Iterator<Item = (&'n str, usize)>, wanted: Wanted<'_>) -> Result<&'n str> {
    let runs: Vec<&str> = runs.filter(|(_, models)| *models > 0).map(|(name, _)| name).collect();
    let in_folder = |error: Error| error.in_file(wanted.folder.display().to_string());
    match (wanted.run_id, runs.as_slice()) {
        (_, []) => Err(no_model(wanted.folder, wanted.model_filename)),
        (Some(id), runs) => runs.iter().find(|run| **run == id).copied().ok_or_else(|| {
            in_folder(Error::usage("run-id", format!("no run is called `{id}`")).known("its runs", id, runs))
        }),
        (None, [only]) => Ok(only),
        (None, runs) => {
            let message = format!("the folder holds {} runs: {}", runs.len(), runs.join(", "));
            Err(in_folder(Error::usage("run-id", message).hint("name one of them with `--run-id`")))
        }
    }
}

/// The folders in a folder, by name; those that begin with a dot are nobody's partition.
fn folders(path: &Path) -> Result<Vec<Folder>> {
    let failed = |error: std::io::Error| Error::io(path, &error);
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
            return Err(
                Error::malformed("member-name", "the folder's name is not UTF-8").in_file(path.display().to_string())
            );
        };
        if path.is_dir() && !name.starts_with('.') {
            limits::PARTITIONS.check_len(folders.len() + 1)?;
            folders.push(Folder { name, path });
        }
    }
    folders.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(folders)
}

/// The model file in a folder; none where there is none.
fn model_in(folder: &Path, model_filename: Option<&str>) -> Result<Option<FoundModel>> {
    let found = |path: PathBuf| {
        let metrics = folder.join(METRICS);
        Some(FoundModel { path, metrics: metrics.is_file().then_some(metrics) })
    };
    if let Some(name) = model_filename {
        let path = folder.join(name);
        return Ok(path.is_file().then_some(path).and_then(found));
    }
    let failed = |error: std::io::Error| Error::io(folder, &error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_model = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("model."));
        if is_model && path.is_file() {
            names.push(path);
        }
    }
    names.sort();
    match names.len() {
        0 | 1 => Ok(names.pop().and_then(found)),
        count => {
            let shown: Vec<String> =
                names.iter().filter_map(|path| Some(format!("`{}`", path.file_name()?.to_str()?))).collect();
            Err(Error::usage("model-filename", format!("the folder holds {count} model files: {}", shown.join(", ")))
                .in_file(folder.display().to_string())
                .hint("name the one that counts with `--model-filename`"))
        }
    }
}

fn no_model(folder: &Path, model_filename: Option<&str>) -> Error {
    let wanted = model_filename.unwrap_or("model.*");
    Error::usage("model-filename", format!("expected a model file `{wanted}`, found none"))
        .in_file(folder.display().to_string())
        .hint("a folder holds DIR/<partition>/model.* or DIR/<run-id>/<partition>/model.*; `--model-filename` names another file")
}

/// The models by the values that their folders' names stand for.
fn by_value(
    models: impl Iterator<Item = (String, FoundModel)>,
    wanted: Wanted<'_>,
) -> Result<BTreeMap<String, FoundModel>> {
    let mut all = BTreeMap::new();
    for (name, model) in models {
        let folder = model.path.parent().unwrap_or(wanted.folder).display().to_string();
        let value = value_of(&name, wanted.column).map_err(|error| error.in_file(&folder))?;
        if all.insert(value.clone(), model).is_some() {
            let message = format!("two folders stand for the value `{value}`");
            return Err(Error::usage("partition-folder", message).in_file(folder));
        }
    }
    Ok(all)
}

/// The value that a folder's name stands for.
fn value_of(name: &str, column: &str) -> Result<String> {
    let Some((_, encoded)) = name.split_once('=').filter(|(before, _)| *before == column) else {
        return Ok(name.to_owned());
    };
    if encoded == HIVE_MISSING {
        let message = "the folder stands for a missing value, which no row can name";
        return Err(Error::usage("partition-folder", message).hint("give these rows a value of their own"));
    }
    decoded(encoded).ok_or_else(|| {
        Error::usage("partition-folder", format!("`{encoded}` is not percent-encoded UTF-8"))
            .hint("`%` stands before two hexadecimal digits")
    })
}

/// Percent-decoded text; none where a `%` stands before something else than two digits, or the bytes are not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, more) = rest.split_at_checked(2)?;
        let both_digits = digits.iter().all(u8::is_ascii_hexdigit);
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| both_digits)?, 16).ok()?);
        rest = more;
    }
    String::from_utf8(bytes).ok().filter(|value| !value.is_empty())
}

/// The metrics of a partition: a JSON object.
pub fn metrics(path: &Path) -> Result<Map<String, Value>> {
    let bytes = read_file(path, &limits::METRICS_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!("expected a JSON object of metrics: {error}");
        Error::malformed("metrics", message).in_file(path.display().to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        folder
    }

    fn found(files: &[&str], run_id: Option<&str>, model_filename: Option<&str>) -> Result<(String, String), String> {
        let folder = folder(files);
        let wanted = Wanted { folder: folder.path(), column: "store", run_id, model_filename };
        match discover(wanted) {
            Ok(found) => {
                let values: Vec<String> = found.models.into_keys().collect();
                Ok((found.run_id.unwrap_or_default(), values.join(" ")))
            }
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn both_layouts_and_both_ways_to_name_a_partition_are_read() {
        let ok = |run: &str, values: &str| Ok((run.to_owned(), values.to_owned()));
        assert_eq!(found(&["1/model.ubj", "2/model.json"], None, None), ok("", "1 2"));
        assert_eq!(found(&["1/model.ubj"], Some("june"), None), ok("june", "1"));
        assert_eq!(found(&["a/1/model.pkl", "a/2/model.pkl", ".git/x"], None, None), ok("a", "1 2"));
        assert_eq!(found(&["a/1/model.pkl", "b/2/model.pkl"], Some("b"), None), ok("b", "2"));
        assert_eq!(found(&["store=S%C3%BCd%2F1/model.pkl", "x=2/model.pkl"], None, None), ok("", "Süd/1 x=2"));
        assert_eq!(found(&["1/model.pkl", "1/model.json"], None, Some("model.json")), ok("", "1"));
        assert_eq!(found(&["1/booster.bin", "1/metrics.json"], None, Some("booster.bin")), ok("", "1"));
    }

    #[test]
    fn what_is_not_clear_is_refused() {
        for (files, run_id, filename, reason) in [
            (&["a/1/model.pkl", "b/1/model.pkl"][..], None, None, "the folder holds 2 runs: a, b"),
            (&["a/1/model.pkl"], Some("c"), None, "no run is called `c`"),
            (&["1/model.pkl", "1/model.json"], None, None, "the folder holds 2 model files: `model.json`, `model.pkl`"),
            (&["1/model.pkl", "2/log.txt"], None, None, "expected a model file `model.*`, found none"),
            (&["a/1/model.pkl", "a/2/log.txt"], None, None, "expected a model file `model.*`, found none"),
            (&["a/1/model.pkl"], None, Some("model.pt"), "expected a model file `model.pt`, found none"),
            (&["x.txt"], None, None, "expected a model file `model.*`, found none"),
            (&["7/model.pkl", "store=7/model.pkl"], None, None, "two folders stand for the value `7`"),
            (&["store=%4/model.pkl"], None, None, "`%4` is not percent-encoded UTF-8"),
            (&["store=__HIVE_DEFAULT_PARTITION__/model.pkl"], None, None, "the folder stands for a missing value"),
        ] {
            let error = found(files, run_id, filename).unwrap_err();
            assert!(error.starts_with(reason), "{files:?}: {error}");
        }
    }
}
