//! Damaged and hand-made models: refused with one clear message, or read; never a panic.

use super::*;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/catboost/");

fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(format!("{FIXTURES}{file}")).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    let error = read(Source { name: "model", bytes }).unwrap_err();
    format!("{} at {}: {error}", error.code(), error.place().unwrap_or_default())
}

/// The JSON of a fixture with one text replaced.
fn edited(file: &str, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes(file)).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn files_are_recognised_by_their_content() {
    for file in ["cat_combined-1.2/model.cbm", "json-1.2/model.json", "json_ctr-1.0/model.json"] {
        assert!(recognises(&bytes(file)), "{file}");
    }
    for other in ["", "{", "{}", "{\"learner\":{}}", "{\"model_info\":{}}", "CBM", "tree\nversion=v4"] {
        assert!(!recognises(other.as_bytes()), "{other}");
    }
}

#[test]
fn what_only_catboost_computes_is_refused_by_name() {
    let text = refusal(&bytes("text_feature-1.2/model.cbm"));
    assert!(
        text.starts_with("unsupported-catboost at : splits test numbers that CatBoost computes of the text in `note`")
    );
    let vectors = refusal(&bytes("embedding_feature-1.2/model.cbm"));
    assert!(vectors.contains("the cells of the embedding feature `vector` are vectors"), "{vectors}");
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let json = "json_ctr-1.2/model.json";
    let cases = [
        (edited(json, "\"split_index\":", "\"split_index\":9"), "expected a split below"),
        (edited(json, "\"leaf_values\":[", "\"leaf_values\":[1.0,"), "expected values for 8 leaves, found 9"),
        (edited(json, "\"scale_and_bias\":[1,[", "\"scale_and_bias\":[1,[2,"), "expected 1 biases, found 2"),
        (edited(json, "\"hash_stride\":3", "\"hash_stride\":4"), "expected text, found an integer"),
        (edited(json, "\"hash_stride\":3", "\"hash_stride\":1"), "expected a stride of 2 or more"),
        (edited(json, "\"flat_feature_index\":1", "\"flat_feature_index\":2"), "two features are column 2"),
        (edited(json, "\"flat_feature_index\":1", "\"flat_feature_index\":9000000"), "exceed the limit `features`"),
        (edited(json, "\"target_border_idx\":0", "\"target_border_idx\":7"), "expected a class below 2, found 7"),
        (edited(json, "\"type\":\"Logloss\"", "\"type\":\"Hinge\""), "the loss function `Hinge` is not known"),
        (edited(json, "\"type\":\"Logloss\"", "\"type\":\"MultiClass\""), "1 outputs do not fit the loss function"),
        (
            edited(json, "\"float_features\":", "\"text_features\":[],\"float_features\":"),
            "of the kind `text_features`",
        ),
        (
            edited(json, "element\":\"cat_feature_value", "element\":\"cat_feature_sum"),
            "`cat_feature_sum` in a combination",
        ),
    ];
    for (bytes, expected) in cases {
        let found = refusal(&bytes);
        assert!(found.contains(expected), "expected `{expected}`, found `{found}`");
    }
    let mut longer = bytes("cat_ctr-1.2/model.cbm");
    longer.push(0);
    assert_eq!(refusal(&longer), "catboost-model at : expected the end of the file, found 1 more bytes");
}

#[test]
fn every_cut_and_many_flipped_bits_are_read_or_refused() {
    for file in ["cat_combined-1.2/model.cbm", "lossguide-1.2/model.cbm", "json_combined-1.2/model.json"] {
        let whole = bytes(file);
        for end in (0..whole.len()).step_by(97) {
            let cut = whole.get(..end).unwrap();
            assert!(read(Source { name: "model", bytes: cut }).is_err(), "{file}: {end} bytes");
        }
        for at in (0..whole.len()).step_by(41) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            let _ = read(Source { name: "model", bytes: &flipped });
        }
    }
}

#[test]
fn huge_counts_size_nothing() {
    // The length of the core, and those of vectors inside, beyond any file.
    let whole = bytes("cat_ctr-1.2/model.cbm");
    for at in (4..whole.len().min(2000) - 4).step_by(4) {
        for value in [u32::MAX, i32::MAX as u32, 0x1000_0000] {
            let mut huge = whole.clone();
            huge[at..at + 4].copy_from_slice(&value.to_le_bytes());
            let _ = read(Source { name: "model", bytes: &huge });
        }
    }
}
