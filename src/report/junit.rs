//! Reports as JUnit XML: a suite per subject, a case per proof, per rule, and per error that no rule has told.
//!
//! Times are 0: the same content gives the same file. What is no error, but should be read, stands in `system-out`.

use std::collections::BTreeMap;

use super::escape;
use super::place::Place;
use crate::finding::{Finding, Outcome, Report, Severity};

/// Writes all suites.
pub fn render(reports: &[Report]) -> String {
    let suites: Vec<Suite> = reports.iter().map(Suite::of).collect();
    let total = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"scorepack\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"0\">\n{}</testsuites>\n",
        total(|suite| suite.tests),
        total(|suite| suite.failures),
        suites.iter().map(Suite::write).collect::<String>()
    )
}

/// The cases of one subject.
struct Suite {
    name: String,
    tests: usize,
    failures: usize,
    skipped: usize,
    cases: String,
    output: String,
}

impl Suite {
    fn of(report: &Report) -> Suite {
        let name = escape(&report.subject);
        let (cases, output) = (String::new(), String::new());
        let mut suite = Suite { name, tests: 0, failures: 0, skipped: 0, cases, output };
        for proof in &report.proofs {
            suite.case("proof", &proof.name, proof.outcome, &proof.detail, "");
        }
        let mut told: Vec<&Finding> = Vec::new();
        for rule in &report.rules {
            let findings: Vec<&Finding> = report.findings.iter().filter(|finding| finding.code == rule.code).collect();
            let text = lines(report, &findings);
            suite.case("rule", &rule.code, rule.outcome, &rule.title, &text);
            told.extend(findings);
        }
        let rest = report.findings.iter().filter(|finding| !told.iter().any(|told| std::ptr::eq(*told, *finding)));
        let (errors, others): (Vec<&Finding>, Vec<&Finding>) =
            rest.partition(|finding| finding.severity == Severity::Error);
        // Cases of one name are one case to those who read them: a number tells them apart.
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for finding in errors {
            let place = Place::of(report, finding);
            let inside = if place.inside.is_empty() { &place.file } else { &place.inside };
            let name = format!("{}: {inside}", finding.code);
            let count = names.entry(name.clone()).or_default();
            *count += 1;
            let name = if *count == 1 { name } else { format!("{name} ({count})") };
            suite.case("finding", &name, Outcome::Failed, &finding.message, &lines(report, &[finding]));
        }
        suite.output = lines(report, &others);
        suite
    }

    /// Adds a case; `text` is what was found, a line each.
    fn case(&mut self, class: &str, name: &str, outcome: Outcome, detail: &str, text: &str) {
        self.tests += 1;
        let output = if text.is_empty() { String::new() } else { format!("<system-out>{}</system-out>", xml(text)) };
        let inner = match outcome {
            Outcome::Passed => output,
            Outcome::Failed => {
                self.failures += 1;
                let message = attribute(detail);
                let text = if text.is_empty() { message.clone() } else { xml(text) };
                format!("<failure type=\"{class}\" message=\"{message}\">{text}</failure>")
            }
            other => {
                self.skipped += 1;
                format!("<skipped message=\"{}\"/>{output}", attribute(&format!("{}: {detail}", other.name())))
            }
        };
        let name = attribute(name);
        self.cases.push_str(&format!(
            "    <testcase classname=\"scorepack.{class}\" name=\"{name}\" time=\"0\">{inner}</testcase>\n"
        ));
    }

    fn write(&self) -> String {
        let output = match self.output.is_empty() {
            true => String::new(),
            false => format!("    <system-out>{}</system-out>\n", xml(&self.output)),
        };
        format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"0\">\n{}{output}  </testsuite>\n",
            xml(&self.name),
            self.tests,
            self.failures,
            self.skipped,
            self.cases
        )
    }
}

/// Findings as text, a line each, with nothing hidden in it.
fn lines(report: &Report, findings: &[&Finding]) -> String {
    let line = |finding: &&Finding| {
        let place = Place::of(report, finding);
        let line = if place.line > 1 { format!(", line {}", place.line) } else { String::new() };
        escape(&format!("{}{line}: {}", place.file, place.sentence(finding)))
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Text of a report inside a quoted attribute.
fn attribute(text: &str) -> String {
    xml(&escape(text))
}

/// Text with nothing hidden in it but line breaks, as XML.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
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
