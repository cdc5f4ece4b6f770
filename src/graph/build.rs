//! The only way to make a graph: every step checks its operands and folds what is constant.

use std::collections::{HashMap, HashSet};

use super::{Graph, Node, NodeKind, Site, ValueId};
use crate::error::{Error, Result};
use crate::limits;
use crate::ops::binary::{Binary, BinaryFunction};
use crate::ops::cast::Cast;
use crate::ops::columns::Columns;
use crate::ops::concat::Concat;
use crate::ops::constant::Constant;
use crate::ops::dense::Dense;
use crate::ops::ensure::{Condition, Ensure};
use crate::ops::reduce::{Reduce, ReduceFunction};
use crate::ops::scatter::Scatter;
use crate::ops::select::Select;
use crate::ops::unary::{Unary, UnaryFunction};
use crate::ops::{Op, SparseInputs, ValueType};
use crate::tensor::{Data, ElementType, Matrix};

/// Builds a [`Graph`] over the fields of a model.
#[derive(Debug)]
pub struct GraphBuilder {
    graph: Graph,
    /// The element type of every field; `None` until the first use settles it.
    fields: Vec<Option<ElementType>>,
    /// The inputs made so far, by their fields.
    inputs: HashMap<Vec<usize>, ValueId>,
}

impl GraphBuilder {
    /// A graph whose input fields have these element types: f32, f64 or text.
    pub fn new(fields: Vec<ElementType>) -> Self {
        Self::over(fields.into_iter().map(Some).collect())
    }

    /// A graph over fields whose element types their use decides; a field that is never used ends as text.
    pub fn untyped(n_fields: usize) -> Self {
        Self::over(vec![None; n_fields])
    }

    fn over(fields: Vec<Option<ElementType>>) -> Self {
        let graph = Graph { nodes: Vec::new(), sites: Vec::new(), guards: Vec::new(), fields: Vec::new() };
        GraphBuilder { graph, fields, inputs: HashMap::new() }
    }

    /// Settles the element type of an untyped field. Returns the type that the field has, whichever came first.
    pub fn settle(&mut self, field: usize, element: ElementType) -> Option<ElementType> {
        self.fields.get_mut(field).map(|settled| *settled.get_or_insert(element))
    }

    /// The type of a value.
    pub fn ty(&self, value: ValueId) -> ValueType {
        self.graph.ty(value)
    }

    /// The elements per row of a value.
    pub fn width(&self, value: ValueId) -> usize {
        self.ty(value).width
    }

    /// The number of input fields.
    pub fn n_fields(&self) -> usize {
        self.fields.len()
    }

    /// The element type of an input field, once it is settled.
    pub fn field(&self, field: usize) -> Option<ElementType> {
        self.fields.get(field).copied().flatten()
    }

    /// Some input fields: numbers of one type side by side, or one text.
    pub fn input(&mut self, fields: Vec<usize>) -> Result<ValueId> {
        if let Some(known) = self.inputs.get(&fields) {
            return Ok(*known);
        }
        let element = fields.first().and_then(|field| self.field(*field));
        let Some(element) = element else {
            return Err(Error::internal("an input without fields"));
        };
        if fields.iter().any(|field| self.field(*field) != Some(element)) {
            return Err(Error::internal(format!("input fields {fields:?} are not all {element}")));
        }
        if element == ElementType::Text && fields.len() > 1 {
            return Err(Error::internal("several texts in one input"));
        }
        let ty = ValueType::rows(element, fields.len());
        let value = self.push(NodeKind::Input { fields: fields.clone() }, ty);
        self.inputs.insert(fields, value);
        Ok(value)
    }

    /// Every input field, all numbers of one type.
    pub fn all_inputs(&mut self) -> Result<ValueId> {
        self.input((0..self.n_fields()).collect())
    }

