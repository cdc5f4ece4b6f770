//! What Python wrote, in every protocol, comes out as Python would load it.

use super::*;
use crate::encoding::array::Cell;

macro_rules! protocols {
    ($name:literal) => {
        [
            (0, &include_bytes!(concat!("data/", $name, "-0.pkl"))[..]),
            (1, include_bytes!(concat!("data/", $name, "-1.pkl"))),
            (2, include_bytes!(concat!("data/", $name, "-2.pkl"))),
            (3, include_bytes!(concat!("data/", $name, "-3.pkl"))),
            (4, include_bytes!(concat!("data/", $name, "-4.pkl"))),
            (5, include_bytes!(concat!("data/", $name, "-5.pkl"))),
        ]
    };
}

#[test]
fn plain_values() {
    for (protocol, bytes) in protocols!("plain") {
        assert!(is_pickle(bytes));
        let pickle = read(bytes, Options::LOAD).unwrap_or_else(|error| panic!("protocol {protocol}: {error}"));
        let root = pickle.root();
        let at = |name: &str| root.get(name).unwrap_or_else(|| panic!("protocol {protocol}: {name}"));
        assert_eq!(root.entries().unwrap().len(), 32);
        assert!(at("none").is_none() && at("yes").as_bool().unwrap() && !at("no").as_bool().unwrap());
        for (name, number) in [("small", 7), ("wide", 70_000), ("long", 1 << 40), ("least", i64::MIN), ("i4", -3)] {
            assert_eq!(at(name).as_i64().unwrap(), number, "protocol {protocol}: {name}");
        }
        let Value::BigInt(huge) = at("huge").value() else { panic!("huge") };
        assert_eq!(at("huge").span(*huge)[..9], [0, 0, 0, 0, 0, 0, 0, 0, 64]);
        for (name, number) in [("float", -0.1), ("inf", f64::INFINITY), ("small", 7.0), ("f8", 0.5), ("f4", 0.25)] {
            assert_eq!(at(name).as_f64().unwrap(), number, "protocol {protocol}: {name}");
        }
        for (name, text) in [("text", "\u{e9}\u{1f600}\\\n'"), ("empty", ""), ("str", "n\u{e9}")] {
            assert_eq!(at(name).as_str().unwrap(), text, "protocol {protocol}: {name}");
        }
        for (name, data) in [("bytes", &b"\0\xff"[..]), ("no_bytes", b""), ("bytearray", b"a\xe9")] {
            assert_eq!(&*at(name).as_bytes().unwrap(), data, "protocol {protocol}: {name}");
        }
        assert!(at("bool").as_bool().unwrap());
        containers(&pickle, protocol);
    }
}

fn containers(pickle: &Pickle<'_>, protocol: u8) {
    let at = |name: &str| pickle.root().get(name).unwrap();
    let [one, pair, empty] = at("tuple").items_exactly().unwrap();
    assert_eq!((one.as_i64().unwrap(), pair.items().unwrap().len(), empty.items().unwrap().len()), (1, 1, 0));
    assert_eq!(at("list").items().unwrap()[1].items().unwrap()[0].as_i64().unwrap(), 2);
    let looped = at("loop").items().unwrap()[1];
    assert_eq!(looped.id(), at("loop").id());
    if protocol >= 4 {
        assert_eq!(at("set").items().unwrap()[0].as_i64().unwrap(), 5);
        assert_eq!(at("frozen").items().unwrap()[0].as_i64().unwrap(), 6);
    } else {
        assert_eq!(at("set").class(), Some(("builtins", "set")));
    }
    let ordered: Vec<_> = at("ordered").entries().unwrap().iter().map(|(key, _)| key.as_str().unwrap()).collect();
    assert_eq!(ordered, ["b", "a"]);
    assert_eq!(at("default").get("x").unwrap().as_i64().unwrap(), 1);
    assert_eq!(at("slice").args()[0].as_i64().unwrap(), 1);
    assert_eq!(at("ufunc").global(), Some(("numpy", "log1p")));
    assert_eq!(at("partial").args()[0].global(), Some(("numpy", "clip")));
    assert_eq!(at("method").args()[1].as_str().unwrap(), "split");
    assert_eq!(at("type").dtype().unwrap().to_string(), "float32");
}

#[test]
fn arrays() {
    for (protocol, bytes) in protocols!("arrays") {
        let pickle = read(bytes, Options::LOAD).unwrap_or_else(|error| panic!("protocol {protocol}: {error}"));
        let at = |name: &str| {
            pickle
                .root()
                .get(name)
                .unwrap()
                .array()
                .unwrap_or_else(|error| panic!("protocol {protocol}, {name}: {error}"))
        };
        for name in ["c", "f"] {
            assert_eq!(at(name).shape, [2, 3]);
            assert_eq!(at(name).to_f64().unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "protocol {protocol}: {name}");
        }
        assert!(at("f").fortran && !at("c").fortran);
        assert_eq!(at("big").to_i64().unwrap(), [1, -2]);
        assert_eq!(at("f4").to_f32().unwrap(), [0.5]);
        assert_eq!(at("u8").to_f64().unwrap(), [9_223_372_036_854_775_808.0]);
        assert_eq!(at("bool").to_bool().unwrap(), [true, false]);
        assert_eq!(at("text").to_strings().unwrap(), ["a", "n\u{e9}", ""]);
        assert_eq!(at("bytes").to_strings().unwrap(), ["a", "bc"]);
        assert_eq!((at("empty").shape, at("empty").to_f64().unwrap().len()), (vec![0, 3], 0));
        assert_eq!((at("scalar").shape.len(), at("scalar").to_f64().unwrap()), (0, vec![4.0]));
        assert_eq!(pickle.root().get("scalar").unwrap().as_f64().unwrap(), 4.0);
        assert_eq!(
            (at("time").dtype.to_string().as_str(), at("time").to_cells().unwrap()),
            ("<M8[s]", vec![Cell::Int(1_577_836_800)])
        );
        assert_eq!(at("f_objects").to_strings().unwrap(), ["a", "b", "c", "d", "e", "f"]);
        let cells = at("objects").to_cells().unwrap();
        assert!(
            matches!(cells[..], [Cell::Str(_), Cell::None, Cell::Float(nan), Cell::Int(3), Cell::Bool(true), Cell::Float(2.0)] if nan.is_nan())
        );
        assert!(cells[1].is_missing() && cells[2].is_missing() && !cells[3].is_missing());
        records_and_matrices(&pickle);
    }
}

