//! Proof 3: every row stands for itself. Whole batch, single rows, a permutation and an empty batch agree to the bit.

use crate::abi::{Block, Column, Output};
use crate::error::Result;
use crate::sandbox::Scorer;
use crate::tensor::Data;

/// Calls a method with any number of rows, block by block.
pub fn call_all(scorer: &mut dyn Scorer, method: &str, rows: &Block) -> Result<Vec<Output>> {
    let block_rows = (scorer.abi().block_rows as usize).max(1);
    let mut joined: Option<Vec<Output>> = None;
    let mut start = 0;
    loop {
        let end = (start + block_rows).min(rows.rows);
        let outputs = if start == 0 && end == rows.rows {
            scorer.call(method, rows)?
        } else {
            scorer.call(method, &rows.take_rows(&(start..end).collect::<Vec<_>>()))?
        };
        match &mut joined {
            None => joined = Some(outputs),
            Some(joined) => joined.iter_mut().zip(outputs).for_each(|(all, more)| all.append(more)),
        }
        start = end;
        if start >= rows.rows {
            return Ok(joined.unwrap_or_default());
        }
    }
}

/// The disagreement found, if any, as a sentence.
pub fn check(scorer: &mut dyn Scorer, method: &str, rows: &Block) -> Result<Option<String>> {
    let whole = call_all(scorer, method, rows)?;
    let empty = scorer.call(method, &rows.take_rows(&[]))?;
    if empty.iter().any(|output| output.rows != 0) {
        return Ok(Some("an empty batch gives rows".into()));
    }
    for row in 0..rows.rows {
        let single = scorer.call(method, &rows.take_rows(&[row]))?;
        if !same_rows(&whole, &[row], &single) {
            return Ok(Some(format!("row {row} alone gives another result than in the batch")));
        }
    }
    // A permutation without fixed points for odd and even counts alike: backwards, in steps of one.
    let backwards: Vec<usize> = (0..rows.rows).rev().collect();
    let permuted = call_all(scorer, method, &rows.take_rows(&backwards))?;
    if !same_rows(&whole, &backwards, &permuted) {
        return Ok(Some("the rows in another order give other results".into()));
    }
    Ok(None)
}

/// Whether the rows of `all` at `rows` equal `some`, to the bit.
fn same_rows(all: &[Output], rows: &[usize], some: &[Output]) -> bool {
    all.len() == some.len()
        && all.iter().zip(some).all(|(all, some)| {
            let taken = all.take_rows(rows);
            taken.pattern == some.pattern && same_data(&taken.data, &some.values)
        })
}

/// Equal bit for bit; NaNs are canonical.
pub fn same_bits(a: &Output, b: &Output) -> bool {
    a.pattern == b.pattern && same_data(&a.values, &b.values)
}

fn same_data(a: &Data, b: &Data) -> bool {
    match (a, b) {
        (Data::Text(a), Data::Text(b)) => a == b,
        _ => a.element() == b.element() && a.to_le_bytes() == b.to_le_bytes(),
    }
}

/// The same rows to the bit, but for the payload of a NaN.
pub fn same_blocks(a: &Block, b: &Block) -> bool {
    let same = |(a, b): (&Column, &Column)| match (a, b) {
        (Column::F32 { items: a, .. }, Column::F32 { items: b, .. }) => {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan()))
        }
        (Column::F64 { items: a, .. }, Column::F64 { items: b, .. }) => {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan()))
        }
        _ => a == b,
    };
    a.rows == b.rows && a.columns.len() == b.columns.len() && a.columns.iter().zip(&b.columns).all(same)
}
