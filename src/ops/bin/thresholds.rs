//! Columns that count the thresholds a value passes: a table of buckets says where to start, a few halvings end it.
//!
//! A value's bucket is `(x - low) * scale`, clamped and rounded, computed for the thresholds here with the very
//! operations that the module uses. All of them are monotone, so a threshold in a lower bucket is passed and one in a
//! higher bucket is not: only the bucket's own thresholds are left to compare. Where thresholds crowd, so that buckets
//! would not shorten the search, there is one bucket and the search is a plain binary one.

use super::few_rows::{self, Column};
use super::{Bin, BinKind, stored_rank};
use crate::ops::emit::{Emit, Place, stack_type};
use crate::ops::lanes::{LaneWidth, Lanes, Scalar32, Scalar64, WasmLanes};
use crate::ops::records::{Records, word};
use crate::tensor::{Data, ElementType};
use crate::wasm::{Code, Local, memarg};
use std::collections::HashMap;
use wasm_encoder::{BlockType, ValType};

/// Rows searched at once: their steps interleave and hide each other's latency.
const SEARCHES: usize = 8;
/// Four bytes a search, and a number for each where they are of several columns.
pub const SCRATCH_BYTES: u64 = 12 * SEARCHES as u64;
/// Buckets for each threshold, at most: more hardly shorten the search, and fill the cache.
const BUCKETS_PER_THRESHOLD: usize = 4;
/// Halvings that are not worth another try.
const FEW_HALVINGS: u32 = 2;
/// The most buckets of a column: 16 KiB of table.
const MOST_BUCKETS: usize = 8192;
/// Entries of the table are two bytes where positions are.
const MOST_NARROW_POSITIONS: usize = 0xFFFF;

/// Words of a column's record.
const SOURCE: u32 = 0;
const BUCKETS: u32 = 1;
const THRESHOLDS: u32 = 2;
const HALF: u32 = 3;
const NAN_FIRST: u32 = 4;
const NAN_LAST: u32 = 5;
const NAN_RANK: u32 = 6;
const LOW: u32 = 7;
const SCALE: u32 = 9;
const TOP: u32 = 11;
const WORDS: usize = 13;

/// How values map to buckets: numbers of the features' type.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Buckets {
    low: f64,
    scale: f64,
    /// The last bucket.
    top: f64,
}

/// The bucket, plus a power of two so large that the bucket stands in the low bits. NaN is in the first.
pub fn bucket<L: Lanes>(l: &mut L, x: L::V, low: L::V, scale: L::V, top: L::V, magic: f64) -> L::V {
    let zero = l.constant(0.0);
    let magic = l.constant(magic);
    let y = l.sub(x, low);
    let y = l.mul(y, scale);
    let y = l.pmax(zero, y);
    let y = l.pmin(top, y);
    l.add(y, magic)
}

const MAGIC_32: f64 = 8_388_608.0;
const MAGIC_64: f64 = 4_503_599_627_370_496.0;

impl Buckets {
    const ONE: Buckets = Buckets { low: 0.0, scale: 0.0, top: 0.0 };

    /// `count` buckets of equal width between the first and the last finite threshold. `beyond` of them are left to
    /// what lies before the first and behind the last.
    fn even(thresholds: &[f64], count: usize, beyond: [usize; 2], element: ElementType) -> Option<Buckets> {
        let mut finite = thresholds.iter().copied().filter(|threshold| threshold.is_finite());
        let (first, last) = (finite.next()?, finite.next_back()?);
        let [before, behind] = beyond;
        let top = (count - 1) as f64;
        let scale = count.checked_sub(1 + before + behind)? as f64 / (last - first);
        let scale = if element == ElementType::F32 { f64::from(scale as f32) } else { scale };
        let low = if before == 0 { first } else { first - before as f64 / scale };
        (scale.is_finite() && scale > 0.0).then_some(Buckets { low, scale, top })
    }

    fn of(&self, x: f64, element: ElementType) -> usize {
        match element {
            ElementType::F32 => {
                let [x, low, scale, top] = [x, self.low, self.scale, self.top].map(|x| x as f32);
                (bucket(&mut Scalar32, x, low, scale, top, MAGIC_32) - MAGIC_32 as f32) as usize
            }
            _ => (bucket(&mut Scalar64, x, self.low, self.scale, self.top, MAGIC_64) - MAGIC_64) as usize,
        }
    }

