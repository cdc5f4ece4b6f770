//! Rules about sizes of the artifact, its schemas and its rows.

use std::time::Duration;

use super::super::rules::{Measured, Subject};
use crate::artifact::{Engine, Role};
use crate::error::{Error, Result};
use crate::finding::{Finding, Usage};

pub(super) fn engine_runtime(subject: &Subject<'_>) -> Result<Measured> {
    let manifest = &subject.artifact.manifest;
    let needs_package = manifest.artifact.engine == Engine::Wasm && !manifest.environment.bundled_runtime;
    // No service pack is known to hold the package; an environment of one's own may.
    let is_pack =
        manifest.environment.inference_type == "data_science" || manifest.environment.inference_path.is_empty();
    let finding = || {
        Finding::warning(
            "oci-engine-runtime",
            "score.py needs the `wasmtime` package, which no service pack is known to hold",
        )
        .in_file("requirements.txt")
        .hint(
            "build with `--bundle-runtime` and the package's wheel, name an environment of your own that has it, or \
             use `--engine native`",
        )
    };
    Ok(Measured::of((needs_package && is_pack).then(finding)))
}

/// Bytes that are uploaded: the zip file, or all files of the directory.
fn total_bytes(subject: &Subject<'_>) -> Result<u64> {
    let store = &subject.artifact.store;
    if store.is_directory() {
        return Ok(store.size());
    }
    let path = store.path();
    std::fs::metadata(path).map(|metadata| metadata.len()).map_err(|error| Error::io(path, &error))
}

pub(super) fn console(subject: &Subject<'_>) -> Result<Measured> {
    subject.within("oci-console-size", total_bytes(subject)?, "console-bytes", |code, message| {
        Finding::warning(code, message).hint("upload it with the platform's client or command line")
    })
}

pub(super) fn direct(subject: &Subject<'_>) -> Result<Measured> {
    subject.within("oci-upload-size", total_bytes(subject)?, "direct-bytes", |code, message| {
        Finding::warning(code, message).hint("give the client a `bucket_uri`: it then uploads through Object Storage")
    })
}

pub(super) fn large(subject: &Subject<'_>) -> Result<Measured> {
    subject.within("oci-large-size", total_bytes(subject)?, "large-bytes", Finding::error)
}

pub(super) fn schemas(subject: &Subject<'_>) -> Result<Measured> {
    let used = subject.role_bytes(Role::PlatformSchema);
    subject.within("oci-schema-size", used, "schema-bytes", Finding::warning)
}

pub(super) fn columns(subject: &Subject<'_>) -> Result<Measured> {
    let signature = &subject.artifact.manifest.signature;
    let used = signature.inputs.len().max(signature.outputs.len()) as u64;
    subject.within("oci-schema-columns", used, "schema-columns", Finding::warning)
}

/// Bytes of an average row of the stored sample, as JSON; none where no rows are stored.
pub(super) fn row_bytes(subject: &Subject<'_>) -> Result<Option<u64>> {
    let Some(sample) = &subject.artifact.manifest.sample else { return Ok(None) };
    let Some(bytes) = subject.member(&sample.file)? else { return Ok(None) };
    Ok(Some((bytes.len() as u64).div_ceil(u64::from(sample.rows.max(1)))))
}

pub(super) fn payload(subject: &Subject<'_>) -> Result<Measured> {
    let Some(used) = row_bytes(subject)? else { return Ok(Measured::default()) };
    let limit = subject.ceilings.get("payload-bytes")?;
    let mut measured = subject.within("oci-payload", used, "payload-bytes", Finding::error)?;
    measured.usage = Some(Usage { used, limit: limit.value, unit: limit.unit.into(), parts: Vec::new() });
    Ok(measured)
}

/// The score module's own time for as many rows as the largest request holds; what Python adds is not in it.
pub(super) fn call(subject: &Subject<'_>, thousand_rows: Duration) -> Result<Measured> {
    let Some(bytes) = row_bytes(subject)?.filter(|bytes| *bytes > 0) else { return Ok(Measured::default()) };
    let rows = subject.ceilings.get("payload-bytes")?.value / bytes;
    let seconds = thousand_rows.as_secs_f64() * rows as f64 / 1000.0;
    let measured = subject.within("oci-call-time", seconds.ceil() as u64, "call-seconds", Finding::warning)?;
    let rate = |finding: Finding| Finding {
        message: format!("{rows} rows, as many as the largest request holds: {}", finding.message),
        ..finding.in_file("score.wasm").hint("send fewer rows in one request")
    };
    Ok(Measured { findings: measured.findings.into_iter().map(rate).collect(), ..measured })
}
