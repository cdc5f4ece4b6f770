//! The kernels of libsvm.

use std::sync::Arc;

use super::super::context::{Accepts, Context};
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::refused;
use crate::error::Result;
use crate::graph::ValueId;
use crate::limits;
use crate::ops::dot::Dot;
use crate::ops::pairwise::{Metric, Pairwise};
use crate::ops::reduce::ReduceFunction;
use crate::ops::unary::UnaryFunction;
use crate::tensor::{Data, Matrix};

/// A kernel with its support vectors.
pub struct Kernel {
    function: Function,
    /// Row-major `[n_support, n_columns]`; of a precomputed kernel the columns of the table that hold them.
    vectors: Vectors,
}

enum Function {
    Linear,
    Polynomial { gamma: f64, coef0: f64, degree: u32 },
    Radial { gamma: f64 },
    Sigmoid { gamma: f64, coef0: f64 },
    Precomputed,
}

enum Vectors {
    Dense {
        n_columns: usize,
        items: Vec<f64>,
    },
    /// The columns that some vector stores, and all vectors in them alone.
    Stored {
        kept: Vec<usize>,
        items: Vec<f64>,
    },
    Columns(Vec<usize>),
}

/// The rows as a kernel takes them.
#[derive(Clone, Copy)]
pub struct Rows {
    /// The columns in which some support vector stores something.
    x: ValueId,
    /// The sum of the squares of all other columns, where there are some.
    rest: Option<ValueId>,
}

impl Rows {
    /// Any column, for a sum over no support vector at all.
    pub fn first_column(self, context: &mut Context) -> Result<ValueId> {
        let first = context.graph.columns(self.x, vec![0])?;
        context.dense(first)
    }
}

/// The largest degree of a polynomial kernel: as many multiplications at most.
const MOST_DEGREE: usize = 1 << 16;

