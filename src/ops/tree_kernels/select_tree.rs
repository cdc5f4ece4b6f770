//! A complete tree over vectors: every node compares all rows at once, and the results select each other from the
//! bottom up, until each lane holds the number of the leaf (from left to right) that its row reaches.

use crate::ops::emit::{Emit, Place};
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::ValType;

/// Vectors of ranks per step: what a node costs to load is shared by both, and both fit the registers.
const VECTORS: usize = 2;
/// Bytes of a node: offset of the rank plane, and the smallest rank that goes right, repeated.
const NODE_BYTES: u32 = 8;
/// Levels whose values fit the registers; below a higher tree each such part is stored.
const PART_HEIGHT: u32 = 3;

/// One value per vector.
type Vectors = [Local; VECTORS];

/// A tree of `2^height` leaves, its nodes level by level.
#[derive(Debug)]
pub struct SelectTree<'a> {
    /// The rank planes, one or two bytes a rank.
    pub ranks: &'a Place,
    /// Levels, 1 to 6.
    pub height: u32,
    /// Scratch memory: 32 bytes for each part and as many for the joins.
    pub parts: u32,
}

/// Bytes of the nodes of a complete tree.
pub fn nodes_bytes(height: u32) -> u32 {
    NODE_BYTES * ((1 << height) - 1)
}

/// Loads of one step of the emission.
struct Step<'t> {
    tree: &'t SelectTree<'t>,
    nodes: Local,
    rows: Local,
}

impl SelectTree<'_> {
    /// Emits the loop over all rows of the block: one byte per row to the address in `target`.
    pub fn emit(&self, e: &mut Emit<'_>, nodes: Local, target: Local) {
        let element = self.ranks.ty.element;
        let base = e.code.local(ValType::I32);
        e.code.i32(self.ranks.address as i32).set(base);
        e.for_each_row((16 / element.bytes()) as i32 * VECTORS as i32, |e, row| {
            let rows = e.row_address(base, row, element);
            let numbers = Step { tree: self, nodes, rows }.number(e);
            let to = e.row_address(target, row, ElementType::U8);
            if element == ElementType::U8 {
                for (i, number) in numbers.iter().enumerate() {
                    e.code.get(to).get(*number);
                    e.code.ops().v128_store(memarg(16 * i as u32, 0));
                }
            } else {
                e.code.get(to).get(numbers[0]).get(numbers[1]);
                e.code.ops().i8x16_narrow_i16x8_u().v128_store(memarg(0, 0));
            }
        });
    }
}

