//! The operators: one file each, with its type rule, its reference evaluation, its emission and its examples.
//!
//! A framework's estimator is never an operator; it is lowered to these. An operator's definition includes the order
//! of its sums: `evaluate` and `emit` agree bit for bit (compile/parity.rs), but for the payload of a NaN.

pub mod arg_max;
pub mod bin;
pub mod binary;
pub mod cast;
pub mod closest;
pub mod columns;
pub mod concat;
pub mod constant;
pub mod convolve;
pub mod coupling;
pub mod crossed;
pub mod dense;
pub mod dot;
pub mod emit;
pub mod ensure;
pub mod error_function;
pub mod fused;
pub mod gram;
mod grid;
pub mod hash_fold;
pub mod integer_lookup;
pub mod lanes;
pub mod lasso_minimum;
pub mod leaf_linear;
pub mod least;
pub mod least_angle;
pub mod matching_pursuit;
pub mod math;
pub mod min_plus;
pub mod multiplicative_weights;
pub mod nearest;
pub mod nonnegative_minimum;
pub mod number_lookup;
pub mod one_hot;
pub mod pairwise;
pub mod rank_trees;
pub mod records;
pub mod reduce;
pub mod row_major;
mod row_products;
pub mod scatter;
pub mod select;
pub mod solve;
pub mod sparse;
mod sparse_dot;
pub mod squared_length;
pub mod squares;
pub mod steps;
pub mod take;
pub mod tally;
pub mod terms;
pub mod text_hash;
pub mod text_lookup;
pub mod text_replace;
mod tile;
pub mod topic_shares;
pub mod tree_kernels;
pub mod tree_leaf;
pub mod tree_sum;
pub mod trigonometry;
pub mod unary;
pub mod unicode;
pub mod weighted_median;

use std::fmt::Debug;

use crate::error::{Error, Result};
use crate::tensor::{ElementType, Matrix};
use emit::{Emit, Place};

/// What a method returns when it scored every row.
pub const STATUS_OK: i32 = 0;
/// What a method returns for a row count outside `0..=block_rows`.
pub const STATUS_ROW_COUNT: i32 = 1;
/// What a method returns when the framework itself would refuse a row; the failure record names it.
pub const STATUS_ROW_REFUSED: i32 = 2;
/// What a method returns when a text or sparse value of the block does not fit its arena.
pub const STATUS_OUTPUT_FULL: i32 = 3;

/// The type of a value: per row (`rows × width` elements) or once for the whole call (`width` elements).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueType {
    /// The element type.
    pub element: ElementType,
    /// Elements per row.
    pub width: usize,
    /// Whether each row has its own.
    pub per_row: bool,
    /// Whether only some elements of a row are stored and all others are 0: per-row numbers, never made dense.
    pub is_sparse: bool,
}

impl ValueType {
    /// A per-row value.
    pub fn rows(element: ElementType, width: usize) -> Self {
        ValueType { element, width, per_row: true, is_sparse: false }
    }

    /// A value of the whole call.
    pub fn whole(element: ElementType, width: usize) -> Self {
        ValueType { element, width, per_row: false, is_sparse: false }
    }

    /// A per-row value of which only some elements are stored.
    pub fn sparse(element: ElementType, width: usize) -> Self {
        ValueType { is_sparse: true, ..ValueType::rows(element, width) }
    }
}

/// What an operator makes of sparse inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SparseInputs {
    /// It takes none.
    Refused,
    /// It acts on the stored elements alone, whose places stay: its sparse inputs must store the same elements.
    Elementwise,
    /// It takes them; a sparse output stores elements of its own.
    Taken,
}

/// What an operator makes of dense per-row inputs whose rows lie one after the other instead of in planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowMajor {
    /// It needs planes.
    Refused,
    /// It takes them all so, and its output lies so too; or none.
    Kept,
    /// It takes them so; its output then lies as its readers like it.
    Taken,
}

/// What a block of a value may hold, for the memory plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The type.
    pub ty: ValueType,
    /// The most bytes of text.
    pub text_bytes: u64,
    /// The most stored elements of a sparse value.
    pub stored: u64,
}

/// A row that the framework would refuse, found by `evaluate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRefused {
    /// The row.
    pub row: usize,
    /// Which check refused it: an index into the graph's sites.
    pub site: u32,
}

/// One operator with its attributes.
pub trait Operator: Debug {
    /// The name in dumps and messages.
    fn name(&self) -> &'static str;

    /// The type of the output, or why these inputs do not fit.
    fn infer(&self, inputs: &[ValueType]) -> Result<ValueType>;

