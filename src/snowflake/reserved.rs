//! Words that SQL keeps for itself, and names that a registry keeps for itself.

/// Words that cannot stand bare as the name of an object, a column or an argument, in Snowflake's documentation of
/// November 2026: those of ANSI and those of its own. Sorted.
static RESERVED: &[&str] = &[
    "ACCOUNT",
    "ALL",
    "ALTER",
    "AND",
    "ANY",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CHECK",
    "COLUMN",
    "CONNECT",
    "CONNECTION",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CURRENT",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DATABASE",
    "DELETE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "EXISTS",
    "FALSE",
    "FOLLOWING",
    "FOR",
    "FROM",
    "FULL",
    "GRANT",
    "GROUP",
    "GSCLUSTER",
    "HAVING",
    "ILIKE",
    "IN",
    "INCREMENT",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "ISSUE",
    "JOIN",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "MINUS",
    "NATURAL",
    "NOT",
    "NULL",
    "OF",
    "ON",
    "OR",
    "ORDER",
    "ORGANIZATION",
    "QUALIFY",
    "REGEXP",
    "REVOKE",
    "RIGHT",
    "RLIKE",
    "ROW",
    "ROWS",
    "SAMPLE",
    "SCHEMA",
    "SELECT",
    "SET",
    "SOME",
    "START",
    "TABLE",
    "TABLESAMPLE",
    "THEN",
    "TO",
    "TRIGGER",
    "TRUE",
    "TRY_CAST",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHENEVER",
    "WHERE",
    "WITH",
];

/// Names of versions that mean a version by its place; no version and no alias can have them.
static SYSTEM_ALIASES: &[&str] = &["DEFAULT", "FIRST", "LAST"];

/// Whether a stored name, written bare, would be read as a word of SQL.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.binary_search(&name).is_ok()
}

/// Whether a stored name is one that the registry gives to versions itself.
pub fn is_system_alias(name: &str) -> bool {
    SYSTEM_ALIASES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_and_found() {
        assert!(RESERVED.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(is_reserved("SELECT") && is_reserved("ORDER") && is_reserved("WITH") && is_reserved("ACCOUNT"));
        assert!(!is_reserved("select") && !is_reserved("AGE") && !is_reserved("PREDICT"));
        assert!(is_system_alias("LAST") && !is_system_alias("LATEST"));
    }
}
