//! The text arguments of protocol 0: numbers in decimal, Python string literals, escaped Unicode.

use crate::error::{Error, Result};

/// CPython's own ceiling on the digits of an integer in text (`sys.get_int_max_str_digits`).
const INT_DIGITS: usize = 4300;

/// An integer in text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Integer {
    /// Fits 64 bits.
    Small(i64),
    /// Little-endian two's complement.
    Big(Vec<u8>),
}

fn bad_number(what: &str, line: &[u8]) -> Error {
    Error::malformed("pickle-number", format!("`{}` is not {what}", shown(line)))
}

/// Bytes for a message: the first 40, escaped.
pub(super) fn shown(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(40)];
    let dots = if bytes.len() > 40 { "..." } else { "" };
    format!("{}{dots}", head.escape_ascii())
}

/// The argument of INT and, with its optional trailing `L`, of LONG.
pub(super) fn integer(line: &[u8], long: bool) -> Result<Integer> {
    let what = "a decimal integer";
    let body = if long { line.strip_suffix(b"L").unwrap_or(line) } else { line };
    let (negative, digits) = match body.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, body),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(bad_number(what, line));
    }
    // Python's two readers take it for octal, or refuse it.
    if digits.len() > 1 && digits.first() == Some(&b'0') {
        return Err(bad_number("a decimal integer without leading zeros", line));
    }
    if digits.len() > INT_DIGITS {
        return Err(Error::malformed(
            "pickle-number",
            format!("an integer has {} digits, more than Python's {INT_DIGITS}", digits.len()),
        ));
    }
    let small = std::str::from_utf8(body).ok().and_then(|text| text.parse().ok());
    Ok(small.map_or_else(|| Integer::Big(twos_complement(digits, negative)), Integer::Small))
}

/// Decimal digits as little-endian two's complement.
fn twos_complement(digits: &[u8], negative: bool) -> Vec<u8> {
    let mut limbs: Vec<u64> = Vec::new();
    for chunk in digits.chunks(18) {
        let mut carry = chunk.iter().fold(0, |number, digit| number * 10 + u128::from(digit - b'0'));
        let scale = 10u128.pow(chunk.len() as u32);
        for limb in &mut limbs {
            let product = u128::from(*limb) * scale + carry;
            *limb = product as u64;
            carry = product >> 64;
        }
        if carry > 0 {
            limbs.push(carry as u64);
        }
    }
    limbs.push(0);
    if negative {
        let mut carry = true;
        for limb in &mut limbs {
            (*limb, carry) = (!*limb).overflowing_add(u64::from(carry));
        }
    }
    limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect()
}

/// The bytes of LONG1 and LONG4 as an integer of 64 bits, if they fit.
pub(super) fn small_long(bytes: &[u8]) -> Option<i64> {
    let fill = if bytes.last().is_some_and(|last| last & 0x80 != 0) { 0xff } else { 0 };
    let mut wide = [fill; 8];
    let (low, high) = bytes.split_at(bytes.len().min(8));
    wide[..low.len()].copy_from_slice(low);
    let number = i64::from_le_bytes(wide);
    (high.iter().all(|&byte| byte == fill) && (number < 0) == (fill == 0xff)).then_some(number)
}

/// The argument of FLOAT: what `repr` of a Python float writes.
pub(super) fn float(line: &[u8]) -> Result<f64> {
    let text = std::str::from_utf8(line).map_err(|_| bad_number("a float", line))?;
    let digits = text.trim_start_matches(['-', '+']);
    let known = matches!(digits, "inf" | "nan")
        || digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'-' | b'+'));
    match text.parse() {
        Ok(number) if known => Ok(number),
        _ => Err(bad_number("a float", line)),
    }
}

/// The index of GET and PUT; what Python's reader takes besides digits where `is_lenient`.
pub(super) fn memo_index(line: &[u8], is_lenient: bool) -> Result<u64> {
    let bare: Vec<u8> = match is_lenient {
        true => line.iter().copied().filter(|byte| !b"+_ \t\r\x0b\x0c".contains(byte)).collect(),
        false => line.to_vec(),
    };
    let text = std::str::from_utf8(&bare).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    text.and_then(|text| text.parse().ok()).ok_or_else(|| bad_number("a memo index", line))
}

/// The argument of UNICODE: Latin-1 with `\uXXXX` and `\UXXXXXXXX` (Python's raw-unicode-escape).
pub(super) fn raw_unicode_escape(line: &[u8]) -> Result<String> {
    let mut text = String::with_capacity(line.len());
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        at += 1;
        if byte != b'\\' {
            text.push(char::from(byte));
            continue;
        }
        let digits = match line.get(at) {
            Some(b'u') => 4,
            Some(b'U') => 8,
            other => {
                text.push('\\');
                text.extend(other.map(|&byte| char::from(byte)));
                at += 1;
                continue;
            }
        };
        let hex = line.get(at + 1..at + 1 + digits).unwrap_or(&[]);
        text.push(hex_char(hex).ok_or_else(|| bad_text(line))?);
        at += 1 + digits;
    }
    Ok(text)
}

