//! The memory plan: how many rows a block has, and where every value lies.

use std::collections::HashSet;

use super::CompileOptions;
use super::held::held;
use super::{layout, unpack};
use crate::abi::{InputArena, OutputArena, SparseArena};
use crate::error::Result;
use crate::graph::{Graph, NodeKind, ValueId};
use crate::limits;
use crate::model::Method;
use crate::ops::emit::{Emit, Place, ROW_PADDING, SparsePlace, TextPlace};
use crate::ops::{Held, Op, ValueType};
use crate::tensor::ElementType;
use crate::wasm::{Code, DataPlan};

/// Where a failed check says which row and site; below every arena.
pub const FAILURE_ADDRESS: u32 = 16;
/// The first arena.
const FIRST_ADDRESS: u64 = 1024;
/// Arenas start at multiples of a cache line.
const ARENA_ALIGN: u64 = 64;
/// The most rows of a block: enough to hide the cost of a call, few enough to stay in the cache.
const MOST_ROWS: u64 = 512;
/// From this many rows on, a plane's length is chosen with the cache in mind.
const FEWEST_UNEVEN: u64 = 128;
/// How many times longer than others a text may be that is read piece by piece.
const DOCUMENT_FACTOR: u32 = 16;
/// Bytes that all values of a block may take together before it is made shorter.
const BLOCK_BYTES: u64 = 8 << 20;

/// Addresses of everything but the constants.
#[derive(Debug)]
pub struct Plan {
    /// The most rows of a call.
    pub block_rows: u32,
    /// Rows of a plane.
    pub stride: u32,
    /// The input arenas.
    pub inputs: Vec<InputArena>,
    /// Scratch memory of the operator that runs.
    pub scratch: u32,
    /// Where constant data begins.
    pub data_base: u32,
    outputs_base: u32,
    /// Per node: its arena, for those that some method needs and that are no constants.
    places: Vec<Option<Place>>,
}

impl Plan {
    /// Plans the memory for some methods over a graph.
    pub fn new(graph: &Graph, methods: &[Method], options: CompileOptions) -> Result<Plan> {
        let outputs: Vec<ValueId> =
            methods.iter().flat_map(|method| method.outputs.iter().map(|output| output.value)).collect();
        let needed = graph.needed(&outputs);
        let row_bytes: u64 = needed.iter().map(|id| row_bytes(graph.ty(*id))).sum::<u64>()
            + graph.fields().iter().map(|element| u64::from(element.bytes())).sum::<u64>();
        // Planes have room for a padding of rows in any case: fewer rows would spare no memory.
        let padding = u64::from(ROW_PADDING);
        let block_rows = (BLOCK_BYTES / row_bytes.max(1)).clamp(padding, MOST_ROWS);
        let block_rows = block_rows - block_rows % padding;
        let stride = stride_of(block_rows);
        let mut next = FIRST_ADDRESS;
        let inputs = input_arenas(graph, stride, options, &mut next)?;
        let outputs_base = next;
        let widest = methods.iter().map(|method| output_bytes(graph, method, stride)).max().unwrap_or(0);
        next = (next + widest).next_multiple_of(ARENA_ALIGN);
        let scratch = next;
        let held = held(graph, &needed, &inputs, stride);
        let scratch_bytes = needed.iter().map(|id| scratch_bytes(graph, *id, &held, stride)).max().unwrap_or(0);
        next = (next + scratch_bytes).next_multiple_of(ARENA_ALIGN);
        limits::MODULE_MEMORY_BYTES.check(next)?;
        let row_major = layout::row_major(graph, &needed, &inputs);
        let values = Values { graph, inputs: &inputs, held: &held, row_major: &row_major, stride };
        let (places, end) = values.place(&needed, &outputs, next)?;
        limits::MODULE_MEMORY_BYTES.check(end)?;
        Ok(Plan {
            block_rows: block_rows as u32,
            stride: stride as u32,
            inputs,
            scratch: scratch as u32,
            data_base: end as u32,
            outputs_base: outputs_base as u32,
            places,
        })
    }

