//! Whether a column takes every value that another took, and whether it means the same there.

use crate::model::{Category, DeclaredType, SignatureField};

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
    use DeclaredType::{Bool, Category, Float32, Float64, Int64, String};
    let categories_are = |wanted: fn(&crate::model::Category) -> bool| {
        before.categories.as_ref().is_some_and(|known| !known.is_empty() && known.iter().all(wanted))
    };
    match (before.dtype, after.dtype) {
        (a, b) if a == b => Same,
        (Float64 | Int64, Float32) => Differently("values are rounded to single precision"),
        (Float32 | Int64 | Bool, Float64) | (Bool, Float32 | Int64) => Differently("more values are taken"),
        (Float64 | Float32, Int64) => Not("values with decimals are refused"),
        (Float64 | Float32 | Int64, Bool) => Not("values other than 0 and 1 are refused"),
        (Category, Float64 | Float32) if categories_are(is_number) => Differently("categories are taken as numbers"),
        (Category, Int64) if categories_are(is_whole) => Differently("categories are taken as numbers"),
        (Category | String, Float64 | Float32 | Int64 | Bool) => Not("text is refused"),
        (Category, String) if categories_are(is_text) => Differently("any text is taken"),
        (Float64 | Float32 | Int64 | Bool | Category, String) => Not("values that are not text are refused"),
        (String, Category) => Differently("text outside the known categories is unknown to the model"),
        (Float64 | Float32 | Int64 | Bool, Category) => Not("numbers name categories"),
        (Float64, Float64)
        | (Float32, Float32)
        | (Int64, Int64)
        | (Bool, Bool)
        | (String, String)
        | (Category, Category) => Same,
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
