//! The operator graph of a model: built once, checked while it is built, evaluated plainly or compiled.
//!
//! A model has one graph; its methods are named values of it, so that what they share is computed by shared code.

mod build;
mod evaluate;

pub use build::GraphBuilder;
pub use evaluate::evaluate;

use crate::ops::{Op, SparseInputs, ValueType};
use crate::tensor::ElementType;

/// A value of the graph: the result of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(pub(crate) usize);

/// What a node is.
#[derive(Debug, Clone)]
pub enum NodeKind {
    /// Some of the model's input fields: numbers of one type side by side, or one text.
    Input {
        /// Indices into the model's fields.
        fields: Vec<usize>,
    },
    /// An operator on earlier values.
    Apply {
        /// The operator.
        op: Op,
        /// Its inputs.
        inputs: Vec<ValueId>,
    },
}

/// One node with the type of its value.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The type of its value.
    pub ty: ValueType,
}

/// A check that refuses rows at prediction time, as the framework does.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Site {
    /// What the framework refuses, for people.
    pub message: String,
}

/// A finished graph: nodes stand after their inputs, every type fits.
#[derive(Debug, Clone)]
pub struct Graph {
    nodes: Vec<Node>,
    sites: Vec<Site>,
    /// (guarded value, the `ensure` that must run before the value counts).
    guards: Vec<(ValueId, ValueId)>,
    /// The element type of every input field.
    fields: Vec<ElementType>,
}

impl Graph {
    /// The nodes, inputs before users.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The type of a value.
    pub fn ty(&self, value: ValueId) -> ValueType {
        self.nodes[value.0].ty
    }

    /// The checks that refuse rows.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// The element type of every input field.
    pub fn fields(&self) -> &[ElementType] {
        &self.fields
    }

    /// The value whose places of stored elements a sparse value shares: itself, unless an elementwise operator made it.
    pub fn pattern_of(&self, value: ValueId) -> ValueId {
        let mut value = value;
        while let NodeKind::Apply { op, inputs } = &self.nodes[value.0].kind
            && op.operator().sparse_inputs() == SparseInputs::Elementwise
            && let Some(sparse) = inputs.iter().find(|input| self.ty(**input).is_sparse)
        {
            value = *sparse;
        }
        value
    }

    /// The nodes that `outputs` need, guards included, in order.
    pub fn needed(&self, outputs: &[ValueId]) -> Vec<ValueId> {
        let mut needed = vec![false; self.nodes.len()];
        let mut pending: Vec<ValueId> = outputs.to_vec();
        while let Some(value) = pending.pop() {
            if std::mem::replace(&mut needed[value.0], true) {
                continue;
            }
            if let NodeKind::Apply { inputs, .. } = &self.nodes[value.0].kind {
                pending.extend(inputs);
            }
            pending.extend(self.guards.iter().filter(|(guarded, _)| *guarded == value).map(|(_, ensure)| *ensure));
        }
        (0..self.nodes.len()).filter(|i| needed[*i]).map(ValueId).collect()
    }

    /// The graph as text, one node a line, for people and tests.
    pub fn dump(&self) -> String {
        let line = |(i, node): (usize, &Node)| {
            let ty = node.ty;
            let what = match &node.kind {
                NodeKind::Input { fields } => format!("input of {} fields", fields.len()),
                NodeKind::Apply { op, inputs } => {
                    let inputs: Vec<String> = inputs.iter().map(|input| format!("%{}", input.0)).collect();
                    format!("{}({})", op.operator().name(), inputs.join(", "))
                }
            };
            let kind = if ty.is_sparse { " sparse" } else { "" };
            let kind = if ty.per_row { kind } else { " constant" };
            format!("%{i}: {}×{}{kind} = {what}\n", ty.width, ty.element)
        };
        self.nodes.iter().enumerate().map(line).collect()
    }
}
