//! The emission of a search through a screen: squared distances of places for four rows and eight points at a time, then
//! for each row the threshold, the candidates, and their distances as ever.

use super::Nearest;
use super::heap::{ENTRY_BYTES, Heap, insert_between, store_entry};
use super::screen::{ABOVE, Screen, TILE_POINTS};
use crate::ops::emit::{Emit, Place};
use crate::ops::grid::load;
use crate::ops::pairwise::measure::{Measure, Side};
use crate::tensor::{Data, ElementType, Matrix};
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Rows of a tile.
const ROWS: usize = 4;
/// Vectors of four points in a tile.
const VECTORS: usize = TILE_POINTS / 4;
/// Candidates whose distances are computed together.
const GROUP: usize = 4;
/// The highest bit of a squared distance.
const HIGHEST_BIT: i32 = 1 << 30;

/// Where everything lies in the scratch memory.
#[derive(Debug, Clone, Copy)]
struct Arenas {
    /// The places of the rows: for each pair of columns, for each row, a vector of equals.
    places: u32,
    /// Their squared lengths, a vector of equals for each row: what the squares below lack.
    lengths: u32,
    /// The squared distances less the row's squared length, an i32 per point, row by row.
    squares: u32,
    /// The smallest squared distance of each block in each lane, row by row.
    least: u32,
    /// The positions of candidates.
    candidates: u32,
    /// Their distances and positions, as a heap has them.
    entries: u32,
    /// The columns of a group of candidates, side by side.
    group: u32,
    end: u32,
}

impl Arenas {
    fn new(start: u32, [blocks, tiles, room]: [usize; 3], width: usize, count: usize) -> Self {
        let (pairs, padded) = (width / 2, blocks * tiles * TILE_POINTS);
        let mut end = start as usize;
        let mut next = |bytes: usize| {
            let at = end.next_multiple_of(16);
            end = at + bytes;
            at as u32
        };
        Arenas {
            places: next(16 * ROWS * pairs),
            lengths: next(16 * ROWS),
            squares: next(4 * ROWS * padded),
            least: next(16 * ROWS * blocks),
            candidates: next(4 * (room + 2 * GROUP)),
            entries: next(ENTRY_BYTES as usize * (room.max(count) + 2 * GROUP)),
            group: next(8 * GROUP * width),
            end: next(0),
        }
    }
}

/// Bytes of scratch memory for a search of these sizes.
pub fn scratch_bytes(sizes: [usize; 3], width: usize, count: usize) -> u64 {
    u64::from(Arenas::new(0, sizes, width, count).end)
}

/// A search as it is emitted.
#[derive(Debug)]
pub struct Screened<'a> {
    nearest: &'a Nearest,
    screen: &'a Screen,
    points: &'a Matrix,
    at: Arenas,
}

/// A row and what is known of it.
#[derive(Debug, Clone, Copy)]
struct Row {
    side: Side,
    /// Its squared length of places.
    length: Local,
    /// Its squared distances less that.
    squares: Local,
    /// The smallest of each block.
    least: Local,
    /// `E`, what rounding may leave, scaled.
    slack: Local,
}

impl<'a> Screened<'a> {
    /// A search with its scratch memory at `start`.
    pub fn new(nearest: &'a Nearest, screen: &'a Screen, points: &'a Matrix, start: u32) -> Self {
        let sizes = [screen.blocks, screen.tiles, screen.room];
        Screened { nearest, screen, points, at: Arenas::new(start, sizes, points.width, screen.count) }
    }

