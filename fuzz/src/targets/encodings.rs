//! Encodings: bytes to plain values.

use scorepack::encoding::array::NdArray;
use scorepack::encoding::document::Document;
use scorepack::encoding::json::Nonfinite;
use scorepack::encoding::pickle::{Options, Verdict};
use scorepack::encoding::protobuf::Message;
use scorepack::encoding::{self, joblib as joblib_file, npy as npy_file};

use super::Seed;

/// The pickle machine, as `scan` and as the readers run it. What it reads it also calls allowed.
pub fn pickle(bytes: &[u8]) {
    let report = encoding::pickle::report(bytes, Options::REPORT);
    let read = encoding::pickle::read(bytes, Options::LOAD);
    if let Ok(pickle) = &read {
        assert!(report.verdict() <= Verdict::Allowed, "read, but {:?}: {:?}", report.verdict(), report.complaints);
        assert_eq!(pickle.imports().len(), report.imports.len());
    }
    let persistent = Options { persistent_ids: true, ..Options::REPORT };
    let first = encoding::pickle::read_first(bytes, persistent);
    assert!(first.end <= bytes.len());
    assert!(first.pickle.is_some() == first.report.stopped.is_none());
}

/// A joblib file; what is written of it as a plain pickle is a plain pickle of as many imports.
pub fn joblib(bytes: &[u8]) {
    joblib_file::report(bytes, Options::REPORT);
    let Ok(plain) = joblib_file::plain_pickle(bytes) else { return };
    let read = joblib_file::read(bytes, Options::LOAD).expect("its plain pickle was written");
    let again = encoding::pickle::read(&*plain, Options::LOAD).expect("a plain pickle that was written here");
    assert!(!again.has_wrapped_arrays());
    assert!(read.is_empty() == again.is_empty());
}

/// A compressed stream of any kind, and what `scan` says of what is in it.
pub fn compressed(bytes: &[u8]) {
    super::scans::any(bytes);
    if let Some(kind) = encoding::compressed::compression(bytes) {
        let _ = encoding::compressed::decompress(kind, bytes);
    }
}

/// NumPy's file of one array, with everything that an array is turned into.
pub fn npy(bytes: &[u8]) {
    let _ = npy_file::objects(bytes);
    if let Ok(array) = npy_file::read(bytes) {
        convert(&array);
    }
}

fn convert(array: &NdArray<'_>) {
    let _ = (array.to_f64(), array.to_f32(), array.to_i64(), array.to_usize());
    let _ = (array.to_bool(), array.to_strings(), array.to_cells());
    assert!(array.to_f64().is_ok_and(|items| items.len() == array.len()) || array.to_f64().is_err());
}

/// A strict JSON document with and without the words for what is not finite.
pub fn json(bytes: &[u8]) {
    let strict = encoding::json::read(bytes, Nonfinite::Refused);
    let loose = encoding::json::read(bytes, Nonfinite::Words);
    assert!(strict.is_err() || loose.is_ok(), "the stricter reader takes more");
    if let Ok(document) = loose {
        visit(&document);
    }
}

/// UBJSON, as XGBoost writes it.
pub fn ubjson(bytes: &[u8]) {
    if let Ok(document) = encoding::ubjson::read(bytes) {
        visit(&document);
    }
}

/// Asks every value of a document for everything.
fn visit(document: &Document<'_>) {
    document.to_json();
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        let _ = (value.text(), value.integer(), value.number(), value.texts());
        let _ = (value.f32s(), value.f64s(), value.integers::<i32>(), value.integers::<u8>());
        match value {
            Document::Object(object) => open.extend(object.entries().map(|(_, value)| value)),
            Document::Array(items) => open.extend(items),
            _ => {}
        }
    }
}

/// The wire format of protocol buffers: every field as if it were every kind.
pub fn protobuf(bytes: &[u8]) {
    let message = Message::new(bytes);
    message.is_sound();
    for number in 1..16 {
        let _ = (message.messages(number), message.all(number), message.texts(number), message.integer(number));
    }
}

/// Arrays that no fixture holds.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (descr, item_bytes) in [("<f8", 8), (">f4", 4), ("|b1", 1), ("<U3", 12), ("|S5", 5), ("<i2", 2), ("<M8[ns]", 8)]
    {
        let text = format!("{{'descr': '{descr}', 'fortran_order': True, 'shape': (2, 3), }}");
        let padded = format!("{text:<117}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(padded.len()).unwrap_or_default().to_le_bytes());
        bytes.extend(padded.as_bytes());
        bytes.extend(vec![0u8; 6 * item_bytes]);
        let name = format!("npy-{item_bytes}-{}", descr.len());
        seeds.push(Seed { target: "npy", name, bytes });
    }
    seeds
}
