//! Values as SQL literals.

use std::fmt;

use serde_json::Value;

/// A value that `Display` writes as a SQL expression.
#[derive(Debug, Clone, Copy)]
pub struct Literal<'a>(pub &'a Value);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("NULL"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Number(value) => write!(f, "{value}"),
            Value::String(text) => f.write_str(&text_literal(text)),
            Value::Array(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{}", if i == 0 { "" } else { ", " }, Literal(item))?;
                }
                f.write_str("]")
            }
            Value::Object(members) => {
                f.write_str("OBJECT_CONSTRUCT_KEEP_NULL(")?;
                for (i, (key, value)) in members.iter().enumerate() {
                    write!(f, "{}{}, {}", if i == 0 { "" } else { ", " }, text_literal(key), Literal(value))?;
                }
                f.write_str(")")
            }
        }
    }
}

/// A text in single quotes. A backslash begins an escape inside them, so it is written twice.
pub fn text_literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' => out.push_str("''"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The forms that snowflake-ml-python 2.6.0 writes for the defaults of parameters.
    #[test]
    fn values_are_written_as_sql() {
        for (value, expected) in [
            (json!(null), "NULL"),
            (json!(true), "true"),
            (json!(3), "3"),
            (json!(1.5), "1.5"),
            (json!("a"), "'a'"),
            (json!(["a"]), "['a']"),
            (json!([1, 2]), "[1, 2]"),
            (json!({"z": 1.5}), "OBJECT_CONSTRUCT_KEEP_NULL('z', 1.5)"),
            (
                json!({"a": null, "b": {"c": "d"}}),
                "OBJECT_CONSTRUCT_KEEP_NULL('a', NULL, 'b', OBJECT_CONSTRUCT_KEEP_NULL('c', 'd'))",
            ),
        ] {
            assert_eq!(Literal(&value).to_string(), expected);
        }
    }

    #[test]
    fn nothing_inside_a_text_ends_it() {
        for (text, expected) in [
            ("it's", "'it''s'"),
            ("a\\", "'a\\\\'"),
            ("\\'; DROP", "'\\\\''; DROP'"),
            ("a\nb\u{1}", "'a\\nb\\u0001'"),
            ("$$é", "'$$é'"),
        ] {
            assert_eq!(text_literal(text), expected);
        }
    }
}
