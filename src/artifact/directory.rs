//! Artifacts as directories: walked without following links, written as a whole.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::content::Content;
use super::digest::for_chunks;
use crate::encoding::member_name::{check_name, check_names};
use crate::error::{Error, Result};
use crate::limits;

/// What Python leaves behind when score.py is imported; never part of an artifact.
const LEFT_BEHIND: &str = "__pycache__";

/// The files below a directory, as they were when it was opened.
#[derive(Debug)]
pub struct DirectoryStore {
    root: PathBuf,
    files: Vec<(String, u64)>,
    left_behind: Vec<String>,
}

impl DirectoryStore {
    /// Lists the files below `root`; links, devices and pipes are refused.
    pub fn open(root: &Path) -> Result<DirectoryStore> {
        let (mut files, mut left_behind) = (Vec::new(), Vec::new());
        walk(root, "", 0, (&mut files, &mut left_behind))?;
        files.sort();
        left_behind.sort();
        let outside = |error: Error| error.in_file(root.display().to_string());
        for (name, size) in &files {
            check_name(name).map_err(outside)?;
            limits::MEMBER_BYTES.check(*size).map_err(|error| error.in_file(name))?;
        }
        check_names(files.iter().map(|(name, _)| name.as_str())).map_err(outside)?;
        limits::ARTIFACT_BYTES.check(files.iter().map(|(_, size)| size).fold(0, |a, b| a.saturating_add(*b)))?;
        Ok(DirectoryStore { root: root.to_owned(), files, left_behind })
    }

    /// Names with `/` and sizes, sorted by name.
    pub fn files(&self) -> &[(String, u64)] {
        &self.files
    }

    /// Folders that Python left behind, which are no part of an artifact.
    pub fn left_behind(&self) -> &[String] {
        &self.left_behind
    }

    /// The path of a member on disk.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Opens a member, which must still be a regular file.
    pub fn open_member(&self, name: &str) -> Result<File> {
        let path = self.path(name);
        let file = no_follow().read(true).open(&path).map_err(|error| Error::io(&path, &error))?;
        let metadata = file.metadata().map_err(|error| Error::io(&path, &error))?;
        if metadata.is_file() { Ok(file) } else { Err(not_a_file(&path, &metadata)) }
    }
}

fn walk(
    folder: &Path,
    prefix: &str,
    depth: u64,
    (files, left_behind): (&mut Vec<(String, u64)>, &mut Vec<String>),
) -> Result<()> {
    limits::DIRECTORY_DEPTH.check(depth)?;
    let entries = fs::read_dir(folder).map_err(|error| Error::io(folder, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Error::io(folder, &error))?;
        let path = entry.path();
        let metadata = fs::symlink_metadata(&path).map_err(|error| Error::io(&path, &error))?;
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}{name}")) else {
            let message = format!("the name {:?} is not UTF-8", entry.file_name());
            return Err(Error::malformed("member-name", message).in_file(folder.display().to_string()));
        };
        if metadata.is_dir() {
            match entry.file_name() == LEFT_BEHIND {
                true => left_behind.push(name),
                false => walk(&path, &format!("{name}/"), depth + 1, (files, left_behind))?,
            }
        } else if metadata.is_file() {
            files.push((name, metadata.len()));
            limits::ARTIFACT_ENTRIES.check_len(files.len())?;
        } else {
            return Err(not_a_file(&path, &metadata));
        }
    }
    Ok(())
}

fn not_a_file(path: &Path, metadata: &Metadata) -> Error {
    let kind = if metadata.is_symlink() { "a symbolic link" } else { "a device, a pipe or a socket" };
    Error::malformed("not-a-file", format!("expected a file, found {kind}"))
        .in_file(path.display().to_string())
        .hint("an artifact holds regular files only: put a copy in its place")
}

/// Opens without following a link and without waiting for the other end of a pipe.
fn no_follow() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).bits();
        options.custom_flags(i32::try_from(flags).unwrap_or_default());
    }
    options
}

/// Writes files, whose names have been checked, below an empty directory and waits until they are on disk.
pub fn write_directory<'a>(root: &Path, files: impl Iterator<Item = (&'a str, &'a Content)>) -> Result<()> {
    let mut folders = std::collections::BTreeSet::from([root.to_owned()]);
    for (name, content) in files {
        let path = root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Error::io(folder, &error))?;
            folders.extend(folder.ancestors().take_while(|folder| folder.starts_with(root)).map(Path::to_owned));
        }
        let mut file = File::create_new(&path).map_err(|error| Error::io(&path, &error))?;
        let written = for_chunks(content.open()?, |chunk| file.write_all(chunk)).and_then(|_| file.sync_all());
        written.map_err(|error| Error::io(&path, &error))?;
    }
    folders.iter().try_for_each(|folder| sync_folder(folder))
}

/// Waits until the entries of a folder are on disk, where the system can.
pub fn sync_folder(folder: &Path) -> Result<()> {
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| Error::io(folder, &error))?;
    }
    Ok(())
}
