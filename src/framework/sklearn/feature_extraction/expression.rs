//! Token patterns in the syntax of Python's `re`, as far as an automaton decides them.
//!
//! What only a backtracking matcher can do (back references, looking around, atomic groups) is refused by name.

use super::super::refused;
use crate::error::{Error, Result};
use crate::limits;
use crate::ops::terms::pattern::{Assertion, Expression};
use crate::ops::unicode::{self, CharSet};

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// The whole pattern.
    pub expression: Expression,
    /// The characters of words, for its word boundaries.
    pub word: CharSet,
    /// Characters of a match before and after its capturing group, which is then the token.
    pub trimmed: [u32; 2],
}

/// Parses a pattern.
pub fn parse(pattern: &str) -> Result<Token> {
    let mut parser = Parser {
        pattern,
        chars: pattern.chars().collect(),
        at: 0,
        depth: 0,
        n_groups: 0,
        ascii: false,
        dot_all: false,
    };
    parser.flags()?;
    let part = parser.alternatives()?;
    if parser.peek().is_some() {
        return Err(parser.malformed("an unbalanced parenthesis"));
    }
    let trimmed = match part.group {
        None => [0, 0],
        Some([Some(before), Some(after)]) => [before, after].map(|chars| u32::try_from(chars).unwrap_or(u32::MAX)),
        Some(_) => {
            return Err(
                parser.refused("has a group beside parts of several lengths, which only backtracking separates")
            );
        }
    };
    limits::PATTERN_STEPS.check(trimmed.iter().map(|chars| u64::from(*chars)).sum())?;
    Ok(Token { expression: part.expression, word: parser.word(), trimmed })
}

/// A part of a pattern.
struct Part {
    expression: Expression,
    /// Where it holds the capturing group: the characters before and after it, if all matches have as many.
    group: Option<[Option<u64>; 2]>,
}

impl Part {
    fn of(expression: Expression) -> Self {
        Part { expression, group: None }
    }
}

