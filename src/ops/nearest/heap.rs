//! The nearest points so far: a heap of fixed size with the farthest of them on top.
//!
//! Which of equally distant points stay depends on the heap's own movements, so they are those of the frameworks: a new
//! point enters only if it is nearer than the top, takes its place and sinks below the larger child, the left of equals.

use crate::ops::emit::Emit;
use crate::tensor::ElementType;
use crate::wasm::{Bound, Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Bytes of an entry: the distance as f64, the position as u32, padding.
pub const ENTRY_BYTES: u32 = 16;
/// Where the position stands in an entry.
const POSITION_AT: u32 = 8;
/// Up to this size the entries are sorted by insertion, as the frameworks do; of equals the order in the heap stays.
const MOST_INSERTIONS: usize = 15;

/// One entry: a distance and a position.
pub type Entry = (f64, u32);

/// A heap that holds the first point, `farthest` away, everywhere.
pub fn empty(size: usize, farthest: f64) -> Vec<Entry> {
    vec![(farthest, 0); size]
}

/// Enters a point if it is nearer than the top.
pub fn push(heap: &mut [Entry], value: f64, position: u32) {
    if heap.first().is_none_or(|top| value >= top.0 || value.is_nan()) {
        return;
    }
    sink(heap, (value, position));
}

/// Puts an entry in the place of the top and lets it sink.
fn sink(heap: &mut [Entry], entry: Entry) {
    let mut at = 0;
    while 2 * at + 1 < heap.len() {
        let (left, right) = (2 * at + 1, 2 * at + 2);
        let larger = if right < heap.len() && heap[left].0 < heap[right].0 { right } else { left };
        if heap[larger].0 <= entry.0 {
            break;
        }
        heap[at] = heap[larger];
        at = larger;
    }
    heap[at] = entry;
}

/// Orders the entries from the nearest to the farthest.
pub fn sort(heap: &mut [Entry]) {
    if heap.len() <= MOST_INSERTIONS {
        for i in 1..heap.len() {
            let entry = heap[i];
            let mut at = i;
            while at > 0 && heap[at - 1].0 > entry.0 {
                heap[at] = heap[at - 1];
                at -= 1;
            }
            heap[at] = entry;
        }
        return;
    }
    for size in (1..heap.len()).rev() {
        let (top, last) = (heap[0], heap[size]);
        sink(&mut heap[..size], last);
        heap[size] = top;
    }
}

/// The emission of the same heap in memory.
#[derive(Debug, Clone, Copy)]
pub struct Heap {
    /// The address of the top.
    pub address: Local,
    /// The number of entries.
    pub size: usize,
    /// The distance of what stands in it at first.
    pub farthest: f64,
}

impl Heap {
    /// Makes it empty.
    pub fn clear(self, e: &mut Emit<'_>) {
        let (entry, end) = (e.code.local(ValType::I32), self.end(e));
        e.code.get(self.address).set(entry);
        e.code.continue_count(entry, Bound::Local(end), ENTRY_BYTES as i32, |code| {
            code.get(entry);
            code.ops().f64_const(self.farthest.into()).f64_store(memarg(0, 3));
            code.get(entry).i32(0);
            code.ops().i32_store(memarg(POSITION_AT, 2));
        });
    }

    /// Pushes the distance on top.
    pub fn top(self, e: &mut Emit<'_>) {
        e.code.get(self.address);
        e.load(ElementType::F64, 0);
    }

    /// Enters a point that is known to be nearer than the top.
    pub fn push(self, e: &mut Emit<'_>, value: Local, position: Local) {
        let end = self.end(e);
        sink_emitted(e, self.address, end, value, position);
    }

    /// Orders the entries from the nearest to the farthest.
    pub fn sort(self, e: &mut Emit<'_>) {
        match self.size {
            0 | 1 => {}
            2..=MOST_INSERTIONS => self.insertions(e),
            _ => self.extractions(e),
        }
    }

    fn end(self, e: &mut Emit<'_>) -> Local {
        let end = e.code.local(ValType::I32);
        e.code.get(self.address).i32((self.size as u32 * ENTRY_BYTES) as i32);
        e.code.ops().i32_add();
        e.code.set(end);
        end
    }

    fn insertions(self, e: &mut Emit<'_>) {
        let end = self.end(e);
        insert_between(e, self.address, end);
    }

    fn extractions(self, e: &mut Emit<'_>) {
        let last = self.end(e);
        e.code.advance(last, -(ENTRY_BYTES as i32));
        e.code.ops().loop_(BlockType::Empty);
        let (top, top_position) = load_entry(e, self.address);
        let (value, position) = load_entry(e, last);
        sink_emitted(e, self.address, last, value, position);
        store_entry(e, last, top, top_position);
        e.code.advance(last, -(ENTRY_BYTES as i32)).get(last).get(self.address);
        e.code.ops().i32_gt_u().br_if(0).end();
    }
}

/// Sorts the entries between two addresses, two at least, by insertion: of equals the order stays.
pub fn insert_between(e: &mut Emit<'_>, start: Local, end: Local) {
    let (entry, at) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
    let before = e.code.local(ValType::I32);
    e.code.get(start).i32(ENTRY_BYTES as i32);
    e.code.ops().i32_add();
    e.code.set(entry);
    e.code.ops().loop_(BlockType::Empty);
    let (value, position) = load_entry(e, entry);
    e.code.get(entry).set(at);
    e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
    e.code.get(at).get(start);
    e.code.ops().i32_eq().br_if(1);
    e.code.get(at).i32(ENTRY_BYTES as i32);
    e.code.ops().i32_sub();
    e.code.tee(before);
    e.load(ElementType::F64, 0);
    e.code.get(value);
    e.code.ops().f64_gt().i32_eqz().br_if(1);
    copy_entry(e, before, at);
    e.code.get(before).set(at);
    e.code.ops().br(0).end().end();
    store_entry(e, at, value, position);
    e.code.advance(entry, ENTRY_BYTES as i32).get(entry).get(end);
    e.code.ops().i32_lt_u().br_if(0).end();
}

/// `sink` between the addresses `top` and `end`.
fn sink_emitted(e: &mut Emit<'_>, top: Local, end: Local, value: Local, position: Local) {
    let (at, child, right) = (e.code.local(ValType::I32), e.code.local(ValType::I32), e.code.local(ValType::I32));
    let larger = e.code.local(ValType::F64);
    e.code.get(top).set(at);
    e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
    // Entries of 16 bytes: the left child's address is 2 * at - top + 16.
    e.code.get(at).get(at);
    e.code.ops().i32_add();
    e.code.get(top);
    e.code.ops().i32_sub().i32_const(ENTRY_BYTES as i32).i32_add();
    e.code.tee(child).get(end);
    e.code.ops().i32_ge_u().br_if(1);
    e.code.get(child).i32(ENTRY_BYTES as i32);
    e.code.ops().i32_add();
    e.code.tee(right).get(end);
    e.code.ops().i32_lt_u().if_(BlockType::Empty);
    e.code.get(right).get(child).get(child);
    e.load(ElementType::F64, 0);
    e.code.get(right);
    e.load(ElementType::F64, 0);
    e.code.ops().f64_lt().select();
    e.code.set(child);
    e.code.ops().end();
    e.code.get(child);
    e.load(ElementType::F64, 0);
    e.code.tee(larger).get(value);
    e.code.ops().f64_le().br_if(1);
    copy_entry(e, child, at);
    e.code.get(child).set(at);
    e.code.ops().br(0).end().end();
    store_entry(e, at, value, position);
}

/// Locals holding the distance and position of the entry at an address.
pub fn load_entry(e: &mut Emit<'_>, entry: Local) -> (Local, Local) {
    let (value, position) = (e.code.local(ValType::F64), e.code.local(ValType::I32));
    e.code.get(entry);
    e.load(ElementType::F64, 0);
    e.code.set(value).get(entry);
    e.load(ElementType::U32, POSITION_AT);
    e.code.set(position);
    (value, position)
}

/// Stores a distance and a position at the address of an entry.
pub fn store_entry(e: &mut Emit<'_>, entry: Local, value: Local, position: Local) {
    e.code.get(entry).get(value);
    e.store(ElementType::F64, 0);
    e.code.get(entry).get(position);
    e.store(ElementType::U32, POSITION_AT);
}

fn copy_entry(e: &mut Emit<'_>, from: Local, to: Local) {
    e.code.get(to).get(from);
    e.code.ops().v128_load(memarg(0, 0)).v128_store(memarg(0, 0));
}
