//! `emit` against `evaluate`, bit for bit, for every example of every operator.

use crate::ops::emit::{Emit, Place, ROW_PADDING, SparsePlace, TextPlace};
use crate::ops::{Example, Held, Op, RowMajor, RowRefused, SparseInputs, ValueType, row_major};
use crate::tensor::{Data, ElementType, Matrix, Pattern};
use crate::wasm::{Code, DataPlan, ModuleBuilder};
use wasm_encoder::ValType;

/// A module around one operator, with the memory as the host fills it.
struct Bench {
    memory: Vec<u8>,
    stride: u32,
    /// Where the bytes behind each arena stand, which nothing may write.
    guards: Vec<usize>,
}

/// Bytes behind each arena.
const GUARD_BYTES: usize = 64;

impl Bench {
    fn arena(&mut self, bytes: u32) -> u32 {
        let address = self.memory.len().next_multiple_of(64);
        // Rows beyond the last hold garbage that nothing may depend on: NaN, and -1.
        let end = address + bytes as usize;
        self.memory.resize(end + GUARD_BYTES, 0xFF);
        self.guards.push(end);
        address as u32
    }

    /// Whether nothing was written behind an arena.
    fn is_within(&self, memory: &[u8]) -> bool {
        self.guards.iter().all(|at| memory[*at..][..GUARD_BYTES] == [0xFF; GUARD_BYTES])
    }

    fn sparse_place(&mut self, ty: ValueType, capacity: u32, shared: Option<&Place>) -> Place {
        let address = shared.map_or_else(|| self.arena((self.stride + 1) * 4), |place| place.address);
        let columns = shared.and_then(|place| place.sparse).map(|sparse| sparse.columns);
        let columns = columns.unwrap_or_else(|| self.arena(capacity * 4 + 16));
        let values = self.arena(capacity * ty.element.bytes() + 16);
        Place { sparse: Some(SparsePlace { columns, values, capacity }), ..Place::numbers(ty, address) }
    }

    fn place(&mut self, ty: ValueType, text_capacity: u32) -> Place {
        let stride = self.stride;
        if ty.element == ElementType::Text {
            let address = self.arena((stride + 1) * 4);
            let validity = self.arena(stride / 8);
            let bytes = self.arena(text_capacity);
            let text = TextPlace { bytes, capacity: text_capacity, validity };
            return Place { text: Some(text), ..Place::numbers(ty, address) };
        }
        let rows = if ty.per_row { stride } else { 1 };
        let address = self.arena(rows * ty.width as u32 * ty.element.bytes());
        Place::numbers(ty, address)
    }

