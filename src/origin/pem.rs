//! PEM (RFC 7468): keys and certificates as labelled Base64 in text. Knows no label's meaning.

use super::statement::shown;
use crate::data::base64;
use crate::error::{Error, Result};
use crate::limits;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// Characters of a line (RFC 7468, section 2), and the most of a label.
const LINE: usize = 64;

/// A labelled block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it says that it holds: `PRIVATE KEY`, `CERTIFICATE`.
    pub label: String,
    /// Whether its header says that the content is encrypted (RFC 1421).
    pub encrypted: bool,
    /// What it holds.
    pub der: Vec<u8>,
}

/// The blocks of a text, at least one; text between them is passed over.
pub fn blocks(text: &[u8]) -> Result<Vec<Block>> {
    limits::KEY_BYTES.check_len(text.len())?;
    let bad = |message: String| Error::malformed("pem", message);
    let text = std::str::from_utf8(text).map_err(|_| no_pem())?;
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let label = line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(DASHES));
        let Some(label) = label.filter(|label| label.len() <= LINE) else { continue };
        let mut block = Block { label: label.to_owned(), encrypted: false, der: Vec::new() };
        let mut digits = String::new();
        loop {
            let line = lines.next().ok_or_else(|| bad(format!("expected `{END}{label}{DASHES}`, found the end")))?;
            if let Some(rest) = line.strip_prefix(END) {
                if rest.strip_suffix(DASHES) == Some(label) {
                    break;
                }
                return Err(bad(format!("expected `{END}{label}{DASHES}`, found `{}`", shown(line))));
            }
            match line.contains(':') {
                true => block.encrypted |= line.contains("ENCRYPTED"),
                false => digits.push_str(line),
            }
        }
        block.der = base64::decode(&digits).map_err(|error| error.at(format!("the block `{label}`")))?;
        blocks.push(block);
    }
    if blocks.is_empty() { Err(no_pem()) } else { Ok(blocks) }
}

fn no_pem() -> Error {
    Error::malformed("pem", format!("expected PEM text with a line `{BEGIN}…{DASHES}`, found none"))
        .hint("`openssl pkey -inform DER -in KEY` and `openssl x509 -inform DER -in CERTIFICATE` write PEM")
}

/// One block as text, with a line feed at the end of every line.
pub fn encode(label: &str, der: &[u8]) -> String {
    let digits = base64::encode(der);
    let mut text = format!("{BEGIN}{label}{DASHES}\n");
    for line in digits.as_bytes().chunks(LINE) {
        text.extend(line.iter().map(|digit| char::from(*digit)));
        text.push('\n');
    }
    text.push_str(&format!("{END}{label}{DASHES}\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_among_other_text() {
        let text = "subject=CN = a\n-----BEGIN A-----\nZm9v\r\nYmFy\n-----END A-----\nand\n-----BEGIN B C-----\n\
                    Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nZg==\n-----END B C-----\n";
        let expected = [
            Block { label: "A".into(), encrypted: false, der: b"foobar".to_vec() },
            Block { label: "B C".into(), encrypted: true, der: b"f".to_vec() },
        ];
        assert_eq!(blocks(text.as_bytes()).unwrap(), expected);
        let long: Vec<u8> = (0..100).collect();
        assert_eq!(blocks(encode("X", &long).as_bytes()).unwrap()[0].der, long);
    }

    #[test]
    fn broken_text_is_refused() {
        for (text, message) in [
            (&b""[..], "expected PEM text with a line `-----BEGIN …-----`, found none"),
            (b"\xff\xfe", "expected PEM text with a line `-----BEGIN …-----`, found none"),
            (b"-----BEGIN A-----\nZg==\n", "expected `-----END A-----`, found the end"),
            (b"-----BEGIN A-----\nZg==\n-----END B-----\n", "expected `-----END A-----`, found `-----END B-----`"),
            (b"-----BEGIN A-----\nZ!==\n-----END A-----\n", "expected base64 text"),
        ] {
            assert_eq!(blocks(text).unwrap_err().to_string(), message);
        }
    }
}