    /// The output for `rows` rows: the definition, plain and slow. A value of the whole call is one row.
    fn evaluate(&self, inputs: &[&Matrix], rows: usize) -> Result<Matrix, RowRefused>;

    /// Writes the operator's function body.
    fn emit(&self, e: &mut Emit<'_>, inputs: &[&Place], output: &Place);

    /// Bytes of scratch memory for planes of `stride` rows.
    fn scratch_bytes(&self, _inputs: &[ValueType], _stride: u32) -> u64 {
        0
    }

    /// [`Operator::scratch_bytes`] for operators whose memory depends on the text they read.
    fn scratch_bytes_for(&self, inputs: &[Held], stride: u32) -> u64 {
        self.scratch_bytes(&inputs.iter().map(|input| input.ty).collect::<Vec<_>>(), stride)
    }

    /// Whether it reads texts piece by piece, which may be long: their arenas are larger.
    fn reads_documents(&self) -> bool {
        false
    }

    /// What it makes of sparse inputs.
    fn sparse_inputs(&self) -> SparseInputs {
        SparseInputs::Refused
    }

    /// What it makes of row-major inputs.
    fn row_major(&self, _inputs: &[ValueType]) -> RowMajor {
        RowMajor::Refused
    }

    /// The most elements that a block of a sparse output stores, for operators that choose them.
    fn most_stored(&self, _inputs: &[Held], _stride: u32) -> u64 {
        0
    }

    /// Bytes of text one row of the output may hold beyond those of its text inputs, for operators that make text.
    fn text_bytes_per_row(&self) -> usize {
        0
    }
}

/// An operator with inputs, for the parity tests.
#[derive(Debug)]
pub struct Example {
    /// The operator.
    pub op: Op,
    /// Its inputs; the first row count that is not of a whole-call value decides.
    pub inputs: Vec<ExampleInput>,
}

/// One input of an [`Example`].
#[derive(Debug)]
pub struct ExampleInput {
    /// The values; one row for a value of the whole call.
    pub matrix: Matrix,
    /// Whether each row has its own.
    pub per_row: bool,
}

macro_rules! operators {
    ($($(#[$doc:meta])* $module:ident :: $name:ident,)*) => {
        /// Every operator. The set is closed: frameworks lower to it.
        #[derive(Debug, Clone)]
        pub enum Op {
            $($(#[$doc])* $name($module::$name),)*
        }

        $(impl From<$module::$name> for Op {
            fn from(op: $module::$name) -> Op {
                Op::$name(op)
            }
        })*

        impl Op {
            /// The operator behind the variant.
            pub fn operator(&self) -> &dyn Operator {
                match self {
                    $(Op::$name(op) => op,)*
                }
            }
        }

        /// The examples of every operator, by the operator's file name.
        pub fn examples() -> Vec<(&'static str, Vec<Example>)> {
            vec![$((stringify!($module), $module::examples()),)*]
        }
    };
}

operators! {
    /// A value of the whole call.
    constant::Constant,
    /// One function of every element.
    unary::Unary,
    /// One function of two elements.
    binary::Binary,
    /// One of two elements by a condition.
    select::Select,
    /// Another element type.
    cast::Cast,
    /// Several values side by side.
    concat::Concat,
    /// Some columns of a value.
    columns::Columns,
    /// One number from the columns of a row.
    reduce::Reduce,
    /// The position of the largest column.
    arg_max::ArgMax,
    /// The column at which the weights reach half.
    weighted_median::WeightedMedian,
    /// Weighted sums of the columns.
    dot::Dot,
    /// The sum of the squares of the columns.
    squared_length::SquaredLength,
    /// The distances from constant points.
    pairwise::Pairwise,
    /// The products of some vectors with each other.
    gram::Gram,
    /// The circular convolution of two rows.
    convolve::Convolve,
    /// The solution of a system of equations.
    solve::Solve,
    /// The shortest ways over a column.
    min_plus::MinPlus,
    /// The nearest of constant points.
    nearest::Nearest,
    /// The position of the nearest of constant points.
    closest::Closest,
    /// The least of some columns.
    least::Least,
    /// Weights of votes, added up for each candidate.
    tally::Tally,
    /// Every element of a sparse value.
    dense::Dense,
    /// Values at given columns of a sparse value.
    scatter::Scatter,
    /// The position of a number in a list.
    number_lookup::NumberLookup,
    /// The position of an integer in a list.
    integer_lookup::IntegerLookup,
    /// The position of a text in a list.
    text_lookup::TextLookup,
    /// The hash of a text.
    text_hash::TextHash,
    /// One hash of several.
    hash_fold::HashFold,
    /// One text replaced by another.
    text_replace::TextReplace,
    /// The terms of a text, counted.
    terms::Terms,
    /// The entries of a table at some positions.
    take::Take,
    /// The entries of tables where positions and tests cross.
    crossed::Crossed,
    /// A column per position, 1 at the given one.
    one_hot::OneHot,
    /// Class probabilities from those of pairs.
    coupling::Coupling,
    /// The non-negative minimum of a quadratic form.
    nonnegative_minimum::NonnegativeMinimum,
    /// Non-negative weights of parts.
    multiplicative_weights::MultiplicativeWeights,
    /// The minimum of a quadratic form and a penalty on magnitudes.
    lasso_minimum::LassoMinimum,
    /// Weights of a few atoms.
    matching_pursuit::MatchingPursuit,
    /// Weights along the path of least angles.
    least_angle::LeastAngle,
    /// Shares of topics in a document.
    topic_shares::TopicShares,
    /// A refusal of rows that the framework refuses.
    ensure::Ensure,
    /// The ranks of features among thresholds.
    bin::Bin,
    /// The sum of the leaves that a row reaches.
    tree_sum::TreeSum,
    /// The leaves that a row reaches.
    tree_leaf::TreeLeaf,
    /// The sum of linear models at leaves.
    leaf_linear::LeafLinear,
}

/// Refuses an operand for a reason; lowering builds only graphs that pass, so this is our own defect.
pub(crate) fn bad_operand(operator: &str, reason: impl std::fmt::Display) -> Error {
    Error::internal(format!("operator `{operator}`: {reason}"))
}

/// Checks the number of inputs.
pub(crate) fn expect_inputs(operator: &str, inputs: &[ValueType], count: usize) -> Result<()> {
    if inputs.len() == count {
        return Ok(());
    }
    Err(bad_operand(operator, format!("expected {count} inputs, found {}", inputs.len())))
}

/// The width of an elementwise result: all equal, or 1 where it is spread over the others' columns.
pub(crate) fn broadcast(operator: &str, inputs: &[ValueType]) -> Result<ValueType> {
    let width = inputs.iter().map(|input| input.width).max().unwrap_or(0);
    let element = inputs.first().map_or(ElementType::F64, |input| input.element);
    for input in inputs {
        if input.width != width && input.width != 1 {
            return Err(bad_operand(operator, format!("widths {width} and {} do not fit", input.width)));
        }
        if input.element != element {
            return Err(bad_operand(operator, format!("element types {element} and {} differ", input.element)));
        }
    }
    let is_sparse = inputs.iter().any(|input| input.is_sparse);
    if is_sparse && inputs.iter().any(|input| !input.is_sparse && input.per_row && input.width > 1) {
        return Err(bad_operand(operator, "a sparse and a dense table"));
    }
    if is_sparse && inputs.iter().any(|input| input.is_sparse && input.width != width) {
        return Err(bad_operand(operator, "a sparse column over a wider value"));
    }
    Ok(ValueType { element, width, per_row: inputs.iter().any(|input| input.per_row), is_sparse })
}

/// The index of the element that row `row`, column `column` of the result sees in a dense input.
pub(crate) fn broadcast_index(input: &Matrix, rows: usize, row: usize, column: usize) -> usize {
    let row = if input.rows == rows { row } else { 0 };
    row * input.width + if input.width == 1 { 0 } else { column }
}

/// Interesting f64 values for examples: zeros of both signs, subnormals, extremes, infinities, NaN, ordinary ones.
pub(crate) fn adversarial_f64() -> Vec<f64> {
    vec![
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        1.5,
        2.5,
        -2.5,
        1e-300,
        5e-324,
        -5e-324,
        f64::MIN_POSITIVE,
        f64::MAX,
        f64::MIN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        std::f64::consts::PI,
        -std::f64::consts::E,
        1e-10,
        1e10,
        -1e10,
        700.0,
        -700.0,
        745.0,
        -745.1,
        709.9,
        0.1,
        -0.1,
        1e-17,
        123456.789,
        88.0,
    ]
}

/// [`adversarial_f64`] in single precision, with f32's own extremes.
pub(crate) fn adversarial_f32() -> Vec<f32> {
    let own = [f32::MIN_POSITIVE, f32::MAX, f32::MIN, 1e-45, -1e-45, 16_777_217.0];
    adversarial_f64().into_iter().map(|x| x as f32).chain(own).collect()
}