    /// Searches for the nearest of all rows, which lie on the grid.
    pub fn emit(&self, e: &mut Emit<'_>, rows: &Place, output: &Place) {
        let exact = Measure::new(e, &self.nearest.metric, self.points.width, ElementType::F64);
        let points = e.data.intern(&self.points.data.to_le_bytes(), 16);
        let base = e.code.local(ValType::I32);
        e.code.i32(rows.address as i32).set(base);
        let [row, end] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let n_rows = e.rows();
        e.for_each_row(ROWS as i32, |e, first| {
            let at = e.row_address(base, first, ElementType::F64);
            self.place_rows(e, at, rows.plane_bytes(e.stride));
            self.compare(e);
            let [lengths, squares, least] = std::array::from_fn(|_| e.code.local(ValType::I32));
            e.code.get(first).tee(row).i32(ROWS as i32).ops().i32_add();
            e.code.set(end).get(end).get(n_rows).get(end).get(n_rows).ops().i32_lt_s().select();
            e.code.set(end).i32(self.at.squares as i32).set(squares).i32(self.at.least as i32).set(least);
            e.code.i32(self.at.lengths as i32).set(lengths);
            e.code.ops().loop_(BlockType::Empty);
            let address = e.row_address(base, row, ElementType::F64);
            let side = Side { address, step: rows.plane_bytes(e.stride), is_single: true };
            let (length, slack) = (self.length(e, lengths, least), self.slack(e, side));
            self.search(e, &exact, points, Row { side, length, squares, least, slack });
            let heap = self.heap(e);
            self.nearest.write_entries(e, row, heap, output);
            e.code
                .advance(lengths, 16)
                .advance(squares, 4 * self.screen.padded() as i32)
                .advance(least, 16 * self.screen.blocks as i32);
            e.code.advance(row, 1).get(row).get(end).ops().i32_lt_s().br_if(0).end();
        });
    }

    fn heap(&self, e: &mut Emit<'_>) -> Heap {
        let address = e.code.local(ValType::I32);
        e.code.i32(self.at.entries as i32).set(address);
        Heap { address, size: self.screen.count, farthest: self.nearest.farthest() }
    }

    /// Stores the places of four rows and their squared lengths.
    fn place_rows(&self, e: &mut Emit<'_>, at: Local, plane: u32) {
        let offsets = self.screen.grid.place_offsets(e);
        let (to, offset) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.i32(self.at.places as i32).set(to).i32(offsets as i32).set(offset);
        let lengths: [Local; ROWS] = std::array::from_fn(|_| e.code.local(ValType::V128));
        for length in lengths {
            e.code.ops().v128_const(0);
            e.code.set(length);
        }
        self.screen.grid.quantise(e, [at, offset], plane, ROWS as u32 / 2, |e, pairs| {
            for (i, length) in lengths.iter().enumerate() {
                let first = 8 * (i % 2) as u8;
                let places = e.code.local(ValType::V128);
                let pair = pairs[i / 2];
                e.code.get(to).get(pair).get(pair);
                e.code.ops().i8x16_shuffle(std::array::from_fn(|k| first + (k % 4) as u8));
                e.code.tee(places).ops().v128_store(memarg(16 * i as u32, 0));
                e.code.get(*length).get(places).get(places).ops().i32x4_dot_i16x8_s().i32x4_add();
                e.code.set(*length);
            }
            e.code.advance(to, 16 * ROWS as i32);
        });
        e.code.i32(self.at.lengths as i32).set(to);
        for (i, length) in lengths.iter().enumerate() {
            e.code.get(to).get(*length).ops().v128_store(memarg(16 * i as u32, 0));
        }
    }

    /// The points' places, of which each tile has its pairs of columns one after the other, times -2; then their squared
    /// lengths. What fills up the last block is as far as can be.
    fn place_points(&self, e: &mut Emit<'_>) -> [u32; 2] {
        let (pairs, width) = (self.screen.grid.pairs(), self.points.width);
        let Data::F64(items) = &self.points.data else { return [0; 2] };
        let places: Vec<Vec<i32>> = items.chunks_exact(width).map(|point| self.screen.grid.places(point)).collect();
        let mut packed: Vec<u8> = Vec::with_capacity(4 * pairs * self.screen.padded());
        for tile in 0..self.screen.padded() / TILE_POINTS {
            for pair in 0..pairs {
                for point in tile * TILE_POINTS..(tile + 1) * TILE_POINTS {
                    let place =
                        |column: usize| places.get(point).and_then(|place| place.get(column)).copied().unwrap_or(0);
                    packed.extend([0, 1].into_iter().flat_map(|i| (-2 * place(2 * pair + i) as i16).to_le_bytes()));
                }
            }
        }
        let length = |point: usize| places.get(point).map_or(i32::MAX, |place| place.iter().map(|x| x * x).sum());
        let lengths = Data::U32((0..self.screen.padded()).map(|point| length(point) as u32).collect());
        [e.data.intern(&packed, 16), e.data.intern(&lengths.to_le_bytes(), 16)]
    }

