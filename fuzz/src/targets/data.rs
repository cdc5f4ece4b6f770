//! Rows of data: read in blocks, in pieces and as a table.

use std::sync::OnceLock;

use scorepack::abi::{Abi, Block};
use scorepack::compile::{CompileOptions, compile};
use scorepack::data::{Format, InputFields, Rows, Table};
use scorepack::framework::{self, Source};
use scorepack::model::Field;
use scorepack::verify::compare::{Expected, compare};

use super::fixture;

/// A model with columns of numbers and of text.
const MODEL: &str = "sklearn/columns-logistic-1.9/model.joblib";

/// What reads rows must know of a model.
struct Input {
    fields: Vec<Field>,
    named: bool,
    abi: Abi,
}

impl Input {
    fn fields(&self) -> InputFields<'_> {
        InputFields { fields: &self.fields, named: self.named }
    }
}

fn input() -> &'static Input {
    static INPUT: OnceLock<Input> = OnceLock::new();
    INPUT.get_or_init(|| {
        let bytes = std::fs::read(fixture(MODEL)).expect("a fixture");
        let model = framework::read(Source { name: "model.joblib", bytes: &bytes }).expect("a fixture");
        let module = compile(&model, CompileOptions::default()).expect("a fixture");
        Input { fields: model.fields, named: model.fields_are_named, abi: module.abi }
    })
}

/// CSV.
pub fn csv(bytes: &[u8]) {
    rows(bytes, Format::Csv);
}

/// JSON: a document in any of its forms, and a value a line.
pub fn json(bytes: &[u8]) {
    rows(bytes, Format::Json);
    rows(bytes, Format::JsonLines);
}

/// An array of NumPy's, as such and as rows.
pub fn npy(bytes: &[u8]) {
    super::encodings::npy(bytes);
    rows(bytes, Format::Npy);
}

/// Parquet, where it is read.
pub fn parquet(bytes: &[u8]) {
    rows(bytes, Format::Parquet);
}

/// Reads rows in every way there is. Rows that are read in pieces, as threads do, are the same rows.
fn rows(bytes: &[u8], format: Format) {
    let input = input();
    let _ = Format::of(bytes);
    let _ = Table::read(bytes, "data", Some(format), None);
    let _ = Table::read(bytes, "data", Some(format), Some(input.fields()));
    let open = || Rows::open(bytes.to_vec(), "data", Some(format), input.fields(), &input.abi);
    let Ok(rows) = open() else { return };
    let whole = all(rows);
    let pieces = open().map(in_pieces);
    match (whole, pieces) {
        (Some(whole), Ok(Some(pieces))) => assert!(same(&whole, &pieces), "other rows in pieces"),
        (None, Ok(None)) => {}
        (whole, pieces) => {
            panic!("whole: {}, in pieces: {}", whole.is_some(), pieces.is_ok_and(|block| block.is_some()))
        }
    }
}

/// All rows; none where they cannot be read to the end.
fn all(mut rows: Rows) -> Option<Block> {
    let (mut all, mut block) = (Block::new(&input().abi), Block::new(&input().abi));
    while rows.next_block(&mut block, usize::MAX).ok()? {
        all.append(&block);
    }
    Some(all)
}

/// All rows, read piece by piece where the format is cut into pieces.
fn in_pieces(mut rows: Rows) -> Option<Block> {
    let mut joined = Block::new(&input().abi);
    loop {
        match rows.cut() {
            Err(_) => return None,
            Ok(Some(piece)) => joined.append(&all(piece)?),
            Ok(None) => break,
        }
    }
    joined.append(&all(rows)?);
    Some(joined)
}

/// Whether two blocks hold the same, bit for bit.
fn same(a: &Block, b: &Block) -> bool {
    // The debug form tells NaN from NaN by nothing, and all other numbers apart.
    a.rows == b.rows && format!("{a:?}") == format!("{b:?}")
}

/// The outputs that a framework recorded, compared with what they say of themselves.
pub fn expected(bytes: &[u8]) {
    if let Ok(expected) = Expected::from_json(bytes) {
        for recorded in &expected.methods {
            let _ = compare(recorded, &[]);
        }
        let taken = expected.take_rows(&[0, 2, 1, 7]);
        assert_eq!(taken.methods.len(), expected.methods.len());
    }
    for method in &input().abi.methods {
        let _ = Expected::of_method(bytes, "expected", None, method);
    }
}
