//! The artifacts and model files that files of a working tree belong to: a hook is told files, not artifacts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::is_zip;
use crate::artifact::{MANIFEST, Store};
use crate::error::{Error, Result};
use crate::framework;
use crate::limits;

/// What stands in every manifest of ours, whatever else is wrong with it.
const MARK: &[u8] = b"name: scorepack";
/// Files that our artifacts hold, which tell one whose manifest or zip structure is broken.
const TELLTALES: [&str; 2] = ["score.wasm", "score.py"];
/// How much of a file is searched at a time.
const STEP: usize = 1 << 20;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds {
    /// Artifacts.
    Artifacts,
    /// Artifacts, and model files that lie in none.
    ArtifactsAndModels,
}

/// The artifacts that contain `paths` or are among them, and model files where they are asked for: each once, sorted.
/// A path that does not exist any more still counts for the directories that it lay in. Broken artifacts are artifacts:
/// only what shows no sign of being one is left out.
pub fn containing(paths: &[PathBuf], kinds: Kinds) -> Result<Vec<PathBuf>> {
    let mut folders = Folders::default();
    let mut found = BTreeSet::new();
    for path in paths {
        let around = folders.around(path)?;
        if around.is_empty() && is_subject(path, kinds, &mut folders)? {
            found.insert(path.clone());
        }
        found.extend(around);
    }
    Ok(found.into_iter().collect())
}

/// Directories that were asked about: whether they are artifacts.
#[derive(Debug, Default)]
struct Folders(BTreeMap<PathBuf, bool>);

impl Folders {
    /// The artifacts among the directories above a path, as far up as the path itself goes.
    fn around(&mut self, path: &Path) -> Result<Vec<PathBuf>> {
        let mut around = Vec::new();
        for folder in path.ancestors().skip(1) {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            if self.is_artifact(folder)? {
                around.push(folder.to_owned());
            }
        }
        Ok(around)
    }

    fn is_artifact(&mut self, folder: &Path) -> Result<bool> {
        if let Some(known) = self.0.get(folder) {
            return Ok(*known);
        }
        let is_artifact = is_artifact_folder(folder)?;
        self.0.insert(folder.to_owned(), is_artifact);
        Ok(is_artifact)
    }
}

/// Whether a directory is one of our artifacts, or the remains of one.
fn is_artifact_folder(folder: &Path) -> Result<bool> {
    let manifest = folder.join(MANIFEST);
    if manifest.is_file() && holds(&manifest, &[MARK])? {
        return Ok(true);
    }
    let [module, script] = TELLTALES.map(|name| folder.join(name).is_file());
    Ok(module && (script || manifest.is_file()))
}

/// Whether a path that lies in no artifact is one, or a model file. Links count where they point to.
fn is_subject(path: &Path, kinds: Kinds, folders: &mut Folders) -> Result<bool> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(false) };
    if metadata.is_dir() {
        return folders.is_artifact(path);
    }
    if !metadata.is_file() {
        return Ok(false);
    }
    if is_zip(path)? {
        return is_artifact_zip(path);
    }
    Ok(kinds == Kinds::ArtifactsAndModels && is_model_file(path)?)
}

/// Whether a zip file is an artifact. One that does not open is, if it names what an artifact holds: wheels, documents
/// and other people's zip files do not open either.
pub(super) fn is_artifact_zip(path: &Path) -> Result<bool> {
    match Store::open(path) {
        Ok(store) => Ok(store.member(MANIFEST).is_some()),
        Err(_) => {
            let [module, script] = TELLTALES;
            Ok(holds(path, &[MANIFEST.as_bytes(), module.as_bytes()])?
                || holds(path, &[MANIFEST.as_bytes(), script.as_bytes()])?)
        }
    }
}

fn is_model_file(path: &Path) -> Result<bool> {
    let mut head = Vec::new();
    let file = File::open(path).map_err(|error| Error::io(path, &error))?;
    file.take(framework::HEAD_BYTES).read_to_end(&mut head).map_err(|error| Error::io(path, &error))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(framework::is_model_file(&name, &head))
}

