//! SciPy's compressed sparse matrices out of a pickle.

use super::view::View;
use crate::encoding::array::NdArray;
use crate::error::Result;

/// A matrix compressed by row (CSR) or column (CSC); checked to be consistent.
#[derive(Debug)]
pub struct Sparse<'a> {
    /// The number of rows.
    pub n_rows: usize,
    /// The number of columns.
    pub n_cols: usize,
    /// Whether columns are compressed instead of rows.
    pub by_column: bool,
    /// Where each row (or column) starts in `indices` and `data`; one more at the end.
    pub offsets: Vec<usize>,
    /// The column (or row) of each element.
    pub indices: Vec<usize>,
    /// The elements.
    pub data: NdArray<'a>,
}

impl<'a> View<'a> {
    /// Whether it is a sparse matrix of any format.
    pub fn is_sparse(self) -> bool {
        self.class().is_some_and(|(module, _)| module == "scipy.sparse" || module.starts_with("scipy.sparse."))
    }

    /// A sparse matrix in CSR or CSC format.
    pub fn sparse(self) -> Result<Sparse<'a>> {
        let by_column = match self.class().filter(|_| self.is_sparse()) {
            Some((_, "csr_matrix" | "csr_array")) => false,
            Some((_, "csc_matrix" | "csc_array")) => true,
            _ => return Err(self.wrong("a sparse matrix in CSR or CSC format")),
        };
        let [n_rows, n_cols] = self.attribute("_shape")?.shape_of_two()?;
        let matrix = Sparse {
            n_rows,
            n_cols,
            by_column,
            offsets: self.attribute("indptr")?.array()?.to_usize()?,
            indices: self.attribute("indices")?.array()?.to_usize()?,
            data: self.attribute("data")?.array()?,
        };
        matrix.fault().map_or(Ok(matrix), |fault| Err(self.error(format!("a sparse matrix is inconsistent: {fault}"))))
    }

    fn shape_of_two(self) -> Result<[usize; 2]> {
        let [rows, columns] = self.items_exactly()?;
        Ok([rows.as_usize()?, columns.as_usize()?])
    }
}

impl Sparse<'_> {
    fn fault(&self) -> Option<&'static str> {
        let (major, minor) = if self.by_column { (self.n_cols, self.n_rows) } else { (self.n_rows, self.n_cols) };
        if major.checked_add(1) != Some(self.offsets.len()) {
            return Some("the number of offsets");
        }
        if self.offsets.first() != Some(&0) || !self.offsets.is_sorted() {
            return Some("the order of offsets");
        }
        if self.offsets.last() != Some(&self.indices.len()) || self.data.shape != [self.indices.len()] {
            return Some("the number of elements");
        }
        self.indices.iter().any(|&index| index >= minor).then_some("an index out of range")
    }

    /// The elements as a full matrix, row-major; duplicates add up as in SciPy.
    pub fn to_dense_f64(&self) -> Result<Vec<f64>> {
        let count = crate::encoding::array::element_count(&[self.n_rows, self.n_cols])?;
        crate::limits::DATA_BYTES.check_len(count.saturating_mul(8))?;
        let (mut dense, data) = (vec![0.0; count], self.data.to_f64()?);
        for (major, bounds) in self.offsets.windows(2).enumerate() {
            let range = bounds[0]..bounds[1];
            for (&minor, element) in self.indices[range.clone()].iter().zip(&data[range]) {
                let (row, column) = if self.by_column { (minor, major) } else { (major, minor) };
                dense[row * self.n_cols + column] += element;
            }
        }
        Ok(dense)
    }
}
