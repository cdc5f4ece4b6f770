//! The kernels of libsvm, and those that scikit-learn computes for it.

use super::super::context::{Accepts, Context};
use super::super::distances;
use super::super::fitted::{Attributes, Fitted};
use super::super::frame::Frame;
use super::super::kernels::{self, Composed, Pairwise, Parameters, Squares};
use super::super::refused;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::limits;
use crate::ops::reduce::ReduceFunction;
use crate::tensor::{Data, Matrix};

/// A kernel with its support vectors.
pub struct Kernel {
    function: Function,
    /// Row-major `[n_support, n_columns]`; of a precomputed kernel the columns of the table that hold them.
    vectors: Vectors,
}

enum Function {
    Of(kernels::Kernel),
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

/// scikit-learn's functions of two tables, and the kernel that each is.
const FUNCTIONS: [(&str, &str); 8] = [
    ("additive_chi2_kernel", "additive_chi2"),
    ("chi2_kernel", "chi2"),
    ("cosine_similarity", "cosine"),
    ("laplacian_kernel", "laplacian"),
    ("linear_kernel", "linear"),
    ("polynomial_kernel", "poly"),
    ("rbf_kernel", "rbf"),
    ("sigmoid_kernel", "sigmoid"),
];

/// The largest degree of a polynomial kernel: as many multiplications at most.
const MOST_DEGREE: usize = 1 << 16;

impl Kernel {
    /// The kernel of a fitted machine.
    pub fn read(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Self> {
        let gamma = || estimator.attribute("_gamma")?.as_f64();
        let coef0 = || estimator.number_or("coef0", 0.0);
        let expected = "'linear', 'poly', 'rbf', 'sigmoid' or 'precomputed'";
        let name = estimator.optional("kernel").map_or(Some("rbf"), |kernel| kernel.plain_str());
        let function = match name {
            Some("linear") => Pairwise::Linear,
            Some("poly") => {
                let degree = estimator.attribute("degree")?.as_usize()?;
                if degree > MOST_DEGREE {
                    return Err(estimator.unsupported_parameter("degree", "at most 65536"));
                }
                Pairwise::Polynomial { gamma: gamma()?, coef0: coef0()?, degree: degree as f64 }
            }
            Some("rbf") => Pairwise::Radial { gamma: gamma()?, squares: Squares::Direct },
            Some("sigmoid") => Pairwise::Sigmoid { gamma: gamma()?, coef0: coef0()? },
            Some("precomputed") => {
                let vectors = Vectors::Columns(positions(estimator, frame.width())?);
                return Ok(Kernel { function: Function::Precomputed, vectors });
            }
            Some(_) => return Err(estimator.unsupported_parameter("kernel", expected)),
            None => return Self::called(context, estimator, frame.width()),
        };
        let function = Function::Of(kernels::Kernel::Pairwise(function));
        Ok(Kernel { function, vectors: points(context, estimator, frame)? })
    }

    /// A kernel object, or a function of scikit-learn's own: libsvm knows the fitted rows by their positions alone.
    fn called(context: &mut Context, estimator: Fitted<'_>, n_columns: usize) -> Result<Self> {
        let kernel = estimator.attribute("kernel")?;
        let named = kernel.global().filter(|(module, _)| *module == "sklearn.metrics.pairwise");
        let named = named.and_then(|(_, name)| FUNCTIONS.iter().find(|(function, _)| *function == name));
        let function = match named {
            Some((_, word)) => {
                let parameters = Parameters::default();
                kernels::Kernel::Pairwise(Pairwise::named(estimator, "kernel", word, parameters, n_columns)?)
            }
            None if Composed::is_one(kernel) => kernels::Kernel::Composed(Composed::read(context, kernel, n_columns)?),
            None => return Err(estimator.refused(&refused::KERNEL)),
        };
        let fitted = distances::points(estimator.attribute("_BaseLibSVM__Xfit")?, n_columns)?;
        let support = positions(estimator, fitted.rows)?;
        let Data::F64(items) = fitted.take_rows(&support).data else {
            return Err(Error::internal("points that are no doubles"));
        };
        Ok(Kernel { function: Function::Of(function), vectors: Vectors::Dense { n_columns, items } })
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
        let Function::Of(kernels::Kernel::Pairwise(Pairwise::Radial { .. })) = self.function else {
            return Ok(Rows { x: picked, rest: None });
        };
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
        let points = Matrix::new(count, n_columns, Data::F64(vectors));
        match &self.function {
            Function::Of(kernels::Kernel::Pairwise(function)) => function.of_stored(context, x, points, rest),
            Function::Of(kernel) => kernel.of(context, x, &points),
            Function::Precomputed => Ok(x),
        }
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

/// The positions of the support vectors among the fitted rows, which are columns of a kernel.
fn positions(estimator: Fitted<'_>, width: usize) -> Result<Vec<usize>> {
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
    array.to_f64()?.into_iter().map(column).collect()
}
