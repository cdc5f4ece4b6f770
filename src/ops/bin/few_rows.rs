//! A few rows' ranks: eight columns of one row at once, where a block has eight rows of one column.

use super::stored_rank;
use super::thresholds::{Search, low_words, vector};
use crate::ops::emit::{Emit, stack_type};
use crate::ops::lanes::{Lanes, WasmLanes};
use crate::ops::records::{Records, word};
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};

/// Columns searched at once.
pub const COLUMNS: usize = 8;
/// From this many rows on, eight rows of a column at once are faster.
pub const FEW_ROWS: i32 = 5;
/// Columns whose searches take more halvings than this leads to are not searched with others: all take as many.
pub const MOST_WINDOW: usize = 256;

/// Where a group's words stand: of each kind one for every column, of the last three as many as a number has.
const SOURCES: u32 = 0;
const BUCKETS: u32 = 8;
const TABLES: u32 = 16;
const NAN_FIRSTS: u32 = 24;
const NAN_LASTS: u32 = 32;
const NAN_RANKS: u32 = 40;
const HALF: u32 = 48;
const BOUNDS: u32 = 52;
/// Words of a group's record, at most.
const WORDS: usize = BOUNDS as usize + 3 * 2 * COLUMNS;

/// One column's part of a group.
#[derive(Debug)]
pub struct Column {
    /// The plane of the feature.
    pub source: u32,
    /// The entry of bucket 0, where the bucket comes with the magic number's bits above it.
    pub buckets: u32,
    /// One before the first threshold.
    pub table: u32,
    /// The rank plane where NaN ranks first.
    pub nan_first: u32,
    /// The rank plane where NaN ranks last.
    pub nan_last: u32,
    /// The rank of NaN there.
    pub nan_rank: u32,
    /// The first step, in bytes.
    pub half: u32,
    /// How values map to buckets, each as the words of a number.
    pub bounds: [Vec<u32>; 3],
}

/// The records of groups of columns; where the last has fewer, its last column is searched again.
fn groups(columns: &[Column]) -> Records<WORDS> {
    let mut records = Records::default();
    for group in columns.chunks(COLUMNS) {
        let mut record = [0; WORDS];
        for i in 0..COLUMNS {
            let column = &group[i.min(group.len() - 1)];
            let words =
                [column.source, column.buckets, column.table, column.nan_first, column.nan_last, column.nan_rank];
            for (kind, word) in words.into_iter().enumerate() {
                record[kind * COLUMNS + i] = word;
            }
            for (kind, bound) in column.bounds.iter().enumerate() {
                let at = BOUNDS as usize + (kind * COLUMNS + i) * bound.len();
                record[at..at + bound.len()].copy_from_slice(bound);
            }
        }
        record[HALF as usize] = group.iter().map(|column| column.half).max().unwrap_or(0);
        records.push(record);
    }
    records
}

/// Emits the search of all columns, one row after the other.
pub fn emit(search: &Search, e: &mut Emit<'_>, columns: &[Column]) {
    groups(columns).for_each(e, |e, group| {
        let half = word(e, group, HALF);
        e.for_each_row(1, |e, row| {
            let values = search.values(e, group, row);
            let nans = search.store_entries(e, group);
            let positions: Vec<Local> = (0..COLUMNS as u32)
                .map(|i| {
                    let table = word(e, group, TABLES + i);
                    search.start(e, i, table)
                })
                .collect();
            search.halve(e, half, &values, &positions);
            search.store_ranks_of_columns(e, group, row, &nans);
        });
    });
}

impl Search {
    /// Bytes of scratch that hold the row's numbers, behind those of positions.
    fn numbers_at(&self, e: &Emit<'_>) -> u32 {
        e.scratch + 4 * COLUMNS as u32
    }