    /// An empty function body in these surroundings.
    pub fn emit<'m>(&self, data: &'m mut DataPlan) -> Emit<'m> {
        Emit { code: Code::new(1), data, stride: self.stride, scratch: self.scratch, failure: FAILURE_ADDRESS }
    }

    /// The place of every needed node, constants put into the data.
    pub fn place_constants(&self, graph: &Graph, data: &mut DataPlan) -> Vec<Option<Place>> {
        let mut places = self.places.clone();
        for (i, node) in graph.nodes().iter().enumerate() {
            if let (NodeKind::Apply { op: Op::Constant(constant), .. }, Some(place)) = (&node.kind, &mut places[i]) {
                place.address = data.intern(&constant.data.to_le_bytes(), 16);
            }
        }
        places
    }

    /// Whether a value lies as the host reads it: row after row, and not where the host wrote it.
    pub fn is_result(&self, place: &Place) -> bool {
        let row_bytes = place.ty.width as u32 * place.ty.element.bytes();
        place.row_bytes == Some(row_bytes) && place.address >= self.scratch
    }

    /// The output arenas of a method; all methods share the same memory.
    pub fn output_arenas(&self, method: &Method, places: &[Option<Place>]) -> Vec<OutputArena> {
        let mut next = u64::from(self.outputs_base);
        method
            .outputs
            .iter()
            .filter_map(|output| {
                let place = places[output.value.0].as_ref()?;
                let in_place = place.text.is_some() || place.sparse.is_some() || self.is_result(place);
                let address = if in_place { place.address } else { next as u32 };
                next += (output_row_bytes(place.ty) * u64::from(self.stride)).next_multiple_of(ARENA_ALIGN);
                Some(OutputArena {
                    name: output.name.clone(),
                    element: place.ty.element,
                    width: place.ty.width as u32,
                    list: output.is_list,
                    columns: output.columns.clone(),
                    address,
                    sparse: place.sparse.map(|sparse| SparseArena { columns: sparse.columns, values: sparse.values }),
                    bytes: place.text.map(|text| text.bytes),
                    validity: place.text.map(|text| text.validity),
                })
            })
            .collect()
    }
}

/// Rows of a plane, at least those of a block. A nearest cache finds a line by the address modulo 4096: columns whose planes
/// follow each other by a power of two would drive each other out of it, so the number of paddings is odd.
fn stride_of(block_rows: u64) -> u64 {
    let stride = block_rows.next_multiple_of(u64::from(ROW_PADDING));
    if stride < FEWEST_UNEVEN { stride } else { stride | u64::from(ROW_PADDING) }
}

/// Bytes of one row of a value, without the bytes of its text; of a sparse one those of its offset.
fn row_bytes(ty: ValueType) -> u64 {
    if ty.is_sparse {
        return 4;
    }
    if ty.per_row { ty.width as u64 * u64::from(ty.element.bytes()) } else { 0 }
}

fn output_bytes(graph: &Graph, method: &Method, stride: u64) -> u64 {
    let bytes = |output: &crate::model::MethodOutput| {
        (output_row_bytes(graph.ty(output.value)) * stride).next_multiple_of(ARENA_ALIGN)
    };
    method.outputs.iter().map(bytes).sum()
}

/// A value of the whole call is spread over the rows of an output; a sparse one is read where it lies.
fn output_row_bytes(ty: ValueType) -> u64 {
    if ty.is_sparse {
        return 0;
    }
    ty.width as u64 * u64::from(ty.element.bytes())
}

fn scratch_bytes(graph: &Graph, id: ValueId, held: &[Held], stride: u64) -> u64 {
    match &graph.nodes()[id.0].kind {
        NodeKind::Apply { op, inputs } => {
            let inputs: Vec<Held> = inputs.iter().map(|input| held[input.0]).collect();
            op.operator().scratch_bytes_for(&inputs, stride as u32)
        }
        NodeKind::Input { .. } => 0,
    }
}

/// The text fields that an operator reads piece by piece, as they are or through operators that change texts.
fn documents(graph: &Graph) -> HashSet<usize> {
    let reads = |kind: &NodeKind| matches!(kind, NodeKind::Apply { op, .. } if op.operator().reads_documents());
    let mut pending: Vec<&NodeKind> = graph.nodes().iter().map(|node| &node.kind).filter(|kind| reads(kind)).collect();
    let mut found = HashSet::new();
    while let Some(kind) = pending.pop() {
        match kind {
            NodeKind::Input { fields } => found.extend(fields),
            NodeKind::Apply { inputs, .. } => pending.extend(
                inputs
                    .iter()
                    .map(|input| &graph.nodes()[input.0])
                    .filter(|node| node.ty.element == ElementType::Text)
                    .map(|node| &node.kind),
            ),
        }
    }
    found
}

