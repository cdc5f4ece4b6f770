//! Lock-step over pointers: eight chains descend level by level, so that their loads hide each other's latency.
//!
//! Shallow paths wait at their leaf until the deepest of the eight is done.

use crate::ops::emit::Emit;
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// The records that pointers lead through. A record begins with the offset of the left child's record, which the right
/// child's follows; that of a leaf with its slot and [`LEAF`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Pointers {
    /// The address of the first record.
    pub address: u32,
    /// Whether a record has eight bytes: behind the children the rank plane's offset in units of [`PLANE_UNIT`] (u16) and the
    /// rank (i16). Else it has sixteen: offset (u32), rank (u32), nothing. Half the bytes are half the cache.
    pub is_short: bool,
}

/// Marks the slot of a leaf.
pub const LEAF: u32 = 1 << 31;
/// Rank planes are multiples of this many bytes apart.
pub const PLANE_UNIT: u32 = 32;
/// Levels after which a look tells whether all chains have arrived.
const LEVELS_BETWEEN_LOOKS: i32 = 4;

impl Pointers {
    /// Bytes of a record.
    pub fn bytes(self) -> u32 {
        if self.is_short { 8 } else { 16 }
    }

    /// Pushes a chain's rank plane, from the first plane on.
    fn plane(self, e: &mut Emit<'_>, chain: Local) {
        e.code.get(chain);
        if !self.is_short {
            return e.load(ElementType::U32, self.address + 4);
        }
        e.load(ElementType::U16, self.address + 4);
        e.code.i32(PLANE_UNIT.trailing_zeros() as i32);
        e.code.ops().i32_shl();
    }

    /// Pushes the rank that a chain's node compares with.
    fn rank(self, e: &mut Emit<'_>, chain: Local) {
        e.code.get(chain);
        match self.is_short {
            true => load_rank(e, ElementType::U16, self.address + 6),
            false => load_rank(e, ElementType::U32, self.address + 8),
        }
    }
}

/// Replaces the leaves of a complete tree by the records that they lead to, which follow its nodes.
pub fn enter(e: &mut Emit<'_>, tree: Local, exits: u32, chains: &[Local]) {
    for chain in chains {
        e.code.get(tree).get(*chain).i32(2);
        e.code.ops().i32_shl().i32_add();
        e.load(ElementType::U32, exits);
        e.code.set(*chain);
    }
}

/// Takes every chain down `levels` levels, or until all are at their leaves, and then to its slot. Chains are offsets from
/// the first record; `row` gives a chain's row in the first rank plane: a local and a constant to add.
pub fn descend(
    e: &mut Emit<'_>,
    pointers: Pointers,
    element: ElementType,
    levels: Local,
    chains: &[Local],
    row: impl Fn(usize) -> (Local, u32),
) {
    let (left, level) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
    e.code.ops().block(BlockType::Empty);
    e.code.get(levels).tee(left);
    e.code.ops().i32_eqz().br_if(0).loop_(BlockType::Empty);
    e.code.get(left).i32(LEVELS_BETWEEN_LOOKS).get(left).i32(LEVELS_BETWEEN_LOOKS);
    e.code.ops().i32_lt_s().select();
    e.code.set(level).get(left).get(level);
    e.code.ops().i32_sub();
    e.code.set(left);
    e.code.ops().loop_(BlockType::Empty);
    for (i, chain) in chains.iter().enumerate() {
        step(e, pointers, element, *chain, row(i));
    }
    e.code.advance(level, -1).get(level);
    e.code.ops().br_if(0).end();
    e.code.get(left);
    e.code.ops().i32_eqz().br_if(1);
    for (i, chain) in chains.iter().enumerate() {
        e.code.get(*chain);
        e.load(ElementType::U32, pointers.address);
        if i > 0 {
            e.code.ops().i32_and();
        }
    }
    e.code.i32(0);
    e.code.ops().i32_ge_s().br_if(0).end().end();
    for chain in chains {
        e.code.get(*chain);
        e.load(ElementType::U32, pointers.address);
        e.code.i32(!LEAF as i32);
        e.code.ops().i32_and();
        e.code.set(*chain);
    }
}

/// Takes a chain to the next node; at a leaf it stays.
fn step(e: &mut Emit<'_>, pointers: Pointers, element: ElementType, chain: Local, (row, offset): (Local, u32)) {
    let children = e.code.local(ValType::I32);
    e.code.get(chain).get(chain);
    e.load(ElementType::U32, pointers.address);
    e.code.tee(children).i32(pointers.bytes() as i32);
    e.code.ops().i32_add();
    e.code.get(children);
    pointers.plane(e, chain);
    e.code.get(row);
    e.code.ops().i32_add();
    load_rank(e, element, offset);
    pointers.rank(e, chain);
    // A comparison used in arithmetic would serialise the chains; a selection does not.
    e.code.ops().i32_gt_s().select();
    e.code.get(children).i32(0);
    e.code.ops().i32_lt_s().select();
    e.code.set(chain);
    settle(e, chain);
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
