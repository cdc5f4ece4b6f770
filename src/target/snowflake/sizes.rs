//! Rules about sizes, with the bytes of every file, and about what is stored.

use super::super::rules::{Measured, Subject, within};
use super::manifest::read;
use crate::artifact::{FileEntry, Role};
use crate::error::Result;
use crate::finding::{Finding, Part, Usage};
use crate::snowflake::version_metadata;

fn with_parts(measured: Measured, parts: Vec<Part>) -> Measured {
    let usage = measured.usage.map(|usage| Usage { parts, ..usage });
    Measured { usage, findings: measured.findings }
}

/// All files, as they lie on the stage.
pub(super) fn total(subject: &Subject<'_>) -> Result<Measured> {
    let members = subject.artifact.store.members();
    let mut parts: Vec<Part> =
        members.iter().map(|member| Part { name: member.name.clone(), used: member.size }).collect();
    parts.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.name.cmp(&b.name)));
    let used = parts.iter().map(|part| part.used).sum();
    Ok(with_parts(subject.within("snowflake-size", used, "total-bytes", Finding::error)?, parts))
}

/// What runtimes import, where the profile limits it.
pub(super) fn imports(subject: &Subject<'_>) -> Result<Measured> {
    let (Some(platform), Some(limit)) = (read(subject)?, subject.ceilings.find("imports")) else {
        return Ok(Measured::default());
    };
    let most = platform.runtimes.values().map(|runtime| runtime.imports.len()).max().unwrap_or(0);
    Ok(within("snowflake-imports", most as u64, limit, Finding::error))
}

/// Whether a file is one that a registration generates to configure the version.
fn is_configuration(file: &&FileEntry) -> bool {
    matches!(file.role, Role::PlatformManifest | Role::Environment)
}

/// MANIFEST.yml, model.yaml and the files of environments.
pub(super) fn configuration(subject: &Subject<'_>) -> Result<Measured> {
    let files = subject.artifact.manifest.files.iter().filter(is_configuration);
    let size = |file: &FileEntry| subject.artifact.store.member(&file.path).map_or(file.size, |member| member.size);
    let parts: Vec<Part> = files.map(|file| Part { name: file.path.clone(), used: size(file) }).collect();
    let used = parts.iter().map(|part| part.used).sum();
    let measured = subject.within("snowflake-configuration", used, "configuration-bytes", Finding::error)?;
    let hint = "`--target-method` offers fewer methods; shorter names of columns help, too";
    let findings = measured.findings.into_iter().map(|finding| finding.hint(hint)).collect();
    Ok(with_parts(Measured { findings, ..measured }, parts))
}

/// The version's metadata: its metrics, as they are set.
pub(super) fn metadata(subject: &Subject<'_>) -> Result<Measured> {
    let registration = &subject.artifact.manifest.registration;
    let used = version_metadata(registration).len() as u64;
    let bytes = |value: &serde_json::Value| value.to_string().len() as u64;
    let part = |(name, value): (&String, &serde_json::Value)| Part { name: name.clone(), used: bytes(value) };
    let parts = registration.metrics.iter().map(part).collect();
    Ok(with_parts(subject.within("snowflake-metadata", used, "metadata-bytes", Finding::error)?, parts))
}

/// Rows that someone gave and everyone who may use the model can read.
pub(super) fn privacy(subject: &Subject<'_>) -> Result<Measured> {
    let Some(sample) = subject.artifact.manifest.sample.as_ref().filter(|sample| !sample.synthetic) else {
        return Ok(Measured::default());
    };
    let message = format!("{} rows of the given sample are stored, for everyone who may read the model", sample.rows);
    let finding = Finding::note("snowflake-privacy", message).in_file(&sample.file);
    Ok(Measured::of(Some(finding.hint("`--sample-rows 0` stores none"))))
}
