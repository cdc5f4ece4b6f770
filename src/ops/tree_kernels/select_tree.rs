//! A complete tree over vectors: every node compares all rows at once, and the results select each other from the
//! bottom up, until each lane holds the number of the leaf (from left to right) that its row reaches.

use super::lock_step::{self, PLANE_UNIT};
use crate::ops::emit::{Emit, Place};
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::ValType;

/// Vectors of ranks per step: what a node costs to load is shared by both, and both fit the registers.
const VECTORS: usize = 2;
/// Levels whose values fit the registers; below a higher tree each such part is stored.
const PART_HEIGHT: u32 = 3;
/// Lanes of a part's nodes.
const PART_LANES: u32 = 1 << PART_HEIGHT;

/// One value per vector.
type Vectors = [Local; VECTORS];

/// A tree of `2^height` leaves: parts of up to three levels, joined by the levels above them.
///
/// Its record holds vectors of all nodes' ranks, as many as fit one, then the nodes level by level. To fill a vector
/// with a rank is then one shuffle of a vector loaded once for many nodes.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// One or two bytes a rank.
    pub ranks: ElementType,
    /// Levels, 1 to 6.
    pub height: u32,
    /// Whether a node has four bytes: its rank plane's offset in units of [`PLANE_UNIT`] (u16) and the smallest rank that goes
    /// right (i16). Else each has four.
    pub is_short: bool,
}

impl Shape {
    /// A tree of `height` levels over these planes of ranks.
    pub fn new(ranks: &Place, height: u32, stride: u32) -> Self {
        let planes_end = ranks.ty.width as u64 * u64::from(ranks.plane_bytes(stride));
        Shape { ranks: ranks.ty.element, height, is_short: planes_end <= u64::from(PLANE_UNIT) << 16 }
    }

    /// Bytes of a node.
    pub fn node_bytes(self) -> u32 {
        if self.is_short { 4 } else { 8 }
    }

    /// A node's record.
    pub fn node(self, plane: u32, rank: u32) -> Vec<u8> {
        if self.is_short {
            let bias = if self.ranks == ElementType::U8 { 0x80 } else { 0x8000 };
            // As stored and with its sign.
            let rank = (rank ^ bias).wrapping_sub(bias) as u16;
            return [((plane / PLANE_UNIT) as u16).to_le_bytes(), rank.to_le_bytes()].concat();
        }
        [plane.to_le_bytes(), rank.to_le_bytes()].concat()
    }

    /// Pushes the rank plane's offset of the node at the address on the stack plus `offset`.
    pub fn load_plane(self, e: &mut Emit<'_>, offset: u32) {
        if !self.is_short {
            return e.load(ElementType::U32, offset);
        }
        e.load(ElementType::U16, offset);
        e.code.i32(PLANE_UNIT.trailing_zeros() as i32);
        e.code.ops().i32_shl();
    }

    /// Pushes the rank, as stored and with its sign, of the node at the address on the stack plus `offset`.
    pub fn load_rank(self, e: &mut Emit<'_>, offset: u32) {
        match self.is_short {
            true => lock_step::load_rank(e, ElementType::U16, offset + 2),
            false => lock_step::load_rank(e, self.ranks, offset + 4),
        }
    }

    /// Levels above the parts.
    fn joined(self) -> u32 {
        self.height.saturating_sub(PART_HEIGHT)
    }

    fn n_parts(self) -> u32 {
        1 << self.joined()
    }

    fn lanes(self) -> u32 {
        16 / self.ranks.bytes()
    }

    /// The vector and lane of the first node of a part; those of the joining levels come last.
    fn lanes_of_part(self, part: u32) -> (u32, u32) {
        let parts_per_vector = self.lanes() / PART_LANES;
        (part / parts_per_vector, part % parts_per_vector * PART_LANES)
    }

    fn lanes_of_joins(self) -> (u32, u32) {
        (self.lanes_of_part(self.n_parts() - 1).0 + 1, 0)
    }

    /// For every lane of the vectors, the node whose rank it holds.
    pub fn packed(self) -> Vec<Option<usize>> {
        let (last, _) = self.lanes_of_joins();
        let mut nodes = vec![None; (last * self.lanes() + PART_LANES) as usize];
        let mut put = |(vector, lane): (u32, u32), root: u32, height: u32| {
            for (i, node) in subtree(root, height).into_iter().enumerate() {
                nodes[(vector * self.lanes() + lane) as usize + i] = Some(node as usize);
            }
        };
        for part in 0..self.n_parts() {
            put(self.lanes_of_part(part), self.n_parts() - 1 + part, self.height - self.joined());
        }
        put(self.lanes_of_joins(), 0, self.joined());
        nodes.resize(nodes.len().next_multiple_of(self.lanes() as usize), None);
        nodes
    }

    /// Where the nodes stand in a tree's record.
    pub fn nodes_at(self) -> u32 {
        self.packed().len() as u32 * self.ranks.bytes()
    }

    /// Where whatever follows the nodes stands.
    pub fn bytes(self) -> u32 {
        self.nodes_at() + self.node_bytes() * ((1 << self.height) - 1)
    }
}