impl Step<'_> {
    fn is_bytes(&self) -> bool {
        self.tree.ranks.ty.element == ElementType::U8
    }

    /// The number of the leaf in every lane.
    fn number(&self, e: &mut Emit<'_>) -> Vectors {
        let joined = self.tree.height.saturating_sub(PART_HEIGHT);
        let height = self.tree.height - joined;
        let n_parts = 1u32 << joined;
        let mut part = None;
        for i in 0..n_parts {
            let value = self.part(e, n_parts - 1 + i, height);
            let first = (i << height) as i32 + if height == 1 { 1 } else { 3 };
            let value = value.map(|value| self.add_constant(e, value, first));
            if n_parts > 1 {
                self.store(e, i, value);
            }
            part = Some(value);
        }
        match part {
            Some(value) if n_parts == 1 => value,
            _ => self.join(e, 0, joined, 0, n_parts),
        }
    }

    /// The tree of up to three levels under a node: its leaf's number, less what its first leaf would have.
    ///
    /// "Left" is -1 in every lane, so two levels number their leaves without a constant: bottom + 2 * top.
    fn part(&self, e: &mut Emit<'_>, node: u32, height: u32) -> Vectors {
        match height {
            1 => self.goes_left(e, node),
            2 => {
                let (left, right) = (self.goes_left(e, 2 * node + 1), self.goes_left(e, 2 * node + 2));
                let top = self.goes_left(e, node);
                let selected = self.select(e, left, right, top);
                let selected = self.add(e, selected, top);
                self.add(e, selected, top)
            }
            _ => {
                let left = self.part(e, 2 * node + 1, height - 1);
                self.settle(e, left);
                let right = self.part(e, 2 * node + 2, height - 1);
                let right = right.map(|right| self.add_constant(e, right, 1 << (height - 1)));
                let top = self.goes_left(e, node);
                self.select(e, left, right, top)
            }
        }
    }

    /// Selects among stored parts, from `first` on, by the levels above them.
    fn join(&self, e: &mut Emit<'_>, node: u32, height: u32, first: u32, n_parts: u32) -> Vectors {
        if height == 0 {
            return self.stored(e, first);
        }
        let left = self.join(e, 2 * node + 1, height - 1, first, n_parts);
        if height > 1 {
            self.settle(e, left);
        }
        let right = self.join(e, 2 * node + 2, height - 1, first + (1 << (height - 1)), n_parts);
        let top = self.goes_left(e, node);
        self.select(e, left, right, top)
    }

    /// Where a row's rank is below the node's: -1, else 0.
    fn goes_left(&self, e: &mut Emit<'_>, node: u32) -> Vectors {
        let (column, rank) = (e.code.local(ValType::I32), e.code.local(ValType::V128));
        e.code.get(self.nodes);
        e.load(ElementType::U32, NODE_BYTES * node);
        e.code.get(self.rows);
        e.code.ops().i32_add();
        e.code.set(column).get(self.nodes);
        e.code.ops().v128_load32_splat(memarg(NODE_BYTES * node + 4, 0));
        e.code.set(rank);
        std::array::from_fn(|i| {
            e.code.get(rank).get(column);
            e.code.ops().v128_load(memarg(16 * i as u32, 0));
            match self.is_bytes() {
                true => e.code.ops().i8x16_gt_s(),
                false => e.code.ops().i16x8_gt_s(),
            };
            vector(e)
        })
    }

    fn select(&self, e: &mut Emit<'_>, a: Vectors, b: Vectors, mask: Vectors) -> Vectors {
        std::array::from_fn(|i| {
            e.code.get(a[i]).get(b[i]).get(mask[i]);
            e.code.ops().v128_bitselect();
            vector(e)
        })
    }

    fn add(&self, e: &mut Emit<'_>, a: Vectors, b: Vectors) -> Vectors {
        std::array::from_fn(|i| {
            e.code.get(a[i]).get(b[i]);
            match self.is_bytes() {
                true => e.code.ops().i8x16_add(),
                false => e.code.ops().i16x8_add(),
            };
            vector(e)
        })
    }

    fn add_constant(&self, e: &mut Emit<'_>, value: Local, constant: i32) -> Local {
        let lanes: [u8; 16] = match self.is_bytes() {
            true => [constant as u8; 16],
            false => std::array::from_fn(|i| if i % 2 == 0 { constant as u8 } else { 0 }),
        };
        e.code.get(value);
        e.code.ops().v128_const(i128::from_le_bytes(lanes));
        match self.is_bytes() {
            true => e.code.ops().i8x16_add(),
            false => e.code.ops().i16x8_add(),
        };
        vector(e)
    }

    fn store(&self, e: &mut Emit<'_>, part: u32, values: Vectors) {
        for (i, value) in values.iter().enumerate() {
            e.code.i32(0).get(*value);
            e.code.ops().v128_store(memarg(self.part_address(part, i), 4));
        }
    }

    fn stored(&self, e: &mut Emit<'_>, part: u32) -> Vectors {
        std::array::from_fn(|i| {
            e.code.i32(0);
            e.code.ops().v128_load(memarg(self.part_address(part, i), 4));
            vector(e)
        })
    }

    fn part_address(&self, part: u32, vector: usize) -> u32 {
        self.tree.parts + 16 * (part * VECTORS as u32 + vector as u32)
    }

    /// Has the values computed here: Cranelift puts pure operations off until something needs them, and a whole tree of
    /// loaded operands waiting would not fit the registers. The value is not read back.
    fn settle(&self, e: &mut Emit<'_>, values: Vectors) {
        self.store(e, 16, values);
    }
}

fn vector(e: &mut Emit<'_>) -> Local {
    let local = e.code.local(ValType::V128);
    e.code.set(local);
    local
}
