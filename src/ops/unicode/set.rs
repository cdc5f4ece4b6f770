//! Sets of characters as ranges of code points.

/// The last code point.
const LAST: u32 = 0x10_FFFF;

/// A set of characters: ascending ranges of code points, inclusive, apart from one another.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CharSet {
    ranges: Vec<(u32, u32)>,
}

impl CharSet {
    /// The set of some ranges of code points, in any order.
    pub fn new(ranges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut all: Vec<(u32, u32)> = ranges.into_iter().filter(|(first, last)| first <= last).collect();
        all.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::new();
        for (first, last) in all {
            match merged.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => merged.push((first, last)),
            }
        }
        CharSet { ranges: merged }
    }

    /// The set of one character.
    pub fn of(c: char) -> Self {
        CharSet { ranges: vec![(c.into(), c.into())] }
    }

    /// The characters of either set.
    pub fn with(&self, other: &CharSet) -> CharSet {
        CharSet::new(self.ranges.iter().chain(&other.ranges).copied())
    }

    /// All other characters.
    pub fn inverted(&self) -> CharSet {
        let mut ranges = Vec::new();
        let mut next = 0;
        for (first, last) in &self.ranges {
            if next < *first {
                ranges.push((next, first - 1));
            }
            next = last + 1;
        }
        if next <= LAST {
            ranges.push((next, LAST));
        }
        CharSet { ranges }
    }

    /// The characters of both sets.
    pub fn within(&self, other: &CharSet) -> CharSet {
        self.inverted().with(&other.inverted()).inverted()
    }

    /// Whether a character belongs to it.
    pub fn contains(&self, c: char) -> bool {
        let at = self.ranges.partition_point(|(_, last)| *last < u32::from(c));
        self.ranges.get(at).is_some_and(|(first, _)| *first <= u32::from(c))
    }

    /// The ranges.
    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_joined_met_and_inverted() {
        let letters = CharSet::new([(0x61, 0x7A), (0x41, 0x5A), (0x50, 0x60)]);
        assert_eq!(letters.ranges(), [(0x41, 0x7A)]);
        assert_eq!(letters.inverted().ranges(), [(0, 0x40), (0x7B, LAST)]);
        assert_eq!(letters.inverted().inverted(), letters);
        assert_eq!(CharSet::default().inverted().inverted(), CharSet::default());
        assert_eq!(letters.within(&CharSet::of('a')), CharSet::of('a'));
        assert!(letters.contains('A') && letters.contains('z') && !letters.contains('{') && !letters.contains('@'));
        assert_eq!(letters.with(&CharSet::of('{')).ranges(), [(0x41, 0x7B)]);
    }
}
