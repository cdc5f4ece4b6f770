//! Statistics of the target as numbers: what a hash of categories gives, in single precision as CatBoost computes it.

use super::parts::{Counts, Ctr, CtrKind, Table};
use crate::error::{Error, Result};

impl Ctr {
    fn number(&self, counted: f32, total: f32) -> f32 {
        ((counted + self.prior_numerator) / (total + self.prior_denominator) + self.shift) * self.scale
    }

    /// The number for each of the table's hashes, then that for all other hashes.
    pub fn values(&self, table: &Table) -> Result<Vec<f32>> {
        let (mut values, unknown): (Vec<f32>, f32) = match (&table.counts, table.kind) {
            (Counts::Means(means), _) => {
                (means.iter().map(|(sum, count)| self.number(*sum, *count as f32)).collect(), self.number(0.0, 0.0))
            }
            (Counts::Integers(_, counts), CtrKind::Counter | CtrKind::FeatureFreq) => {
                let total = table.denominator as f32;
                (counts.iter().map(|count| self.number(*count as f32, total)).collect(), self.number(0.0, total))
            }
            (Counts::Integers(stride, counts), kind) => {
                let border = self.border(*stride)?;
                let one = |counts: &[i32]| {
                    let (counted, total) = counted(counts, kind, border);
                    self.number(counted as f32, total as f32)
                };
                (counts.chunks_exact((*stride).max(1)).map(one).collect(), self.number(0.0, 0.0))
            }
        };
        values.push(unknown);
        Ok(values)
    }

    /// The class or the border between classes that is asked for.
    fn border(&self, n_classes: usize) -> Result<usize> {
        usize::try_from(self.target_border).ok().filter(|border| *border < n_classes).ok_or_else(|| {
            let message = format!("expected a class below {n_classes}, found {}", self.target_border);
            Error::malformed("catboost-model", message).at("target statistics")
        })
    }
}

/// How many rows of a category count, and how many there are. Sums are of 32 bits, as CatBoost's.
fn counted(counts: &[i32], kind: CtrKind, border: usize) -> (i32, i32) {
    let sum = |counts: &[i32]| counts.iter().fold(0i32, |sum, count| sum.wrapping_add(*count));
    let (below, above) = counts.split_at((border + 1).min(counts.len()));
    match (kind, counts) {
        (CtrKind::Buckets, _) => (counts.get(border).copied().unwrap_or(0), sum(counts)),
        (_, [first, second]) => (*second, first.wrapping_add(*second)),
        _ => (sum(above), sum(below).wrapping_add(sum(above))),
    }
}
