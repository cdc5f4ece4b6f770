//! Classes of characters that a pattern does not tell apart.

use std::collections::BTreeMap;

use super::super::super::unicode::CharSet;
use crate::error::{Error, Result};

/// A partition of all characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classes {
    /// Where a run of characters of one class begins, ascending from 0, and the class.
    runs: Vec<(u32, u8)>,
    /// Per class, the sets that hold its characters.
    members: Vec<Vec<bool>>,
}

impl Classes {
    /// The coarsest partition such that every set is some of its classes.
    pub fn new(sets: &[CharSet]) -> Result<Self> {
        let mut borders: Vec<u32> = sets.iter().flat_map(CharSet::ranges).flat_map(|(a, b)| [*a, *b + 1]).collect();
        borders.extend([0]);
        borders.sort_unstable();
        borders.dedup();
        let mut known: BTreeMap<Vec<bool>, u8> = BTreeMap::new();
        let mut classes = Classes { runs: Vec::new(), members: Vec::new() };
        for border in borders {
            // Surrogates are no characters: no text holds them.
            let Some(c) = char::from_u32(border) else { continue };
            let members: Vec<bool> = sets.iter().map(|set| set.contains(c)).collect();
            let next = u8::try_from(known.len()).map_err(|_| {
                Error::unsupported("token-pattern", "the token pattern tells more than 255 kinds of characters apart")
            })?;
            let class = *known.entry(members.clone()).or_insert(next);
            if class == next {
                classes.members.push(members);
            }
            if classes.runs.last().is_none_or(|(_, last)| *last != class) {
                classes.runs.push((border, class));
            }
        }
        Ok(classes)
    }

    /// The number of classes.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// The class of a character.
    pub fn of(&self, c: char) -> u8 {
        let at = self.runs.partition_point(|(first, _)| *first <= u32::from(c));
        self.runs[at - 1].1
    }

    /// Whether a set, by its number, holds the characters of a class.
    pub fn is_member(&self, class: u8, set: usize) -> bool {
        self.members[usize::from(class)][set]
    }

    /// Where runs of characters of one class begin, and their class.
    pub fn runs(&self) -> &[(u32, u8)] {
        &self.runs
    }
}
