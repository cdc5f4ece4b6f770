//! Values as Python source: the only way a value gets into score.py or into a constraint.

use serde_json::Value;

/// A Python literal of the value, on one line and in ASCII but for letters and digits.
pub fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("\"{}\"", escaped(text)),
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| format!("\"{}\": {}", escaped(key), literal(value));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

/// Text between double quotes, single or triple.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            ' '..='~' => escaped.push(c),
            _ if c.is_alphanumeric() => escaped.push(c),
            _ => escaped.push_str(&match u32::from(c) {
                code @ ..=0xFF => format!("\\x{code:02x}"),
                code @ ..=0xFFFF => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_escapes_from_a_literal() {
        for (value, expected) in [
            (json!(null), "None"),
            (json!([true, false]), "[True, False]"),
            (json!([1, -2.5, 1e300]), "[1, -2.5, 1e+300]"),
            (json!("größe"), "\"größe\""),
            (json!("\"\"\"\n\\'{{ x }}\u{2028}\u{1F600}\0"), r#""\"\"\"\x0a\\'{{ x }}\u2028\U0001f600\x00""#),
            (json!({"a\"": "b"}), r#"{"a\"": "b"}"#),
        ] {
            assert_eq!(literal(&value), expected);
        }
    }
}