    /// Applies an operator. What depends on constants alone is computed now.
    pub fn apply(&mut self, op: impl Into<Op>, inputs: &[ValueId]) -> Result<ValueId> {
        let op = op.into();
        let types: Vec<ValueType> = inputs.iter().map(|input| self.ty(*input)).collect();
        self.check_sparse(&op, inputs)?;
        let ty = op.operator().infer(&types)?;
        let is_constant = matches!(op, Op::Constant(_));
        if !is_constant && !inputs.is_empty() && types.iter().all(|ty| !ty.per_row) && ty.element != ElementType::Text {
            let matrices: Vec<Matrix> = inputs.iter().filter_map(|input| self.constant_of(*input)).collect();
            let folded = op.operator().evaluate(&matrices.iter().collect::<Vec<_>>(), 1);
            let folded = folded.map_err(|_| Error::internal("a constant that is refused"))?;
            return self.constant(folded.data);
        }
        Ok(self.push(NodeKind::Apply { op, inputs: inputs.to_vec() }, ty))
    }

    /// Refuses sparse inputs that an operator does not take.
    fn check_sparse(&self, op: &Op, inputs: &[ValueId]) -> Result<()> {
        let mut sparse = inputs.iter().filter(|input| self.ty(**input).is_sparse);
        let Some(first) = sparse.next() else { return Ok(()) };
        let operator = op.operator();
        let fits = match operator.sparse_inputs() {
            SparseInputs::Refused => false,
            SparseInputs::Taken => true,
            SparseInputs::Elementwise => {
                let pattern = self.graph.pattern_of(*first);
                sparse.all(|input| self.graph.pattern_of(*input) == pattern)
            }
        };
        if fits {
            return Ok(());
        }
        Err(Error::internal(format!("operator `{}`: sparse inputs that it does not take", operator.name())))
    }

    /// A value with every element stored; itself where it is dense.
    pub fn dense(&mut self, x: ValueId) -> Result<ValueId> {
        if !self.ty(x).is_sparse {
            return Ok(x);
        }
        limits::DENSE_COLUMNS.check_len(self.width(x))?;
        self.apply(Dense, &[x])
    }

    /// Values at the columns that positions name, among `width` columns, as a sparse value.
    pub fn scatter(&mut self, positions: ValueId, values: ValueId, width: usize) -> Result<ValueId> {
        limits::SPARSE_COLUMNS.check_len(width)?;
        self.apply(Scatter { width }, &[positions, values])
    }

    /// A value of the whole call.
    pub fn constant(&mut self, data: Data) -> Result<ValueId> {
        self.apply(Constant { data }, &[])
    }

    /// The same number in the element type of `like`.
    pub fn number(&mut self, value: f64, like: ValueId) -> Result<ValueId> {
        self.numbers(&[value], like)
    }

    /// Numbers, one per column, in the element type of `like`.
    pub fn numbers(&mut self, values: &[f64], like: ValueId) -> Result<ValueId> {
        self.constant(match self.ty(like).element {
            ElementType::F32 => Data::F32(values.iter().map(|value| *value as f32).collect()),
            _ => Data::F64(values.to_vec()),
        })
    }

    /// One function of every element.
    pub fn unary(&mut self, function: UnaryFunction, x: ValueId) -> Result<ValueId> {
        self.apply(Unary { function }, &[x])
    }

    /// One function of two elements; a value of width 1 is spread.
    pub fn binary(&mut self, function: BinaryFunction, a: ValueId, b: ValueId) -> Result<ValueId> {
        self.apply(Binary { function }, &[a, b])
    }

    /// `a + b`.
    pub fn add(&mut self, a: ValueId, b: ValueId) -> Result<ValueId> {
        self.binary(BinaryFunction::Add, a, b)
    }

    /// `a - b`.
    pub fn sub(&mut self, a: ValueId, b: ValueId) -> Result<ValueId> {
        self.binary(BinaryFunction::Sub, a, b)
    }

    /// `a · b`.
    pub fn mul(&mut self, a: ValueId, b: ValueId) -> Result<ValueId> {
        self.binary(BinaryFunction::Mul, a, b)
    }

    /// `a / b`.
    pub fn div(&mut self, a: ValueId, b: ValueId) -> Result<ValueId> {
        self.binary(BinaryFunction::Div, a, b)
    }

    /// `condition != 0 ? a : b`.
    pub fn select(&mut self, condition: ValueId, a: ValueId, b: ValueId) -> Result<ValueId> {
        self.apply(Select, &[condition, a, b])
    }

