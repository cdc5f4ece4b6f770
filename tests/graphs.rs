//! Random graphs of operators over hostile values: the score module and the reference interpreter give the same bits, or
//! refuse the same row.
//!
//! Every operator takes part as its examples have it; what it is fed comes from anywhere in the graph, cast and cut to the
//! type that it takes. The values are the same in every run; `SCOREPACK_CASES` asks for more of them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use scorepack::abi::{Abi, Block, Column, InputArena};
use scorepack::compile::{CompileOptions, compile_graph};
use scorepack::graph::{Graph, GraphBuilder, ValueId, evaluate};
use scorepack::model::Method;
use scorepack::ops::squared_length::{SquaredLength, SumOrder};
use scorepack::ops::{Example, ExampleInput, Op, ValueType};
use scorepack::sandbox::{CompiledModule, Instance, Scorer};
use scorepack::tensor::{Data, ElementType, Matrix};

/// Graphs of an ordinary run: they take some seconds.
const CASES: u32 = 30;
/// Columns of a value beyond which graphs only become slow.
const MOST_WIDTH: usize = 48;
/// Fields of each element type.
const FIELDS_OF_A_TYPE: usize = 3;
/// Bytes of a text column: enough for every row.
const TEXT_BYTES: u32 = 4096;
/// Operators that take what one other operator with the same attributes makes: leaves of their own trees.
const FED_BY_ONE: [&str; 1] = ["leaf_linear"];
const FIELD_TYPES: [ElementType; 3] = [ElementType::F64, ElementType::F32, ElementType::Text];

/// What a graph is made from: numbers that choose.
#[derive(Debug, Clone)]
struct Recipe {
    steps: Vec<Step>,
    rows: usize,
    cells: Vec<u64>,
}

/// One operator: which, and which values it takes.
#[derive(Debug, Clone)]
struct Step {
    operator: u32,
    example: u32,
    picks: Vec<u32>,
}

fn recipes() -> impl Strategy<Value = Recipe> {
    let step = (any::<u32>(), any::<u32>(), vec(any::<u32>(), 6));
    let step = step.prop_map(|(operator, example, picks)| Step { operator, example, picks });
    let rows = prop_oneof![Just(1), Just(32), Just(33), 0usize..70];
    let recipe = (vec(step, 1..14), rows, vec(any::<u64>(), 1..200));
    recipe.prop_map(|(steps, rows, cells)| Recipe { steps, rows, cells })
}

/// Values at which arithmetic changes its mind.
const HOSTILE: [f64; 24] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.5,
    -2.5,
    5e-324,
    -5e-324,
    f64::MIN_POSITIVE,
    f64::MAX,
    f64::MIN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    1e-45,
    3.402_823_6e38,
    16_777_217.0,
    9_007_199_254_740_993.0,
    9.223_372_036_854_776e18,
    -745.1,
    709.9,
    0.1,
    1e-17,
];

fn number(cell: u64) -> f64 {
    match cell % 4 {
        0 => HOSTILE[(cell / 4) as usize % HOSTILE.len()],
        1 => (cell / 4 % 9) as f64 - 3.0,
        2 => (cell >> 11) as f64 / (1u64 << 51) as f64 - 2.0,
        _ => f64::from_bits(cell.rotate_left(17)),
    }
}

fn text(cell: u64) -> Option<&'static str> {
    const TEXTS: [&str; 12] =
        ["", "a", "b", "red", "green", "b c a b", " A,b;c ", "größe", "ΣΑΣ ss ß", "1", "nan", "the cat and the hat"];
    (!cell.is_multiple_of(13)).then(|| TEXTS[(cell / 13) as usize % TEXTS.len()])
}

/// A graph while it is made, with the values that there are.
struct Growing {
    builder: GraphBuilder,
    values: Vec<ValueId>,
}

