//! Documents that lie beside an artifact: its signature, the statement of a verification, its bill of materials.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::read_file;
use crate::artifact::{Artifact, Digest, MANIFEST, WholeFile, pins, sha256};
use crate::error::{Error, Result};
use crate::finding::{Report, Severity};
use crate::limits;
use crate::origin::{
    self, Certificate, Described, NEVER_SIGNED, PrivateKey, PublicKey, Resource, Signer, Statement, Trust,
};
use crate::verify::Document;

/// What `sign` is asked.
#[derive(Debug)]
pub struct SignRequest<'a> {
    /// The artifact.
    pub artifact: &'a Path,
    /// The key that signs, as PEM.
    pub private_key: &'a Path,
    /// The key's certificate, as PEM.
    pub certificate: Option<&'a Path>,
    /// The certificates from there to an authority, as PEM.
    pub chain: &'a [PathBuf],
    /// Sign the files in a zip file rather than the zip file.
    pub unpacked: bool,
    /// Where the signature goes; beside the artifact if not given.
    pub output: Option<&'a Path>,
}

/// What was signed.
#[derive(Debug)]
pub struct Signed {
    /// Where the signature is.
    pub output: PathBuf,
    /// The artifact's digest.
    pub digest: Digest,
    /// What the signature covers, in words.
    pub covered: String,
    /// Who signed, in words.
    pub signer: String,
}

/// sign: a signature of an artifact whose files are the listed ones, beside it.
pub fn sign(request: &SignRequest<'_>) -> Result<Signed> {
    let signer = signer(request)?;
    let name = name_of(request.artifact)?;
    let output = match request.output {
        Some(output) => output.to_owned(),
        None => request.artifact.with_file_name(format!("{name}.sig")),
    };
    refuse_inside(&output, request.artifact)?;
    let artifact = sound(request.artifact)?;
    let (covered, statement) = match artifact.store.file_digest()?.filter(|_| !request.unpacked) {
        Some((digest, _)) => ("the zip file".to_owned(), Statement::of_file(&name, digest)),
        None => {
            let files = resources(&artifact)?;
            (format!("{} files", files.len()), Statement::of_folder(&name, files))
        }
    };
    write(&output, &signer.sign(&statement.emit()?)?)?;
    Ok(Signed { output, digest: artifact.digest, covered, signer: signer.name()? })
}

fn signer(request: &SignRequest<'_>) -> Result<Signer> {
    let key = key_file(request.private_key, PrivateKey::parse)?;
    let mut certificates = Vec::new();
    for path in request.certificate.into_iter().chain(request.chain.iter().map(PathBuf::as_path)) {
        certificates.extend(key_file(path, Certificate::parse_all)?);
    }
    Signer::new(key, certificates)
}

/// Reads a file of keys or certificates.
fn key_file<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T>) -> Result<T> {
    parse(&read_file(path, &limits::KEY_BYTES)?).map_err(|error| error.in_file(path.display().to_string()))
}

/// An artifact whose files are those that its manifest lists.
fn sound(path: &Path) -> Result<Artifact> {
    let artifact = Artifact::open(path).map_err(|error| error.in_file(path.display().to_string()))?;
    let wrong = artifact.verify_digests()?.into_iter().find(|finding| finding.severity == Severity::Error);
    match wrong {
        None => Ok(artifact),
        Some(finding) => {
            let file = finding.file.map(|file| format!("`{file}`: ")).unwrap_or_default();
            let message = format!("the artifact is not what {MANIFEST} lists: {file}{}", finding.message);
            Err(Error::malformed("file-changed", message)
                .in_file(path.display().to_string())
                .hint("`scorepack verify` tells all that differs"))
        }
    }
}

/// Every member with its digest. What other verifiers would pass over cannot be signed.
fn resources(artifact: &Artifact) -> Result<Vec<Resource>> {
    let members = artifact.store.members();
    let first = |name: &str| name.split('/').next().map(str::to_owned).unwrap_or_default();
    let passed_over = members.iter().find(|member| NEVER_SIGNED.contains(&first(&member.name).as_str()));
    let left_behind = artifact.store.left_behind().first();
    if let Some(name) = passed_over.map(|member| &member.name).or(left_behind) {
        let reason = match left_behind == Some(name) {
            true => "Python left it there, and it is no part of the artifact",
            false => "verifiers of the format pass over what belongs to git",
        };
        return Err(Error::usage("unsignable", format!("`{name}` cannot be signed: {reason}"))
            .in_file(artifact.store.path().display().to_string())
            .hint("remove it; after a file that the manifest lists, `scorepack pack`"));
    }
    let resource = |name: &str| Ok(Resource { name: name.to_owned(), sha256: artifact.store.digest(name)?.0 });
    members.iter().map(|member| resource(&member.name)).collect()
}

