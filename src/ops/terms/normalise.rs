//! What becomes of a text before it is split: lower case, and letters without their marks.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::super::unicode::{self, CAPITAL_SIGMA, FINAL_SIGMA};

/// A normalisation, character by character but for the final sigma.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Normalise {
    /// Whether letters become small, as Python's `str.lower` makes them.
    pub lower: bool,
    /// What becomes of marks, after that.
    pub marks: Marks,
}

/// What becomes of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// They stay.
    Kept,
    /// Characters are decomposed for compatibility (NFKD), and combining ones dropped.
    Removed,
    /// Characters are decomposed, and only ASCII is kept.
    Ascii,
}

/// What characters become.
#[derive(Debug)]
pub struct Images {
    /// Character by character, a capital sigma not at the end of a word.
    pub of: BTreeMap<char, String>,
    /// How much longer a text may become, in bytes: the largest ratio of a character's bytes after and before.
    pub growth: (u64, u64),
    /// The most characters that a byte becomes.
    pub chars_per_byte: u64,
}

impl Normalise {
    /// A text as it is.
    pub const NONE: Normalise = Normalise { lower: false, marks: Marks::Kept };

    /// The normalised text.
    pub fn apply(&self, text: &str) -> String {
        let mut all = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            let is_final = self.lower
                && c == CAPITAL_SIGMA
                && unicode::is_final(&text[..at], &text[at + CAPITAL_SIGMA.len_utf8()..]);
            match is_final {
                true => all.push_str(&self.marked(FINAL_SIGMA)),
                false => all.push_str(&self.image(c)),
            }
        }
        all
    }

    /// What a character becomes, a capital sigma not at the end of a word.
    pub fn image(&self, c: char) -> Cow<'static, str> {
        let lowered = self.lower.then(|| unicode::lower().get(&c)).flatten();
        match lowered {
            None => self.marked(c),
            Some(lowered) if self.marks == Marks::Kept => Cow::Borrowed(lowered),
            Some(lowered) => Cow::Owned(lowered.chars().map(|c| self.marked(c)).collect()),
        }
    }

    /// What the final sigma becomes.
    pub fn final_sigma(&self) -> String {
        self.marked(FINAL_SIGMA).into_owned()
    }

    /// A character that is small already.
    fn marked(&self, c: char) -> Cow<'static, str> {
        let decomposed = unicode::without_marks().get(&c);
        match (self.marks, decomposed) {
            (Marks::Kept, _) | (Marks::Removed, None) => Cow::Owned(c.to_string()),
            (Marks::Removed, Some(parts)) => Cow::Borrowed(parts),
            (Marks::Ascii, None) => Cow::Owned(c.to_string().chars().filter(char::is_ascii).collect()),
            (Marks::Ascii, Some(parts)) => Cow::Owned(parts.chars().filter(char::is_ascii).collect()),
        }
    }

    /// What every character becomes that may become another; those that are not listed stay, or go where only ASCII is
    /// kept. Made once.
    pub fn images(&self) -> &'static Images {
        static ALL: [OnceLock<Images>; 6] = [const { OnceLock::new() }; 6];
        let marks = match self.marks {
            Marks::Kept => 0,
            Marks::Removed => 1,
            Marks::Ascii => 2,
        };
        ALL[marks * 2 + usize::from(self.lower)].get_or_init(|| self.collect())
    }

    fn collect(&self) -> Images {
        let lower = self.lower.then(|| unicode::lower().keys());
        let marks = (self.marks != Marks::Kept).then(|| unicode::without_marks().keys());
        let changed = lower.into_iter().flatten().chain(marks.into_iter().flatten());
        let of: BTreeMap<char, String> = changed.map(|c| (*c, self.image(*c).into_owned())).collect();
        let ratio = of.iter().map(|(c, image)| (image.len() as u64, c.len_utf8() as u64));
        let growth = ratio.chain([(1, 1)]).max_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)));
        let chars_per_byte = of.iter().map(|(c, image)| image.chars().count().div_ceil(c.len_utf8()) as u64).max();
        Images { growth: growth.unwrap_or((1, 1)), chars_per_byte: chars_per_byte.unwrap_or(1).max(1), of }
    }

    /// Whether every text stays as it is.
    pub fn is_none(&self) -> bool {
        *self == Normalise::NONE
    }
}
