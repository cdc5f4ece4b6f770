//! `KBinsDiscretizer`: the bin of each number, as a code or as a column per bin.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted, element_of};
use super::super::frame::Frame;
use super::super::piecewise::stretch;
use super::super::version::version;
use super::categories;
use crate::error::Result;
use crate::forest::Comparison;
use crate::graph::ValueId;
use crate::limits;
use crate::ops::one_hot::OneHot;
use crate::ops::unary::UnaryFunction;
use crate::tensor::ElementType;

/// Until 1.0 a number counted as this much larger, so that one just below an edge falls into the bin that it begins.
const RELATIVE_SLACK: f64 = 1e-5;
const ABSOLUTE_SLACK: f64 = 1e-8;

/// Encodes every column.
pub fn transform(context: &mut Context, discretizer: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(discretizer.n_features()?)?;
    let of_table = if frame.is_single() { ElementType::F32 } else { ElementType::F64 };
    let shown = discretizer.present("dtype").map_or(Ok(of_table), element_of)?;
    let x = frame.numbers(context, Accepts::Finite)?;
    let narrow = context.graph.cast(x, shown)?;
    context.check(narrow, Accepts::Finite)?;
    let x = slackened(context, discretizer, narrow)?;
    let edges = discretizer.attribute("bin_edges_")?.items_of(frame.width())?;
    let mut bins = Vec::new();
    for (column, edges) in edges.into_iter().enumerate() {
        let array = edges.array()?;
        array.expect_dims(1)?;
        let edges = array.to_f64()?;
        let inner = edges.get(1..edges.len().saturating_sub(1)).unwrap_or_default();
        let x = context.graph.columns(x, vec![column])?;
        bins.push((stretch(&mut context.graph, x, inner, Comparison::Less)?, inner.len() + 1));
    }
    match &*discretizer.word("encode", "onehot")? {
        "ordinal" => {
            let codes = bins.into_iter().map(|(bin, _)| context.graph.cast(bin, ElementType::F64));
            let codes = codes.collect::<Result<Vec<_>>>()?;
            let codes = context.graph.concat(&codes)?;
            Ok(Frame::of_numbers(frame.names(), codes).shown_as(shown))
        }
        word @ ("onehot" | "onehot-dense") => {
            let encoded = one_hot(context, discretizer, frame, &bins)?.shown_as(shown);
            Ok(Frame { is_sparse: word == "onehot", ..encoded })
        }
        _ => Err(discretizer.unsupported_parameter("encode", "'onehot', 'onehot-dense' or 'ordinal'")),
    }
}

/// The numbers that are looked up among the edges, in f64.
fn slackened(context: &mut Context, discretizer: Fitted<'_>, x: ValueId) -> Result<ValueId> {
    let g = &mut context.graph;
    if version(discretizer) > (1, 0) {
        return g.cast(x, ElementType::F64);
    }
    let size = g.unary(UnaryFunction::Abs, x)?;
    let relative = g.number(RELATIVE_SLACK, x)?;
    let slack = g.mul(relative, size)?;
    let absolute = g.number(ABSOLUTE_SLACK, x)?;
    let slack = g.add(absolute, slack)?;
    let moved = g.add(x, slack)?;
    g.cast(moved, ElementType::F64)
}

/// A column per bin, named by the encoder inside.
fn one_hot(context: &mut Context, discretizer: Fitted<'_>, frame: &Frame, bins: &[(ValueId, usize)]) -> Result<Frame> {
    let encoder = discretizer.attribute("_encoder")?;
    let known = categories::read(encoder, frame.width())?;
    let (mut parts, mut names) = (Vec::new(), Vec::new());
    for ((column, known), (bin, width)) in frame.columns.iter().zip(&known).zip(bins) {
        if known.len() != *width {
            return Err(encoder.error(format!("expected {width} categories, found {}", known.len())));
        }
        limits::FEATURES.check_len(names.len() + width)?;
        names.extend(known.suffixes.iter().map(|suffix| format!("{}_{suffix}", column.name)));
        let hot = OneHot { width: *width, element: ElementType::F64 };
        parts.push(context.graph.apply(hot, &[*bin])?);
    }
    let encoded = context.graph.concat(&parts)?;
    Ok(Frame::of_numbers(names, encoded))
}
