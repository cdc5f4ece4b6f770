//! Proof 1: every member but the manifest is listed in it once, with its size and SHA-256.

use super::sandbox_rows::words;
use super::{Context, ProofResult};
use crate::artifact::PartitionIndex;
use crate::error::Result;
use crate::finding::{Finding, Outcome, Proof, Severity, bytes};

/// The proof's name.
pub const NAME: &str = "digests";

/// Hashes every member, and compares the artifact's own digest with the wanted one.
pub fn prove(context: &mut Context<'_>) -> Result<ProofResult> {
    let mut findings = context.artifact.verify_digests()?;
    let wrong = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let digest = context.artifact.digest.to_string();
    if let Some(wanted) = context.wanted_digest
        && !digest.eq_ignore_ascii_case(wanted.trim_start_matches("sha256:"))
    {
        let message = format!("the artifact's digest is {digest}, expected {wanted}");
        let finding = Finding::error("artifact-digest", message).hint("this is not the artifact that was asked for");
        let proof = Proof::new(NAME, Outcome::Failed, "another artifact than the one that was asked for");
        findings.push(finding);
        return Ok(ProofResult { proof, findings });
    }
    if wrong > 0 {
        let detail = format!("{} from the manifest", words(wrong, "difference"));
        return Ok(ProofResult { proof: Proof::new(NAME, Outcome::Failed, detail), findings });
    }
    let files = &context.manifest.files;
    let indexed = context.artifact.partitions.as_ref().map(PartitionIndex::files).unwrap_or_default();
    let total: u64 = files.iter().map(|file| file.size).chain(indexed.values().map(|file| file.size)).sum();
    let (count, lists) = match indexed.len() {
        0 => (files.len(), "the manifest lists"),
        more => (files.len() + more, "the manifest and its index of partitions list"),
    };
    let edited = files.iter().filter(|file| file.edited).count();
    let mut detail = format!("{}, {} as {lists} them", words(count, "file"), bytes(total));
    if edited > 0 {
        detail.push_str(&format!("; {} edited by hand, outside the other proofs", words(edited, "file")));
    }
    Ok(ProofResult { proof: Proof::new(NAME, Outcome::Passed, detail), findings })
}
