//! Whether a column takes every value that another took, and whether it means the same there.

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
    use Accepted::{Differently, Not, Same};
    let categories_are = |wanted: fn(&Category) -> bool| {
        before.categories.as_ref().is_some_and(|known| !known.is_empty() && known.iter().all(wanted))
    };
    if before.shape != after.shape {
        return Not("rows have another shape");
    }
    match (before.dtype.kind(), after.dtype.kind()) {
        (Kind::Integer, Kind::Integer) => whole_numbers(before.dtype, after.dtype),
        (Kind::Object, Kind::Object) if before.fields != after.fields => Not("the group has other members"),
        _ if before.dtype == after.dtype => Same,
        (Kind::Number | Kind::Integer | Kind::Bool, Kind::Number) if after.dtype == DeclaredType::Float64 => {
            Differently("more values are taken")
        }
        (Kind::Bool, Kind::Number | Kind::Integer) => Differently("more values are taken"),
        (Kind::Number | Kind::Integer, Kind::Number) => Differently("values are rounded to single precision"),
        (Kind::Number, Kind::Integer) => Not("values with decimals are refused"),
        (Kind::Number | Kind::Integer, Kind::Bool) => Not("values other than 0 and 1 are refused"),
        (Kind::Category, Kind::Number) if categories_are(is_number) => Differently("categories are taken as numbers"),
        (Kind::Category, Kind::Integer) if categories_are(is_whole) => Differently("categories are taken as numbers"),
        (Kind::Category | Kind::Text, Kind::Number | Kind::Integer | Kind::Bool) => Not("text is refused"),
        (Kind::Category, Kind::Text) if categories_are(is_text) => Differently("any text is taken"),
        (Kind::Text, Kind::Category) => Differently("text outside the known categories is unknown to the model"),
        (Kind::Number | Kind::Integer | Kind::Bool, Kind::Category) => Not("numbers name categories"),
        (_, Kind::Text) => Not("values that are not text are refused"),
        (_, Kind::Bytes) => Not("values that are not bytes are refused"),
        (_, Kind::Timestamp) => Not("values that are not times are refused"),
        (_, Kind::Object) => Not("values that are not groups are refused"),
        (Kind::Bytes | Kind::Timestamp | Kind::Object, _) => Not("values of the former type are refused"),
        (Kind::Bool, Kind::Bool) | (Kind::Category, Kind::Category) => Same,
    }
}

/// Two types of whole numbers: a narrower one refuses some.
fn whole_numbers(before: DeclaredType, after: DeclaredType) -> Accepted {
    match (before.range(), after.range()) {
        (Some(old), Some(new)) if old == new => Accepted::Same,
        (Some(old), Some(new)) if new.0 <= old.0 && new.1 >= old.1 => Accepted::Differently("more values are taken"),
        _ => Accepted::Not("whole numbers beyond the new type's range are refused"),
    }
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
