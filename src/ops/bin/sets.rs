//! Columns that rank by a set of categories: a table with a byte per code.

use super::{Bin, BinKind, stored_rank};
use crate::ops::emit::{Emit, Place};
use crate::ops::records::{Records, word};
use crate::tensor::ElementType;
use crate::wasm::memarg;
use wasm_encoder::ValType;

/// Emits the columns of sets.
pub fn emit(op: &Bin, e: &mut Emit<'_>, input: &Place, output: &Place) {
    let (element, ranks) = (input.ty.element, output.ty.element);
    let mut records = Records::<6>::default();
    for (i, column) in op.columns.iter().enumerate() {
        let BinKind::Set(set) = &column.kind else { continue };
        // One byte a code, then the ranks of codes above, of negative ones, and of NaN.
        let table: Vec<u8> = set
            .left
            .iter()
            .chain([&set.above_left, &set.below_left, &set.nan_left])
            .map(|left| u8::from(!left))
            .collect();
        let lowest: f64 = if set.truncates_negative { -1.0 } else { -f64::from_bits(1) };
        let words = [
            input.address + column.feature * input.plane_bytes(e.stride),
            e.data.intern(&table, 1),
            set.left.len() as u32,
            output.address + i as u32 * output.plane_bytes(e.stride),
        ];
        let bits = lowest.to_bits();
        records.push([words[0], words[1], words[2], words[3], bits as u32, (bits >> 32) as u32]);
    }
    records.for_each(e, |e, record| {
        let [source, table, length, target] = [0, 1, 2, 3].map(|index| word(e, record, index));
        let lowest = e.code.local(ValType::F64);
        e.code.get(record);
        e.load(ElementType::F64, 16);
        e.code.set(lowest);
        e.for_each_row(1, |e, row| {
            let (x, code) = (e.code.local(ValType::F64), e.code.local(ValType::I32));
            let from = e.row_address(source, row, element);
            e.code.get(from);
            e.load(element, 0);
            if element == ElementType::F32 {
                e.code.ops().f64_promote_f32();
            }
            e.code.set(x);
            // The code, or its stand-in behind the table: length for above, +1 for negative, +2 for NaN.
            e.code.get(x);
            e.code.ops().i32_trunc_sat_f64_u();
            e.code.get(length).get(x).get(length);
            e.code.ops().f64_convert_i32_u().f64_lt().select();
            e.code.set(code).get(length).i32(1);
            e.code.ops().i32_add();
            e.code.get(code).get(x).get(lowest);
            e.code.ops().f64_le().select();
            e.code.set(code).get(code).get(length).i32(2);
            e.code.ops().i32_add();
            e.code.get(x).get(x);
            e.code.ops().f64_eq().select();
            e.code.set(code);
            let to = e.row_address(target, row, ranks);
            e.code.get(to).get(table).get(code);
            e.code.ops().i32_add().i32_load8_u(memarg(0, 0));
            e.code.i32(stored_rank(0, ranks) as i32);
            e.code.ops().i32_xor();
            e.store(ranks, 0);
        });
    });
}

