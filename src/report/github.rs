//! Findings as GitHub workflow commands, which annotate a run.

use super::escape;
use super::place::Place;
use crate::finding::{Report, Severity};

/// Writes a command per finding and a summary line per subject.
pub fn render(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        for finding in &report.findings {
            let command = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            let place = Place::of(report, finding);
            out.push_str(&format!(
                "::{command} file={},line={},title={}::{}\n",
                property(&place.file),
                place.line,
                property(&finding.code),
                data(&place.sentence(finding))
            ));
        }
        let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
        let counts = format!("{errors} {}, {warnings} {}", plural(errors, "error"), plural(warnings, "warning"));
        // The counts stand first: a line that begins with a name could be a command.
        out.push_str(&format!("{counts} in {}\n", escape(&report.subject).replace("##[", "##\\u{5b}")));
    }
    out
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// The message: `%`, line breaks and what is hidden written out.
fn data(text: &str) -> String {
    escape(text).replace('%', "%25")
}

/// A property: `:` and `,` written out besides.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