    /// For every bucket, the thresholds in lower ones.
    fn starts(&self, thresholds: &[f64], element: ElementType) -> Vec<usize> {
        let mut starts = vec![0; self.top as usize + 2];
        thresholds.iter().for_each(|threshold| starts[self.of(*threshold, element) + 1] += 1);
        (1..starts.len()).for_each(|i| starts[i] += starts[i - 1]);
        starts
    }

    /// The buckets that need the fewest halvings, the fewest of those. One threshold far from all others (CatBoost
    /// tells missing numbers from the lowest by one) would leave a few buckets to the rest: these may be had alone.
    fn choose(thresholds: &[f64], element: ElementType) -> Buckets {
        let mut best = (Buckets::ONE, halvings(thresholds.len()));
        let first = thresholds.len().next_power_of_two();
        for beyond in [[0, 0], [1, 0], [0, 1], [1, 1]] {
            if best.1 <= FEW_HALVINGS {
                break;
            }
            let [before, behind] = beyond;
            let Some(inner) = thresholds.get(before..thresholds.len().saturating_sub(behind)) else { continue };
            for count in [first, 2 * first, BUCKETS_PER_THRESHOLD * first] {
                let buckets = Buckets::even(inner, count.min(MOST_BUCKETS), beyond, element);
                let Some(buckets) = buckets else { continue };
                let starts = buckets.starts(thresholds, element);
                let steps = halvings(starts.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0));
                if steps < best.1 {
                    best = (buckets, steps);
                }
            }
        }
        best.0
    }
}

/// Halvings that find a position among `count` thresholds.
fn halvings(count: usize) -> u32 {
    (count + 1).next_power_of_two().trailing_zeros()
}

/// One search: a column, or the two of a feature that differ in nothing but the rank of NaN.
struct Ranked<'a> {
    feature: u32,
    thresholds: &'a [f64],
    /// The rank plane where NaN ranks first.
    nan_first: Option<u32>,
    /// The rank plane where NaN ranks last.
    nan_last: Option<u32>,
}

/// The searches of all columns of thresholds.
fn searches(op: &Bin) -> Vec<Ranked<'_>> {
    let mut searches: Vec<Ranked<'_>> = Vec::new();
    let mut of_feature: HashMap<u32, Vec<usize>> = HashMap::new();
    for (plane, column) in op.columns.iter().enumerate() {
        let BinKind::Thresholds { thresholds, nan_last } = &column.kind else { continue };
        let known = of_feature.entry(column.feature).or_default();
        let free = |search: &Ranked<'_>| if *nan_last { search.nan_last.is_none() } else { search.nan_first.is_none() };
        let found = known.iter().copied().find(|i| searches[*i].thresholds == thresholds && free(&searches[*i]));
        let at = found.unwrap_or_else(|| {
            known.push(searches.len());
            searches.push(Ranked { feature: column.feature, thresholds, nan_first: None, nan_last: None });
            searches.len() - 1
        });
        *if *nan_last { &mut searches[at].nan_last } else { &mut searches[at].nan_first } = Some(plane as u32);
    }
    searches
}

