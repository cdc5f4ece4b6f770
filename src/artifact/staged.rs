//! Output that appears as a whole or not at all: written beside its target, then renamed into place.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tempfile::{Builder, NamedTempFile, TempDir};

use super::content::{ArtifactFile, Content};
use super::digest::{Digest, sha256};
use super::directory::{sync_folder, write_directory};
use super::file_list::file_list;
use super::manifest::{MANIFEST, Manifest};
use super::partitions::IndexedFile;
use super::zip::{DosTime, ZipMember, write_zip};
use crate::error::{Error, Result};

/// What is being written now, for [`remove_unfinished`].
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// How unfinished output begins.
const PREFIX: &str = ".scorepack-";
/// How unfinished output ends: being written, or being replaced.
const SUFFIXES: [&str; 2] = [".tmp", ".old"];
/// The age from which unfinished output belongs to no process any more, but to one that was killed.
const STALE: Duration = Duration::from_secs(60 * 60);

/// How an artifact is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct WriteOptions {
    /// Replace a directory that is no artifact.
    pub force: bool,
    /// The time of every member of a zip file.
    pub modified: DosTime,
}

/// A complete artifact beside its target: to be verified, then published or dropped.
#[derive(Debug)]
pub struct Staged {
    target: PathBuf,
    folder: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Zip(NamedTempFile),
    Directory(TempDir),
}

impl Staged {
    /// Writes an artifact beside `target`: a zip file where its name ends in `.zip`, else a directory.
    ///
    /// `files` are those that the manifest lists, sorted by path, and those that its index of partitions lists.
    pub fn write(target: &Path, manifest: &Manifest, files: &[ArtifactFile], options: WriteOptions) -> Result<Staged> {
        check_target(target, options.force)?;
        let folder = folder_of(target);
        remove_stale(&folder);
        let manifest_bytes = manifest.emit()?;
        let indexed = indexed(manifest, files)?;
        let list = Content::Bytes(file_list(manifest, &manifest_bytes, indexed.iter()));
        let list = manifest.file_list.as_deref().zip(Some(list));
        let content = Content::Bytes(manifest_bytes);
        let mut members: Vec<(&str, &Content)> = files.iter().map(|file| (file.path.as_str(), &file.content)).collect();
        members.push((MANIFEST, &content));
        members.extend(list.as_ref().map(|(name, content)| (*name, content)));
        members.sort_by_key(|(name, _)| *name);
        let place = if is_zip_name(target) {
            let temporary = register(temporary(target).tempfile_in(&folder), &folder, |file| file.path())?;
            Place::Zip(temporary)
        } else {
            Place::Directory(register(temporary(target).tempdir_in(&folder), &folder, |folder| folder.path())?)
        };
        let staged = Staged { target: target.to_owned(), folder, place };
        match &staged.place {
            Place::Zip(file) => staged.write_zip(file, (manifest, &indexed), &members, options.modified)?,
            Place::Directory(folder) => write_directory(folder.path(), members.into_iter())?,
        }
        Ok(staged)
    }

    fn write_zip(
        &self,
        file: &NamedTempFile,
        (manifest, indexed): (&Manifest, &[IndexedFile]),
        members: &[(&str, &Content)],
        modified: DosTime,
    ) -> Result<()> {
        let mut known: HashMap<&str, (Digest, u64)> =
            manifest.files.iter().map(|file| (file.path.as_str(), (file.sha256, file.size))).collect();
        known.extend(indexed.iter().map(|file| (file.path.as_str(), (file.sha256, file.size))));
        let mut listed = Vec::new();
        for (name, content) in members {
            let (sha256, size) = match (known.get(name), content) {
                (Some(known), _) => *known,
                (None, Content::Bytes(bytes)) => (sha256(bytes), bytes.len() as u64),
                (None, Content::File(_)) => return Err(Error::internal(format!("`{name}` is not in the manifest"))),
            };
            listed.push(ZipMember { name, content, size, sha256 });
        }
        write_zip(file.as_file(), &self.target, &listed, modified)?;
        file.as_file().sync_all().map_err(|error| Error::io(&self.target, &error))
    }

    /// Where the artifact lies until it is published.
    pub fn path(&self) -> &Path {
        match &self.place {
            Place::Zip(file) => file.path(),
            Place::Directory(folder) => folder.path(),
        }
    }

    /// Renames the artifact into place. Killed at any moment, the target is what it was or the whole new one.
    pub fn publish(mut self) -> Result<()> {
        let path = self.path().to_owned();
        let failed = |error: std::io::Error| Error::io(&self.target, &error);
        match &mut self.place {
            Place::Zip(_) => fs::rename(&path, &self.target).map_err(failed)?,
            // Tried rather than asked: another process may publish there at the same moment.
            Place::Directory(_) => {
                fs::rename(&path, &self.target).or_else(|_| exchange(&path, &self.target)).map_err(failed)?
            }
        }
        sync_folder(&self.folder)
    }
}

