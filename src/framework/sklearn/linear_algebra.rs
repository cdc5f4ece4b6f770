//! Small dense matrices of constants: what an estimator would compute from its attributes at every call.

use crate::error::{Error, Result};
use crate::limits;

/// A row-major matrix of f64.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// The rows.
    pub rows: usize,
    /// The columns.
    pub columns: usize,
    /// Row after row.
    pub items: Vec<f64>,
}

impl Dense {
    /// A matrix of items that fit its shape.
    pub fn new(rows: usize, columns: usize, items: Vec<f64>) -> Result<Self> {
        match rows.checked_mul(columns) {
            Some(count) if count == items.len() => Ok(Dense { rows, columns, items }),
            _ => Err(Error::malformed("weights", format!("{} items do not fit {rows} × {columns}", items.len()))),
        }
    }

    /// The item at a place that exists.
    fn at(&self, row: usize, column: usize) -> f64 {
        self.items[row * self.columns + column]
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.items[row * self.columns..(row + 1) * self.columns]
    }

    /// Rows and columns exchanged.
    pub fn transposed(&self) -> Dense {
        let items = (0..self.columns).flat_map(|j| (0..self.rows).map(move |i| self.at(i, j))).collect();
        Dense { rows: self.columns, columns: self.rows, items }
    }

    /// The matrix product.
    pub fn times(&self, other: &Dense) -> Result<Dense> {
        if self.columns != other.rows {
            return Err(Error::internal(format!("{} columns times {} rows", self.columns, other.rows)));
        }
        expect_work(self.rows.saturating_mul(self.columns).saturating_mul(other.columns))?;
        let sum = |i: usize, j: usize| (0..self.columns).map(|k| self.at(i, k) * other.at(k, j)).sum();
        let items = (0..self.rows).flat_map(|i| (0..other.columns).map(move |j| (i, j))).map(|(i, j)| sum(i, j));
        Ok(Dense { rows: self.rows, columns: other.columns, items: items.collect() })
    }

    /// Each column multiplied by a number.
    pub fn scaled_columns(mut self, factors: impl Fn(usize) -> f64) -> Dense {
        let columns = self.columns.max(1);
        self.items.iter_mut().enumerate().for_each(|(i, item)| *item *= factors(i % columns));
        self
    }

    /// Numbers added along the diagonal.
    pub fn plus_diagonal(mut self, add: impl Fn(usize) -> f64) -> Dense {
        for i in 0..self.rows.min(self.columns) {
            self.items[i * self.columns + i] += add(i);
        }
        self
    }

    /// The inverse of a lower triangular matrix; what stands above its diagonal is not looked at.
    pub fn lower_inverse(&self) -> Result<Dense> {
        let n = self.rows;
        if n != self.columns {
            return Err(Error::malformed("weights", format!("expected a square matrix, found {n} × {}", self.columns)));
        }
        expect_work(n.saturating_mul(n).saturating_mul(n) / 6)?;
        let mut inverse = Dense { rows: n, columns: n, items: vec![0.0; n * n] };
        for i in 0..n {
            let diagonal = self.at(i, i);
            if diagonal == 0.0 || !diagonal.is_finite() {
                return Err(Error::malformed("weights", "a triangular matrix that must be inverted is singular"));
            }
            // The rows above are finished: this one is their sum, row after row.
            let mut row = vec![0.0; n];
            row[i] = 1.0;
            for k in 0..i {
                let factor = self.at(i, k);
                row.iter_mut().zip(&inverse.row(k)[..=k]).for_each(|(item, above)| *item -= factor * above);
            }
            inverse.items[i * n..][..=i].iter_mut().zip(&row).for_each(|(item, sum)| *item = sum / diagonal);
        }
        Ok(inverse)
    }

