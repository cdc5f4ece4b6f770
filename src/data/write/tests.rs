//! Results written in every format, and read again.

use std::io::{Read, Seek, Write};
use std::sync::{Arc, Mutex};

use super::{AllMethodsWriter, ResultWriter, Sink};
use crate::abi::{AbiMethod, Output, OutputArena, SparseArena};
use crate::data::examples::show_error;
use crate::data::{Format, Table};
use crate::tensor::{Data, Pattern};

pub(crate) fn output(name: &str, list: bool, columns: &[&str], values: Data) -> Output {
    let width = columns.len().max(1);
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    Output { name: name.into(), rows: values.len() / width, width, list, columns, values, pattern: None }
}

fn method(name: &str, outputs: &[Output]) -> AbiMethod {
    let arena = |output: &Output| OutputArena {
        name: output.name.clone(),
        element: output.values.element(),
        width: output.width as u32,
        list: output.list,
        columns: output.columns.clone(),
        address: 0,
        sparse: output.pattern.as_ref().map(|_| SparseArena { columns: 0, values: 0 }),
        bytes: None,
        validity: None,
    };
    AbiMethod { name: name.into(), outputs: outputs.iter().map(arena).collect() }
}

/// A pipe whose other end can be looked at.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The outputs written twice, as two blocks.
pub(crate) fn written(format: Format, outputs: &[Output]) -> Result<Vec<u8>, String> {
    let pipe = Pipe::default();
    let sink = Sink::Stream(Box::new(pipe.clone()));
    let mut writer =
        ResultWriter::new(sink, format, &method("predict", outputs)).map_err(|error| show_error(&error))?;
    writer.write(outputs).unwrap();
    writer.write(outputs).unwrap();
    writer.finish().unwrap();
    let bytes = pipe.0.lock().unwrap().clone();
    Ok(bytes)
}

fn text(format: Format, outputs: &[Output]) -> String {
    String::from_utf8(written(format, outputs).unwrap()).unwrap()
}

fn scores() -> Output {
    output("score", false, &[], Data::F64(vec![0.1, 1e300, 5.0]))
}

fn probabilities() -> Output {
    output("probability", true, &["no, never", "yes"], Data::F32(vec![0.1, 0.9, f32::NAN, f32::NEG_INFINITY]))
}

fn labels() -> Output {
    let texts = ["a \"b\"\n", "", "é,"].map(|text| Some(text.to_owned()));
    output("label", false, &[], Data::Text(texts.into_iter().chain([None, Some(" \u{1}\\".into())]).collect()))
}

#[test]
fn json_of_every_type() {
    assert_eq!(text(Format::Json, &[scores()]), "[0.1,1e300,5.0,0.1,1e300,5.0]\n");
    let row = "[0.10000000149011612,0.8999999761581421],[\"NaN\",\"-Infinity\"]";
    assert_eq!(text(Format::Json, &[probabilities()]), format!("[{row},{row}]\n"));
    let row = r#""a \"b\"\n","","é,",null," \u0001\\""#;
    assert_eq!(text(Format::Json, &[labels()]), format!("[{row},{row}]\n"));
    let two = [output("leaf", true, &[], Data::I64(vec![-7])), output("hit", false, &[], Data::Bool(vec![true]))];
    assert_eq!(text(Format::Json, &two), "[[[-7],true],[[-7],true]]\n");
    assert_eq!(text(Format::JsonLines, &two), "[[-7],true]\n[[-7],true]\n");
    assert_eq!(text(Format::Json, &[output("score", false, &[], Data::F64(Vec::new()))]), "[]\n");
}

#[test]
fn csv_of_every_type() {
    assert_eq!(text(Format::Csv, &[scores()]), "score\n0.1\n1e300\n5.0\n0.1\n1e300\n5.0\n");
    let row = "0.10000000149011612,0.8999999761581421\nnan,-inf\n";
    assert_eq!(text(Format::Csv, &[probabilities()]), format!("\"probability_no, never\",probability_yes\n{row}{row}"));
    let two = [labels(), output("hit", false, &[], Data::Bool(vec![true; 5]))];
    let rows = "\"a \"\"b\"\"\n\",true\n\"\",true\n\"é,\",true\n,true\n\" \u{1}\\\",true\n";
    assert_eq!(text(Format::Csv, &two), format!("label,hit\n{rows}{rows}"));
}

