//! What a file would do to whoever loads it, as data.

use serde::{Deserialize, Serialize};

/// What is known of a file, from best to worst. Only the best is clean.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything in it is understood and does nothing but hold a model.
    #[default]
    Ok,
    /// Sound, but something in it is not known.
    Unsupported,
    /// Not what its format demands: two readers could read two things.
    Malformed,
    /// It runs code, or reaches files, processes or the network, where it is loaded or used.
    Dangerous,
}

impl Verdict {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Unsupported => "unsupported",
            Verdict::Malformed => "malformed",
            Verdict::Dangerous => "dangerous",
        }
    }
}

/// A class, function or operation that a file names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedImport {
    /// Its name: `module.qualname`, or an operation's.
    pub name: String,
    /// Where it is named first: the members of archives around it, and the byte.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// What is done with it: `named`, `called`, `constructed`, `given a state`, `given items`.
    pub uses: Vec<String>,
    /// What is known of it.
    pub verdict: Verdict,
}

/// What `scan` found out about one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// The file's format, told by its content.
    pub format: String,
    /// The worst of everything in it.
    pub verdict: Verdict,
    /// Everything that it names, in order of appearance.
    pub imports: Vec<NamedImport>,
}
