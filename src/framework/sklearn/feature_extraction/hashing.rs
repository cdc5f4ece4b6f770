//! `HashingVectorizer`: terms counted in the column of their hash.

use super::super::context::Context;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::preprocessing::normalize;
use super::{analyzer, shown};
use crate::error::{Error, Result};
use crate::limits;
use crate::ops::terms::TermColumns;
use crate::tensor::ElementType;

/// What `n_features` is unless it is set.
const N_FEATURES: f64 = 1_048_576.0;

/// Counts, signed by the hash with `alternate_sign`, and rows brought to length 1 with `norm`.
pub fn transform(context: &mut Context, vectorizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let n_features = vectorizer.number_or("n_features", N_FEATURES)?;
    let n_columns = n_features as u32;
    if n_features < 1.0 || f64::from(n_columns) != n_features {
        let message = format!("expected a number of columns from 1, found {n_features}");
        return Err(vectorizer.located(Error::malformed("column-count", message)));
    }
    limits::SPARSE_COLUMNS.check(n_columns.into())?;
    let alternate_sign = vectorizer.flag("alternate_sign", true)?;
    let columns = TermColumns::Hashed { n_columns, alternate_sign };
    let mut counts = analyzer::counts(context, vectorizer, frame, columns)?;
    let shown = shown(vectorizer, ElementType::F64)?;
    if let Some(norm) = vectorizer.present("norm") {
        counts =
            normalize::to_length_1(context, counts, (normalize::SMALLEST_STORED_NORM, shown), norm.as_str()?.as_ref())
                .unwrap_or_else(|| Err(vectorizer.unsupported_parameter("norm", normalize::NORMS)))?;
        counts = super::tfidf::rounded(context, counts, shown)?;
        context.is_finite(counts);
    }
    // Columns of hashes have no names.
    let names = vec![String::new(); n_columns as usize];
    Ok(Frame { is_sparse: true, ..Frame::of_numbers(names, counts) }.shown_as(shown))
}
