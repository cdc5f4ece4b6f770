//! Element types, shapes and matrices of rows: constants of a graph and values of the reference interpreter.

mod sparse;

pub use sparse::Pattern;

/// The type of one element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ElementType {
    /// IEEE 754 single precision.
    #[serde(rename = "float32")]
    F32,
    /// IEEE 754 double precision.
    #[serde(rename = "float64")]
    F64,
    /// Signed 64-bit integer.
    #[serde(rename = "int64")]
    I64,
    /// True or false, one byte.
    Bool,
    /// UTF-8 text, possibly missing.
    #[serde(rename = "string")]
    Text,
    /// Unsigned byte (ranks).
    #[serde(rename = "uint8")]
    U8,
    /// Unsigned 16-bit integer (ranks).
    #[serde(rename = "uint16")]
    U16,
    /// Unsigned 32-bit integer (ranks).
    #[serde(rename = "uint32")]
    U32,
}

impl ElementType {
    /// Bytes of one element in memory; of text, those of its offset.
    pub const fn bytes(self) -> u32 {
        match self {
            ElementType::Bool | ElementType::U8 => 1,
            ElementType::U16 => 2,
            ElementType::F32 | ElementType::U32 | ElementType::Text => 4,
            ElementType::F64 | ElementType::I64 => 8,
        }
    }

    /// Whether it is a floating-point type.
    pub const fn is_float(self) -> bool {
        matches!(self, ElementType::F32 | ElementType::F64)
    }

    /// The greatest whole number up to which a floating-point type holds every one.
    pub const fn exact_integers(self) -> Option<u64> {
        match self {
            ElementType::F32 => Some(1 << f32::MANTISSA_DIGITS),
            ElementType::F64 => Some(1 << f64::MANTISSA_DIGITS),
            _ => None,
        }
    }

    /// The name of the type in reports and files, as NumPy spells it.
    pub const fn name(self) -> &'static str {
        match self {
            ElementType::F32 => "float32",
            ElementType::F64 => "float64",
            ElementType::I64 => "int64",
            ElementType::Bool => "bool",
            ElementType::Text => "string",
            ElementType::U8 => "uint8",
            ElementType::U16 => "uint16",
            ElementType::U32 => "uint32",
        }
    }
}

impl std::fmt::Display for ElementType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The elements of a tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum Data {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    Bool(Vec<bool>),
    Text(Vec<Option<String>>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
}

/// Runs `$body` with `$items` bound to the vector inside, whatever its type.
#[macro_export]
macro_rules! with_data {
    ($data:expr, $items:ident => $body:expr) => {
        match $data {
            $crate::tensor::Data::F32($items) => $body,
            $crate::tensor::Data::F64($items) => $body,
            $crate::tensor::Data::I64($items) => $body,
            $crate::tensor::Data::Bool($items) => $body,
            $crate::tensor::Data::Text($items) => $body,
            $crate::tensor::Data::U8($items) => $body,
            $crate::tensor::Data::U16($items) => $body,
            $crate::tensor::Data::U32($items) => $body,
        }
    };
}

/// Applies a generic expression to a vector and wraps the result in the same variant.
#[macro_export]
macro_rules! map_data {
    ($data:expr, $items:ident => $body:expr) => {
        match $data {
            $crate::tensor::Data::F32($items) => $crate::tensor::Data::F32($body),
            $crate::tensor::Data::F64($items) => $crate::tensor::Data::F64($body),
            $crate::tensor::Data::I64($items) => $crate::tensor::Data::I64($body),
            $crate::tensor::Data::Bool($items) => $crate::tensor::Data::Bool($body),
            $crate::tensor::Data::Text($items) => $crate::tensor::Data::Text($body),
            $crate::tensor::Data::U8($items) => $crate::tensor::Data::U8($body),
            $crate::tensor::Data::U16($items) => $crate::tensor::Data::U16($body),
            $crate::tensor::Data::U32($items) => $crate::tensor::Data::U32($body),
        }
    };
}

impl Data {
    /// The element type.
    pub fn element(&self) -> ElementType {
        match self {
            Data::F32(_) => ElementType::F32,
            Data::F64(_) => ElementType::F64,
            Data::I64(_) => ElementType::I64,
            Data::Bool(_) => ElementType::Bool,
            Data::Text(_) => ElementType::Text,
            Data::U8(_) => ElementType::U8,
            Data::U16(_) => ElementType::U16,
            Data::U32(_) => ElementType::U32,
        }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        with_data!(self, items => items.len())
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends a zero; to texts a missing one.
    pub fn push_zero(&mut self) {
        with_data!(self, items => items.push(Default::default()));
    }

    /// Appends elements of the same type; others are left out.
    pub fn append(&mut self, more: Data) {
        match (self, more) {
            (Data::F32(a), Data::F32(b)) => a.extend(b),
            (Data::F64(a), Data::F64(b)) => a.extend(b),
            (Data::I64(a), Data::I64(b)) => a.extend(b),
            (Data::Bool(a), Data::Bool(b)) => a.extend(b),
            (Data::Text(a), Data::Text(b)) => a.extend(b),
            (Data::U8(a), Data::U8(b)) => a.extend(b),
            (Data::U16(a), Data::U16(b)) => a.extend(b),
            (Data::U32(a), Data::U32(b)) => a.extend(b),
            _ => {}
        }
    }

    /// The elements at `indices`, in that order.
    pub fn gather(&self, indices: impl Iterator<Item = usize> + Clone) -> Data {
        map_data!(self, items => pick(items, indices))
    }

    /// The little-endian bytes of a numeric or boolean vector; text has none.
    pub fn to_le_bytes(&self) -> Vec<u8> {
        match self {
            Data::F32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::F64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::I64(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::Bool(v) => v.iter().map(|x| u8::from(*x)).collect(),
            Data::Text(_) => Vec::new(),
            Data::U8(v) => v.clone(),
            Data::U16(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::U32(v) => v.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }
}

/// The items at `indices`, in that order.
fn pick<T: Clone>(items: &[T], indices: impl Iterator<Item = usize>) -> Vec<T> {
    indices.map(|i| items[i].clone()).collect()
}

/// A matrix of rows: `rows × width` elements, row-major. Every value of a graph is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Elements per row.
    pub width: usize,
    /// The elements: `rows * width` of them, or those that are stored.
    pub data: Data,
    /// Which elements are stored, for a sparse matrix.
    pub pattern: Option<Pattern>,
}

impl Matrix {
    /// A matrix over `data`, whose length must be `rows * width`.
    pub fn new(rows: usize, width: usize, data: Data) -> Self {
        debug_assert_eq!(data.len(), rows * width);
        Matrix { rows, width, data, pattern: None }
    }

    /// The element type.
    pub fn element(&self) -> ElementType {
        self.data.element()
    }

    /// The rows at `rows`, in that order.
    pub fn take_rows(&self, rows: &[usize]) -> Matrix {
        Self::of_rows(&self.data, self.pattern.as_ref(), self.width, rows)
    }

    /// The rows at `rows`, in that order, of `data`: all elements of rows of `width`, or those that `pattern` says are stored.
    pub fn of_rows(data: &Data, pattern: Option<&Pattern>, width: usize, rows: &[usize]) -> Matrix {
        if let Some(pattern) = pattern {
            let (pattern, positions) = pattern.take_rows(rows);
            return Matrix::sparse(width, pattern, data.gather(positions.into_iter()));
        }
        let indices = rows.iter().flat_map(move |row| (0..width).map(move |column| row * width + column));
        Matrix::new(rows.len(), width, data.gather(indices))
    }
}
