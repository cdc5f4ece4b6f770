//! `IsotonicRegression`: straight lines between thresholds that only rise, or only fall.

use super::context::{Accepts, Context};
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::inputs::Inputs;
use super::piecewise::{Line, interpolated, on_lines, stretch};
use super::predictor::Predictor;
use super::probability::clip;
use crate::error::{Error, Result};
use crate::forest::Comparison;
use crate::graph::{GraphBuilder, ValueId};
use crate::model::Method;
use crate::ops::binary::BinaryFunction;
use crate::tensor::ElementType;

/// `predict`, and `transform`, which is the same.
pub fn regressor(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Predictor> {
    let value = of_frame(context, estimator, frame)?;
    let mut predictor = Predictor::regressor(value, None);
    predictor.methods.push(Method::scalar("transform", "value", value));
    Ok(predictor)
}

/// `transform`: one column.
pub fn transform(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Frame> {
    let value = of_frame(context, estimator, frame)?;
    Frame::of_outcome(context, vec!["isotonicregression0".to_owned()], value)
}

/// One column without a name: fitting keeps none.
pub fn inputs(_estimator: Fitted<'_>, _depth: usize) -> Result<Option<Inputs>> {
    Inputs::unnamed(1).map(Some)
}

fn of_frame(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<ValueId> {
    frame.expect_width(1)?;
    let x = frame.numbers(context, Accepts::Finite)?;
    of_value(context, estimator, x)
}

/// The thresholds of a fitted regression.
#[derive(Debug)]
struct Thresholds {
    x: Vec<f64>,
    y: Vec<f64>,
    /// float32 where it was fitted on float32.
    element: ElementType,
}

impl Thresholds {
    fn read(estimator: Fitted<'_>) -> Result<Self> {
        let attribute = estimator.attribute("X_thresholds_")?;
        let array = attribute.array()?;
        array.expect_dims(1)?;
        let element = if array.dtype.item_bytes == 4 { ElementType::F32 } else { ElementType::F64 };
        let x = array.to_f64()?;
        let y = estimator.floats("y_thresholds_", x.len())?;
        if x.is_empty() || x.iter().any(|threshold| !threshold.is_finite()) {
            return Err(attribute.error("expected finite thresholds, at least one"));
        }
        Ok(Thresholds { x, y, element })
    }
}

/// What the regression makes of one column of numbers.
pub fn of_value(context: &mut Context, estimator: Fitted<'_>, x: ValueId) -> Result<ValueId> {
    let thresholds = Thresholds::read(estimator)?;
    let x = context.graph.cast(x, thresholds.element)?;
    context.check(x, Accepts::Finite)?;
    let g = &mut context.graph;
    let (Some(low), Some(high)) = (thresholds.x.first().copied(), thresholds.x.last().copied()) else {
        return Err(Error::internal("no thresholds"));
    };
    if let [only] = thresholds.y[..] {
        return g.number(only, x);
    }
    match &*estimator.word("out_of_bounds", "nan")? {
        "clip" => {
            let x = clip(g, x, low, high)?;
            lines(g, &thresholds, x)
        }
        "nan" => {
            let value = lines(g, &thresholds, x)?;
            let inside = inside(g, x, low, high)?;
            let missing = g.number(f64::NAN, x)?;
            g.select(inside, value, missing)
        }
        "raise" => {
            let value = lines(g, &thresholds, x)?;
            let inside = inside(g, x, low, high)?;
            let message = format!("{}: a value is out of the range that the model was fitted on", context.trail());
            context.graph.guard(value, inside, message)?;
            Ok(value)
        }
        _ => Err(estimator.unsupported_parameter("out_of_bounds", "'nan', 'clip' or 'raise'")),
    }
}

fn inside(g: &mut GraphBuilder, x: ValueId, low: f64, high: f64) -> Result<ValueId> {
    let (low, high) = (g.number(low, x)?, g.number(high, x)?);
    let from = g.binary(BinaryFunction::LessEqual, low, x)?;
    let to = g.binary(BinaryFunction::LessEqual, x, high)?;
    g.binary(BinaryFunction::And, from, to)
}

/// In float64 a threshold belongs to the line that it begins (NumPy's `interp`), in float32 to the line that it ends
/// (SciPy's own).
fn lines(g: &mut GraphBuilder, thresholds: &Thresholds, x: ValueId) -> Result<ValueId> {
    if thresholds.element == ElementType::F64 {
        return interpolated(g, x, &thresholds.x, &thresholds.y);
    }
    let line = |(x, y): (&[f64], &[f64])| match (x, y) {
        ([from, to], [start, end]) => {
            let slope = (*end as f32 - *start as f32) / (*to as f32 - *from as f32);
            [f64::from(slope), *from, *start]
        }
        _ => [f64::NAN; 3],
    };
    let lines: Vec<Line> = thresholds.x.windows(2).zip(thresholds.y.windows(2)).map(line).collect();
    let inner = thresholds.x.get(1..thresholds.x.len() - 1).unwrap_or_default();
    let stretch = stretch(g, x, inner, Comparison::LessEqual)?;
    on_lines(g, x, stretch, &lines)
}
