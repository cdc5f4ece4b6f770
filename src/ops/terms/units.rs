//! What terms are made of: tokens that a pattern finds, or characters.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::unicode;
use super::pattern::Pattern;

/// The units of a normalised text.
#[derive(Debug, Clone)]
pub enum Units {
    /// The matches of a pattern, one after the other; those of a term are joined by a space.
    Tokens {
        /// The pattern.
        pattern: Arc<Pattern>,
        /// Characters at the beginning of a match that do not belong to the token.
        before: u32,
        /// Characters at its end that do not.
        after: u32,
        /// Tokens that are passed over.
        stop_words: Arc<Vec<String>>,
    },
    /// The characters, two or more of white space as one space.
    Chars,
    /// The characters of each word with a space before and after it; a word of fewer units than a term is a term itself.
    CharsOfWords,
}

impl Units {
    /// Gives every term of `least` to `most` units to `found`.
    pub fn for_each_term(&self, text: &str, least: u32, most: u32, mut found: impl FnMut(&str)) {
        let (least, most) = (least as usize, most as usize);
        match self {
            Units::Tokens { pattern, before, after, stop_words } => {
                let stop_words: HashSet<&str> = stop_words.iter().map(String::as_str).collect();
                let tokens = tokens(pattern, *before, *after, text);
                let kept: Vec<&str> = tokens.into_iter().filter(|token| !stop_words.contains(token)).collect();
                windows(&kept, least, most, |term| found(&term.join(" ")));
            }
            Units::Chars => windows(&chars(&collapsed(text)), least, most, |term| found(&term.concat())),
            Units::CharsOfWords => {
                for word in text.split(|c| unicode::space().contains(c)).filter(|word| !word.is_empty()) {
                    let padded = format!(" {word} ");
                    let units = chars(&padded);
                    if units.len() <= most {
                        found(&padded);
                    }
                    windows(&units, least, most.min(units.len() - 1), |term| found(&term.concat()));
                }
            }
        }
    }
}

/// The text of every match. After one that is not empty the search goes on at its end.
fn tokens<'t>(pattern: &Pattern, before: u32, after: u32, text: &'t str) -> Vec<&'t str> {
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(c) = text[at..].chars().next() {
        let Some(end) = pattern.match_at(text, at) else {
            at += c.len_utf8();
            continue;
        };
        let mut token = text[at..end].chars();
        for _ in 0..before {
            token.next();
        }
        for _ in 0..after {
            token.next_back();
        }
        all.push(token.as_str());
        at = end;
    }
    all
}

fn windows(units: &[&str], least: usize, most: usize, mut found: impl FnMut(&[&str])) {
    for size in least..=most.min(units.len()) {
        units.windows(size).for_each(&mut found);
    }
}

fn chars(text: &str) -> Vec<&str> {
    text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]).collect()
}

/// Two or more characters of white space as one space.
fn collapsed(text: &str) -> String {
    let mut all = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_space = |c: &char| unicode::space().contains(*c);
        if is_space(&c) && chars.peek().is_some_and(is_space) {
            while chars.next_if(is_space).is_some() {}
            all.push(' ');
        } else {
            all.push(c);
        }
    }
    all
}
