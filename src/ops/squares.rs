//! Squares of rows and columns, turned over in vectors: from rows to planes and back.

use wasm_encoder::ValType;

use crate::tensor::ElementType;
use crate::wasm::{Code, Local, memarg};

/// Columns, and rows, of the square that fills as many vectors.
pub fn side(element: ElementType) -> u32 {
    16 / element.bytes()
}

/// The lines of a square, `step` bytes from one to the next.
pub fn load(code: &mut Code, from: Local, side: u32, step: u32) -> Vec<Local> {
    let line = |i| {
        code.get(from);
        code.ops().v128_load(memarg(i * step, 0));
        let line = code.local(ValType::V128);
        code.set(line);
        line
    };
    (0..side).map(line).collect()
}

/// Stores a square with its lines and columns exchanged, `step` bytes from one to the next.
pub fn store(code: &mut Code, square: &[Local], to: Local, step: u32) {
    for (i, line) in transpose(code, square).into_iter().enumerate() {
        code.get(to).get(line);
        code.ops().v128_store(memarg(i as u32 * step, 0));
    }
}

/// `result = min(local, most)`, both at least 0.
pub fn smaller(code: &mut Code, local: Local, most: i32, result: Local) {
    code.get(local).i32(most).get(local).i32(most);
    code.ops().i32_lt_u().select();
    code.set(result);
}

/// The columns of a square whose rows are given.
pub fn transpose(code: &mut Code, rows: &[Local]) -> Vec<Local> {
    if let [a, b] = rows {
        return [[0, 2], [1, 3]].map(|words| shuffle(code, *a, *b, &words)).into();
    }
    let pair = |code: &mut Code, a: usize, b: usize, first: u8| {
        shuffle(code, rows[a], rows[b], &[first, first + 4, first + 1, first + 5])
    };
    let (low, high) = ([pair(code, 0, 1, 0), pair(code, 2, 3, 0)], [pair(code, 0, 1, 2), pair(code, 2, 3, 2)]);
    [(low, [0, 1, 4, 5]), (low, [2, 3, 6, 7]), (high, [0, 1, 4, 5]), (high, [2, 3, 6, 7])]
        .map(|([a, b], words)| shuffle(code, a, b, &words))
        .into()
}

/// Some lanes of two vectors: four of 32 bits or two of 64.
fn shuffle(code: &mut Code, a: Local, b: Local, lanes: &[u8]) -> Local {
    let bytes = 16 / lanes.len();
    code.get(a).get(b);
    code.ops().i8x16_shuffle(std::array::from_fn(|i| lanes[i / bytes] * bytes as u8 + (i % bytes) as u8));
    let result = code.local(ValType::V128);
    code.set(result);
    result
}
