//! Lock-step over pointers: eight chains descend level by level, so that their loads hide each other's latency.
//!
//! A leaf is a record that leads to itself: shallow paths wait there until the deepest is done.

use crate::ops::emit::Emit;
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Bytes of a node record: offset of the rank plane, rank (of a leaf: its slot), left, right.
pub const NODE_BYTES: u32 = 16;
const RANK: u32 = 4;
const LEFT: u32 = 8;
const RIGHT: u32 = 12;

/// Replaces the leaves of a complete tree by the records that they lead to, which follow its nodes.
pub fn enter(e: &mut Emit<'_>, tree: Local, exits: u32, chains: &[Local]) {
    for chain in chains {
        e.code.get(tree).get(*chain).i32(2);
        e.code.ops().i32_shl().i32_add();
        e.load(ElementType::U32, exits);
        e.code.set(*chain);
    }
}

/// Takes every chain down `levels` levels and then to its slot. Chains are offsets from the records at `nodes`; `row`
/// gives a chain's row in the first rank plane: a local and a constant to add.
pub fn descend(
    e: &mut Emit<'_>,
    nodes: u32,
    element: ElementType,
    levels: Local,
    chains: &[Local],
    row: impl Fn(usize) -> (Local, u32),
) {
    let level = e.code.local(ValType::I32);
    e.code.ops().block(BlockType::Empty);
    e.code.get(levels).tee(level);
    e.code.ops().i32_eqz().br_if(0).loop_(BlockType::Empty);
    for (i, chain) in chains.iter().enumerate() {
        let (row, offset) = row(i);
        e.code.get(*chain);
        e.load(ElementType::U32, nodes + RIGHT);
        e.code.get(*chain);
        e.load(ElementType::U32, nodes + LEFT);
        e.code.get(*chain);
        e.load(ElementType::U32, nodes);
        e.code.get(row);
        e.code.ops().i32_add();
        load_rank(e, element, offset);
        e.code.get(*chain);
        e.load(ElementType::U32, nodes + RANK);
        // A comparison used in arithmetic would serialise the chains; a selection does not.
        e.code.ops().i32_gt_s().select();
        e.code.set(*chain);
        settle(e, *chain);
    }
    e.code.get(level).i32(1);
    e.code.ops().i32_sub();
    e.code.tee(level);
    e.code.ops().br_if(0).end().end();
    for chain in chains {
        e.code.get(*chain);
        e.load(ElementType::U32, nodes + RANK);
        e.code.set(*chain);
    }
}

/// Has a chain's next node computed here: Cranelift puts pure operations off until something needs them, and the loaded
/// operands of eight waiting selections would not fit the registers. The value is not read back. (1.6 times as fast.)
pub fn settle(e: &mut Emit<'_>, chain: Local) {
    let at = memarg(e.scratch + e.stride, 2);
    e.code.i32(0).get(chain);
    e.code.ops().i32_store(at);
}

/// Pushes the stored rank at the address on the stack: as stored, ranks are signed.
pub fn load_rank(e: &mut Emit<'_>, element: ElementType, offset: u32) {
    let at = memarg(offset, 0);
    match element {
        ElementType::U8 => e.code.ops().i32_load8_s(at),
        ElementType::U16 => e.code.ops().i32_load16_s(at),
        _ => e.code.ops().i32_load(at),
    };
}
