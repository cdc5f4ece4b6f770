//! SHA-256 digests: of bytes, of streams, and as 64 lower-case hexadecimal digits.

use std::fmt;
use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Crc;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Bytes read at once from a stream: few calls to the system, and the second pass over them is in the cache.
const CHUNK_BYTES: usize = 256 << 10;

/// The value of every lower-case hexadecimal digit; 16 for all other bytes.
const DIGITS: [u8; 256] = {
    let mut values = [16; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// Bytes of streams that have passed through this process, for whoever shows progress.
static STREAMED: AtomicU64 = AtomicU64::new(0);

/// How many bytes of streams have been digested or packed so far.
pub fn streamed_bytes() -> u64 {
    STREAMED.load(Ordering::Relaxed)
}

/// The digest of some bytes.
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// The digest and the length of a stream, in constant memory.
pub fn sha256_stream(stream: impl Read) -> std::io::Result<(Digest, u64)> {
    let mut state = Sha256::new();
    let size = for_chunks(stream, |chunk| {
        state.update(chunk);
        Ok(())
    })?;
    Ok((Digest(state.finalize().into()), size))
}

/// What a pass over a file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// The digest.
    pub sha256: Digest,
    /// The CRC-32 that a zip header holds.
    pub crc: u32,
    /// Bytes.
    pub size: u64,
}

/// Digest, CRC and length of a stream in one pass, in constant memory.
pub fn summarise(stream: impl Read) -> std::io::Result<Summary> {
    let (mut state, mut crc) = (Sha256::new(), Crc::new());
    let size = for_chunks(stream, |chunk| {
        state.update(chunk);
        crc.update(chunk);
        Ok(())
    })?;
    Ok(Summary { sha256: Digest(state.finalize().into()), crc: crc.sum(), size })
}

/// Hands a stream on in chunks and gives its length.
pub fn for_chunks(mut stream: impl Read, mut take: impl FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<u64> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut length = 0;
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(length),
            Ok(count) => {
                take(chunk.get(..count).unwrap_or_default())?;
                length += count as u64;
                STREAMED.fetch_add(count as u64, Ordering::Relaxed);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl Digest {
    /// A digest that was computed elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Digest(bytes)
    }

    /// The digest itself.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Digest> {
        let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let mut bytes = [0; 32];
        let mut seen = 0;
        for (byte, [high, low]) in bytes.iter_mut().zip(digits.as_chunks().0) {
            let [high, low] = [high, low].map(|digit| DIGITS[usize::from(*digit)]);
            *byte = high << 4 | low;
            seen |= high | low;
        }
        (seen < 16).then_some(Digest(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Digest::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("expected 64 lower-case hexadecimal digits, found `{text}`"))
        })
    }
}

impl schemars::JsonSchema for Digest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A SHA-256 digest.",
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha256_in_lower_case() {
        // FIPS 180-2, example B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc").to_string(), abc);
        assert_eq!(sha256_stream(&b"abc"[..]).unwrap(), (Digest::parse(abc).unwrap(), 3));
        for refused in [&abc.to_uppercase(), &abc[1..], &format!("{abc}0"), &abc.replace('b', "g")] {
            assert_eq!(Digest::parse(refused), None, "{refused}");
        }
    }
}
