//! Each form on one report with everything in it, hostile strings included.

use serde_json::{Value, json};

use super::*;
use crate::finding::{Finding, Outcome, Proof, RuleResult, Usage};

fn report() -> Report {
    let mut report = Report::on("models/a b.zip");
    report.digest = Some("ab".repeat(32));
    report.profile = Some("oci-2026".into());
    report.add_proof(Proof::new("digests", Outcome::Passed, "3 files"), Vec::new());
    let hostile = "x\u{1b}[31m<&\">\n::error::\u{202e}%";
    let finding = Finding::error("file-changed", hostile).in_file("score.py").on_line(3).hint("pack it again");
    report.add_proof(Proof::new("recompile", Outcome::NotProven, hostile), vec![finding]);
    report.rules.push(RuleResult {
        code: "console-size".into(),
        title: "the artifact fits the console".into(),
        outcome: Outcome::Passed,
        usage: Some(Usage { used: 1_500_000, limit: 100_000_000, unit: "bytes".into(), parts: Vec::new() }),
    });
    report
}

#[test]
fn no_form_lets_a_control_character_or_a_command_through() {
    let text = Form::Text { quiet: false, verbose: true };
    for form in [text, Form::Json, Form::Sarif, Form::Junit, Form::Github, Form::Gitlab] {
        let text = render(&[report()], form);
        let styles_removed = anstream::adapter::strip_str(&text).to_string();
        let hidden = styles_removed.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(hidden, None, "{form:?}: {styles_removed}");
        assert!(!styles_removed.lines().any(|line| line.starts_with("::error::")), "{form:?}");
        assert!(text.ends_with('\n'));
    }
}

#[test]
fn text_tells_proofs_rules_and_findings() {
    let text =
        anstream::adapter::strip_str(&render(&[report()], Form::Text { quiet: false, verbose: false })).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], "  passed         digests    3 files");
    assert!(lines[2].starts_with("  FAILED         recompile  x\\u{1b}[31m"));
    assert_eq!(
        lines[3],
        "  passed         rules      1 rules of oci-2026; tightest: the artifact fits the console (1.5 MB of 100 MB, 98 MB left)"
    );
    assert!(lines[4].starts_with("error[file-changed]: x"));
    assert_eq!(lines[5..7], ["  in score.py, line 3", "hint: pack it again"]);
}

#[test]
fn json_reads_back_and_sarif_names_its_rule() {
    let json: Value = serde_json::from_str(&render(&[report()], Form::Json)).unwrap();
    assert_eq!(serde_json::from_value::<Vec<Report>>(json["reports"].clone()).unwrap(), [report()]);
    let run = &sarif(&[report()])["runs"][0];
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!((&rule["id"], &rule["name"]), (&json!("file-changed"), &json!("FileChanged")));
    assert_eq!(rule["defaultConfiguration"]["level"], "error");
    assert!(rule["help"]["markdown"].as_str().unwrap().contains("`scorepack rule file-changed`"));
    assert_eq!(run["invocations"], json!([{"executionSuccessful": true}]));
    assert!(run["results"][0]["message"]["text"].as_str().unwrap().starts_with("score.py, line 3: x\\u{1b}"));
}

fn sarif(reports: &[Report]) -> Value {
    serde_json::from_str(&render(reports, Form::Sarif)).unwrap()
}

/// A report on a subject with one finding in `file`, line 3, at `key`.
fn with_finding(subject: &str, directory: bool, file: Option<&str>) -> Report {
    let mut report = Report { directory, ..Report::on(subject) };
    let finding = Finding::error("file-changed", "7 bytes").at("key").on_line(3);
    report.findings.push(Finding { file: file.map(str::to_owned), ..finding });
    report
}

#[test]
fn findings_stand_at_files_of_the_repository() {
    let table = [
        // A zip file is one file; the member stands in the message.
        (("m/a b.zip", false, Some("score.py")), ("m/a%20b.zip", 1, "score.py, line 3, key: 7 bytes.")),
        (("m/a.zip", false, None), ("m/a.zip", 3, "key: 7 bytes.")),
        (("./model.txt", false, Some("./model.txt")), ("model.txt", 3, "key: 7 bytes.")),
        // The members of a directory are files themselves, and it is spoken of at its manifest.
        (("m/a", true, Some("score.py")), ("m/a/score.py", 3, "key: 7 bytes.")),
        (("m/a/", true, Some("m/a/link")), ("m/a/link", 3, "key: 7 bytes.")),
        ((".", true, Some("score.py")), ("score.py", 3, "key: 7 bytes.")),
        (("m/a", true, None), ("m/a/manifest.yaml", 3, "key: 7 bytes.")),
        (("größe#1?.txt", false, None), ("gr%C3%B6%C3%9Fe%231%3F.txt", 3, "key: 7 bytes.")),
        ((r"m\a.txt", false, None), ("m/a.txt", 3, "key: 7 bytes.")),
    ];
    for ((subject, directory, file), (uri, line, message)) in table {
        let result = sarif(&[with_finding(subject, directory, file)])["runs"][0]["results"][0].clone();
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"], json!({"uri": uri, "uriBaseId": "%SRCROOT%"}), "{subject}");
        assert_eq!((&place["region"]["startLine"], &result["message"]["text"]), (&json!(line), &json!(message)));
    }
    for (subject, uri) in [("/tmp/a b.zip", "file:///tmp/a%20b.zip"), (r"C:\m\a.zip", "file:///C%3A/m/a.zip")] {
        let result = sarif(&[with_finding(subject, false, None)])["runs"][0]["results"][0].clone();
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"], json!({"uri": uri}));
    }
}