fn records_and_matrices(pickle: &Pickle<'_>) {
    let at = |name: &str| pickle.root().get(name).unwrap();
    let nodes = at("nodes").array().unwrap();
    assert_eq!((nodes.dtype.item_bytes, nodes.shape.as_slice()), (40, &[2][..]));
    assert_eq!(nodes.field("left").unwrap().to_i64().unwrap(), [1, -1]);
    assert_eq!(nodes.field("value").unwrap().to_f32().unwrap(), [0.5, 1.5]);
    assert_eq!(nodes.field("leaf").unwrap().to_bool().unwrap(), [false, true]);
    let pair = nodes.field("pair").unwrap();
    assert_eq!((pair.shape.as_slice(), pair.to_f64().unwrap()), (&[2, 2][..], vec![1.0, 2.0, 3.0, 4.0]));
    let error = nodes.field("right").unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected records with a field `right`, found an array of records of left, value, pair, leaf"
    );
    assert_eq!(error.place().unwrap(), "['nodes']");
    let masked = at("masked").masked().unwrap();
    assert_eq!((masked.data.to_f64().unwrap(), masked.mask.to_bool().unwrap()), (vec![1.0, 2.0], vec![false, true]));
    for name in ["csr", "csc"] {
        let matrix = at(name).sparse().unwrap();
        assert_eq!((matrix.n_rows, matrix.n_cols, matrix.by_column), (2, 3, name == "csc"));
        assert_eq!(matrix.to_dense_f64().unwrap(), [0.0, 2.0, 0.0, 1.0, 0.0, 3.0]);
    }
}

#[test]
fn errors_name_the_place() {
    let svc = global("sklearn.svm._classes", "SVC");
    let pipeline = global("sklearn.pipeline", "Pipeline");
    let bytes = [&pipeline[..], b")\x81}Vsteps\n](Vscale\nVclf\n", &svc, b")\x81}Vcoef_\nVx\nsb\x86esb."].concat();
    let pickle = read(&bytes, Options::LOAD).unwrap();
    let root = pickle.root();
    assert!(root.is_a("sklearn", "Pipeline") && !root.is_a("sklearn.pipe", "Pipeline"));
    let step = root.attribute("steps").unwrap().items().unwrap()[1].items().unwrap()[1];
    let error = step.attribute("coef_").unwrap().array().unwrap_err();
    assert_eq!(error.to_string(), "expected an array, found a str");
    assert_eq!(error.place().unwrap(), "steps[1][1].coef_");
    let error = step.attribute("intercept_").unwrap_err();
    assert_eq!(error.to_string(), "an object of `sklearn.svm._classes.SVC` has no attribute `intercept_`");
    assert_eq!(error.place().unwrap(), "steps[1][1]");
    assert_eq!(root.place(), None);
}

#[test]
fn of_equal_keys_the_last_counts_and_entries_refuse() {
    let pickle = read(&b"}(Va\nI1\nVa\nI2\nu."[..], Options::LOAD).unwrap();
    assert_eq!(pickle.root().get("a").unwrap().as_i64().unwrap(), 2);
    assert_eq!(pickle.root().entries().unwrap_err().to_string(), "a dict has the same key twice");
}

#[test]
fn every_fixture_reads_or_is_refused_as_its_case_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut count = 0;
    for case in ["sklearn", "xgboost", "lightgbm"].iter().flat_map(|name| folder.join(name).read_dir().unwrap()) {
        let case = case.unwrap().path();
        for name in ["model.joblib", "model.pkl"] {
            let Ok(bytes) = std::fs::read(case.join(name)) else { continue };
            let folder = case.file_name().unwrap().to_string_lossy().into_owned();
            // These pickles are sound: their models are what cannot be lowered.
            let sound = [
                "refused-column-type",
                "refused-dummy",
                "refused-kernel",
                "refused-search",
                "refused-single-scale",
                "refused-votes",
            ];
            let names_its_row = std::fs::read_to_string(case.join("case.json")).unwrap().contains("\"refuses\":");
            let is_sound = names_its_row || sound.iter().any(|case| folder.starts_with(case));
            let refused = folder.starts_with("refused-") && !is_sound;
            let pickle = crate::encoding::joblib::read(&bytes, Options::LOAD);
            assert_eq!(pickle.is_err(), refused, "{}: {:?}", case.display(), pickle.err());
            let Ok(pickle) = pickle else { continue };
            count += 1;
            for index in 0..pickle.len() {
                let view = View::new(&pickle.input, &pickle.arena, ValueId(index as u32));
                let array = if view.is_array() { view.array().map(drop) } else { Ok(()) };
                array.unwrap_or_else(|error| panic!("{}: {:?} {error}", case.display(), error.place()));
            }
        }
    }
    assert!(count > 300, "only {count} fixtures were found");
}
