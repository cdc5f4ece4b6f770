//! Files that must be refused, rows that must be refused, and damaged files that must not panic.

use super::*;
use crate::graph::evaluate;
use crate::tensor::{Data, ElementType, Matrix};

fn fixture(case: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sklearn").join(case);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut models = entries.filter(|path| path.file_stem().is_some_and(|stem| stem == "model"));
    std::fs::read(models.next().unwrap()).unwrap()
}

fn read_bytes(bytes: &[u8]) -> Result<Model> {
    super::read(Source { name: "model.joblib", bytes })
}

/// The file with the first `from` replaced by `to`, which must be as long.
fn altered(case: &str, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = fixture(case);
    let at = bytes.windows(from.len()).position(|window| window == from);
    let at = at.unwrap_or_else(|| panic!("{case} does not hold {from:?}"));
    bytes[at..at + to.len()].copy_from_slice(to);
    bytes
}

/// Code, place and message of the error.
fn refusal(bytes: &[u8]) -> String {
    let error = read_bytes(bytes).unwrap_err();
    format!("{} ({}): {error}", error.code(), error.place().unwrap_or_default())
}

#[test]
fn parameters_and_classes_that_cannot_be_compiled_are_refused_by_name() {
    let table: &[(&str, &[u8], &[u8], &str)] = &[
        (
            "normalizer-l2-1.9",
            b"\x8c\x02l2",
            b"\x8c\x02l9",
            "unsupported-parameter (): `Normalizer` with `norm='l9'` cannot be compiled: expected 'l1', 'l2' or 'max'",
        ),
        (
            "onehot-strict-1.9",
            b"\x8c\x05error",
            b"\x8c\x05guess",
            "unsupported-parameter (): `OneHotEncoder` with `handle_unknown='guess'` cannot be compiled: expected 'error', \
             'ignore', 'warn', 'infrequent_if_exist' or 'use_encoded_value'",
        ),
        (
            "polynomial-1.9",
            b"\x8c\x06degree\x94K\x03",
            b"\x8c\x06degree\x94K\x63",
            "unsupported-parameter (): `PolynomialFeatures` with `degree above 32` cannot be compiled: products of so many \
             numbers leave the range of a float64",
        ),
        (
            "function-log1p-1.9",
            b"log1p",
            b"log10",
            "unsupported-parameter (step `functiontransformer`, steps[0][1].func): `FunctionTransformer` with \
             `func=numpy.log10` cannot be compiled: a function of Python's is code, not data",
        ),
        (
            "standard-scaler-1.9",
            b"n_features_in_\x94K\x06",
            b"n_features_in_\x94K\x05",
            "unexpected-value (mean_): expected an array of shape (5,), found shape (6,)",
        ),
    ];
    for (case, from, to, expected) in table {
        assert_eq!(refusal(&altered(case, from, to)), *expected, "{case}");
    }
}

#[test]
fn wrappers_without_an_answer_of_their_own_say_why() {
    let table = [
        ("refused-search-1.9", "not-refitted (): `GridSearchCV` was fitted with `refit=False`: it holds no estimator"),
        (
            "refused-dummy-1.9",
            "unsupported-parameter (): `DummyClassifier` with `strategy='stratified' or 'uniform'` cannot be compiled: it \
             draws random numbers for every prediction: no two calls answer the same",
        ),
        ("refused-votes-1.9", "unexpected-value (weights): expected 2 finite weights of 0 or more"),
    ];
    for (case, expected) in table {
        assert_eq!(refusal(&fixture(case)), expected, "{case}");
    }
}

#[test]
fn files_that_no_model_needs_are_refused() {
    let table = [
        ("refused-custom-class-1.9", "pickle-unknown-import", "the file imports `__main__.HomeMade`"),
        ("refused-os-system-1.9", "pickle-dangerous-import", "the file imports `os.system`"),
        ("refused-posix-system-1.9", "pickle-dangerous-import", "the file imports `posix.system`"),
        ("refused-inst-1.9", "pickle-dangerous-import", "the file imports `os.system`"),
        ("refused-eval-1.9", "pickle-dangerous-import", "the file imports `builtins.eval`"),
        ("refused-attribute-1.9", "pickle-dangerous-import", "the file imports `posix.system`"),
    ];
    for (case, code, start) in table {
        let error = read_bytes(&fixture(case)).unwrap_err();
        assert_eq!(error.code(), code, "{case}");
        assert!(error.to_string().starts_with(start), "{case}: {error}");
        assert!(error.advice().is_some(), "{case}");
    }
}