#[test]
fn fingerprints_differ_within_a_file_and_stay_when_messages_change() {
    let prints = |message: &str| {
        let mut report = with_finding("a", true, Some("x"));
        report.findings.push(report.findings[0].clone());
        report.findings.push(Finding::error("file-missing", message).in_file("x"));
        report.findings.push(Finding::error("file-missing", message).in_file("y"));
        let results = sarif(&[report])["runs"][0]["results"].as_array().unwrap().clone();
        let print =
            |result: &Value| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned();
        results.iter().map(print).collect::<Vec<_>>()
    };
    let first = prints("7 bytes");
    assert_eq!(first, prints("8 bytes"));
    assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    assert!(first.iter().all(|print| print.len() == 18 && print.ends_with(":1")));
}

#[test]
fn sarif_holds_the_worst_findings_that_github_takes_and_says_how_many_more_there_are() {
    let mut report = Report::on("a.zip");
    report.findings = vec![Finding::warning("file-edited", "w"); 25_000];
    assert_eq!(sarif(&[report.clone()])["runs"][0]["invocations"], json!([{"executionSuccessful": true}]));
    report.findings.push(Finding::error("file-changed", "e"));
    let run = sarif(&[report])["runs"][0].clone();
    let results = run["results"].as_array().unwrap();
    assert_eq!((results.len(), &results[0]["ruleId"]), (25_000, &json!("file-changed")));
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(notification, "1 more findings are not in this file, which holds the 25000 worst");
}

#[test]
fn every_rule_has_what_github_asks_for_within_its_lengths() {
    let mut report = Report::on("a.zip");
    report.findings = crate::finding::CODES.iter().map(|known| Finding::note(known.code, "m")).collect();
    let run = sarif(&[report])["runs"][0].clone();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), crate::finding::CODES.len());
    for rule in rules {
        let length = |path: &str| rule.pointer(path).and_then(Value::as_str).map_or(0, |text| text.chars().count());
        assert!(length("/name") <= 255, "{rule}");
        for text in ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"] {
            assert!((1..=1024).contains(&length(text)), "{text} of {rule}");
        }
    }
}

#[test]
fn files_that_run_code_are_security_alerts() {
    let mut report = Report::on("a.pkl");
    report.findings.push(Finding::error("pickle-dangerous-import", "os.system"));
    let rule = sarif(&[report])["runs"][0]["tool"]["driver"]["rules"][0].clone();
    assert_eq!(rule["properties"]["security-severity"], "8.8");
    assert_eq!(rule["properties"]["tags"], json!(["model", "registry", "security"]));
}

#[test]
fn junit_tells_a_finding_once() {
    let mut report = report();
    report.rules.push(RuleResult {
        code: "oci-env-path".into(),
        title: "an environment is named".into(),
        outcome: Outcome::Failed,
        usage: None,
    });
    report.findings.push(Finding::error("oci-env-path", "none").in_file("runtime.yaml"));
    report.findings.push(Finding::warning("console-size", "close"));
    report.findings.push(Finding::warning("file-edited", "by hand").in_file("score.py"));
    report.findings.push(report.findings[0].clone());
    let text = render(&[report], Form::Junit);
    let cases: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("<testcase ")).collect();
    assert!(
        text.contains("<testsuites name=\"scorepack\" tests=\"6\" failures=\"4\" errors=\"0\" time=\"0\">"),
        "{text}"
    );
    assert!(cases[2].contains("<system-out>models/a b.zip: close</system-out>"), "{text}");
    let rule =
        "<failure type=\"rule\" message=\"an environment is named\">models/a b.zip: runtime.yaml: none</failure>";
    assert!(cases[3].contains(rule), "{text}");
    assert!(cases[4].contains("name=\"file-changed: score.py, line 3\""), "{text}");
    assert!(cases[5].contains("name=\"file-changed: score.py, line 3 (2)\""), "{text}");
    assert!(text.contains("    <system-out>models/a b.zip: score.py: by hand</system-out>"), "{text}");
}

#[test]
fn no_subject_is_a_github_command() {
    let summary = |subject: &str| render(&[Report::on(subject)], Form::Github);
    assert_eq!(summary("::stop-commands::x.zip"), "0 errors, 0 warnings in ::stop-commands::x.zip\n");
    assert_eq!(summary("##[error]x.zip"), "0 errors, 0 warnings in ##\\u{5b}error]x.zip\n");
}

#[test]
fn gitlab_gets_what_its_widget_shows() {
    let issues: Value = serde_json::from_str(&render(&[with_finding("./a", true, Some("x"))], Form::Gitlab)).unwrap();
    let issue = &issues[0];
    assert_eq!(issue["location"], json!({"path": "a/x", "lines": {"begin": 3}}));
    assert_eq!((&issue["check_name"], &issue["severity"]), (&json!("file-changed"), &json!("major")));
    assert_eq!(issue["fingerprint"].as_str().unwrap().len(), 16);
    assert_eq!(render(&[], Form::Gitlab), "[]\n");
}

#[test]
fn bytes_are_rounded_for_people() {
    let table =
        [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_949, "9.9 kB"), (999_499, "999 kB"), (999_500, "1.0 MB")];
    for (count, text) in table {
        assert_eq!(bytes(count), text);
    }
}
