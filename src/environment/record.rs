//! What one installed distribution says of itself, read with a bound: any of these files may be damaged or hostile.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;

/// Bytes of METADATA that are read: the name and the version stand in its first lines.
const METADATA_BYTES: u64 = 64 << 10;
/// Bytes of a file of conda-meta, which lists every file of its package.
const CONDA_BYTES: u64 = 32 << 20;
/// Bytes of a name or a version.
const VALUE_BYTES: usize = 256;

/// An installed distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Its name, as it is written.
    pub(super) name: String,
    /// Its version, none where that cannot be read.
    pub(super) version: Option<String>,
}

impl Record {
    /// From METADATA or PKG-INFO; what the file does not say comes from the name of its folder.
    pub(super) fn of_metadata(path: &Path, folder_name: &str) -> Record {
        let text = open_file(path).and_then(|file| read(file, METADATA_BYTES)).unwrap_or_default();
        let header = |wanted: &str| {
            let lines = text.lines().take_while(|line| !line.trim().is_empty());
            let mut pairs = lines.filter_map(|line| line.split_once(':'));
            pairs.find(|(key, _)| key.eq_ignore_ascii_case(wanted)).and_then(|(_, value)| plain(value))
        };
        Record { name: header("Name").unwrap_or_else(|| name_of(folder_name)), version: header("Version") }
    }

    /// From a file of conda-meta.
    pub(super) fn of_conda(path: &Path, file_name: &str) -> Record {
        #[derive(serde::Deserialize)]
        struct CondaRecord {
            name: String,
            version: String,
        }
        let read = open_file(path).and_then(|file| {
            let file = std::io::BufReader::new(file.take(CONDA_BYTES));
            serde_json::from_reader::<_, CondaRecord>(file).ok()
        });
        match read.and_then(|record| plain(&record.name).map(|name| (name, plain(&record.version)))) {
            Some((name, version)) => Record { name, version },
            // `name-version-build.json`
            None => Record { name: file_name.rsplitn(3, '-').last().unwrap_or(file_name).to_owned(), version: None },
        }
    }

    /// A distribution of which only the name is known.
    pub(super) fn named(file_name: &str) -> Record {
        Record { name: name_of(file_name), version: None }
    }
}

/// `name` of `name-1.0-py3.11`.
fn name_of(file_name: &str) -> String {
    file_name.split('-').next().unwrap_or(file_name).to_owned()
}

fn plain(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty() && value.len() <= VALUE_BYTES).then(|| value.to_owned())
}

/// Opens a regular file, through links as Python does; a pipe or a device is none, and is not waited for.
pub(super) fn open_file(path: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default());
    }
    let file = options.read(true).open(path).ok()?;
    file.metadata().ok().filter(std::fs::Metadata::is_file).map(|_| file)
}

fn read(file: File, most: u64) -> Option<String> {
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
