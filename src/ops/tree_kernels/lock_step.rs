//! Lock-step over pointers: eight chains descend level by level, so that their loads hide each other's latency.
//!
//! Shallow paths wait at their leaf until the deepest of the eight is done.

use crate::ops::emit::Emit;
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// The records that pointers lead through. A node's left subtree follows it, then its right one.
///
/// A node's first word is the bytes to its right child (31 bits), a leaf's only one its slot and [`LEAF`]; behind it is the
/// node's rank. A wide leaf is a node that every rank passes, and its right child is itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pointers {
    /// The address of the first record.
    pub address: u32,
    /// Whether ranks take four bytes and not two.
    pub has_wide_ranks: bool,
    /// The low bits of a node's first word that are its rank plane's offset in units of [`PLANE_UNIT`], where that leaves
    /// enough for the others: fewer bytes are less of the cache. Else a third word is the offset.
    pub plane_bits: Option<u32>,
    /// Whether leaves are wide: a first word of 0, and as rank the slot and [`LEAF`], which is below every stored rank. Ranks
    /// are wide then, too.
    pub has_wide_leaves: bool,
}

/// Marks the slot of a leaf.
pub const LEAF: u32 = 1 << 31;
/// Leaves are wide while all records have no more bytes than a part of the second-level cache.
const MOST_WIDE_BYTES: u64 = 256 << 10;
/// Rank planes are multiples of this many bytes apart.
pub const PLANE_UNIT: u32 = 32;
/// Levels after which a look tells whether all chains have arrived.
const LEVELS_BETWEEN_LOOKS: i32 = 4;

impl Pointers {
    /// Records of nodes over planes of `ranks` that end at an offset, whose words' other numbers stay below `most`.
    pub fn new(ranks: ElementType, planes_end: u64, most: u64) -> Self {
        let bits = (planes_end / u64::from(PLANE_UNIT)).checked_ilog2().map_or(0, |bits| bits + 1);
        let fits = bits < u32::BITS && most << bits <= LEAF.into();
        Pointers {
            address: 0,
            has_wide_ranks: !fits || ranks.bytes() > ElementType::U16.bytes(),
            plane_bits: fits.then_some(bits),
            has_wide_leaves: false,
        }
    }

    /// The same with wide leaves, if about so many bytes of records allow it: a step need not ask whether it starts at a leaf.
    pub fn widened(self, bytes: u64) -> Self {
        let has_wide_leaves = self.plane_bits.is_some() && bytes <= MOST_WIDE_BYTES;
        Pointers { has_wide_leaves, has_wide_ranks: self.has_wide_ranks || has_wide_leaves, ..self }
    }

    /// Bytes of a node's record.
    pub fn node_bytes(self) -> u32 {
        match (self.plane_bits, self.has_wide_ranks) {
            (Some(_), false) => 6,
            (Some(_), true) => 8,
            (None, _) => 12,
        }
    }

    /// Writes a node's record, of as many bytes as [`Pointers::node_bytes`].
    pub fn write_node(self, record: &mut [u8], plane: u32, rank: u32, to_right: u32) {
        let (first, rest) = record.split_at_mut(4);
        let rank = rank.to_le_bytes();
        match self.plane_bits {
            Some(bits) => {
                first.copy_from_slice(&((to_right << bits) | (plane / PLANE_UNIT)).to_le_bytes());
                rest.copy_from_slice(&rank[..rest.len()]);
            }
            None => {
                first.copy_from_slice(&to_right.to_le_bytes());
                rest[..4].copy_from_slice(&rank);
                rest[4..].copy_from_slice(&plane.to_le_bytes());
            }
        }
    }

    /// Appends a leaf's record.
    pub fn push_leaf(self, slot: u32, bytes: &mut Vec<u8>) {
        if self.has_wide_leaves {
            bytes.extend_from_slice(&[0; 4]);
        }
        let bits = if self.has_wide_leaves { 0 } else { self.plane_bits.unwrap_or(0) };
        bytes.extend_from_slice(&(LEAF | (slot << bits)).to_le_bytes());
    }

    /// Pushes whether all chains are at their leaves.
    fn have_arrived(self, e: &mut Emit<'_>, chains: &[Local]) {
        for (i, chain) in chains.iter().enumerate() {
            e.code.get(*chain);
            e.load(ElementType::U32, self.address);
            if i > 0 {
                match self.has_wide_leaves {
                    true => e.code.ops().i32_or(),
                    false => e.code.ops().i32_and(),
                };
            }
        }
        match self.has_wide_leaves {
            true => e.code.ops().i32_eqz(),
            false => e.code.ops().i32_const(0).i32_lt_s(),
        };
    }

    /// Takes a chain from its leaf to the slot.
    fn arrive(self, e: &mut Emit<'_>, chain: Local) {
        e.code.get(chain);
        e.load(ElementType::U32, self.address + if self.has_wide_leaves { 4 } else { 0 });
        e.code.i32(!LEAF as i32);
        e.code.ops().i32_and();
        e.code.set(chain);
        if !self.has_wide_leaves {
            self.number(e, chain);
            e.code.set(chain);
        }
    }

    /// Pushes what a chain's first word says besides its plane and whether it is a leaf.
    fn number(self, e: &mut Emit<'_>, word: Local) {
        e.code.get(word).i32(self.plane_bits.unwrap_or(0) as i32);
        e.code.ops().i32_shr_u();
    }

    /// Pushes the offset of the rank plane of a chain's node; that of a leaf is any plane's.
    fn plane(self, e: &mut Emit<'_>, chain: Local, word: Local) {
        match self.plane_bits {
            Some(bits) => {
                e.code.get(word).i32((1 << bits) - 1);
                e.code.ops().i32_and().i32_const(PLANE_UNIT.trailing_zeros() as i32).i32_shl();
            }
            None => {
                // Behind a leaf stands something else.
                e.code.i32(0).get(chain);
                e.load(ElementType::U32, self.address + 8);
                e.code.get(word).i32(0);
                e.code.ops().i32_lt_s().select();
            }
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
    pointers.have_arrived(e, chains);
    e.code.ops().i32_eqz().br_if(0).end().end();
    chains.iter().for_each(|chain| pointers.arrive(e, *chain));
}

/// Takes a chain to the next node; at a leaf it stays.
fn step(e: &mut Emit<'_>, pointers: Pointers, element: ElementType, chain: Local, (row, offset): (Local, u32)) {
    let word = e.code.local(ValType::I32);
    if !pointers.has_wide_leaves {
        e.code.get(chain);
    }
    e.code.get(chain);
    e.load(ElementType::U32, pointers.address);
    e.code.set(word).get(chain);
    pointers.number(e, word);
    e.code.ops().i32_add();
    e.code.get(chain).i32(pointers.node_bytes() as i32);
    e.code.ops().i32_add();
    pointers.plane(e, chain, word);
    e.code.get(row);
    e.code.ops().i32_add();
    load_rank(e, element, offset);
    e.code.get(chain);
    let rank = if pointers.has_wide_ranks { ElementType::U32 } else { ElementType::U16 };
    load_rank(e, rank, pointers.address + 4);
    // A comparison used in arithmetic would serialise the chains; a selection does not.
    e.code.ops().i32_gt_s().select();
    if !pointers.has_wide_leaves {
        e.code.get(word).i32(0);
        e.code.ops().i32_lt_s().select();
    }
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
