//! Texts that are hard to split, in every way of splitting them.

use std::sync::Arc;

use super::super::unicode::{self, CharSet};
use super::super::{Example, ExampleInput};
use super::pattern::{Assertion, Expression, Pattern};
use super::{Marks, Normalise, TermColumns, Terms, Units};
use crate::tensor::{Data, Matrix};

/// Empty, missing, long, in many scripts, with marks and spaces of every width.
fn texts() -> Vec<Option<String>> {
    let texts = [
        "",
        "a",
        " ",
        "The quick brown fox, the QUICK brown dog: don't!",
        "größe GRÖSSE Straße STRAẞE",
        "İstanbul ıI İ",
        "ΟΔΥΣΣΕΥΣ ΣΟΦΟΣ Σ ΑΣ' ΑΣ.Β a'Σ'b 'Σ Σ' ΣΣ ΣΣΣ \u{301}Σ aΣ\u{301} Σ",
        "cafe\u{301} café naïve ﬁnance ½ ﷺ",
        "日本語のテキスト 한국어 ไทย",
        "😀 smile 😀😀 a😀b",
        "snake_case __init__ x1 2x 3.14 1,000 a-b",
        "  two  spaces\t\ttabs\u{a0}\u{a0}nbsp\u{3000}wide \n\n lines\u{2028}x ",
        "zero\u{200b}width\u{200d}join\u{feff}",
        "MiXeD Латиница КИРИЛЛИЦА ǅ ǆ Ǆ ⅷ Ⅷ Å K Ω",
        "of the of the of",
        "aaaa",
        "ab",
        "\u{1}\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}",
        "deseret 𐐀𐐨 𝐀𝟘 𞤀",
    ];
    let long = "Word ".repeat(30) + &"é".repeat(70) + &"long".repeat(20);
    let mut all: Vec<Option<String>> = texts.iter().map(|text| Some((*text).to_owned())).collect();
    all.extend([None, Some(long), Some("fox ".repeat(3))]);
    all
}

fn class(set: &CharSet) -> Expression {
    Expression::Class(set.clone())
}

fn repeat(of: Expression, least: u32, most: Option<u32>, greedy: bool) -> Expression {
    Expression::Repeat { of: Box::new(of), least, most, greedy }
}

fn pattern(expression: Expression) -> Option<Arc<Pattern>> {
    Pattern::new(&expression, unicode::word()).ok().map(Arc::new)
}

/// Words of two characters, anything between spaces, alternatives in both orders, bounded and lazy repetitions,
/// conditions at both ends of the text.
fn patterns() -> Vec<(Expression, [u32; 2])> {
    let word = || class(unicode::word());
    let c = |c: char| class(&CharSet::of(c));
    let boundary = || Expression::Assert(Assertion::WordBoundary);
    let letters = CharSet::new([(0x61, 0x7A)]);
    vec![
        (Expression::Concat(vec![boundary(), word(), repeat(word(), 1, None, true), boundary()]), [0, 0]),
        (repeat(class(&unicode::space().inverted()), 1, None, true), [0, 0]),
        (
            Expression::Alternate(vec![c('a'), Expression::Concat(vec![c('a'), c('b')]), class(unicode::digit())]),
            [0, 0],
        ),
        (Expression::Concat(vec![c('a'), repeat(c('b'), 0, Some(1), true)]), [0, 0]),
        (Expression::Concat(vec![repeat(word(), 2, Some(3), false), repeat(c('e'), 0, None, true)]), [0, 0]),
        (
            Expression::Alternate(vec![
                Expression::Concat(vec![Expression::Assert(Assertion::TextStart), word()]),
                Expression::Concat(vec![word(), Expression::Assert(Assertion::TextEnd)]),
                Expression::Concat(vec![Expression::Assert(Assertion::NoWordBoundary), class(&letters), c('o')]),
            ]),
            [0, 0],
        ),
        (Expression::Concat(vec![c('a'), repeat(class(&letters), 0, None, true), c('b')]), [1, 1]),
        (Expression::Concat(vec![class(&unicode::word().inverted()), word()]), [1, 0]),
    ]
}

fn tokens(pattern: &Arc<Pattern>, [before, after]: [u32; 2], stop_words: &[&str]) -> Units {
    let stop_words = Arc::new(stop_words.iter().map(|word| (*word).to_owned()).collect());
    Units::Tokens { pattern: Arc::clone(pattern), before, after, stop_words }
}

/// Every term of the texts but each seventh, so that some are unknown.
fn vocabulary(terms: &Terms) -> TermColumns {
    let mut known: Vec<String> = Vec::new();
    for text in texts().iter().flatten() {
        terms
            .units
            .for_each_term(&terms.normalise.apply(text), terms.least, terms.most, |term| known.push(term.into()));
    }
    known.sort();
    known.dedup();
    let kept = known.into_iter().enumerate().filter(|(i, _)| i % 7 != 3).map(|(_, term)| term);
    // Columns are in no order of the alphabet.
    let mut kept: Vec<String> = kept.collect();
    kept.sort_by_key(|term| (term.len() % 5, term.clone()));
    TermColumns::Vocabulary(Arc::new(kept))
}

/// Each way to normalise and to split, with a vocabulary and by hash.
pub fn examples() -> Vec<Example> {
    let normalisations = [
        Normalise::NONE,
        Normalise { lower: true, marks: Marks::Kept },
        Normalise { lower: true, marks: Marks::Removed },
        Normalise { lower: false, marks: Marks::Removed },
        Normalise { lower: true, marks: Marks::Ascii },
    ];
    let patterns: Vec<(Arc<Pattern>, [u32; 2])> =
        patterns().into_iter().filter_map(|(expression, trimmed)| Some((pattern(expression)?, trimmed))).collect();
    let mut ways: Vec<(Normalise, Units, u32, u32)> = Vec::new();
    for (i, normalise) in normalisations.into_iter().enumerate() {
        let sizes = [(1, 1), (1, 3), (2, 2), (2, 5), (4, 7)][i];
        ways.push((normalise, Units::Chars, sizes.0, sizes.1));
        ways.push((normalise, Units::CharsOfWords, sizes.0, sizes.1));
        if let Some((pattern, trimmed)) = patterns.first() {
            ways.push((normalise, tokens(pattern, *trimmed, &["the", "of", "große"]), sizes.0, sizes.1));
        }
    }
    for (pattern, trimmed) in &patterns {
        ways.push((normalisations[1], tokens(pattern, *trimmed, &[]), 1, 2));
    }
    let input = || ExampleInput { matrix: Matrix::new(texts().len(), 1, Data::Text(texts())), per_row: true };
    let mut all = Vec::new();
    for (i, (normalise, units, least, most)) in ways.into_iter().enumerate() {
        let columns = TermColumns::Hashed { n_columns: [7, 1 << 20, 1000][i % 3], alternate_sign: i % 2 == 0 };
        let hashed = Terms { normalise, units, least, most, columns, binary: i % 5 == 4 };
        let op = if i % 4 == 2 { hashed } else { Terms { columns: vocabulary(&hashed), binary: i % 4 == 1, ..hashed } };
        all.push(Example { op: op.into(), inputs: vec![input()] });
    }
    all
}
