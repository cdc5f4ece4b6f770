//! A model's input for the tests of readers, and rows shown as text.

use super::{Format, InputFields, Rows};
use crate::abi::{Abi, Block, Column, InputArena};
use crate::error::Error;
use crate::model::{Category, Field};
use crate::tensor::ElementType;

/// The most bytes of a text column in a block.
pub const CAPACITY: u32 = 12;

fn field(name: &str, element: ElementType, nullable: bool) -> Field {
    Field { name: name.into(), element, nullable, categories: None }
}

/// `a` f64, `b` f32 never missing, `city` text, `plan` text of integers.
pub fn fields() -> Vec<Field> {
    let plan = Field {
        categories: Some(vec![Category::Integer(1), Category::Integer(20)]),
        ..field("plan", ElementType::Text, true)
    };
    vec![
        field("a", ElementType::F64, true),
        field("b", ElementType::F32, false),
        field("city", ElementType::Text, true),
        plan,
    ]
}

/// `x0` and `x1`, f64.
pub fn numbers() -> Vec<Field> {
    vec![field("x0", ElementType::F64, true), field("x1", ElementType::F64, true)]
}

/// The contract of a module over some fields, three rows a block.
pub fn abi(fields: &[Field]) -> Abi {
    let mut inputs: Vec<InputArena> = Vec::new();
    for element in [ElementType::F64, ElementType::F32] {
        let of_type: Vec<u32> = (0..).zip(fields).filter(|(_, f)| f.element == element).map(|(i, _)| i).collect();
        if !of_type.is_empty() {
            inputs.push(InputArena::Matrix { element, address: 0, fields: of_type });
        }
    }
    for (field, _) in (0..).zip(fields).filter(|(_, f)| f.element == ElementType::Text) {
        inputs.push(InputArena::Text { field, offsets: 0, bytes: 0, capacity: CAPACITY, validity: 0 });
    }
    Abi { version: 1, block_rows: 3, failure: 0, inputs, methods: Vec::new(), sites: Vec::new() }
}

/// All rows of a document, a line per row and `--` between blocks, then the notes; or the error.
pub fn read(bytes: &[u8], format: Option<Format>, fields: &[Field], named: bool) -> String {
    let abi = abi(fields);
    let (mut shown, mut block) = (Vec::new(), Block::new(&abi));
    let all = || -> Result<Vec<String>, Error> {
        let mut rows = Rows::open(bytes.to_vec(), "data", format, InputFields { fields, named }, &abi)?;
        while rows.next_block(&mut block, usize::MAX)? {
            if !shown.is_empty() {
                shown.push("--".to_owned());
            }
            shown.extend((0..block.rows).map(|row| show_row(&block, row)));
        }
        shown.extend(rows.notes().iter().map(|note| format!("note: {note}")));
        Ok(shown)
    };
    let read = all().map_or_else(|error| show_error(&error), |shown| shown.join("\n"));
    let whole: Vec<&str> = read.lines().filter(|line| *line != "--" && !line.starts_with("note: ")).collect();
    let in_pieces = read_in_pieces(bytes, format, fields, named);
    assert_eq!(in_pieces.lines().collect::<Vec<_>>(), whole, "cut into pieces");
    read
}

/// The same without notes and ends of blocks, cut into pieces.
fn read_in_pieces(bytes: &[u8], format: Option<Format>, fields: &[Field], named: bool) -> String {
    let abi = abi(fields);
    let (mut shown, mut block) = (Vec::new(), Block::new(&abi));
    let mut all = || -> Result<(), Error> {
        let mut rows = Rows::open(bytes.to_vec(), "data", format, InputFields { fields, named }, &abi)?;
        loop {
            let mut show = |rows: &mut Rows| -> Result<bool, Error> {
                let is_one = rows.next_block(&mut block, usize::MAX)?;
                shown.extend((0..block.rows).map(|row| show_row(&block, row)));
                Ok(is_one)
            };
            match rows.cut()? {
                Some(mut piece) => while show(&mut piece)? {},
                None if !show(&mut rows)? => return Ok(()),
                None => {}
            }
        }
    };
    all().map_or_else(|error| show_error(&error), |()| shown.join("\n"))
}

fn show_row(block: &Block, row: usize) -> String {
    let mut cells = Vec::new();
    for column in &block.columns {
        match column {
            Column::F32 { width, items } => {
                cells.extend(items[row * width..][..*width].iter().map(|item| format!("{item:?}")));
            }
            Column::F64 { width, items } => {
                cells.extend(items[row * width..][..*width].iter().map(|item| format!("{item:?}")));
            }
            Column::Text { .. } => cells.push(column.text(row).map_or("null".into(), |text| format!("{text:?}"))),
        }
    }
    cells.join(" ")
}

/// Code, message, place and hint.
pub fn show_error(error: &Error) -> String {
    let mut shown = format!("error[{}]: {error}", error.code());
    if let Some(place) = error.place() {
        shown += &format!("\nat {place}");
    }
    if let Some(hint) = error.advice() {
        shown += &format!("\nhint: {hint}");
    }
    shown
}
