//! What can be compiled of a framework: its estimators or objectives, their methods, what is refused of them and why.

use serde::Serialize;

/// One estimator or objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Support {
    /// The class, or the objective.
    pub name: &'static str,
    /// The class's public package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<&'static str>,
    /// What becomes of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What becomes of an estimator or objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Verdict {
    /// It is compiled.
    Compiled {
        /// The methods that some of its kind have, in the order in which they are shown.
        methods: Methods,
        /// Its variants that are refused.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        refuses: Vec<RefusedVariant>,
    },
    /// It is refused.
    Refused {
        /// Its technical reason, after the name in a sentence.
        reason: &'static str,
    },
}

/// The methods of an estimator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Methods {
    /// These.
    Named(Vec<&'static str>),
    /// Those of the estimator inside it.
    OfTheInner,
}

/// A variant that is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedVariant {
    /// What is refused: `kernel=callable`.
    pub what: &'static str,
    /// Its technical reason.
    pub why: &'static str,
}

impl Support {
    /// An objective that is compiled; its methods are its wrapper's.
    pub fn objective(name: &'static str) -> Self {
        let methods = Methods::Named(Vec::new());
        Support { name, package: None, verdict: Verdict::Compiled { methods, refuses: Vec::new() } }
    }
}
