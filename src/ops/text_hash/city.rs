//! CityHash64 as its version 1.0 has it, once for plain words and for emitted ones.

/// Where a word is loaded from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// So many bytes behind the start of the text, or of its present block.
    Start(u32),
    /// So many bytes before the end of the text.
    End(u32),
    /// The byte in the middle.
    Middle,
}

/// 64-bit words: numbers, or locals of a function under construction.
pub trait Words {
    /// One word.
    type Word: Copy;

    /// A constant.
    fn constant(&mut self, value: u64) -> Self::Word;
    /// The length of the text.
    fn length(&mut self) -> Self::Word;
    /// So many bytes (1, 4 or 8) of the text, little-endian.
    fn load(&mut self, from: From, bytes: u32) -> Self::Word;
    /// `a + b`, wrapping.
    fn add(&mut self, a: Self::Word, b: Self::Word) -> Self::Word;
    /// `a - b`, wrapping.
    fn sub(&mut self, a: Self::Word, b: Self::Word) -> Self::Word;
    /// `a · b`, wrapping.
    fn mul(&mut self, a: Self::Word, b: Self::Word) -> Self::Word;
    /// Exclusive or.
    fn xor(&mut self, a: Self::Word, b: Self::Word) -> Self::Word;
    /// `a` rotated right by `by`.
    fn rotate(&mut self, a: Self::Word, by: Self::Word) -> Self::Word;
    /// `a` shifted right by `by` bits.
    fn shift(&mut self, a: Self::Word, by: u32) -> Self::Word;
}

const K0: u64 = 0xC3A5_C85C_97CB_3127;
const K1: u64 = 0xB492_B66F_BE98_F273;
const K2: u64 = 0x9AE1_6A3B_2F90_404F;
const K3: u64 = 0xC949_D7C7_509E_6557;
const MIX: u64 = 0x9DDF_EA08_EB38_2D69;

/// Bytes of a block of a long text.
pub const BLOCK: u32 = 64;

fn times<W: Words>(w: &mut W, a: W::Word, factor: u64) -> W::Word {
    let factor = w.constant(factor);
    w.mul(a, factor)
}

fn rotate<W: Words>(w: &mut W, a: W::Word, by: u64) -> W::Word {
    let by = w.constant(by);
    w.rotate(a, by)
}

fn fold<W: Words>(w: &mut W, a: W::Word) -> W::Word {
    let shifted = w.shift(a, 47);
    w.xor(a, shifted)
}

fn both<W: Words>(w: &mut W, low: W::Word, high: W::Word) -> W::Word {
    let mixed = w.xor(low, high);
    let a = times(w, mixed, MIX);
    let a = fold(w, a);
    let mixed = w.xor(high, a);
    let b = times(w, mixed, MIX);
    let b = fold(w, b);
    times(w, b, MIX)
}

/// The hash of no byte.
pub fn empty<W: Words>(w: &mut W) -> W::Word {
    w.constant(K2)
}

/// The hash of 1 to 3 bytes.
pub fn upto_3<W: Words>(w: &mut W) -> W::Word {
    let [a, b, c] = [From::Start(0), From::Middle, From::End(1)].map(|from| w.load(from, 1));
    let length = w.length();
    let (b, c) = (times(w, b, 1 << 8), times(w, c, 1 << 2));
    let (y, z) = (w.add(a, b), w.add(length, c));
    let (y, z) = (times(w, y, K2), times(w, z, K3));
    let mixed = w.xor(y, z);
    let mixed = fold(w, mixed);
    times(w, mixed, K2)
}

/// The hash of 4 to 8 bytes.
pub fn upto_8<W: Words>(w: &mut W) -> W::Word {
    let (a, b) = (w.load(From::Start(0), 4), w.load(From::End(4), 4));
    let length = w.length();
    let a = times(w, a, 1 << 3);
    let a = w.add(length, a);
    both(w, a, b)
}

/// The hash of 9 to 16 bytes.
pub fn upto_16<W: Words>(w: &mut W) -> W::Word {
    let (a, b) = (w.load(From::Start(0), 8), w.load(From::End(8), 8));
    let length = w.length();
    let sum = w.add(b, length);
    let rotated = w.rotate(sum, length);
    let mixed = both(w, a, rotated);
    w.xor(mixed, b)
}

/// The hash of 17 to 32 bytes.
pub fn upto_32<W: Words>(w: &mut W) -> W::Word {
    let [a, b, c, d] = [From::Start(0), From::Start(8), From::End(8), From::End(16)].map(|from| w.load(from, 8));
    let (a, c, d) = (times(w, a, K1), times(w, c, K2), times(w, d, K0));
    let low = w.sub(a, b);
    let (low, turned) = (rotate(w, low, 43), rotate(w, c, 30));
    let low = w.add(low, turned);
    let low = w.add(low, d);
    let k3 = w.constant(K3);
    let high = w.xor(b, k3);
    let high = rotate(w, high, 20);
    let high = w.add(a, high);
    let high = w.sub(high, c);
    let length = w.length();
    let high = w.add(high, length);
    both(w, low, high)
}

