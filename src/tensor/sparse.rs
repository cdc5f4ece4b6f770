//! Sparse matrices of rows: only some elements are stored, all others are 0.

use super::{Data, Matrix};

/// Which elements of a matrix of rows are stored: of row r those at `offsets[r]..offsets[r + 1]`, in compressed form
/// by row (CSR). The columns of a row are strictly ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Where each row starts; one more at the end.
    pub offsets: Vec<usize>,
    /// The column of each stored element.
    pub columns: Vec<u32>,
}

impl Default for Pattern {
    /// No rows.
    fn default() -> Self {
        Pattern { offsets: vec![0], columns: Vec::new() }
    }
}

impl Pattern {
    /// The stored elements of a row: positions in `columns` and in the data beside it.
    pub fn row(&self, row: usize) -> std::ops::Range<usize> {
        self.offsets[row]..self.offsets[row + 1]
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Ends the row that the columns pushed last belong to.
    pub fn end_row(&mut self) {
        self.offsets.push(self.columns.len());
    }

    /// The rows at `rows`, in that order, and the positions of their elements.
    pub fn take_rows(&self, rows: &[usize]) -> (Pattern, Vec<usize>) {
        let mut taken = Pattern::default();
        let positions: Vec<usize> = rows.iter().flat_map(|row| self.row(*row)).collect();
        for row in rows {
            taken.columns.extend(&self.columns[self.row(*row)]);
            taken.end_row();
        }
        (taken, positions)
    }

    /// Appends the rows of another.
    pub fn append(&mut self, more: &Pattern) {
        let stored = self.columns.len();
        self.columns.extend(&more.columns);
        self.offsets.extend(more.offsets.iter().skip(1).map(|offset| stored + offset));
    }

    /// What is wrong with it as the pattern of rows of `width` columns, if anything.
    pub fn fault(&self, width: usize) -> Option<&'static str> {
        if self.offsets.first() != Some(&0) || !self.offsets.is_sorted() {
            return Some("its offsets do not ascend from 0");
        }
        if self.offsets.last() != Some(&self.columns.len()) {
            return Some("its offsets do not end at the number of its elements");
        }
        let is_fine = |bounds: &[usize]| {
            let columns = &self.columns[bounds[0]..bounds[1]];
            columns.windows(2).all(|pair| pair[0] < pair[1])
                && columns.last().is_none_or(|last| (*last as usize) < width)
        };
        (!self.offsets.windows(2).all(is_fine)).then_some("the columns of a row do not ascend within its width")
    }
}

impl Matrix {
    /// A sparse matrix of `width` columns over the stored elements `data`.
    pub fn sparse(width: usize, pattern: Pattern, data: Data) -> Self {
        debug_assert_eq!(data.len(), pattern.columns.len());
        debug_assert_eq!(pattern.fault(width), None);
        Matrix { rows: pattern.rows(), width, data, pattern: Some(pattern) }
    }

    /// The same matrix with every element stored.
    pub fn to_dense(&self) -> Matrix {
        let Some(pattern) = &self.pattern else { return self.clone() };
        // One zero behind the stored elements stands for all others.
        let mut padded = self.data.clone();
        let zero = padded.len();
        padded.push_zero();
        let mut indices = vec![zero; self.rows * self.width];
        for row in 0..self.rows {
            for at in pattern.row(row) {
                indices[row * self.width + pattern.columns[at] as usize] = at;
            }
        }
        Matrix::new(self.rows, self.width, padded.gather(indices.into_iter()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Matrix {
        let pattern = Pattern { offsets: vec![0, 2, 2, 3], columns: vec![0, 3, 1] };
        Matrix::sparse(4, pattern, Data::F64(vec![1.0, 2.0, 3.0]))
    }

    #[test]
    fn a_sparse_matrix_is_its_stored_elements_among_zeros() {
        let dense = Data::F64(vec![1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0]);
        assert_eq!(matrix().to_dense(), Matrix::new(3, 4, dense));
    }

    #[test]
    fn rows_are_taken_and_appended_with_their_elements() {
        let taken = matrix().take_rows(&[2, 0, 0]);
        assert_eq!(taken.data, Data::F64(vec![3.0, 1.0, 2.0, 1.0, 2.0]));
        let pattern = taken.pattern.unwrap();
        assert_eq!(pattern, Pattern { offsets: vec![0, 1, 3, 5], columns: vec![1, 0, 3, 0, 3] });
        let mut all = Pattern::default();
        all.append(&pattern);
        all.append(&Pattern { offsets: vec![0, 0, 1], columns: vec![2] });
        assert_eq!(all, Pattern { offsets: vec![0, 1, 3, 5, 5, 6], columns: vec![1, 0, 3, 0, 3, 2] });
    }

    #[test]
    fn faults_are_told() {
        let fault = |offsets: &[usize], columns: &[u32]| {
            Pattern { offsets: offsets.to_vec(), columns: columns.to_vec() }.fault(3)
        };
        assert_eq!(fault(&[0, 2, 3], &[0, 2, 1]), None);
        assert_eq!(fault(&[0, 2, 1], &[0]), Some("its offsets do not ascend from 0"));
        assert_eq!(fault(&[0, 2, 2], &[0, 1, 2]), Some("its offsets do not end at the number of its elements"));
        let order = Some("the columns of a row do not ascend within its width");
        assert_eq!(fault(&[0, 2], &[1, 1]), order);
        assert_eq!(fault(&[0, 2], &[1, 3]), order);
    }
}
