//! A partial sort of positions by their numbers, as NumPy's `argpartition` does it without vector instructions.
//!
//! Which of equal numbers end up before the border is decided by its exchanges, so they are repeated here one by one.
//! NumPy's way out of many exchanges without progress, a better pivot, is not.

use crate::ops::emit::Emit;
use crate::tensor::ElementType;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// Up to this position the least are found one after the other.
const MOST_ROUNDS: usize = 3;

/// NumPy's order of floats: NaN behind all numbers.
fn less(a: f64, b: f64) -> bool {
    a < b || (b.is_nan() && !a.is_nan())
}

/// Puts the positions in an order in which the one at `border` is where sorting would put it.
pub fn partition(values: &[f64], order: &mut [u32], border: usize) {
    let at = |order: &[u32], i: usize| values[order[i] as usize];
    let last = order.len() - 1;
    if border < MOST_ROUNDS {
        for i in 0..=border {
            let least = (i + 1..=last).fold(i, |least, k| if less(at(order, k), at(order, least)) { k } else { least });
            order.swap(i, least);
        }
        return;
    }
    if border == last {
        let most = (1..=last).fold(0, |most, k| if less(at(order, k), at(order, most)) { most } else { k });
        order.swap(border, most);
        return;
    }
    let (mut low, mut high) = (0, last);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        for (a, b) in [(high, middle), (high, low), (low, middle)] {
            if less(at(order, a), at(order, b)) {
                order.swap(a, b);
            }
        }
        order.swap(middle, low + 1);
        let pivot = at(order, low);
        let (mut left, mut right) = (low + 1, high);
        loop {
            left += 1;
            while less(at(order, left), pivot) {
                left += 1;
            }
            right -= 1;
            while less(pivot, at(order, right)) {
                right -= 1;
            }
            if right < left {
                break;
            }
            order.swap(left, right);
        }
        order.swap(low, right);
        if right >= border {
            high = right - 1;
        }
        if right <= border {
            low = left;
        }
    }
    if high == low + 1 && less(at(order, high), at(order, low)) {
        order.swap(high, low);
    }
}

/// Sorts positions by insertion: equal numbers keep their order.
pub fn insert(values: &[f64], order: &mut [u32]) {
    for i in 1..order.len() {
        let mut place = i;
        while place > 0 && less(values[order[place] as usize], values[order[place - 1] as usize]) {
            order.swap(place, place - 1);
            place -= 1;
        }
    }
}

/// The emission of the same partial sort over positions in memory.
#[derive(Debug, Clone, Copy)]
pub struct Selection {
    /// The address of the order: a u32 for each position.
    pub order: u32,
    /// A local with the address of the number at position 0.
    pub values: Local,
    /// Bytes from one number to the next.
    pub step: u32,
    /// How many positions are sorted.
    pub count: usize,
}

impl Selection {
    /// Puts the positions in an order in which the one at `border` is where sorting would put it.
    pub fn emit(self, e: &mut Emit<'_>, border: usize) {
        let (last, border) = ((self.count - 1) as i32, border as i32);
        if border < MOST_ROUNDS as i32 {
            return self.rounds(e, border, last);
        }
        if border == last {
            let (most, at_border) = (e.code.local(ValType::I32), e.code.local(ValType::I32));
            e.code.i32(0).set(most).i32(border).set(at_border);
            let k = e.code.local(ValType::I32);
            e.code.i32(1).set(k);
            e.code.ops().loop_(BlockType::Empty);
            self.less(e, k, most);
            e.code.ops().i32_eqz().if_(BlockType::Empty);
            e.code.get(k).set(most);
            e.code.ops().end();
            e.code.advance(k, 1).get(k).i32(last);
            e.code.ops().i32_le_s().br_if(0).end();
            return self.swap(e, at_border, most);
        }
        self.exchanges(e, border, last);
    }

    /// Sorts the first `count` positions by insertion.
    pub fn insert(self, e: &mut Emit<'_>, count: usize) {
        let [i, place, before] = std::array::from_fn(|_| e.code.local(ValType::I32));
        e.code.i32(0).set(i);
        e.code.ops().loop_(BlockType::Empty);
        e.code.get(i).set(place);
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(place);
        e.code.ops().i32_eqz().br_if(1);
        e.code.get(place).i32(1);
        e.code.ops().i32_sub();
        e.code.set(before);
        self.less(e, place, before);
        e.code.ops().i32_eqz().br_if(1);
        self.swap(e, place, before);
        e.code.get(before).set(place);
        e.code.ops().br(0).end().end();
        e.code.advance(i, 1).get(i).i32(count as i32);
        e.code.ops().i32_lt_s().br_if(0).end();
    }

    /// Pushes the number at a place of the order.
    pub fn value(self, e: &mut Emit<'_>, place: Local) {
        e.code.get(self.values);
        self.position(e, place);
        e.code.i32(self.step as i32);
        e.code.ops().i32_mul().i32_add();
        e.load(ElementType::F64, 0);
    }

