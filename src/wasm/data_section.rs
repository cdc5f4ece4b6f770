//! A module taken apart into its shell and its constant data, and put together again to the same bytes.
//!
//! Two models of equal shape compile to modules that differ in their constants only: the shell, which is
//! everything else, is then one, and each model is its data section.

use wasmparser::{BinaryReader, DataKind, DataSectionReader, Operator};

/// The eight bytes before the first section.
const PREAMBLE_BYTES: usize = 8;
/// The section of functions' bodies, after which the data stand.
const CODE_SECTION: u8 = 10;
/// The section of constant data.
const DATA_SECTION: u8 = 11;

/// A section: its kind, and where it begins and ends with its header.
struct Section {
    kind: u8,
    start: usize,
    end: usize,
}

/// The sections of a module, in their order; none where its bytes are no sections.
fn sections(wasm: &[u8]) -> Option<Vec<Section>> {
    let mut sections = Vec::new();
    let mut start = PREAMBLE_BYTES;
    while start < wasm.len() {
        let (content, size) = size_after(wasm, start.checked_add(1)?)?;
        let end = content.checked_add(size).filter(|end| *end <= wasm.len())?;
        sections.push(Section { kind: *wasm.get(start)?, start, end });
        start = end;
    }
    Some(sections)
}

/// An unsigned LEB128 number of 32 bits, and where it ends.
fn size_after(wasm: &[u8], start: usize) -> Option<(usize, usize)> {
    let mut reader = BinaryReader::new(wasm.get(start..)?, 0);
    let size = reader.read_var_u32().ok()?;
    Some((start.checked_add(reader.current_position())?, usize::try_from(size).ok()?))
}

/// The module without its data section, and that section with its header. None where the two would not give the same
/// bytes again: the module is then kept whole.
pub fn take_apart(wasm: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let sections = sections(wasm)?;
    let data = sections.iter().find(|section| section.kind == DATA_SECTION)?;
    let shell = [wasm.get(..data.start)?, wasm.get(data.end..)?].concat();
    let data = wasm.get(data.start..data.end)?.to_vec();
    (put_together(&shell, &data).as_deref() == Some(wasm)).then_some((shell, data))
}

/// The module of which these are the parts; none where the shell has no code or has data already.
pub fn put_together(shell: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let sections = sections(shell)?;
    if sections.iter().any(|section| section.kind == DATA_SECTION) || data.first() != Some(&DATA_SECTION) {
        return None;
    }
    let end = sections.iter().find(|section| section.kind == CODE_SECTION)?.end;
    Some([shell.get(..end)?, data, shell.get(end..)?].concat())
}

/// What a data section writes into memory, and where; none where that is not told by constants.
pub fn segments(data: &[u8]) -> Option<Vec<(u32, &[u8])>> {
    let (content, size) = size_after(data, 1)?;
    let content = data.get(content..).filter(|content| content.len() == size)?;
    let reader = DataSectionReader::new(BinaryReader::new(content, 0)).ok()?;
    let segment = |segment: wasmparser::Result<wasmparser::Data<'_>>| {
        let segment = segment.ok()?;
        let DataKind::Active { memory_index: 0, offset_expr } = segment.kind else { return None };
        let mut operators = offset_expr.get_operators_reader();
        let Ok(Operator::I32Const { value }) = operators.read() else { return None };
        let start = segment.range.end.checked_sub(segment.data.len())?;
        Some((value.cast_unsigned(), content.get(start..segment.range.end)?))
    };
    reader.into_iter().map(segment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasm::ModuleBuilder;

    fn module(data: &[u8]) -> Vec<u8> {
        let mut builder = ModuleBuilder::default();
        let mut body = wasm_encoder::Function::new([]);
        body.instructions().i32_const(0).end();
        let function = builder.function(&[], &[wasm_encoder::ValType::I32], &body);
        builder.export("predict", function);
        builder.custom("scorepack-abi", b"{}".to_vec());
        builder.finish(65_536, 1024, data.to_vec())
    }

    #[test]
    fn the_parts_of_a_module_give_its_bytes_again() {
        let (one, other) = (module(b"one"), module(b"two"));
        let (shell, data) = take_apart(&one).unwrap();
        let (same, others) = take_apart(&other).unwrap();
        assert_eq!(shell, same);
        assert_ne!(data, others);
        assert_eq!(put_together(&shell, &data).unwrap(), one);
        assert_eq!(put_together(&shell, &others).unwrap(), other);
        assert_eq!(segments(&data).unwrap(), [(1024, &b"one"[..])]);
        wasmparser::validate(&shell).unwrap();
    }

    #[test]
    fn what_has_no_such_parts_is_not_taken_apart() {
        let whole = module(b"one");
        let (shell, data) = take_apart(&whole).unwrap();
        assert_eq!(take_apart(&module(b"")), None);
        assert_eq!(put_together(&whole, &data), None);
        assert_eq!(put_together(&shell, &shell), None);
        for length in 0..whole.len() {
            let cut = &whole[..length];
            assert!(take_apart(cut).is_none_or(|(shell, data)| put_together(&shell, &data).as_deref() == Some(cut)));
        }
        for length in 0..data.len() {
            assert_eq!(segments(&data[..length]), None, "{length}");
        }
    }
}
