//! Rows into a module's memory and results out of it, every address checked against the memory's size.

use crate::abi::{Abi, AbiMethod, Block, Column, InputArena, Output, OutputArena, SparseArena};
use crate::error::{Error, ErrorKind, Result};
use crate::tensor::{Data, ElementType, Pattern};

/// Copies a block into the input arenas.
pub fn write_block(memory: &mut [u8], abi: &Abi, block: &Block) -> Result<()> {
    if block.rows > abi.block_rows as usize {
        let message = format!("a block of {} rows exceeds the module's {}", block.rows, abi.block_rows);
        return Err(Error::internal(message));
    }
    for (arena, column) in abi.inputs.iter().zip(&block.columns) {
        match (arena, column) {
            (InputArena::Matrix { address, .. }, Column::F32 { items, .. }) => {
                write_words(memory, *address, items, f32::to_le_bytes)?;
            }
            (InputArena::Matrix { address, .. }, Column::F64 { items, .. }) => {
                write_words(memory, *address, items, f64::to_le_bytes)?;
            }
            (InputArena::Text { .. }, Column::Text { ends, bytes, present }) => {
                write_text(memory, arena, ends, bytes, present)?;
            }
            _ => return Err(Error::internal("a block that does not fit the module's inputs")),
        }
    }
    Ok(())
}

fn slice_mut(memory: &mut [u8], address: u32, length: usize) -> Result<&mut [u8]> {
    memory.get_mut(address as usize..).and_then(|rest| rest.get_mut(..length)).ok_or_else(outside)
}

fn slice(memory: &[u8], address: u32, length: usize) -> Result<&[u8]> {
    memory.get(address as usize..).and_then(|rest| rest.get(..length)).ok_or_else(outside)
}

fn outside() -> Error {
    Error::malformed("score-module", "an arena of the score module lies outside its memory")
}

fn write_words<T: Copy, const N: usize>(
    memory: &mut [u8],
    address: u32,
    items: &[T],
    bytes: impl Fn(T) -> [u8; N],
) -> Result<()> {
    let target = slice_mut(memory, address, items.len() * N)?;
    for (target, item) in target.as_chunks_mut().0.iter_mut().zip(items) {
        *target = bytes(*item);
    }
    Ok(())
}

fn write_text(memory: &mut [u8], arena: &InputArena, ends: &[u32], text: &str, present: &[bool]) -> Result<()> {
    let InputArena::Text { offsets, bytes, capacity, validity, .. } = arena else { return Err(outside()) };
    if text.len() > *capacity as usize {
        return Err(Error::new(
            ErrorKind::Limit,
            "text-too-long",
            format!("{} bytes of text exceed the score module's {capacity}", text.len()),
        )
        .hint("build the artifact with a larger `--max-text-bytes`"));
    }
    write_words(memory, *offsets, &[0], u32::to_le_bytes)?;
    write_words(memory, *offsets + 4, ends, u32::to_le_bytes)?;
    slice_mut(memory, *bytes, text.len())?.copy_from_slice(text.as_bytes());
    let bits = slice_mut(memory, *validity, present.len().div_ceil(8))?;
    bits.fill(0);
    for (row, present) in present.iter().enumerate() {
        bits[row / 8] |= u8::from(*present) << (row % 8);
    }
    Ok(())
}

/// The results of a method that returned 0.
pub fn read_outputs(memory: &[u8], method: &AbiMethod, rows: usize) -> Result<Vec<Output>> {
    method.outputs.iter().map(|arena| read_output(memory, arena, rows)).collect()
}

fn read_output(memory: &[u8], arena: &OutputArena, rows: usize) -> Result<Output> {
    let pattern = arena.sparse.map(|sparse| read_pattern(memory, arena, sparse, rows)).transpose()?;
    let (address, count) = match (&pattern, arena.sparse) {
        (Some(pattern), Some(sparse)) => (sparse.values, pattern.columns.len()),
        _ => (arena.address, rows * arena.width as usize),
    };
    let bytes = |size: usize| slice(memory, address, count * size);
    let values = match arena.element {
        ElementType::F32 => Data::F32(words(bytes(4)?, f32::from_le_bytes)),
        ElementType::F64 => Data::F64(words(bytes(8)?, f64::from_le_bytes)),
        ElementType::I64 => Data::I64(words(bytes(8)?, i64::from_le_bytes)),
        ElementType::Bool => Data::Bool(bytes(1)?.iter().map(|byte| *byte != 0).collect()),
        ElementType::Text => Data::Text(read_text(memory, arena, rows)?),
        other => return Err(Error::malformed("score-module", format!("an output of type {other}"))),
    };
    Ok(Output { rows, values, pattern, ..Output::empty(arena) })
}

fn read_pattern(memory: &[u8], arena: &OutputArena, sparse: SparseArena, rows: usize) -> Result<Pattern> {
    let offsets = words(slice(memory, arena.address, (rows + 1) * 4)?, u32::from_le_bytes);
    let offsets: Vec<usize> = offsets.into_iter().map(|offset| offset as usize).collect();
    let stored = offsets.last().copied().unwrap_or(0);
    let columns = words(slice(memory, sparse.columns, stored.saturating_mul(4))?, u32::from_le_bytes);
    let pattern = Pattern { offsets, columns };
    match pattern.fault(arena.width as usize) {
        None => Ok(pattern),
        Some(fault) => Err(Error::malformed("score-module", format!("a sparse output is inconsistent: {fault}"))),
    }
}

fn words<T, const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()).map(value).collect()
}

fn read_text(memory: &[u8], arena: &OutputArena, rows: usize) -> Result<Vec<Option<String>>> {
    let (Some(bytes), Some(validity)) = (arena.bytes, arena.validity) else { return Err(outside()) };
    let offsets: Vec<u32> = words(slice(memory, arena.address, (rows + 1) * 4)?, u32::from_le_bytes);
    let bits = slice(memory, validity, rows.div_ceil(8))?;
    let text = |row: usize| -> Result<Option<String>> {
        if bits[row / 8] >> (row % 8) & 1 == 0 {
            return Ok(None);
        }
        let (start, end) = (offsets[row], offsets[row + 1]);
        let length = end.checked_sub(start).ok_or_else(outside)? as usize;
        let text = slice(memory, bytes.checked_add(start).ok_or_else(outside)?, length)?;
        let text =
            std::str::from_utf8(text).map_err(|_| Error::malformed("score-module", "a text output is not UTF-8"))?;
        Ok(Some(text.to_owned()))
    };
    (0..rows).map(text).collect()
}

/// The error of a method that returned "row refused".
pub fn refused_row(memory: &[u8], abi: &Abi) -> Error {
    let words: Vec<u32> =
        slice(memory, abi.failure, 8).map(|bytes| words(bytes, u32::from_le_bytes)).unwrap_or_default();
    let (row, site) = (words.first().copied().unwrap_or(0), words.get(1).copied().unwrap_or(u32::MAX));
    let message = abi.sites.get(site as usize).map_or("the model refuses this row", |site| site.message.as_str());
    Error::unsupported("row-refused", message).on_row(row as usize)
}
