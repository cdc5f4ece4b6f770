//! The memory plan: how many rows a block has, and where every value lies.

use super::CompileOptions;
use crate::abi::{InputArena, OutputArena};
use crate::error::Result;
use crate::graph::{Graph, NodeKind, ValueId};
use crate::limits;
use crate::model::Method;
use crate::ops::emit::{Emit, Place, ROW_PADDING, TextPlace};
use crate::ops::{Op, ValueType};
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
        let mut block_rows = (BLOCK_BYTES / row_bytes.max(1)).clamp(1, MOST_ROWS);
        if block_rows > u64::from(ROW_PADDING) {
            block_rows -= block_rows % u64::from(ROW_PADDING);
        }
        let stride = block_rows.next_multiple_of(u64::from(ROW_PADDING));
        let mut next = FIRST_ADDRESS;
        let inputs = input_arenas(graph, stride, options, &mut next)?;
        let outputs_base = next;
        let widest = methods.iter().map(|method| output_bytes(graph, method, stride)).max().unwrap_or(0);
        next = (next + widest).next_multiple_of(ARENA_ALIGN);
        let scratch = next;
        let scratch_bytes = needed.iter().map(|id| scratch_bytes(graph, *id, stride)).max().unwrap_or(0);
        next = (next + scratch_bytes).next_multiple_of(ARENA_ALIGN);
        let (places, end) = place_values(graph, &needed, &outputs, &inputs, stride, next)?;
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

    /// The output arenas of a method; all methods share the same memory.
    pub fn output_arenas(&self, method: &Method, places: &[Option<Place>]) -> Vec<OutputArena> {
        let mut next = u64::from(self.outputs_base);
        method
            .outputs
            .iter()
            .filter_map(|output| {
                let place = places[output.value.0].as_ref()?;
                let address = if place.text.is_some() { place.address } else { next as u32 };
                next += (output_row_bytes(place.ty) * u64::from(self.stride)).next_multiple_of(ARENA_ALIGN);
                Some(OutputArena {
                    name: output.name.clone(),
                    element: place.ty.element,
                    width: place.ty.width as u32,
                    list: output.is_list,
                    columns: output.columns.clone(),
                    address,
                    bytes: place.text.map(|text| text.bytes),
                    validity: place.text.map(|text| text.validity),
                })
            })
            .collect()
    }
}

/// Bytes of one row of a value, without the bytes of its text.
fn row_bytes(ty: ValueType) -> u64 {
    if ty.per_row { ty.width as u64 * u64::from(ty.element.bytes()) } else { 0 }
}

fn output_bytes(graph: &Graph, method: &Method, stride: u64) -> u64 {
    let bytes = |output: &crate::model::MethodOutput| {
        (output_row_bytes(graph.ty(output.value)) * stride).next_multiple_of(ARENA_ALIGN)
    };
    method.outputs.iter().map(bytes).sum()
}

/// A value of the whole call is spread over the rows of an output.
fn output_row_bytes(ty: ValueType) -> u64 {
    ty.width as u64 * u64::from(ty.element.bytes())
}

fn scratch_bytes(graph: &Graph, id: ValueId, stride: u64) -> u64 {
    match &graph.nodes()[id.0].kind {
        NodeKind::Apply { op, inputs } => {
            let types: Vec<ValueType> = inputs.iter().map(|input| graph.ty(*input)).collect();
            op.operator().scratch_bytes(&types, stride as u32)
        }
        NodeKind::Input { .. } => 0,
    }
}

/// One matrix per element type in the order of first use, one arena per text field.
fn input_arenas(graph: &Graph, stride: u64, options: CompileOptions, next: &mut u64) -> Result<Vec<InputArena>> {
    let mut take = |bytes: u64| {
        let address = *next;
        *next = (*next + bytes).next_multiple_of(ARENA_ALIGN);
        limits::MODULE_MEMORY_BYTES.check(*next).map(|()| address as u32)
    };
    let mut arenas: Vec<InputArena> = Vec::new();
    for (field, element) in graph.fields().iter().enumerate() {
        if *element == ElementType::Text {
            let capacity = options.max_text_bytes;
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

/// Gives every needed value an arena; the arena of a value that no later node reads is used again.
fn place_values(
    graph: &Graph,
    needed: &[ValueId],
    outputs: &[ValueId],
    inputs: &[InputArena],
    stride: u64,
    base: u64,
) -> Result<(Vec<Option<Place>>, u64)> {
    let mut last_use: Vec<usize> = (0..graph.nodes().len()).collect();
    for id in needed {
        if let NodeKind::Apply { inputs, .. } = &graph.nodes()[id.0].kind {
            inputs.iter().for_each(|input| last_use[input.0] = last_use[input.0].max(id.0));
        }
    }
    outputs.iter().for_each(|output| last_use[output.0] = usize::MAX);
    let mut places: Vec<Option<Place>> = vec![None; graph.nodes().len()];
    let mut arenas = FreeList { end: base, free: Vec::new() };
    let mut live: Vec<(usize, u64, u64)> = Vec::new();
    for id in needed {
        let node = &graph.nodes()[id.0];
        live.retain(|(until, address, bytes)| {
            let dead = *until < id.0;
            if dead {
                arenas.release(*address, *bytes);
            }
            !dead
        });
        if let Some(place) = input_text_place(node, inputs) {
            places[id.0] = Some(place);
            continue;
        }
        let text_bytes = match &node.kind {
            NodeKind::Apply { op, inputs } if node.ty.element == ElementType::Text => {
                let passed_on = |input: &ValueId| places[input.0].as_ref()?.text.map(|text| u64::from(text.capacity));
                op.operator().text_bytes_per_row() as u64 * stride + inputs.iter().filter_map(passed_on).sum::<u64>()
            }
            _ => 0,
        };
        let is_text = node.ty.per_row && node.ty.element == ElementType::Text;
        let offsets_bytes = if is_text { (stride + 1) * 4 } else { row_bytes(node.ty) * stride };
        let offsets_bytes = offsets_bytes.next_multiple_of(ARENA_ALIGN);
        let validity_bytes = if is_text { (stride / 8).next_multiple_of(ARENA_ALIGN) } else { 0 };
        let bytes = offsets_bytes + validity_bytes + text_bytes.next_multiple_of(ARENA_ALIGN);
        let address = arenas.take(bytes);
        limits::MODULE_MEMORY_BYTES.check(arenas.end)?;
        live.push((last_use[id.0], address, bytes));
        let text = is_text.then_some(TextPlace {
            validity: (address + offsets_bytes) as u32,
            bytes: (address + offsets_bytes + validity_bytes) as u32,
            capacity: text_bytes as u32,
        });
        places[id.0] = Some(Place { ty: node.ty, address: address as u32, text });
    }
    Ok((places, arenas.end))
}

/// A text input is read where the host put it.
fn input_text_place(node: &crate::graph::Node, inputs: &[InputArena]) -> Option<Place> {
    let NodeKind::Input { fields } = &node.kind else { return None };
    inputs.iter().find_map(|arena| match arena {
        InputArena::Text { field, offsets, bytes, capacity, validity } if *field as usize == fields[0] => {
            let text = TextPlace { bytes: *bytes, capacity: *capacity, validity: *validity };
            Some(Place { ty: node.ty, address: *offsets, text: Some(text) })
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
