//! Findings in SARIF 2.1.0, the subset that GitHub code scanning reads.

use serde_json::{Value, json};

use super::escape;
use crate::finding::{CODES, Finding, Report, Severity};

/// Writes one run over all reports; every rule of the findings is described.
pub fn render(reports: &[Report]) -> String {
    let findings: Vec<(&Report, &Finding)> =
        reports.iter().flat_map(|report| report.findings.iter().map(move |finding| (report, finding))).collect();
    let mut codes: Vec<&str> = findings.iter().map(|(_, finding)| finding.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<Value> = codes.iter().map(|code| rule(code)).collect();
    let results: Vec<Value> = findings.iter().map(|(report, finding)| result(report, finding, &codes)).collect();
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "scorepack",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": results,
            "columnKind": "unicodeCodePoints",
        }],
    });
    serde_json::to_string_pretty(&sarif).unwrap_or_default() + "\n"
}

fn rule(code: &str) -> Value {
    let known = CODES.iter().find(|known| known.code == code);
    let (title, text) = known.map_or((code, ""), |known| (known.title, known.explanation));
    json!({
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": if text.is_empty() { title } else { text }},
        "help": {"text": known.map_or(title, |known| known.cure)},
        "properties": {"tags": ["model", "registry"]},
    })
}

fn result(report: &Report, finding: &Finding, codes: &[&str]) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let member = finding.file.as_deref().filter(|file| *file != report.subject);
    let inside =
        [member.map(str::to_owned), finding.place.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let mut message = escape(&finding.message);
    if !inside.is_empty() {
        message = format!("{}: {message}", escape(&inside));
    }
    if let Some(hint) = &finding.hint {
        message.push_str(&format!(" ({})", escape(hint)));
    }
    // The artifact is what a repository holds, so it is the location; the member stands in the message.
    json!({
        "ruleId": finding.code,
        "ruleIndex": codes.iter().position(|code| *code == finding.code),
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&report.subject)},
            "region": {"startLine": finding.line.filter(|_| member.is_none()).unwrap_or(1)},
        }}],
        "partialFingerprints": {"scorepack/v1": format!("{}:{inside}", finding.code)},
    })
}

/// A relative path as a URI reference: everything but unreserved characters and `/` in percent form.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").trim_start_matches("./").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
