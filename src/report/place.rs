//! Where a finding stands for readers that know files and lines only: a file of a repository, a line, the rest in words.

use crate::artifact::{MANIFEST, sha256};
use crate::finding::{Finding, Report};

/// A file and a line of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the subject was named.
    pub file: String,
    /// The line, from 1; 1 where the file has no lines.
    pub line: u64,
    /// What is meant inside the file: a member of a zip file, a key, a byte. Empty where it is the file itself.
    pub inside: String,
}

impl Place {
    /// Where `finding` stands. A zip file is one file to a repository; the members of a directory are files of it,
    /// and the directory as a whole is spoken of at its manifest.
    pub fn of(report: &Report, finding: &Finding) -> Place {
        let subject = &report.subject;
        let member = finding.file.as_deref().filter(|file| file != subject);
        if report.directory {
            let inside = finding.place.clone().unwrap_or_default();
            return Place { file: below(subject, member.unwrap_or(MANIFEST)), line: finding.line.unwrap_or(1), inside };
        }
        let line = finding.line.filter(|_| member.is_some()).map(|line| format!("line {line}"));
        let inside = [member.map(str::to_owned), line, finding.place.clone()];
        let inside = inside.into_iter().flatten().collect::<Vec<_>>().join(", ");
        Place { file: subject.clone(), line: finding.line.filter(|_| member.is_none()).unwrap_or(1), inside }
    }

    /// The message, after what it is about inside the file and before what to do; characters as they are.
    pub fn sentence(&self, finding: &Finding) -> String {
        let inside = if self.inside.is_empty() { String::new() } else { format!("{}: ", self.inside) };
        let hint = finding.hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{inside}{}{hint}", finding.message)
    }
}

fn below(directory: &str, member: &str) -> String {
    let directory = directory.trim_end_matches('/');
    match member.strip_prefix(directory) {
        _ if directory == "." => member.trim_start_matches("./").to_owned(),
        Some(rest) if rest.starts_with('/') => member.to_owned(),
        _ => format!("{directory}/{member}"),
    }
}

/// What names a finding from run to run: its code and place, and which of several it is there. Not its message, whose
/// numbers change; not the artifact's digest, which always does.
#[derive(Debug, Default)]
pub struct Fingerprints(std::collections::BTreeMap<String, u64>);

impl Fingerprints {
    /// The fingerprint of the next finding: 16 hexadecimal digits.
    pub fn next(&mut self, place: &Place, finding: &Finding) -> String {
        let key = format!("{}\n{}\n{}", finding.code, place.file, place.inside);
        let count = self.0.entry(key.clone()).or_default();
        *count += 1;
        sha256(format!("{key}\n{count}").as_bytes()).to_string().chars().take(16).collect()
    }
}
