//! Vectorizers: texts and dicts into sparse columns.

pub mod analyzer;
mod dict;
mod expression;
mod hashing;
#[cfg(test)]
mod tests;
mod tfidf;
mod vocabulary;

pub use dict::{inputs as dict_inputs, transform as dict};
pub use hashing::transform as hashing;
pub use tfidf::{transform as tfidf, vectorize as tfidf_vectorizer};

use super::context::Context;
use super::fitted::{Attributes, Fitted, element_of};
use super::frame::Frame;
use crate::error::Result;
use crate::ops::terms::TermColumns;
use crate::tensor::ElementType;

/// `CountVectorizer`: how often each term of the vocabulary comes.
pub fn count(context: &mut Context, vectorizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let terms = vocabulary::read(vectorizer)?;
    let counts = analyzer::counts(context, vectorizer, frame, TermColumns::Vocabulary(terms.clone()))?;
    let shown = shown(vectorizer, ElementType::I64)?;
    Ok(Frame { is_sparse: true, ..Frame::of_numbers(terms.to_vec(), counts) }.shown_as(shown))
}

/// The element type that a vectorizer returns.
fn shown(vectorizer: Fitted<'_>, default: ElementType) -> Result<ElementType> {
    vectorizer.present("dtype").map_or(Ok(default), element_of)
}

/// The texts of a list, a set or an array.
fn texts(list: Fitted<'_>) -> Result<Vec<String>> {
    match list.items() {
        Ok(items) => items.into_iter().map(|item| Ok(item.as_str()?.into_owned())).collect(),
        Err(_) if list.is_array() => list.array()?.to_strings(),
        Err(error) => Err(error),
    }
}
