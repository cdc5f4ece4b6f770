//! Archives and compressed streams: what is in them is scanned, one level deep.

use super::{ARCHIVE_DEPTH, Scanner, format_of, keras, skops, torch};
use crate::encoding::compressed::{compression, decompress};
use crate::encoding::container::{Container, is_container};
use crate::encoding::tar;
use crate::error::{Error, Result};

/// Whether the content begins as a zip file does, with members or without.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    is_container(bytes) || bytes.starts_with(b"PK\x05\x06")
}

/// Scans a zip file: as what frameworks make of it, else member by member.
pub(super) fn scan_zip(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let container = Container::open(bytes)?;
    enter(scanner)?;
    if let Some(data) = torch::pickle_of(&container) {
        torch::scan_zip(&container, data, scanner);
    } else if container.member("config.json").is_some() && container.member("metadata.json").is_some() {
        keras::scan_zip(&container, scanner);
    } else if container.member("schema.json").is_some() {
        skops::scan(&container, scanner);
    } else {
        if !container.members().is_empty() && container.members().iter().all(|member| member.name.ends_with(".npy")) {
            scanner.is("NumPy archive");
        }
        for member in container.members() {
            scanner.member(&member.name, |scanner| scan_member(&container.content(member)?, scanner));
        }
    }
    scanner.archives -= 1;
    Ok(())
}

/// Whether the content is a tar file: the word stands in the first header.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    tar::is_tar(bytes)
}

/// Scans a tar file member by member.
pub(super) fn scan_tar(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    enter(scanner)?;
    for member in tar::members(bytes)? {
        scanner.member(&member.name, |scanner| scan_member(member.content, scanner));
    }
    scanner.archives -= 1;
    Ok(())
}

/// Scans content that must be of a known kind.
pub(super) fn scan_member(content: &[u8], scanner: &mut Scanner) -> Result<()> {
    match scanner.known(content) {
        true => Ok(()),
        false => {
            Err(Error::unsupported("scan-unknown-member", "the member's content is of no format that `scan` knows")
                .hint("scan the model file itself, without what stands beside it in the archive"))
        }
    }
}

/// One archive deeper, if that is not too deep.
fn enter(scanner: &mut Scanner) -> Result<()> {
    if scanner.archives > ARCHIVE_DEPTH {
        return Err(Error::unsupported("scan-nested-archive", "an archive in an archive in an archive")
            .hint("unpack the outer archive and scan what is in it"));
    }
    scanner.archives += 1;
    Ok(())
}

/// An archive of a kind that no framework writes.
pub(super) fn refuse(bytes: &[u8], _scanner: &mut Scanner) -> Result<()> {
    let name = format_of(bytes).map_or("an archive", |format| format.name);
    Err(Error::unsupported(
        "scan-archive",
        format!("a {name}, which no framework writes and this version does not open"),
    )
    .hint("unpack it and scan the files in it; do not load it in Python"))
}

/// Whether the content begins as a compressed stream does.
pub(super) fn is_compressed(bytes: &[u8]) -> bool {
    compression(bytes).is_some()
}

/// Scans what a stream unfolds to.
pub(super) fn scan_compressed(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let Some(kind) = compression(bytes) else { return Ok(()) };
    let content = decompress(kind, bytes)?;
    if is_compressed(&content) {
        return Err(Error::unsupported("scan-nested-archive", "a compressed stream in a compressed stream"));
    }
    scanner.is(&format!("{} stream", kind.name()));
    scan_member(&content, scanner)
}