    fn put(&mut self, at: u32, bytes: &[u8]) {
        self.memory[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    /// A matrix of rows one after the other, with a column of another value behind each where their number is odd.
    fn row_major_input(&mut self, matrix: &Matrix) -> Place {
        let ty = type_of(matrix, true);
        let width_bytes = ty.width as u32 * ty.element.bytes();
        let row_bytes = width_bytes + ty.element.bytes() * u32::from(matrix.rows % 2 == 1);
        let address = self.arena(self.stride * row_bytes);
        for row in 0..matrix.rows {
            let bytes = matrix.data.gather(row * ty.width..(row + 1) * ty.width).to_le_bytes();
            self.put(address + row as u32 * row_bytes, &bytes);
        }
        Place::numbers(ty, address).in_rows(row_bytes)
    }

    fn input(&mut self, matrix: &Matrix, per_row: bool, before: &[Place]) -> Place {
        let ty = type_of(matrix, per_row);
        if let Some(pattern) = &matrix.pattern {
            // Operands of an elementwise function store the same elements: one pattern serves them all.
            let shared = before.iter().find(|place| place.sparse.is_some());
            let place = self.sparse_place(ty, pattern.columns.len() as u32, shared);
            let sparse = place.sparse.unwrap();
            let offsets = Data::U32(pattern.offsets.iter().map(|offset| *offset as u32).collect());
            self.put(place.address, &offsets.to_le_bytes());
            self.put(sparse.columns, &Data::U32(pattern.columns.clone()).to_le_bytes());
            self.put(sparse.values, &matrix.data.to_le_bytes());
            return place;
        }
        if let Data::Text(texts) = &matrix.data {
            let all: String = texts.iter().flatten().map(String::as_str).collect();
            let place = self.place(ty, all.len() as u32 + 1);
            let text = place.text.unwrap();
            let mut end = 0u32;
            self.put(place.address, &0u32.to_le_bytes());
            for (row, item) in texts.iter().enumerate() {
                end += item.as_ref().map_or(0, String::len) as u32;
                self.put(place.address + 4 * (row as u32 + 1), &end.to_le_bytes());
                let byte = text.validity as usize + row / 8;
                self.memory[byte] &= !(1 << (row % 8));
                self.memory[byte] |= u8::from(item.is_some()) << (row % 8);
            }
            self.put(text.bytes, all.as_bytes());
            return place;
        }
        let place = self.place(ty, 0);
        for column in 0..matrix.width {
            let indices = (0..matrix.rows).map(|row| row * matrix.width + column);
            let bytes = matrix.data.gather(indices).to_le_bytes();
            self.put(place.address + column as u32 * place.plane_bytes(self.stride), &bytes);
        }
        place
    }
}

/// Where the dense per-row values of an operator lie in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Planes,
    /// The inputs lie row after row, the output in planes.
    RowsIn,
    /// All lie row after row.
    Rows,
}

/// The layouts that an operator takes.
fn layouts(op: &Op, inputs: &[(Matrix, bool)]) -> Vec<Layout> {
    let types: Vec<ValueType> = inputs.iter().map(|(matrix, per_row)| type_of(matrix, *per_row)).collect();
    if !types.iter().all(|ty| !ty.per_row || ty.is_sparse || row_major::fits(*ty)) {
        return vec![Layout::Planes];
    }
    let is_row_major = op.operator().infer(&types).is_ok_and(row_major::fits);
    match op.operator().row_major(&types) {
        RowMajor::Kept if is_row_major => vec![Layout::Planes, Layout::Rows],
        RowMajor::Taken if is_row_major => vec![Layout::Planes, Layout::RowsIn, Layout::Rows],
        RowMajor::Taken => vec![Layout::Planes, Layout::RowsIn],
        _ => vec![Layout::Planes],
    }
}

fn run(op: &Op, inputs: &[(Matrix, bool)], rows: usize, layout: Layout) -> Result<Matrix, RowRefused> {
    let stride = (rows as u32).next_multiple_of(ROW_PADDING);
    let mut bench = Bench { memory: vec![0; 1024], stride, guards: Vec::new() };
    let types: Vec<ValueType> = inputs.iter().map(|(matrix, per_row)| type_of(matrix, *per_row)).collect();
    let is_elementwise = op.operator().sparse_inputs() == SparseInputs::Elementwise;
    let mut places: Vec<Place> = Vec::new();
    for (matrix, per_row) in inputs {
        places.push(match layout {
            Layout::Rows | Layout::RowsIn if *per_row && matrix.pattern.is_none() => bench.row_major_input(matrix),
            _ => bench.input(matrix, *per_row, if is_elementwise { &places } else { &[] }),
        });
    }
    let ty = op.operator().infer(&types).unwrap();
    let held: Vec<Held> = places.iter().map(held).collect();
    let output = if ty.is_sparse {
        let shared = places.iter().find(|place| place.sparse.is_some()).filter(|_| is_elementwise);
        let own = op.operator().most_stored(&held, bench.stride) as u32;
        let capacity = shared.and_then(|place| place.sparse).map_or(own, |sparse| sparse.capacity);
        bench.sparse_place(ty, capacity, shared)
    } else {
        let passed_on: u64 = held.iter().map(|held| held.text_bytes).sum();
        let place = bench.place(ty, (op.operator().text_bytes_per_row() * rows) as u32 + passed_on as u32 + 1);
        if layout == Layout::Rows { place.in_rows(ty.width as u32 * ty.element.bytes()) } else { place }
    };
    let scratch = bench.arena(op.operator().scratch_bytes_for(&held, bench.stride) as u32);
    let mut data = DataPlan::new(bench.memory.len().next_multiple_of(64) as u32);
    let mut e = Emit { code: Code::new(1), data: &mut data, stride: bench.stride, scratch, failure: 16 };
    op.operator().emit(&mut e, &places.iter().collect::<Vec<_>>(), &output);
    e.code.i32(0);
    let body = e.code.finish();
    let mut module = ModuleBuilder::default();
    let function = module.function(&[ValType::I32], &[ValType::I32], &body);
    module.export("run", function);
    let size = data.end();
    let (base, bytes) = data.finish();
    let wasm = module.finish(size, base, bytes);
    wasmparser::validate(&wasm).unwrap();
    let engine = wasmtime::Engine::default();
    let module = wasmtime::Module::from_binary(&engine, &wasm).unwrap();
    let mut store = wasmtime::Store::new(&engine, ());
    let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    memory.data_mut(&mut store)[..bench.memory.len()].copy_from_slice(&bench.memory);
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").unwrap();
    let status = run.call(&mut store, rows as i32).unwrap();
    let memory = memory.data(&store);
    assert!(bench.is_within(memory), "{op:?} writes behind an arena");
    let word = |at: u32| u32::from_le_bytes(memory[at as usize..][..4].try_into().unwrap());
    if status != 0 {
        assert_eq!(status, crate::ops::STATUS_ROW_REFUSED);
        return Err(RowRefused { row: word(16) as usize, site: word(20) });
    }
    Ok(read(memory, &output, bench.stride, rows))
}

fn type_of(matrix: &Matrix, per_row: bool) -> ValueType {
    ValueType { element: matrix.element(), width: matrix.width, per_row, is_sparse: matrix.pattern.is_some() }
}

fn held(place: &Place) -> Held {
    Held {
        ty: place.ty,
        text_bytes: place.text.map_or(0, |text| text.capacity.into()),
        stored: place.sparse.map_or(0, |sparse| sparse.capacity.into()),
    }
}

fn read(memory: &[u8], place: &Place, stride: u32, rows: usize) -> Matrix {
    let (element, width) = (place.ty.element, place.ty.width);
    let words = |at: u32, count: usize| -> Vec<u32> {
        let bytes = &memory[at as usize..][..count * 4];
        bytes.chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
    };
    let pattern = place.sparse.map(|sparse| {
        let offsets: Vec<usize> = words(place.address, rows + 1).into_iter().map(|offset| offset as usize).collect();
        let columns = words(sparse.columns, offsets[rows]);
        Pattern { offsets, columns }
    });
    let at = |i: usize| -> &[u8] {
        if let Some(sparse) = place.sparse {
            return &memory[(sparse.values + i as u32 * element.bytes()) as usize..];
        }
        let (row, column) = (i / width, i % width);
        let address = match place.row_bytes {
            Some(row_bytes) => place.address + row as u32 * row_bytes + column as u32 * element.bytes(),
            None => place.address + column as u32 * place.plane_bytes(stride) + row as u32 * element.bytes(),
        };
        &memory[address as usize..]
    };
    let indices = 0..pattern.as_ref().map_or(rows * width, |pattern| pattern.columns.len());
    let data = match element {
        ElementType::F32 => Data::F32(indices.map(|i| f32::from_le_bytes(at(i)[..4].try_into().unwrap())).collect()),
        ElementType::F64 => Data::F64(indices.map(|i| f64::from_le_bytes(at(i)[..8].try_into().unwrap())).collect()),
        ElementType::I64 => Data::I64(indices.map(|i| i64::from_le_bytes(at(i)[..8].try_into().unwrap())).collect()),
        ElementType::Bool => Data::Bool(indices.map(|i| at(i)[0] != 0).collect()),
        ElementType::U8 => Data::U8(indices.map(|i| at(i)[0]).collect()),
        ElementType::U16 => Data::U16(indices.map(|i| u16::from_le_bytes(at(i)[..2].try_into().unwrap())).collect()),
        ElementType::U32 => Data::U32(indices.map(|i| u32::from_le_bytes(at(i)[..4].try_into().unwrap())).collect()),
        ElementType::Text => {
            let text = place.text.unwrap();
            let offset = |row: usize| {
                let at = place.address as usize + 4 * row;
                u32::from_le_bytes(memory[at..at + 4].try_into().unwrap()) as usize
            };
            let item = |row: usize| {
                let bytes = &memory[text.bytes as usize..][offset(row)..offset(row + 1)];
                (memory[text.validity as usize + row / 8] >> (row % 8) & 1 == 1)
                    .then(|| String::from_utf8(bytes.to_vec()).unwrap())
            };
            Data::Text((0..rows).map(item).collect())
        }
    };
    Matrix { rows, width, data, pattern }
}

/// Equal to the bit, any NaN equal to any NaN.
fn same(a: &Data, b: &Data) -> bool {
    let same64 = |(x, y): (&f64, &f64)| x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan());
    let same32 = |(x, y): (&f32, &f32)| x.to_bits() == y.to_bits() || (x.is_nan() && y.is_nan());
    match (a, b) {
        (Data::F64(a), Data::F64(b)) => a.len() == b.len() && a.iter().zip(b).all(same64),
        (Data::F32(a), Data::F32(b)) => a.len() == b.len() && a.iter().zip(b).all(same32),
        _ => a == b,
    }
}

