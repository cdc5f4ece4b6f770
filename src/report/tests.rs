//! Each form on one report with everything in it, hostile strings included.

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
        usage: Some(Usage { used: 1_500_000, limit: 100_000_000, unit: "bytes".into() }),
    });
    report
}

#[test]
fn no_form_lets_a_control_character_or_a_command_through() {
    for form in [Form::Text { quiet: false, verbose: true }, Form::Json, Form::Sarif, Form::Junit, Form::Github] {
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
    let json: serde_json::Value = serde_json::from_str(&render(&[report()], Form::Json)).unwrap();
    assert_eq!(serde_json::from_value::<Vec<Report>>(json["reports"].clone()).unwrap(), [report()]);
    let sarif: serde_json::Value = serde_json::from_str(&render(&[report()], Form::Sarif)).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "file-changed");
    let location = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "models/a%20b.zip");
}

#[test]
fn bytes_are_rounded_for_people() {
    let table =
        [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_949, "9.9 kB"), (999_499, "999 kB"), (999_500, "1.0 MB")];
    for (count, text) in table {
        assert_eq!(bytes(count), text);
    }
}
