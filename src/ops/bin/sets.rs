//! Columns that rank by a set of categories: a category's entry in a table holds its ranks in eight sets at once.
//!
//! Sets of one feature stand side by side (`forest::lower` orders them so). A value's entry is found once for all of
//! them; then sixteen rows' entries are turned into eight vectors of sixteen ranks: less than one instruction for a rank.

use super::{Bin, BinKind, CategorySet, stored_rank};
use crate::ops::emit::{Emit, Place};
use crate::ops::records::{Records, word};
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Sets whose ranks an entry holds, a byte each.
const SETS: usize = 8;
/// Rows whose entries are turned at once.
const ROWS: i32 = 16;
/// Fewer rows than this are not turned.
const FEW_ROWS: i32 = 8;
/// Sets of fewer categories share tables with sets of this many; longer ones with those of up to twice their length.
const SHORT_SET: usize = 64;

/// Words of a run's record: plane of the feature, number of codes, its chunks, the highest negative value, and bytes of
/// a code's entries.
const SOURCE: u32 = 0;
const LENGTH: u32 = 1;
const CHUNKS: u32 = 2;
const CHUNKS_END: u32 = 3;
const LOWEST: u32 = 4;
const CODE_BYTES: u32 = 6;
const RUN_WORDS: usize = 7;
/// Words of a chunk's record: its entry of code 0, and the plane of its first set.
const TABLE: u32 = 0;
const TARGET: u32 = 1;

/// Bytes of scratch memory for planes of `stride` rows: the offset of every row's entry.
pub fn scratch_bytes(stride: u32) -> u64 {
    4 * u64::from(stride)
}

/// Neighbouring columns of one feature.
struct Run<'a> {
    feature: u32,
    first: usize,
    sets: Vec<&'a CategorySet>,
}

/// What sets of a table agree on: their reading of negative values, and roughly their length.
pub fn table_of(set: &CategorySet) -> (bool, usize) {
    (set.truncates_negative, set.left.len().next_power_of_two().max(SHORT_SET))
}

fn runs(op: &Bin) -> Vec<Run<'_>> {
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (i, column) in op.columns.iter().enumerate() {
        let BinKind::Set(set) = &column.kind else { continue };
        match runs.last_mut() {
            Some(run)
                if run.feature == column.feature
                    && run.first + run.sets.len() == i
                    && table_of(run.sets[0]) == table_of(set) =>
            {
                run.sets.push(set);
            }
            _ => runs.push(Run { feature: column.feature, first: i, sets: vec![set] }),
        }
    }
    runs
}

impl Run<'_> {
    /// Codes that have an entry.
    fn length(&self) -> usize {
        self.sets.iter().map(|set| set.left.len()).max().unwrap_or(0)
    }

    /// Sets of a chunk.
    fn chunk_sets(&self) -> usize {
        self.sets.len().min(SETS)
    }

    /// The first set of every chunk: the last chunk is full too, over sets that another has looked up already.
    fn chunks(&self) -> impl Iterator<Item = usize> {
        let last = self.sets.len() - self.chunk_sets();
        (0..self.sets.len()).step_by(SETS).map(move |first| first.min(last))
    }

    /// Bytes of a code's entries, one for every chunk.
    fn code_bytes(&self) -> usize {
        SETS * self.sets.len().div_ceil(SETS)
    }

    /// The entries of every code, then those of codes above, of negative ones, and of NaN.
    fn table(&self, ranks: ElementType) -> Vec<u8> {
        let length = self.length();
        let goes_left = |set: &CategorySet, entry: usize| match entry.checked_sub(length) {
            None => set.left.get(entry).copied().unwrap_or(set.above_left),
            Some(0) => set.above_left,
            Some(1) => set.below_left,
            Some(_) => set.nan_left,
        };
        let bias = if ranks == ElementType::U8 { stored_rank(0, ranks) as u8 } else { 0 };
        let mut table = Vec::with_capacity((length + 3) * self.code_bytes());
        for entry in 0..length + 3 {
            for first in self.chunks() {
                let sets = &self.sets[first..first + self.chunk_sets()];
                table.extend(sets.iter().map(|set| u8::from(!goes_left(set, entry)) ^ bias));
                table.resize(table.len().next_multiple_of(SETS), 0);
            }
        }
        table
    }
}

