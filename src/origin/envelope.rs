//! The envelope around what is signed (DSSE 1.0): the bytes that a signature covers.

use super::key::PrivateKey;
use crate::data::base64;
use crate::error::Result;
use serde_json::{Value, json};

/// What is signed here: statements of in-toto, as JSON.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The bytes that are signed for a payload of [`PAYLOAD_TYPE`]: its type and length stand before it.
pub fn signed_bytes(payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// A signed payload.
pub fn seal(payload: &[u8], key: &PrivateKey, key_id: &str) -> Result<Value> {
    let signature = key.sign(&signed_bytes(payload))?;
    Ok(json!({
        "payload": base64::encode(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"sig": base64::encode(&signature), "keyid": key_id}],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_bytes_are_those_of_the_protocol() {
        // The form is that of the protocol's example: DSSEv1 29 http://example.com/HelloWorld 11 hello world.
        assert_eq!(signed_bytes(b"hello world"), b"DSSEv1 28 application/vnd.in-toto+json 11 hello world");
    }
}
