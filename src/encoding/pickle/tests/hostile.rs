//! Inputs made to exhaust or confuse: nothing panics, nothing grows beyond its limit.

use super::*;
use crate::encoding::joblib;

const PYTHON: &[&[u8]] = &[
    include_bytes!("data/plain-0.pkl"),
    include_bytes!("data/plain-2.pkl"),
    include_bytes!("data/plain-5.pkl"),
    include_bytes!("data/arrays-0.pkl"),
    include_bytes!("data/arrays-4.pkl"),
    include_bytes!("data/arrays-5.pkl"),
];

/// Asks everything of every value.
fn probe(bytes: &[u8]) {
    let options = Options { policy: Policy::Report, persistent_ids: true };
    let Ok(pickle) = read(bytes, options) else { return };
    for index in 0..pickle.len() {
        let view = View::new(&pickle.input, &pickle.arena, ValueId(index as u32));
        let _ = (
            view.describe(),
            view.cell(),
            view.attributes(),
            view.entries(),
            view.items(),
            view.dtype(),
            view.sparse(),
        );
        let _ = (view.masked(), view.place());
        if let Ok(array) = view.array() {
            let _ =
                (array.to_f64(), array.to_f32(), array.to_i64(), array.to_bool(), array.to_strings(), array.to_cells());
            for field in &array.dtype.fields {
                let _ = array.field(&field.name).and_then(|field| field.to_f64());
            }
        }
    }
}

#[test]
fn every_prefix_is_refused_without_a_panic() {
    for bytes in PYTHON {
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end], Options::LOAD).is_err(), "{end}");
        }
    }
}

#[test]
fn no_flipped_bit_panics() {
    for bytes in PYTHON {
        let mut broken = bytes.to_vec();
        for at in (0..broken.len()).step_by(7) {
            let bit = 1 << (at % 8);
            broken[at] ^= bit;
            probe(&broken);
            broken[at] ^= bit;
        }
    }
}

#[test]
fn deep_nesting_reaches_a_limit_and_drops() {
    let message = "10001 levels exceed the limit `pickle-depth` of 10000";
    let lists = [vec![b']'; 1_000_000], vec![b'a'; 999_999], b".".to_vec()].concat();
    assert!(refusal(&lists).ends_with(message));
    let tuples = [vec![b')'], vec![0x85; 1_000_000], b".".to_vec()].concat();
    assert!(refusal(&tuples).ends_with(message), "a tuple of no items counts as no level");
    let marks = [vec![b'('; 1_000_000], vec![b't'; 1_000_000], b".".to_vec()].concat();
    assert!(refusal(&marks).ends_with(message));
    let dicts = [b"}".to_vec(), b"N}".repeat(1_000_000), vec![b's'; 1_000_000], b".".to_vec()].concat();
    assert!(refusal(&dicts).ends_with(message));
    // From the outside in the depth goes unnoticed, and does no harm.
    let chain = [b"]q\x00".to_vec(), b"]q\x01h\x00h\x01aq\x02h\x01q\x0000".repeat(100_000), b".".to_vec()].concat();
    probe(&chain);
}

#[test]
fn stack_and_memo_have_limits() {
    let message = refusal(&vec![b'N'; 10_000_001]);
    assert!(message.ends_with("10000001 stack entries exceed the limit `pickle-stack` of 10000000"), "{message}");
    assert!(refusal(&vec![b'('; 10_000_001]).contains("pickle-stack"));
    assert_eq!(refusal(b"Nr\xff\xff\xff\xff0j\xff\xff\xff\xff."), "read as None", "a high memo index costs nothing");
    let sparse: Vec<u8> =
        (0..1000u32).flat_map(|index| [&b"r"[..], &(index * 4_000_000).to_le_bytes()].concat()).collect();
    assert_eq!(refusal(&[b"N", &sparse[..], b"."].concat()), "read as None");
}

#[test]
fn a_billion_laughs_stay_small() {
    let mut bytes = b"]q\x00(".to_vec();
    bytes.extend(b"h\x00".repeat(10));
    bytes.extend(b"lq\x01");
    for level in 1..=100u8 {
        bytes.push(b'(');
        bytes.extend([b'h', level].repeat(10));
        bytes.extend([b'l', b'q', level + 1]);
    }
    bytes.push(b'.');
    let message = refusal(&bytes);
    assert_eq!(message, format!("pickle-stack, byte {}: the pickle ends with 101 unused values", bytes.len() - 1));
    probe(&bytes);
}

#[test]
fn lists_and_objects_that_hold_themselves() {
    probe(b"]q\x00h\x00a.");
    probe(b"}q\x00Va\nh\x00s.");
    let object = [&global("sklearn.svm._classes", "SVC")[..], b")\x81q\x00}Va\nh\x00sb."].concat();
    let pickle = read(&object, Options::LOAD).unwrap();
    let inner = pickle.root().attribute("a").unwrap().attribute("a").unwrap();
    assert_eq!(inner.id(), pickle.root().id());
    let dtype =
        [&global("numpy", "dtype")[..], b"(VV8\nI00\nI01\ntRq\x00((I3\nV|\n(h\x00)ttNNI8\nI1\nI0\nttb."].concat();
    probe(&dtype);
}