/// Whether all words stand in a file, as far as an artifact may reach.
fn holds(path: &Path, words: &[&[u8]]) -> Result<bool> {
    let failed = |error: std::io::Error| Error::io(path, &error);
    let overlap = words.iter().map(|word| word.len()).max().unwrap_or_default();
    let mut missing = words.to_vec();
    let mut window = Vec::new();
    let mut file = File::open(path).map_err(failed)?.take(limits::ARTIFACT_BYTES.value());
    while !missing.is_empty() {
        let kept = window.len().saturating_sub(overlap);
        window.drain(..kept);
        let before = window.len();
        file.by_ref().take(STEP as u64).read_to_end(&mut window).map_err(failed)?;
        if window.len() == before {
            break;
        }
        missing.retain(|word| !window.windows(word.len()).any(|bytes| bytes == *word));
    }
    Ok(missing.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with files of some content.
    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    fn found(folder: &Path, paths: &[&str], kinds: Kinds) -> Vec<String> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| folder.join(path)).collect();
        let found = containing(&paths, kinds).unwrap();
        found.iter().map(|path| path.strip_prefix(folder).unwrap().display().to_string()).collect()
    }

    const OURS: &[u8] = b"format: 1\ngenerator:\n  name: scorepack\n";

    #[test]
    fn a_file_stands_for_the_artifacts_around_it_each_once() {
        let root = folder(&[
            ("a b/manifest.yaml", OURS),
            ("a b/score.py", b""),
            ("a b/runtime/x.py", b""),
            ("k8s/manifest.yaml", b"kind: Pod\n"),
            ("broken/manifest.yaml", b""),
            ("broken/score.wasm", b""),
            ("headless/score.py", b""),
            ("headless/score.wasm", b""),
            ("scripts/score.py", b""),
        ]);
        let files = ["a b/score.py", "a b/gone.json", "a b/runtime/x.py", "k8s/manifest.yaml", "scripts/score.py"];
        assert_eq!(found(root.path(), &files, Kinds::Artifacts), ["a b"]);
        let files = ["broken/score.wasm", "headless/score.py", "a b", "gone/x", "scripts"];
        assert_eq!(found(root.path(), &files, Kinds::Artifacts), ["a b", "broken", "headless"]);
    }

    #[test]
    fn model_files_are_told_by_name_or_content_and_only_where_asked_for() {
        let root = folder(&[
            ("m.joblib", b"anything"),
            ("m.PKL", b"anything"),
            ("m.ubj", b""),
            ("trees", b"tree\nversion=v4\n"),
            ("m.json", b"{\"learner\":{}}"),
            ("data.json", b"{\"a\":1}"),
            ("data.csv.gz", b"\x1f\x8b\x08"),
            ("README.md", b"# text"),
            ("a/manifest.yaml", OURS),
            ("a/m.joblib", b"anything"),
        ]);
        let all = ["m.joblib", "m.PKL", "m.ubj", "trees", "m.json", "data.json", "data.csv.gz", "README.md"];
        let wanted = ["m.PKL", "m.joblib", "m.json", "m.ubj", "trees"];
        assert_eq!(found(root.path(), &all, Kinds::ArtifactsAndModels), wanted);
        assert!(found(root.path(), &all, Kinds::Artifacts).is_empty());
        assert_eq!(found(root.path(), &["a/m.joblib"], Kinds::ArtifactsAndModels), ["a"]);
    }

    #[test]
    fn zip_files_are_told_by_what_they_name_even_broken() {
        let far = [b"PK\x03\x04".to_vec(), vec![0; STEP - 8], b"manifest.yaml score.py".to_vec()].concat();
        let root = folder(&[
            ("far.zip", &far),
            ("cut.zip", b"PK\x03\x04 manifest.yaml score.wasm"),
            ("other.whl", b"PK\x03\x04 METADATA"),
            ("chart.zip", b"PK\x03\x04 manifest.yaml"),
        ]);
        let all = ["far.zip", "cut.zip", "other.whl", "chart.zip"];
        assert_eq!(found(root.path(), &all, Kinds::Artifacts), ["cut.zip", "far.zip"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_counts_where_it_lies() {
        let root = folder(&[("a/manifest.yaml", OURS), ("m.joblib", b"anything")]);
        std::os::unix::fs::symlink("m.joblib", root.path().join("latest.joblib")).unwrap();
        std::os::unix::fs::symlink("../m.joblib", root.path().join("a/m.joblib")).unwrap();
        assert_eq!(found(root.path(), &["latest.joblib", "a/m.joblib"], Kinds::ArtifactsAndModels), ["a"]);
    }
}