/// Two words of one half of 33 to 64 bytes.
fn half<W: Words>(w: &mut W, a: W::Word, [second, third, z]: [W::Word; 3]) -> (W::Word, W::Word) {
    let sum = w.add(a, z);
    let (b, c) = (rotate(w, sum, 52), rotate(w, a, 37));
    let a = w.add(a, second);
    let turned = rotate(w, a, 7);
    let c = w.add(c, turned);
    let a = w.add(a, third);
    let turned = rotate(w, a, 31);
    let high = w.add(b, turned);
    (w.add(a, z), w.add(high, c))
}

/// The hash of 33 to 64 bytes.
pub fn upto_64<W: Words>(w: &mut W) -> W::Word {
    let [first, second, third, z] = [0, 8, 16, 24].map(|at| w.load(From::Start(at), 8));
    let length = w.length();
    let last = w.load(From::End(16), 8);
    let factor = w.add(length, last);
    let factor = times(w, factor, K0);
    let a = w.add(first, factor);
    let (v_low, v_high) = half(w, a, [second, third, z]);
    let [first, second, z] = [32, 24, 8].map(|at| w.load(From::End(at), 8));
    let a = w.add(third, first);
    let (w_low, w_high) = half(w, a, [second, last, z]);
    let (cross, other) = (w.add(v_low, w_high), w.add(w_low, v_high));
    let (cross, other) = (times(w, cross, K2), times(w, other, K0));
    let r = w.add(cross, other);
    let r = fold(w, r);
    let r = times(w, r, K0);
    let r = w.add(r, v_high);
    let r = fold(w, r);
    times(w, r, K2)
}

/// The state between blocks: x, y, z, and two pairs.
pub type State<T> = [T; 7];

/// Mixes 32 bytes into a pair.
fn pair<W: Words>(w: &mut W, words: [W::Word; 4], a: W::Word, b: W::Word) -> (W::Word, W::Word) {
    let a = w.add(a, words[0]);
    let b = w.add(b, a);
    let b = w.add(b, words[3]);
    let b = rotate(w, b, 21);
    let c = a;
    let a = w.add(a, words[1]);
    let a = w.add(a, words[2]);
    let turned = rotate(w, a, 44);
    let b = w.add(b, turned);
    (w.add(a, words[3]), w.add(b, c))
}

/// The state before the first block of more than 64 bytes: their end.
pub fn begin<W: Words>(w: &mut W) -> State<W::Word> {
    let x = w.load(From::Start(0), 8);
    let [y, z] = [(16, K1), (56, K0)].map(|(at, key)| {
        let (word, key) = (w.load(From::End(at), 8), w.constant(key));
        w.xor(word, key)
    });
    let length = w.length();
    let words = [64, 56, 48, 40].map(|at| w.load(From::End(at), 8));
    let (v_low, v_high) = pair(w, words, length, y);
    let words = [32, 24, 16, 8].map(|at| w.load(From::End(at), 8));
    let (scaled, k0) = (times(w, length, K1), w.constant(K0));
    let (w_low, w_high) = pair(w, words, scaled, k0);
    let mixed = fold(w, v_high);
    let mixed = times(w, mixed, K1);
    let z = w.add(z, mixed);
    let x = w.add(z, x);
    let x = rotate(w, x, 39);
    let y = rotate(w, y, 33);
    let (x, y) = (times(w, x, K1), times(w, y, K1));
    [x, y, z, v_low, v_high, w_low, w_high]
}

/// The state after a block of 64 bytes from the start.
pub fn step<W: Words>(w: &mut W, [x, y, z, v_low, v_high, w_low, w_high]: State<W::Word>) -> State<W::Word> {
    let words = [0, 8, 16, 24, 32, 40, 48, 56].map(|at| w.load(From::Start(at), 8));
    let x = w.add(x, y);
    let x = w.add(x, v_low);
    let x = w.add(x, words[2]);
    let x = rotate(w, x, 37);
    let x = times(w, x, K1);
    let y = w.add(y, v_high);
    let y = w.add(y, words[6]);
    let y = rotate(w, y, 42);
    let y = times(w, y, K1);
    let (x, y) = (w.xor(x, w_high), w.xor(y, v_low));
    let z = w.xor(z, w_low);
    let z = rotate(w, z, 33);
    let (scaled, sum) = (times(w, v_high, K1), w.add(x, w_low));
    let [a, b, c, d, e, f, g, h] = words;
    let (v_low, v_high) = pair(w, [a, b, c, d], scaled, sum);
    let sum = w.add(z, w_high);
    let (w_low, w_high) = pair(w, [e, f, g, h], sum, y);
    [z, y, x, v_low, v_high, w_low, w_high]
}

/// The hash after the last block.
pub fn end<W: Words>(w: &mut W, [x, y, z, v_low, v_high, w_low, w_high]: State<W::Word>) -> W::Word {
    let low = both(w, v_low, w_low);
    let mixed = fold(w, y);
    let mixed = times(w, mixed, K1);
    let low = w.add(low, mixed);
    let low = w.add(low, z);
    let high = both(w, v_high, w_high);
    let high = w.add(high, x);
    both(w, low, high)
}
