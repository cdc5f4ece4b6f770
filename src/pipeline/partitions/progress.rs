//! How far a build of partitions is: told to whoever watches, and kept beside the target so that the next run goes on.
//!
//! `<target>.partitions/progress.jsonl` has a line for the options that decide the bytes, then a line whenever a partition
//! changes its state; the finished modules lie beside it under their digests. A line that was cut off, an option that
//! changed or a file whose digest differs only means that a partition is compiled again.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::contract::Contract;
use crate::artifact::{Digest, sha256};
use crate::error::{Error, Result};

/// The state of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Nothing was done yet.
    Pending,
    /// It is read and compiled.
    Running,
    /// Its score module is there.
    Done,
    /// It cannot be part of the artifact.
    Failed,
}

impl Status {
    /// The word in progress and in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Pending => "PENDING",
            Status::Running => "RUNNING",
            Status::Done => "DONE",
            Status::Failed => "FAILED",
        }
    }
}

/// How many partitions are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that wait.
    pub pending: usize,
    /// Those that are compiled now.
    pub running: usize,
    /// Those whose module is there.
    pub done: usize,
    /// Those that cannot be part of the artifact.
    pub failed: usize,
}

/// A finished partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// The model file's digest.
    pub model: Digest,
    /// The score module's.
    pub module: Digest,
    /// What all partitions must agree in.
    pub contract: Contract,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    partition: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    finished: Option<Finished>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    error: Option<String>,
}

/// The state of every partition of a build.
pub struct Progress<'a> {
    folder: PathBuf,
    file: Mutex<File>,
    finished: HashMap<String, Finished>,
    statuses: Mutex<BTreeMap<String, Status>>,
    told: &'a (dyn Fn(&str, Status, Counts) + Sync),
}

impl std::fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The folder of a target's state.
pub fn folder_of(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".partitions");
    target.with_file_name(name)
}

const FILE: &str = "progress.jsonl";

impl<'a> Progress<'a> {
    /// Goes on where an earlier build with the same options stopped, or begins.
    pub fn open<'v>(
        target: &Path,
        options: &str,
        values: impl Iterator<Item = &'v String>,
        told: &'a (dyn Fn(&str, Status, Counts) + Sync),
    ) -> Result<Self> {
        let folder = folder_of(target);
        std::fs::create_dir_all(&folder).map_err(|error| Error::io(&folder, &error))?;
        let path = folder.join(FILE);
        let failed = |error: std::io::Error| Error::io(&path, &error);
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        let mut lines = known.lines();
        let goes_on = lines.next() == Some(options);
        let finished = if goes_on { finished(lines) } else { HashMap::new() };
        let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        if !goes_on {
            file.set_len(0).map_err(failed)?;
            writeln!(file, "{options}").map_err(failed)?;
        } else if !known.ends_with('\n') {
            writeln!(file).map_err(failed)?;
        }
        let statuses = values.map(|value| (value.clone(), Status::Pending)).collect();
        Ok(Progress { folder, file: Mutex::new(file), finished, statuses: Mutex::new(statuses), told })
    }

    /// The module of a partition that an earlier build finished, where the model file and the module are still the same.
    pub fn reuse(&self, value: &str, model: Digest) -> Option<(Vec<u8>, Contract)> {
        let finished = self.finished.get(value).filter(|finished| finished.model == model)?;
        let module = std::fs::read(self.module_path(finished.module)).ok()?;
        (sha256(&module) == finished.module).then(|| (module, finished.contract.clone()))
    }

    /// A partition is being compiled.
    pub fn run(&self, value: &str) -> Result<()> {
        self.tell(Line { partition: value.into(), status: Status::Running, finished: None, error: None })
    }

    /// A partition's module is there; it is kept for a build that goes on.
    pub fn done(&self, value: &str, wasm: &[u8], finished: Finished) -> Result<()> {
        let path = self.module_path(finished.module);
        if !self.finished.get(value).is_some_and(|known| *known == finished) {
            std::fs::write(&path, wasm).map_err(|error| Error::io(&path, &error))?;
        }
        self.tell(Line { partition: value.into(), status: Status::Done, finished: Some(finished), error: None })
    }

    /// A partition cannot be part of the artifact.
    pub fn failed(&self, value: &str, error: &Error) -> Result<()> {
        let error = Some(error.to_string());
        self.tell(Line { partition: value.into(), status: Status::Failed, finished: None, error })
    }

    /// The artifact is written: the state has served.
    pub fn remove(self) -> Result<()> {
        std::fs::remove_dir_all(&self.folder).map_err(|error| Error::io(&self.folder, &error))
    }

    fn module_path(&self, module: Digest) -> PathBuf {
        self.folder.join(format!("{module}.wasm"))
    }

    fn tell(&self, line: Line) -> Result<()> {
        let text = serde_json::to_string(&line).map_err(|error| Error::internal(error.to_string()))?;
        let written =
            self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(format!("{text}\n").as_bytes());
        written.map_err(|error| Error::io(&self.folder.join(FILE), &error))?;
        let mut statuses = self.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        statuses.insert(line.partition.clone(), line.status);
        let count = |status: Status| statuses.values().filter(|other| **other == status).count();
        let counts = Counts {
            pending: count(Status::Pending),
            running: count(Status::Running),
            done: count(Status::Done),
            failed: count(Status::Failed),
        };
        (self.told)(&line.partition, line.status, counts);
        Ok(())
    }
}

/// The last word on every partition, where it is that it was finished.
fn finished<'l>(lines: impl Iterator<Item = &'l str>) -> HashMap<String, Finished> {
    let mut finished = HashMap::new();
    for line in lines.filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        match line.finished {
            Some(known) => drop(finished.insert(line.partition, known)),
            None if line.status == Status::Failed => drop(finished.remove(&line.partition)),
            None => {}
        }
    }
    finished
}
