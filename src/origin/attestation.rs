//! What a verification found, as a statement of in-toto (predicate test-result 0.1): for policies that ask for one.
//!
//! Only what was proven counts as passed; what could not be decided or had nothing to be compared with is a warning.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::envelope;
use super::key::PrivateKey;
use super::statement::STATEMENT_TYPE;
use crate::artifact::Digest;
use crate::error::{Error, Result};
use crate::finding::{Outcome, Report, Severity};

const PREDICATE_TYPE: &str = "https://in-toto.io/attestation/test-result/v0.1";

/// Something with a name and a digest: what was verified, or what it was verified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub sha256: Digest,
}

impl Described {
    fn descriptor(&self) -> Value {
        json!({"name": self.name, "digest": {"sha256": self.sha256}})
    }
}

/// The statement that `report` makes on `subjects`, which were verified with further `inputs`.
pub fn test_result(subjects: &[Described], inputs: &[Described], report: &Report) -> Value {
    let named = |wanted: &[Outcome]| -> Vec<&str> {
        report.proofs.iter().filter(|proof| wanted.contains(&proof.outcome)).map(|proof| proof.name.as_str()).collect()
    };
    let warned = named(&[Outcome::NotProven, Outcome::NotCompared]);
    let mut failed = named(&[Outcome::Failed]);
    if failed.is_empty() {
        // What is wrong is then no proof's: a proof that was required and not decided, or a call that takes too long.
        let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
        failed.extend(errors.map(|finding| finding.code.as_str()).collect::<BTreeSet<_>>());
    }
    let result = match (failed.is_empty(), warned.is_empty()) {
        (false, _) => "FAILED",
        (true, false) => "WARNED",
        (true, true) => "PASSED",
    };
    let version = env!("CARGO_PKG_VERSION");
    let mut configuration = vec![json!({"name": "scorepack", "uri": format!("pkg:cargo/scorepack@{version}")})];
    configuration.extend(inputs.iter().map(Described::descriptor));
    json!({
        "_type": STATEMENT_TYPE,
        "subject": subjects.iter().map(Described::descriptor).collect::<Vec<_>>(),
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": result,
            "configuration": configuration,
            "passedTests": named(&[Outcome::Passed]),
            "warnedTests": warned,
            "failedTests": failed,
        },
    })
}

/// The statement as a file: as it is, or in an envelope that a key has signed.
pub fn written(statement: &Value, key: Option<&PrivateKey>) -> Result<Vec<u8>> {
    let failed = |error: serde_json::Error| Error::internal(format!("the statement is no JSON: {error}"));
    let mut text = match key {
        None => serde_json::to_vec_pretty(statement).map_err(failed)?,
        Some(key) => {
            let payload = serde_json::to_vec(statement).map_err(failed)?;
            serde_json::to_vec(&envelope::seal(&payload, key, &key.public().hint()?)?).map_err(failed)?
        }
    };
    text.push(b'\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::sha256;
    use crate::finding::{Finding, Proof};

    fn report(outcomes: &[(&'static str, Outcome)], findings: Vec<Finding>) -> Report {
        let proofs = outcomes.iter().map(|(name, outcome)| Proof::new(name, *outcome, "")).collect();
        Report { proofs, findings, ..Report::on("a.zip") }
    }

    #[test]
    fn only_what_is_proven_has_passed() {
        let subjects = [Described { name: "a.zip".into(), sha256: sha256(b"a") }];
        let required = || vec![Finding::error("proof-required", "")];
        for (outcomes, findings, expected) in [
            (
                &[("digests", Outcome::Passed), ("environment", Outcome::NotApplicable)][..],
                vec![],
                r#"PASSED ["digests"] [] []"#,
            ),
            (&[("digests", Outcome::Passed)], vec![Finding::warning("file-edited", "")], r#"PASSED ["digests"] [] []"#),
            (
                &[("digests", Outcome::Passed), ("framework", Outcome::NotCompared)],
                vec![],
                r#"WARNED ["digests"] ["framework"] []"#,
            ),
            (&[("recompile", Outcome::NotProven)], vec![], r#"WARNED [] ["recompile"] []"#),
            (&[("recompile", Outcome::NotProven)], required(), r#"FAILED [] ["recompile"] ["proof-required"]"#),
            (&[("digests", Outcome::Failed)], required(), r#"FAILED [] [] ["digests"]"#),
        ] {
            let statement = test_result(&subjects, &[], &report(outcomes, findings));
            let predicate = &statement["predicate"];
            let part = |key: &str| predicate[key].to_string();
            let found = format!(
                "{} {} {} {}",
                predicate["result"].as_str().unwrap(),
                part("passedTests"),
                part("warnedTests"),
                part("failedTests")
            );
            assert_eq!(found, expected);
            assert_eq!(statement["subject"][0]["digest"]["sha256"], sha256(b"a").to_string());
        }
    }
}
