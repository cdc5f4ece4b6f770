//! GGUF: facts and tensors of language models. Its templates of conversations are programs for Jinja.

use super::{Scanner, template};
use crate::error::{Error, Result};
use crate::limits;

/// The versions that are in use.
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;
/// The type of texts and of arrays.
const TEXT: u32 = 8;
const ARRAY: u32 = 9;
/// Arrays in arrays.
const ARRAY_DEPTH: u32 = 4;
/// Dimensions of a tensor.
const DIMENSIONS: u32 = 4;
/// Checks the header; judges the templates.
pub(super) fn scan(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let mut cursor = Cursor { bytes, at: 4 };
    let version = cursor.u32()?;
    if !VERSIONS.contains(&version) {
        return Err(Error::unsupported("scan-gguf-version", format!("version {version} of GGUF, expected 2 or 3")));
    }
    let (tensors, facts) = (cursor.u64()?, cursor.u64()?);
    for _ in 0..facts {
        let key = cursor.text()?;
        let kind = cursor.u32()?;
        if kind == TEXT {
            let text = cursor.text()?;
            if key.contains("chat_template") {
                scanner.inside(key, |scanner| {
                    template::judge(text, scanner);
                    Ok(())
                });
            }
        } else {
            cursor.skip(kind, 0)?;
        }
    }
    for _ in 0..tensors {
        let name = cursor.text()?;
        let dimensions = cursor.u32()?;
        if dimensions > DIMENSIONS {
            return Err(broken(format!(
                "the tensor `{name}` has {dimensions} dimensions, expected at most {DIMENSIONS}"
            )));
        }
        for _ in 0..dimensions {
            cursor.u64()?;
        }
        cursor.u32()?;
        let offset = cursor.u64()?;
        if offset > bytes.len() as u64 {
            return Err(broken(format!("the tensor `{name}` begins behind the end of the file")));
        }
    }
    Ok(())
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8]> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| broken("it is cut short"))?;
        self.at += count;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(self.take(4)?.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn u64(&mut self) -> Result<u64> {
        Ok(self.take(8)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn text(&mut self) -> Result<&'a str> {
        let length = self.u64()?;
        limits::STRING_BYTES.check(length)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| broken("a text is not UTF-8"))
    }

    /// Passes a value of a type.
    fn skip(&mut self, kind: u32, depth: u32) -> Result<()> {
        let width = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            10..=12 => 8,
            TEXT => return self.text().map(|_| ()),
            ARRAY if depth < ARRAY_DEPTH => {
                let (kind, count) = (self.u32()?, self.u64()?);
                // Every element takes a byte at least, so that a count that lies ends with the file.
                return (0..count).try_for_each(|_| self.skip(kind, depth + 1));
            }
            _ => return Err(broken(format!("a value is of the type {kind}"))),
        };
        self.take(width).map(|_| ())
    }
}

fn broken(message: impl Into<String>) -> Error {
    Error::malformed("gguf", format!("the GGUF file is broken: {}", message.into()))
}
