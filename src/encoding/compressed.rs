//! The compressed streams joblib writes: zlib, gzip, bzip2, xz, lzma, lz4. One member, and nothing behind it.

use std::io::Read;

use crate::error::{Error, ErrorKind, Result};
use crate::limits;

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// RFC 1950.
    Zlib,
    /// RFC 1952.
    Gzip,
    /// bzip2.
    Bzip2,
    /// The xz container.
    Xz,
    /// LZMA alone, the format before xz.
    Lzma,
    /// An lz4 frame.
    Lz4,
}

impl Compression {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Compression::Zlib => "zlib",
            Compression::Gzip => "gzip",
            Compression::Bzip2 => "bzip2",
            Compression::Xz => "xz",
            Compression::Lzma => "lzma",
            Compression::Lz4 => "lz4",
        }
    }
}

/// The memory a dictionary may take, in KiB: what `xz -9` writes needs 65 MiB.
const DICTIONARY_KIB: u32 = 256 << 10;
/// Bytes produced before the ratio counts, and the step in which output grows.
const STEP: usize = 1 << 20;

/// Recognises a compressed stream by its first bytes.
pub fn compression(bytes: &[u8]) -> Option<Compression> {
    match bytes {
        [0x1f, 0x8b, ..] => Some(Compression::Gzip),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Compression::Bzip2),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Compression::Xz),
        [4, 0x22, 0x4d, 0x18, ..] => Some(Compression::Lz4),
        [0x78, flags, ..] if (0x7800 + u16::from(*flags)).is_multiple_of(31) => Some(Compression::Zlib),
        [0x5d, 0, 0, ..] if bytes.len() > 13 => Some(Compression::Lzma),
        _ => None,
    }
}

/// Decompresses a stream that fills `bytes`; the output is counted while it is produced.
pub fn decompress(compression: Compression, bytes: &[u8]) -> Result<Vec<u8>> {
    let (output, rest) = match compression {
        Compression::Zlib => {
            let mut reader = flate2::bufread::ZlibDecoder::new(bytes);
            (pour(compression, bytes, &mut reader)?, reader.into_inner().len())
        }
        Compression::Gzip => {
            let mut reader = flate2::bufread::GzDecoder::new(bytes);
            (pour(compression, bytes, &mut reader)?, reader.into_inner().len())
        }
        Compression::Bzip2 => {
            let mut reader = bzip2::bufread::BzDecoder::new(bytes);
            (pour(compression, bytes, &mut reader)?, reader.into_inner().len())
        }
        Compression::Xz => {
            let mut reader = lzma_rust2::XzReader::new_mem_limit(bytes, false, DICTIONARY_KIB);
            (pour(compression, bytes, &mut reader)?, reader.into_inner().len())
        }
        Compression::Lzma => {
            let reader = lzma_rust2::LzmaReader::new_mem_limit(bytes, DICTIONARY_KIB, None);
            let mut reader = reader.map_err(|error| broken(compression, &error.to_string()))?;
            reader.set_relaxed_end_condition(false);
            let output = pour(compression, bytes, &mut reader)?;
            let (rest, buffered) = reader.into_parts();
            (output, rest.len() + buffered.len())
        }
        Compression::Lz4 => {
            let mut reader = lz4_flex::frame::FrameDecoder::new(bytes);
            let output = pour(compression, bytes, &mut reader)?;
            let rest = reader.into_inner().len();
            if rest == 0 && !ends_with_end_mark(bytes) {
                return Err(broken(compression, "the end mark is missing"));
            }
            (output, rest)
        }
    };
    if rest > 0 {
        let message = format!("{rest} bytes stand behind the {} stream", compression.name());
        return Err(Error::malformed("compressed-trailing", message));
    }
    Ok(output)
}

fn broken(compression: Compression, why: &str) -> Error {
    Error::malformed("compressed", format!("the {} stream is broken: {why}", compression.name()))
}

/// Reads to the end of the stream under the limits.
fn pour(compression: Compression, bytes: &[u8], reader: &mut impl Read) -> Result<Vec<u8>> {
    let mut output = vec![0; 64 << 10];
    let mut filled = 0;
    loop {
        if filled == output.len() {
            output.resize(filled + filled.min(16 * STEP), 0);
        }
        let produced = match reader.read(&mut output[filled..]) {
            Ok(produced) => produced,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == std::io::ErrorKind::OutOfMemory => {
                return Err(Error::new(
                    ErrorKind::Limit,
                    "limit",
                    format!(
                        "the {} stream needs a dictionary of more than {} MiB",
                        compression.name(),
                        DICTIONARY_KIB >> 10
                    ),
                ));
            }
            Err(error) => return Err(broken(compression, &error.to_string())),
        };
        filled += produced;
        check(bytes.len(), filled)?;
        if produced == 0 {
            output.truncate(filled);
            return Ok(output);
        }
    }
}

fn check(read: usize, produced: usize) -> Result<()> {
    limits::DECOMPRESSED_BYTES.check_len(produced)?;
    if produced > STEP {
        limits::COMPRESSION_RATIO.check_len(produced / read.max(1))?;
    }
    Ok(())
}

/// The decoder takes the end of the input for the end of the frame: the end mark must be there.
fn ends_with_end_mark(bytes: &[u8]) -> bool {
    let has_checksum = bytes.get(4).is_some_and(|flags| flags & 4 != 0);
    let tail = if has_checksum { 8 } else { 4 };
    bytes.len().checked_sub(tail).and_then(|start| bytes.get(start..start + 4)) == Some(&[0; 4])
}