#[test]
fn a_column_has_one_type() {
    assert_eq!(
        refusal(&fixture("refused-column-type-1.9")),
        "column-type (transformer `encode`): the column `code` is used as numbers (by ColumnTransformer, transformer \
         `scale`, StandardScaler) and as text (by ColumnTransformer, transformer `encode`, OneHotEncoder)"
    );
}

#[test]
fn what_is_no_estimator_is_refused() {
    // A list, and a number.
    assert_eq!(refusal(b"\x80\x04]."), "unexpected-value (): expected an estimator, found a list");
    assert_eq!(refusal(b"\x80\x02K\x01."), "unexpected-value (): expected an estimator, found an int");
    assert_eq!(
        refusal(b"csklearn.preprocessing._data\nStandardScaler\n)\x81}b."),
        "no-input-columns (): no estimator in the file says how many columns it takes"
    );
}

/// A pipeline of 12 columns whose steps are `steps`: opcodes that leave a list of (name, estimator).
fn pipeline(steps: &[u8]) -> Vec<u8> {
    let head: &[u8] =
        b"\x80\x02csklearn.pipeline\nPipeline\n)\x81q\x00}(X\x0e\x00\x00\x00n_features_in_K\x0cX\x05\x00\x00\x00steps";
    [head, steps, b"ub."].concat()
}

#[test]
fn estimators_inside_themselves_are_refused() {
    // steps = [("a", the pipeline itself)]
    let inside_itself = pipeline(b"]X\x01\x00\x00\x00ah\x00\x86a");
    let error = read_bytes(&inside_itself).unwrap_err();
    assert_eq!(error.to_string(), "33 levels exceed the limit `estimator-depth` of 32");
    // Each union holds the one before twice: 2^17 estimators.
    let many = pipeline(&[b"]X\x01\x00\x00\x00u".as_slice(), &doubled_unions(17), b"\x86a"].concat());
    let error = read_bytes(&many).unwrap_err();
    assert_eq!(error.to_string(), "100001 estimators exceed the limit `estimators` of 100000");
}

/// Opcodes that leave a union of unions, `depth` deep, each holding the one below twice.
fn doubled_unions(depth: usize) -> Vec<u8> {
    let mut opcodes = b"X\x0b\x00\x00\x00passthrough".to_vec();
    for _ in 0..depth {
        opcodes.extend(b"q\x010csklearn.pipeline\nFeatureUnion\n)\x81}X\x10\x00\x00\x00transformer_list]");
        opcodes.extend(b"X\x01\x00\x00\x00ah\x01\x86aX\x01\x00\x00\x00bh\x01\x86asb");
    }
    opcodes
}

/// What the model answers to rows of numbers, or the message of the check that refuses them.
fn score(model: &Model, method: &str, rows: &[Vec<f64>]) -> std::result::Result<Vec<Matrix>, String> {
    let values: Vec<_> = model.method(method).unwrap().outputs.iter().map(|output| output.value).collect();
    let input = |fields: &[usize]| {
        let data = rows.iter().flat_map(|row| fields.iter().map(|field| row[*field])).collect();
        Matrix::new(rows.len(), fields.len(), Data::F64(data))
    };
    evaluate(&model.graph, &values, rows.len(), input)
        .map_err(|refused| model.graph.sites()[refused.site as usize].message.clone())
}

#[test]
fn rows_that_the_framework_refuses_are_refused() {
    let scaler = read_bytes(&fixture("standard-scaler-1.9")).unwrap();
    let row = |value: f64| vec![vec![1.0, 2.0, 3.0, value, 5.0, 6.0]];
    assert!(score(&scaler, "transform", &row(f64::NAN)).is_ok());
    assert_eq!(
        score(&scaler, "transform", &row(f64::INFINITY)).unwrap_err(),
        "StandardScaler: input X contains infinity or a value too large for float64"
    );
    assert!(scaler.fields.iter().all(|field| field.nullable));
    let linear = read_bytes(&fixture("linear-1.9")).unwrap();
    assert_eq!(
        score(&linear, "predict", &row(f64::NAN)).unwrap_err(),
        "LinearRegression: input X contains NaN, infinity or a value too large for float64"
    );
    assert!(linear.fields.iter().all(|field| !field.nullable && field.element == ElementType::F64));
}

