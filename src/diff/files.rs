//! The files and their sizes. No caller sees them; platforms have limits.

use std::collections::BTreeMap;

use super::{Context, FileChange};
use crate::artifact::{FileEntry, Manifest};
use crate::error::Result;
use crate::finding::{Outcome, Proof, bytes};
use crate::verify::ProofResult;

/// Files named in the report; the JSON form has all of them.
const NAMED: usize = 3;

/// Compares the sizes, file by file.
pub(super) fn compare(context: &mut Context<'_>) -> Result<ProofResult> {
    let (before, after) = context.manifests();
    let changes = changes(before, after);
    let mut detail = match (total(before), total(after)) {
        (old, new) if old == new => bytes(old),
        (old, new) => format!("{}, now {}", bytes(old), bytes(new)),
    };
    let mut largest: Vec<&FileChange> = changes.iter().collect();
    let difference = |change: &FileChange| size(change.before_bytes).abs_diff(size(change.after_bytes));
    largest.sort_by_key(|change| std::cmp::Reverse(difference(change)));
    let named: Vec<String> = largest.iter().take(NAMED).map(|change| described(change)).collect();
    if !named.is_empty() {
        detail.push_str(&format!("; {}", named.join(", ")));
    }
    if changes.len() > NAMED {
        detail.push_str(&format!(" and {} more", changes.len() - NAMED));
    }
    context.files = changes;
    Ok(ProofResult { proof: Proof::new("files", Outcome::Passed, detail), findings: Vec::new() })
}

/// Bytes of all listed files.
pub(super) fn total(manifest: &Manifest) -> u64 {
    manifest.files.iter().fold(0, |total, file| total.saturating_add(file.size))
}

fn changes(before: &Manifest, after: &Manifest) -> Vec<FileChange> {
    let mut files: BTreeMap<&str, (Option<&FileEntry>, Option<&FileEntry>)> = BTreeMap::new();
    before.files.iter().for_each(|file| files.entry(&file.path).or_default().0 = Some(file));
    after.files.iter().for_each(|file| files.entry(&file.path).or_default().1 = Some(file));
    let changed = files.into_iter().filter_map(|(path, (old, new))| {
        let (before_bytes, after_bytes) = (old.map(|file| file.size), new.map(|file| file.size));
        let role = new.or(old)?.role;
        (before_bytes != after_bytes).then(|| FileChange { path: path.to_owned(), role, before_bytes, after_bytes })
    });
    changed.collect()
}

fn size(bytes: Option<u64>) -> u64 {
    bytes.unwrap_or(0)
}

fn described(change: &FileChange) -> String {
    match (change.before_bytes, change.after_bytes) {
        (Some(old), Some(new)) => format!("{} {}, now {}", change.path, bytes(old), bytes(new)),
        (None, new) => format!("{} is new ({})", change.path, bytes(size(new))),
        (_, None) => format!("{} is gone", change.path),
    }
}
