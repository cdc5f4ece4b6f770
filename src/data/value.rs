//! One typed cell on its way into a field.

/// A cell of a format that has types.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// There is none.
    Missing,
    /// True or false.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// Another number; NaN is missing.
    Number(f64),
    /// Text.
    Text(&'a str),
}

impl Value<'_> {
    /// What it is, for messages.
    pub fn show(&self) -> String {
        match self {
            Value::Missing => "nothing".into(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Integer(value) => format!("`{value}`"),
            Value::Number(value) => format!("`{value:?}`"),
            Value::Text(text) => format!("the text `{}`", abridged(text)),
        }
    }
}

/// The beginning of a text, for messages.
pub fn abridged(text: &str) -> String {
    const MOST_CHARS: usize = 40;
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// The number that JSON spells as a string.
pub fn spelled_number(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}