    /// The value as another element type; itself where it has it.
    pub fn cast(&mut self, x: ValueId, to: ElementType) -> Result<ValueId> {
        if self.ty(x).element == to { Ok(x) } else { self.apply(Cast { to }, &[x]) }
    }

    /// Some columns of a value; itself where they are all its columns in order.
    pub fn columns(&mut self, x: ValueId, indices: Vec<usize>) -> Result<ValueId> {
        if indices.iter().copied().eq(0..self.width(x)) { Ok(x) } else { self.apply(Columns { indices }, &[x]) }
    }

    /// Values side by side; the value itself where it is alone.
    pub fn concat(&mut self, values: &[ValueId]) -> Result<ValueId> {
        if let [only] = values { Ok(*only) } else { self.apply(Concat, values) }
    }

    /// One number from the columns of a row.
    pub fn reduce(&mut self, function: ReduceFunction, x: ValueId) -> Result<ValueId> {
        self.apply(Reduce { function }, &[x])
    }

    /// Refuses, whenever `guarded` is needed, the rows for which a column of `condition` is 0 (or negative, for integers).
    pub fn guard(&mut self, guarded: ValueId, condition: ValueId, message: impl Into<String>) -> Result<()> {
        self.ensure(guarded, (condition, Condition::Passed), message)
    }

    /// Refuses, whenever `guarded` is needed, the rows for which a column of a value does not meet a condition.
    pub fn ensure(
        &mut self,
        guarded: ValueId,
        (value, condition): (ValueId, Condition),
        message: impl Into<String>,
    ) -> Result<()> {
        let message = message.into();
        let site = self.graph.sites.iter().position(|site| site.message == message).unwrap_or_else(|| {
            self.graph.sites.push(Site { message });
            self.graph.sites.len() - 1
        });
        let ensure = self.apply(Ensure { condition, site: site as u32 }, &[value])?;
        self.graph.guards.push((guarded, ensure));
        Ok(())
    }

    /// How many guards there are.
    pub fn n_guards(&self) -> usize {
        self.graph.guards.len()
    }

    /// Lets `guarded` be refused, too, by guards of other values, given by their order of creation.
    pub fn inherit_guards(&mut self, guarded: ValueId, guards: impl Iterator<Item = usize>) {
        let ensures: Vec<ValueId> = guards.filter_map(|guard| Some(self.graph.guards.get(guard)?.1)).collect();
        self.graph.guards.extend(ensures.into_iter().map(|ensure| (guarded, ensure)));
    }

    /// The finished graph.
    pub fn finish(self) -> Graph {
        let fields = self.fields.iter().map(|settled| settled.unwrap_or(ElementType::Text)).collect();
        Graph { fields, ..self.graph }
    }

    /// The elements of a constant.
    pub fn constant_of(&self, value: ValueId) -> Option<Matrix> {
        match &self.graph.nodes[value.0].kind {
            NodeKind::Apply { op: Op::Constant(constant), .. } => {
                Some(Matrix::new(1, constant.data.len(), constant.data.clone()))
            }
            _ => None,
        }
    }

    /// Whether a value, or one that it is computed from, is the result of an operator that passes the test.
    pub fn depends_on(&self, value: ValueId, test: impl Fn(&Op, ElementType) -> bool) -> bool {
        let mut seen = HashSet::new();
        let mut pending = vec![value];
        while let Some(value) = pending.pop() {
            if !seen.insert(value) {
                continue;
            }
            let node = &self.graph.nodes[value.0];
            if let NodeKind::Apply { op, inputs } = &node.kind {
                if test(op, node.ty.element) {
                    return true;
                }
                pending.extend(inputs);
            }
        }
        false
    }

    /// The positions and the table of a value that looks positions up in a table.
    pub fn taken(&self, value: ValueId) -> Option<(ValueId, &Matrix)> {
        match &self.graph.nodes[value.0].kind {
            NodeKind::Apply { op: Op::Take(take), inputs } => Some((*inputs.first()?, &take.table)),
            _ => None,
        }
    }

    fn push(&mut self, kind: NodeKind, ty: ValueType) -> ValueId {
        self.graph.nodes.push(Node { kind, ty });
        ValueId(self.graph.nodes.len() - 1)
    }
}
