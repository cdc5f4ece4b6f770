//! Reports for people and machines. Everything in a report is data: control characters never reach a terminal.

mod github;
mod gitlab;
mod json;
mod junit;
mod place;
mod sarif;
mod text;

use crate::diff::Comparison;
use crate::finding::Report;
pub use crate::finding::bytes;

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people, with styles.
    Text {
        /// Only what is wrong.
        quiet: bool,
        /// Every rule, not only those that failed or are close to their limit.
        verbose: bool,
    },
    /// One JSON object.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// GitHub workflow commands.
    Github,
    /// GitLab's code quality report.
    Gitlab,
}

/// Writes reports in a form, with a final line break.
pub fn render(reports: &[Report], form: Form) -> String {
    match form {
        Form::Text { quiet, verbose } => text::render(reports, quiet, verbose),
        Form::Json => json::render(reports),
        Form::Sarif => sarif::render(reports),
        Form::Junit => junit::render(reports),
        Form::Github => github::render(reports),
        Form::Gitlab => gitlab::render(reports),
    }
}

/// Writes a comparison: whole as JSON, its report in the other forms.
pub fn render_comparison(comparison: &Comparison, form: Form) -> String {
    match form {
        Form::Json => json::render_comparison(comparison),
        _ => render(std::slice::from_ref(&comparison.report), form),
    }
}

/// Whether a character does something else than show itself: control, bidirectional, invisible.
fn is_hidden(c: char) -> bool {
    // Unicode's format characters, its private ones, and letters that are made to fill a place and show nothing.
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
        )
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}')
        || matches!(c, '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..)
        || matches!(c, '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}')
}

/// The text with everything visible: hidden characters are written out.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) { escaped.extend(c.escape_unicode()) } else { escaped.push(c) }
    }
    escaped
}

/// A JSON document whose strings hide nothing; it means the same.
pub fn escape_json(document: &str) -> String {
    let mut escaped = String::with_capacity(document.len());
    for c in document.chars() {
        if is_hidden(c) && c != '\n' {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}")));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