    /// Pushes the position at a place of the order.
    pub fn position(self, e: &mut Emit<'_>, place: Local) {
        e.code.get(place).i32(2);
        e.code.ops().i32_shl();
        e.load(ElementType::U32, self.order);
    }

    fn rounds(self, e: &mut Emit<'_>, border: i32, last: i32) {
        let (i, k, least) = (e.code.local(ValType::I32), e.code.local(ValType::I32), e.code.local(ValType::I32));
        e.code.i32(0).set(i);
        e.code.ops().loop_(BlockType::Empty);
        e.code.get(i).tee(least).set(k);
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.advance(k, 1).get(k).i32(last);
        e.code.ops().i32_gt_s().br_if(1);
        self.less(e, k, least);
        e.code.ops().if_(BlockType::Empty);
        e.code.get(k).set(least);
        e.code.ops().end().br(0).end().end();
        self.swap(e, i, least);
        e.code.advance(i, 1).get(i).i32(border);
        e.code.ops().i32_le_s().br_if(0).end();
    }

    fn exchanges(self, e: &mut Emit<'_>, border: i32, last: i32) {
        let [low, high, middle, second, left, right] = std::array::from_fn(|_| e.code.local(ValType::I32));
        let pivot = e.code.local(ValType::F64);
        e.code.i32(0).set(low).i32(last).set(high);
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        e.code.get(low).i32(1);
        e.code.ops().i32_add();
        e.code.tee(second).get(high);
        e.code.ops().i32_ge_s().br_if(1);
        e.code.get(high).get(low);
        e.code.ops().i32_sub().i32_const(1).i32_shr_u();
        e.code.get(low);
        e.code.ops().i32_add();
        e.code.set(middle);
        for (a, b) in [(high, middle), (high, low), (low, middle)] {
            self.less(e, a, b);
            e.code.ops().if_(BlockType::Empty);
            self.swap(e, a, b);
            e.code.ops().end();
        }
        self.swap(e, middle, second);
        self.value(e, low);
        e.code.set(pivot).get(second).set(left).get(high).set(right);
        self.part(e, pivot, left, right);
        self.swap(e, low, right);
        e.code.get(right).i32(border);
        e.code.ops().i32_ge_s().if_(BlockType::Empty);
        e.code.get(right).i32(1);
        e.code.ops().i32_sub();
        e.code.set(high);
        e.code.ops().end();
        e.code.get(right).i32(border);
        e.code.ops().i32_le_s().if_(BlockType::Empty);
        e.code.get(left).set(low);
        e.code.ops().end().br(0).end().end();
        // Two are left at most, and `second` is behind the first.
        e.code.get(high).get(second);
        e.code.ops().i32_eq().if_(BlockType::Empty);
        self.less(e, high, low);
        e.code.ops().if_(BlockType::Empty);
        self.swap(e, high, low);
        e.code.ops().end().end();
    }

    /// Exchanges what stands on the wrong side of the pivot, from both ends to the middle.
    fn part(self, e: &mut Emit<'_>, pivot: Local, left: Local, right: Local) {
        e.code.ops().block(BlockType::Empty).loop_(BlockType::Empty);
        for (place, step) in [(left, 1), (right, -1)] {
            e.code.ops().loop_(BlockType::Empty);
            e.code.advance(place, step);
            let value = e.code.local(ValType::F64);
            self.value(e, place);
            e.code.set(value);
            match step {
                1 => less_emitted(e, value, pivot),
                _ => less_emitted(e, pivot, value),
            }
            e.code.ops().br_if(0).end();
        }
        e.code.get(right).get(left);
        e.code.ops().i32_lt_s().br_if(1);
        self.swap(e, left, right);
        e.code.ops().br(0).end().end();
    }

    /// Pushes whether the number at place `a` is less than the one at `b`.
    fn less(self, e: &mut Emit<'_>, a: Local, b: Local) {
        let values = [a, b].map(|place| {
            let value = e.code.local(ValType::F64);
            self.value(e, place);
            e.code.set(value);
            value
        });
        less_emitted(e, values[0], values[1]);
    }

    fn swap(self, e: &mut Emit<'_>, a: Local, b: Local) {
        let [from_a, from_b] = [a, b].map(|place| {
            let position = e.code.local(ValType::I32);
            self.position(e, place);
            e.code.set(position);
            position
        });
        for (place, position) in [(a, from_b), (b, from_a)] {
            e.code.get(place).i32(2);
            e.code.ops().i32_shl();
            e.code.get(position);
            e.code.ops().i32_store(memarg(self.order, 2));
        }
    }
}

fn less_emitted(e: &mut Emit<'_>, a: Local, b: Local) {
    e.code.get(a).get(b);
    e.code.ops().f64_lt();
    e.code.get(b).get(b);
    e.code.ops().f64_ne();
    e.code.get(a).get(a);
    e.code.ops().f64_eq().i32_and().i32_or();
}