#[test]
fn counts_are_checked_before_they_size_anything() {
    let array = |shape: &str, data: &str| {
        format!(
            "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntVb\ntR(I1\n({shape}tcnumpy\ndtype\n(Vf8\nI00\nI01\ntR\
             (I3\nV<\nNNNI-1\nI-1\nI0\ntbI00\n{data}tb."
        )
    };
    let error = |shape: &str, data: &str| {
        let bytes = array(shape, data).into_bytes();
        let pickle = read(&bytes, Options::LOAD).unwrap();
        pickle.root().array().unwrap_err().to_string()
    };
    assert_eq!(error("I2\n", "C\x08aaaaaaaa"), "an array of float64 with shape (2,) needs 16 bytes, but has 8");
    assert_eq!(
        error("I9223372036854775807\nI9223372036854775807\n", "C\0"),
        "shape (9223372036854775807, 9223372036854775807) overflows"
    );
    assert_eq!(error("I9000000000\n", "C\0"), "9000000000 elements exceed the limit `array-elements` of 8589934592");
    assert_eq!(error("I-1\n", "C\0"), "expected an int from 0, found an int");
    let none = refusal(&[array("I1\n", "N").into_bytes()].concat());
    assert!(none.starts_with("pickle-unexpected-state"), "{none}");
}