/// What an artifact is called: the last part of its path.
fn name_of(path: &Path) -> Result<String> {
    let whole = std::fs::canonicalize(path).map_err(|error| Error::io(path, &error))?;
    let name = path.file_name().or_else(|| whole.file_name()).and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or_else(|| {
        let message = "expected a path whose last part is a name in UTF-8";
        Error::usage("usage", message).in_file(path.display().to_string())
    })
}

/// Nothing but the artifact's own files lies in its directory.
fn refuse_inside(output: &Path, artifact: &Path) -> Result<()> {
    let folder = output.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let inside = |folder: PathBuf| std::fs::canonicalize(artifact).is_ok_and(|artifact| folder.starts_with(artifact));
    match artifact.is_dir() && std::fs::canonicalize(folder).is_ok_and(inside) {
        false => Ok(()),
        true => Err(Error::usage("usage", "the file would lie in the artifact, which lists all that lies in it")
            .in_file(output.display().to_string())
            .hint("`--output` names a place beside the artifact")),
    }
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = WholeFile::create(path)?;
    file.handle()?.write_all(bytes).map_err(|error| Error::io(path, &error))?;
    file.publish()
}

/// What `verify` is asked of a signature.
#[derive(Debug)]
pub struct SignatureRequest<'a> {
    /// The signature.
    pub signature: &'a Path,
    /// The signer's key, as PEM.
    pub public_key: Option<&'a Path>,
    /// Certificates of authorities, as PEM.
    pub trusted: &'a [PathBuf],
    /// When certificates must be valid, in seconds since 1970.
    pub at: u64,
}

/// Reads a signature, and the key or the certificates of whom the user trusts.
pub(super) fn question(request: &SignatureRequest<'_>) -> Result<crate::verify::signature::Question> {
    let trust = match request.public_key {
        Some(path) => Trust::Key(key_file(path, PublicKey::parse)?),
        None if request.trusted.is_empty() => Trust::Nobody,
        None => {
            let mut certificates = Vec::new();
            for path in request.trusted {
                certificates.extend(key_file(path, Certificate::parse_all)?);
            }
            Trust::Authorities(certificates, request.at)
        }
    };
    let bytes = read_file(request.signature, &limits::SIGNATURE_BYTES)?;
    Ok(crate::verify::signature::Question { name: request.signature.display().to_string(), bytes, trust })
}

/// Where a verification is stated, and who signs the statement.
#[derive(Debug)]
pub struct AttestRequest<'a> {
    /// The file.
    pub file: &'a Path,
    /// The key that signs it, as PEM; it is written as it is without one.
    pub key: Option<&'a Path>,
}

/// Writes what a verification of an artifact found, with the documents that it was given.
pub(super) fn attest(
    request: &AttestRequest<'_>,
    artifact: &Artifact,
    given: &[&Document],
    report: &Report,
) -> Result<()> {
    let path = artifact.store.path();
    refuse_inside(request.file, path)?;
    let key = request.key.map(|path| key_file(path, PrivateKey::parse)).transpose()?;
    let mut subjects = Vec::new();
    if let Some((sha256, _)) = artifact.store.file_digest()? {
        subjects.push(Described { name: name_of(path)?, sha256 });
    }
    // The artifact's digest, whatever form it has.
    subjects.push(Described { name: MANIFEST.into(), sha256: artifact.digest });
    let described =
        |document: &&Document| Described { name: file_name(&document.name), sha256: sha256(&document.bytes) };
    let inputs: Vec<Described> = given.iter().map(described).collect();
    write(request.file, &origin::written(&origin::test_result(&subjects, &inputs, report), key.as_ref())?)
}

/// The last part of a path: folders of the machine are no part of a statement.
fn file_name(path: &str) -> String {
    Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// bom: what an artifact is made of. A time is written where one is given, in seconds since 1970.
pub fn bill_of_materials(path: &Path, time: Option<u64>) -> Result<Vec<u8>> {
    let artifact = sound(path)?;
    let pins = pins::read(&artifact)?;
    let time = time.map(origin::format_time).transpose()?;
    origin::bill_of_materials(&artifact, &pins, time.as_deref())
}

/// Writes a document beside an artifact, never into it.
pub fn write_beside(output: &Path, artifact: &Path, bytes: &[u8]) -> Result<()> {
    refuse_inside(output, artifact)?;
    write(output, bytes)
}
