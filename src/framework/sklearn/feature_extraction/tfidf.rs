//! `TfidfTransformer` and `TfidfVectorizer`: counts weighed by how rare their terms were in training.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::preprocessing::normalize;
use super::{analyzer, shown, vocabulary};
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::ops::terms::TermColumns;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// `TfidfVectorizer`: counts through its own `TfidfTransformer`.
pub fn vectorize(context: &mut Context, vectorizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let terms = vocabulary::read(vectorizer)?;
    let counts = analyzer::counts(context, vectorizer, frame, TermColumns::Vocabulary(terms.clone()))?;
    let shown = shown(vectorizer, ElementType::F64)?;
    let weighed = weighed(context, vectorizer.attribute("_tfidf")?, counts, shown)?;
    Ok(Frame { is_sparse: true, ..Frame::of_numbers(terms.to_vec(), weighed) }.shown_as(shown))
}

/// `TfidfTransformer`.
pub fn transform(context: &mut Context, transformer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    if let Some(n_features) = transformer.present("n_features_in_") {
        frame.expect_width(n_features.as_usize()?)?;
    }
    // A dense table becomes a sparse one: what is 0 is not stored.
    let is_single = !frame.columns.is_empty() && frame.columns.iter().all(|column| column.shown == ElementType::F32);
    let shown = if is_single { ElementType::F32 } else { ElementType::F64 };
    let x = frame.matrix(context, Accepts::Finite)?;
    let weighed = weighed(context, transformer, x, shown)?;
    Ok(Frame { is_sparse: true, ..frame.renumbered(weighed) }.shown_as(shown))
}

/// Counts dampened, weighed and brought to length 1, as the transformer says, in precision `shown`.
fn weighed(context: &mut Context, transformer: Fitted<'_>, counts: ValueId, shown: ElementType) -> Result<ValueId> {
    let mut x = counts;
    if transformer.flag("sublinear_tf", false)? {
        if shown == ElementType::F32 {
            let expected = "False for float32, whose logarithms differ from one processor to the next";
            return Err(transformer.unsupported_parameter("sublinear_tf", expected));
        }
        let logarithm = context.graph.unary(UnaryFunction::Log, x)?;
        let one = context.graph.number(1.0, x)?;
        let dampened = context.graph.add(logarithm, one)?;
        // What is 0 is not stored, and stays 0.
        x = if context.graph.ty(x).is_sparse { dampened } else { context.graph.select(x, dampened, x)? };
    }
    if let Some(weights) = weights(transformer, context.graph.width(x))? {
        let weights = context.graph.numbers(&weights, x)?;
        let product = context.graph.mul(x, weights)?;
        x = rounded(context, product, shown)?;
    }
    if let Some(norm) = transformer.present("norm") {
        x = normalize::to_length_1(context, x, (normalize::SMALLEST_STORED_NORM, shown), norm.as_str()?.as_ref())
            .unwrap_or_else(|| Err(transformer.unsupported_parameter("norm", normalize::NORMS)))?;
        x = rounded(context, x, shown)?;
    }
    Ok(x)
}

/// The weight of every column: `idf_`, until 1.3 the diagonal of a matrix; none without `use_idf`.
fn weights(transformer: Fitted<'_>, n_columns: usize) -> Result<Option<Vec<f64>>> {
    if let Some(weights) = transformer.present("idf_") {
        let array = weights.array()?;
        array.expect_shape(&[n_columns])?;
        return finite(weights, array.to_f64()?).map(Some);
    }
    let Some(diagonal) = transformer.present("_idf_diag") else {
        return match transformer.flag("use_idf", true)? {
            true => transformer.attribute("idf_").map(|_| None),
            false => Ok(None),
        };
    };
    let matrix = diagonal.sparse()?;
    let is_diagonal =
        matrix.indices.iter().copied().eq(0..n_columns) && matrix.offsets.iter().copied().eq(0..=n_columns);
    if !is_diagonal {
        return Err(diagonal.error(format!("expected a diagonal of {n_columns} weights")));
    }
    finite(diagonal, matrix.data.to_f64()?).map(Some)
}

fn finite(place: Fitted<'_>, weights: Vec<f64>) -> Result<Vec<f64>> {
    match weights.iter().find(|weight| !weight.is_finite()) {
        Some(weight) => {
            let message = format!("expected finite weights of terms, found {weight}");
            Err(place.located(Error::malformed("weights", message)))
        }
        None => Ok(weights),
    }
}

/// f64 values as they are after each operation in float32: of exact products and quotients, rounding once is enough.
pub fn rounded(context: &mut Context, x: ValueId, shown: ElementType) -> Result<ValueId> {
    if shown != ElementType::F32 {
        return Ok(x);
    }
    let narrow = context.graph.cast(x, ElementType::F32)?;
    context.graph.cast(narrow, ElementType::F64)
}