/// Emits the columns of sets.
pub fn emit(op: &Bin, e: &mut Emit<'_>, input: &Place, output: &Place) {
    let runs = runs(op);
    for sets in 1..=SETS {
        let runs: Vec<&Run<'_>> = runs.iter().filter(|run| run.chunk_sets() == sets).collect();
        let mut chunks = Records::<2>::default();
        let mut ends = vec![0];
        for run in &runs {
            let table = e.data.intern(&run.table(output.ty.element), 8);
            for (i, first) in run.chunks().enumerate() {
                let plane = (run.first + first) as u32 * output.plane_bytes(e.stride);
                chunks.push([table + (i * SETS) as u32, output.address + plane]);
            }
            ends.push(chunks.bytes());
        }
        if chunks.is_empty() {
            continue;
        }
        let address = chunks.place(e);
        let mut records = Records::<RUN_WORDS>::default();
        for (run, ends) in runs.iter().zip(ends.windows(2)) {
            let lowest: f64 = if run.sets[0].truncates_negative { -1.0 } else { -f64::from_bits(1) };
            let source = input.address + run.feature * input.plane_bytes(e.stride);
            let bits = lowest.to_bits();
            let [start, end] = [ends[0] + address, ends[1] + address];
            let code_bytes = run.code_bytes() as u32;
            records.push([source, run.length() as u32, start, end, bits as u32, (bits >> 32) as u32, code_bytes]);
        }
        let lookup =
            Lookup { sets, element: input.ty.element, ranks: output.ty.element, plane: output.plane_bytes(e.stride) };
        records.for_each(e, |e, record| lookup.emit(e, record));
    }
}

/// The code for runs whose chunks have as many sets.
struct Lookup {
    sets: usize,
    element: ElementType,
    ranks: ElementType,
    /// Bytes from a rank plane to the next.
    plane: u32,
}

impl Lookup {
    fn emit(&self, e: &mut Emit<'_>, record: Local) {
        self.find_entries(e, record);
        let (chunks, end) = (word(e, record, CHUNKS), word(e, record, CHUNKS_END));
        e.code.ops().loop_(BlockType::Empty);
        let (table, target) = (word(e, chunks, TABLE), word(e, chunks, TARGET));
        let rows = e.rows();
        e.code.get(rows).i32(FEW_ROWS);
        e.code.ops().i32_lt_s().if_(BlockType::Empty);
        e.for_each_row(1, |e, row| self.look_up(e, table, target, row));
        e.code.ops().else_();
        e.for_each_row(ROWS, |e, row| self.turn(e, table, target, row));
        e.code.ops().end();
        e.code.advance(chunks, Records::<2>::BYTES as i32).get(chunks).get(end);
        e.code.ops().i32_lt_u().br_if(0).end();
    }

    /// Stores the offset of every row's entry in the scratch, also of rows that are turned with the last.
    fn find_entries(&self, e: &mut Emit<'_>, record: Local) {
        let [source, length, code_bytes] = [SOURCE, LENGTH, CODE_BYTES].map(|index| word(e, record, index));
        let lowest = e.code.local(ValType::F64);
        e.code.get(record);
        e.load(ElementType::F64, 4 * LOWEST);
        e.code.set(lowest);
        let (end, rows) = (e.code.local(ValType::I32), e.rows());
        e.code.get(rows).get(rows).i32(ROWS - 1);
        e.code.ops().i32_add().i32_const(-ROWS).i32_and();
        e.code.get(rows).i32(FEW_ROWS);
        e.code.ops().i32_lt_s().select();
        e.code.set(end);
        let [row, code] = [(); 2].map(|()| e.code.local(ValType::I32));
        let x = e.code.local(ValType::F64);
        e.code.i32(0).set(row);
        e.code.ops().loop_(BlockType::Empty);
        let from = e.row_address(source, row, self.element);
        e.code.get(from);
        e.load(self.element, 0);
        if self.element == ElementType::F32 {
            e.code.ops().f64_promote_f32();
        }
        e.code.set(x);
        // The code, or its stand-in behind the codes: length for above, +1 for negative, +2 for NaN.
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
        e.code.get(code_bytes);
        e.code.ops().i32_mul();
        e.code.set(code).get(row).i32(2);
        e.code.ops().i32_shl();
        e.code.get(code);
        e.code.ops().i32_store(memarg(e.scratch, 2));
        e.code.advance(row, 1).get(row).get(end);
        e.code.ops().i32_lt_s().br_if(0).end();
    }

    /// One row's ranks from its entry to their planes.
    fn look_up(&self, e: &mut Emit<'_>, table: Local, target: Local, row: Local) {
        let offsets = self.offsets(e, row);
        let to = e.row_address(target, row, self.ranks);
        let entry = e.code.local(ValType::I64);
        entry_address(e, table, offsets, 0);
        e.code.ops().i64_load(memarg(0, 0));
        e.code.set(entry);
        for set in 0..self.sets as u32 {
            let at = memarg(set * self.plane, 0);
            e.code.get(to).get(entry);
            if self.ranks != ElementType::U8 {
                e.code.ops().i64_const(0xFF).i64_and().i64_const(stored_rank(0, self.ranks).into()).i64_xor();
            }
            match self.ranks {
                ElementType::U8 => e.code.ops().i64_store8(at),
                ElementType::U16 => e.code.ops().i64_store16(at),
                _ => e.code.ops().i64_store32(at),
            };
            e.code.get(entry);
            e.code.ops().i64_const(8).i64_shr_u();
            e.code.set(entry);
        }
    }

