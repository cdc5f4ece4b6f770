//! How much a block of every value may hold: the most bytes of text, the most stored elements of a sparse value.
//!
//! Both follow from the capacities of the text inputs and the number of rows, so a block whose input fits its arenas never
//! exceeds an arena inside.

use crate::abi::InputArena;
use crate::graph::{Graph, NodeKind, ValueId};
use crate::ops::{Held, SparseInputs};
use crate::tensor::ElementType;

/// What every value of a graph may hold in a block of `stride` rows; nothing for values that are not needed.
pub fn held(graph: &Graph, needed: &[ValueId], inputs: &[InputArena], stride: u64) -> Vec<Held> {
    let nothing = |i| Held { ty: graph.ty(ValueId(i)), text_bytes: 0, stored: 0 };
    let mut all: Vec<Held> = (0..graph.nodes().len()).map(nothing).collect();
    for id in needed {
        let node = &graph.nodes()[id.0];
        match &node.kind {
            NodeKind::Input { fields } => all[id.0].text_bytes = input_text_bytes(inputs, fields),
            NodeKind::Apply { op, inputs } => {
                let operands: Vec<Held> = inputs.iter().map(|input| all[input.0]).collect();
                let operator = op.operator();
                if node.ty.element == ElementType::Text {
                    let passed_on: u64 = operands.iter().map(|operand| operand.text_bytes).sum();
                    all[id.0].text_bytes = operator.text_bytes_per_row() as u64 * stride + passed_on;
                }
                if node.ty.is_sparse {
                    all[id.0].stored = match operator.sparse_inputs() {
                        SparseInputs::Elementwise => all[graph.pattern_of(*id).0].stored,
                        _ => operator.most_stored(&operands, stride as u32),
                    };
                }
            }
        }
    }
    all
}

fn input_text_bytes(inputs: &[InputArena], fields: &[usize]) -> u64 {
    let capacity = inputs.iter().find_map(|arena| match arena {
        InputArena::Text { field, capacity, .. } if fields == [*field as usize] => Some(u64::from(*capacity)),
        _ => None,
    });
    capacity.unwrap_or(0)
}
