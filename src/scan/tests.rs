//! Broken files: what is said of them, every file cut short, bits flipped.

use std::path::{Path, PathBuf};

use super::{Verdict, scan};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hostile/honest").join(name)
}

/// A file of every format that has a reader here, small enough to be cut everywhere.
const HONEST: &[&str] = &[
    "formats/add.onnx",
    "formats/branches.onnx",
    "formats/external.onnx",
    "formats/two.safetensors",
    "formats/metadata.safetensors",
    "formats/facts.gguf",
    "formats/arrays.zip",
    "keras/dense.keras",
    "torch/linear.pt",
    "torch/linear.legacy.pt",
    "torch/tensor.legacy.pt",
    "torch/dtypes.legacy.pt",
];

/// Cuts of a file that are tried: all of a small one.
const MOST_CUTS: usize = 600;

#[test]
fn no_file_that_is_cut_short_is_fine() {
    for name in HONEST {
        let bytes = std::fs::read(fixture(name)).unwrap();
        assert_eq!(scan(&bytes).0.verdict, Verdict::Ok, "{name}");
        for end in (0..bytes.len()).step_by(bytes.len().div_ceil(MOST_CUTS)).chain([bytes.len() - 1]) {
            let (found, errors) = scan(&bytes[..end]);
            assert!(found.verdict > Verdict::Ok, "{name}: the first {end} of {} bytes", bytes.len());
            assert!(!errors.is_empty(), "{name}: nothing is said of the first {end} bytes");
        }
    }
}

#[test]
fn flipped_bits_are_read_or_refused() {
    let mut state = 1u64;
    let mut below = |end: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        usize::try_from(state >> 33).unwrap() % end
    };
    for name in HONEST {
        let good = std::fs::read(fixture(name)).unwrap();
        let mut refused = 0;
        for _ in 0..300 {
            let mut bytes = good.clone();
            bytes[below(good.len())] ^= 1 << below(8);
            let (found, errors) = scan(&bytes);
            assert_eq!(found.verdict > Verdict::Ok, !errors.is_empty(), "{name}: {errors:?}");
            refused += usize::from(!errors.is_empty());
        }
        assert!(refused > 0, "{name}: no flipped bit is noticed");
    }
}

#[test]
fn a_cut_onnx_model_is_malformed() {
    let bytes = std::fs::read(fixture("formats/dense.onnx")).unwrap();
    let (found, errors) = scan(&bytes[..bytes.len() * 2 / 3]);
    assert_eq!((found.format.as_str(), found.verdict), ("ONNX model", Verdict::Malformed), "{errors:?}");
}

fn safetensors(header: &str, data_bytes: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; data_bytes]].concat()
}

fn gguf(parts: &[&[u8]]) -> Vec<u8> {
    [b"GGUF", &parts.concat()[..]].concat()
}

fn word(number: u32) -> [u8; 4] {
    number.to_le_bytes()
}

fn long(number: u64) -> [u8; 8] {
    number.to_le_bytes()
}

#[test]
fn messages_say_what_is_broken() {
    let one = |shape: &str, dtype: &str, start: u64, end: u64| {
        format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{start},{end}]}}}}"#)
    };
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (safetensors(&one("[2]", "F32", 0, 8), 7), "the tensors end at byte 8 of the data, which has 7"),
        (safetensors(&one("[2]", "F32", 0, 8), 9), "the tensors end at byte 8 of the data, which has 9"),
        (safetensors(&one("[2]", "F32", 4, 12), 12), "a tensor begins at byte 4 of the data, expected 0"),
        (safetensors(&one("[3]", "F32", 0, 8), 8), "its bytes are not those that its shape and type need"),
        (safetensors(&one("[2]", "F32", 8, 0), 8), "its bytes are not those that its shape and type need"),
        (
            safetensors(&one("[4294967296,4294967296]", "U8", 0, 0), 0),
            "its bytes are not those that its shape and type need",
        ),
        (safetensors(&one("[2]", "F99", 0, 8), 8), "the type `F99`"),
        (safetensors(r#"{"a":{"dtype":"U8","shape":[]}}"#, 0), "a tensor has no `data_offsets`"),
        (safetensors(r#"{"a":{},"a":{}}"#, 0), "the key `a` stands twice"),
        (gguf(&[&word(9)]), "version 9 of GGUF, expected 2 or 3"),
        (gguf(&[&word(3), &long(0)]), "the GGUF file is broken: it is cut short"),
        (gguf(&[&word(3), &long(u64::MAX), &long(0)]), "the GGUF file is broken: it is cut short"),
        (
            gguf(&[&word(3), &long(0), &long(1), &long(1), b"k", &word(99)]),
            "the GGUF file is broken: a value is of the type 99",
        ),
        (gguf(&[&word(3), &long(0), &long(1), &long(1), b"\xff"]), "the GGUF file is broken: a text is not UTF-8"),
        (
            gguf(&[&word(3), &long(1), &long(0), &long(1), b"t", &word(5)]),
            "the GGUF file is broken: the tensor `t` has 5 dimensions, expected at most 4",
        ),
        (
            gguf(&[&word(3), &long(1), &long(0), &long(1), b"t", &word(0), &word(0), &long(999)]),
            "the GGUF file is broken: the tensor `t` begins behind the end of the file",
        ),
    ];
    for (bytes, expected) in cases {
        let (_, errors) = scan(&bytes);
        assert!(errors.iter().any(|error| error.to_string().contains(expected)), "`{expected}`, found {errors:?}");
    }
}
