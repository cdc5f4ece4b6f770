//! The `wasmtime` package's wheel, unpacked: for environments that lack the package.

use std::io::{Cursor, Read};

use crate::encoding::member_name::check_name;
use crate::error::{Error, Result};
use crate::limits;

/// Most bytes of an unpacked wheel: ten times what the package takes.
const MOST_BYTES: u64 = 512 << 20;

fn not_a_wheel(message: impl Into<String>) -> Error {
    Error::malformed("wheel", message)
        .hint(format!("`pip download --no-deps wasmtime=={}` fetches it", super::WASMTIME_VERSION))
}

/// The files of a wheel by path, with their content; those that pip makes while it installs are left out.
pub fn unpack_wheel(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let broken = |error: zip::result::ZipError| not_a_wheel(format!("the wheel is no zip file: {error}"));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    limits::ARTIFACT_ENTRIES.check_len(archive.len())?;
    let mut files = Vec::new();
    let mut left = MOST_BYTES;
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(broken)?;
        let name = member.name().map_err(broken)?.into_owned();
        if member.is_dir() {
            continue;
        }
        check_name(&name)?;
        if !member.is_file() {
            return Err(not_a_wheel(format!("expected files, `{name}` is a link")));
        }
        let mut content = Vec::new();
        member
            .take(left + 1)
            .read_to_end(&mut content)
            .map_err(|error| not_a_wheel(format!("`{name}` cannot be unpacked: {error}")))?;
        left = left
            .checked_sub(content.len() as u64)
            .ok_or_else(|| not_a_wheel(format!("the wheel unpacks to more than {MOST_BYTES} bytes")))?;
        files.push((name, content));
    }
    if !files.iter().any(|(name, _)| name == "wasmtime/__init__.py") {
        return Err(not_a_wheel("expected the package `wasmtime`, found no `wasmtime/__init__.py`"));
    }
    Ok(files)
}
