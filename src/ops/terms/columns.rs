//! The column of a term: its place in a vocabulary, or its hash.

use std::collections::HashMap;
use std::sync::Arc;

/// Where terms are counted.
#[derive(Debug, Clone)]
pub enum TermColumns {
    /// In the column of their place in this list, in which no term comes twice; other terms are not counted.
    Vocabulary(Arc<Vec<String>>),
    /// By the hash of their bytes.
    Hashed {
        /// The number of columns, at least 1.
        n_columns: u32,
        /// Whether terms whose hash is negative count as -1.
        alternate_sign: bool,
    },
}

/// Finds the column of a term, and what a term counts there.
type Finder<'a> = Box<dyn Fn(&str) -> Option<(u32, i64)> + 'a>;

impl TermColumns {
    /// The number of columns.
    pub fn width(&self) -> usize {
        match self {
            TermColumns::Vocabulary(terms) => terms.len(),
            TermColumns::Hashed { n_columns, .. } => *n_columns as usize,
        }
    }

    /// The terms of a vocabulary in the order of their columns; none where terms are hashed.
    pub fn vocabulary(&self) -> &[String] {
        match self {
            TermColumns::Vocabulary(terms) => terms,
            TermColumns::Hashed { .. } => &[],
        }
    }

    /// A function that gives the column of a term and what it counts there.
    pub(super) fn finder(&self) -> Finder<'_> {
        match self {
            TermColumns::Vocabulary(terms) => {
                let known: HashMap<&str, u32> =
                    terms.iter().enumerate().map(|(column, term)| (term.as_str(), column as u32)).collect();
                Box::new(move |term| known.get(term).map(|column| (*column, 1)))
            }
            TermColumns::Hashed { n_columns, alternate_sign } => Box::new(move |term| {
                let hash = murmur3(term.as_bytes()) as i32;
                let sign = if *alternate_sign && hash < 0 { -1 } else { 1 };
                Some((hash.unsigned_abs() % n_columns, sign))
            }),
        }
    }
}

/// MurmurHash3 (x86, 32 bits) with seed 0.
pub(super) fn murmur3(bytes: &[u8]) -> u32 {
    let mixed = |word: u32| word.wrapping_mul(0xCC9E_2D51).rotate_left(15).wrapping_mul(0x1B87_3593);
    let mut hash = 0u32;
    for chunk in bytes.chunks(4) {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        hash ^= mixed(u32::from_le_bytes(word));
        if chunk.len() == 4 {
            hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xE654_6B64);
        }
    }
    hash ^= bytes.len() as u32;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85EB_CA6B);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xC2B2_AE35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::murmur3;

    /// Values of scikit-learn's `murmurhash3_32(key, seed=0)`.
    #[test]
    fn hashes_are_those_of_scikit_learn() {
        let known = [
            ("", 0),
            ("a", 1_009_084_850),
            ("ab", -1_681_926_305),
            ("abc", -1_277_324_294),
            ("abcd", 1_139_631_978),
            ("größe", -472_672_705),
            ("日本語 text", 343_552_579),
        ];
        for (text, hash) in known {
            assert_eq!(murmur3(text.as_bytes()) as i32, hash, "{text}");
        }
    }
}
