//! Functions of one number that are straight lines between ascending knots.

use super::probability::clip;
use crate::error::{Error, Result};
use crate::forest::{Comparison, Forest, Test, TreeNode};
use crate::graph::{GraphBuilder, ValueId};
use crate::ops::take::Take;
use crate::tensor::{Data, ElementType, Matrix};

/// The stretch in which `x` (one column, f32 or f64) lies, I64: the number of ascending `bounds` at or below it, or with
/// `LessEqual` the number below it. A missing value lies anywhere.
pub fn stretch(g: &mut GraphBuilder, x: ValueId, bounds: &[f64], comparison: Comparison) -> Result<ValueId> {
    if bounds.windows(2).any(|pair| pair[0].total_cmp(&pair[1]).is_ge()) {
        return Err(Error::malformed("unexpected-value", "expected ascending numbers, found others"));
    }
    let (nodes, stretches) = balanced(bounds);
    let mut forest = Forest::new(1, comparison)?;
    forest.add_tree(&nodes)?;
    let planted = forest.plant(g, x)?;
    planted.leaf(g, |leaf| stretches.get(leaf.node).copied().unwrap_or(0))
}

/// A straight line: its slope, where it starts, and its value there.
pub type Line = [f64; 3];

/// `slope · (x - start) + value` of the line of each row's stretch, in the element type of `x` (one column).
pub fn on_lines(g: &mut GraphBuilder, x: ValueId, stretch: ValueId, lines: &[Line]) -> Result<ValueId> {
    let numbers = lines.iter().flatten();
    let table = match g.ty(x).element {
        ElementType::F32 => Data::F32(numbers.map(|number| *number as f32).collect()),
        _ => Data::F64(numbers.copied().collect()),
    };
    let line = g.apply(Take { table: Matrix::new(lines.len(), 3, table) }, &[stretch])?;
    let [slope, start, value] = [0, 1, 2].map(|column| g.columns(line, vec![column]));
    let offset = g.sub(x, start?)?;
    let rise = g.mul(slope?, offset)?;
    g.add(rise, value?)
}

/// NumPy's `interp` of `x` (one column, f64) between ascending `knots`, at least two; beyond them the outer values.
pub fn interpolated(g: &mut GraphBuilder, x: ValueId, knots: &[f64], values: &[f64]) -> Result<ValueId> {
    let ([low, .., high], [.., last]) = (knots, values) else {
        return Err(Error::malformed("unexpected-value", "expected at least two knots"));
    };
    let x = clip(g, x, *low, *high)?;
    let mut lines: Vec<Line> = knots.windows(2).zip(values.windows(2)).map(line).collect();
    // A knot belongs to the line that it begins.
    lines.push([0.0, *high, *last]);
    let stretch = stretch(g, x, knots.get(1..).unwrap_or_default(), Comparison::Less)?;
    on_lines(g, x, stretch, &lines)
}

/// NumPy's `interp` as above, of knots that may repeat, and of one knot alone: at a repeated one the last value counts.
pub fn interpolated_from_left(g: &mut GraphBuilder, x: ValueId, knots: &[f64], values: &[f64]) -> Result<ValueId> {
    let (Some(low), Some(high), Some(first)) = (knots.first(), knots.last(), values.first()) else {
        return Err(Error::malformed("unexpected-value", "expected at least one knot"));
    };
    let pairs: Vec<(f64, f64)> = knots.iter().copied().zip(values.iter().copied()).collect();
    let (mut bounds, mut lines) = (Vec::new(), vec![[0.0, *low, *first]]);
    for (index, (knot, value)) in pairs.iter().enumerate() {
        let next = pairs.get(index + 1).filter(|(next, _)| next == knot);
        if next.is_none() {
            let slope = pairs.get(index + 1).map_or(0.0, |(end, last)| (last - value) / (end - knot));
            bounds.push(*knot + 0.0);
            lines.push([slope, *knot, *value]);
        }
    }
    // Before the first knot and from the last one on the line is level, also where `x` is infinitely far away.
    let inside = clip(g, x, *low, *high)?;
    let stretch = stretch(g, x, &bounds, Comparison::Less)?;
    on_lines(g, inside, stretch, &lines)
}

/// The line through two knots.
fn line((knots, values): (&[f64], &[f64])) -> Line {
    match (knots, values) {
        ([from, to], [start, end]) => [(end - start) / (to - from), *from, *start],
        _ => [f64::NAN; 3],
    }
}

/// A tree whose leaves are the stretches between bounds, and the stretch of every node that is a leaf.
fn balanced(bounds: &[f64]) -> (Vec<TreeNode>, Vec<i64>) {
    let (mut nodes, mut stretches) = (vec![TreeNode::Leaf], vec![0]);
    // (node, first bound that may split it, end of those bounds)
    let mut pending = vec![(0, 0, bounds.len())];
    while let Some((node, first, end)) = pending.pop() {
        if first == end {
            stretches[node] = first as i64;
            continue;
        }
        let middle = first + (end - first) / 2;
        let (left, right) = (nodes.len(), nodes.len() + 1);
        nodes.extend([TreeNode::Leaf, TreeNode::Leaf]);
        stretches.extend([0, 0]);
        let test = Test::Number { feature: 0, threshold: bounds[middle], nan_left: true };
        nodes[node] = TreeNode::Split { test, left, right };
        pending.extend([(left, first, middle), (right, middle + 1, end)]);
    }
    (nodes, stretches)
}
