//! One function under construction: locals on demand and structured loops.

use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, ValType};

/// A parameter or local of the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local(pub u32);

/// Where a counting loop ends.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// Before this constant.
    Const(i32),
    /// Before the value of this local.
    Local(Local),
}

/// The body of one function.
#[derive(Debug)]
pub struct Code {
    bytes: Vec<u8>,
    params: u32,
    locals: Vec<ValType>,
}

/// A memory argument at a constant address; `align` is the power of two promised (0 promises nothing).
pub fn memarg(address: u32, align: u32) -> MemArg {
    MemArg { offset: u64::from(address), align, memory_index: 0 }
}

impl Code {
    /// A body whose function takes `params` parameters.
    pub fn new(params: u32) -> Self {
        Code { bytes: Vec::new(), params, locals: Vec::new() }
    }

    /// The parameter with this index.
    pub fn param(&self, index: u32) -> Local {
        debug_assert!(index < self.params);
        Local(index)
    }

    /// A fresh local, zero at entry.
    pub fn local(&mut self, ty: ValType) -> Local {
        self.locals.push(ty);
        Local(self.params + self.locals.len() as u32 - 1)
    }

    /// The raw instructions.
    pub fn ops(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.bytes)
    }

    /// Pushes a local.
    pub fn get(&mut self, local: Local) -> &mut Self {
        self.ops().local_get(local.0);
        self
    }

    /// Pops into a local.
    pub fn set(&mut self, local: Local) -> &mut Self {
        self.ops().local_set(local.0);
        self
    }

    /// Pops into a local and leaves the value.
    pub fn tee(&mut self, local: Local) -> &mut Self {
        self.ops().local_tee(local.0);
        self
    }

    /// Pushes an i32.
    pub fn i32(&mut self, value: i32) -> &mut Self {
        self.ops().i32_const(value);
        self
    }

    /// `local += step`.
    pub fn advance(&mut self, local: Local, step: i32) -> &mut Self {
        self.get(local).i32(step);
        self.ops().i32_add();
        self.set(local)
    }

    fn push_bound(&mut self, bound: Bound) {
        match bound {
            Bound::Const(value) => self.i32(value),
            Bound::Local(local) => self.get(local),
        };
    }

    /// Counts `var` from `start` up in steps of `step` while it is below `end` (signed).
    pub fn count(&mut self, var: Local, start: i32, end: Bound, step: i32, body: impl FnOnce(&mut Self)) {
        self.i32(start).set(var);
        self.continue_count(var, end, step, body);
    }

    /// [`Code::count`] from the present value of `var`.
    pub fn continue_count(&mut self, var: Local, end: Bound, step: i32, body: impl FnOnce(&mut Self)) {
        self.ops().block(BlockType::Empty);
        self.get(var);
        self.push_bound(end);
        self.ops().i32_ge_s().br_if(0);
        self.ops().loop_(BlockType::Empty);
        body(self);
        self.advance(var, step).get(var);
        self.push_bound(end);
        self.ops().i32_lt_s().br_if(0).end().end();
    }

    /// Runs `body` again while it leaves a non-zero i32 on the stack.
    pub fn repeat_while(&mut self, body: impl FnOnce(&mut Self)) {
        self.ops().loop_(BlockType::Empty);
        body(self);
        self.ops().br_if(0).end();
    }

    /// Pops an i32 and runs `then` when it is not zero.
    pub fn when(&mut self, then: impl FnOnce(&mut Self)) {
        self.ops().if_(BlockType::Empty);
        then(self);
        self.ops().end();
    }

    /// Pops an i32 and runs one of the two.
    pub fn either(&mut self, then: impl FnOnce(&mut Self), otherwise: impl FnOnce(&mut Self)) {
        self.ops().if_(BlockType::Empty);
        then(self);
        self.ops().else_();
        otherwise(self);
        self.ops().end();
    }

    /// Ends the body.
    pub fn finish(mut self) -> Function {
        self.ops().end();
        let mut groups: Vec<(u32, ValType)> = Vec::new();
        for ty in &self.locals {
            match groups.last_mut() {
                Some((count, last)) if last == ty => *count += 1,
                _ => groups.push((1, *ty)),
            }
        }
        let mut function = Function::new(groups);
        function.raw(self.bytes);
        function
    }
}
