//! A pattern as steps that all candidates follow at once, the preferred ones first.

use super::super::super::unicode::CharSet;
use super::classes::Classes;
use super::{Assertion, Expression};
use crate::error::{Error, Result};
use crate::limits;

/// The steps of a pattern.
#[derive(Debug, Clone)]
pub struct Program {
    steps: Vec<Step>,
    /// Where a match begins.
    start: usize,
    classes: Classes,
    /// The number of the set of the characters of words.
    word: usize,
    /// Whether it asks for word boundaries, and for the beginning of the text.
    asks_words: bool,
    asks_start: bool,
}

#[derive(Debug, Clone)]
enum Step {
    /// A character of the set with this number, then the next step.
    Class(usize, usize),
    /// One of these steps, the first ones preferred.
    Split(Vec<usize>),
    /// A condition, then the next step.
    Assert(Assertion, usize),
    /// The end of a match.
    Match,
}

/// What stands before a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Before {
    /// Nothing: the text begins.
    Start,
    /// A character that is not of words.
    Other,
    /// A character of words.
    Word,
}

/// Candidates at a place, in order of preference.
pub type Candidates = Vec<usize>;

impl Program {
    pub fn new(expression: &Expression, word: &CharSet) -> Result<Self> {
        let mut builder = Builder { steps: vec![Step::Match], sets: vec![word.clone()] };
        let start = builder.add(expression, 0)?;
        let Builder { steps, sets } = builder;
        let asks = |wanted: &[Assertion]| {
            steps.iter().any(|step| matches!(step, Step::Assert(assertion, _) if wanted.contains(assertion)))
        };
        let asks_words = asks(&[Assertion::WordBoundary, Assertion::NoWordBoundary]);
        let asks_start = asks(&[Assertion::TextStart]);
        let classes = Classes::new(&sets)?;
        Ok(Program { steps, start, classes, word: 0, asks_words, asks_start })
    }

    /// The candidates of a match that begins here.
    pub fn begin(&self) -> Candidates {
        vec![self.start]
    }

    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// What stands after a character of a class, as far as the pattern asks.
    pub fn after(&self, class: u8) -> Before {
        let is_word = self.asks_words && self.classes.is_member(class, self.word);
        if is_word { Before::Word } else { Before::Other }
    }

    /// What the beginning of the text is to the pattern.
    pub fn at_start(&self) -> Before {
        if self.asks_start { Before::Start } else { Before::Other }
    }

    /// Whether a match ends before the next character (or the end of the text), and the candidates after it.
    pub fn advance(&self, candidates: &[usize], before: Before, next: Option<u8>) -> (bool, Candidates) {
        let mut seen = vec![false; self.steps.len()];
        let mut pending: Vec<usize> = candidates.iter().rev().copied().collect();
        let (mut after, mut listed) = (Candidates::new(), vec![false; self.steps.len()]);
        while let Some(at) = pending.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            match &self.steps[at] {
                // Those behind a match are less preferred.
                Step::Match => return (true, after),
                Step::Split(targets) => pending.extend(targets.iter().rev()),
                Step::Assert(assertion, target) if self.holds(*assertion, before, next) => pending.push(*target),
                Step::Class(set, target) if next.is_some_and(|class| self.classes.is_member(class, *set)) => {
                    if !std::mem::replace(&mut listed[*target], true) {
                        after.push(*target);
                    }
                }
                Step::Assert(..) | Step::Class(..) => {}
            }
        }
        (false, after)
    }

    fn holds(&self, assertion: Assertion, before: Before, next: Option<u8>) -> bool {
        let is_word = next.is_some_and(|class| self.classes.is_member(class, self.word));
        match assertion {
            Assertion::WordBoundary => (before == Before::Word) != is_word,
            Assertion::NoWordBoundary => (before == Before::Word) == is_word,
            Assertion::TextStart => before == Before::Start,
            Assertion::TextEnd => next.is_none(),
        }
    }

    /// The end of the match that begins at `start`.
    pub fn match_at(&self, text: &str, start: usize) -> Option<usize> {
        let class = |c: Option<char>| c.map(|c| self.classes.of(c));
        let mut before = class(text[..start].chars().next_back()).map_or(self.at_start(), |class| self.after(class));
        let (mut candidates, mut end, mut at) = (self.begin(), None, start);
        loop {
            let c = text[at..].chars().next();
            let (matched, after) = self.advance(&candidates, before, class(c));
            if matched {
                end = Some(at);
            }
            let Some(c) = c.filter(|_| !after.is_empty()) else { return end };
            before = self.after(self.classes.of(c));
            at += c.len_utf8();
            candidates = after;
        }
    }
}

struct Builder {
    steps: Vec<Step>,
    sets: Vec<CharSet>,
}

impl Builder {
    fn push(&mut self, step: Step) -> Result<usize> {
        limits::PATTERN_STEPS.check_len(self.steps.len() + 1)?;
        self.steps.push(step);
        Ok(self.steps.len() - 1)
    }

    /// Adds the steps of an expression that lead to `next`; gives the first.
    fn add(&mut self, expression: &Expression, next: usize) -> Result<usize> {
        match expression {
            Expression::Class(set) => {
                let number = self.sets.iter().position(|known| known == set).unwrap_or_else(|| {
                    self.sets.push(set.clone());
                    self.sets.len() - 1
                });
                self.push(Step::Class(number, next))
            }
            Expression::Concat(parts) => parts.iter().rev().try_fold(next, |next, part| self.add(part, next)),
            Expression::Alternate(parts) => {
                let targets = parts.iter().map(|part| self.add(part, next)).collect::<Result<_>>()?;
                self.push(Step::Split(targets))
            }
            Expression::Repeat { of, least, most, greedy } => self.repeat(of, *least, *most, *greedy, next),
            Expression::Assert(assertion) => self.push(Step::Assert(*assertion, next)),
        }
    }

    fn repeat(&mut self, of: &Expression, least: u32, most: Option<u32>, greedy: bool, next: usize) -> Result<usize> {
        // A turn without characters: matchers do not agree what it is worth.
        if of.least_chars() == 0 && most != Some(1) {
            let message = "the token pattern repeats a part that can match the empty text";
            return Err(Error::unsupported("token-pattern", message));
        }
        let choice = |more: usize| if greedy { vec![more, next] } else { vec![next, more] };
        let mut first = next;
        match most {
            None => {
                first = self.push(Step::Split(Vec::new()))?;
                let turn = self.add(of, first)?;
                if let Some(step) = self.steps.get_mut(first) {
                    *step = Step::Split(choice(turn));
                }
            }
            Some(most) => {
                for _ in least..most {
                    let turn = self.add(of, first)?;
                    first = self.push(Step::Split(choice(turn)))?;
                }
            }
        }
        (0..least).try_fold(first, |first, _| self.add(of, first))
    }
}
