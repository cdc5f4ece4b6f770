//! Whether the first line is a header, and which column is which field.

use std::io::Read;

use super::Records;
use crate::data::InputFields;
use crate::data::cells;
use crate::data::columns::ColumnPlan;
use crate::error::{Error, Result};
use crate::tensor::ElementType;

/// What the first line is when it holds no field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FirstLine {
    /// A row: a number, or nothing, wherever the model takes a number.
    Row,
    /// A header: no number anywhere the model takes one, or pandas' `0,1,2`.
    Header,
    /// Neither.
    Unclear,
}

/// The columns by the first record, and whether it is a header.
pub fn columns<R: Read>(records: &Records<R>, input: InputFields<'_>) -> Result<(ColumnPlan, bool)> {
    let names = names(records)?;
    if ColumnPlan::knows_one(&names, input) {
        return Ok((ColumnPlan::by_name(&names, input)?, true));
    }
    match first_line(records, input) {
        FirstLine::Row => Ok((ColumnPlan::by_position(names.len(), input, "the data has no header")?, false)),
        FirstLine::Header if counts(&names) => {
            let plan = ColumnPlan::by_position(names.len(), input, "the header only counts the columns")?;
            Ok((plan, true))
        }
        FirstLine::Header => {
            let plan = ColumnPlan::of_names(&names, input).map_err(|error| separator_hint(error, &names))?;
            Ok((plan, true))
        }
        FirstLine::Unclear if input.named => Ok((ColumnPlan::by_name(&names, input)?, true)),
        FirstLine::Unclear => Err(unclear(records, input)),
    }
}

/// Whether the first record is a header, when nothing is known of the columns: it is, unless all are numbers.
pub fn is_header<R: Read>(records: &Records<R>) -> Result<bool> {
    let all_numbers = (0..records.len()).all(|i| cells::number(records.cell(i).bytes).is_ok());
    Ok(!all_numbers || counts(&names(records)?))
}

/// The cells of the first record as names.
pub fn names<R: Read>(records: &Records<R>) -> Result<Vec<String>> {
    let name = |column: usize| match records.text(column) {
        Ok(text) => Ok(text.into_owned()),
        Err(error) => Err(error.at(records.place())),
    };
    (0..records.len()).map(name).collect()
}

/// pandas writes `0,1,2` over a table without names.
fn counts(names: &[String]) -> bool {
    names.len() > 1 && names.iter().enumerate().all(|(i, name)| *name == i.to_string())
}

fn first_line<R: Read>(records: &Records<R>, input: InputFields<'_>) -> FirstLine {
    if records.len() != input.fields.len() {
        return FirstLine::Header;
    }
    let takes_number = |column: &usize| input.fields[*column].element != ElementType::Text;
    let is_number = |column: usize| cells::number(records.cell(column).bytes).is_ok();
    let number_columns: Vec<usize> = (0..records.len()).filter(takes_number).collect();
    let numbers = number_columns.iter().filter(|column| is_number(**column)).count();
    let counts = || names(records).is_ok_and(|names| counts(&names));
    match number_columns.len() {
        0 => FirstLine::Unclear,
        all if numbers == all && !counts() => FirstLine::Row,
        all if numbers == all || numbers == 0 => FirstLine::Header,
        _ => FirstLine::Unclear,
    }
}

fn unclear<R: Read>(records: &Records<R>, input: InputFields<'_>) -> Error {
    let names: Vec<&str> = input.fields.iter().take(8).map(|field| field.name.as_str()).collect();
    let dots = if input.fields.len() > names.len() { ",…" } else { "" };
    Error::malformed("header-unclear", "the first line is neither clearly a header nor clearly a row")
        .hint(format!("begin the data with the header `{}{dots}`", names.join(",")))
        .at(records.place())
}

/// A header of one cell that holds another separator.
fn separator_hint(error: Error, names: &[String]) -> Error {
    match names {
        [only] if only.contains([';', '\t', '|']) => Error::malformed(error.code(), error.to_string())
            .hint("cells are separated by commas; this header holds another separator"),
        _ => error,
    }
}
