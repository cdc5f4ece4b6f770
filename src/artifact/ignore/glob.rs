//! A pattern as a list of tokens, matched in time proportional to tokens times text: no pattern can make it slow.
//!
//! What the tokens mean is said by whoever makes them; texts are sequences of bytes or of characters.

/// One step of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// This one.
    One(u32),
    /// Any one.
    Any {
        /// Whether `/` counts.
        slash: bool,
    },
    /// One of a set.
    Set {
        /// First and last of each range.
        ranges: Vec<(u32, u32)>,
        /// Whether one outside of the ranges is meant.
        negated: bool,
        /// Whether `/` counts.
        slash: bool,
    },
    /// Any number, none included.
    Run {
        /// Whether `/` counts.
        slash: bool,
    },
    /// As many of the tokens that follow may be left out together.
    Optional(usize),
}

const SLASH: u32 = '/' as u32;

impl Token {
    /// Whether the token takes this one, as the only or as the next.
    fn takes(&self, c: u32) -> bool {
        match self {
            Token::One(one) => *one == c,
            Token::Any { slash } | Token::Run { slash } => *slash || c != SLASH,
            Token::Set { ranges, negated, slash } => {
                let is_in = ranges.iter().any(|(first, last)| (*first..=*last).contains(&c));
                is_in != *negated && (*slash || c != SLASH)
            }
            Token::Optional(_) => false,
        }
    }
}

/// The least number that the tokens match.
fn least(tokens: &[Token]) -> usize {
    let (mut count, mut left_out) = (0, 0);
    for token in tokens {
        match token {
            Token::Optional(following) => left_out = *following,
            _ if left_out > 0 => left_out -= 1,
            Token::Run { .. } => {}
            _ => count += 1,
        }
    }
    count
}

/// Whether the tokens match the whole text.
pub fn matches(tokens: &[Token], text: &[u32]) -> bool {
    if least(tokens) > text.len() {
        return false;
    }
    // `reached[i]`: the tokens before `i` match what was read so far.
    let mut reached = vec![false; tokens.len() + 1];
    reach(tokens, &mut reached, 0);
    for c in text {
        let mut next = vec![false; tokens.len() + 1];
        for (i, token) in tokens.iter().enumerate() {
            if reached.get(i) == Some(&true) && token.takes(*c) {
                let is_run = matches!(token, Token::Run { .. });
                reach(tokens, &mut next, if is_run { i } else { i + 1 });
            }
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

/// Marks a place, and those reached from it without reading.
fn reach(tokens: &[Token], reached: &mut [bool], start: usize) {
    let mut places = vec![start];
    while let Some(place) = places.pop() {
        match reached.get_mut(place) {
            Some(mark) if !*mark => *mark = true,
            _ => continue,
        }
        match tokens.get(place) {
            Some(Token::Run { .. }) => places.push(place + 1),
            Some(Token::Optional(following)) => places.extend([place + 1, place + 1 + following]),
            _ => {}
        }
    }
}
