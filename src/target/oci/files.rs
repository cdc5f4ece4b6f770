//! Tests of the artifact's files: that those are there which the service and score.py want, and that they tell nothing
//! which is nobody's business.

use super::super::introspection::{Evidence, MOST_TEXT_BYTES, Verdict};
use super::super::python::Default;
use crate::artifact::{FILE_LIST, Role};
use crate::error::Result;
use crate::finding::Finding;
use crate::generate::private;

fn missing(code: &'static str, name: &str) -> Finding {
    Finding::error(code, format!("`{name}` is missing")).in_file(name).hint("build the artifact again, or add the file")
}

pub(super) fn score_py(evidence: &Evidence<'_>) -> Result<Verdict> {
    let found = (evidence.score_py.is_none()).then(|| missing("oci-score-py", "score.py"));
    Ok(Verdict::of(found.into_iter().collect()))
}

pub(super) fn runtime_yaml(evidence: &Evidence<'_>) -> Result<Verdict> {
    let found = (evidence.runtime.is_none()).then(|| missing("oci-runtime-yaml", "runtime.yaml"));
    Ok(Verdict::of(found.into_iter().collect()))
}

/// The files that the manifest calls the model, and the one that load_model() looks for.
pub(super) fn model_file(evidence: &Evidence<'_>) -> Result<Verdict> {
    let Some(artifact) = evidence.artifact else { return Ok(Verdict::Absent) };
    let manifest = &artifact.manifest;
    let mut wanted = vec![(manifest.model.file.as_str(), "the model file")];
    wanted.extend(manifest.score_module.as_ref().map(|module| (module.file.as_str(), "the score module")));
    let function = evidence.script().and_then(|script| script.function("load_model"));
    let named = function.and_then(|function| match &function.parameters.first()?.default {
        Some(Default::Text(name)) => Some(name.as_str()),
        _ => None,
    });
    wanted.extend(named.map(|name| (name, "the file that load_model() loads")));
    let absent = wanted.iter().filter(|(name, _)| artifact.store.member(name).is_none());
    let finding = |(name, what): &(&str, &str)| {
        Finding::error("oci-model-file", format!("{what} `{name}` is missing")).in_file(*name)
    };
    Ok(Verdict::of(absent.map(finding).collect()))
}

pub(super) fn file_list(evidence: &Evidence<'_>) -> Result<Verdict> {
    let Some(artifact) = evidence.artifact else { return Ok(Verdict::Absent) };
    if artifact.manifest.file_list.is_none() {
        let message = "the list is not part of the artifact: the platform's client cannot check its files";
        let finding = Finding::warning("oci-file-list", message).in_file(FILE_LIST);
        return Ok(Verdict::Failed(vec![finding.hint("build the artifact again")]));
    }
    let mut findings: Vec<Finding> = artifact.list_difference("oci-file-list")?.into_iter().collect();
    // A true list of other files is as bad as a false one.
    for finding in artifact.verify_digests()? {
        if matches!(finding.code.as_str(), "file-changed" | "file-missing" | "file-unlisted") {
            let file = finding.file.clone().unwrap_or_default();
            let is_told = file == FILE_LIST;
            let message = format!("the list is wrong about `{file}`: {}", finding.message);
            let wrong = Finding { code: "oci-file-list".into(), message, ..finding };
            findings.extend((!is_told).then_some(wrong));
        }
    }
    Ok(Verdict::of(findings))
}

/// Lines that are told; whoever has more has read enough.
const MOST_PRIVATE: usize = 20;

/// Credentials and local paths in what the catalog and its users get to see.
pub(super) fn private(evidence: &Evidence<'_>) -> Result<Verdict> {
    let Some(artifact) = evidence.artifact else { return Ok(Verdict::Absent) };
    let mut findings = Vec::new();
    let seen = [Role::Metadata, Role::Runtime];
    for file in artifact.manifest.files.iter().filter(|file| seen.contains(&file.role)) {
        if artifact.store.member(&file.path).is_none_or(|member| member.size > MOST_TEXT_BYTES) {
            continue;
        }
        let bytes = artifact.store.read(&file.path, MOST_TEXT_BYTES)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for (line, number) in text.lines().zip(1u64..) {
            // What stands there is not repeated: reports are read by more people than artifacts.
            if let Some(what) = private::found_in(line).filter(|_| findings.len() < MOST_PRIVATE) {
                let finding = Finding::error("oci-private", format!("the line tells {what}"));
                findings.push(finding.in_file(&file.path).on_line(number));
            }
        }
    }
    Ok(Verdict::of(findings))
}