    /// The entries of sixteen rows into a vector of ranks for every set.
    ///
    /// Every step interleaves the bytes of two vectors. Those of rows 8 apart come first, then 4, 2 and 1, so that in
    /// the end the rows stand in order, and the sets one after the other.
    fn turn(&self, e: &mut Emit<'_>, table: Local, target: Local, row: Local) {
        let offsets = self.offsets(e, row);
        let entries: Vec<Local> = (0..ROWS as u32).map(|i| load_entry(e, table, offsets, i)).collect();
        let (low, high) = entries.split_at(ROWS as usize / 2);
        let mut vectors: Vec<Local> = low.iter().zip(high).map(|(a, b)| interleave(e, *a, *b, 0)).collect();
        for distance in [4, 2, 1] {
            // Vectors of the same sets stand together, as many as there are rows left to interleave.
            vectors = vectors
                .chunks(2 * distance)
                .flat_map(|same| [0, 8].map(|half| (same, half)))
                .flat_map(|(same, half)| (0..distance).map(move |i| (same[i], same[i + distance], half)))
                .map(|(a, b, half)| interleave(e, a, b, half))
                .collect();
        }
        let to = e.row_address(target, row, self.ranks);
        for (set, ranks) in vectors.into_iter().take(self.sets).enumerate() {
            for (i, ranks) in self.widened(e, ranks).into_iter().enumerate() {
                e.code.get(to).get(ranks);
                e.code.ops().v128_store(memarg(set as u32 * self.plane + 16 * i as u32, 0));
            }
        }
    }

    /// The address of a row's offset, but for the scratch.
    fn offsets(&self, e: &mut Emit<'_>, row: Local) -> Local {
        let offsets = e.code.local(ValType::I32);
        e.code.get(row).i32(2);
        e.code.ops().i32_shl();
        e.code.set(offsets);
        offsets
    }

    /// Sixteen bytes as ranks in their type.
    fn widened(&self, e: &mut Emit<'_>, bytes: Local) -> Vec<Local> {
        if self.ranks == ElementType::U8 {
            return vec![bytes];
        }
        let mut vectors = vec![extended(e, bytes, 1, false), extended(e, bytes, 1, true)];
        if self.ranks == ElementType::U32 {
            vectors =
                vectors.into_iter().flat_map(|half| [false, true].map(|high| extended(e, half, 2, high))).collect();
        }
        let bias = stored_rank(0, self.ranks);
        for vector in &vectors {
            e.code.get(*vector).i32(bias as i32);
            match self.ranks {
                ElementType::U16 => e.code.ops().i16x8_splat().v128_xor(),
                _ => e.code.ops().i32x4_splat().v128_xor(),
            };
            e.code.set(*vector);
        }
        vectors
    }
}

/// The entry of the row `index` rows behind the address of the first one's offset.
fn load_entry(e: &mut Emit<'_>, table: Local, offsets: Local, index: u32) -> Local {
    entry_address(e, table, offsets, index);
    e.code.ops().v128_load64_zero(memarg(0, 0));
    vector(e)
}

/// Pushes the address of that row's entry.
fn entry_address(e: &mut Emit<'_>, table: Local, offsets: Local, index: u32) {
    e.code.get(offsets);
    e.load(ElementType::U32, e.scratch + 4 * index);
    e.code.get(table);
    e.code.ops().i32_add();
}

/// The bytes of the lower or higher halves of two vectors in turn.
fn interleave(e: &mut Emit<'_>, a: Local, b: Local, first: u8) -> Local {
    e.code.get(a).get(b);
    e.code.ops().i8x16_shuffle(std::array::from_fn(|i| first + i as u8 / 2 + 16 * (i as u8 % 2)));
    vector(e)
}

/// Half of the lanes, of one or two bytes, in twice their width.
fn extended(e: &mut Emit<'_>, lanes: Local, bytes: u32, high: bool) -> Local {
    e.code.get(lanes);
    match (bytes, high) {
        (1, false) => e.code.ops().i16x8_extend_low_i8x16_u(),
        (1, true) => e.code.ops().i16x8_extend_high_i8x16_u(),
        (_, false) => e.code.ops().i32x4_extend_low_i16x8_u(),
        (_, true) => e.code.ops().i32x4_extend_high_i16x8_u(),
    };
    vector(e)
}

fn vector(e: &mut Emit<'_>) -> Local {
    let local = e.code.local(ValType::V128);
    e.code.set(local);
    local
}