    /// Stores the squared distances of four rows from all points, and the smallest of each block.
    fn compare(&self, e: &mut Emit<'_>) {
        let [points, lengths] = self.place_points(e);
        let (padded, blocks) = (self.screen.padded() as u32, self.screen.blocks as u32);
        let [point, length, square, least, end] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let block_end = e.code.local(ValType::I32);
        e.code.i32(points as i32).set(point).i32(lengths as i32).set(length).i32(self.at.squares as i32).set(square);
        e.code.i32(self.at.least as i32).set(least).i32((self.at.squares + 4 * padded) as i32).set(end);
        e.code.ops().loop_(BlockType::Empty);
        for row in 0..ROWS as u32 {
            e.code.get(least).ops().i32_const(i32::MAX).i32x4_splat().v128_store(memarg(16 * row * blocks, 0));
        }
        e.code.get(square).i32((4 * self.screen.tiles * TILE_POINTS) as i32).ops().i32_add();
        e.code.set(block_end).ops().loop_(BlockType::Empty);
        let sums = self.tile(e, point, length);
        for (i, sum) in sums.iter().enumerate() {
            let (row, vector) = ((i / VECTORS) as u32, (i % VECTORS) as u32);
            e.code.get(square).get(*sum).ops().v128_store(memarg(4 * padded * row + 16 * vector, 0));
        }
        for (row, sums) in sums.chunks(VECTORS).enumerate() {
            let offset = 16 * row as u32 * blocks;
            e.code.get(least).get(sums[0]).get(sums[1]).ops().i32x4_min_s();
            e.code.get(least).ops().v128_load(memarg(offset, 0)).i32x4_min_s().v128_store(memarg(offset, 0));
        }
        e.code.advance(length, 16 * VECTORS as i32).advance(square, 16 * VECTORS as i32).get(square).get(block_end);
        e.code.ops().i32_lt_u().br_if(0).end();
        e.code.advance(least, 16).get(square).get(end).ops().i32_lt_u().br_if(0).end();
    }

    /// The squared distances of four rows from the points of a tile, row by row; `point` is then behind the tile.
    fn tile(&self, e: &mut Emit<'_>, point: Local, length: Local) -> Vec<Local> {
        let (places, end) =
            (e.code.local(ValType::I32), self.at.places + (16 * ROWS * self.screen.grid.pairs()) as u32);
        let lengths: [Local; VECTORS] = std::array::from_fn(|i| load(e, length, 16 * i as u32));
        let sums: Vec<Local> = (0..ROWS * VECTORS)
            .map(|i| {
                let sum = e.code.local(ValType::V128);
                e.code.get(lengths[i % VECTORS]).set(sum);
                sum
            })
            .collect();
        e.code.i32(self.at.places as i32).set(places).ops().loop_(BlockType::Empty);
        let y: [Local; VECTORS] = std::array::from_fn(|i| load(e, point, 16 * i as u32));
        let x: [Local; ROWS] = std::array::from_fn(|i| load(e, places, 16 * i as u32));
        for (i, sum) in sums.iter().enumerate() {
            e.code.get(*sum).get(x[i / VECTORS]).get(y[i % VECTORS]).ops().i32x4_dot_i16x8_s().i32x4_add();
            e.code.set(*sum);
        }
        e.code.advance(point, 16 * VECTORS as i32).advance(places, 16 * ROWS as i32).get(places).i32(end as i32);
        e.code.ops().i32_lt_u().br_if(0).end();
        sums
    }

    /// A row's squared length of places; its smallest squared distances get it.
    fn length(&self, e: &mut Emit<'_>, at: Local, least: Local) -> Local {
        let [length, cursor, end] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let (splat, most) = (load(e, at, 0), e.code.local(ValType::V128));
        // What fills up the last block stays as far as can be.
        e.code.i32(i32::MAX).ops().i32x4_splat();
        e.code.get(splat).ops().i32x4_sub();
        e.code.set(most).get(splat).ops().i32x4_extract_lane(0);
        e.code.set(length).get(least).tee(cursor).i32(16 * self.screen.blocks as i32).ops().i32_add();
        e.code.set(end).ops().loop_(BlockType::Empty);
        e.code.get(cursor).get(most).get(cursor).ops().v128_load(memarg(0, 0)).i32x4_min_s();
        e.code.get(splat).ops().i32x4_add().v128_store(memarg(0, 0));
        e.code.advance(cursor, 16).get(cursor).get(end).ops().i32_lt_u().br_if(0).end();
        length
    }

