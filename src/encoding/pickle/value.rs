//! What a pickle says, as data: values in one arena, referring to each other by index.
//!
//! Indices instead of pointers keep parsing, walking and dropping free of recursion at any depth, and let a list
//! hold itself. Large payloads stay where they are: a [`Span`] names bytes of the input.

/// The index of a value in its [`Pickle`](super::Pickle).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub(super) u32);

impl ValueId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The index of an import in [`Pickle::imports`](super::Pickle::imports).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImportId(pub(super) u32);

impl ImportId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A run of bytes: in the input, or past its end in the buffer of decoded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub(super) start: usize,
    pub(super) len: usize,
}

impl Span {
    /// How many bytes there are.
    pub fn len(self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// One value. Nothing here has been executed: an object is the call that would make it.
#[derive(Debug)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer of at most 64 bits.
    Int(i64),
    /// A longer integer: little-endian two's complement.
    BigInt(Span),
    /// A float.
    Float(f64),
    /// A `bytes`.
    Bytes(Span),
    /// A `bytearray`.
    ByteArray(Span),
    /// A `str`, checked to be UTF-8.
    Str(Span),
    /// A tuple.
    Tuple(Box<[ValueId]>),
    /// A list.
    List(Vec<ValueId>),
    /// A dict, in order of insertion; of equal keys the last one counts.
    Dict(Vec<(ValueId, ValueId)>),
    /// A set.
    Set(Vec<ValueId>),
    /// A frozenset.
    FrozenSet(Box<[ValueId]>),
    /// A class or function by name.
    Global(ImportId),
    /// What a call would return.
    Object(Box<Object>),
    /// An array whose bytes stand in the stream behind its joblib wrapper.
    Array(Box<WrappedArray>),
    /// A persistent id (PyTorch's storages).
    Persistent(ValueId),
    /// What could not be told, kept so that reporting can go on ([`Policy::Report`](super::Policy::Report) only).
    Unknown,
}

/// How an object is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// `callee(*args)`.
    Reduce,
    /// `callee.__new__(callee, *args, **kwargs)`.
    New,
    /// `callee(*args)`, or `callee.__new__(callee)` without arguments (protocol 0 and 1 instances).
    Instance,
}

/// A call that would make an object, and what is then done to it.
#[derive(Debug)]
pub struct Object {
    /// The class or function called.
    pub callee: ValueId,
    /// How it is called.
    pub how: How,
    /// The positional arguments, a tuple.
    pub args: ValueId,
    /// The keyword arguments, a dict.
    pub kwargs: Option<ValueId>,
    /// What `__setstate__` or `__dict__.update` receives.
    pub state: Option<ValueId>,
    /// Items appended to the object.
    pub list_items: Vec<ValueId>,
    /// Items set on the object.
    pub dict_items: Vec<(ValueId, ValueId)>,
}

/// An array of a joblib file.
#[derive(Debug)]
pub struct WrappedArray {
    /// The `NumpyArrayWrapper`: its state names dtype, shape and order.
    pub wrapper: ValueId,
    /// The elements.
    pub data: Span,
}
