//! The input columns: what a caller of the first artifact sends, and what the second takes.

use std::collections::HashMap;

use super::accepts::{self, Accepted};
use super::{aspect, change, listed};
use crate::artifact::Manifest;
use crate::finding::Finding;
use crate::model::{Kind, SignatureField};
use crate::verify::ProofResult;

/// Compares the columns one by one, and their order.
pub(super) fn compare(before: &Manifest, after: &Manifest) -> ProofResult {
    let (old, new) = (&before.signature.inputs, &after.signature.inputs);
    let matching = Matching::of(old, new);
    let mut findings = matching.findings(old, new);
    for (a, b) in &matching.pairs {
        if let (Some(a), Some(b)) = (old.get(*a), new.get(*b)) {
            findings.extend(column(a, b));
        }
    }
    findings.extend(text_length(before, after));
    aspect("inputs", &format!("{} columns", old.len()), findings)
}

/// Which column of the first artifact is which of the second, by index.
#[derive(Debug, Default, PartialEq, Eq)]
struct Matching {
    pairs: Vec<(usize, usize)>,
    /// Among the pairs: those of another name that the second still finds.
    respaced: Vec<(usize, usize)>,
    /// In the same place, of the same type, under another name.
    renamed: Vec<(usize, usize)>,
    removed: Vec<usize>,
    added: Vec<usize>,
}

impl Matching {
    fn of(old: &[SignatureField], new: &[SignatureField]) -> Matching {
        let by_name: HashMap<&str, usize> = new.iter().enumerate().map(|(i, field)| (field.name.as_str(), i)).collect();
        let mut taken = vec![false; new.len()];
        let mut take = |index: usize| taken.get_mut(index).is_some_and(|taken| !std::mem::replace(taken, true));
        let mut found: Vec<Option<usize>> =
            old.iter().map(|field| by_name.get(field.name.as_str()).copied().filter(|i| take(*i))).collect();
        let mut matching = Matching::default();
        // LightGBM saves `mean radius` as `mean_radius`, and score.py finds the one by the other.
        for (a, field) in old.iter().enumerate() {
            let spaced = found.get(a).copied().flatten().is_none() && field.name.contains(' ');
            let other = by_name.get(field.name.replace(' ', "_").as_str()).copied().filter(|_| spaced);
            if let (Some(b), Some(slot)) = (other.filter(|b| take(*b)), found.get_mut(a)) {
                *slot = Some(b);
                matching.respaced.push((a, b));
            }
        }
        let is_free = |index: usize| taken.get(index).is_some_and(|taken| !taken);
        for (a, (field, b)) in old.iter().zip(&found).enumerate() {
            let same_place =
                new.get(a).filter(|other| old.len() == new.len() && is_free(a) && other.dtype == field.dtype);
            match (b, same_place) {
                (Some(b), _) => matching.pairs.push((a, *b)),
                (None, Some(_)) => matching.renamed.push((a, a)),
                (None, None) => matching.removed.push(a),
            }
        }
        let renamed: std::collections::HashSet<usize> = matching.renamed.iter().map(|(_, b)| *b).collect();
        matching.added = (0..new.len()).filter(|b| is_free(*b) && !renamed.contains(b)).collect();
        matching.pairs.extend(&matching.renamed);
        matching.pairs.sort_unstable();
        matching
    }

