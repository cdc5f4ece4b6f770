//! Rows through one artifact, and which of them it refuses.

use super::Runner;
use crate::abi::{Block, Output};
use crate::error::{Error, Result};
use crate::verify::is_content;
use crate::verify::rows::call_all;

/// Rows that could be read, by their place in the sample.
pub(super) struct Read {
    pub(super) rows: Vec<usize>,
    pub(super) block: Block,
}

/// What a method says of some rows.
pub(super) struct Answers {
    /// The rows that are answered, by their place in the sample.
    pub(super) rows: Vec<usize>,
    /// The answers for them, in their order.
    pub(super) outputs: Vec<Output>,
    /// The others.
    pub(super) refused: Vec<(usize, Error)>,
}

/// The first records of a sample, one document each.
pub(super) fn records(document: &[u8], most: usize) -> Result<Vec<String>> {
    let records: Vec<serde_json::Value> = serde_json::from_slice(document)
        .map_err(|error| Error::malformed("sample", format!("expected a list of records: {error}")))?;
    Ok(records.iter().take(most).map(ToString::to_string).collect())
}

/// Reads the records for an artifact: all at once, or one by one where one of them does not fit. The error of all of
/// them is an error of the columns.
pub(super) fn read(runner: &Runner<'_>, records: &[String]) -> Result<(Read, Vec<(usize, Error)>)> {
    let all = runner.block(&format!("[{}]", records.join(",")));
    let error = match all {
        Ok(block) => return Ok((Read { rows: (0..records.len()).collect(), block }, Vec::new())),
        Err(error) if is_content(&error) => error,
        Err(error) => return Err(error),
    };
    let mut read = Read { rows: Vec::new(), block: Block::new(&runner.abi) };
    let mut refused = Vec::new();
    for (row, record) in records.iter().enumerate() {
        match runner.block(&format!("[{record}]")) {
            Ok(block) => {
                read.rows.push(row);
                read.block.append(&block);
            }
            Err(error) if is_content(&error) => refused.push((row, error)),
            Err(error) => return Err(error),
        }
    }
    let columns = ["missing-column", "column-count", "duplicate-column"].contains(&error.code());
    if columns { Err(error) } else { Ok((read, refused)) }
}

/// Calls a method for rows: all at once, or one by one where one of them is refused.
pub(super) fn answers(runner: &mut Runner<'_>, method: &str, read: &Read) -> Result<Answers> {
    let is_refusal = |error: &Error| error.code() == "row-refused";
    match call_all(runner.scorer.as_mut(), method, &read.block) {
        Ok(outputs) => return Ok(Answers { rows: read.rows.clone(), outputs, refused: Vec::new() }),
        Err(error) if is_refusal(&error) => {}
        Err(error) => return Err(error),
    }
    let mut answers = Answers { rows: Vec::new(), outputs: Vec::new(), refused: Vec::new() };
    for (position, row) in read.rows.iter().enumerate() {
        match runner.scorer.call(method, &read.block.take_rows(&[position])) {
            Ok(outputs) if answers.outputs.is_empty() => (answers.rows, answers.outputs) = (vec![*row], outputs),
            Ok(outputs) => {
                answers.rows.push(*row);
                answers.outputs.iter_mut().zip(outputs).for_each(|(all, more)| all.append(more));
            }
            Err(error) if is_refusal(&error) => answers.refused.push((*row, error)),
            Err(error) => return Err(error),
        }
    }
    Ok(answers)
}

/// The positions, in both lists, of the rows that stand in both.
pub(super) fn common(before: &[usize], after: &[usize]) -> Vec<(usize, usize)> {
    let places: std::collections::HashMap<usize, usize> =
        after.iter().enumerate().map(|(at, row)| (*row, at)).collect();
    before.iter().enumerate().filter_map(|(at, row)| Some((at, *places.get(row)?))).collect()
}
