//! A report for people: what was proven, what was checked, what is wrong, how much room is left.

use anstyle::{AnsiColor, Style};

use super::{bytes, escape};
use crate::finding::{Finding, Outcome, Report, RuleResult, Scan, Severity, Usage, Verdict};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const CAREFUL: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();
const HEADING: Style = Style::new().bold();

/// Writes the reports one after the other.
pub fn render(reports: &[Report], quiet: bool, verbose: bool) -> String {
    let mut out = String::new();
    for report in reports {
        if quiet && !report.is_clean() {
            head(&mut out, report);
        }
        if !quiet {
            head(&mut out, report);
            if let Some(scan) = &report.scan {
                scanned(&mut out, scan, verbose);
            }
            proofs(&mut out, report);
            rules(&mut out, report, verbose);
            for note in &report.notes {
                out.push_str(&format!("  {DIM}note{DIM:#}  {}\n", escape(note)));
            }
        }
        for finding in report.findings.iter().filter(|finding| !quiet || finding.severity == Severity::Error) {
            out.push_str(&one(finding));
        }
    }
    if !quiet && reports.len() > 1 {
        let clean = reports.iter().filter(|report| report.is_clean()).count();
        out.push_str(&format!("{clean} of {} without errors\n", reports.len()));
    }
    out
}

fn head(out: &mut String, report: &Report) {
    out.push_str(&format!("{HEADING}{}{HEADING:#}", escape(&report.subject)));
    if let Some(digest) = &report.digest {
        out.push_str(&format!("  {DIM}sha256:{digest}{DIM:#}"));
    }
    out.push('\n');
}

fn styled(outcome: Outcome) -> String {
    let (style, word) = match outcome {
        Outcome::Passed => (GOOD, "passed"),
        Outcome::Failed => (BAD, "FAILED"),
        Outcome::NotProven => (CAREFUL, "not proven"),
        Outcome::NotCompared => (CAREFUL, "not compared"),
        Outcome::NotApplicable => (DIM, "not applicable"),
    };
    format!("{style}{word:<14}{style:#}")
}

/// Imports shown for a file that is in order, unless all are asked for.
const SHOWN_IMPORTS: usize = 10;

/// The verdict, and what the file names: what is not known first of all, else the first few.
fn scanned(out: &mut String, scan: &Scan, verbose: bool) {
    let (good, other): (Vec<_>, Vec<_>) = scan.imports.iter().partition(|import| import.verdict == Verdict::Ok);
    out.push_str(&format!("  {} {:<10} {}\n", judged(scan.verdict), "scan", escape(&scan.format)));
    let most = if verbose { good.len() } else { SHOWN_IMPORTS.saturating_sub(other.len()) };
    for import in other.iter().chain(good.iter().take(most)) {
        let place = import.place.as_ref().map(|place| format!("  {DIM}{}{DIM:#}", escape(place))).unwrap_or_default();
        let uses = import.uses.join(", ");
        out.push_str(&format!("  {} {} {DIM}({uses}){DIM:#}{place}\n", judged(import.verdict), escape(&import.name)));
    }
    if good.len() > most {
        out.push_str(&format!("  {:<14} {DIM}and {} more that are known{DIM:#}\n", "", good.len() - most));
    }
}

fn judged(verdict: Verdict) -> String {
    let style = match verdict {
        Verdict::Ok => GOOD,
        Verdict::Unsupported => CAREFUL,
        Verdict::Malformed | Verdict::Dangerous => BAD,
    };
    format!("{style}{:<14}{style:#}", verdict.name())
}

fn proofs(out: &mut String, report: &Report) {
    for proof in &report.proofs {
        out.push_str(&format!("  {} {:<10} {}\n", styled(proof.outcome), proof.name, escape(&proof.detail)));
    }
}

/// Every rule when asked for; else the ones that failed and a count, with the tightest limit.
fn rules(out: &mut String, report: &Report, verbose: bool) {
    let shown = |rule: &&RuleResult| verbose || rule.outcome == Outcome::Failed;
    for rule in report.rules.iter().filter(shown) {
        let usage = rule.usage.as_ref().map(usage).unwrap_or_default();
        out.push_str(&format!("  {} {}{usage}\n", styled(rule.outcome), escape(&rule.title)));
        for part in rule.usage.iter().flat_map(|usage| &usage.parts).filter(|_| verbose) {
            out.push_str(&format!("  {:<14} {DIM}{:>13}  {}{DIM:#}\n", "", part.used, escape(&part.name)));
        }
    }
    if report.rules.is_empty() {
        return;
    }
    let asked = report.rules.iter().filter(|rule| rule.outcome != Outcome::NotProven).count();
    let failed = report.rules.iter().filter(|rule| rule.outcome == Outcome::Failed).count();
    let profile = report.profile.as_deref().unwrap_or("the platform");
    let outcome = if failed == 0 { Outcome::Passed } else { Outcome::Failed };
    let mut line = format!("{asked} rules of {profile}");
    if failed > 0 {
        line.push_str(&format!(", {failed} failed"));
    }
    if asked < report.rules.len() {
        line.push_str(&format!(", {} not decided here", report.rules.len() - asked));
    }
    let fullness = |usage: &Usage| usage.used as f64 / usage.limit.max(1) as f64;
    let measured = report.rules.iter().filter_map(|rule| Some((rule, rule.usage.as_ref()?)));
    if let Some((rule, tightest)) = measured.max_by(|a, b| fullness(a.1).total_cmp(&fullness(b.1))) {
        line.push_str(&format!("; tightest: {}{}", rule.title, usage(tightest)));
    }
    out.push_str(&format!("  {} {:<10} {}\n", styled(outcome), "rules", escape(&line)));
}

fn usage(usage: &Usage) -> String {
    let amount = |count: u64| match usage.unit.as_str() {
        "bytes" => bytes(count),
        unit => format!("{count} {unit}"),
    };
    format!(" ({} of {}, {} left)", amount(usage.used), amount(usage.limit), amount(usage.room()))
}

fn one(finding: &Finding) -> String {
    let (style, word) = match finding.severity {
        Severity::Error => (BAD, "error"),
        Severity::Warning => (CAREFUL, "warning"),
        Severity::Note => (DIM, "note"),
    };
    let mut text = format!("{style}{word}[{}]{style:#}: {}\n", escape(&finding.code), escape(&finding.message));
    let line = finding.line.map(|line| format!("line {line}"));
    let place: Vec<String> = [finding.file.clone(), line, finding.place.clone()].into_iter().flatten().collect();
    if !place.is_empty() {
        text.push_str(&format!("  in {}\n", escape(&place.join(", "))));
    }
    if let Some(hint) = &finding.hint {
        text.push_str(&format!("{DIM}hint{DIM:#}: {}\n", escape(hint)));
    }
    text
}
