//! What the trees of histogram gradient boosting read: the table as float64, its categories as codes.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::binary::BinaryFunction;
use crate::ops::unary::UnaryFunction;

/// The features as trees index them.
#[derive(Debug)]
pub struct Input {
    /// f64: `n_features` columns, and behind them the wrapped codes.
    pub x: ValueId,
    /// The features that trees know.
    pub n_features: usize,
    /// Per feature the column of `x` that holds its codes, for features wrapped by [`wrapped`].
    codes: Vec<Option<usize>>,
}

impl Input {
    /// The table through the estimator's own preprocessing.
    pub fn read(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Self> {
        let n_features = estimator.n_features()?;
        frame.expect_width(n_features)?;
        let Some(mask) = estimator.present("is_categorical_") else {
            return Ok(Input { x: frame.numbers(context, Accepts::Everything)?, n_features, codes: Vec::new() });
        };
        let array = mask.array()?;
        array.expect_shape(&[n_features])?;
        let mask = array.to_bool()?;
        match estimator.present("_preprocessor") {
            Some(preprocessor) => encoded(context, preprocessor, frame, &mask),
            None => coded(context, frame, &mask),
        }
    }

    /// The column of `x` that a test on a feature reads.
    pub fn column(&self, feature: usize, is_categorical: bool) -> usize {
        match self.codes.get(feature) {
            Some(Some(column)) if is_categorical => *column,
            _ => feature,
        }
    }
}

/// Since 1.4: an encoder turns categories into codes, and their columns come first.
fn encoded(context: &mut Context, preprocessor: Fitted<'_>, frame: &Frame, mask: &[bool]) -> Result<Input> {
    let transformers = preprocessor.attribute("transformers_")?;
    let mut encoder = None;
    for transformer in transformers.items()? {
        let parts = transformer.items()?;
        if let [name, estimator, ..] = parts[..]
            && name.plain_str() == Some("encoder")
        {
            encoder = Some(estimator);
        }
    }
    let Some(encoder) = encoder else {
        return Err(transformers.error("expected the transformer `encoder`, found others"));
    };
    let chosen = |wanted: bool| -> Vec<usize> {
        mask.iter()
            .enumerate()
            .filter(|(_, is_categorical)| **is_categorical == wanted)
            .map(|(index, _)| index)
            .collect()
    };
    let categorical = frame.select(&chosen(true))?;
    let mut joined = context.within("_preprocessor".to_owned(), |context| context.transform(encoder, &categorical))?;
    joined.expect_width(categorical.width())?;
    joined.columns.extend(frame.select(&chosen(false))?.columns);
    let x = joined.numbers(context, Accepts::Everything)?;
    Ok(Input { x, n_features: mask.len(), codes: Vec::new() })
}

/// Before 1.4: codes stand in their columns.
fn coded(context: &mut Context, frame: &Frame, mask: &[bool]) -> Result<Input> {
    let x = frame.numbers(context, Accepts::Everything)?;
    let mut columns = Vec::new();
    let mut code = |(feature, is_categorical): (usize, &bool)| {
        is_categorical.then(|| {
            columns.push(feature);
            mask.len() + columns.len() - 1
        })
    };
    let codes: Vec<Option<usize>> = mask.iter().enumerate().map(&mut code).collect();
    if columns.is_empty() {
        return Ok(Input { x, n_features: mask.len(), codes });
    }
    let g = &mut context.graph;
    let raw = g.columns(x, columns)?;
    let wrapped = wrapped(g, raw)?;
    Ok(Input { x: g.concat(&[x, wrapped])?, n_features: mask.len(), codes })
}

/// Codes as C casts them to a byte on x86: the integer part modulo 256, and 0 for what 32 bits do not hold. Negative
/// numbers and NaN stay: they count as missing before the cast.
fn wrapped(g: &mut GraphBuilder, x: ValueId) -> Result<ValueId> {
    let whole = g.unary(UnaryFunction::Trunc, x)?;
    let (size, limit, zero) = (g.number(256.0, x)?, g.number(2_147_483_648.0, x)?, g.number(0.0, x)?);
    let share = g.div(whole, size)?;
    let wraps = g.unary(UnaryFunction::Floor, share)?;
    let dropped = g.mul(wraps, size)?;
    let byte = g.sub(whole, dropped)?;
    let fits = g.binary(BinaryFunction::Less, x, limit)?;
    let byte = g.select(fits, byte, zero)?;
    let is_code = g.binary(BinaryFunction::LessEqual, zero, x)?;
    g.select(is_code, byte, x)
}
