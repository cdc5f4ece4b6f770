//! Names of the members of archives: portable, unambiguous, and never outside the folder they are unpacked to.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::error::{Error, Result};

/// Bytes of a whole name.
const NAME_BYTES: usize = 512;
/// Folders and the file's own name.
const COMPONENTS: usize = 16;
/// Bytes of one component: what file systems take.
const COMPONENT_BYTES: usize = 255;
/// Device names of Windows, with any extension; `com` and `lpt` with a digit are more.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];
/// Bytes of the longest.
const DEVICE_BYTES: usize = 4;

/// Refuses a name that is not portable or could leave the artifact.
pub fn check_name(name: &str) -> Result<()> {
    match reason_against(name) {
        None => Ok(()),
        Some(reason) => Err(Error::malformed("member-name", format!("the name {name:?} {reason}"))),
    }
}

fn reason_against(name: &str) -> Option<String> {
    if name.len() > NAME_BYTES {
        return Some(format!("is longer than {NAME_BYTES} bytes"));
    }
    if name.bytes().filter(|byte| *byte == b'/').count() >= COMPONENTS {
        return Some(format!("has more than {COMPONENTS} components"));
    }
    // Most names have nothing else, and an artifact may have a hundred thousand.
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-')) {
        if !name.is_ascii() && !is_nfc(name) {
            return Some("is not in Unicode normal form C".into());
        }
        if let Some(bad) = name.chars().find(|c| is_forbidden(*c) || is_invisible(*c)) {
            return Some(format!("has the character {bad:?}"));
        }
    }
    name.split('/').find_map(component_reason).map(str::to_owned)
}

fn component_reason(component: &str) -> Option<&'static str> {
    match component {
        "" => return Some("has an empty component"),
        "." | ".." => return Some("has a component `.` or `..`"),
        _ => {}
    }
    if component.len() > COMPONENT_BYTES {
        return Some("has a component longer than 255 bytes");
    }
    if component.ends_with(['.', ' ']) {
        return Some("has a component that ends in a dot or a space");
    }
    is_device(component).then_some("has a component that is a device on Windows")
}

fn is_device(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or("").trim_end();
    if stem.len() > DEVICE_BYTES || stem.len() < DEVICES[0].len() {
        return false;
    }
    let stem = stem.to_ascii_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1 && matches!(rest.as_bytes(), [b'1'..=b'9']))
    };
    DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

/// Characters that some file system forbids or reads as a separator.
fn is_forbidden(c: char) -> bool {
    matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

/// Control, format, surrogate, private and unassigned-by-design characters: nothing a reader can see.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x600..=0x605 | 0x61C | 0x6DD | 0x70F | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F
            | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF | 0xFEFF | 0xFFF0..=0xFFFB | 0xE0000..=0x10FFFF)
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Refuses names of which two are one file on some file system, or one is a folder of another.
pub fn check_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut files: Vec<(Cow<'_, str>, &str)> = names.map(|name| (fold(name), name)).collect();
    // By the folded name, and of equal ones in the order given; names often come so.
    files.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some([(_, other), (_, name)]) = files.array_windows().find(|[one, next]| one.0 == next.0) {
        let message = format!("the names {other:?} and {name:?} differ in letter case only, or not at all");
        return Err(Error::malformed("member-name", message));
    }
    let is_file = |name: &str| files.binary_search_by(|(file, _)| file.as_ref().cmp(name)).ok();
    let mut before = "";
    for (file, _) in &files {
        let folders = file.match_indices('/').filter_map(|(end, _)| file.get(..end));
        // Those of the name before were looked up.
        let folders = folders.filter(|folder| !before.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
        if let Some((_, name)) = folders.filter_map(is_file).next().and_then(|i| files.get(i)) {
            return Err(Error::malformed("member-name", format!("{name:?} is both a file and a folder")));
        }
        before = file;
    }
    Ok(())
}

/// The same text for all names that a file system without letter case takes for one.
fn fold(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => name.to_ascii_lowercase().into(),
            false => name.into(),
        };
    }
    name.nfc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfc().collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portable_names_are_accepted() {
        let long = "a".repeat(COMPONENT_BYTES);
        for name in
            ["score.py", ".model-ignore", "runtime/wasmtime/__init__.py", "größe/東京.txt", "console", "com10", &long]
        {
            assert!(check_name(name).is_ok(), "{name}");
        }
        let deep = vec!["a"; COMPONENTS].join("/");
        assert!(check_name(&deep).is_ok());
        assert!(check_name(&format!("{deep}/a")).is_err());
        assert!(check_name(&format!("{long}a")).is_err());
        let widest = [long.as_str(), &"b".repeat(COMPONENT_BYTES)].join("/");
        assert!(check_name(&format!("{widest}/")).is_err());
        assert!(check_name(&widest).is_ok());
        assert!(check_name(&format!("{widest}/c")).is_err());
    }

    #[test]
    fn other_names_are_refused_with_a_reason() {
        for (name, reason) in [
            ("", "empty component"),
            ("/etc/passwd", "empty component"),
            ("a//b", "empty component"),
            ("../a", "`..`"),
            ("a/./b", "`.`"),
            ("a\\b", "character"),
            ("c:a", "character"),
            ("a\nb", "character"),
            ("a\u{202E}b", "character"),
            ("a\u{FEFF}", "character"),
            ("a.", "dot or a space"),
            ("a /b", "dot or a space"),
            ("nul.txt", "device"),
            ("x/COM1", "device"),
            ("e\u{301}", "normal form C"),
        ] {
            let error = check_name(name).unwrap_err();
            assert!(error.to_string().contains(reason), "{name:?}: {error}");
        }
    }

    #[test]
    fn names_that_collide_are_refused() {
        let check = |names: &[&str]| check_names(names.iter().copied());
        assert!(check(&["a", "b/a", "b/c"]).is_ok());
        for names in [["a", "a"], ["Score.py", "score.PY"], ["straße", "STRASSE"], ["a", "a/b"], ["A/b", "a"]] {
            assert!(check(&names).is_err(), "{names:?}");
        }
    }
}
