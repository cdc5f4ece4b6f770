//! Elementwise arithmetic written once: the same program runs on plain numbers and emits SIMD instructions.
//!
//! A function over [`Lanes`] is an operator's definition. Interpreted with [`Scalar32`] or [`Scalar64`] it is the
//! operator's `evaluate`; recorded with [`WasmLanes`] it is the operator's `emit`. They cannot drift apart.

use wasm_encoder::ValType;

use crate::wasm::{Code, Local};

/// Operations on a vector of floating-point lanes of one width. Comparisons give masks: all bits one or all zero.
#[allow(missing_docs)]
pub trait Lanes {
    /// The lanes.
    type V: Copy;
    /// The constant in every lane, rounded to the lane's type.
    fn constant(&mut self, value: f64) -> Self::V;
    /// The bit pattern in every lane.
    fn bits(&mut self, bits: u64) -> Self::V;
    fn add(&mut self, a: Self::V, b: Self::V) -> Self::V;
    fn sub(&mut self, a: Self::V, b: Self::V) -> Self::V;
    fn mul(&mut self, a: Self::V, b: Self::V) -> Self::V;
    fn div(&mut self, a: Self::V, b: Self::V) -> Self::V;
    /// `b < a ? b : a`, as WebAssembly's pmin.
    fn pmin(&mut self, a: Self::V, b: Self::V) -> Self::V;
    /// `a < b ? b : a`, as WebAssembly's pmax.
    fn pmax(&mut self, a: Self::V, b: Self::V) -> Self::V;
    fn sqrt(&mut self, a: Self::V) -> Self::V;
    fn floor(&mut self, a: Self::V) -> Self::V;
    fn ceil(&mut self, a: Self::V) -> Self::V;
    fn trunc(&mut self, a: Self::V) -> Self::V;
    /// To the nearest integer, ties to even.
    fn nearest(&mut self, a: Self::V) -> Self::V;
    fn lt(&mut self, a: Self::V, b: Self::V) -> Self::V;
    fn le(&mut self, a: Self::V, b: Self::V) -> Self::V;
    fn eq(&mut self, a: Self::V, b: Self::V) -> Self::V;
    fn ne(&mut self, a: Self::V, b: Self::V) -> Self::V;
    fn and(&mut self, a: Self::V, b: Self::V) -> Self::V;
    fn or(&mut self, a: Self::V, b: Self::V) -> Self::V;
    fn xor(&mut self, a: Self::V, b: Self::V) -> Self::V;
    /// `mask ? a : b`, bit by bit.
    fn select(&mut self, mask: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// Integer addition of the bit patterns.
    fn int_add(&mut self, a: Self::V, b: Self::V) -> Self::V;
    /// Integer subtraction of the bit patterns.
    fn int_sub(&mut self, a: Self::V, b: Self::V) -> Self::V;
    /// The bit patterns shifted left.
    fn shl(&mut self, a: Self::V, by: u32) -> Self::V;
    /// The bit patterns shifted right, zeros coming in.
    fn shr(&mut self, a: Self::V, by: u32) -> Self::V;

    /// The sign bit alone flipped.
    fn neg(&mut self, a: Self::V) -> Self::V;
    /// The sign bit cleared.
    fn abs(&mut self, a: Self::V) -> Self::V;
}

macro_rules! scalar_lanes {
    ($name:ident, $float:ty, $bits:ty, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug, Default)]
        pub struct $name;

        impl $name {
            fn mask(condition: bool) -> $float {
                <$float>::from_bits(if condition { <$bits>::MAX } else { 0 })
            }
        }

        impl Lanes for $name {
            type V = $float;
            fn constant(&mut self, value: f64) -> $float {
                value as $float
            }
            fn bits(&mut self, bits: u64) -> $float {
                <$float>::from_bits(bits as $bits)
            }
            fn add(&mut self, a: $float, b: $float) -> $float {
                a + b
            }
            fn sub(&mut self, a: $float, b: $float) -> $float {
                a - b
            }
            fn mul(&mut self, a: $float, b: $float) -> $float {
                a * b
            }
            fn div(&mut self, a: $float, b: $float) -> $float {
                a / b
            }
            fn pmin(&mut self, a: $float, b: $float) -> $float {
                if b < a { b } else { a }
            }
            fn pmax(&mut self, a: $float, b: $float) -> $float {
                if a < b { b } else { a }
            }
            fn sqrt(&mut self, a: $float) -> $float {
                a.sqrt()
            }
            fn floor(&mut self, a: $float) -> $float {
                a.floor()
            }
            fn ceil(&mut self, a: $float) -> $float {
                a.ceil()
            }
            fn trunc(&mut self, a: $float) -> $float {
                a.trunc()
            }
            fn nearest(&mut self, a: $float) -> $float {
                a.round_ties_even()
            }
            fn lt(&mut self, a: $float, b: $float) -> $float {
                Self::mask(a < b)
            }
            fn le(&mut self, a: $float, b: $float) -> $float {
                Self::mask(a <= b)
            }
            fn eq(&mut self, a: $float, b: $float) -> $float {
                Self::mask(a == b)
            }
            fn ne(&mut self, a: $float, b: $float) -> $float {
                Self::mask(a != b)
            }
            fn and(&mut self, a: $float, b: $float) -> $float {
                <$float>::from_bits(a.to_bits() & b.to_bits())
            }
            fn or(&mut self, a: $float, b: $float) -> $float {
                <$float>::from_bits(a.to_bits() | b.to_bits())
            }
            fn xor(&mut self, a: $float, b: $float) -> $float {
                <$float>::from_bits(a.to_bits() ^ b.to_bits())
            }
            fn select(&mut self, mask: $float, a: $float, b: $float) -> $float {
                let mask = mask.to_bits();
                <$float>::from_bits((a.to_bits() & mask) | (b.to_bits() & !mask))
            }
            fn int_add(&mut self, a: $float, b: $float) -> $float {
                <$float>::from_bits(a.to_bits().wrapping_add(b.to_bits()))
            }
            fn int_sub(&mut self, a: $float, b: $float) -> $float {
                <$float>::from_bits(a.to_bits().wrapping_sub(b.to_bits()))
            }
            fn shl(&mut self, a: $float, by: u32) -> $float {
                <$float>::from_bits(a.to_bits() << by)
            }
            fn shr(&mut self, a: $float, by: u32) -> $float {
                <$float>::from_bits(a.to_bits() >> by)
            }
            fn neg(&mut self, a: $float) -> $float {
                <$float>::from_bits(a.to_bits() ^ (1 << (<$bits>::BITS - 1)))
            }
            fn abs(&mut self, a: $float) -> $float {
                <$float>::from_bits(a.to_bits() & (<$bits>::MAX >> 1))
            }
        }
    };
}

