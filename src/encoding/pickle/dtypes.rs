//! NumPy element types out of a pickle: `dtype` objects, and scalar types by name.

use std::collections::HashMap;

use super::value::Value;
use super::view::View;
use crate::encoding::array::{DType, Field, Kind};
use crate::error::Result;

/// Types nest in records of records; scikit-learn's nest once.
const MAX_DEPTH: usize = 8;
/// Fields of all nested types together.
const MAX_FIELDS: usize = 4096;

impl<'a> View<'a> {
    /// A `numpy.dtype`, or a scalar type such as `numpy.float32` or `float`.
    pub fn dtype(self) -> Result<DType> {
        if let Some((module, name)) = self.global() {
            return named(module, name).ok_or_else(|| self.wrong("a dtype"));
        }
        self.dtype_within(MAX_DEPTH, &mut { MAX_FIELDS })
    }

    fn dtype_within(self, depth: usize, budget: &mut usize) -> Result<DType> {
        let (Some(("numpy", "dtype")), Some(depth)) = (self.callee(), depth.checked_sub(1)) else {
            return Err(self.wrong("a dtype"));
        };
        let args = self.args();
        let Some(&base) = args.first() else { return Err(self.wrong("a dtype")) };
        let record = matches!(base.global(), Some(("numpy", "record" | "void")));
        let named = if record { Some(DType::plain(Kind::Void, 0)) } else { base.plain_str().and_then(DType::parse) };
        let mut dtype = named.ok_or_else(|| self.error("the file has an array of a type that is not supported"))?;
        let Some(state) = self.state() else { return Ok(dtype) };
        let parts = state.items()?;
        let &[_version, order, subarray, names, fields, size, ..] = &parts[..] else {
            return Err(state.wrong("the state of a dtype"));
        };
        dtype.big_endian = matches!(order.plain_str(), Some(">"));
        if matches!(dtype.kind, Kind::Void | Kind::Text | Kind::Bytes) && !matches!(size.value(), Value::Int(-1)) {
            let size = size.plain_usize()?;
            if record {
                dtype.item_bytes = size;
            }
            if size != dtype.item_bytes {
                return Err(state.error(format!("a type of {} bytes says it has {size}", dtype.item_bytes)));
            }
        }
        if let Some(metadata) = parts.get(8) {
            dtype.unit = metadata.unit();
        }
        if !subarray.is_none() {
            dtype.subarray = Some(Box::new(subarray.inner(depth, budget, dtype.item_bytes)?));
        }
        if !names.is_none() {
            dtype.fields = names.fields(fields, depth, budget, dtype.item_bytes)?;
        }
        Ok(dtype)
    }

    /// The type and shape of an element that is an array.
    fn inner(self, depth: usize, budget: &mut usize, item_bytes: usize) -> Result<(DType, Vec<usize>)> {
        let [dtype, shape] = self.items_exactly()?;
        let dtype = dtype.dtype_within(depth, budget)?;
        let shape = match shape.value() {
            Value::Int(_) => vec![shape.plain_usize()?],
            _ => shape.shape()?,
        };
        let bytes = crate::encoding::array::byte_count(&dtype, &shape).map_err(|error| self.located(error))?;
        if bytes != item_bytes || dtype.subarray.is_some() {
            return Err(self.error(format!("an element of {item_bytes} bytes says it holds {bytes}")));
        }
        Ok((dtype, shape))
    }

    fn fields(self, fields: View<'a>, depth: usize, budget: &mut usize, item_bytes: usize) -> Result<Vec<Field>> {
        let mut all: Vec<Field> = Vec::new();
        let (names, mut by_name) = (self.items()?, HashMap::new());
        let too_many = || self.error(format!("a type has more than {MAX_FIELDS} fields"));
        *budget = budget.checked_sub(names.len()).ok_or_else(too_many)?;
        let Value::Dict(entries) = fields.value() else { return Err(fields.wrong("a dict of fields")) };
        if entries.len() != names.len() {
            return Err(fields.error("a type has other fields than it names"));
        }
        for (key, field) in entries {
            by_name.insert(fields.child(*key).plain_str().ok_or_else(|| fields.wrong("names of fields"))?, *field);
        }
        for name in names {
            let text = name.plain_str().ok_or_else(|| name.wrong("a name"))?;
            // Taken out, so that none stands there twice.
            let field =
                by_name.remove(text).ok_or_else(|| fields.error("a field of a type is missing, or is there twice"))?;
            let field = fields.child(field);
            let parts = field.items()?;
            let &[dtype, offset] = &parts[..] else { return Err(field.wrong("a type and an offset")) };
            let (dtype, offset) = (dtype.dtype_within(depth, budget)?, offset.plain_usize()?);
            if offset.checked_add(dtype.item_bytes).is_none_or(|end| end > item_bytes) {
                return Err(field.error("a field reaches past the end of its record"));
            }
            all.push(Field { name: text.to_owned(), offset, dtype });
        }
        Ok(all)
    }

    /// `(None, (b'ns', 1, 1, 1))`: the unit of times.
    fn unit(self) -> Option<String> {
        let outer = self.items().ok()?;
        let inner = outer.get(1)?.items().ok()?;
        let unit = String::from_utf8(inner.first()?.as_bytes().ok()?.into_owned()).ok()?;
        match inner.get(1)?.as_i64().ok()? {
            1 => Some(unit),
            count => Some(format!("{count}{unit}")),
        }
    }
}

/// The element type a class stands for.
fn named(module: &str, name: &str) -> Option<DType> {
    let text = match (module, name) {
        ("numpy", "bool" | "bool_") | ("builtins", "bool") => "?",
        ("numpy", "float16" | "half") => "f2",
        ("numpy", "float32" | "single") => "f4",
        ("numpy", "float64" | "double") | ("builtins", "float") => "f8",
        ("numpy", "int8" | "byte") => "i1",
        ("numpy", "int16" | "short") => "i2",
        ("numpy", "int32" | "intc") => "i4",
        ("numpy", "int64" | "int_" | "intp" | "longlong") | ("builtins", "int") => "i8",
        ("numpy", "uint8" | "ubyte") => "u1",
        ("numpy", "uint16" | "ushort") => "u2",
        ("numpy", "uint32" | "uintc") => "u4",
        ("numpy", "uint64" | "uint" | "uintp" | "ulonglong") => "u8",
        ("numpy", "object_") | ("builtins", "object") => "O",
        ("numpy", "str_") | ("builtins", "str") => "U",
        _ => return None,
    };
    DType::parse(text)
}
