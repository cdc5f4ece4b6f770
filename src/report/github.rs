//! Findings as GitHub workflow commands, which annotate a run.

use super::escape;
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
            let member = finding.file.as_deref().filter(|file| *file != report.subject);
            let inside: Vec<&str> = [member, finding.place.as_deref()].into_iter().flatten().collect();
            let place = if inside.is_empty() { String::new() } else { format!("{}: ", inside.join(", ")) };
            let hint = finding.hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            out.push_str(&format!(
                "::{command} file={},line={},title={}::{}\n",
                property(&report.subject),
                finding.line.filter(|_| member.is_none()).unwrap_or(1),
                property(&finding.code),
                data(&format!("{place}{}{hint}", finding.message))
            ));
        }
        let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
        out.push_str(&format!("{}: {errors} errors, {warnings} warnings\n", escape(&report.subject)));
    }
    out
}

/// The message: `%`, line breaks and what is hidden written out.
fn data(text: &str) -> String {
    escape(text).replace('%', "%25")
}

/// A property: `:` and `,` written out besides.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
