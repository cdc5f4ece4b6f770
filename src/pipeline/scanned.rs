//! Which files of a path are scanned: the file itself, or every file of a directory or of a zip that is an artifact.
//!
//! What is not known there is not passed over: the worst of all files is what is said of the folder.

use std::io::Read;
use std::path::Path;

use super::containing::is_artifact_zip;
use super::ours::Ours;
use super::{is_zip, read_file};
use crate::artifact::{Artifact, Role, Store};
use crate::error::{Error, Result};
use crate::finding::{Finding, NamedImport, Outcome, Report, RuleResult, Scan, Verdict};
use crate::framework::HEAD_BYTES;
use crate::limits;
use crate::scan;

/// A scan, what is wrong, and what a person should know besides.
pub type Scanned = (Scan, Vec<Finding>, Vec<String>);

/// Scans a file, or what is in a zip that is an artifact.
pub fn file(path: &Path) -> Result<Scanned> {
    if is_zip(path)? && is_artifact_zip(path)? {
        return members(path, "artifact");
    }
    let bytes = read_file(path, &limits::FILE_BYTES)?;
    let (scan, errors) = scan::scan(&bytes);
    Ok((scan, errors.iter().map(Finding::from).collect(), Vec::new()))
}

/// Scans every file of a directory.
pub fn directory(path: &Path) -> Result<Scanned> {
    members(path, "directory")
}

fn members(path: &Path, format: &str) -> Result<Scanned> {
    let store = Store::open(path)?;
    let ours = Ours::of(path, &store);
    let mut all = Together::new(format);
    for member in store.members() {
        match store.read(&member.name, limits::FILE_BYTES.value()) {
            Ok(bytes) => match ours.kind(&member.name, &bytes) {
                Some(kind) => all.notes.push(format!("{}: {kind}, {}", member.name, Verdict::Ok.name())),
                None => all.add_beside(&member.name, &bytes, |other| store.member(other).is_some()),
            },
            Err(error) => all.refuse(&member.name, &error),
        }
    }
    for folder in store.left_behind() {
        let message = "Python left compiled modules here, which are not judged, and runs them in place of the sources";
        let error = Error::unsupported("scan-left-behind", message).hint("remove the folder");
        all.refuse(folder, &error);
    }
    if all.texts > 0 {
        all.notes.push(format!("texts: {}, which hold no program", all.texts));
    }
    Ok((all.scan, all.findings, all.notes))
}

/// Models longer than this are not held in memory for a check.
const CHECKED_BYTES: u64 = 1 << 30;

/// What an artifact's model files would do, for `check`: what is only unknown is a note.
pub fn models(artifact: &Artifact, report: &mut Report) -> Result<()> {
    let mut all = Together::new("artifact");
    for file in artifact.manifest.files.iter().filter(|file| file.role == Role::Model) {
        all.add_model(artifact, (&file.path, file.size), || artifact.read_listed(&file.path))?;
    }
    for partition in artifact.partitions.iter().flat_map(|index| &index.partitions) {
        let file = &partition.model;
        all.add_model(artifact, (&file.path, file.size), || artifact.read_indexed(file))?;
    }
    let broken = all.scan.verdict > Verdict::Unsupported;
    report.notes.extend(all.unread);
    report.rules.push(RuleResult {
        code: "scan".into(),
        title: "the model does nothing but hold a model".into(),
        outcome: match all.scan.verdict {
            Verdict::Ok => Outcome::Passed,
            Verdict::Unsupported => Outcome::NotProven,
            Verdict::Malformed | Verdict::Dangerous => Outcome::Failed,
        },
        usage: None,
    });
    if broken {
        report.findings.extend(all.findings);
    }
    Ok(())
}

/// How a member begins.
fn head(store: &Store, name: &str) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let read = store.stream(name)?.take(HEAD_BYTES).read_to_end(&mut head);
    read.map_err(|error| store.read_error(name, &error)).map(|_| head)
}

/// The scans of several files as one.
struct Together {
    scan: Scan,
    findings: Vec<Finding>,
    notes: Vec<String>,
    /// What was too long to look at.
    unread: Vec<String>,
    /// Files that are texts and nothing else.
    texts: usize,
}

impl Together {
    fn new(format: &str) -> Self {
        let scan = Scan { format: format.into(), ..Scan::default() };
        Together { scan, findings: Vec::new(), notes: Vec::new(), unread: Vec::new(), texts: 0 }
    }

    /// A member that cannot be read does not keep the others from being looked at.
    fn refuse(&mut self, name: &str, error: &Error) {
        self.scan.verdict = self.scan.verdict.max(scan::verdict(error));
        self.findings.push(Finding::from(error).in_file(name));
    }

    /// A model of an artifact, which is read only where there is something to judge.
    fn add_model(
        &mut self,
        artifact: &Artifact,
        (name, size): (&str, u64),
        read: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<()> {
        // Documents of numbers run nothing, and `verify` reads them whole.
        if scan::is_document(&head(&artifact.store, name)?) {
            return Ok(());
        }
        if size > CHECKED_BYTES {
            self.scan.verdict = self.scan.verdict.max(Verdict::Unsupported);
            self.unread.push(format!("{name} is not scanned here: `scorepack scan` reads files of that size"));
            return Ok(());
        }
        self.add(name, &read()?);
        Ok(())
    }

    fn add(&mut self, name: &str, bytes: &[u8]) {
        self.take(name, scan::scan(bytes));
    }

    /// A file of a folder, where texts stand beside models.
    fn add_beside(&mut self, name: &str, bytes: &[u8], is_there: impl Fn(&str) -> bool) {
        let (scan, errors) = scan::scan_beside(name, bytes, is_there);
        match scan.verdict == Verdict::Ok && scan.format == scan::TEXT {
            true => self.texts += 1,
            false => self.take(name, (scan, errors)),
        }
    }

    fn take(&mut self, name: &str, (scan, errors): (Scan, Vec<Error>)) {
        self.scan.verdict = self.scan.verdict.max(scan.verdict);
        self.notes.push(format!("{name}: {}, {}", scan.format, scan.verdict.name()));
        let place = |import: NamedImport| {
            let inner = import.place.map(|place| format!(", {place}")).unwrap_or_default();
            NamedImport { place: Some(format!("{name}{inner}")), ..import }
        };
        self.scan.imports.extend(scan.imports.into_iter().map(place));
        self.findings.extend(errors.iter().map(|error| Finding::from(error).in_file(name)));
    }
}
