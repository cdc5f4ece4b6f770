//! Gaussian processes: weighted sums of kernels between a row and the fitted rows. After scikit-learn's
//! gaussian_process/_gpr.py and _gpc.py.
//!
//! Where a fitted kernel is nearly singular, its weights are large and of both signs: a sum keeps the absolute error of its
//! largest term, about 1e-16 of it for each fitted row, whoever adds them up.

mod classifier;
mod regressor;

pub use classifier::{binary, classifier};
pub use regressor::regressor;

use super::cluster::centres::is_single;
use super::context::{Accepts, Context};
use super::distances::points;
use super::fitted::{Attributes, Fitted};
use super::frame::Frame;
use super::inputs::{self, Inputs};
use super::kernels::{Composed, Kernel};
use super::refused;
use crate::error::{Error, Result};
use crate::graph::ValueId;
use crate::tensor::{Data, Matrix};

/// The input columns: a process whose kernel takes any objects does not count them, its fitted rows show them.
pub fn inputs(estimator: Fitted<'_>, depth: usize) -> Result<Option<Inputs>> {
    if let Some(base) = estimator.present("base_estimator_") {
        return inputs::find(base, depth + 1);
    }
    let Some(fitted) = estimator.present("X_train_") else { return Ok(None) };
    let array = fitted.array()?;
    array.expect_dims(2)?;
    array.shape.get(1).map(|n_columns| Inputs::unnamed(*n_columns)).transpose()
}

/// What a fitted process knows of a row.
struct Process {
    x: ValueId,
    kernel: Composed,
    /// The kernel between every row and each fitted row.
    values: ValueId,
}

impl Process {
    /// Reads `kernel_` and `X_train_`.
    fn read(context: &mut Context, estimator: Fitted<'_>, frame: &Frame) -> Result<Self> {
        let object = estimator.attribute("kernel_")?;
        let kernel = Composed::read(context, object, frame.width())?;
        let fitted = estimator.attribute("X_train_")?;
        let mut points = points(fitted, frame.width())?;
        if is_single(fitted)? {
            if kernel.may_round() {
                // NumPy 1 divides them by one number in float32, NumPy 2 in float64; a number of Python's own does not
                // tell which it is.
                return Err(estimator.refused(&refused::LENGTH_SCALE));
            }
            points = singles(points);
        }
        let x = frame.numbers(context, Accepts::Finite)?;
        let kernel = Kernel::Composed(kernel);
        let values = kernel.of(context, x, &points)?;
        match kernel {
            Kernel::Composed(kernel) => Ok(Process { x, kernel, values }),
            _ => Err(Error::internal("a process without a kernel object")),
        }
    }
}

fn singles(points: Matrix) -> Matrix {
    match points.data {
        Data::F64(items) => {
            Matrix::new(points.rows, points.width, Data::F32(items.into_iter().map(|item| item as f32).collect()))
        }
        _ => points,
    }
}