/// Emits the columns of thresholds.
pub fn emit(op: &Bin, e: &mut Emit<'_>, input: &Place, output: &Place) {
    let most = op.columns.iter().map(|column| column.highest()).max().unwrap_or(0);
    let entry = if most <= MOST_NARROW_POSITIONS { ElementType::U16 } else { ElementType::U32 };
    let search = Search { element: input.ty.element, entry, ranks: output.ty.element, equal_passes: op.equal_passes };
    let mut searches: Vec<(usize, Ranked<'_>)> =
        searches(op).into_iter().map(|ranked| (search.window(ranked.thresholds), ranked)).collect();
    searches.sort_by_key(|(window, _)| *window);
    let n_narrow = searches.partition_point(|(window, _)| *window <= few_rows::MOST_WINDOW);
    // Columns that are searched together look as far past their last threshold as any of them.
    let widest: Vec<usize> =
        searches[..n_narrow].chunks(few_rows::COLUMNS).filter_map(|group| group.last()).map(|last| last.0).collect();
    let (mut narrow, mut wide) = (Records::<WORDS>::default(), Records::<WORDS>::default());
    let mut columns = Vec::new();
    for (i, (window, ranked)) in searches.iter().enumerate() {
        let padding = if i < n_narrow { widest[i / few_rows::COLUMNS] } else { *window };
        let mut record = search.record(e, ranked.thresholds, *window, padding);
        record[SOURCE as usize] = input.address + ranked.feature * input.plane_bytes(e.stride);
        let plane = |plane: u32| output.address + plane * output.plane_bytes(e.stride);
        // NaN comes out of the search as 0 and is replaced in the last plane: a lone plane is both.
        let (first, last) = (ranked.nan_first.map(plane), ranked.nan_last.map(plane));
        record[NAN_FIRST as usize] = first.or(last).unwrap_or(0);
        record[NAN_LAST as usize] = last.or(first).unwrap_or(0);
        record[NAN_RANK as usize] = last.map_or(0, |_| ranked.thresholds.len() as u32);
        if i < n_narrow {
            narrow.push(record);
            columns.push(search.column(&record));
        } else {
            wide.push(record);
        }
    }
    wide.for_each(e, |e, record| search.emit(e, record));
    if columns.len() < 2 {
        return narrow.for_each(e, |e, record| search.emit(e, record));
    }
    let rows = e.rows();
    e.code.get(rows).i32(few_rows::FEW_ROWS);
    e.code.ops().i32_lt_s().if_(BlockType::Empty);
    few_rows::emit(&search, e, &columns);
    e.code.ops().else_();
    narrow.for_each(e, |e, record| search.emit(e, record));
    e.code.ops().end();
}

/// Numbers as they lie in the memory.
fn numbers(values: impl Iterator<Item = f64>, element: ElementType) -> Vec<u8> {
    match element {
        ElementType::F32 => Data::F32(values.map(|value| value as f32).collect()).to_le_bytes(),
        _ => Data::F64(values.collect()).to_le_bytes(),
    }
}

/// The search in all columns of thresholds.
#[derive(Debug)]
pub struct Search {
    /// The type of the features.
    pub element: ElementType,
    /// The type of a bucket's entry.
    pub entry: ElementType,
    /// The type of the ranks.
    pub ranks: ElementType,
    equal_passes: bool,
}

impl Search {
    /// How many thresholds a search in its bucket may look past, at least one.
    fn window(&self, thresholds: &[f64]) -> usize {
        let starts = Buckets::choose(thresholds, self.element).starts(thresholds, self.element);
        1 << halvings(starts.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0))
    }

    /// The lanes of the features' type, and its magic number.
    pub fn lanes(&self) -> (LaneWidth, f64) {
        match self.element {
            ElementType::F32 => (LaneWidth::F32, MAGIC_32),
            _ => (LaneWidth::F64, MAGIC_64),
        }
    }

    /// What stands for the bits of the magic number above the bucket, scaled as the bucket is.
    fn bias(&self) -> u32 {
        let bias = if self.element == ElementType::F32 { (MAGIC_32 as f32).to_bits() } else { 0 };
        bias << self.entry.bytes().trailing_zeros()
    }

    /// A search as one of several columns.
    fn column(&self, record: &[u32; WORDS]) -> Column {
        let words = self.element.bytes() as usize / 4;
        Column {
            source: record[SOURCE as usize],
            buckets: record[BUCKETS as usize].wrapping_sub(self.bias()),
            table: record[THRESHOLDS as usize],
            nan_first: record[NAN_FIRST as usize],
            nan_last: record[NAN_LAST as usize],
            nan_rank: record[NAN_RANK as usize],
            half: record[HALF as usize],
            bounds: [LOW, SCALE, TOP].map(|at| record[at as usize..][..words].to_vec()),
        }
    }

    /// The record of a search over `window` thresholds, but for the planes.
    fn record(&self, e: &mut Emit<'_>, thresholds: &[f64], window: usize, padding: usize) -> [u32; WORDS] {
        let buckets = Buckets::choose(thresholds, self.element);
        let starts = buckets.starts(thresholds, self.element);
        let starts: Vec<u8> = match self.entry {
            ElementType::U16 => Data::U16(starts.iter().map(|start| *start as u16).collect()).to_le_bytes(),
            _ => Data::U32(starts.iter().map(|start| *start as u32).collect()).to_le_bytes(),
        };
        // A search may look past the last threshold: nothing passes NaN.
        let padded = thresholds.iter().copied().chain(std::iter::repeat_n(f64::NAN, padding));
        let padded = numbers(padded, self.element);
        let mut record = [0; WORDS];
        record[BUCKETS as usize] = e.data.intern(&starts, 4);
        // One before the first: a position plus a step is then the last threshold that the step skips.
        record[THRESHOLDS as usize] = e.data.intern(&padded, 8) - self.element.bytes();
        record[HALF as usize] = window as u32 / 2 * self.element.bytes();
        for (at, value) in [(LOW, buckets.low), (SCALE, buckets.scale), (TOP, buckets.top)] {
            let bytes = numbers([value].into_iter(), self.element);
            for (word, bytes) in record[at as usize..].iter_mut().zip(bytes.chunks_exact(4)) {
                *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
            }
        }
        record
    }

    fn emit(&self, e: &mut Emit<'_>, record: Local) {
        let [source, buckets, table, half, first, last, nan_rank] =
            [SOURCE, BUCKETS, THRESHOLDS, HALF, NAN_FIRST, NAN_LAST, NAN_RANK].map(|index| word(e, record, index));
        let [low, scale, top] = [LOW, SCALE, TOP].map(|index| {
            e.code.get(record);
            match self.element {
                ElementType::F32 => e.code.ops().v128_load32_splat(memarg(4 * index, 0)),
                _ => e.code.ops().v128_load64_splat(memarg(4 * index, 0)),
            };
            vector(&mut e.code)
        });
        let shift = self.entry.bytes().trailing_zeros();
        e.code.get(buckets).i32(self.bias() as i32);
        e.code.ops().i32_sub().i32x4_splat();
        let buckets = vector(&mut e.code);
        e.code.get(nan_rank);
        e.code.ops().i32x4_splat();
        let nan_rank = vector(&mut e.code);
        e.for_each_row(SEARCHES as i32, |e, row| {
            let from = e.row_address(source, row, self.element);
            let mut nans = Vec::new();
            for group in 0..SEARCHES as u32 / 4 {
                let (numbers, nan) = self.buckets_of_four(e, from, 4 * group, [low, scale, top]);
                e.code.i32(0).get(numbers).i32(shift as i32);
                e.code.ops().i32x4_shl();
                e.code.get(buckets);
                e.code.ops().i32x4_add().v128_store(memarg(e.scratch + 16 * group, 4));
                nans.push(nan);
            }
            let positions: Vec<Local> = (0..SEARCHES as u32).map(|i| self.start(e, i, table)).collect();
            let values: Vec<Local> = (0..SEARCHES as u32)
                .map(|i| {
                    let x = e.code.local(stack_type(self.element));
                    e.code.get(from);
                    e.load(self.element, i * self.element.bytes());
                    e.code.set(x);
                    x
                })
                .collect();
            self.halve(e, half, &values, &positions);
            let ranks = self.ranks(e, table);
            let to = e.row_address(first, row, self.ranks);
            self.store_ranks(e, &ranks, to);
            let ranks: Vec<Local> = ranks
                .iter()
                .zip(&nans)
                .map(|(ranks, nan)| {
                    e.code.get(nan_rank).get(*ranks).get(*nan);
                    e.code.ops().v128_bitselect();
                    vector(&mut e.code)
                })
                .collect();
            let to = e.row_address(last, row, self.ranks);
            self.store_ranks(e, &ranks, to);
        });
    }

    /// Vectors of four 32-bit lanes: the buckets of four rows (above them the magic number's bits), and where NaN is.
    fn buckets_of_four(&self, e: &mut Emit<'_>, from: Local, first: u32, bounds: [Local; 3]) -> (Local, Local) {
        let [low, scale, top] = bounds;
        let (width, magic) = self.lanes();
        let n_vectors = self.element.bytes() / 4;
        let [numbers, nans]: [Vec<Local>; 2] = {
            let mut both = [Vec::new(), Vec::new()];
            for i in 0..n_vectors {
                e.code.get(from);
                e.code.ops().v128_load(memarg(first * self.element.bytes() + 16 * i, 0));
                let x = vector(&mut e.code);
                let mut lanes = WasmLanes { code: &mut e.code, width };
                both[0].push(bucket(&mut lanes, x, low, scale, top, magic));
                both[1].push(lanes.ne(x, x));
            }
            both
        };
        (low_words(&mut e.code, &numbers), low_words(&mut e.code, &nans))
    }

    /// Where a row's search starts: the address of the last threshold known to be passed, from the entry whose address lies in the scratch.
    pub fn start(&self, e: &mut Emit<'_>, row: u32, table: Local) -> Local {
        let position = e.code.local(ValType::I32);
        e.code.get(table).i32(0);
        e.code.ops().i32_load(memarg(e.scratch + 4 * row, 2));
        e.load(self.entry, 0);
        e.code.i32(self.element.bytes().trailing_zeros() as i32);
        e.code.ops().i32_shl().i32_add();
        e.code.set(position);
        self.settle(e, row as usize, position);
        position
    }

    /// Moves every position over the thresholds that its value passes, the first step by `half` bytes.
    pub fn halve(&self, e: &mut Emit<'_>, half: Local, values: &[Local], positions: &[Local]) {
        let bytes = self.element.bytes() as i32;
        let (step, next) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.ops().block(BlockType::Empty);
        e.code.get(half).tee(step).i32(bytes);
        e.code.ops().i32_lt_u().br_if(0).loop_(BlockType::Empty);
        for (i, (x, position)) in values.iter().zip(positions).enumerate() {
            e.code.get(*position).get(step);
            e.code.ops().i32_add();
            e.code.tee(next).get(*position).get(next);
            e.load(self.element, 0);
            e.code.get(*x);
            match (self.element, self.equal_passes) {
                (ElementType::F32, true) => e.code.ops().f32_le(),
                (ElementType::F32, false) => e.code.ops().f32_lt(),
                (_, true) => e.code.ops().f64_le(),
                (_, false) => e.code.ops().f64_lt(),
            };
            e.code.ops().select();
            e.code.set(*position);
            self.settle(e, i, *position);
        }
        e.code.get(step).i32(1);
        e.code.ops().i32_shr_u();
        e.code.tee(step).i32(bytes);
        e.code.ops().i32_ge_u().br_if(0).end().end();
    }

    /// Stores a position after every step, not only the last: else Cranelift puts all selections off to the end of the
    /// loop, and their operands do not fit the registers.
    fn settle(&self, e: &mut Emit<'_>, row: usize, position: Local) {
        let at = memarg(e.scratch + 4 * row as u32, 2);
        e.code.i32(0).get(position);
        e.code.ops().i32_store(at);
    }

    /// Ranks of the positions in the scratch, four to a vector.
    fn ranks(&self, e: &mut Emit<'_>, table: Local) -> Vec<Local> {
        (0..SEARCHES as u32 / 4)
            .map(|group| {
                e.code.i32(0);
                e.code.ops().v128_load(memarg(e.scratch + 16 * group, 4));
                e.code.get(table);
                e.code.ops().i32x4_splat().i32x4_sub();
                e.code.i32(self.element.bytes().trailing_zeros() as i32);
                e.code.ops().i32x4_shr_u();
                vector(&mut e.code)
            })
            .collect()
    }

    /// Narrows the ranks to their type and stores them.
    fn store_ranks(&self, e: &mut Emit<'_>, vectors: &[Local], to: Local) {
        if self.ranks == ElementType::U32 {
            for (group, ranks) in vectors.iter().enumerate() {
                e.code.get(to).get(*ranks);
                e.code.ops().v128_store(memarg(16 * group as u32, 0));
            }
            return;
        }
        e.code.get(to).get(vectors[0]).get(vectors[1]);
        e.code.ops().i16x8_narrow_i32x4_u();
        e.code.i32(stored_rank(0, self.ranks) as i32);
        if self.ranks == ElementType::U16 {
            e.code.ops().i16x8_splat().v128_xor().v128_store(memarg(0, 0));
            return;
        }
        e.code.ops().i16x8_splat().v128_xor();
        let ranks = vector(&mut e.code);
        e.code.get(ranks).get(ranks);
        e.code.ops().i8x16_narrow_i16x8_u().v128_store64_lane(memarg(0, 0), 0);
    }
}

/// The low halves of the lanes of two vectors of 64-bit lanes; one vector of 32-bit lanes as it is.
pub fn low_words(code: &mut Code, vectors: &[Local]) -> Local {
    if let [only] = vectors {
        return *only;
    }
    code.get(vectors[0]).get(vectors[1]);
    code.ops().i8x16_shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]);
    vector(code)
}

pub fn vector(code: &mut Code) -> Local {
    let local = code.local(ValType::V128);
    code.set(local);
    local
}
