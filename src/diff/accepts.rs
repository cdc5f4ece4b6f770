//! Whether a column takes every value that another took, and whether it means the same there.

use std::collections::HashMap;

use crate::model::{Category, DeclaredType, Kind, SignatureField};

/// What becomes of the values that a caller sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Accepted {
    /// All of them are taken as before.
    Same,
    /// All of them are taken; the text says what differs.
    Differently(&'static str),
    /// Some are refused or mean something else; the text says which.
    Not(&'static str),
}

/// Compares the types of two columns, as score.py and the platforms enforce them. Closed lists count elsewhere.
pub(super) fn types(before: &SignatureField, after: &SignatureField) -> Accepted {
    use Accepted::{Differently, Not};
    use DeclaredType::Float32;
    use Kind::{Bool, Category, Integer, Number, Text};
    let categories_are = |wanted: fn(&crate::model::Category) -> bool| {
        before.categories.as_ref().is_some_and(|known| !known.is_empty() && known.iter().all(wanted))
    };
    if !takes_shape(before, after) {
        return Not("values of the old shape are refused");
    }
    let (old, new) = (before.dtype, after.dtype);
    match (old.kind(), new.kind()) {
        _ if old == new => groups(before, after),
        (Integer, Integer) if lies_within(old, new) => Differently("more values are taken"),
        (Integer, Integer) => Not("numbers outside its range are refused"),
        (Number | Integer, Number) if new == Float32 => Differently("values are rounded to single precision"),
        (Number | Integer | Bool, Number) | (Bool, Integer) => Differently("more values are taken"),
        (Number, Integer) => Not("values with decimals are refused"),
        (Number | Integer, Bool) => Not("values other than 0 and 1 are refused"),
        (Category, Number) if categories_are(is_number) => Differently("categories are taken as numbers"),
        (Category, Integer) if categories_are(is_whole) => Differently("categories are taken as numbers"),
        (Category | Text, Number | Integer | Bool) => Not("text is refused"),
        (Category, Text) if categories_are(is_text) => Differently("any text is taken"),
        (Number | Integer | Bool | Category, Text) => Not("values that are not text are refused"),
        (Text, Category) => Differently("text outside the known categories is unknown to the model"),
        (Number | Integer | Bool, Category) => Not("numbers name categories"),
        _ => Not("values of another kind are expected"),
    }
}

/// Whether a type of whole numbers holds all of another.
pub(super) fn lies_within(inner: DeclaredType, outer: DeclaredType) -> bool {
    match (inner.range(), outer.range()) {
        (Some((low, high)), Some((lowest, highest))) => lowest <= low && high <= highest,
        _ => false,
    }
}

/// Whether lists of the first shape are taken: as many dimensions, each as long or of any length.
fn takes_shape(before: &SignatureField, after: &SignatureField) -> bool {
    match (&before.shape, &after.shape) {
        (None, None) => true,
        (Some(old), Some(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| *new < 0 || old == new)
        }
        _ => false,
    }
}

/// Columns of one type: the named values of a group must all be taken, and no other is required.
fn groups(before: &SignatureField, after: &SignatureField) -> Accepted {
    let mut changed = before.fields.len() != after.fields.len();
    let known: HashMap<&str, &SignatureField> =
        before.fields.iter().map(|field| (field.name.as_str(), field)).collect();
    for field in &after.fields {
        let Some(other) = known.get(field.name.as_str()) else {
            return Accepted::Not("a value of the group is required that was not there");
        };
        match types(other, field) {
            Accepted::Same if field.nullable || !other.nullable => {}
            Accepted::Differently(_) if field.nullable || !other.nullable => changed = true,
            _ => return Accepted::Not("a value of the group is refused"),
        }
    }
    if changed { Accepted::Differently("the group has other values") } else { Accepted::Same }
}

fn is_number(category: &Category) -> bool {
    matches!(category, Category::Integer(_) | Category::Number(_) | Category::Bool(_))
}

fn is_whole(category: &Category) -> bool {
    matches!(category, Category::Integer(_) | Category::Bool(_))
}

fn is_text(category: &Category) -> bool {
    matches!(category, Category::Text(_))
}

/// The categories that the first column took and a closed second one refuses; none where all are taken.
pub(super) fn refused_categories(before: &SignatureField, after: &SignatureField) -> Option<Vec<String>> {
    if !after.closed {
        return None;
    }
    let removed = removed_categories(before, after);
    (!before.closed || !removed.is_empty()).then_some(removed)
}

/// The categories that only the first column knows.
pub(super) fn removed_categories(before: &SignatureField, after: &SignatureField) -> Vec<String> {
    let known: std::collections::HashSet<String> = after.categories.iter().flatten().map(spelled).collect();
    before.categories.iter().flatten().map(spelled).filter(|category| !known.contains(category)).collect()
}

/// A category as text that differs where the category does.
fn spelled(category: &Category) -> String {
    match category {
        Category::Bool(value) => value.to_string(),
        Category::Integer(value) => value.to_string(),
        Category::Number(value) => format!("{value:?}"),
        Category::Text(text) => format!("{text:?}"),
    }
}
