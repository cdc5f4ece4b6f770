//! Reads JSON (RFC 8259, UTF-8 without a byte order mark) strictly: no key twice, nothing after the value, bounded
//! depth.

use std::borrow::Cow;

use super::document::{Document, Numbers, Object};
use crate::error::{Error, Result};
use crate::limits;

/// What is accepted beyond RFC 8259.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonfinite {
    /// Nothing.
    Refused,
    /// The bare words `NaN`, `Infinity` and `-Infinity`, which Python and XGBoost write.
    Words,
}

/// The longest number, in bytes: a double written out in full has 1,079 digits, no writer prints them.
const NUMBER_BYTES: usize = 1024;

/// Reads a document.
pub fn read(bytes: &[u8], nonfinite: Nonfinite) -> Result<Document<'_>> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Error::malformed("json", "expected UTF-8, found another byte").at(format!("byte {}", error.valid_up_to()))
    })?;
    let mut reader = Reader { text, at: 0, depth: 0, values: 0, nonfinite };
    let value = reader.value()?;
    reader.skip_space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.unexpected("the end of the document")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u64,
    values: u64,
    nonfinite: Nonfinite,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Whether `byte` stands next; if so it is passed.
    fn takes(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn error(&self, message: impl Into<String>) -> Error {
        Error::malformed("json", message).at(format!("byte {}", self.at))
    }

    fn unexpected(&self, expected: &str) -> Error {
        match self.rest().chars().next() {
            Some(found) => self.error(format!("expected {expected}, found {found:?}")),
            None => self.error(format!("expected {expected}, found the end of the file")),
        }
    }

    fn value(&mut self) -> Result<Document<'a>> {
        self.skip_space();
        self.values += 1;
        limits::DOCUMENT_VALUES.check(self.values).map_err(|error| error.at(format!("byte {}", self.at)))?;
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Document::Text(self.string()?)),
            Some(b't') => self.word("true", Document::Bool(true)),
            Some(b'f') => self.word("false", Document::Bool(false)),
            Some(b'n') => self.word("null", Document::Null),
            _ => match self.number()? {
                Some(number) => Ok(scalar(number)),
                None => Err(self.unexpected("a value")),
            },
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<Document<'a>>) -> Result<Document<'a>> {
        self.depth += 1;
        limits::DOCUMENT_DEPTH.check(self.depth).map_err(|error| error.at(format!("byte {}", self.at)))?;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self, word: &str, value: Document<'a>) -> Result<Document<'a>> {
        if !self.rest().starts_with(word) {
            return Err(self.unexpected("a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self) -> Result<Document<'a>> {
        let start = self.at;
        let mut entries = Vec::new();
        self.skip_space();
        let mut more = !self.takes(b'}');
        while more {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key"));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.takes(b':') {
                return Err(self.unexpected("`:`"));
            }
            entries.push((key, self.value()?));
            more = self.continues(b'}')?;
        }
        let object = Object::new(entries).map_err(|error| error.at(format!("the object at byte {start}")))?;
        Ok(Document::Object(object))
    }

    /// Passes a comma, or the closing bracket.
    fn continues(&mut self, close: u8) -> Result<bool> {
        self.skip_space();
        if self.takes(b',') {
            return Ok(true);
        }
        match self.takes(close) {
            true => Ok(false),
            false => Err(self.unexpected(&format!("`,` or `{}`", char::from(close)))),
        }
    }

    fn array(&mut self) -> Result<Document<'a>> {
        self.skip_space();
        if self.takes(b']') {
            return Ok(Document::Array(Vec::new()));
        }
        let start = self.at;
        if let Some(numbers) = self.numbers()? {
            return Ok(Document::Numbers(numbers));
        }
        self.at = start;
        let mut items = vec![self.value()?];
        while self.continues(b']')? {
            items.push(self.value()?);
        }
        Ok(Document::Array(items))
    }

    /// The rest of an array if it holds nothing but numbers.
    fn numbers(&mut self) -> Result<Option<Numbers<'a>>> {
        let start = self.at;
        let mut len = 0;
        loop {
            self.skip_space();
            if self.number()?.is_none() {
                return Ok(None);
            }
            len += 1;
            self.skip_space();
            let end = self.at;
            if self.takes(b']') {
                return Ok(Some(Numbers::of_text(self.text.get(start..end).unwrap_or_default(), len)));
            }
            if !self.takes(b',') {
                return Ok(None);
            }
        }
    }

    /// The text of the number that stands next, if one does.
    fn number(&mut self) -> Result<Option<&'a str>> {
        let start = self.at;
        let negative = self.takes(b'-');
        match self.peek() {
            Some(b'0'..=b'9') => self.digits_of_number()?,
            Some(b'I') if self.nonfinite == Nonfinite::Words && self.rest().starts_with("Infinity") => self.at += 8,
            Some(b'N') if self.nonfinite == Nonfinite::Words && !negative && self.rest().starts_with("NaN") => {
                self.at += 3;
            }
            _ if negative => return Err(self.unexpected("a digit")),
            _ => return Ok(None),
        }
        if self.at - start > NUMBER_BYTES {
            let message = format!("expected a number of at most {NUMBER_BYTES} bytes, found {}", self.at - start);
            return Err(Error::malformed("json", message).at(format!("byte {start}")));
        }
        Ok(self.text.get(start..self.at))
    }

    fn digits_of_number(&mut self) -> Result<()> {
        if self.takes(b'0') {
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.error("expected a number without leading zeros"));
            }
        } else {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _signed = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    /// A string whose opening quote stands next.
    fn string(&mut self) -> Result<Cow<'a, str>> {
        self.at += 1;
        let mut unescaped: Option<String> = None;
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            let plain = self.text.get(start..self.at).unwrap_or_default();
            limits::STRING_BYTES.check_len(unescaped.as_ref().map_or(0, String::len) + plain.len())?;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(match unescaped {
                        None => Cow::Borrowed(plain),
                        Some(text) => Cow::Owned(text + plain),
                    });
                }
                Some(b'\\') => {
                    self.at += 1;
                    let escaped = self.escape()?;
                    let text = unescaped.get_or_insert_default();
                    text.push_str(plain);
                    text.push(escaped);
                }
                Some(_) => return Err(self.error("expected an escaped control character, found a bare one")),
                None => return Err(self.unexpected("`\"`")),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let escaped = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.unexpected("an escape")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// The four digits of a `\u` escape, and a second escape where the first is half of a pair.
    fn unicode(&mut self) -> Result<char> {
        let mut code = self.four_digits()?;
        if (0xD800..0xDC00).contains(&code) && self.rest().starts_with("\\u") {
            self.at += 2;
            let low = self.four_digits()?;
            if (0xDC00..0xE000).contains(&low) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            }
        }
        char::from_u32(code).ok_or_else(|| self.error("expected a character, found half of a surrogate pair"))
    }

    fn four_digits(&mut self) -> Result<u32> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.unexpected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }
}