fn check(name: &str, example: &Example, rows: usize) {
    let inputs: Vec<(Matrix, bool)> = example
        .inputs
        .iter()
        .map(|input| match input.per_row {
            true => (input.matrix.take_rows(&(0..rows).collect::<Vec<_>>()), true),
            false => (input.matrix.clone(), false),
        })
        .collect();
    let operands: Vec<&Matrix> = inputs.iter().map(|(matrix, _)| matrix).collect();
    let expected = example.op.operator().evaluate(&operands, rows);
    for layout in layouts(&example.op, &inputs) {
        let found = run(&example.op, &inputs, rows, layout);
        match (&expected, &found) {
            (Ok(expected), Ok(found)) => {
                assert_eq!(expected.pattern, found.pattern, "{name}: {:?}", example.op);
                let op = &example.op;
                assert!(same(&expected.data, &found.data), "{name}: {layout:?} {op:?}\n{expected:?}\n{found:?}");
            }
            _ => assert_eq!(expected.as_ref().err(), found.as_ref().err(), "{name}: {layout:?} {:?}", example.op),
        }
    }
}

#[test]
fn emission_equals_evaluation_for_every_example_of_every_operator() {
    let mut count = 0;
    for (name, examples) in crate::ops::examples() {
        assert!(!examples.is_empty() || name == "constant", "operator `{name}` has no examples");
        for example in &examples {
            let rows = example.inputs.iter().filter(|input| input.per_row).map(|input| input.matrix.rows).max();
            let rows = rows.unwrap_or(1);
            // A whole block and part of one, around the steps of the vector loops.
            let mut counts: Vec<usize> =
                [1, 4, 5, 8, 15, 17, 31, 33, rows].into_iter().filter(|n| *n <= rows).collect();
            counts.dedup();
            for rows in counts {
                check(name, example, rows);
                count += 1;
            }
        }
    }
    println!("{count} examples agree");
}