    /// The row's numbers, which also stand in the scratch, side by side.
    fn values(&self, e: &mut Emit<'_>, group: Local, row: Local) -> Vec<Local> {
        let at = self.numbers_at(e);
        (0..COLUMNS as u32)
            .map(|i| {
                let source = word(e, group, SOURCES + i);
                let from = e.row_address(source, row, self.element);
                let x = e.code.local(stack_type(self.element));
                e.code.get(from);
                e.load(self.element, 0);
                e.code.set(x).i32(0).get(x);
                e.store(self.element, at + i * self.element.bytes());
                x
            })
            .collect()
    }

    /// Stores the address of every column's entry, and tells which numbers are NaN: vectors of four 32-bit lanes.
    fn store_entries(&self, e: &mut Emit<'_>, group: Local) -> Vec<Local> {
        let (width, magic) = self.lanes();
        let (per_vector, numbers_at) = (16 / self.element.bytes(), self.numbers_at(e));
        let [numbers, nans]: [Vec<Local>; 2] = {
            let mut both = [Vec::new(), Vec::new()];
            for i in 0..COLUMNS as u32 / per_vector {
                e.code.i32(0);
                e.code.ops().v128_load(memarg(numbers_at + 16 * i, 0));
                let x = vector(&mut e.code);
                let [low, scale, top] = [0, 1, 2].map(|kind| {
                    e.code.get(group);
                    let words = BOUNDS * 4 + kind * COLUMNS as u32 * self.element.bytes();
                    e.code.ops().v128_load(memarg(words + 16 * i, 0));
                    vector(&mut e.code)
                });
                let mut lanes = WasmLanes { code: &mut e.code, width };
                both[0].push(super::thresholds::bucket(&mut lanes, x, low, scale, top, magic));
                both[1].push(lanes.ne(x, x));
            }
            both
        };
        let vectors_of_four = numbers.len() * 4 / COLUMNS;
        for (i, numbers) in numbers.chunks(vectors_of_four).enumerate() {
            let numbers = low_words(&mut e.code, numbers);
            e.code.i32(0).get(numbers).i32(self.entry.bytes().trailing_zeros() as i32);
            e.code.ops().i32x4_shl();
            e.code.get(group);
            e.code.ops().v128_load(memarg(4 * BUCKETS + 16 * i as u32, 0)).i32x4_add();
            e.code.ops().v128_store(memarg(e.scratch + 16 * i as u32, 4));
        }
        nans.chunks(vectors_of_four).map(|nans| low_words(&mut e.code, nans)).collect()
    }

    /// Ranks of the positions in the scratch, each to its columns' planes.
    fn store_ranks_of_columns(&self, e: &mut Emit<'_>, group: Local, row: Local, nans: &[Local]) {
        for (four, nan) in nans.iter().enumerate() {
            let load = |e: &mut Emit<'_>, words: u32| {
                e.code.get(group);
                e.code.ops().v128_load(memarg(4 * words + 16 * four as u32, 0));
            };
            e.code.i32(0);
            e.code.ops().v128_load(memarg(e.scratch + 16 * four as u32, 4));
            load(e, TABLES);
            e.code.ops().i32x4_sub();
            e.code.i32(self.element.bytes().trailing_zeros() as i32);
            e.code.ops().i32x4_shr_u();
            let first = vector(&mut e.code);
            load(e, NAN_RANKS);
            e.code.get(first).get(*nan);
            e.code.ops().v128_bitselect();
            let last = vector(&mut e.code);
            for (planes, ranks) in [(NAN_FIRSTS, first), (NAN_LASTS, last)] {
                e.code.get(ranks).i32(stored_rank(0, self.ranks) as i32);
                e.code.ops().i32x4_splat().v128_xor();
                e.code.set(ranks);
                for lane in 0..4u8 {
                    let plane = word(e, group, planes + 4 * four as u32 + u32::from(lane));
                    let to = e.row_address(plane, row, self.ranks);
                    e.code.get(to).get(ranks);
                    let at = memarg(0, 0);
                    match self.ranks {
                        ElementType::U8 => e.code.ops().v128_store8_lane(at, 4 * lane),
                        ElementType::U16 => e.code.ops().v128_store16_lane(at, 2 * lane),
                        _ => e.code.ops().v128_store32_lane(at, lane),
                    };
                }
            }
        }
    }
}
