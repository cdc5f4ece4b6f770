//! Texts that lie beside a model: documents for people, tables, settings. They are told by content, and do nothing where
//! they are read; programs are told by their names, too, because that is how Python finds them.
//!
//! Not here: documents that are models (`document`), and pickles of protocols 0 and 1, which are texts as well.

use super::{Scanner, keras, template};
use crate::encoding::document::{Document, Object};
use crate::encoding::json::{self, Nonfinite};
use crate::error::{Error, Result};

/// Extensions of texts that something runs: interpreters, shells, databases, Python itself at its start.
const PROGRAMS: &[&str] = &[
    "py", "pyw", "pyx", "pyi", "pth", "ipynb", "sh", "bash", "zsh", "fish", "ps1", "bat", "cmd", "js", "mjs", "cjs",
    "ts", "rb", "pl", "php", "lua", "r", "jl", "sql",
];
/// Extensions of templates for Jinja.
const TEMPLATES: &[&str] = &["jinja", "jinja2", "j2"];
/// Words without which a document is not read: keys that name classes, or escapes in which such keys can be written.
const MARKS: &[&[u8]] = &[b"class_name", b"chat_template", b"\\u"];
/// Where Keras keeps the class of what a configuration describes, and its settings.
const CLASS: &str = "class_name";
const SETTINGS: &str = "config";
/// Where tokenizers keep templates of conversations.
const CHAT: &str = "chat_template";

/// Whether content is text: UTF-8 without control characters.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    let is_plain = |byte: &u8| *byte >= b' ' && *byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    bytes.iter().all(is_plain) && std::str::from_utf8(bytes).is_ok()
}

/// Scans a text by the name of its file.
pub(super) fn scan(name: &str, bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    scanner.is(super::TEXT);
    let extension = name.rsplit(['/', '.']).next().filter(|_| name.contains('.')).unwrap_or_default();
    let extension = extension.to_ascii_lowercase();
    if !bytes.is_empty() && (PROGRAMS.contains(&extension.as_str()) || bytes.starts_with(b"#!")) {
        return Err(Error::unsupported("scan-program", "a program in source, which is not judged here")
            .hint("read it before anything imports or runs it"));
    }
    if TEMPLATES.contains(&extension.as_str()) {
        template::judge(std::str::from_utf8(bytes).unwrap_or_default(), scanner);
    }
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[') => documents(bytes, scanner),
        _ => Ok(()),
    }
}

/// A document of JSON, or one a line. One that cannot be read could hold anything for a reader that takes more.
fn documents(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let mut marks = MARKS.iter();
    if !marks.any(|mark| memchr::memmem::find(bytes, mark).is_some()) {
        return Ok(());
    }
    if let Ok(document) = json::read(bytes, Nonfinite::Words) {
        return judge(bytes, &document, scanner);
    }
    for line in bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()) {
        let document = json::read(line, Nonfinite::Words).map_err(|error| {
            let message = format!("a document that names classes or templates cannot be read as JSON: {error}");
            Error::unsupported("scan-document", message)
        })?;
        judge(line, &document, scanner)?;
    }
    Ok(())
}

fn judge(bytes: &[u8], document: &Document<'_>, scanner: &mut Scanner) -> Result<()> {
    let Ok(object) = document.object() else { return Ok(()) };
    chat_templates(object, scanner);
    match object.get(CLASS).is_some() && object.get(SETTINGS).is_some() {
        true => keras::scan_configuration(bytes, scanner),
        false => Ok(()),
    }
}

/// One template, or several with names.
fn chat_templates(object: &Object<'_>, scanner: &mut Scanner) {
    let Some(value) = object.get(CHAT) else { return };
    let named = value.items().unwrap_or_default().iter().filter_map(|item| item.object().ok()?.get("template"));
    for text in std::iter::once(value).chain(named).filter_map(|value| value.text().ok()) {
        scanner.inside(CHAT, |scanner| {
            template::judge(text, scanner);
            Ok(())
        });
    }
}
