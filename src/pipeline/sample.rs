//! The rows that an artifact stores: the user's, or generated ones; and the outputs recorded for them.

use crate::abi::{Abi, Block, Column, InputArena, Output};
use crate::data::table::{Cells, Table, TableColumn};
use crate::error::Result;
use crate::model::Model;
use crate::sandbox::Scorer;
use crate::verify::generated_rows;
use crate::verify::rows::call_all;

/// Rows of a generated sample: enough for every proof, few enough to read.
const GENERATED: usize = 20;

/// Generated rows that every method of the model accepts, as a table; fewer than wanted where most are refused.
pub fn synthetic(model: &Model, scorer: &mut dyn Scorer) -> Result<Table> {
    let abi = scorer.abi().clone();
    let block = generated_rows::generate(model, &abi, GENERATED * 4, false);
    let methods: Vec<String> = abi.methods.iter().map(|method| method.name.clone()).collect();
    let mut accepted = Vec::new();
    for row in 0..block.rows {
        let one = block.take_rows(&[row]);
        if accepted.len() < GENERATED && methods.iter().all(|method| scorer.call(method, &one).is_ok()) {
            accepted.push(row);
        }
    }
    Ok(table(model, &abi, &block.take_rows(&accepted)))
}

/// A block as a table with the names of the model's fields.
fn table(model: &Model, abi: &Abi, block: &Block) -> Table {
    let column = |(field_idx, field): (usize, &crate::model::Field)| TableColumn {
        name: field.name.clone(),
        cells: cells(abi, block, field_idx),
    };
    let columns = model.fields.iter().enumerate().map(column).collect();
    Table { columns, rows: block.rows, notes: Vec::new() }
}

fn cells(abi: &Abi, block: &Block, field: usize) -> Cells {
    for (arena, column) in abi.inputs.iter().zip(&block.columns) {
        let position = match arena {
            InputArena::Matrix { fields, .. } => fields.iter().position(|known| *known as usize == field),
            InputArena::Text { field: known, .. } => (*known as usize == field).then_some(0),
        };
        let Some(position) = position else { continue };
        let number = |x: f64| (!x.is_nan()).then_some(x);
        return match column {
            Column::F32 { width, items } => {
                Cells::Number(items.iter().skip(position).step_by(*width).map(|x| number(f64::from(*x))).collect())
            }
            Column::F64 { width, items } => {
                Cells::Number(items.iter().skip(position).step_by(*width).map(|x| number(*x)).collect())
            }
            Column::Text { .. } => Cells::Text((0..block.rows).map(|row| column.text(row).map(str::to_owned)).collect()),
        };
    }
    Cells::Number(vec![None; block.rows])
}

/// The outputs of every method for some rows, as the score module gives them.
pub fn outputs(scorer: &mut dyn Scorer, rows: &Block) -> Result<Vec<(String, Vec<Output>)>> {
    let methods: Vec<String> = scorer.abi().methods.iter().map(|method| method.name.clone()).collect();
    methods.into_iter().map(|method| Ok((method.clone(), call_all(scorer, &method, rows)?))).collect()
}
