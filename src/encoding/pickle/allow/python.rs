//! Python's own types, as plain pickles of data hold them.

use super::{Actions, Row};

const CALL: Actions = Actions::CALL;
const CHECKED: Actions = Actions::CALL.and(Actions::CALL_ONLY);

pub(super) const TABLE: &[Row] = &[
    ("builtins", CALL, "set frozenset slice complex bytearray bytes range"),
    ("builtins", Actions::NEW, "object"),
    ("builtins", Actions::NAME, "bool dict float int list str tuple Ellipsis NotImplemented"),
    // With exact operands only (see `operands.rs`): `type(None)`, methods of `str`, members of listed enums.
    ("builtins", CHECKED, "getattr type"),
    // With the encoding latin1 only: bytes in protocols 0 to 2.
    ("_codecs", CHECKED, "encode"),
    ("copyreg", CALL.and(Actions::MAKES_FIRST), "_reconstructor"),
    ("copyreg", CALL.and(Actions::MAKES_FIRST), "__newobj__"),
    ("collections", CALL.and(Actions::ITEMS), "OrderedDict defaultdict"),
    // Items are appended by a method that an instance's own attribute could hide: a deque has none.
    ("collections", CALL.and(Actions::APPENDED), "deque"),
    // PyTorch keeps the versions of modules as an attribute of their state dict: that one, see `state.rs`.
    ("collections", Actions::STATE, "OrderedDict"),
    ("collections", CALL, "Counter"),
    ("functools", CALL.and(Actions::STATE), "partial"),
    ("datetime", CALL, "date datetime time timedelta timezone"),
    ("decimal", CALL, "Decimal"),
    ("fractions", CALL, "Fraction"),
    ("uuid", Actions::CLASS, "UUID"),
    ("pytz", CALL, "_UTC"),
];