    /// What rounding leaves of a row's computed distances, scaled.
    fn slack(&self, e: &mut Emit<'_>, side: Side) -> Local {
        let slack = e.code.local(ValType::F64);
        e.code.get(side.address);
        e.load(ElementType::F64, self.screen.grid.columns as u32 * side.step);
        let (longest, part) = (self.screen.longest, self.screen.slack());
        e.code.ops().f64_const(longest.into()).f64_add().f64_const(part.into()).f64_mul();
        e.code.set(slack);
        slack
    }

    /// Leaves the nearest of a row as sorted entries.
    fn search(&self, e: &mut Emit<'_>, exact: &Measure<'_>, points: u32, row: Row) {
        let threshold = self.threshold(e, row.least);
        let limit = self.limit(e, threshold, row.slack);
        let found = self.candidates(e, row, limit);
        let is_simple = e.code.local(ValType::I32);
        e.code.get(found).i32(self.screen.room as i32).ops().i32_le_s();
        e.code.tee(is_simple).ops().if_(BlockType::Empty);
        self.measure(e, exact, points, row.side, found);
        let (start, end) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        // Where one is found, the one that fills up its group is no nearer.
        e.code.i32(self.at.entries as i32).tee(start).get(found).i32(ENTRY_BYTES as i32).ops().i32_mul().i32_add();
        e.code.set(end);
        insert_between(e, start, end);
        let has_tie = self.has_tie(e, found);
        e.code.get(has_tie).ops().i32_eqz();
        e.code.set(is_simple).ops().end();
        e.code.get(is_simple).ops().i32_eqz().if_(BlockType::Empty);
        self.search_in_order(e, exact, points, row);
        e.code.ops().end();
    }

    /// A number that so many squared distances do not exceed, hardly above the least such: bit by bit from the top.
    fn threshold(&self, e: &mut Emit<'_>, least: Local) -> Local {
        let [threshold, tried, bit, at, end, found] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let (splat, counts) = (e.code.local(ValType::V128), e.code.local(ValType::V128));
        e.code.i32(0).set(threshold).i32(HIGHEST_BIT).set(bit).get(least);
        e.code.i32(16 * self.screen.blocks as i32).ops().i32_add();
        e.code.set(end).ops().loop_(BlockType::Empty);
        e.code.get(threshold).get(bit).ops().i32_or();
        e.code.tee(tried).ops().i32x4_splat();
        e.code.set(splat).get(least).set(at).ops().v128_const(0);
        e.code.set(counts).ops().loop_(BlockType::Empty);
        e.code.get(counts).get(splat).get(at).ops().v128_load(memarg(0, 0)).i32x4_gt_s().i32x4_sub();
        e.code.set(counts).advance(at, 16).get(at).get(end).ops().i32_lt_u().br_if(0).end();
        for lane in 0..4 {
            e.code.get(counts).ops().i32x4_extract_lane(lane);
        }
        e.code.ops().i32_add().i32_add().i32_add();
        e.code.set(found).get(threshold).get(tried).get(found).i32(self.screen.count as i32);
        e.code.ops().i32_ge_s().select();
        e.code.set(threshold).get(bit).i32(1).ops().i32_shr_u();
        e.code.tee(bit).i32(1 << self.screen.lowest_bit).ops().i32_ge_s().br_if(0).end();
        e.code.advance(threshold, (1 << self.screen.lowest_bit) - 1);
        threshold
    }

    /// [`Screen`]'s limit.
    fn limit(&self, e: &mut Emit<'_>, threshold: Local, slack: Local) -> Local {
        let (root, reach) = (e.code.local(ValType::F64), self.screen.grid.reach());
        e.code.get(threshold).ops().f64_convert_i32_s().f64_sqrt().f64_const(reach.into()).f64_add();
        e.code.tee(root).get(root).ops().f64_mul();
        e.code.get(slack).get(slack).ops().f64_add().f64_add();
        self.widened(e)
    }

    /// The limit of a scaled squared distance on the stack.
    fn widened(&self, e: &mut Emit<'_>) -> Local {
        let (root, limit) = (e.code.local(ValType::F64), e.code.local(ValType::I32));
        e.code.ops().f64_sqrt().f64_const(self.screen.grid.reach().into()).f64_add();
        e.code.tee(root).get(root).ops().f64_mul().f64_const(ABOVE.into()).f64_mul();
        // No point is as far as what fills up the last block.
        e.code
            .ops()
            .f64_const(1.0.into())
            .f64_add()
            .f64_const(f64::from(i32::MAX - 1).into())
            .f64_min()
            .i32_trunc_sat_f64_s();
        e.code.set(limit);
        limit
    }

