//! The only place that reads and writes YAML, under a strict budget: small, shallow, one document, no aliases.
//!
//! What is written reads back the same under YAML 1.1 (PyYAML) and 1.2: `3.10`, `no` and `1e3` are quoted when they
//! are text. `serde_yaml` is archived, so the name stands for its safe successor.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_yaml::options::DuplicateKeyPolicy;

use crate::error::{Error, Result};
use crate::limits;

/// Deepest nesting of a document.
const DEPTH: usize = 32;

/// Reads a YAML document of at most [`limits::YAML_BYTES`].
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    limits::YAML_BYTES.check_len(bytes.len())?;
    parse_within(bytes)
}

/// Reads a YAML document whose size the caller has checked.
pub fn parse_within<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Error::malformed("yaml", "the document is not UTF-8").at(format!("byte {}", error.valid_up_to()))
    })?;
    serde_yaml::from_str_with_options(text, options(bytes.len())).map_err(|error| parse_error(&error))
}

/// Whether a document holds nothing but blank lines and comments.
pub fn is_empty(bytes: &[u8]) -> bool {
    let blank = |line: &[u8]| line.trim_ascii_start().first().is_none_or(|byte| *byte == b'#');
    bytes.split(|byte| *byte == b'\n').all(blank)
}

/// Writes a YAML document that PyYAML reads back the same.
pub fn emit<T: Serialize>(value: &T) -> Result<String> {
    let options = serde_yaml::ser_options! { prefer_block_scalars: false, compact_list_indent: false };
    let mut text = String::new();
    serde_yaml::to_fmt_writer_with_options(&mut text, value, options)
        .map_err(|error| Error::internal(format!("YAML cannot be written: {error}")))?;
    Ok(text)
}

fn options(length: usize) -> serde_yaml::Options {
    let budget = serde_yaml::budget! {
        max_depth: DEPTH,
        flow_nesting_limit: DEPTH,
        max_aliases: 0,
        max_anchors: 0,
        max_documents: 1,
        max_merge_keys: 0,
        max_nodes: length + 2,
        max_events: 2 * length + 8,
    };
    let mut options = serde_yaml::options! {
        duplicate_keys: DuplicateKeyPolicy::Error,
        with_snippet: false,
    };
    options.budget = budget;
    options
}

fn parse_error(error: &serde_yaml::Error) -> Error {
    let plain = error.without_snippet();
    let place = plain
        .location()
        .filter(|location| location.line() > 0)
        .map(|location| format!("line {}, column {}", location.line(), location.column()));
    let told = match plain {
        serde_yaml::Error::SerdeUnknownField { field, expected, .. } => {
            Error::malformed("yaml", format!("`{}` is no key here", shown(field))).known("the keys", field, expected)
        }
        serde_yaml::Error::SerdeUnknownVariant { variant, expected, .. } => Error::malformed(
            "yaml",
            format!("`{}` is no value here", shown(variant)),
        )
        .known("the values", variant, expected),
        _ => {
            let message = plain.render();
            let message = message.lines().next().unwrap_or("the document cannot be read");
            let known = place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
            Error::malformed("yaml", message.trim_end_matches(&known))
        }
    };
    match place {
        Some(place) => told.at(place),
        None => told,
    }
}

/// The start of a name from the document.
fn shown(name: &str) -> String {
    let start: String = name.chars().take(60).collect();
    if start.len() < name.len() { format!("{start}…") } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn text_that_looks_like_something_else_is_quoted() {
        // Each of these is another type under YAML 1.1 or 1.2 when it stands bare.
        let traps = [
            "3.10",
            "3.0",
            "no",
            "NO",
            "on",
            "y",
            "yes",
            "true",
            "null",
            "~",
            "",
            "1e3",
            "1e21",
            "0o17",
            "017",
            "1_000",
            "12:30:45",
            "2026-11-01",
            ".inf",
            ".nan",
            "0x1F",
            "- a",
            "a: b",
            "#c",
            " a",
            "a ",
            "@a",
            "*a",
            "&a",
            "!a",
            "%a",
            "a\nb",
            "=",
            "<<",
            "é",
            "\u{7}",
            "'",
            "\"",
            "\\",
            "|",
            ">",
            "[",
            "{",
            "1.",
            "+1",
            "-",
        ];
        let map: BTreeMap<String, String> = traps.iter().map(|text| (format!("k{text}"), text.to_string())).collect();
        let text = emit(&map).unwrap();
        assert_eq!(parse::<BTreeMap<String, String>>(text.as_bytes()).unwrap(), map);
        let untyped: serde_json::Value = parse(text.as_bytes()).unwrap();
        assert_eq!(untyped, serde_json::to_value(&map).unwrap());
        for bare in ["3.10", "no", "1e3", "on", "12:30:45", "2026-11-01", "=", "1_000"] {
            assert!(!emit(&bare).unwrap().trim_end().eq(bare), "`{bare}` is written bare");
        }
    }

    #[test]
    fn numbers_survive() {
        let numbers = [0.1, 1e21, -0.0, 5e-324, 1e300, 3.0, 123456789.125];
        let text = emit(&numbers).unwrap();
        assert_eq!(parse::<Vec<f64>>(text.as_bytes()).unwrap(), numbers);
    }

    #[test]
    fn what_is_not_plain_data_is_refused_with_its_place() {
        type Any = serde_json::Value;
        for (text, expected) in [
            ("a: 1\nb: [1\n", "line"),
            ("a: 1\na: 2\n", "line 2"),
            ("a: &x 1\nb: *x\n", "line"),
            ("--- 1\n--- 2\n", "line"),
        ] {
            let error = parse::<Any>(text.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "yaml", "{text}");
            assert!(error.place().is_some_and(|place| place.contains(expected)), "{text}: {error:?}");
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Known {
            #[allow(dead_code)]
            sample: Vec<Known>,
        }
        let error = parse::<Known>(b"sample:\n  - {sampel: []}\n").unwrap_err();
        assert_eq!(error.to_string(), "`sampel` is no key here");
        assert_eq!(error.place().as_deref(), Some("line 2, column 6"));
        assert_eq!(error.advice(), Some("did you mean `sample`? the keys are sample"));
        assert!(parse::<Any>(b"a: \xff").unwrap_err().to_string().contains("UTF-8"));
        assert!(parse::<Any>("[".repeat(100_000).as_bytes()).is_err());
        let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse::<Any>(deep(DEPTH).as_bytes()).is_ok());
        assert!(parse::<Any>(deep(DEPTH + 1).as_bytes()).is_err());
        let limit = usize::try_from(limits::YAML_BYTES.value()).unwrap();
        let long = format!("\"{}\"", "a".repeat(limit - 2));
        assert!(parse::<Any>(long.as_bytes()).is_ok());
        assert_eq!(parse::<Any>(format!("{long}\n").as_bytes()).unwrap_err().code(), "limit");
    }
}
