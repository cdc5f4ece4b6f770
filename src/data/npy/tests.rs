//! Arrays as NumPy 2.3 saves them, and broken ones.

use crate::data::Format;
use crate::data::examples::{numbers, read};

/// `numpy.save`: a header of 128 bytes, then the items.
fn saved(entries: &str, items: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{entries:<117}\n").bytes());
    bytes.extend(items);
    bytes
}

fn check(bytes: &[u8], expected: &str) {
    let note = "\nnote: an array names no columns: columns are matched by position (`x0`, `x1`)";
    let expected = if expected.starts_with("error") { expected.to_owned() } else { format!("{expected}{note}") };
    assert_eq!(read(bytes, None, &numbers(), true), expected);
}

#[test]
fn arrays_of_every_type_and_order() {
    let doubles: Vec<u8> = [1.5, -2.0, f64::INFINITY, f64::NAN].iter().flat_map(|x: &f64| x.to_le_bytes()).collect();
    check(&saved("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", &doubles), "1.5 -2.0\ninf NaN");
    let columns: Vec<u8> = [0i64, 2, 4, 1, 3, 5].iter().flat_map(|x| x.to_le_bytes()).collect();
    check(&saved("{'descr': '<i8', 'fortran_order': True, 'shape': (3, 2), }", &columns), "0.0 1.0\n2.0 3.0\n4.0 5.0");
    check(&saved("{'descr': '|b1', 'fortran_order': False, 'shape': (1, 2), }", b"\x01\x00"), "1.0 0.0");
    check(&saved("{'descr': '>i2', 'fortran_order': False, 'shape': (1, 2), }", b"\x00\x01\xFF\xFE"), "1.0 -2.0");
    check(&saved("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }", b"\x01\xFE"), "1.0 254.0");
    check(&saved("{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2), }", b"f.\xff{"), "0.0999755859375 65504.0");
    let big = [u64::MAX.to_le_bytes(), 1u64.to_le_bytes()].concat();
    check(&saved("{'descr': '<u8', 'fortran_order': False, 'shape': (1, 2), }", &big), "1.8446744073709552e19 1.0");
}

#[test]
fn a_long_array_comes_in_blocks() {
    let rows: Vec<u8> = (0..8u8).flat_map(|x| f32::from(x).to_be_bytes()).collect();
    check(
        &saved("{'descr': '>f4', 'fortran_order': False, 'shape': (4, 2), }", &rows),
        "0.0 1.0\n2.0 3.0\n4.0 5.0\n--\n6.0 7.0",
    );
}

#[test]
fn text_is_text() {
    let items: Vec<u8> = "1.5 ".chars().chain("x\0\0\0".chars()).flat_map(|c| u32::from(c).to_le_bytes()).collect();
    check(
        &saved("{'descr': '<U4', 'fortran_order': False, 'shape': (1, 2), }", &items),
        "error[not-a-number]: expected a number, found the text `1.5 `\nat row 0, column `x0`",
    );
}

#[test]
fn what_is_no_table_of_numbers_says_why() {
    let one = |entries: &str, expected: &str| check(&saved(entries, &[0; 16]), expected);
    one(
        "{'descr': '|O', 'fortran_order': False, 'shape': (1, 2), }",
        "error[npy-objects]: the array holds Python objects, which the format stores as a pickle",
    );
    one(
        "{'descr': '<M8[s]', 'fortran_order': False, 'shape': (1, 2), }",
        "error[npy-table]: expected numbers or text, found <M8[s]\nhint: save the table as CSV or JSON",
    );
    one(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
        "error[column-count]: expected 2 columns, found 1\n\
         hint: an array names no columns, so columns count by position; the model takes `x0`, `x1`",
    );
    one(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 2), }",
        "error[npy-table]: expected an array of one or two dimensions, found 3",
    );
    one(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }",
        "error[npy]: the content ends early: expected 2 rows\nat row 0",
    );
    one(
        "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 2), }",
        "error[npy]: the content ends early: expected 2 rows\nat row 0",
    );
    one("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", "error[npy]: bytes stand behind the 1 rows");
    one(
        "{'descr': '<f8', 'fortran_order': True, 'shape': (9223372036854775807, 2), }",
        "error[limit]: 18446744073709551615 bytes exceed the limit `data-bytes` of 67108864\n\
         hint: save the array in row-major (C) order, which is streamed",
    );
    one(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807, 2), }",
        "error[npy]: the content ends early: expected 9223372036854775807 rows\nat row 0",
    );
    one(
        "{'descr': '<f8', 'shape': (1, 2), 'x': 1}",
        "error[npy]: the NumPy file is broken: its header is not understood",
    );
}

#[test]
fn no_truncation_and_no_changed_byte_panics() {
    let whole = saved("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 2), }", &[7; 32]);
    for end in 0..whole.len() {
        assert!(read(&whole[..end], Some(Format::Npy), &numbers(), true).starts_with("error["), "{end}");
    }
    let mut refused = 0;
    for at in 0..whole.len() {
        for byte in [0, b'\'', b'(', b')', b'9', b',', b':', 0xFF] {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            refused += usize::from(read(&bytes, Some(Format::Npy), &numbers(), true).starts_with("error["));
        }
    }
    assert!((200..1280).contains(&refused), "{refused}");
}
