//! The reference interpreter: every node by its operator's `evaluate`, nothing clever.

use std::collections::HashMap;

use super::{Graph, NodeKind, ValueId};
use crate::ops::RowRefused;
use crate::tensor::Matrix;

/// The values of `outputs` for `rows` rows; `input` gives the matrix of some input fields.
pub fn evaluate(
    graph: &Graph,
    outputs: &[ValueId],
    rows: usize,
    input: impl Fn(&[usize]) -> Matrix,
) -> Result<Vec<Matrix>, RowRefused> {
    let mut values: HashMap<ValueId, Matrix> = HashMap::new();
    for id in graph.needed(outputs) {
        let node = &graph.nodes()[id.0];
        let value = match &node.kind {
            NodeKind::Input { fields } => input(fields),
            NodeKind::Apply { op, inputs } => {
                let operands: Vec<&Matrix> = inputs.iter().map(|input| &values[input]).collect();
                op.operator().evaluate(&operands, if node.ty.per_row { rows } else { 1 })?
            }
        };
        values.insert(id, value);
    }
    Ok(outputs.iter().map(|output| values[output].clone()).collect())
}