impl Growing {
    fn new() -> Self {
        let fields = FIELD_TYPES.iter().flat_map(|element| [*element; FIELDS_OF_A_TYPE]);
        let mut builder = GraphBuilder::new(fields.collect());
        let mut values = Vec::new();
        for (i, element) in FIELD_TYPES.iter().enumerate() {
            let fields: Vec<usize> = (i * FIELDS_OF_A_TYPE..(i + 1) * FIELDS_OF_A_TYPE).collect();
            match element {
                ElementType::Text => values.extend(fields.iter().map(|field| builder.input(vec![*field]).unwrap())),
                _ => values.push(builder.input(fields).unwrap()),
            }
        }
        Growing { builder, values }
    }

    /// Applies an example's operator to values of this graph, where there are some that fit.
    fn grow(&mut self, example: &Example, picks: &[u32]) {
        let inputs = example.inputs.iter().zip(picks.iter().cycle());
        let inputs = inputs.map(|(input, pick)| {
            let value = self.operand(input, *pick as usize)?;
            if ends_in_length(&example.op) { self.with_length(value) } else { Some(value) }
        });
        let inputs: Option<Vec<ValueId>> = inputs.collect();
        // What an operator refuses, a lowering would not build.
        if let Some(Ok(value)) = inputs.map(|inputs| self.builder.apply(example.op.clone(), &inputs)) {
            self.values.push(value);
        }
    }

    /// A value of the type that an example's input has.
    fn operand(&mut self, input: &ExampleInput, pick: usize) -> Option<ValueId> {
        let ty = type_of(input);
        if !ty.per_row {
            return self.builder.constant(input.matrix.data.clone()).ok();
        }
        if ty.is_sparse {
            return self.sparse(ty);
        }
        let same = |value: &&ValueId| self.is_dense(**value) && self.builder.ty(**value).element == ty.element;
        let same: Vec<ValueId> = self.values.iter().filter(same).copied().collect();
        let value = match same.len() {
            0 => self.cast(ty.element, pick)?,
            // Now and then from another type.
            _ if pick.is_multiple_of(5) => self.cast(ty.element, pick).unwrap_or(same[pick % same.len()]),
            count => same[pick % count],
        };
        self.cut(value, ty.width, pick)
    }

    /// The value whose last column is the squared length of the others.
    fn with_length(&mut self, value: ValueId) -> Option<ValueId> {
        let columns = self.builder.width(value) - 1;
        let value = self.builder.columns(value, (0..columns).collect()).ok()?;
        let length = self.builder.apply(SquaredLength { order: SumOrder::TwoLanes }, &[value]).ok()?;
        self.builder.concat(&[value, length]).ok()
    }

    fn is_dense(&self, value: ValueId) -> bool {
        let ty = self.builder.ty(value);
        ty.per_row && !ty.is_sparse
    }

    fn cast(&mut self, element: ElementType, pick: usize) -> Option<ValueId> {
        let dense: Vec<ValueId> = self.values.iter().filter(|value| self.is_dense(**value)).copied().collect();
        self.builder.cast(dense[pick % dense.len()], element).ok()
    }

    /// As many columns as are wanted, some of them several times.
    fn cut(&mut self, value: ValueId, width: usize, pick: usize) -> Option<ValueId> {
        let found = self.builder.width(value);
        if found == width {
            return Some(value);
        }
        self.builder.columns(value, (0..width).map(|i| (i * (1 + pick % 7) + pick) % found).collect()).ok()
    }

    /// The last sparse value of a type, or a new one.
    fn sparse(&mut self, ty: ValueType) -> Option<ValueId> {
        let fits = |value: &&ValueId| self.builder.ty(**value) == ty;
        if let Some(value) = self.values.iter().rev().find(fits) {
            return Some(*value);
        }
        let (positions, values) = (self.cast(ElementType::I64, 0)?, self.cast(ElementType::F64, 1)?);
        let (positions, values) = (self.cut(positions, 3, 1)?, self.cut(values, 3, 2)?);
        let sparse = self.builder.scatter(positions, values, ty.width).ok()?;
        let sparse = self.builder.cast(sparse, ty.element).ok()?;
        self.values.push(sparse);
        (self.builder.ty(sparse) == ty).then_some(sparse)
    }

