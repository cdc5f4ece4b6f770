//! What every code of a finding or an error means: `scorepack rule CODE` prints it. One file per stage.

mod artifact;
mod command;
mod data;
mod diff;
mod encoding;
mod environment;
mod framework;
mod oci;
mod origin;
mod scan;
mod snowflake;

use std::sync::LazyLock;

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

const fn doc(code: &'static str, title: &'static str, explanation: &'static str, cure: &'static str) -> CodeDoc {
    CodeDoc { code, title, explanation, cure }
}

/// Every code, sorted. tests/codes.rs holds them against what the sources use.
pub static CODES: LazyLock<Vec<&'static CodeDoc>> = LazyLock::new(|| {
    let stages = [
        command::CODES,
        encoding::CODES,
        environment::CODES,
        framework::CODES,
        data::CODES,
        diff::CODES,
        artifact::CODES,
        oci::CODES,
        origin::CODES,
        scan::CODES,
        snowflake::CODES,
    ];
    let mut codes: Vec<&CodeDoc> = stages.into_iter().flatten().collect();
    codes.sort_by_key(|known| known.code);
    codes
});

/// The documentation of a code.
pub fn documentation(code: &str) -> Option<&'static CodeDoc> {
    CODES.iter().find(|known| known.code == code).copied()
}
