//! Proof 7, where it is asked for: a signature covers every file of the artifact as it is, and is of someone who is
//! trusted. Without anyone to trust it is not proven, whatever the signature says of itself.

use std::collections::BTreeMap;

use super::sandbox_rows::words;
use super::{Context, ProofResult};
use crate::artifact::{Artifact, Digest};
use crate::error::Result;
use crate::finding::{Finding, Outcome, Proof};
use crate::origin::{Bundle, Content, Origin, Resource, Statement, Trust};

/// The proof's name.
pub const NAME: &str = "signature";
const NOT_AS_SIGNED: &str = "do not use the artifact: fetch it again, or ask the signer";

/// A signature and who is trusted.
#[derive(Debug)]
pub struct Question {
    /// The signature's name in messages.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Who is trusted.
    pub trust: Trust,
}

/// Checks who signed, then compares every file with what was signed.
pub fn prove(context: &mut Context<'_>) -> Result<ProofResult> {
    let Some(question) = &context.signature else { return Err(crate::error::Error::internal("no signature")) };
    let (origin, statement) = match read(question) {
        Ok(read) => read,
        Err(error) if super::is_content(&error) => {
            let error = error.in_file(&question.name);
            let detail = "the signature proves nothing: it is not of whom it should be, or not sound";
            let proof = Proof::new(NAME, Outcome::Failed, detail);
            return Ok(ProofResult { proof, findings: vec![Finding::from(&error)] });
        }
        Err(error) => return Err(error),
    };
    let (covered, findings) = differences(context.artifact, &statement)?;
    let proof = match (findings.len(), origin) {
        (0, Origin::Proven(signer)) => Proof::new(NAME, Outcome::Passed, format!("{covered} as signed by {signer}")),
        (0, Origin::Claimed(signer)) => {
            let detail = format!(
                "{covered} as the signature says, which names {signer}; who signed is open without \
                 `--public-key` or `--trusted-certificate`"
            );
            Proof::new(NAME, Outcome::NotProven, detail)
        }
        (count, Origin::Proven(signer) | Origin::Claimed(signer)) => {
            let detail = format!("{} from what was signed by {signer}", words(count, "difference"));
            Proof::new(NAME, Outcome::Failed, detail)
        }
    };
    Ok(ProofResult { proof, findings })
}

fn read(question: &Question) -> Result<(Origin, Statement)> {
    let bundle = Bundle::parse(&question.bytes)?;
    let origin = bundle.origin(&question.trust)?;
    Ok((origin, Statement::parse(bundle.payload())?))
}

/// What was compared, and every file that is not as it was signed.
fn differences(artifact: &Artifact, statement: &Statement) -> Result<(String, Vec<Finding>)> {
    match &statement.content {
        Content::File(expected) => Ok(("the zip file".into(), file_difference(artifact, *expected)?)),
        Content::Folder { files, ignored } => {
            let mut findings = folder_differences(artifact, files)?;
            findings.extend(unsigned(artifact, ignored));
            Ok((words(files.len(), "file"), findings))
        }
    }
}

fn file_difference(artifact: &Artifact, expected: Digest) -> Result<Vec<Finding>> {
    let Some((found, _)) = artifact.store.file_digest()? else {
        let finding = Finding::error("signed-content", "one file was signed, and the artifact is a directory");
        let hint = "verify the zip file itself; `scorepack sign --unpacked` signs the files in it, wherever they lie";
        return Ok(vec![finding.hint(hint)]);
    };
    Ok(match found == expected {
        true => Vec::new(),
        false => {
            let message = format!("the zip file is not as it was signed: SHA-256 {found}, expected {expected}");
            vec![Finding::error("signed-content", message).hint(NOT_AS_SIGNED)]
        }
    })
}

/// Compares the members with the signed files, both sorted by name; a member is digested once in all proofs.
fn folder_differences(artifact: &Artifact, files: &[Resource]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut signed: BTreeMap<&str, Digest> = files.iter().map(|file| (file.name.as_str(), file.sha256)).collect();
    for member in artifact.store.members() {
        let finding = match signed.remove(member.name.as_str()) {
            None => Some("the file is not signed".to_owned()),
            Some(expected) => match artifact.store.digest(&member.name) {
                Ok((found, _)) if found == expected => None,
                Ok((found, _)) => {
                    Some(format!("the file is not as it was signed: SHA-256 {found}, expected {expected}"))
                }
                Err(error) if super::is_content(&error) => Some(error.to_string()),
                Err(error) => return Err(error),
            },
        };
        findings.extend(finding.map(|message| different(message).in_file(&member.name)));
    }
    findings.extend(signed.keys().map(|name| different("the file was signed, and is not there").in_file(*name)));
    Ok(findings)
}

/// What the signature left out, and what is passed over elsewhere, must not be there: Python loads compiled code from
/// `__pycache__` in place of the script beside it.
fn unsigned(artifact: &Artifact, ignored: &[String]) -> Vec<Finding> {
    let is_below = |name: &str, path: &str| {
        let path = path.trim_start_matches("./").trim_end_matches('/');
        path.is_empty()
            || path == "."
            || name == path
            || name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
    };
    let members = artifact.store.members().iter().map(|member| member.name.as_str());
    let ignored = members.filter(|name| ignored.iter().any(|path| is_below(name, path)));
    let ignored = ignored.map(|name| different("the signature leaves the file out").in_file(name));
    let left_behind = artifact.store.left_behind().iter().map(|folder| {
        different("the folder is not signed, and Python runs what lies in it").in_file(folder).hint("remove the folder")
    });
    ignored.chain(left_behind).collect()
}

fn different(message: impl Into<String>) -> Finding {
    Finding::error("signed-content", message).hint(NOT_AS_SIGNED)
}
