//! safetensors: a JSON header, then tensors side by side to the end of the file.

use super::Scanner;
use crate::encoding::document::{Document, Object};
use crate::encoding::json::{self, Nonfinite};
use crate::error::{Error, Result};

/// Bytes before the header: its length.
const LENGTH_BYTES: usize = 8;
/// What the format itself allows.
const MOST_HEADER_BYTES: usize = 100_000_000;
const METADATA: &str = "__metadata__";
/// Element types and their bits.
const TYPES: &[(&str, u64)] = &[
    ("BOOL", 8),
    ("U8", 8),
    ("I8", 8),
    ("F8_E4M3", 8),
    ("F8_E5M2", 8),
    ("F8_E8M0", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("C64", 64),
    ("F64", 64),
    ("I64", 64),
    ("U64", 64),
];

/// Whether the content begins with a length and an opening brace.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    header_bytes(bytes).is_some_and(|header| header.starts_with(b"{"))
}

fn header_bytes(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|length| *length <= MOST_HEADER_BYTES)?;
    rest.get(..length)
}

/// Checks the header and that the tensors fill the file without gap or overlap.
pub(super) fn scan(bytes: &[u8], _scanner: &mut Scanner) -> Result<()> {
    let header = header_bytes(bytes).unwrap_or_default();
    let data_bytes = (bytes.len() - LENGTH_BYTES - header.len()) as u64;
    let document = json::read(header, Nonfinite::Refused)?;
    let mut spans = Vec::new();
    for (name, value) in document.object()?.entries() {
        match name {
            METADATA => texts(value)?,
            _ => spans.push(tensor(value.object()?).map_err(|error| error.at(format!("tensor `{name}`")))?),
        }
    }
    spans.sort_unstable();
    let mut position = 0;
    for (start, end) in spans {
        if start != position {
            return Err(broken(format!("a tensor begins at byte {start} of the data, expected {position}")));
        }
        position = end;
    }
    match position == data_bytes {
        true => Ok(()),
        false => Err(broken(format!("the tensors end at byte {position} of the data, which has {data_bytes}"))),
    }
}

fn texts(value: &Document<'_>) -> Result<()> {
    value.object()?.entries().try_for_each(|(_, value)| value.text().map(|_| ()))
}

/// Where a tensor lies in the data; its shape and type take as many bytes.
fn tensor(tensor: &Object<'_>) -> Result<(u64, u64)> {
    let field = |name| tensor.get(name).ok_or_else(|| broken(format!("a tensor has no `{name}`")));
    let dtype = field("dtype")?.text()?;
    let bits = TYPES.iter().find(|(name, _)| *name == dtype);
    let (_, bits) = bits.ok_or_else(|| Error::unsupported("scan-safetensors-type", format!("the type `{dtype}`")))?;
    let shape: Vec<u64> = field("shape")?.integers()?;
    let [start, end] = field("data_offsets")?.integers::<u64>()?[..] else {
        return Err(broken("`data_offsets` are two numbers"));
    };
    let elements = shape.iter().try_fold(1u64, |product, extent| product.checked_mul(*extent));
    let bits = elements.and_then(|elements| elements.checked_mul(*bits));
    match (bits, end.checked_sub(start).and_then(|bytes| bytes.checked_mul(8))) {
        (Some(needed), Some(taken)) if needed == taken => Ok((start, end)),
        _ => Err(broken("its bytes are not those that its shape and type need")),
    }
}

fn broken(message: impl Into<String>) -> Error {
    Error::malformed("safetensors", message)
}