scalar_lanes!(Scalar32, f32, u32, "One single-precision lane, computed here and now.");
scalar_lanes!(Scalar64, f64, u64, "One double-precision lane, computed here and now.");

/// The width of the lanes that [`WasmLanes`] emits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneWidth {
    /// Four f32 lanes.
    F32,
    /// Two f64 lanes.
    F64,
}

/// Records the program as SIMD instructions; every result goes to a fresh v128 local.
#[derive(Debug)]
pub struct WasmLanes<'c> {
    /// The function under construction.
    pub code: &'c mut Code,
    /// The lanes' type.
    pub width: LaneWidth,
}

impl WasmLanes<'_> {
    fn result(&mut self) -> Local {
        let local = self.code.local(ValType::V128);
        self.code.set(local);
        local
    }
}

/// A method that pushes its operands, emits one of two instructions, and stores the result.
macro_rules! emit_lanes {
    ($($name:ident($($operand:ident),+): $f32:ident, $f64:ident;)*) => {
        $(fn $name(&mut self, $($operand: Local),+) -> Local {
            $(self.code.get($operand);)+
            match self.width {
                LaneWidth::F32 => self.code.ops().$f32(),
                LaneWidth::F64 => self.code.ops().$f64(),
            };
            self.result()
        })*
    };
}

impl Lanes for WasmLanes<'_> {
    type V = Local;

    fn constant(&mut self, value: f64) -> Local {
        match self.width {
            LaneWidth::F32 => self.bits(u64::from((value as f32).to_bits())),
            LaneWidth::F64 => self.bits(value.to_bits()),
        }
    }

    fn bits(&mut self, bits: u64) -> Local {
        let lanes = match self.width {
            LaneWidth::F32 => u128::from(bits as u32) * 0x0000_0001_0000_0001_0000_0001_0000_0001,
            LaneWidth::F64 => u128::from(bits) << 64 | u128::from(bits),
        };
        self.code.ops().v128_const(lanes as i128);
        self.result()
    }

    emit_lanes! {
        add(a, b): f32x4_add, f64x2_add;
        sub(a, b): f32x4_sub, f64x2_sub;
        mul(a, b): f32x4_mul, f64x2_mul;
        div(a, b): f32x4_div, f64x2_div;
        pmin(a, b): f32x4_pmin, f64x2_pmin;
        pmax(a, b): f32x4_pmax, f64x2_pmax;
        sqrt(a): f32x4_sqrt, f64x2_sqrt;
        floor(a): f32x4_floor, f64x2_floor;
        ceil(a): f32x4_ceil, f64x2_ceil;
        trunc(a): f32x4_trunc, f64x2_trunc;
        nearest(a): f32x4_nearest, f64x2_nearest;
        neg(a): f32x4_neg, f64x2_neg;
        abs(a): f32x4_abs, f64x2_abs;
        lt(a, b): f32x4_lt, f64x2_lt;
        le(a, b): f32x4_le, f64x2_le;
        eq(a, b): f32x4_eq, f64x2_eq;
        ne(a, b): f32x4_ne, f64x2_ne;
        and(a, b): v128_and, v128_and;
        or(a, b): v128_or, v128_or;
        xor(a, b): v128_xor, v128_xor;
        int_add(a, b): i32x4_add, i64x2_add;
        int_sub(a, b): i32x4_sub, i64x2_sub;
    }

    fn select(&mut self, mask: Local, a: Local, b: Local) -> Local {
        self.code.get(a).get(b).get(mask);
        self.code.ops().v128_bitselect();
        self.result()
    }

    fn shl(&mut self, a: Local, by: u32) -> Local {
        self.code.get(a).i32(by as i32);
        match self.width {
            LaneWidth::F32 => self.code.ops().i32x4_shl(),
            LaneWidth::F64 => self.code.ops().i64x2_shl(),
        };
        self.result()
    }

    fn shr(&mut self, a: Local, by: u32) -> Local {
        self.code.get(a).i32(by as i32);
        match self.width {
            LaneWidth::F32 => self.code.ops().i32x4_shr_u(),
            LaneWidth::F64 => self.code.ops().i64x2_shr_u(),
        };
        self.result()
    }
}
