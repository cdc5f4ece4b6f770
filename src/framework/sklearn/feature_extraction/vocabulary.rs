//! The vocabulary of a vectorizer: the column of every term.

use std::sync::Arc;

use super::super::fitted::{Attributes, Fitted};
use super::texts;
use crate::error::{Error, Result};
use crate::limits;

/// The terms in the order of their columns.
///
/// `vocabulary_` says it; before a first call of `transform`, a vocabulary given to the constructor stands in
/// `vocabulary` alone: a dict of columns, a list in order, or a set, which is sorted.
pub fn read(vectorizer: Fitted<'_>) -> Result<Arc<Vec<String>>> {
    let given = vectorizer.present("vocabulary_").or_else(|| vectorizer.present("vocabulary"));
    let Some(given) = given else { return vectorizer.attribute("vocabulary_").map(|_| Arc::default()) };
    if !given.is_dict() && given.items().is_ok() {
        let mut terms = texts(given)?;
        limits::TERMS.check_len(terms.len())?;
        if !given.is_sequence() && !given.is_array() {
            terms.sort();
        }
        let mut seen = std::collections::HashSet::new();
        return match terms.iter().find(|term| !seen.insert(term.as_str())) {
            Some(twice) => Err(given.error(format!("expected every term once, found `{twice}` twice"))),
            None => Ok(Arc::new(terms)),
        };
    }
    let entries = given.entries()?;
    limits::TERMS.check_len(entries.len())?;
    let mut terms: Vec<Option<String>> = vec![None; entries.len()];
    for (term, column) in &entries {
        let (term, column) = (term.as_str()?.into_owned(), column.as_usize()?);
        let n_columns = terms.len();
        match terms.get_mut(column) {
            Some(place @ None) => *place = Some(term),
            Some(Some(other)) => {
                let message =
                    format!("expected a column for every term, found column {column} for `{other}` and `{term}`");
                return Err(given.error(message));
            }
            None => {
                return Err(given.error(format!("expected columns below {n_columns}, found {column} for `{term}`")));
            }
        }
    }
    // As many columns as terms, none twice, none too large: all are there.
    let all: Vec<String> = terms.into_iter().flatten().collect();
    if all.is_empty() {
        return Err(given.located(Error::malformed("vocabulary", "the vocabulary is empty")));
    }
    Ok(Arc::new(all))
}
