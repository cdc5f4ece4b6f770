//! Reports as JUnit XML: a suite per subject, a case per proof and rule.

use super::escape;
use crate::finding::{Finding, Outcome, Report, Severity};

/// Writes all suites.
pub fn render(reports: &[Report]) -> String {
    let suites: String = reports.iter().map(suite).collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"scorepack\">\n{suites}</testsuites>\n")
}

fn suite(report: &Report) -> String {
    let mut cases = String::new();
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    let proofs = report.proofs.iter().map(|proof| ("proof", &proof.name, proof.outcome, proof.detail.as_str()));
    let rules = report.rules.iter().map(|rule| ("rule", &rule.code, rule.outcome, rule.title.as_str()));
    for (class, name, outcome, detail) in proofs.chain(rules) {
        tests += 1;
        let inner = match outcome {
            Outcome::Passed => String::new(),
            Outcome::Failed => {
                failures += 1;
                format!("<failure message=\"{}\"/>", attribute(detail))
            }
            other => {
                skipped += 1;
                format!("<skipped message=\"{}\"/>", attribute(&format!("{}: {detail}", other.name())))
            }
        };
        cases.push_str(&format!(
            "    <testcase classname=\"scorepack.{class}\" name=\"{}\">{inner}</testcase>\n",
            attribute(name)
        ));
    }
    for finding in report.findings.iter().filter(|finding| finding.severity == Severity::Error) {
        tests += 1;
        failures += 1;
        cases.push_str(&finding_case(finding));
    }
    format!(
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">\n{cases}  </testsuite>\n",
        attribute(&report.subject)
    )
}

fn finding_case(finding: &Finding) -> String {
    let place = [finding.file.clone(), finding.place.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let hint = finding.hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!(
        "    <testcase classname=\"scorepack.finding\" name=\"{}: {}\"><failure message=\"{}\"/></testcase>\n",
        attribute(&finding.code),
        attribute(&place),
        attribute(&format!("{}{hint}", finding.message))
    )
}

/// Text inside a quoted attribute.
fn attribute(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escape(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML has no place for these two at all.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