/// The bytes that `numpy.save` writes for the same array.
#[test]
fn npy_is_what_numpy_writes() {
    let array = |shape: &str, items: &[u8]| {
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        bytes.extend(
            format!("{:<117}\n", format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}")).bytes(),
        );
        bytes.extend(items.repeat(2));
        bytes
    };
    let items: Vec<u8> = [0.1f32, 0.9, f32::NAN, f32::NEG_INFINITY].iter().flat_map(|x| x.to_le_bytes()).collect();
    let expected = array("(4, 2)", &items);
    assert_eq!(written(Format::Npy, &[probabilities()]).unwrap(), expected);
    let mut file = tempfile::tempfile().unwrap();
    let sink = Sink::File(file.try_clone().unwrap());
    let mut writer = ResultWriter::new(sink, Format::Npy, &method("predict", &[probabilities()])).unwrap();
    writer.write(&[probabilities()]).unwrap();
    writer.write(&[probabilities()]).unwrap();
    writer.finish().unwrap();
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, expected);
    let one = output("score", false, &[], Data::F32(vec![1.0]));
    assert_eq!(written(Format::Npy, &[one]).unwrap(), array("(2,)", &1f32.to_le_bytes()));
    assert_eq!(
        written(Format::Npy, &[labels()]).unwrap_err(),
        "error[npy-output]: the results of `predict` do not fit one array: `label` is text\nhint: write them as CSV or JSON"
    );
}

#[test]
fn sparse_rows_name_the_columns_that_they_store() {
    let pattern = Pattern { offsets: vec![0, 2, 2], columns: vec![3, 1_000_000] };
    let rows = Output {
        rows: 2,
        width: 1 << 20,
        pattern: Some(pattern),
        ..output("values", true, &[], Data::F64(vec![0.5, f64::NAN]))
    };
    let row = r#"{"columns":[3,1000000],"values":[0.5,"NaN"]},{"columns":[],"values":[]}"#;
    assert_eq!(text(Format::Json, std::slice::from_ref(&rows)), format!("[{row},{row}]\n"));
    assert_eq!(
        written(Format::Csv, &[rows]).unwrap_err(),
        "error[sparse-output]: the results of `predict` are sparse rows of 1048576 columns, which make no table\n\
         hint: write them as JSON: `--output-format json`"
    );
}

#[test]
fn every_method_in_one_object() {
    let pipe = Pipe::default();
    let methods = [method("predict", &[scores()]), method("predict_proba", &[probabilities()])];
    let mut writer = AllMethodsWriter::new(Sink::Stream(Box::new(pipe.clone())), &methods).unwrap();
    for _ in 0..2 {
        writer.write(0, &[scores()]).unwrap();
        writer.write(1, &[probabilities()]).unwrap();
    }
    writer.finish().unwrap();
    let row = "[0.10000000149011612,0.8999999761581421],[\"NaN\",\"-Infinity\"]";
    let text = String::from_utf8(pipe.0.lock().unwrap().clone()).unwrap();
    assert_eq!(
        text,
        format!("{{\n\"predict\": [0.1,1e300,5.0,0.1,1e300,5.0],\n\"predict_proba\": [{row},{row}]\n}}\n")
    );
}

/// Awkward numbers read back to the same bits from every text format.
#[test]
fn numbers_survive() {
    let numbers = vec![0.1 + 0.2, 5e-324, f64::MAX, -0.0, 1e21, 1e-7, 123456789012345680.0, f64::INFINITY, 1.0 / 3.0];
    for format in [Format::Json, Format::JsonLines, Format::Csv, Format::Npy] {
        let bytes = written(format, &[output("x", true, &[], Data::F64(numbers.clone()))]).unwrap();
        let table = Table::read(&bytes, "data", Some(format), None).unwrap();
        let super::super::table::Cells::Number(cells) = &table.columns[0].cells else { panic!("{table:?}") };
        let bits: Vec<u64> = cells.iter().map(|cell| cell.unwrap().to_bits()).collect();
        let expected: Vec<u64> = numbers.iter().chain(&numbers).map(|number| number.to_bits()).collect();
        assert_eq!(bits, expected, "{format:?}");
    }
}
