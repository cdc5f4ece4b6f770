//! Token patterns against Python's `re`, texts against Python's `str`, and what is refused.

use std::sync::Arc;

use super::expression::parse;
use crate::encoding::compressed::{compression, decompress};
use crate::error::Result;
use crate::framework::{Source, read};
use crate::graph::evaluate;
use crate::model::Model;
use crate::ops::terms::pattern::Pattern;
use crate::ops::terms::{Marks, Normalise, Units};
use crate::tensor::{Data, Matrix};

/// A table that fixtures/scripts/text_patterns.py wrote.
fn table<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    let path = format!("{}/fixtures/text/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn patterns_find_what_python_finds() {
    let (mut agreed, mut refused) = (0, 0);
    for (pattern, texts) in table::<(String, Vec<(String, Vec<String>)>)>("patterns") {
        let token = parse(&pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        let compiled = match Pattern::new(&token.expression, &token.word) {
            Ok(compiled) => Arc::new(compiled),
            Err(error) => {
                assert!(error.to_string().contains("empty text"), "{pattern}: {error}");
                refused += 1;
                continue;
            }
        };
        let [before, after] = token.trimmed;
        let units = Units::Tokens { pattern: compiled, before, after, stop_words: Arc::default() };
        for (text, expected) in texts {
            let mut found = Vec::new();
            units.for_each_term(&text, 1, 1, |term| found.push(term.to_owned()));
            assert_eq!(found, expected, "{pattern} in {text:?}");
            agreed += 1;
        }
    }
    // Random patterns match the empty text now and then, and are refused.
    assert!(agreed > 1500 && refused < 120, "{agreed} agreed, {refused} refused");
}

#[test]
fn texts_are_normalised_as_python_does() {
    let rows = table::<[String; 4]>("normalised");
    for [text, lower, unicode, ascii] in &rows {
        for (marks, expected) in [(Marks::Kept, lower), (Marks::Removed, unicode), (Marks::Ascii, ascii)] {
            assert_eq!(Normalise { lower: true, marks }.apply(text), *expected, "{text:?}, {marks:?}");
        }
    }
    assert_eq!(rows.len(), 400);
}

#[test]
fn patterns_that_no_automaton_decides_are_refused_by_name() {
    for (pattern, expected) in [
        (r"(?=a)b", "looks ahead, which needs backtracking"),
        (r"a(?!b)", "looks ahead, which needs backtracking"),
        (r"(?<=a)b", "looks behind, which needs backtracking"),
        (r"(a)\1", "refers back to a group, which needs backtracking"),
        (r"(?P<x>a)(?P=x)", "refers back to a group, which needs backtracking"),
        (r"(?>a+)b", "has an atomic group, which needs backtracking"),
        (r"a++b", "has a possessive repetition, which needs backtracking"),
        (r"(a)?(?(1)b|c)", "repeats a group, of which only the last turn is the token"),
        (r"a|(b)", "has a group that does not take part in every match"),
        (r"(?:a|(b))c", "has a group that does not take part in every match"),
        (r"a+(b)", "has a group beside parts of several lengths, which only backtracking separates"),
        (r"(a)b?", "has a group beside parts of several lengths, which only backtracking separates"),
        (r"(a)+", "repeats a group, of which only the last turn is the token"),
        (r"(?i)a", "ignores case, for which Python has rules beyond lower case"),
        (r"(?m)^a", "has the flag `m`"),
        (r"(?i:a)", "changes flags inside"),
        (r"a$", "asks with `$` for the end or a line feed before it: write `\\Z`"),
        (r"\b*a", "repeats a condition without characters"),
        (r"\07", "names a character by octal digits: write `\\x00`"),
        (r"(a)(b)", "has more than one capturing group, which scikit-learn refuses"),
        (r"(a", "has a parenthesis without end"),
        (r"a)", "has an unbalanced parenthesis"),
        (r"[a", "has a set without end"),
        (r"[z-a]", "has a range of characters that is none"),
        (r"[\w-a]", "has a range of characters that is none"),
        (r"*a", "has a repetition of nothing"),
        (r"a**", "has a repetition of a repetition"),
        (r"a{3,2}", "has a repetition whose end is before its start"),
        (r"\q", "has an unknown escape `\\q`"),
        (r"\xg0", "has an escape that names no character"),
        (r"\ud800", "has an escape that names no character"),
        ("a\\", "has a backslash at its end"),
        (r"(?Q)a", "changes flags inside"),
        (r"(?#a", "has a comment without end"),
    ] {
        let error = parse(pattern).unwrap_err();
        let expected = expected.replace("\\\\", "\\");
        assert_eq!(error.to_string(), format!("the token pattern `{pattern}` {expected}"));
        assert_eq!(error.code(), "token-pattern");
    }
}

#[test]
fn patterns_that_explode_meet_a_limit() {
    let refusal = |pattern: &str| {
        let token = parse(pattern);
        let pattern = token.and_then(|token| Pattern::new(&token.expression, &token.word));
        pattern.map(|_| ()).unwrap_err().to_string()
    };
    assert_eq!(refusal("a{3000}"), "3000 steps of a token pattern exceed the limit `pattern-steps` of 2000");
    assert!(
        refusal("(?:(?:a{40}){40}){40}").ends_with("steps of a token pattern exceed the limit `pattern-steps` of 2000")
    );
    let exponential = format!("(?:a|b)*a{}", "(?:a|b)".repeat(24));
    let limit = "table entries of a token pattern exceed the limit `pattern-transitions` of 262144";
    assert!(refusal(&exponential).ends_with(limit));
    let nested = "(?:".repeat(200) + "a" + &")".repeat(200);
    assert!(refusal(&nested).contains("exceed the limit `document-depth`"));
    assert!(refusal("(?:a?)*b").contains("repeats a part that can match the empty text"));
    assert!(refusal("a?").contains("matches the empty text"));
}

/// A fitted vectorizer with some of its bytes replaced by as many others.
fn altered(case: &str, from: &[u8], to: &[u8]) -> Result<Model> {
    let path = format!("{}/fixtures/sklearn/{case}/model.joblib", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let mut bytes = decompress(compression(&bytes).unwrap(), &bytes).unwrap();
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    read(Source { name: "model.joblib", bytes: &bytes })
}

#[test]
fn vectorizers_that_lie_or_call_functions_are_refused_by_name() {
    let vocabulary = "text-count-vocabulary-dict-1.9";
    let list = "text-count-vocabulary-list-1.9";
    let tables: &[(&str, &[u8], &[u8], &str)] = &[
        (
            vocabulary,
            b"wine\x94K\x02",
            b"wine\x94K\x01",
            "unexpected-value (vocabulary): expected a column for every term, found column 1 for `wine` and `data`",
        ),
        (
            vocabulary,
            b"wine\x94K\x02",
            b"wine\x94K\x03",
            "unexpected-value (vocabulary): expected columns below 3, found 3 for `wine`",
        ),
        (
            vocabulary,
            b"wine\x94K\x02",
            b"data\x94K\x02",
            "pickle-duplicate-key (vocabulary): a dict has the same key twice",
        ),
        (list, b"\x8c\x04iris", b"\x8c\x04wine", "pickle-duplicate-key (vocabulary_): a dict has the same key twice"),
        (
            vocabulary,
            b"\x8c\x07content",
            b"\x8c\x07elsewhe",
            "unsupported-parameter (): `CountVectorizer` with `input='file' or 'filename'` cannot be compiled: a \
             table holds the texts themselves, not files",
        ),
        (
            vocabulary,
            b"\x8c\x04word",
            b"\x8c\x04wort",
            "unsupported-parameter (): `CountVectorizer` with `analyzer='wort'` cannot be compiled: expected 'word', \
             'char' or 'char_wb'",
        ),
        (
            vocabulary,
            b"\x8c\x09tokenizer\x94N",
            b"\x8c\x09tokenizer\x94\x88",
            "unsupported-parameter (): `CountVectorizer` with `tokenizer=callable` cannot be compiled: a function of \
             Python's is code, not data",
        ),
        (
            "text-count-accents-ascii-1.9",
            b"\x8c\x05ascii",
            b"\x8c\x05asciz",
            "unsupported-parameter (): `CountVectorizer` with `strip_accents='asciz'` cannot be compiled: expected \
             'unicode', 'ascii' or None",
        ),
        (
            "text-count-english-1.9",
            b"\x8c\x07english",
            b"\x8c\x07germany",
            "unsupported-parameter (): `CountVectorizer` with `stop_words='germany'` cannot be compiled: expected \
             'english' or a list of words",
        ),
        (
            "text-count-bigrams-1.9",
            b"K\x02K\x02\x86",
            b"K\x03K\x02\x86",
            "unexpected-value (ngram_range): expected 1 to some units in a row, found 3 to 2",
        ),
        (
            "text-count-bigrams-1.9",
            b"K\x02K\x02\x86",
            b"K\x00K\x02\x86",
            "unexpected-value (ngram_range): expected 1 to some units in a row, found 0 to 2",
        ),
        (
            "text-pattern-one-1.9",
            br"(?u)\b\w+\b",
            br"(?u)\b\w(?=",
            "token-pattern (token_pattern): the token pattern `(?u)\\b\\w(?=` looks ahead, which needs backtracking",
        ),
        ("text-hash-small-1.9", b"K@", b"K\x00", "column-count (): expected a number of columns from 1, found 0"),
        (
            "text-tfidf-1.9",
            b"\x8c\x02l2",
            b"\x8c\x02l9",
            "unsupported-parameter (_tfidf): `TfidfTransformer` with `norm='l9'` cannot be compiled: expected 'l1', 'l2' or 'max'",
        ),
        (
            "text-tfidf-1.9",
            b"\x8c\x04idf_",
            b"\x8c\x04idf-",
            "missing-attribute (_tfidf): an object of `sklearn.feature_extraction.text.TfidfTransformer` has no attribute \
             `idf_`",
        ),
    ];
    for (case, from, to, expected) in tables {
        let error = altered(case, from, to).unwrap_err();
        let found = format!("{} ({}): {error}", error.code(), error.place().unwrap_or_default());
        assert!(found.starts_with(expected), "{case}: {found}\nexpected {expected}");
    }
}

#[test]
fn a_missing_text_is_refused_as_scikit_learn_refuses_it() {
    let model = altered("text-tfidf-1.9", b"l2", b"l2").unwrap();
    assert!(!model.fields[0].nullable);
    let value = model.methods[0].outputs[0].value;
    let rows = |texts: &[Option<&str>]| {
        let texts: Vec<Option<String>> = texts.iter().map(|text| text.map(str::to_owned)).collect();
        evaluate(&model.graph, &[value], 2, |_| Matrix::new(2, 1, Data::Text(texts.clone())))
    };
    assert_eq!(rows(&[Some("data"), None]).unwrap_err().row, 1);
    assert_eq!(model.graph.sites()[0].message, "TfidfVectorizer: a text is missing in the column `text`");
    assert!(rows(&[Some("data"), Some("")]).is_ok());
}

#[test]
fn hashed_columns_beyond_what_can_be_dense_stay_sparse_or_are_refused() {
    let model = altered("text-hash-small-1.9", b"content", b"content").unwrap();
    assert!(!model.graph.ty(model.methods[0].outputs[0].value).is_sparse, "64 columns are listed");
    let model = altered("text-hash-1.9", b"l2", b"l2").unwrap();
    let output = &model.methods[0].outputs[0];
    let ty = model.graph.ty(output.value);
    assert!(ty.is_sparse && ty.width == 1 << 20 && output.columns.is_empty());
    let mut graph = crate::graph::GraphBuilder::new(vec![crate::tensor::ElementType::F64; 2]);
    let x = graph.all_inputs().unwrap();
    let positions = graph.cast(x, crate::tensor::ElementType::I64).unwrap();
    let wide = graph.scatter(positions, x, 65_537).unwrap();
    assert_eq!(
        graph.dense(wide).unwrap_err().to_string(),
        "65537 columns made dense exceed the limit `dense-columns` of 65536"
    );
    let narrow = graph.scatter(positions, x, 65_536).unwrap();
    assert!(graph.dense(narrow).is_ok());
    // What needs every element does not take a sparse value by mistake, nor two that store other elements.
    let error = graph.apply(crate::ops::arg_max::ArgMax, &[narrow]).unwrap_err();
    assert_eq!(error.to_string(), "operator `arg_max`: sparse inputs that it does not take");
    let other = graph.scatter(positions, x, 65_536).unwrap();
    assert!(graph.add(narrow, other).is_err() && graph.add(narrow, narrow).is_ok());
}
