//! Patterns of tokens: regular expressions that an automaton decides character by character, without backtracking.
//!
//! A match is the one that a backtracking matcher finds first (of alternatives the earlier, of repetitions the longer or
//! the shorter as written), found by following all candidates at once in the order of their preference. Which syntax a
//! pattern was written in is not known here.

mod automaton;
mod classes;
mod program;

use super::super::unicode::CharSet;
use crate::error::{Error, Result};
pub(super) use automaton::Automaton;
use program::Program;

/// A regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// One character of a set.
    Class(CharSet),
    /// One after the other; nothing at all if empty.
    Concat(Vec<Expression>),
    /// The first that leads to a match.
    Alternate(Vec<Expression>),
    /// Some times the same.
    Repeat {
        /// What is repeated.
        of: Box<Expression>,
        /// At least so often.
        least: u32,
        /// At most so often, if bounded.
        most: Option<u32>,
        /// Whether more are preferred to fewer.
        greedy: bool,
    },
    /// A condition of the place, without characters of its own.
    Assert(Assertion),
}

/// A condition of a place between two characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assertion {
    /// A character of words on one side only.
    WordBoundary,
    /// Characters of words on both sides or none.
    NoWordBoundary,
    /// The beginning of the text.
    TextStart,
    /// The end of the text.
    TextEnd,
}

impl Expression {
    /// The fewest characters of a match.
    pub fn least_chars(&self) -> u64 {
        match self {
            Expression::Class(_) => 1,
            Expression::Concat(parts) => parts.iter().fold(0, |sum, part| sum.saturating_add(part.least_chars())),
            Expression::Alternate(parts) => parts.iter().map(Expression::least_chars).min().unwrap_or(0),
            Expression::Repeat { of, least, .. } => of.least_chars().saturating_mul(u64::from(*least)),
            Expression::Assert(_) => 0,
        }
    }

    /// The number of characters of every match, if all have the same.
    pub fn fixed_chars(&self) -> Option<u64> {
        match self {
            Expression::Class(_) => Some(1),
            Expression::Concat(parts) => parts.iter().try_fold(0u64, |sum, part| sum.checked_add(part.fixed_chars()?)),
            Expression::Alternate(parts) => {
                let first = parts.first()?.fixed_chars()?;
                parts.iter().all(|part| part.fixed_chars() == Some(first)).then_some(first)
            }
            Expression::Repeat { of, least, most, .. } => match (of.fixed_chars()?, most) {
                (0, _) => Some(0),
                (chars, Some(most)) if least == most => chars.checked_mul(u64::from(*least)),
                _ => None,
            },
            Expression::Assert(_) => Some(0),
        }
    }
}

/// A pattern ready to match.
#[derive(Debug, Clone)]
pub struct Pattern {
    program: Program,
    pub(super) automaton: Automaton,
    pub(super) least_chars: u64,
}

impl Pattern {
    /// The pattern of an expression; `word` are the characters that its word boundaries go by.
    pub fn new(expression: &Expression, word: &CharSet) -> Result<Self> {
        let least_chars = expression.least_chars();
        if least_chars == 0 {
            let message = "the token pattern matches the empty text, which stands between any two characters";
            return Err(Error::unsupported("token-pattern", message).hint("let a token have at least one character"));
        }
        let program = Program::new(expression, word)?;
        let automaton = Automaton::new(&program)?;
        Ok(Pattern { program, automaton, least_chars })
    }

    /// The end of the match that begins at `start`, by the program itself.
    pub(super) fn match_at(&self, text: &str, start: usize) -> Option<usize> {
        self.program.match_at(text, start)
    }
}
