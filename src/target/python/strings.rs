//! String literals: their prefixes, escapes, and the fields of those that format.

use super::tokens::{Lexer, Result, Text};

/// What stands before a string's first quote.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefix {
    length: usize,
    is_raw: bool,
    is_bytes: bool,
    has_fields: bool,
}

/// The prefix of a string literal that begins here.
pub(super) fn prefix(source: &str) -> Option<Prefix> {
    let length = source.chars().take(3).position(|c| matches!(c, '"' | '\''))?;
    let letters = source.get(..length)?.to_ascii_lowercase();
    if !matches!(letters.as_str(), "" | "r" | "u" | "b" | "br" | "rb" | "f" | "fr" | "rf" | "t" | "tr" | "rt") {
        return None;
    }
    let has = |letter: char| letters.contains(letter);
    Some(Prefix { length, is_raw: has('r'), is_bytes: has('b'), has_fields: has('f') || has('t') })
}

/// A string literal from its prefix to its last quote.
pub(super) fn text<'a>(lexer: &mut Lexer<'a>, prefix: Prefix) -> Result<Text<'a>> {
    let first_line = lexer.line;
    (0..prefix.length).for_each(|_| {
        lexer.bump();
    });
    let quote = if lexer.starts_with("\"") { "\"" } else { "'" };
    let triple = if quote == "\"" { "\"\"\"" } else { "'''" };
    let ending = if lexer.starts_with(triple) { triple } else { quote };
    lexer.skip(ending);
    let start = lexer.position();
    let mut text = Text { is_bytes: prefix.is_bytes, plain: None, fields: Vec::new() };
    let mut is_plain = !prefix.has_fields && !prefix.is_bytes;
    loop {
        let content = lexer.since(start);
        if lexer.skip(ending) {
            text.plain = is_plain.then_some(content);
            return Ok(text);
        }
        match lexer.peek() {
            None => {
                lexer.line = first_line;
                return lexer.fails("a string that does not end");
            }
            Some('\n' | '\r') if ending.len() == 1 => return lexer.fails("a string that does not end"),
            Some('\\') => {
                is_plain &= prefix.is_raw;
                escape(lexer, prefix)?;
            }
            Some('{') if prefix.has_fields => literal_or_field(lexer, ending, prefix, &mut text)?,
            Some('}') if prefix.has_fields => {
                if !lexer.skip("}}") {
                    return lexer.fails("a single `}` in a string with fields");
                }
            }
            Some(c) if prefix.is_bytes && !c.is_ascii() => return lexer.fails("bytes hold ASCII characters only"),
            Some(_) => {
                lexer.bump();
            }
        }
    }
}

fn escape(lexer: &mut Lexer<'_>, prefix: Prefix) -> Result<()> {
    lexer.bump();
    if prefix.has_fields && (lexer.starts_with("{") || lexer.starts_with("}")) {
        return Ok(());
    }
    let Some(escaped) = lexer.bump() else { return lexer.fails("a string that does not end") };
    if escaped == '\r' {
        lexer.skip("\n");
    }
    if prefix.is_raw {
        return Ok(());
    }
    match escaped {
        'x' => hexadecimal(lexer, 2).map(drop),
        'u' if !prefix.is_bytes => hexadecimal(lexer, 4).map(drop),
        'U' if !prefix.is_bytes => match hexadecimal(lexer, 8)? {
            0..=0x0010_FFFF => Ok(()),
            _ => lexer.fails("an escape names no character"),
        },
        'N' if !prefix.is_bytes => {
            let end = lexer.rest().find('}').filter(|end| *end > 1 && lexer.starts_with("{"));
            let Some(end) = end else { return lexer.fails("`\\N` wants a character's name in braces") };
            let name = lexer.rest().get(..=end).unwrap_or_default();
            lexer.skip(name);
            Ok(())
        }
        c if prefix.is_bytes && !c.is_ascii() => lexer.fails("bytes hold ASCII characters only"),
        _ => Ok(()),
    }
}

fn hexadecimal(lexer: &mut Lexer<'_>, count: usize) -> Result<u32> {
    let digits = lexer.rest().get(..count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let Some(digits) = digits else { return lexer.fails(format!("an escape wants {count} hexadecimal digits")) };
    lexer.skip(digits);
    Ok(u32::from_str_radix(digits, 16).unwrap_or(u32::MAX))
}

/// `{{`, or a field.
fn literal_or_field<'a>(lexer: &mut Lexer<'a>, ending: &str, prefix: Prefix, text: &mut Text<'a>) -> Result<()> {
    if lexer.skip("{{") { Ok(()) } else { field(lexer, ending, prefix, 0, text) }
}

/// Formats inside of formats: CPython's own limit.
const MOST_FORMATS: usize = 2;

/// A field: expression, conversion, format. It lies in as many formats.
fn field<'a>(lexer: &mut Lexer<'a>, ending: &str, prefix: Prefix, formats: usize, text: &mut Text<'a>) -> Result<()> {
    if formats > MOST_FORMATS {
        return lexer.fails("formats are nested too deeply");
    }
    lexer.skip("{");
    let tokens = lexer.field()?;
    text.fields.push(tokens);
    if lexer.skip("!") {
        let conversion = lexer.bump();
        if !matches!(conversion, Some('r' | 's' | 'a')) {
            return lexer.fails("a field's conversion is `!r`, `!s` or `!a`");
        }
        while lexer.skip(" ") {}
    }
    if lexer.skip(":") {
        format(lexer, ending, prefix, formats, text)?;
    }
    if lexer.skip("}") { Ok(()) } else { lexer.fails("a field in a string is never closed") }
}

/// A field's format, up to its `}`; it may hold fields itself.
fn format<'a>(lexer: &mut Lexer<'a>, ending: &str, prefix: Prefix, formats: usize, text: &mut Text<'a>) -> Result<()> {
    loop {
        if lexer.starts_with(ending) {
            return lexer.fails("a field in a string is never closed");
        }
        match lexer.peek() {
            None | Some('}') => return Ok(()),
            Some('{') => field(lexer, ending, prefix, formats + 1, text)?,
            Some('\\') => escape(lexer, prefix)?,
            Some(_) => {
                lexer.bump();
            }
        }
    }
}