/// The nodes of a subtree, level by level.
fn subtree(root: u32, height: u32) -> Vec<u32> {
    let level = |level: u32| {
        let first = ((root + 1) << level) - 1;
        first..first + (1 << level)
    };
    (0..height).flat_map(level).collect()
}

/// The emission for the trees of one shape.
#[derive(Debug)]
pub struct SelectTree<'a> {
    /// Their shape.
    pub shape: Shape,
    /// The rank planes.
    pub ranks: &'a Place,
    /// Scratch memory: 32 bytes for each part and as many for what is settled.
    pub parts: u32,
}

/// Loads of one step of the emission.
struct Step<'t> {
    tree: &'t SelectTree<'t>,
    nodes: Local,
    rows: Local,
}

/// Nodes whose ranks lie in one vector: the root of a part or of the joining levels, and where its rank stands.
#[derive(Clone, Copy)]
struct Group {
    ranks: Local,
    root: u32,
    lane: u32,
}

impl SelectTree<'_> {
    /// Emits the loop over all rows of the block: one byte per row to the address `target`.
    pub fn emit(&self, e: &mut Emit<'_>, nodes: Local, target: u32) {
        let element = self.ranks.ty.element;
        let [base, to_base] = [self.ranks.address, target].map(|address| {
            let local = e.code.local(ValType::I32);
            e.code.i32(address as i32).set(local);
            local
        });
        e.for_each_row((16 / element.bytes()) as i32 * VECTORS as i32, |e, row| {
            let rows = e.row_address(base, row, element);
            let numbers = Step { tree: self, nodes, rows }.number(e);
            let to = e.row_address(to_base, row, ElementType::U8);
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
        let shape = self.tree.shape;
        let (n_parts, height) = (shape.n_parts(), shape.height - shape.joined());
        let mut packed = None;
        for i in 0..n_parts {
            let (vector, lane) = shape.lanes_of_part(i);
            let ranks = match packed {
                Some((known, ranks)) if known == vector => ranks,
                _ => self.load_ranks(e, vector),
            };
            packed = Some((vector, ranks));
            let root = n_parts - 1 + i;
            let value = self.part(e, Group { ranks, root, lane }, root, height);
            // What `part` leaves out: its smallest number is -1 for one level, -3 for more.
            let first = (i << height) as i32 + if height == 1 { 1 } else { 3 };
            let value = value.map(|value| self.add_constant(e, value, first));
            if n_parts == 1 {
                return value;
            }
            self.store(e, i, value);
        }
        let (vector, lane) = shape.lanes_of_joins();
        let group = Group { ranks: self.load_ranks(e, vector), root: 0, lane };
        self.join(e, group, 0, shape.joined(), 0)
    }

    /// The tree of up to three levels under a node.
    ///
    /// "Left" is -1 in every lane, so two levels number their leaves without a constant: bottom + 2 * top.
    fn part(&self, e: &mut Emit<'_>, group: Group, node: u32, height: u32) -> Vectors {
        let (left, right) = (2 * node + 1, 2 * node + 2);
        match height {
            1 => self.goes_left(e, group, node),
            2 => {
                let (left, right) = (self.goes_left(e, group, left), self.goes_left(e, group, right));
                let top = self.goes_left(e, group, node);
                let selected = self.select(e, left, right, top);
                let selected = self.add(e, selected, top);
                self.add(e, selected, top)
            }
            _ => {
                let left = self.part(e, group, left, height - 1);
                self.settle(e, left);
                let right = self.part(e, group, right, height - 1);
                let right = right.map(|right| self.add_constant(e, right, 1 << (height - 1)));
                let top = self.goes_left(e, group, node);
                self.select(e, left, right, top)
            }
        }
    }

    /// Selects among stored parts, from `first` on, by the levels above them.
    fn join(&self, e: &mut Emit<'_>, group: Group, node: u32, height: u32, first: u32) -> Vectors {
        if height == 0 {
            return self.stored(e, first);
        }
        let left = self.join(e, group, 2 * node + 1, height - 1, first);
        if height > 1 {
            self.settle(e, left);
        }
        let right = self.join(e, group, 2 * node + 2, height - 1, first + (1 << (height - 1)));
        let top = self.goes_left(e, group, node);
        self.select(e, left, right, top)
    }

    fn load_ranks(&self, e: &mut Emit<'_>, index: u32) -> Local {
        e.code.get(self.nodes);
        e.code.ops().v128_load(memarg(16 * index, 0));
        vector(e)
    }

    /// Where a row's rank is below the node's: -1, else 0.
    fn goes_left(&self, e: &mut Emit<'_>, group: Group, node: u32) -> Vectors {
        let (column, rank) = (e.code.local(ValType::I32), e.code.local(ValType::V128));
        e.code.get(self.nodes);
        let shape = self.tree.shape;
        shape.load_plane(e, shape.nodes_at() + shape.node_bytes() * node);
        e.code.get(self.rows);
        e.code.ops().i32_add();
        let lane =
            group.lane + subtree(group.root, PART_HEIGHT).iter().position(|other| *other == node).unwrap_or(0) as u32;
        let bytes = self.tree.shape.ranks.bytes();
        e.code.set(column).get(group.ranks).get(group.ranks);
        e.code.ops().i8x16_shuffle(std::array::from_fn(|i| (lane * bytes + i as u32 % bytes) as u8));
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