    /// The inverse and the logarithm of the determinant's magnitude, by elimination with partial pivoting.
    pub fn inverse(&self) -> Result<(Dense, f64)> {
        let n = self.rows;
        if n != self.columns {
            return Err(Error::malformed("weights", format!("expected a square matrix, found {n} × {}", self.columns)));
        }
        expect_work(n.saturating_mul(n).saturating_mul(n))?;
        let mut left = self.clone();
        let mut right = Dense { rows: n, columns: n, items: vec![0.0; n * n] }.plus_diagonal(|_| 1.0);
        let mut log_determinant = 0.0;
        for pivot in 0..n {
            let largest = (pivot..n).max_by(|a, b| left.at(*a, pivot).abs().total_cmp(&left.at(*b, pivot).abs()));
            let best = largest.unwrap_or(pivot);
            if left.at(best, pivot) == 0.0 || !left.at(best, pivot).is_finite() {
                return Err(Error::malformed("weights", "a matrix that must be inverted is singular"));
            }
            for matrix in [&mut left, &mut right] {
                (0..n).for_each(|j| matrix.items.swap(pivot * n + j, best * n + j));
            }
            let head = left.at(pivot, pivot);
            log_determinant += libm::log(head.abs());
            for matrix in [&mut left, &mut right] {
                (0..n).for_each(|j| matrix.items[pivot * n + j] /= head);
            }
            for row in (0..n).filter(|row| *row != pivot) {
                let factor = left.at(row, pivot);
                for matrix in [&mut left, &mut right] {
                    (0..n).for_each(|j| matrix.items[row * n + j] -= factor * matrix.items[pivot * n + j]);
                }
            }
        }
        Ok((right, log_determinant))
    }
}

/// Multiplications are bounded as the elements of arrays are.
fn expect_work(multiplications: usize) -> Result<()> {
    limits::MATRIX_WORK.check_len(multiplications)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_times_its_matrix_is_one() {
        let matrix = Dense::new(3, 3, vec![0.0, 2.0, 1.0, 4.0, -1.0, 0.5, 3.0, 3.0, 3.0]).unwrap();
        let (inverse, log_determinant) = matrix.inverse().unwrap();
        let one = matrix.times(&inverse).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                assert!((one.at(i, j) - f64::from(u8::from(i == j))).abs() < 1e-15, "{one:?}");
            }
        }
        // The determinant is -6: 0·(-4.5) - 2·(12 - 1.5) + 1·(12 + 3).
        assert!((log_determinant - 6f64.ln()).abs() < 1e-15, "{log_determinant}");
        assert!(Dense::new(2, 2, vec![1.0, 2.0, 2.0, 4.0]).unwrap().inverse().is_err());
        assert!(Dense::new(1, 2, vec![1.0, 2.0]).unwrap().inverse().is_err());
        assert!(Dense::new(usize::MAX, 2, vec![1.0]).is_err());
    }

    #[test]
    fn the_inverse_of_a_triangle_times_it_is_one() {
        // What stands above the diagonal is whatever the factorisation left there.
        let lower = Dense::new(3, 3, vec![2.0, 7.0, 7.0, -1.0, 0.5, 7.0, 3.0, 1.5, 4.0]).unwrap();
        let expected = [0.5, 0.0, 0.0, 1.0, 2.0, 0.0, -0.75, -0.75, 0.25];
        assert_eq!(lower.lower_inverse().unwrap().items, expected);
        assert!(Dense::new(2, 2, vec![1.0, 2.0, 2.0, 0.0]).unwrap().lower_inverse().is_err());
        assert!(Dense::new(1, 2, vec![1.0, 2.0]).unwrap().lower_inverse().is_err());
    }

    #[test]
    fn work_is_bounded() {
        let large = Dense { rows: 1 << 14, columns: 0, items: Vec::new() };
        let wide = Dense { rows: 0, columns: 1 << 14, items: Vec::new() };
        assert!(large.times(&wide).is_ok());
        assert!(expect_work(usize::MAX).is_err());
    }
}
