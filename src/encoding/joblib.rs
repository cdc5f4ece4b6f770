//! joblib files: a pickle with arrays between its opcodes, often compressed. Plain pickles are read as well.

use std::borrow::Cow;

use super::compressed::{compression, decompress};
use super::pickle::{self, Options, Pickle, Report};
use crate::error::{Error, Result};

/// Reads a joblib file or a pickle, compressed or not; told apart by content.
///
/// # Errors
/// As [`pickle::read`], and for a compressed stream that is broken, over a limit, or followed by more bytes.
pub fn read(bytes: &[u8], options: Options) -> Result<Pickle<'_>> {
    let stream = unfold(bytes)?;
    if !pickle::is_pickle(&stream) {
        return Err(Error::malformed("pickle-signature", "the file is neither a pickle nor a joblib file"));
    }
    pickle::read(stream, options)
}

/// Lists what a joblib file or pickle would do, compressed or not.
pub fn report(bytes: &[u8], options: Options) -> Report {
    match unfold(bytes) {
        Ok(stream) => pickle::report(&stream, options),
        Err(error) => Report { imports: Vec::new(), complaints: Vec::new(), stopped: Some(error) },
    }
}

fn unfold(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    match compression(bytes) {
        Some(kind) => decompress(kind, bytes).map(Cow::Owned),
        None if bytes.starts_with(b"ZF") => Err(Error::unsupported(
            "joblib-version",
            "the file was written by joblib before 0.10, which kept arrays in other files",
        )
        .hint("load it with the joblib that wrote it and dump it again with joblib 1")),
        None => Ok(Cow::Borrowed(bytes)),
    }
}
