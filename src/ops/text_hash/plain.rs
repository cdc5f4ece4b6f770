//! The hash of plain bytes.

use super::city::{self, BLOCK, From, Words};

/// Bytes from a block on to the end of the text.
struct Bytes<'a> {
    text: &'a [u8],
    /// Where the present block starts.
    start: usize,
}

impl Words for Bytes<'_> {
    type Word = u64;

    fn constant(&mut self, value: u64) -> u64 {
        value
    }

    fn length(&mut self) -> u64 {
        self.text.len() as u64
    }

    fn load(&mut self, from: From, bytes: u32) -> u64 {
        let at = match from {
            From::Start(offset) => self.start + offset as usize,
            From::End(offset) => self.text.len().saturating_sub(offset as usize),
            From::Middle => self.text.len() / 2,
        };
        let bytes = self.text.iter().skip(at).take(bytes as usize);
        bytes.zip((0..).step_by(8)).fold(0, |word, (byte, shift)| word | u64::from(*byte) << shift)
    }

    fn add(&mut self, a: u64, b: u64) -> u64 {
        a.wrapping_add(b)
    }

    fn sub(&mut self, a: u64, b: u64) -> u64 {
        a.wrapping_sub(b)
    }

    fn mul(&mut self, a: u64, b: u64) -> u64 {
        a.wrapping_mul(b)
    }

    fn xor(&mut self, a: u64, b: u64) -> u64 {
        a ^ b
    }

    fn rotate(&mut self, a: u64, by: u64) -> u64 {
        a.rotate_right(by as u32)
    }

    fn shift(&mut self, a: u64, by: u32) -> u64 {
        a >> by
    }
}

/// CityHash64, version 1.0.
pub fn city_hash(text: &[u8]) -> u64 {
    let mut w = Bytes { text, start: 0 };
    match text.len() {
        0 => city::empty(&mut w),
        1..=3 => city::upto_3(&mut w),
        4..=8 => city::upto_8(&mut w),
        9..=16 => city::upto_16(&mut w),
        17..=32 => city::upto_32(&mut w),
        33..=64 => city::upto_64(&mut w),
        length => {
            let mut state = city::begin(&mut w);
            // A last block that is full counts as the end alone.
            for _ in 0..(length - 1) / BLOCK as usize {
                state = city::step(&mut w, state);
                w.start += BLOCK as usize;
            }
            city::end(&mut w, state)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_that_catboost_writes() {
        // `cat_features_hash` of a model that CatBoost 1.2.10 saved as JSON.
        for (text, low) in [
            ("", 797_982_799),
            ("0", 2_856_682_258),
            ("1", 1_121_341_681),
            ("-3", 1_837_837_212),
            ("x", 3_510_494_104),
            ("False", 2_929_637_040),
            ("True", 1_020_970_795),
            ("größe", 3_429_406_764),
            ("日本", 2_454_628_577),
        ] {
            assert_eq!(city_hash(text.as_bytes()) & 0xFFFF_FFFF, low, "{text}");
        }
    }
}