    /// Lists the points within a limit, and gives their number; more than the room where they do not find any.
    fn candidates(&self, e: &mut Emit<'_>, row: Row, limit: Local) -> Local {
        let [found, least, square, end, position, bits] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let [splat, less, mask] = std::array::from_fn(|_| e.code.local(ValType::V128));
        let [last, most] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let block_bytes = (4 * self.screen.tiles * TILE_POINTS) as i32;
        e.code.get(limit).get(row.length).ops().i32_sub().i32x4_splat();
        e.code.set(less).get(limit).ops().i32x4_splat();
        e.code.set(splat).i32(0).set(found).get(row.least).set(least).get(row.squares).set(end);
        e.code.get(row.least).i32(16 * self.screen.blocks as i32).ops().i32_add();
        e.code.set(last).i32(self.screen.room as i32 + 1).set(most).ops().loop_(BlockType::Empty);
        e.code.get(end).tee(square).i32(block_bytes).ops().i32_add();
        e.code.set(end).get(splat).get(least).ops().v128_load(memarg(0, 0)).i32x4_ge_s().v128_any_true();
        e.code.ops().if_(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(less).get(square).ops().v128_load(memarg(0, 0)).i32x4_ge_s();
        e.code.tee(mask).ops().v128_any_true().if_(BlockType::Empty);
        e.code.get(mask).ops().i32x4_bitmask();
        e.code.set(bits).get(square).get(row.squares).ops().i32_sub().i32_const(2).i32_shr_u();
        e.code.set(position);
        for lane in 0..4 {
            e.code.get(found).i32(2).ops().i32_shl();
            e.code.get(position).i32(lane).ops().i32_add();
            e.store(ElementType::U32, self.at.candidates);
            e.code.get(found).get(bits).i32(lane).ops().i32_shr_u().i32_const(1).i32_and().i32_add();
            e.code.set(found);
        }
        e.code.get(found).get(most).get(found).get(most).ops().i32_lt_s().select();
        e.code.set(found).ops().end();
        e.code.advance(square, 16).get(square).get(end).ops().i32_lt_u().br_if(0).end().end();
        e.code.advance(least, 16).get(least).get(last).ops().i32_lt_u().br_if(0).end();
        found
    }

    /// Computes the distances of the candidates, some side by side, and enters them.
    fn measure(&self, e: &mut Emit<'_>, exact: &Measure<'_>, points: u32, row: Side, found: Local) {
        let width = self.points.width;
        let [first, listed, to, offset, entry] = std::array::from_fn(|_| e.code.local(ValType::I32));
        // The last group is filled up with the first point.
        e.code.get(found).i32(2).ops().i32_shl().v128_const(0).v128_store(memarg(self.at.candidates, 0));
        e.code.i32(0).set(first).i32(self.at.entries as i32).set(entry).ops().loop_(BlockType::Empty);
        let positions: [Local; GROUP] = std::array::from_fn(|_| e.code.local(ValType::I32));
        e.code.get(first).i32(2).ops().i32_shl();
        e.code.set(listed);
        let from = positions.map(|_| e.code.local(ValType::I32));
        for (i, (position, from)) in positions.into_iter().zip(from).enumerate() {
            e.code.get(listed);
            e.load(ElementType::U32, self.at.candidates + 4 * i as u32);
            e.code.tee(position).i32(8 * width as i32).ops().i32_mul().i32_const(points as i32).i32_add();
            e.code.set(from);
        }
        e.code.i32(0).set(offset).i32(self.at.group as i32).set(to).ops().loop_(BlockType::Empty);
        for (i, from) in from.into_iter().enumerate() {
            e.code.get(to).get(from).get(offset).ops().i32_add();
            e.load(ElementType::F64, 0);
            e.store(ElementType::F64, 8 * i as u32);
        }
        e.code.advance(to, 8 * GROUP as i32).advance(offset, 8).get(offset).i32(8 * width as i32);
        e.code.ops().i32_lt_u().br_if(0).end();
        let group = e.code.local(ValType::I32);
        e.code.i32(self.at.group as i32).set(group);
        let side = Side { address: group, step: 8 * GROUP as u32, is_single: false };
        let distances = exact.distances(e, row, side, GROUP / 2, false);
        for (i, position) in positions.into_iter().enumerate() {
            let value = e.code.local(ValType::F64);
            e.code.get(distances[i / 2]).ops().f64x2_extract_lane((i % 2) as u8);
            e.code.set(value);
            store_entry(e, entry, value, position);
            e.code.advance(entry, ENTRY_BYTES as i32);
        }
        e.code.advance(first, GROUP as i32).get(first).get(found).ops().i32_lt_s().br_if(0).end();
    }

    /// Whether two of the nearest, or the last of them and the next, are equally far.
    fn has_tie(&self, e: &mut Emit<'_>, found: Local) -> Local {
        let [entry, end, has_tie] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let bytes = ENTRY_BYTES as i32;
        e.code.i32(0).set(has_tie).i32(self.at.entries as i32).set(entry);
        e.code.get(found).i32(-1).ops().i32_add();
        e.code.tee(end).i32(self.screen.count as i32).get(end).i32(self.screen.count as i32).ops().i32_lt_s().select();
        e.code.i32(bytes).ops().i32_mul().i32_const(self.at.entries as i32).i32_add();
        e.code.set(end).ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(entry).get(end).ops().i32_ge_u().br_if(1);
        e.code.get(has_tie).get(entry);
        e.load(ElementType::F64, 0);
        e.code.get(entry);
        e.load(ElementType::F64, ENTRY_BYTES);
        e.code.ops().f64_eq().i32_or();
        e.code.set(has_tie).advance(entry, bytes).ops().br(0).end().end();
        has_tie
    }

    /// Enters all points into a heap, but for those whose places are too far for its top.
    fn search_in_order(&self, e: &mut Emit<'_>, exact: &Measure<'_>, points: u32, row: Row) {
        let heap = self.heap(e);
        heap.clear(e);
        let [square, position, limit, end] = std::array::from_fn(|_| e.code.local(ValType::I32));
        e.code.i32(i32::MAX - 1).set(limit).get(row.squares).set(square).i32(0).set(position);
        e.code.ops().loop_(BlockType::Empty);
        e.code.get(limit).ops().i32x4_splat();
        e.code.get(square).ops().v128_load(memarg(0, 0)).i32x4_ge_s().v128_any_true().if_(BlockType::Empty);
        e.code.get(square).i32(16).ops().i32_add();
        e.code.set(end).ops().loop_(BlockType::Empty);
        self.enter(e, exact, points, row, [square, position, limit], heap);
        e.code.advance(position, 1).advance(square, 4).get(square).get(end).ops().i32_lt_u().br_if(0).end();
        e.code.ops().else_();
        e.code.advance(position, 4).advance(square, 16).ops().end();
        e.code.get(position).i32(self.points.rows as i32).ops().i32_lt_s().br_if(0).end();
        heap.sort(e);
    }

    /// Enters a point into the heap if it is nearer than the top, and narrows the limit.
    fn enter(
        &self,
        e: &mut Emit<'_>,
        exact: &Measure<'_>,
        points: u32,
        row: Row,
        [square, position, limit]: [Local; 3],
        heap: Heap,
    ) {
        let (point, distance) = (e.code.local(ValType::I32), e.code.local(ValType::F64));
        e.code.ops().block(BlockType::Empty);
        e.code.get(square);
        e.load(ElementType::U32, 0);
        e.code.get(limit).ops().i32_gt_s().br_if(0);
        e.code.get(position).i32(8 * self.points.width as i32).ops().i32_mul().i32_const(points as i32).i32_add();
        e.code.set(point);
        let y = Side { address: point, step: 8, is_single: true };
        let distances = exact.distances(e, row.side, y, 1, false);
        e.code.get(distances[0]).ops().f64x2_extract_lane(0);
        e.code.tee(distance);
        heap.top(e);
        e.code.ops().f64_lt().i32_eqz().br_if(0);
        heap.push(e, distance, position);
        // A point enters if its computed distance is below the top: scaled, it is at most the top and the rounding.
        heap.top(e);
        let squared_scale = self.screen.grid.scale * self.screen.grid.scale;
        e.code.ops().f64_const(squared_scale.into()).f64_mul();
        e.code.get(row.slack).ops().f64_add();
        let next = self.widened(e);
        e.code.get(next).get(row.length).ops().i32_sub();
        e.code.set(limit).ops().end();
    }
}