impl Kernel {
    /// The kernel of a fitted machine.
    pub fn read(context: &Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Self> {
        let gamma = || estimator.attribute("_gamma")?.as_f64();
        let coef0 = || estimator.number_or("coef0", 0.0);
        let expected = "'linear', 'poly', 'rbf', 'sigmoid' or 'precomputed'";
        let name = estimator.optional("kernel").map_or(Some("rbf"), |kernel| kernel.plain_str());
        let function = match name {
            Some("linear") => Function::Linear,
            Some("poly") => {
                let degree = estimator.attribute("degree")?.as_usize()?;
                if degree > MOST_DEGREE {
                    return Err(estimator.unsupported_parameter("degree", "at most 65536"));
                }
                Function::Polynomial { gamma: gamma()?, coef0: coef0()?, degree: degree as u32 }
            }
            Some("rbf") => Function::Radial { gamma: gamma()? },
            Some("sigmoid") => Function::Sigmoid { gamma: gamma()?, coef0: coef0()? },
            Some("precomputed") => Function::Precomputed,
            Some(_) => return Err(estimator.unsupported_parameter("kernel", expected)),
            None => return Err(estimator.refused(&refused::KERNEL)),
        };
        let vectors = match function {
            Function::Precomputed => columns(estimator, frame.width())?,
            _ => points(context, estimator, frame)?,
        };
        Ok(Kernel { function, vectors })
    }

    /// The number of support vectors.
    pub fn n_support(&self) -> usize {
        match &self.vectors {
            Vectors::Dense { n_columns, items } => items.len() / (*n_columns).max(1),
            Vectors::Stored { kept, items } => items.len() / kept.len().max(1),
            Vectors::Columns(columns) => columns.len(),
        }
    }

    /// The table as finite numbers.
    pub fn rows(&self, context: &mut Context, frame: &Frame) -> Result<Rows> {
        let Vectors::Stored { kept, .. } = &self.vectors else {
            return Ok(Rows { x: frame.numbers(context, Accepts::Finite)?, rest: None });
        };
        let all = frame.matrix(context, Accepts::Finite)?;
        let picked = context.graph.columns(all, kept.clone())?;
        let Function::Radial { .. } = self.function else { return Ok(Rows { x: picked, rest: None }) };
        let [all, some] = [all, picked].map(|value| {
            let squares = context.graph.mul(value, value)?;
            context.graph.reduce(ReduceFunction::Sum, squares)
        });
        let rest = context.graph.sub(all?, some?)?;
        Ok(Rows { x: context.dense(picked)?, rest: Some(rest) })
    }

    /// The kernel between every row and `count` support vectors from `start` on, a column each.
    pub fn of(&self, context: &mut Context, rows: Rows, start: usize, count: usize) -> Result<ValueId> {
        let Rows { x, rest } = rows;
        let (n_columns, items) = match &self.vectors {
            Vectors::Columns(columns) => {
                return context.graph.columns(x, columns.iter().skip(start).take(count).copied().collect());
            }
            Vectors::Dense { n_columns, items } => (*n_columns, items),
            Vectors::Stored { kept, items } => (kept.len(), items),
        };
        let vectors: Vec<f64> = items.iter().skip(start * n_columns).take(count * n_columns).copied().collect();
        if let Function::Radial { gamma } = self.function {
            let points = Arc::new(Matrix::new(count, n_columns, Data::F64(vectors)));
            let pairwise = Pairwise { points, metric: Metric::SquaredEuclidean, is_rooted: false };
            let mut distances = context.graph.apply(pairwise, &[x])?;
            let g = &mut context.graph;
            if let Some(rest) = rest {
                distances = g.add(distances, rest)?;
            }
            let factor = g.number(-gamma, distances)?;
            let scaled = g.mul(factor, distances)?;
            return g.unary(UnaryFunction::Exp, scaled);
        }
        let dot = Dot { weights: Data::F64(vectors), start: Data::F64(vec![0.0; count]), start_first: false };
        let products = context.graph.apply(dot, &[x])?;
        self.of_products(context, products)
    }

    fn of_products(&self, context: &mut Context, products: ValueId) -> Result<ValueId> {
        let (gamma, coef0) = match self.function {
            Function::Polynomial { gamma, coef0, .. } | Function::Sigmoid { gamma, coef0 } => (gamma, coef0),
            _ => return Ok(products),
        };
        let g = &mut context.graph;
        let (gamma, coef0) = (g.number(gamma, products)?, g.number(coef0, products)?);
        let scaled = g.mul(gamma, products)?;
        let shifted = g.add(scaled, coef0)?;
        match self.function {
            Function::Polynomial { degree, .. } => power(context, shifted, degree),
            _ => g.unary(UnaryFunction::Tanh, shifted),
        }
    }
}

/// A whole power by squaring, as libsvm forms it.
fn power(context: &mut Context, base: ValueId, mut degree: u32) -> Result<ValueId> {
    let g = &mut context.graph;
    let (mut result, mut square) = (None, base);
    while degree > 0 {
        if degree % 2 == 1 {
            result = Some(match result {
                None => square,
                Some(result) => g.mul(result, square)?,
            });
        }
        degree /= 2;
        if degree > 0 {
            square = g.mul(square, square)?;
        }
    }
    match result {
        Some(result) => Ok(result),
        // A power of 0 is 1, whatever the base: even of NaN.
        None => g.binary(crate::ops::binary::BinaryFunction::Equal, base, base).and_then(|ones| {
            let one = g.number(1.0, base)?;
            g.select(ones, one, one)
        }),
    }
}

/// The support vectors; of sparse ones the columns that they store, where the table is sparse as well.
fn points(context: &Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Vectors> {
    let attribute = estimator.attribute("support_vectors_")?;
    if !attribute.is_sparse() || !frame.holds_sparse(context) {
        return dense(estimator, frame.width());
    }
    let sparse = attribute.sparse()?;
    if sparse.by_column || sparse.n_cols != frame.width() {
        return Err(attribute.error(format!("expected rows of {} columns", frame.width())));
    }
    let mut kept = sparse.indices.clone();
    kept.sort_unstable();
    kept.dedup();
    if kept.is_empty() {
        kept.push(0);
    }
    limits::DATA_BYTES.check_len(kept.len().saturating_mul(sparse.n_rows).saturating_mul(8))?;
    let mut items = vec![0.0; kept.len() * sparse.n_rows];
    let values = sparse.data.to_f64()?;
    for (row, bounds) in sparse.offsets.windows(2).enumerate() {
        let stored = bounds[0]..bounds[1];
        let columns = sparse.indices.get(stored.clone()).unwrap_or_default();
        for (column, value) in columns.iter().zip(values.get(stored).unwrap_or_default()) {
            let place = kept.binary_search(column).ok().and_then(|place| items.get_mut(row * kept.len() + place));
            if let Some(item) = place {
                *item += *value;
            }
        }
    }
    Ok(Vectors::Stored { kept, items })
}

fn dense(estimator: Fitted<'_>, n_columns: usize) -> Result<Vectors> {
    let attribute = estimator.attribute("support_vectors_")?;
    if attribute.is_sparse() {
        let sparse = attribute.sparse()?;
        if sparse.n_cols != n_columns {
            return Err(attribute.error(format!("expected {n_columns} columns, found {}", sparse.n_cols)));
        }
        return Ok(Vectors::Dense { n_columns, items: sparse.to_dense_f64()? });
    }
    let array = attribute.array()?;
    let n_support = array.shape.first().copied().unwrap_or(0);
    array.expect_shape(&[n_support, n_columns])?;
    limits::FEATURES.check_len(n_support)?;
    Ok(Vectors::Dense { n_columns, items: array.to_f64()? })
}

fn columns(estimator: Fitted<'_>, width: usize) -> Result<Vectors> {
    let support = estimator.attribute("support_")?;
    let array = support.array()?;
    array.expect_dims(1)?;
    let column = |position: f64| {
        let column = position as usize;
        if position >= 0.0 && column < width {
            Ok(column)
        } else {
            Err(support.error(format!("expected a column below {width}, found {position}")))
        }
    };
    Ok(Vectors::Columns(array.to_f64()?.into_iter().map(column).collect::<Result<_>>()?))
}