/// One matrix per element type in the order of first use, one arena per text field.
fn input_arenas(graph: &Graph, stride: u64, options: CompileOptions, next: &mut u64) -> Result<Vec<InputArena>> {
    let mut take = |bytes: u64| {
        let address = *next;
        *next = (*next + bytes).next_multiple_of(ARENA_ALIGN);
        limits::MODULE_MEMORY_BYTES.check(*next).map(|()| address as u32)
    };
    let mut arenas: Vec<InputArena> = Vec::new();
    let documents = documents(graph);
    for (field, element) in graph.fields().iter().enumerate() {
        if *element == ElementType::Text {
            let factor = if documents.contains(&field) { DOCUMENT_FACTOR } else { 1 };
            let capacity = options.max_text_bytes.saturating_mul(factor);
            arenas.push(InputArena::Text {
                field: field as u32,
                offsets: take((stride + 1) * 4)?,
                bytes: take(u64::from(capacity))?,
                capacity,
                validity: take(stride / 8)?,
            });
            continue;
        }
        let known = arenas.iter_mut().find_map(|arena| match arena {
            InputArena::Matrix { element: known, fields, .. } if known == element => Some(fields),
            _ => None,
        });
        match known {
            Some(fields) => fields.push(field as u32),
            None => {
                let count = graph.fields().iter().filter(|other| *other == element).count() as u64;
                let address = take(count * u64::from(element.bytes()) * stride)?;
                arenas.push(InputArena::Matrix { element: *element, address, fields: vec![field as u32] });
            }
        }
    }
    Ok(arenas)
}

/// What the places of values follow from.
struct Values<'g> {
    graph: &'g Graph,
    inputs: &'g [InputArena],
    held: &'g [Held],
    row_major: &'g [bool],
    stride: u64,
}

impl Values<'_> {
    /// Gives every needed value an arena; the arena of a value that no later node reads is used again.
    fn place(&self, needed: &[ValueId], outputs: &[ValueId], base: u64) -> Result<(Vec<Option<Place>>, u64)> {
        let last_use = self.last_uses(needed, outputs);
        let mut places: Vec<Option<Place>> = vec![None; self.graph.nodes().len()];
        let mut arenas = FreeList { end: base, free: Vec::new() };
        let mut live: Vec<(usize, u64, u64)> = Vec::new();
        for id in needed {
            let node = &self.graph.nodes()[id.0];
            live.retain(|(until, address, bytes)| {
                let dead = *until < id.0;
                if dead {
                    arenas.release(*address, *bytes);
                }
                !dead
            });
            if let Some(place) = self.input_place(*id) {
                places[id.0] = Some(place);
                continue;
            }
            let mut take = |bytes: u64, until: usize| {
                let bytes = bytes.next_multiple_of(ARENA_ALIGN);
                let address = arenas.take(bytes);
                live.push((until, address, bytes));
                limits::MODULE_MEMORY_BYTES.check(arenas.end).map(|()| address as u32)
            };
            let place = match node.ty {
                ty if ty.is_sparse => self.sparse(*id, &places, &last_use, &mut take)?,
                ty if ty.per_row && ty.element == ElementType::Text => self.text(*id, last_use[id.0].own, &mut take)?,
                ty => {
                    let place = Place::numbers(ty, take(row_bytes(ty) * self.stride, last_use[id.0].own)?);
                    if self.row_major[id.0] { place.in_rows(row_bytes(ty) as u32) } else { place }
                }
            };
            places[id.0] = Some(place);
        }
        Ok((places, arenas.end))
    }

    /// The place of an input that is read where the host puts it: a text, or rows that nobody needs in planes.
    fn input_place(&self, id: ValueId) -> Option<Place> {
        let node = &self.graph.nodes()[id.0];
        match &node.kind {
            NodeKind::Input { fields } if self.row_major[id.0] => unpack::in_place(self.inputs, fields, node.ty),
            _ => input_text_place(node, self.inputs),
        }
    }

    /// The last node that reads each value, and the last that reads the pattern it shares with others.
    fn last_uses(&self, needed: &[ValueId], outputs: &[ValueId]) -> Vec<LastUse> {
        let mut last: Vec<LastUse> = (0..self.graph.nodes().len()).map(|i| LastUse { own: i, pattern: i }).collect();
        for id in needed {
            if let NodeKind::Apply { inputs, .. } = &self.graph.nodes()[id.0].kind {
                inputs.iter().for_each(|input| last[input.0].own = last[input.0].own.max(id.0));
            }
        }
        outputs.iter().for_each(|output| last[output.0].own = usize::MAX);
        for id in needed.iter().filter(|id| self.graph.ty(**id).is_sparse) {
            let (until, pattern) = (last[id.0].own, self.graph.pattern_of(*id).0);
            last[pattern].pattern = last[pattern].pattern.max(until);
        }
        last
    }

    /// Offsets, then validity, then bytes.
    fn text(&self, id: ValueId, until: usize, take: &mut impl FnMut(u64, usize) -> Result<u32>) -> Result<Place> {
        let offsets_bytes = ((self.stride + 1) * 4).next_multiple_of(ARENA_ALIGN);
        let validity_bytes = (self.stride / 8).next_multiple_of(ARENA_ALIGN);
        let text_bytes = self.held[id.0].text_bytes;
        let address = take(offsets_bytes + validity_bytes + text_bytes, until)?;
        let validity = address + offsets_bytes as u32;
        let text = TextPlace { validity, bytes: validity + validity_bytes as u32, capacity: text_bytes as u32 };
        Ok(Place { text: Some(text), ..Place::numbers(self.graph.ty(id), address) })
    }

    /// Offsets and columns, unless they are another value's, and the stored elements.
    fn sparse(
        &self,
        id: ValueId,
        places: &[Option<Place>],
        last_use: &[LastUse],
        take: &mut impl FnMut(u64, usize) -> Result<u32>,
    ) -> Result<Place> {
        let ty = self.graph.ty(id);
        let stored = self.held[id.0].stored;
        limits::MODULE_MEMORY_BYTES.check(stored.saturating_mul(16))?;
        // Vectors may reach behind the last element.
        let values = |take: &mut dyn FnMut(u64, usize) -> Result<u32>| {
            take(stored * u64::from(ty.element.bytes()) + 16, last_use[id.0].own)
        };
        let shared = places[self.graph.pattern_of(id).0].as_ref();
        if let Some((address, sparse)) = shared.and_then(|place| Some((place.address, place.sparse?))) {
            let sparse = SparsePlace { values: values(take)?, ..sparse };
            return Ok(Place { sparse: Some(sparse), ..Place::numbers(ty, address) });
        }
        let address = take((self.stride + 1) * 4, last_use[id.0].pattern)?;
        let columns = take(stored * 4 + 16, last_use[id.0].pattern)?;
        let sparse = SparsePlace { columns, values: values(take)?, capacity: stored as u32 };
        Ok(Place { sparse: Some(sparse), ..Place::numbers(ty, address) })
    }
}