fn hex_char(hex: &[u8]) -> Option<char> {
    if hex.is_empty() || !hex.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    char::from_u32(u32::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?)
}

fn bad_text(line: &[u8]) -> Error {
    Error::malformed("pickle-text", format!("`{}` is not text as Python escapes it", shown(line)))
}

/// The argument of STRING: a quoted literal with Python's string escapes, ASCII once decoded.
pub(super) fn string_escape(line: &[u8]) -> Result<Vec<u8>> {
    let line = line.trim_ascii();
    let quoted = match line {
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
        _ => return Err(Error::malformed("pickle-text", format!("`{}` is not a quoted string", shown(line)))),
    };
    let mut text = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'\\' {
            rest = escape(tail, &mut text).ok_or_else(|| bad_text(line))?;
        } else {
            text.push(byte);
        }
    }
    Ok(text)
}

/// Decodes one escape behind its backslash; returns what follows it.
fn escape<'a>(tail: &'a [u8], text: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&kind, rest) = tail.split_first()?;
    let plain = match kind {
        b'\\' | b'\'' | b'"' => kind,
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        b'x' => {
            let code = hex_char(rest.get(..2)?)?;
            text.push(u8::try_from(u32::from(code)).ok()?);
            return rest.get(2..);
        }
        b'0'..=b'7' => {
            let digits = tail.iter().take(3).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
            let code = tail[..digits].iter().fold(0u32, |code, digit| code * 8 + u32::from(digit - b'0'));
            text.push((code & 0xff) as u8);
            return tail.get(digits..);
        }
        other => {
            text.extend([b'\\', other]);
            return Some(rest);
        }
    };
    text.push(plain);
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_in_text() {
        let cases: &[(&[u8], bool, Integer)] = &[
            (b"0", false, Integer::Small(0)),
            (b"-7", false, Integer::Small(-7)),
            (b"12L", true, Integer::Small(12)),
            (b"-9223372036854775808", false, Integer::Small(i64::MIN)),
            (
                b"18446744073709551616L",
                true,
                Integer::Big(vec![0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            ),
            (
                b"-9223372036854775809",
                false,
                Integer::Big(vec![255, 255, 255, 255, 255, 255, 255, 127, 255, 255, 255, 255, 255, 255, 255, 255]),
            ),
        ];
        for (line, long, expected) in cases {
            assert_eq!(&integer(line, *long).unwrap(), expected, "{}", shown(line));
        }
        for line in [&b""[..], b"-", b"1_0", b"010", b"-00", b"08", b" 1", b"1L", b"0x1", "١".as_bytes()] {
            assert!(integer(line, false).is_err(), "{}", shown(line));
        }
        assert!(integer(&[b'9'; 4300], true).is_ok());
        let error = integer(&[b'9'; 4301], true).unwrap_err();
        assert_eq!(error.to_string(), "an integer has 4301 digits, more than Python's 4300");
    }

    #[test]
    fn longs_that_fit() {
        assert_eq!(small_long(&[]), Some(0));
        assert_eq!(small_long(&[255]), Some(-1));
        assert_eq!(small_long(&[255, 0]), Some(255));
        assert_eq!(small_long(&[0, 0, 0, 0, 0, 0, 0, 128]), Some(i64::MIN));
        assert_eq!(small_long(&[0, 0, 0, 0, 0, 0, 0, 128, 0]), None);
        assert_eq!(small_long(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), Some(1));
    }

    #[test]
    fn floats_in_text() {
        assert_eq!(float(b"-1.5e-3").unwrap(), -0.0015);
        assert!(float(b"nan").unwrap().is_nan());
        assert_eq!(float(b"-inf").unwrap(), f64::NEG_INFINITY);
        assert!(float(b"infinity").is_err() && float(b"1_0").is_err() && float(b"").is_err());
    }

    #[test]
    fn unicode_as_python_escapes_it() {
        assert_eq!(raw_unicode_escape(b"a\\u005cb\xe9\\U0001f600\\x").unwrap(), "a\\b\u{e9}\u{1f600}\\x");
        assert_eq!(raw_unicode_escape(b"\\\\u0041").unwrap(), "\\\\u0041");
        assert!(raw_unicode_escape(b"\\ud800").is_err(), "a lone surrogate is no text");
        assert!(raw_unicode_escape(b"\\u00").is_err() && raw_unicode_escape(b"\\u+041").is_err());
    }

    #[test]
    fn strings_as_python_escapes_them() {
        assert_eq!(string_escape(b"'a\\n\\x41\\101\\''").unwrap(), b"a\nAA'");
        assert_eq!(string_escape(b"\"\\q\"").unwrap(), b"\\q");
        for line in [&b"a"[..], b"'a\"", b"'", b"'\\'", b"'\\x4'"] {
            assert!(string_escape(line).is_err(), "{}", shown(line));
        }
    }
}
