//! Identifiers: as SQL reads them, and as names of columns and methods become them.

use std::collections::HashSet;
use std::fmt;

use super::IDENTIFIER_CHARS;
use super::reserved::is_reserved;
use crate::error::{Error, Result};

/// A name as the database stores it. `Display` writes it as SQL: bare where that means the same, else in quotes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier(String);

impl Identifier {
    /// What SQL reads: a bare word, which is folded to upper case, or a text in double quotes, which is kept.
    pub fn parse(text: &str) -> Result<Self> {
        let refused = |message: String| Error::usage("snowflake-identifier", message);
        if let Some(quoted) = text.strip_prefix('"') {
            let inside = quoted.strip_suffix('"').filter(|inside| !inside.replace("\"\"", "").contains('"'));
            let inside = inside.ok_or_else(|| {
                refused(format!("`{text}`: expected one text in double quotes, with every quote inside written twice"))
            })?;
            return Identifier::verbatim(&inside.replace("\"\"", "\""));
        }
        if !is_word(text) {
            let message = format!(
                "`{text}` is no identifier: expected a letter or `_`, then letters, digits, `_` or `$`, or a text in double quotes"
            );
            return Err(refused(message));
        }
        Identifier::verbatim(&text.to_ascii_uppercase())
    }

    /// A name as it is written: nothing is folded, and quotes stand for themselves.
    pub fn verbatim(name: &str) -> Result<Self> {
        let refused = |message: String| Err(Error::usage("snowflake-identifier", message));
        let length = name.chars().count();
        if length == 0 {
            return refused("an identifier is empty".into());
        }
        if length > IDENTIFIER_CHARS {
            let start: String = name.chars().take(40).collect();
            return refused(format!(
                "an identifier holds at most {IDENTIFIER_CHARS} characters, found {length}: `{start}…`"
            ));
        }
        if name.contains('\0') {
            return refused(format!("`{}` holds a NUL character", name.replace('\0', "\\0")));
        }
        Ok(Identifier(name.to_owned()))
    }

    /// What the name of a column or method becomes: itself where names are case sensitive, else what SQL reads.
    pub fn of_name(name: &str, case_sensitive: bool) -> Result<Self> {
        if case_sensitive {
            return Identifier::verbatim(name);
        }
        Identifier::parse(name).map_err(|error| error.hint("`case_sensitive=true` takes the name as it is written"))
    }

    /// The name as the database stores it.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether SQL reads the name bare as a word of its own, so that every statement has to quote it.
    pub fn is_reserved(&self) -> bool {
        is_reserved(&self.0)
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_word(&self.0) && !self.0.bytes().any(|byte| byte.is_ascii_lowercase()) && !self.is_reserved() {
            return f.write_str(&self.0);
        }
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

/// Whether a text is an identifier without quotes.
fn is_word(text: &str) -> bool {
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
    let mut chars = text.chars();
    chars.next().is_some_and(starts) && chars.all(|c| starts(c) || c.is_ascii_digit() || c == '$')
}

/// The identifiers of some names, which must differ: `a` and `A` are one where names are not case sensitive.
pub fn identifiers<'a>(names: impl IntoIterator<Item = &'a str>, case_sensitive: bool) -> Result<Vec<Identifier>> {
    let mut known = HashSet::new();
    let mut all = Vec::new();
    for name in names {
        let identifier = Identifier::of_name(name, case_sensitive)?;
        if !known.insert(identifier.clone()) {
            let message = format!("`{name}` is the second name that SQL reads as {identifier}");
            let error = Error::usage("snowflake-duplicate", message);
            return Err(match case_sensitive {
                true => error,
                false => error.hint("`case_sensitive=true` tells names apart that differ by case"),
            });
        }
        all.push(identifier);
    }
    Ok(all)
}

/// A name with the schema and the database around it, where these are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualifiedName {
    /// The database.
    pub database: Option<Identifier>,
    /// The schema.
    pub schema: Option<Identifier>,
    /// The name itself.
    pub name: Identifier,
}

