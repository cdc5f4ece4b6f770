//! What every code of a finding or an error means: `scorepack rule CODE` prints it.

/// The documentation of one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeDoc {
    /// The stable code.
    pub code: &'static str,
    /// What it says, in a few words.
    pub title: &'static str,
    /// What was found and why it matters.
    pub explanation: &'static str,
    /// What to do about it.
    pub cure: &'static str,
}

/// Every code, sorted.
pub static CODES: &[CodeDoc] = &[];

/// The documentation of a code.
pub fn documentation(code: &str) -> Option<&'static CodeDoc> {
    CODES.iter().find(|known| known.code == code)
}