struct Parser<'p> {
    pattern: &'p str,
    chars: Vec<char>,
    at: usize,
    depth: u64,
    n_groups: usize,
    /// Whether `\w`, `\d`, `\s` and `\b` know ASCII alone.
    ascii: bool,
    dot_all: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn takes(&mut self, text: &str) -> bool {
        let length = text.chars().count();
        let found = self.chars.iter().skip(self.at).take(length).copied().eq(text.chars());
        self.at += if found { length } else { 0 };
        found
    }

    fn refused(&self, reason: &str) -> Error {
        Error::unsupported("token-pattern", format!("the token pattern `{}` {reason}", self.pattern))
            .hint(format!("{}: write the pattern without it", refused::TOKEN_PATTERN.why))
    }

    fn malformed(&self, what: &str) -> Error {
        Error::malformed("token-pattern", format!("the token pattern `{}` has {what}", self.pattern))
    }

    /// Flags at the beginning: `(?u)`.
    fn flags(&mut self) -> Result<()> {
        while self.chars.get(self.at..self.at + 2) == Some(&['(', '?'])
            && self.chars.get(self.at + 2).is_some_and(|c| "aiLmsux".contains(*c))
        {
            let Some(end) = self.chars.iter().skip(self.at).position(|c| *c == ')') else { return Ok(()) };
            let flags: Vec<char> = self.chars[self.at + 2..self.at + end].to_vec();
            if flags.iter().any(|c| *c == ':' || *c == '-') {
                return Err(self.refused("changes flags inside"));
            }
            for flag in flags {
                match flag {
                    'u' => {}
                    'a' => self.ascii = true,
                    's' => self.dot_all = true,
                    'i' => return Err(self.refused("ignores case, for which Python has rules beyond lower case")),
                    'm' | 'x' | 'L' => return Err(self.refused(&format!("has the flag `{flag}`"))),
                    _ => return Err(self.malformed("an unknown flag")),
                }
            }
            self.at += end + 1;
        }
        Ok(())
    }

    fn alternatives(&mut self) -> Result<Part> {
        self.depth += 1;
        limits::DOCUMENT_DEPTH.check(self.depth)?;
        let mut parts = vec![self.sequence()?];
        while self.takes("|") {
            parts.push(self.sequence()?);
        }
        self.depth -= 1;
        if parts.len() > 1 && parts.iter().any(|part| part.group.is_some()) {
            return Err(self.refused("has a group that does not take part in every match"));
        }
        match parts.len() {
            1 => Ok(parts.swap_remove(0)),
            _ => Ok(Part::of(Expression::Alternate(parts.into_iter().map(|part| part.expression).collect()))),
        }
    }

    fn sequence(&mut self) -> Result<Part> {
        let mut parts: Vec<Part> = Vec::new();
        while let Some(c) = self.peek() {
            if c == '|' || c == ')' {
                break;
            }
            let part = match self.item()? {
                Some(part) => part,
                None => continue,
            };
            parts.push(self.repeated(part)?);
        }
        let group = parts.iter().position(|part| part.group.is_some()).map(|at| {
            let fixed = |parts: &[Part]| {
                parts.iter().try_fold(0u64, |sum, part| sum.checked_add(part.expression.fixed_chars()?))
            };
            let [before, after] = parts[at].group.unwrap_or([None, None]);
            let sum = |a: Option<u64>, b: Option<u64>| a?.checked_add(b?);
            [sum(fixed(&parts[..at]), before), sum(after, fixed(&parts[at + 1..]))]
        });
        Ok(Part { expression: Expression::Concat(parts.into_iter().map(|part| part.expression).collect()), group })
    }

    /// One item; none for a comment.
    fn item(&mut self) -> Result<Option<Part>> {
        let class = |set: CharSet| Ok(Some(Part::of(Expression::Class(set))));
        let assert = |assertion| Ok(Some(Part::of(Expression::Assert(assertion))));
        match self.next() {
            Some('(') => self.group(),
            Some('[') => {
                let set = self.set()?;
                class(set)
            }
            Some('.') => class(if self.dot_all { CharSet::default() } else { CharSet::of('\n') }.inverted()),
            Some('^') => assert(Assertion::TextStart),
            Some('$') => Err(self.refused("asks with `$` for the end or a line feed before it: write `\\Z`")),
            Some('\\') => match self.peek() {
                Some('b') => self.skip(assert(Assertion::WordBoundary)),
                Some('B') => self.skip(assert(Assertion::NoWordBoundary)),
                Some('A') => self.skip(assert(Assertion::TextStart)),
                Some('Z') => self.skip(assert(Assertion::TextEnd)),
                _ => {
                    let set = self.escape()?;
                    class(set)
                }
            },
            Some('*' | '+' | '?') => Err(self.malformed("a repetition of nothing")),
            Some(c) => class(CharSet::of(c)),
            None => Err(self.malformed("no end")),
        }
    }

    fn skip<T>(&mut self, value: T) -> T {
        self.at += 1;
        value
    }

    /// What stands in parentheses.
    fn group(&mut self) -> Result<Option<Part>> {
        let mut captures = true;
        if self.takes("?") {
            match self.next() {
                Some(':') => captures = false,
                Some('#') => {
                    while self.next().ok_or_else(|| self.malformed("a comment without end"))? != ')' {}
                    return Ok(None);
                }
                Some('P') if self.takes("<") => {
                    while self.next().ok_or_else(|| self.malformed("a group name without end"))? != '>' {}
                }
                Some('P') => return Err(self.refused("refers back to a group, which needs backtracking")),
                Some('=' | '!') => return Err(self.refused("looks ahead, which needs backtracking")),
                Some('<') => return Err(self.refused("looks behind, which needs backtracking")),
                Some('>') => return Err(self.refused("has an atomic group, which needs backtracking")),
                Some('(') => return Err(self.refused("has a condition on a group, which needs backtracking")),
                _ => return Err(self.refused("changes flags inside")),
            }
        }
        self.n_groups += usize::from(captures);
        if self.n_groups > 1 {
            return Err(self.malformed("more than one capturing group, which scikit-learn refuses"));
        }
        let inside = self.alternatives()?;
        if !self.takes(")") {
            return Err(self.malformed("a parenthesis without end"));
        }
        let group = if captures { Some([Some(0), Some(0)]) } else { inside.group };
        Ok(Some(Part { expression: inside.expression, group }))
    }

    /// A part with the repetition behind it.
    fn repeated(&mut self, part: Part) -> Result<Part> {
        let (least, most) = match self.peek() {
            Some('*') => self.skip((0, None)),
            Some('+') => self.skip((1, None)),
            Some('?') => self.skip((0, Some(1))),
            Some('{') => match self.counts()? {
                Some(counts) => counts,
                None => return Ok(part),
            },
            _ => return Ok(part),
        };
        if self.takes("+") {
            return Err(self.refused("has a possessive repetition, which needs backtracking"));
        }
        let greedy = !self.takes("?");
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return Err(self.malformed("a repetition of a repetition"));
        }
        if part.group.is_some() {
            return Err(self.refused("repeats a group, of which only the last turn is the token"));
        }
        if matches!(part.expression, Expression::Assert(_)) {
            return Err(self.refused("repeats a condition without characters"));
        }
        let of = Box::new(part.expression);
        Ok(Part::of(Expression::Repeat { of, least, most, greedy }))
    }

    /// `{2}`, `{2,}`, `{,3}`, `{2,3}`; anything else is a brace of the text.
    fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>> {
        let start = self.at;
        self.at += 1;
        let least = self.number()?;
        let most = if self.takes(",") { self.number()? } else { least };
        let is_list = self.chars.get(start..self.at).is_some_and(|chars| chars.contains(&','));
        if !self.takes("}") || (least.is_none() && !is_list) {
            self.at = start;
            return Ok(None);
        }
        let least = least.unwrap_or(0);
        if most.is_some_and(|most| most < least) {
            return Err(self.malformed("a repetition whose end is before its start"));
        }
        Ok(Some((least, most)))
    }

    fn number(&mut self) -> Result<Option<u32>> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        let digits: String = self.chars.get(start..self.at).unwrap_or_default().iter().collect();
        if digits.is_empty() {
            return Ok(None);
        }
        let number = digits.parse::<u32>().map_err(|_| self.malformed("a number that is too large"))?;
        limits::PATTERN_STEPS.check(u64::from(number))?;
        Ok(Some(number))
    }

    /// A set in brackets, the first bracket read.
    fn set(&mut self) -> Result<CharSet> {
        let inverted = self.takes("^");
        let (mut set, mut is_first) = (CharSet::default(), true);
        loop {
            let c = self.next().ok_or_else(|| self.malformed("a set without end"))?;
            if c == ']' && !is_first {
                return Ok(if inverted { set.inverted() } else { set });
            }
            is_first = false;
            let low = self.member(c)?;
            let is_range = self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|c| *c != ']');
            if !is_range {
                set = set.with(&low);
                continue;
            }
            self.at += 1;
            let c = self.next().ok_or_else(|| self.malformed("a set without end"))?;
            let high = self.member(c)?;
            match (low.ranges(), high.ranges()) {
                ([(low, a)], [(high, b)]) if low == a && high == b && low <= high => {
                    set = set.with(&CharSet::new([(*low, *high)]));
                }
                _ => return Err(self.malformed("a range of characters that is none")),
            }
        }
    }

    /// A member of a set that begins with `c`.
    fn member(&mut self, c: char) -> Result<CharSet> {
        match (c, self.peek()) {
            ('\\', Some('b')) => Ok(self.skip(CharSet::of('\u{8}'))),
            ('\\', _) => self.escape(),
            _ => Ok(CharSet::of(c)),
        }
    }

    fn word(&self) -> CharSet {
        self.known(unicode::word())
    }

    /// A set as the flags have it.
    fn known(&self, set: &CharSet) -> CharSet {
        if self.ascii { set.within(&CharSet::new([(0, 0x7F)])) } else { set.clone() }
    }

    /// An escaped character or set, the backslash read.
    fn escape(&mut self) -> Result<CharSet> {
        let c = self.next().ok_or_else(|| self.malformed("a backslash at its end"))?;
        // Python's ASCII white space leaves out the separators U+001C to U+001F.
        let space = || match self.ascii {
            true => CharSet::new([(0x9, 0xD), (0x20, 0x20)]),
            false => unicode::space().clone(),
        };
        Ok(match c {
            'w' => self.word(),
            'W' => self.word().inverted(),
            'd' => self.known(unicode::digit()),
            'D' => self.known(unicode::digit()).inverted(),
            's' => space(),
            'S' => space().inverted(),
            'a' => CharSet::of('\u{7}'),
            'f' => CharSet::of('\u{c}'),
            'n' => CharSet::of('\n'),
            'r' => CharSet::of('\r'),
            't' => CharSet::of('\t'),
            'v' => CharSet::of('\u{b}'),
            'x' => self.hexadecimal(2)?,
            'u' => self.hexadecimal(4)?,
            'U' => self.hexadecimal(8)?,
            '1'..='9' => return Err(self.refused("refers back to a group, which needs backtracking")),
            '0' => return Err(self.refused("names a character by octal digits: write `\\x00`")),
            c if c.is_ascii_alphabetic() => return Err(self.malformed(&format!("an unknown escape `\\{c}`"))),
            c => CharSet::of(c),
        })
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<CharSet> {
        let text: String = self.chars.iter().skip(self.at).take(digits).collect();
        let is_complete = text.len() == digits && text.chars().all(|c| c.is_ascii_hexdigit());
        let c = u32::from_str_radix(&text, 16).ok().filter(|_| is_complete).and_then(char::from_u32);
        self.at += digits;
        c.map(CharSet::of).ok_or_else(|| self.malformed("an escape that names no character"))
    }
}