impl QualifiedName {
    /// Reads `name`, `schema.name` or `database.schema.name`; a dot inside quotes belongs to the name.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parts = vec![String::new()];
        let mut quoted = false;
        for c in text.chars() {
            quoted ^= c == '"';
            match parts.last_mut() {
                Some(last) if c != '.' || quoted => last.push(c),
                _ => parts.push(String::new()),
            }
        }
        let mut parts: Vec<Identifier> = parts
            .iter()
            .map(|part| Identifier::parse(part).map_err(|error| error.at(format!("`{text}`"))))
            .collect::<Result<_>>()?;
        let mut last = || parts.pop();
        match (last(), last(), last(), last()) {
            (Some(name), schema, database, None) => Ok(QualifiedName { database, schema, name }),
            _ => Err(Error::usage(
                "snowflake-identifier",
                format!("`{text}`: expected `name`, `schema.name` or `database.schema.name`"),
            )),
        }
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.database, &self.schema].into_iter().flatten() {
            write!(f, "{part}.")?;
        }
        self.name.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> Result<String, String> {
        Identifier::parse(text).map(|found| found.name().to_owned()).map_err(|error| error.to_string())
    }

    /// What snowflake-ml-python 2.6.0's SqlIdentifier resolves these to, or that it refuses them.
    #[test]
    fn identifiers_are_read_as_sql_reads_them() {
        for (text, expected) in [
            ("abc", "ABC"),
            ("_a$1", "_A$1"),
            ("\"abc\"", "abc"),
            ("\"ABC\"", "ABC"),
            ("\"petal length (cm)\"", "petal length (cm)"),
            ("\"a\"\"b\"", "a\"b"),
            ("\"\"\"\"", "\""),
        ] {
            assert_eq!(stored(text).as_deref(), Ok(expected), "{text}");
        }
        for text in ["", "\"\"", "\"", "1a", "rc-1", "1.0", "a b", "é", "\"a\"b\"", "\"a", "a\"", "$a", "\"\"\""] {
            assert!(stored(text).is_err(), "{text}");
        }
    }

    #[test]
    fn identifiers_are_written_so_that_sql_reads_them_back() {
        for (name, expected) in [
            ("ABC", "ABC"),
            ("abc", "\"abc\""),
            ("A b", "\"A b\""),
            ("a\"b", "\"a\"\"b\""),
            ("SELECT", "\"SELECT\""),
            ("1", "\"1\""),
            ("_", "_"),
        ] {
            let identifier = Identifier::verbatim(name).unwrap();
            assert_eq!(identifier.to_string(), expected);
            assert_eq!(Identifier::parse(expected).unwrap(), identifier);
        }
    }

    #[test]
    fn an_identifier_holds_255_characters_and_no_more() {
        for letter in ["a", "é"] {
            let quoted = |count: usize| format!("\"{}\"", letter.repeat(count));
            assert!(stored(&quoted(255)).is_ok());
            assert!(stored(&quoted(256)).unwrap_err().contains("found 256"));
        }
        assert!(stored(&"a".repeat(255)).is_ok());
        assert!(stored(&"a".repeat(256)).is_err());
        assert!(Identifier::verbatim("a\0").is_err());
    }

    #[test]
    fn names_that_sql_reads_as_one_are_refused() {
        let names = |names: &[&str], case_sensitive| {
            identifiers(names.iter().copied(), case_sensitive).map_err(|error| error.code())
        };
        assert_eq!(names(&["a", "b"], false).unwrap().iter().map(Identifier::name).collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(names(&["a", "A"], false), Err("snowflake-duplicate"));
        assert_eq!(names(&["a", "\"A\""], false), Err("snowflake-duplicate"));
        assert_eq!(names(&["a", "A"], true).unwrap().len(), 2);
        assert_eq!(names(&["a", "a"], true), Err("snowflake-duplicate"));
        assert_eq!(names(&["petal length (cm)"], false), Err("snowflake-identifier"));
        assert_eq!(names(&["petal length (cm)"], true).unwrap()[0].to_string(), "\"petal length (cm)\"");
        // Where names are taken as they are written, quotes are part of them.
        assert_eq!(names(&["\"COL\""], true).unwrap()[0].to_string(), "\"\"\"COL\"\"\"");
    }

    #[test]
    fn names_may_be_qualified() {
        let parse = |text: &str| QualifiedName::parse(text).map(|name| name.to_string());
        assert_eq!(parse("m").unwrap(), "M");
        assert_eq!(parse("s.m").unwrap(), "S.M");
        assert_eq!(parse("d.\"s.x\".\"m\"").unwrap(), "D.\"s.x\".\"m\"");
        let full = QualifiedName::parse("d.s.m").unwrap();
        assert_eq!((full.database.unwrap().name(), full.schema.unwrap().name(), full.name.name()), ("D", "S", "M"));
        for text in ["", ".m", "m.", "a.b.c.d", "a..b", "a.\"b", "a b.c"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