/// A number outside an array of numbers.
fn scalar<'a>(number: &str) -> Document<'a> {
    match number.parse::<i64>() {
        Ok(integer) if number != "-0" => Document::Integer(integer),
        _ => Document::Float(number.parse().unwrap_or(f64::NAN)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let error = read(text.as_bytes(), Nonfinite::Words).unwrap_err();
        format!("{}: {error}", error.place().unwrap_or_default())
    }

    #[test]
    fn values_are_read_and_numbers_keep_every_digit() {
        let text =
            r#" {"a" : [1, -2.5e0 ,1E-45], "b\n\u00e9\ud83d\ude00": [true, null, "x"], "c": {}, "d": -0, "e": [] } "#;
        let document = read(text.as_bytes(), Nonfinite::Refused).unwrap();
        let object = document.object().unwrap();
        assert_eq!(object.read("a", Document::f32s).unwrap(), [1.0, -2.5, f32::from_bits(1)]);
        assert!(object.read("e", Document::f32s).unwrap().is_empty());
        assert_eq!(
            document.to_json().to_string(),
            r#"{"a":[1.0,-2.5,1e-45],"b\né😀":[true,null,"x"],"c":{},"d":-0.0,"e":[]}"#
        );
    }

    #[test]
    fn bare_words_are_numbers_only_where_asked() {
        let words = "[NaN, -Infinity, Infinity]";
        let numbers = read(words.as_bytes(), Nonfinite::Words).unwrap().f32s().unwrap();
        assert!(numbers[0].is_nan() && numbers[1..] == [f32::NEG_INFINITY, f32::INFINITY]);
        let error = read(words.as_bytes(), Nonfinite::Refused).unwrap_err();
        assert_eq!(error.to_string(), "expected a value, found 'N'");
    }

    #[test]
    fn broken_documents_are_refused_with_their_place() {
        let deep = "[".repeat(129);
        let table = [
            ("", "byte 0: expected a value, found the end of the file"),
            ("[1,2", "byte 4: expected `,` or `]`, found the end of the file"),
            ("[1,]", "byte 3: expected a value, found ']'"),
            ("[01]", "byte 2: expected a number without leading zeros"),
            ("[1.]", "byte 3: expected a digit, found ']'"),
            ("[-NaN]", "byte 2: expected a digit, found 'N'"),
            ("{\"a\":1,\"b\":{\"a\":2},\"a\":3}", "the object at byte 1: the key `a` stands twice"),
            ("{\"a\" 1}", "byte 5: expected `:`, found '1'"),
            ("{a:1}", "byte 1: expected a key, found 'a'"),
            ("\"a\nb\"", "byte 2: expected an escaped control character, found a bare one"),
            ("\"\\ud800\"", "byte 7: expected a character, found half of a surrogate pair"),
            ("\"\\u12g4\"", "byte 3: expected four hexadecimal digits, found '1'"),
            ("1 2", "byte 2: expected the end of the document, found '2'"),
            ("trve", "byte 0: expected a value, found 't'"),
            (&deep, "byte 128: 129 levels exceed the limit `document-depth` of 128"),
        ];
        for (text, expected) in table {
            assert_eq!(refusal(text), expected, "{text}");
        }
        let error = read(b"\"\xff\"", Nonfinite::Refused).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.place().unwrap().as_str()),
            ("expected UTF-8, found another byte", "byte 1")
        );
    }

    #[test]
    fn arrays_are_converted_only_into_what_fits() {
        let read = |text: &'static str| read(text.as_bytes(), Nonfinite::Refused).unwrap();
        assert_eq!(read("[1, 300]").integers::<i64>().unwrap(), [1, 300]);
        let error = read("[1, 300]").integers::<u8>().unwrap_err();
        assert_eq!(error.to_string(), "expected an integer (u8), found `300`");
        let error = read("[1.5]").integers::<i32>().unwrap_err();
        assert_eq!(error.to_string(), "expected an integer (i32), found `1.5`");
        let error = read("[1e39]").f32s().unwrap_err();
        assert_eq!(error.to_string(), "the number `1e39` does not fit float32");
        let error = read("[1, \"a\"]").f32s().unwrap_err();
        assert_eq!(error.to_string(), "expected a number, found text");
        let error = read("{}").integers::<i32>().unwrap_err();
        assert_eq!(error.to_string(), "expected an array of integers, found an object");
    }
}
