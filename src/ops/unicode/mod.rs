//! What Python says of characters: words, digits, white space, lower case, decomposition. Unicode 15, of Python 3.12.
//!
//! `table.txt` is written by fixtures/scripts/unicode_table.py and never by hand. Characters that later versions of
//! Unicode added count as what they were: unassigned.

mod set;

pub use set::CharSet;

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Hangul syllables: each is a leading consonant, a vowel and mostly a trailing consonant, by rule.
const HANGUL: (u32, u32) = (0xAC00, 0xD7A3);
const N_VOWELS: u32 = 21;
const N_TRAILING: u32 = 28;

/// Characters and the texts that they become.
pub type Mapping = BTreeMap<char, String>;

struct Table {
    word: CharSet,
    digit: CharSet,
    space: CharSet,
    ignorable: CharSet,
    cased: CharSet,
    lower: Mapping,
    without_marks: Mapping,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let text = include_str!("table.txt");
    let line = |name: &str| {
        let words = text.lines().filter_map(|line| line.split_once(' ')).find(|(known, _)| *known == name);
        words.map_or("", |(_, words)| words)
    };
    let mut without_marks = mapping(line("without_marks"));
    without_marks.extend((HANGUL.0..=HANGUL.1).filter_map(|code| Some((char::from_u32(code)?, jamo(code)))));
    Table {
        word: set(line("word")),
        digit: set(line("digit")),
        space: set(line("space")),
        ignorable: set(line("ignorable")),
        cased: set(line("cased")),
        lower: mapping(line("lower")),
        without_marks,
    }
});

/// The characters of words: letters, numbers and `_` (`\w`).
pub fn word() -> &'static CharSet {
    &TABLE.word
}

/// Decimal digits (`\d`).
pub fn digit() -> &'static CharSet {
    &TABLE.digit
}

/// White space (`\s`, and where `str.split` splits).
pub fn space() -> &'static CharSet {
    &TABLE.space
}

/// Characters that do not count when a capital sigma looks for letters beside it.
pub fn ignorable() -> &'static CharSet {
    &TABLE.ignorable
}

/// Letters with case, without those that are ignorable.
pub fn cased() -> &'static CharSet {
    &TABLE.cased
}

/// The characters that `str.lower` changes. A capital sigma becomes a final one at the end of a word: see [`is_final`].
pub fn lower() -> &'static Mapping {
    &TABLE.lower
}

/// The characters that are not their own compatibility decomposition (NFKD) without combining characters.
pub fn without_marks() -> &'static Mapping {
    &TABLE.without_marks
}

/// The capital sigma, whose lower case depends on its neighbours.
pub const CAPITAL_SIGMA: char = 'Σ';
/// Its lower case at the end of a word.
pub const FINAL_SIGMA: char = 'ς';

/// Whether a capital sigma between two texts stands at the end of a word.
pub fn is_final(before: &str, after: &str) -> bool {
    let counts = |c: &char| !ignorable().contains(*c);
    let is_cased = |c: Option<char>| c.is_some_and(|c| cased().contains(c));
    is_cased(before.chars().rev().find(counts)) && !is_cased(after.chars().find(counts))
}

fn code(hex: &str) -> u32 {
    u32::from_str_radix(hex, 16).unwrap_or(0)
}

fn set(line: &str) -> CharSet {
    CharSet::new(line.split_whitespace().map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        (code(first), code(last))
    }))
}

fn mapping(line: &str) -> Mapping {
    let mut all = Mapping::new();
    for entry in line.split_whitespace() {
        let Some((from, to)) = entry.split_once(':') else { continue };
        match from.split_once('-').and_then(|(first, rest)| Some((first, rest.split_once('+')?))) {
            Some((first, (last, step))) => {
                let difference: i64 = to.parse().unwrap_or(0);
                for from in (code(first)..=code(last)).step_by(code(step).max(1) as usize) {
                    let to = u32::try_from(i64::from(from) + difference).ok().and_then(char::from_u32);
                    all.extend(char::from_u32(from).zip(to).map(|(from, to)| (from, to.to_string())));
                }
            }
            None => {
                let to: String =
                    to.split('.').filter(|code| !code.is_empty()).map(code).filter_map(char::from_u32).collect();
                all.extend(char::from_u32(code(from)).map(|from| (from, to)));
            }
        }
    }
    all
}

fn jamo(syllable: u32) -> String {
    let at = syllable - HANGUL.0;
    let (leading, vowel, trailing) = (at / N_TRAILING / N_VOWELS, at / N_TRAILING % N_VOWELS, at % N_TRAILING);
    let parts = [Some(0x1100 + leading), Some(0x1161 + vowel), (trailing > 0).then_some(0x11A7 + trailing)];
    parts.into_iter().flatten().filter_map(char::from_u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spot checks against Python 3.12 itself.
    #[test]
    fn characters_are_what_python_says() {
        let words = "aZ09_äßÅ日ひ한ªʰⅷ²½٣";
        assert!(words.chars().all(|c| word().contains(c)));
        assert!(!"- .'’\u{301}\u{200d}\u{93f}€😀\u{feff}".chars().any(|c| word().contains(c)));
        assert!("5٣९".chars().all(|c| digit().contains(c)) && !"²½Ⅷ".chars().any(|c| digit().contains(c)));
        assert!(" \t\n\u{1c}\u{85}\u{a0}\u{3000}".chars().all(|c| space().contains(c)));
        assert!(!"\u{200b}\u{feff}".chars().any(|c| space().contains(c)));
        assert_eq!(lower()[&'İ'], "i\u{307}");
        assert_eq!((lower()[&'ẞ'].as_str(), lower()[&'Σ'].as_str(), lower().get(&'ß')), ("ß", "σ", None));
        assert_eq!(without_marks()[&'é'], "e");
        assert_eq!(without_marks()[&'\u{301}'], "");
        assert_eq!(without_marks()[&'ﬁ'], "fi");
        assert_eq!(without_marks()[&'½'], "1\u{2044}2");
        assert_eq!(without_marks()[&'한'], "\u{1112}\u{1161}\u{11ab}");
        assert_eq!(without_marks()[&'가'], "\u{1100}\u{1161}");
        assert_eq!(without_marks()[&'\u{fdfa}'].chars().count(), 18);
    }

    #[test]
    fn a_sigma_is_final_after_letters_and_before_none() {
        assert!(is_final("ΟΔΟ", "") && is_final("a", " b") && is_final("a'", "'. "));
        assert!(!is_final("", "") && !is_final(" ", "") && !is_final("a", "b") && !is_final("a", "'b"));
        assert!(!is_final("1", "") && is_final("A\u{301}", "1a"));
    }
}