    fn findings(&self, old: &[SignatureField], new: &[SignatureField]) -> Vec<Finding> {
        let name =
            |fields: &[SignatureField], i: usize| fields.get(i).map_or(String::new(), |field| field.name.clone());
        let mut findings = Vec::new();
        // Breaking: a caller does not send a column that it does not know, and no column may be missing.
        for b in &self.added {
            let message = format!("a column is required that was not there: `{}`", name(new, *b));
            findings.push(Finding::error("diff-column-added", message).hint("callers must send it"));
        }
        // Breaking: rows without names have one value too many. By name the value is ignored.
        for a in &self.removed {
            let message = format!("the column `{}` is no longer taken", name(old, *a));
            let finding = Finding::error("diff-column-removed", message);
            findings.push(finding.hint("by name its values are ignored; rows without names are too long now"));
        }
        // Breaking: the old name is not found.
        for (a, b) in &self.renamed {
            let message = format!("the column `{}` is called `{}` now", name(old, *a), name(new, *b));
            findings.push(Finding::error("diff-column-renamed", message).hint("callers must send the new name"));
        }
        for (a, b) in &self.respaced {
            let message =
                format!("the column `{}` is called `{}` now, and found by both", name(old, *a), name(new, *b));
            findings.push(Finding::note("diff-column-renamed", message));
        }
        // Breaking: rows without names put their values into other columns.
        let swapped = self.pairs.iter().zip(self.pairs.iter().skip(1)).find(|((_, b), (_, next))| b > next);
        if let Some(((a, _), (next, _))) = swapped {
            let message =
                format!("the columns stand in another order: `{}` came before `{}`", name(old, *a), name(old, *next));
            let hint = "callers must send rows with names, or in the new order";
            findings.push(Finding::error("diff-column-order", message).hint(hint));
        }
        findings
    }
}

/// The changes of one column.
fn column(before: &SignatureField, after: &SignatureField) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Breaking: where values that were taken are refused or mean something else.
    let (breaks, what) = match accepts::types(before, after) {
        Accepted::Same => (false, ""),
        Accepted::Differently(what) => (false, what),
        Accepted::Not(what) => (true, what),
    };
    if !what.is_empty() {
        let message = format!("`{}` was {}, now {}: {what}", before.name, described(before), described(after));
        findings.push(change(breaks, "diff-column-type", message));
    }
    // Breaking: where a missing value was taken.
    if before.nullable != after.nullable {
        let what = if before.nullable { "takes no missing value any more" } else { "takes missing values now" };
        findings.push(change(before.nullable, "diff-column-nullable", format!("`{}` {what}", before.name)));
    }
    findings.extend(categories(before, after));
    findings
}

/// The type with its shape: `float64[2, -1]`.
fn described(field: &SignatureField) -> String {
    let shape = field.shape.as_ref().map(|extents| format!("{extents:?}")).unwrap_or_default();
    format!("{}{shape}", field.dtype.name())
}

fn categories(before: &SignatureField, after: &SignatureField) -> Option<Finding> {
    let code = "diff-column-categories";
    let name = &before.name;
    // Breaking: where a closed list refuses what was taken. A category that an open list lost counts as unknown.
    if let Some(refused) = accepts::refused_categories(before, after) {
        let what = match refused.as_slice() {
            [] => "takes no values outside its list any more".to_owned(),
            refused => format!("refuses {} now", listed(refused)),
        };
        return Some(Finding::error(code, format!("`{name}` {what}")));
    }
    let (removed, added) = (accepts::removed_categories(before, after), accepts::removed_categories(after, before));
    let both_list = before.categories.is_some() && after.categories.is_some();
    let what = match (removed.as_slice(), added.as_slice()) {
        _ if before.closed && !after.closed => "takes values outside its list now".to_owned(),
        _ if !both_list => return None,
        ([], []) => return None,
        (removed, []) => format!("no longer knows {}, and takes them as unknown", listed(removed)),
        ([], added) => format!("knows {} now", listed(added)),
        (removed, added) => format!("knows {} now, and no longer {}", listed(added), listed(removed)),
    };
    Some(Finding::note(code, format!("`{name}` {what}")))
}

/// Breaking: where a row may hold less text than before.
fn text_length(before: &Manifest, after: &Manifest) -> Option<Finding> {
    let longest = |manifest: &Manifest| {
        let text = |field: &SignatureField| matches!(field.dtype.kind(), Kind::Text | Kind::Category);
        let compiled = manifest.score_module.as_ref()?.compiled?;
        manifest.signature.inputs.iter().any(text).then_some(compiled.options.max_text_bytes)
    };
    let (old, new) = (longest(before)?, longest(after)?);
    let message = format!("the longest text of a row was {old} bytes, now {new}");
    (old != new).then(|| change(new < old, "diff-text-length", message))
}
