//! Base64 (RFC 4648), as the service's payloads carry `.npy` arrays, and keys and signatures stand in text.

use crate::error::{Error, Result};

/// The bytes of a padded or unpadded base64 text.
pub fn decode(text: &str) -> Result<Vec<u8>> {
    let bad = || Error::malformed("base64", "expected base64 text");
    let digits = text.trim().trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let mut word = 0u32;
        for digit in group {
            word = word << 6 | sextet(*digit).ok_or_else(bad)?;
        }
        let word = match group.len() {
            4 => word << 8,
            3 if word & 0b11 == 0 => word << 14,
            2 if word & 0b1111 == 0 => word << 20,
            _ => return Err(bad()),
        };
        bytes.extend(word.to_be_bytes().into_iter().take(group.len() - 1));
    }
    Ok(bytes)
}

/// The padded base64 text of some bytes.
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let sextet = (word >> (18 - 6 * place)) & 0x3f;
            let digit = DIGITS.get(sextet as usize).filter(|_| place <= group.len());
            text.push(digit.map_or('=', |digit| char::from(*digit)));
        }
    }
    text
}

fn sextet(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn the_vectors_of_the_rfc() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(text).unwrap(), bytes.as_bytes(), "{text}");
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        assert_eq!(decode("Zm9vYg").unwrap(), b"foob", "without padding");
        assert_eq!(encode(&[0xfb, 0xff, 0xbf]), "+/+/");
        for text in ["Z", "Zm9v!", "Zh==", "Zm9=vg", "Zm9vY"] {
            assert_eq!(decode(text).unwrap_err().to_string(), "expected base64 text", "{text}");
        }
    }
}
