//! Which column of the data is which field of the model.

use std::collections::{HashMap, HashSet};

use super::InputFields;
use crate::error::{Error, Result};

/// Per column of the data, the field it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPlan {
    /// One per column; `None` is not used.
    pub fields: Vec<Option<usize>>,
    /// What a person should know about it.
    pub notes: Vec<String>,
}

/// The most names in one message.
const MOST_NAMES: usize = 8;

impl ColumnPlan {
    /// By name; by position where the model's names are made up and the data has none of them.
    pub fn of_names<S: AsRef<str>>(names: &[S], input: InputFields<'_>) -> Result<ColumnPlan> {
        if !input.named && names.len() == input.fields.len() && !Self::knows_one(names, input) {
            return Self::by_position(names.len(), input, "the model file names no columns");
        }
        Self::by_name(names, input)
    }

    /// Finds every field by name; columns that the model does not know are left out and said so. White space in a name
    /// may stand as `_` in the model, as LightGBM writes it.
    pub fn by_name<S: AsRef<str>>(names: &[S], input: InputFields<'_>) -> Result<ColumnPlan> {
        let known: HashMap<&str, usize> =
            input.fields.iter().enumerate().map(|(i, field)| (field.name.as_str(), i)).collect();
        let mut column_of = vec![None; input.fields.len()];
        let mut fields = vec![None; names.len()];
        for (column, name) in names.iter().enumerate() {
            let Some(field) = known.get(name.as_ref()).copied() else { continue };
            if let Some(first) = column_of[field].replace(column) {
                let message = format!("columns {} and {} are both called `{}`", first + 1, column + 1, name.as_ref());
                return Err(Error::malformed("duplicate-column", message));
            }
            fields[column] = Some(field);
        }
        let mut notes = Vec::new();
        match_underscores(names, input, &mut column_of, &mut fields, &mut notes);
        let left_out = |column: &usize| fields[*column].is_none();
        let extra: Vec<&str> = (0..names.len()).filter(left_out).map(|column| names[column].as_ref()).collect();
        let missing: Vec<&str> = (input.fields.iter().zip(&column_of))
            .filter(|(_, column)| column.is_none())
            .map(|(field, _)| field.name.as_str())
            .collect();
        if !missing.is_empty() {
            return Err(missing_columns(&missing, &extra));
        }
        if !extra.is_empty() {
            notes.push(format!("the model does not use {}", listed("column", &extra)));
        }
        Ok(ColumnPlan { fields, notes })
    }

    /// The columns in the order of the fields, because of `reason`.
    pub fn by_position(columns: usize, input: InputFields<'_>, reason: &str) -> Result<ColumnPlan> {
        if columns != input.fields.len() {
            let message = format!("expected {} columns, found {columns}", input.fields.len());
            return Err(Error::malformed("column-count", message)
                .hint(format!("{reason}, so columns count by position; the model takes {}", names(input))));
        }
        let notes = vec![format!("{reason}: columns are matched by position ({})", names(input))];
        Ok(ColumnPlan { fields: (0..columns).map(Some).collect(), notes })
    }

    /// Whether any of the names is a field's.
    pub fn knows_one<S: AsRef<str>>(names: &[S], input: InputFields<'_>) -> bool {
        let names: HashSet<&str> = names.iter().map(AsRef::as_ref).collect();
        input.fields.iter().any(|field| names.contains(field.name.as_str()))
    }
}

/// LightGBM saves `mean radius` as `mean_radius`: a field that is missing takes the one column that differs only so.
fn match_underscores<S: AsRef<str>>(
    names: &[S],
    input: InputFields<'_>,
    column_of: &mut [Option<usize>],
    fields: &mut [Option<usize>],
    notes: &mut Vec<String>,
) {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (column, name) in
        names.iter().enumerate().filter(|(column, name)| fields[*column].is_none() && name.as_ref().contains(' '))
    {
        by_name.entry(name.as_ref().replace(' ', "_")).or_default().push(column);
    }
    for (field, known) in input.fields.iter().enumerate().filter(|_| !by_name.is_empty()) {
        let columns = by_name.get(&known.name).filter(|_| column_of[field].is_none());
        if let Some([column]) = columns.map(Vec::as_slice) {
            (column_of[field], fields[*column]) = (Some(*column), Some(field));
            notes.push(format!("column `{}` is the model's `{}`", names[*column].as_ref(), known.name));
        }
    }
}

fn names(input: InputFields<'_>) -> String {
    let names: Vec<&str> = input.fields.iter().map(|field| field.name.as_str()).collect();
    abridged(&names)
}

fn abridged(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(MOST_NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn listed(what: &str, names: &[&str]) -> String {
    format!("{what}{} {}", if names.len() == 1 { "" } else { "s" }, abridged(names))
}

fn missing_columns(missing: &[&str], extra: &[&str]) -> Error {
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let error =
        Error::malformed("missing-column", format!("{} {verb} not in the data", listed("input column", missing)));
    let nearest = missing.iter().find_map(|name| nearest(name, extra).map(|near| (name, near)));
    match nearest {
        Some((name, near)) => error.hint(format!("the data has a column `{near}`: is it `{name}`?")),
        None if extra.is_empty() => error,
        None => error.hint(format!("the data has {}", listed("column", extra))),
    }
}

/// The candidate most like `name`, if it is like it at all.
fn nearest<'a>(name: &str, candidates: &[&'a str]) -> Option<&'a str> {
    /// Longer names are compared only in full.
    const LONGEST: usize = 100;
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(LONGEST).collect()
    };
    let wanted = plain(name);
    let most = wanted.len() / 3;
    candidates
        .iter()
        .take(1000)
        .map(|candidate| (edits(&wanted, &plain(candidate)), *candidate))
        .filter(|(edits, _)| *edits <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
