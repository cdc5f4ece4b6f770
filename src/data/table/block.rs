//! The rows of a table as blocks, and as the JSON that a client would send.

use super::Table;
use crate::abi::{Abi, Block};
use crate::data::InputFields;
use crate::data::columns::ColumnPlan;
use crate::data::fill::{Filled, Filler};
use crate::data::value::Value;
use crate::data::write::json::{push_f64, push_text};
use crate::error::Result;

impl Table {
    /// All rows in blocks that the module takes.
    pub fn blocks(&self, input: InputFields<'_>, abi: &Abi) -> Result<Vec<Block>> {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let plan = ColumnPlan::by_name(&names, input)?;
        let mut filler = Filler::new(input, abi);
        let (mut blocks, mut block, mut row) = (Vec::new(), Block::new(abi), 0);
        while row < self.rows {
            let filled =
                self.put(row, &plan, &mut filler, &mut block).map_err(|error| error.at(format!("row {row}")))?;
            row += usize::from(filled == Filled::Row);
            if filled == Filled::Full || block.rows >= abi.block_rows as usize {
                blocks.push(std::mem::replace(&mut block, Block::new(abi)));
            }
        }
        if block.rows > 0 {
            blocks.push(block);
        }
        Ok(blocks)
    }

    fn put(&self, row: usize, plan: &ColumnPlan, filler: &mut Filler, block: &mut Block) -> Result<Filled> {
        filler.begin(block);
        for (column, field) in self.columns.iter().zip(&plan.fields) {
            if let Some(field) = *field {
                filler.value(block, field, column.cells.value(row))?;
            }
        }
        Ok(filler.end(block))
    }

    /// The rows as a JSON list of records: missing is `null`, infinities are strings.
    pub fn to_json_records(&self) -> String {
        let mut json = String::from("[");
        for row in 0..self.rows {
            json.push_str(if row == 0 { "{" } else { ",{" });
            for (i, column) in self.columns.iter().enumerate() {
                if i > 0 {
                    json.push(',');
                }
                push_text(&mut json, &column.name);
                json.push(':');
                push_value(&mut json, column.cells.value(row));
            }
            json.push('}');
        }
        json.push(']');
        json
    }
}

fn push_value(json: &mut String, value: Value<'_>) {
    match value {
        Value::Missing => json.push_str("null"),
        Value::Bool(value) => json.push_str(if value { "true" } else { "false" }),
        Value::Integer(integer) => json.push_str(&integer.to_string()),
        Value::Number(number) => push_f64(json, number),
        Value::Text(text) => push_text(json, text),
    }
}