impl Drop for Staged {
    /// What still lies beside the target goes: the unfinished output, or what was replaced.
    fn drop(&mut self) {
        let path = self.path().to_owned();
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| *known != path);
    }
}

/// A single file that appears as a whole or not at all.
#[derive(Debug)]
pub struct WholeFile {
    target: PathBuf,
    folder: PathBuf,
    file: NamedTempFile,
}

impl WholeFile {
    /// An empty file beside `target`.
    pub fn create(target: &Path) -> Result<WholeFile> {
        let folder = folder_of(target);
        remove_stale(&folder);
        let file = register(temporary(Path::new("file.zip")).tempfile_in(&folder), &folder, |file| file.path())?;
        Ok(WholeFile { target: target.to_owned(), folder, file })
    }

    /// A handle to write with.
    pub fn handle(&self) -> Result<fs::File> {
        self.file.reopen().map_err(|error| Error::io(&self.target, &error))
    }

    /// Renames the file into place.
    pub fn publish(self) -> Result<()> {
        self.file.as_file().sync_all().map_err(|error| Error::io(&self.target, &error))?;
        fs::rename(self.file.path(), &self.target).map_err(|error| Error::io(&self.target, &error))?;
        sync_folder(&self.folder)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        let path = self.file.path().to_owned();
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| *known != path);
    }
}

/// The folder that `target` lies in.
fn folder_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Removes what is being written, for the handler of Ctrl-C: destructors do not run there.
pub fn remove_unfinished() {
    for path in UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        // Nothing can be done about a failure here: the process is about to end.
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
}

/// Removes what processes that were killed left in a folder; what is young may still be written by another.
fn remove_stale(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = |name: &str| name.starts_with(PREFIX) && SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
        let Some(metadata) = entry.metadata().ok().filter(|_| name.to_str().is_some_and(ours)) else { continue };
        let age = metadata.modified().ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age > STALE) {
            // A failure to tidy up is none of the output at hand.
            let _ = if metadata.is_dir() { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) };
        }
    }
}

/// Whether an artifact of this name is a zip file.
pub fn is_zip_name(target: &Path) -> bool {
    target.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

fn temporary(target: &Path) -> Builder<'static, 'static> {
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIXES[0]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask still applies, as to any other output.
        let mode = if is_zip_name(target) { 0o666 } else { 0o777 };
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    builder
}

fn register<T>(made: std::io::Result<T>, folder: &Path, path: impl Fn(&T) -> &Path) -> Result<T> {
    let made = made.map_err(|error| Error::io(folder, &error))?;
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).push(path(&made).to_owned());
    Ok(made)
}

/// The files that the manifest does not list, because its index of partitions does.
fn indexed(manifest: &Manifest, files: &[ArtifactFile]) -> Result<Vec<IndexedFile>> {
    let listed: HashSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    let unlisted = files.iter().filter(|file| manifest.partitions.is_some() && !listed.contains(file.path.as_str()));
    let entry = |file: &ArtifactFile| {
        let (sha256, size) = file.content.digest()?;
        Ok(IndexedFile { path: file.path.clone(), size, sha256 })
    };
    unlisted.map(entry).collect()
}

/// Refuses to replace what is no artifact.
fn check_target(target: &Path, force: bool) -> Result<()> {
    let Ok(metadata) = fs::symlink_metadata(target) else { return Ok(()) };
    let refused = |what: &str, hint: &str| {
        Err(Error::usage("target-exists", format!("the target {what}"))
            .in_file(target.display().to_string())
            .hint(hint))
    };
    match (is_zip_name(target), metadata.is_dir()) {
        (true, true) => refused("is a directory, and its name says zip file", "name another target"),
        (true, false) => Ok(()),
        (false, false) => refused("is a file", "name a directory, or a file that ends in `.zip`"),
        (false, true) => {
            let is_artifact = target.join(MANIFEST).is_file();
            let is_empty = fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
            if force || is_artifact || is_empty {
                return Ok(());
            }
            refused(&format!("holds files, but no {MANIFEST}"), "name another one, or add `--force` to replace it")
        }
    }
}

/// Swaps two directories at once where the system can; what was replaced ends up at `from`, which its owner removes.
#[cfg(target_os = "linux")]
fn exchange(from: &Path, to: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(()),
        Err(_) => replace(from, to),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(from: &Path, to: &Path) -> std::io::Result<()> {
    replace(from, to)
}

/// Without an exchange there is a moment in which the target does not exist; the old one then lies beside it.
fn replace(from: &Path, to: &Path) -> std::io::Result<()> {
    let aside = from.with_extension("old");
    fs::rename(to, &aside)?;
    fs::rename(from, to).or_else(|error| fs::rename(&aside, to).and(Err(error)))?;
    fs::remove_dir_all(aside)
}