/// `NumpyArrayWrapper` with a shape and type, then the bytes of its array.
fn wrapper(shape: &[u8], dtype: &str, padded: bool, data: &[u8]) -> Vec<u8> {
    let alignment = if padded { "Vnumpy_array_alignment_bytes\nI16\n" } else { "" };
    let dtype = format!("cnumpy\ndtype\n(V{dtype}\nI00\nI01\ntR");
    [
        b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(Vsubclass\ncnumpy\nndarray\nVorder\nVC\n",
        alignment.as_bytes(),
        b"Vdtype\n",
        dtype.as_bytes(),
        b"Vshape\n",
        shape,
        b"ub",
        data,
    ]
    .concat()
}

#[test]
fn array_bytes_are_never_opcodes() {
    // To a scanner without joblib's rules the array reads: STOP, or an import of os.system.
    let trap = b".cos\nsystem\n(Vid\ntR.....";
    let bytes = [&b"("[..], &wrapper(b"(I3\nt", "f8", false, trap), b"NtR"].concat();
    assert_eq!(trap.len(), 24);
    let tuple = [&bytes[..bytes.len() - 1], b"."].concat();
    let pickle = read(&tuple, Options::LOAD).unwrap();
    assert!(pickle.has_wrapped_arrays());
    let [array, none] = pickle.root().items_exactly().unwrap();
    assert_eq!((array.array().unwrap().shape, none.is_none()), (vec![3], true));
    assert!(pickle.imports().iter().all(|import| import.module != "os"));
    // The other way round: an import behind the array is found.
    let hidden = [&b"("[..], &wrapper(b"(I1\nt", "f8", false, b"B\xff\xff\0\0aaa"), b"cos\nsystem\nt."].concat();
    assert!(refusal(&hidden).contains("os.system"));
}

#[test]
fn wrapped_arrays_that_do_not_fit() {
    let end =
        |shape: &[u8], dtype, padded, data: &[u8]| refusal(&[&wrapper(shape, dtype, padded, data)[..], b"."].concat());
    assert_eq!(end(b"(I1\nt", "f8", true, b"\x02\xff\xffaaaaaaaa"), "read as an array");
    assert_eq!(end(b")", "i2", false, b"aa"), "read as an array");
    assert!(
        end(b"(I2\nt", "f8", false, b"aaaaaaaa").ends_with("the file ends inside an array of 16 bytes with shape (2,)")
    );
    assert!(end(b"(I2\nt", "f8", true, &[200; 60]).contains("pickle-truncated"));
    assert!(end(b"(I9223372036854775807\nI9223372036854775807\nt", "f8", false, b"").ends_with("overflows"));
    assert!(end(b"(I8589934592\nt", "f8", false, b"").contains("the file ends inside an array"));
    assert!(end(b"(I1\nt", "O8", false, b"N.").contains("expected an array, found None"));
    assert!(end(b"(I1\nt", "q8", false, b"N.").starts_with("pickle-unexpected-operands"));
    let nested = wrapper(b"(I1\nt", "O8", false, &wrapper(b"(I1\nt", "f8", false, b"aaaaaaaa"));
    assert!(refusal(&nested).ends_with("which joblib reads without arrays"));
    let old = [&global("joblib.numpy_pickle_compat", "ZNDArrayWrapper")[..], b"."].concat();
    assert!(refusal(&old).contains("joblib.numpy_pickle_compat.ZNDArrayWrapper"));
}

#[test]
fn many_small_values_reach_a_limit() {
    let bytes = [&b"ccollections\nOrderedDict\nq\x00"[..], &b"h\x00)R0".repeat(3_000_000), b"N."].concat();
    let message = refusal(&bytes);
    assert!(message.contains("the limit `pickle-value-bytes`"), "{message}");
}

/// One dict is the state of many objects: each of its entries is looked at once, also where it grows.
#[test]
fn a_shared_state_is_judged_once() {
    let begin = std::time::Instant::now();
    let entries: Vec<u8> = (0..100_000u32).flat_map(|number| format!("Vk{number}\nN").into_bytes()).collect();
    let class = global("sklearn.svm._classes", "SVC");
    let head = [b"}q\x01(".as_slice(), &entries, b"u0", &class, b"q\x020"].concat();
    let same = [&head[..], &b"h\x02)\x81h\x01b0".repeat(30_000), b"N."].concat();
    assert_eq!(refusal(&same), "read as None");
    let growing: Vec<u8> = (0..30_000u32)
        .flat_map(|number| [b"h\x01Vg", number.to_string().as_bytes(), b"\nNs0h\x02)\x81h\x01b0"].concat())
        .collect();
    assert_eq!(refusal(&[&head[..], &growing, b"N."].concat()), "read as None");
    let late = [&head[..], b"h\x02)\x81h\x01b0h\x01V__class__\nNs0h\x02)\x81h\x01b0N."].concat();
    assert!(refusal(&late).starts_with("pickle-special-attribute"), "{}", refusal(&late));
    assert!(begin.elapsed() < std::time::Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn types_are_what_numpy_writes() {
    let made = |name: &str, state: &str| format!("cnumpy\ndtype\n(V{name}\nI00\nI01\ntR{state}.").into_bytes();
    let plain = |name: &str, order: &str, size: i64, flags: i64| {
        refusal(&made(name, &format!("(I3\nV{order}\nNNNI{size}\nI{}\nI{flags}\ntb", if size < 0 { -1 } else { 1 })))
    };
    let read = "read as an object of `numpy.dtype`";
    assert_eq!(plain("f8", "<", -1, 0), read);
    assert_eq!(plain("O8", "|", -1, 63), read);
    assert_eq!(plain("V4", "|", 4, 0), read);
    assert_eq!(plain("U5", "<", 20, 8), read);
    let wrong = [
        plain("f8", "<", -1, 63),
        plain("f8", "<", -1, 1),
        plain("O8", "|", -1, 0),
        plain("V4", "|", 8, 0),
        plain("f8", "<", 4, 0),
        plain("V4", "|", 4, 27),
        plain("U5", "<", 21, 8),
        plain("f8", "x", -1, 0),
    ];
    assert!(wrong.iter().all(|message| message.starts_with("pickle-type-state")), "{wrong:?}");
    let six = refusal(&made("V4", "(I1\nV|\nNNI2\nI4\ntb"));
    assert!(six.starts_with("pickle-type-state"), "{six}");
    let names = refusal(&made("f8,V4", ""));
    assert!(names.starts_with("pickle-unexpected-operands"), "{names}");
    let later = refusal(b"cnumpy\ndtype\n(VV4\nI00\nI01\ntRq\x00h\x00\x850(I3\nV|\nNNNI4\nI1\nI0\ntb.");
    assert!(later.contains("it is changed after it was used"), "{later}");
    let moved = refusal(
        b"cnumpy\ndtype\n(VV4\nI00\nI01\ntR(I3\nV|\nN(Va\nt}q\x01Va\n(cnumpy\ndtype\n(Vf4\nI00\nI01\ntRI0\ntsI4\nI1\n\
          I16\ntb0h\x01Va\nNs.",
    );
    assert!(moved.contains("are changed after NumPy took them over"), "{moved}");
}

/// To `pickle.load` the bytes of an array are opcodes; `array_bytes_are_never_opcodes` has some that end it.
#[test]
fn array_bytes_that_run_without_joblib() {
    let shell = b"cos\nsystem\n(Vid\ntR0";
    let shape = format!("(I{}\nt", shell.len());
    let bytes = [&wrapper(shape.as_bytes(), "u1", false, shell)[..], b"."].concat();
    let message = refusal(&bytes);
    assert!(message.starts_with("joblib-two-readings") && message.contains("os.system"), "{message}");
    let padded = [&wrapper(b"(I1\nt", "u1", true, b"\x01\xffa")[..], b"."].concat();
    assert_eq!(refusal(&padded), "read as an array");
}

#[test]
fn files_that_are_no_pickles() {
    let message = |bytes: &[u8]| joblib::read(bytes, Options::LOAD).unwrap_err().to_string();
    assert_eq!(message(b"{\"a\": 1}"), "the file is neither a pickle nor a joblib file");
    assert_eq!(message(b"PK\x03\x04"), "the file is neither a pickle nor a joblib file");
    assert_eq!(message(b"ZF0x12"), "the file was written by joblib before 0.10, which kept arrays in other files");
    assert!(message(b"\x78\x9c\x00").starts_with("the zlib stream is broken: "));
}