    /// The graph, and a method for each of the last values that a module can return.
    fn finish(self) -> (Graph, Vec<(Method, ValueId)>) {
        let is_output = |value: &&ValueId| {
            let ty = self.builder.ty(**value);
            let is_plain = !matches!(ty.element, ElementType::U8 | ElementType::U16 | ElementType::U32);
            ty.per_row && is_plain && (!ty.is_sparse || ty.element.is_float())
        };
        let outputs: Vec<ValueId> = self.values.iter().rev().filter(is_output).take(6).copied().collect();
        let methods = outputs.into_iter().enumerate().map(|(i, value)| {
            let is_list = self.builder.width(value) > 1 || self.builder.ty(value).is_sparse;
            let name = format!("method_{i}");
            let method = match is_list {
                true => Method::list(&name, "output", value, Vec::new()),
                false => Method::scalar(&name, "output", value),
            };
            (method, value)
        });
        let methods = methods.collect();
        (self.builder.finish(), methods)
    }
}

/// Whether an operator's rows end in their squared length: others have no distances to its points.
fn ends_in_length(op: &Op) -> bool {
    match op {
        Op::Nearest(nearest) => nearest.metric.has_lengths(),
        Op::Closest(closest) => closest.is_whole,
        _ => false,
    }
}

fn type_of(input: &ExampleInput) -> ValueType {
    let matrix = &input.matrix;
    ValueType {
        element: matrix.element(),
        width: matrix.width,
        per_row: input.per_row,
        is_sparse: matrix.pattern.is_some(),
    }
}

/// The examples of every operator that a graph can hold; a refusal of rows is a guard, no value.
fn operators() -> Vec<(&'static str, Vec<Example>)> {
    let fits = |example: &Example| {
        let narrow = example.inputs.iter().all(|input| input.matrix.width <= MOST_WIDTH);
        narrow && !example.inputs.is_empty() && !matches!(example.op, Op::Ensure(_))
    };
    let examples = scorepack::ops::examples();
    let examples = examples.into_iter().map(|(name, examples)| (name, examples.into_iter().filter(fits).collect()));
    let takes_part = |(name, examples): &(&str, Vec<_>)| !examples.is_empty() && !FED_BY_ONE.contains(name);
    examples.filter(takes_part).collect()
}

fn graph_of(recipe: &Recipe, operators: &[(&str, Vec<Example>)]) -> (Graph, Vec<(Method, ValueId)>) {
    let mut growing = Growing::new();
    for step in &recipe.steps {
        let (_, examples) = &operators[step.operator as usize % operators.len()];
        growing.grow(&examples[step.example as usize % examples.len()], &step.picks);
    }
    growing.finish()
}

/// Rows of hostile values for a module.
fn block_of(abi: &Abi, recipe: &Recipe) -> Block {
    let mut block = Block::new(abi);
    block.rows = recipe.rows.min(abi.block_rows as usize);
    let cell = |row: usize, field: u32| {
        let at = row * FIELD_TYPES.len() * FIELDS_OF_A_TYPE + field as usize;
        recipe.cells[at % recipe.cells.len()].wrapping_mul(0x9e37_79b9_7f4a_7c15 | 1).rotate_left(at as u32 / 64)
    };
    for (column, arena) in block.columns.iter_mut().zip(&abi.inputs) {
        for row in 0..block.rows {
            match (&mut *column, arena) {
                (Column::F32 { items, .. }, InputArena::Matrix { fields, .. }) => {
                    items.extend(fields.iter().map(|field| number(cell(row, *field)) as f32));
                }
                (Column::F64 { items, .. }, InputArena::Matrix { fields, .. }) => {
                    items.extend(fields.iter().map(|field| number(cell(row, *field))));
                }
                (column, InputArena::Text { field, .. }) => column.push_text(text(cell(row, *field))),
                _ => unreachable!("a block has a column per arena"),
            }
        }
    }
    block
}

