//! `PolynomialFeatures`: products of columns up to a degree.
//!
//! Each product of degree d is one of degree d - 1 times a column that comes before all of its columns, as in
//! scikit-learn: the order decides the last bit.

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::refused;
use crate::error::Result;
use crate::graph::ValueId;
use crate::limits;
use crate::tensor::ElementType;

/// The products of one degree.
struct Degree {
    values: Vec<ValueId>,
    /// Per product the columns it multiplies, ascending.
    factors: Vec<Vec<usize>>,
    /// Per column the first product that starts with it, and their number at the end.
    starts: Vec<usize>,
}

/// All products from the smallest to the largest degree.
pub fn transform(context: &mut Context, features: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    frame.expect_width(features.n_features()?)?;
    let [smallest, largest] = degrees(features)?;
    let x = frame.kept(context, Accepts::Finite, false)?;
    let interaction_only = features.flag("interaction_only", false)?;
    let n_columns = frame.width();
    let (mut parts, mut names) = (Vec::new(), Vec::new());
    if features.flag("include_bias", true)? {
        let one = context.graph.number(1.0, x)?;
        parts.push(one);
        names.push("1".to_owned());
    }
    let columns = (0..n_columns).map(|column| context.graph.columns(x, vec![column])).collect::<Result<Vec<_>>>()?;
    let mut degree = Degree {
        values: columns.clone(),
        factors: (0..n_columns).map(|column| vec![column]).collect(),
        starts: (0..=n_columns).collect(),
    };
    for number in 1..=largest {
        if number > 1 {
            degree = degree.next(context, frame, &columns, interaction_only)?;
        }
        if number >= smallest {
            limits::FEATURES.check_len(names.len() + degree.values.len())?;
            parts.extend(&degree.values);
            names.extend(degree.factors.iter().map(|factors| name(factors, frame)));
        }
    }
    let products = features.attribute("n_output_features_")?.as_usize()?;
    if products != names.len() {
        return Err(features.error(format!("expected {products} products, found {}", names.len())));
    }
    if parts.is_empty() {
        return Ok(Frame::default());
    }
    let joined = context.graph.concat(&parts)?;
    let shown = if frame.is_single() { ElementType::F32 } else { ElementType::F64 };
    Ok(Frame { is_sparse: frame.is_sparse, ..Frame::of_numbers(names, joined) }.shown_as(shown))
}

/// Higher degrees leave the range of numbers.
const LARGEST_DEGREE: usize = 32;

/// The smallest and the largest degree.
fn degrees(features: Fitted<'_>) -> Result<[usize; 2]> {
    let degree = features.attribute("degree")?;
    let [smallest, largest] =
        if degree.is_sequence() { degree.items_exactly()?.map(Fitted::as_usize) } else { [Ok(0), degree.as_usize()] };
    match [smallest?, largest?] {
        [_, largest] if largest > LARGEST_DEGREE => Err(features.refused(&refused::DEGREE)),
        degrees => Ok(degrees),
    }
}

impl Degree {
    fn next(
        &self,
        context: &mut Context,
        frame: &Frame,
        columns: &[ValueId],
        interaction_only: bool,
    ) -> Result<Degree> {
        let mut next = Degree { values: Vec::new(), factors: Vec::new(), starts: vec![0] };
        for (column, value) in columns.iter().enumerate() {
            let start = self.starts.get(column + usize::from(interaction_only)).copied().unwrap_or(self.values.len());
            limits::FEATURES.check_len(next.values.len() + self.values.len().saturating_sub(start))?;
            for (product, factors) in self.values.iter().zip(&self.factors).skip(start) {
                let product = context.graph.mul(*product, *value)?;
                next.values.push(frame.step(context, product)?);
                next.factors.push([&[column], &factors[..]].concat());
            }
            next.starts.push(next.values.len());
        }
        Ok(next)
    }
}

/// `x0^2 x1`.
fn name(factors: &[usize], frame: &Frame) -> String {
    let of = |column: usize| frame.columns.get(column).map_or("", |column| column.name.as_str());
    let powers = factors.chunk_by(|a, b| a == b).map(|run| match run {
        [one] => of(*one).to_owned(),
        [first, ..] => format!("{}^{}", of(*first), run.len()),
        [] => String::new(),
    });
    powers.collect::<Vec<_>>().join(" ")
}