/// The last nodes that read a value and its pattern.
#[derive(Debug, Clone, Copy)]
struct LastUse {
    own: usize,
    pattern: usize,
}

/// A text input is read where the host put it.
fn input_text_place(node: &crate::graph::Node, inputs: &[InputArena]) -> Option<Place> {
    let NodeKind::Input { fields } = &node.kind else { return None };
    inputs.iter().find_map(|arena| match arena {
        InputArena::Text { field, offsets, bytes, capacity, validity } if *field as usize == fields[0] => {
            let text = TextPlace { bytes: *bytes, capacity: *capacity, validity: *validity };
            Some(Place { text: Some(text), ..Place::numbers(node.ty, *offsets) })
        }
        _ => None,
    })
}

/// Free stretches of memory, by address.
struct FreeList {
    end: u64,
    free: Vec<(u64, u64)>,
}

impl FreeList {
    /// The first stretch that fits, or new memory at the end.
    fn take(&mut self, bytes: u64) -> u64 {
        if let Some(i) = self.free.iter().position(|(_, size)| *size >= bytes && bytes > 0) {
            let (address, size) = self.free[i];
            if size == bytes {
                self.free.remove(i);
            } else {
                self.free[i] = (address + bytes, size - bytes);
            }
            return address;
        }
        let address = self.end;
        self.end += bytes;
        address
    }

    fn release(&mut self, address: u64, bytes: u64) {
        if bytes == 0 {
            return;
        }
        let at = self.free.partition_point(|(other, _)| *other < address);
        self.free.insert(at, (address, bytes));
        if let Some((next, size)) = self.free.get(at + 1).copied().filter(|(next, _)| address + bytes == *next) {
            debug_assert!(next > address);
            self.free[at].1 += size;
            self.free.remove(at + 1);
        }
        if at > 0 && self.free[at - 1].0 + self.free[at - 1].1 == self.free[at].0 {
            self.free[at - 1].1 += self.free[at].1;
            self.free.remove(at);
        }
    }
}
