//! Findings in SARIF 2.1.0, with what GitHub code scanning asks for besides: descriptions and help of every rule, a file
//! and a line for every result, fingerprints that stay from run to run, and no more results than it takes.

use serde_json::{Value, json};

use super::place::{Fingerprints, Place};
use super::{escape, escape_json};
use crate::finding::{Finding, Report, Severity, documentation};

/// The most results that GitHub takes of a run.
const MOST_RESULTS: usize = 25_000;
/// The name of the repository's root, to which the paths of results are relative.
const ROOT: &str = "%SRCROOT%";
/// Codes of files that run code when Python loads them.
const RUNS_CODE: [&str; 9] = [
    "pickle-build-on-import",
    "pickle-computed-call",
    "pickle-computed-name",
    "pickle-dangerous-import",
    "pickle-extension",
    "pickle-source-text",
    "pickle-special-attribute",
    "pickle-unexpected-operands",
    "pickle-unexpected-use",
];
/// CVSS 3.1 of `AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H`: someone loads a file that came from elsewhere.
const RUNS_CODE_SEVERITY: &str = "8.8";

/// Writes one run over all reports; every rule of the findings is described.
pub fn render(reports: &[Report]) -> String {
    let mut findings: Vec<(&Report, &Finding)> =
        reports.iter().flat_map(|report| report.findings.iter().map(move |finding| (report, finding))).collect();
    let left_out = findings.len().saturating_sub(MOST_RESULTS);
    if left_out > 0 {
        findings.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
        findings.truncate(MOST_RESULTS);
    }
    let mut codes: Vec<&str> = findings.iter().map(|(_, finding)| finding.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut fingerprints = Fingerprints::default();
    let results: Vec<Value> =
        findings.iter().map(|(report, finding)| result(report, finding, &codes, &mut fingerprints)).collect();
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "scorepack",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(code, &findings)).collect::<Vec<_>>(),
            }},
            "invocations": [invocation(left_out)],
            "originalUriBaseIds": {ROOT: {"description": {"text": "The repository's root."}}},
            "results": results,
            "columnKind": "unicodeCodePoints",
        }],
    });
    escape_json(&serde_json::to_string_pretty(&sarif).unwrap_or_default()) + "\n"
}

/// That the tool did what it was asked, and how many results it left out.
fn invocation(left_out: usize) -> Value {
    let mut invocation = json!({"executionSuccessful": true});
    if left_out > 0 {
        let text = format!("{left_out} more findings are not in this file, which holds the {MOST_RESULTS} worst");
        invocation["toolExecutionNotifications"] = json!([{"level": "warning", "message": {"text": text}}]);
    }
    invocation
}

/// A code with its documentation; its level is that of its worst finding.
fn rule(code: &str, findings: &[(&Report, &Finding)]) -> Value {
    let known = documentation(code);
    let (title, text, cure) = known.map_or((code, code, code), |doc| (doc.title, doc.explanation, doc.cure));
    let worst = findings.iter().filter(|(_, finding)| finding.code == code).map(|(_, finding)| finding.severity).max();
    let severity = worst.unwrap_or(Severity::Note);
    let mut rule = json!({
        "id": code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": text},
        "help": {"text": cure, "markdown": format!("{text}\n\n**What to do:** {cure}\n\n`scorepack rule {code}` says the same.")},
        "defaultConfiguration": {"level": level(severity)},
        "properties": {"tags": ["model", "registry"], "precision": "very-high", "problem.severity": problem(severity)},
    });
    // A name that is the code again is none.
    if code.contains('-') {
        rule["name"] = pascal_case(code).into();
    }
    if RUNS_CODE.contains(&code) {
        rule["properties"]["tags"] = json!(["model", "registry", "security"]);
        rule["properties"]["security-severity"] = RUNS_CODE_SEVERITY.into();
    }
    rule
}

fn result(report: &Report, finding: &Finding, codes: &[&str], fingerprints: &mut Fingerprints) -> Value {
    let place = Place::of(report, finding);
    json!({
        "ruleId": finding.code,
        "ruleIndex": codes.iter().position(|code| *code == finding.code),
        "level": level(finding.severity),
        "message": {"text": sentence(&escape(&place.sentence(finding)))},
        "locations": [{"physicalLocation": {
            "artifactLocation": location(&place.file),
            "region": {"startLine": place.line},
        }}],
        // The name and form that GitHub compares: 16 digits and an ordinal.
        "partialFingerprints": {"primaryLocationLineHash": format!("{}:1", fingerprints.next(&place, finding))},
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// GitHub's word for how bad the findings of a rule are.
fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    }
}

/// `file-missing` as `FileMissing`.
fn pascal_case(code: &str) -> String {
    code.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

/// SARIF's messages are sentences, which end with a full stop; ours do not, or with a hint in parentheses.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', ')']) { text.to_owned() } else { format!("{text}.") }
}

/// A path as a URI: relative to the repository's root, or with its scheme where it is absolute.
fn location(path: &str) -> Value {
    let path = path.replace('\\', "/");
    let is_drive = |path: &str| path.as_bytes().get(1..3) == Some(b":/");
    if path.starts_with('/') {
        json!({"uri": format!("file://{}", percent(&path))})
    } else if is_drive(&path) {
        json!({"uri": format!("file:///{}", percent(&path))})
    } else {
        json!({"uri": percent(path.trim_start_matches("./")), "uriBaseId": ROOT})
    }
}

/// Everything but unreserved characters and `/` in percent form.
fn percent(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
