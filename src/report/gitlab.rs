//! Findings as GitLab's code quality report, which merge requests show: one array of JSON objects.

use serde_json::{Value, json};

use super::place::{Fingerprints, Place};
use super::{escape, escape_json};
use crate::finding::{Report, Severity};

/// Writes an object per finding.
pub fn render(reports: &[Report]) -> String {
    let mut fingerprints = Fingerprints::default();
    let mut issues: Vec<Value> = Vec::new();
    for report in reports {
        for finding in &report.findings {
            let place = Place::of(report, finding);
            issues.push(json!({
                "description": escape(&place.sentence(finding)),
                "check_name": finding.code,
                "fingerprint": fingerprints.next(&place, finding),
                "severity": match finding.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Note => "info",
                },
                "location": {"path": place.file.trim_start_matches("./"), "lines": {"begin": place.line}},
            }));
        }
    }
    escape_json(&serde_json::to_string_pretty(&issues).unwrap_or_default()) + "\n"
}