#[test]
fn rows_are_refused_by_what_stands_around_an_estimator() {
    let case = |name: &str| read_bytes(&fixture(name)).unwrap();
    // Out of the range that the regression was fitted on.
    assert_eq!(
        score(&case("isotonic-raise-1.9"), "predict", &[vec![9.0]]).unwrap_err(),
        "IsotonicRegression: a value is out of the range that the model was fitted on"
    );
    // A selector looks at every column, also at those that it drops.
    let selector = case("rfe-1.9");
    for column in 0..4 {
        let mut row = vec![1.0; 4];
        row[column] = f64::NAN;
        assert_eq!(
            score(&selector, "transform", &[row]).unwrap_err(),
            "RFE: input X contains NaN, infinity or a value too large for float64"
        );
    }
    // Trees that never see a column do not look at it.
    let trees = case("bagging-trees-strings-1.9");
    let mut row = vec![1.0; 5];
    row[0] = f64::INFINITY;
    assert_eq!(
        score(&trees, "predict_proba", &[row]).unwrap_err(),
        "BaggingClassifier: input X contains infinity or a value too large for float32"
    );
}

#[test]
fn unknown_and_missing_categories_are_refused_where_the_encoder_does() {
    let strict = read_bytes(&fixture("onehot-drop-named-1.9")).unwrap();
    let field = &strict.fields[0];
    assert_eq!((field.name.as_str(), field.element, field.nullable), ("grade", ElementType::Text, false));
    assert_eq!(field.categories.as_ref().unwrap().len(), 3);
    let messages: Vec<&str> = strict.graph.sites().iter().map(|site| site.message.as_str()).collect();
    assert_eq!(messages, ["OneHotEncoder: found an unknown category in the column `grade`"]);
    // NaN is a category here.
    assert!(read_bytes(&fixture("onehot-1.9")).unwrap().fields[0].nullable);
}

/// The columns of `transform` for one row of texts.
fn encoded(model: &Model, texts: [&str; 2]) -> Data {
    let value = model.method("transform").unwrap().outputs[0].value;
    let input = |fields: &[usize]| Matrix::new(1, 1, Data::Text(vec![Some(texts[fields[0]].to_owned())]));
    evaluate(&model.graph, &[value], 1, input).unwrap().remove(0).data
}

#[test]
fn until_1_7_a_warning_about_an_unknown_category_gives_it_no_column() {
    let ones = |model: &Model| match encoded(model, ["nowhere", "high"]) {
        Data::F64(columns) => columns.iter().sum::<f64>(),
        other => panic!("{other:?}"),
    };
    let since_1_8 = read_bytes(&fixture("onehot-warn-1.9")).unwrap();
    let until_1_7 = read_bytes(&altered("onehot-warn-1.9", b"1.9.1", b"1.7.2")).unwrap();
    assert_eq!((ones(&since_1_8), ones(&until_1_7)), (2.0, 1.0));
}

#[test]
fn a_model_is_described() {
    let model = read_bytes(&fixture("columns-transform-1.9")).unwrap();
    assert_eq!(model.encoding, "joblib");
    assert_eq!(model.framework.version.as_deref(), Some("1.9.1"));
    let described = serde_json::to_value(&model.estimator).unwrap();
    assert_eq!(described["class"], "ColumnTransformer");
    assert_eq!(described["hyperparameters"]["sparse_threshold"], 0.3);
    let names: Vec<&str> = model.estimator.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["num", "cat", "ord", "remainder"]);
    assert_eq!(described["steps"][0]["steps"][1]["class"], "StandardScaler");
    assert_eq!(described["steps"][1]["steps"][0]["hyperparameters"]["fill_value"], "?");
    let columns = &model.method("transform").unwrap().outputs[0].columns;
    assert_eq!(columns[0], "num__alcohol");
    assert_eq!(columns.last().unwrap(), "remainder__zone");
    assert_eq!(model.notes, ["`bottles`, `zone` pass through untouched and are taken for numbers"]);
}

/// Reads damaged bytes; what can still be read must compile or be refused.
fn survives(bytes: &[u8]) {
    if let Ok(model) = read_bytes(bytes) {
        assert!(!model.methods.is_empty());
        assert_eq!(model.fields.len(), model.graph.fields().len());
    }
}

const DAMAGED: [&str; 5] = [
    "columns-transform-1.9",
    "onehot-infrequent-drop-1.9",
    "imputer-text-indicator-1.9",
    "pickle-0-1.0",
    "union-weights-1.3",
];

#[test]
fn truncated_files_are_refused() {
    for case in DAMAGED {
        let bytes = fixture(case);
        for end in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
            assert!(read_bytes(&bytes[..end]).is_err(), "{case} cut at {end}");
        }
    }
}

#[test]
fn damaged_files_do_not_panic() {
    for case in DAMAGED {
        let bytes = fixture(case);
        for at in (0..bytes.len()).step_by(3) {
            let mut damaged = bytes.clone();
            damaged[at] = damaged[at].wrapping_add(1 << (at % 8));
            survives(&damaged);
        }
    }
}
