//! Which values lie row after row: those whose makers can leave them so and whose readers all take them so. An input is then
//! read where the host put it. All others lie in planes.

use super::unpack;
use crate::abi::InputArena;
use crate::graph::{Graph, NodeKind, ValueId};
use crate::ops::{Op, RowMajor, ValueType, row_major};

/// For every node whether its value lies row after row.
pub fn row_major(graph: &Graph, needed: &[ValueId], inputs: &[InputArena]) -> Vec<bool> {
    let types = |inputs: &[ValueId]| inputs.iter().map(|input| graph.ty(*input)).collect::<Vec<ValueType>>();
    let mut lies_so: Vec<bool> = graph.nodes().iter().map(|node| row_major::fits(node.ty)).collect();
    for id in needed {
        match &graph.nodes()[id.0].kind {
            NodeKind::Input { fields } => {
                lies_so[id.0] &= unpack::in_place(inputs, fields, graph.ty(*id)).is_some();
            }
            NodeKind::Apply { op, inputs } => {
                let refused = op.operator().row_major(&types(inputs)) == RowMajor::Refused;
                inputs.iter().chain([id]).filter(|_| refused).for_each(|value| lies_so[value.0] = false);
            }
        }
    }
    // What cannot lie so, its neighbours may not either: again until nothing changes.
    loop {
        let before = lies_so.clone();
        for id in needed {
            if let NodeKind::Apply { op, inputs } = &graph.nodes()[id.0].kind {
                settle(graph, op, inputs, *id, &mut lies_so);
            }
        }
        if lies_so == before {
            return lies_so;
        }
    }
}

/// Makes the layouts around one node agree.
fn settle(graph: &Graph, op: &Op, inputs: &[ValueId], output: ValueId, lies_so: &mut [bool]) {
    let types: Vec<ValueType> = inputs.iter().map(|input| graph.ty(*input)).collect();
    let is_kept = op.operator().row_major(&types) == RowMajor::Kept;
    let is_dense = |ty: ValueType| ty.per_row && !ty.is_sparse;
    let per_row = || inputs.iter().filter(|input| is_dense(graph.ty(**input)));
    let all = per_row().all(|input| lies_so[input.0]) && (!is_kept || lies_so[output.0]);
    if !all {
        lies_so[output.0] = false;
        if is_kept || per_row().count() > 1 {
            per_row().for_each(|input| lies_so[input.0] = false);
        }
    }
}