/// The first element at which two results differ, any NaN being equal to any NaN, with both elements.
fn difference(expected: &Data, found: &Data) -> Option<String> {
    let equal = |at: usize| match (expected, found) {
        (Data::F64(a), Data::F64(b)) => a[at].to_bits() == b[at].to_bits() || (a[at].is_nan() && b[at].is_nan()),
        (Data::F32(a), Data::F32(b)) => a[at].to_bits() == b[at].to_bits() || (a[at].is_nan() && b[at].is_nan()),
        (Data::I64(a), Data::I64(b)) => a[at] == b[at],
        (Data::Bool(a), Data::Bool(b)) => a[at] == b[at],
        (Data::Text(a), Data::Text(b)) => a[at] == b[at],
        _ => false,
    };
    if expected.len() != found.len() {
        return Some(format!("{} elements instead of {}", found.len(), expected.len()));
    }
    let at = (0..expected.len()).find(|at| !equal(*at))?;
    let shown = |data: &Data| format!("{:?}", data.gather(std::iter::once(at)));
    Some(format!("element {at} is {}, expected {}", shown(found), shown(expected)))
}

/// What a method returns, by the module and by the interpreter.
fn agree(graph: &Graph, value: ValueId, name: &str, block: &Block, instance: &mut Instance) -> Result<(), String> {
    let abi = instance.abi().clone();
    let expected = evaluate(graph, &[value], block.rows, |fields| block.matrix(&abi, fields));
    let found = instance.call(name, block);
    match (expected, found) {
        (Ok(expected), Ok(found)) => {
            let (expected, found): (&Matrix, _) = (&expected[0], &found[0]);
            if expected.pattern != found.pattern {
                return Err(format!("stored are {:?}, expected {:?}", found.pattern, expected.pattern));
            }
            difference(&expected.data, &found.values).map_or(Ok(()), Err)
        }
        (Err(refused), Err(error)) if error.code() == "row-refused" => {
            let message = &graph.sites()[refused.site as usize].message;
            if error.to_string().contains(message.as_str()) { Ok(()) } else { Err(error.to_string()) }
        }
        (expected, found) => Err(format!("expected {:?}, found {:?}", expected.map(|_| ()), found.map(|_| ()))),
    }
}

fn check(recipe: &Recipe, operators: &[(&str, Vec<Example>)]) -> Result<usize, TestCaseError> {
    let (graph, methods) = graph_of(recipe, operators);
    let fail = |what: String| TestCaseError::fail(format!("{what}\n{}", graph.dump()));
    let named: Vec<Method> = methods.iter().map(|(method, _)| method.clone()).collect();
    let module = compile_graph(&graph, &named, CompileOptions { max_text_bytes: TEXT_BYTES });
    let module = match module {
        Ok(module) => module,
        Err(error) if error.code() == "limit" => return Ok(0),
        Err(error) => return Err(fail(error.to_string())),
    };
    let compiled = CompiledModule::new(&module.wasm).map_err(|error| fail(error.to_string()))?;
    let mut instance = compiled.instantiate().map_err(|error| fail(error.to_string()))?;
    let block = block_of(&module.abi, recipe);
    for (method, value) in &methods {
        agree(&graph, *value, &method.name, &block, &mut instance)
            .map_err(|difference| fail(format!("%{value:?} of {} rows: {difference}", block.rows)))?;
    }
    Ok(graph.nodes().len())
}

#[test]
fn modules_and_the_interpreter_agree_on_random_graphs() {
    let cases = std::env::var("SCOREPACK_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let config = Config { cases, max_shrink_iters: 200, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let operators = operators();
    let nodes = std::cell::Cell::new(0);
    let result = runner.run(&recipes(), |recipe| {
        // A panic is a finding like the others, to be made small.
        let checked = std::panic::catch_unwind(|| check(&recipe, &operators));
        nodes.set(nodes.get() + checked.unwrap_or_else(|_| Err(TestCaseError::fail("a panic")))?);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    println!("{cases} graphs of {} values from {} operators agree", nodes.get(), operators.len());
    assert!(nodes.get() > cases as usize * 5, "the graphs are too small to tell anything");
}
