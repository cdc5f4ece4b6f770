//! The operands with which honest files call what they may call: for each function and class an exact form.
//!
//! A function that is on the allowlist may be called, but not with anything: many would open a file, call what they are
//! given or fill the memory. Each has a form here, which says of the arguments whether an honest file could have them. What
//! has none is never called.

use super::allow::Actions;
use super::arena::{Arena, FALSE, NONE, TRUE};
use super::danger;
use super::imports::{Import, Verdict};
use super::state::is_distribution;
use super::value::{Value, ValueId};

/// Whether a call's arguments are those of an honest file.
pub(super) type Form = fn(Operands<'_>, &[ValueId]) -> bool;

/// Methods of `str` that a vectorizer may hold as its tokenizer: `getattr(str, name)`.
const STR_METHODS: &[&str] =
    &["casefold", "lower", "rsplit", "rstrip", "lstrip", "split", "splitlines", "strip", "title", "upper"];
/// Enums of Snowpark ML, whose members are `getattr(enum, name)` in Python 3.11.
const SNOWPARK_ENUMS: &[&str] = &["BasicStatistics", "DataType", "NumericStatistics"];
/// Arrays and their subclasses.
const ARRAYS: &[&str] = &["ndarray", "matrix", "recarray", "memmap"];
/// Generators of bits.
const BIT_GENERATORS: &[&str] = &["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"];
/// What the constructors of pandas' indexes are given by name.
const INDEX_KEYS: &[&str] = &[
    "categories",
    "closed",
    "codes",
    "copy",
    "data",
    "dtype",
    "fastpath",
    "freq",
    "labels",
    "left",
    "levels",
    "name",
    "names",
    "ordered",
    "right",
    "sortorder",
    "start",
    "step",
    "stop",
    "tz",
    "verify_integrity",
];

/// The form of a function or class that may be called.
pub(super) fn form(module: &str, name: &str) -> Option<Form> {
    let package = module.split('.').next().unwrap_or_default();
    match package {
        "numpy" => numpy(name),
        "pandas" => pandas(name),
        "sklearn" | "_loss" => sklearn(name),
        "torch" => torch(name),
        "scipy" => Some(|_, args| args.is_empty()),
        "snowflake" => Some(|operands, args| matches!(args, [member] if operands.is_plain(*member, 2))),
        "xgboost" => Some(|operands, args| matches!(args, [member] if operands.is_int(*member))),
        // `Booster(None, None, None, text)`; its third parameter would name a file.
        "lightgbm" => Some(|operands, args| matches!(args, [NONE, NONE, NONE, text] if operands.is_text(*text))),
        _ => python(module, name),
    }
}

fn python(module: &str, name: &str) -> Option<Form> {
    Some(match (module, name) {
        ("builtins", "getattr") => |operands, args| operands.is_attribute(args),
        ("builtins", "type") => |_, args| matches!(args, [NONE]),
        ("builtins", "set" | "frozenset") => |operands, args| operands.is_collection(args),
        ("builtins", "slice") => |_, args| (1..=3).contains(&args.len()),
        ("builtins", "complex") => |operands, args| args.len() == 2 && operands.all(args, Operands::is_number),
        ("builtins", "range") => |operands, args| args.len() <= 3 && operands.all(args, Operands::is_int),
        // A number would be a count of zeros.
        ("builtins", "bytes" | "bytearray") => |operands, args| match args {
            [] => true,
            [bytes] => operands.is_bytes(*bytes),
            [text, encoding] => operands.is_text(*text) && operands.is_latin1(*encoding),
            _ => false,
        },
        ("_codecs", "encode") => {
            |operands, args| matches!(args, [text, encoding] if operands.is_text(*text) && operands.is_latin1(*encoding))
        }
        ("copyreg", "_reconstructor") => |operands, args| operands.is_reconstruction(args),
        ("copyreg", "__newobj__") => {
            |operands, args| matches!(args, [class, rest @ ..] if operands.is_new(*class, rest))
        }
        ("collections", "OrderedDict" | "Counter") => |operands, args| operands.is_collection(args),
        ("collections", "defaultdict") => |operands, args| match args {
            [NONE] => true,
            [factory] => operands.is_named(*factory, &["builtins", "collections", "numpy"]),
            _ => false,
        },
        ("collections", "deque") => |operands, args| match args {
            [items] => operands.is_collection(&[*items]),
            [items, most] => operands.is_collection(&[*items]) && (*most == NONE || operands.is_int(*most)),
            _ => args.is_empty(),
        },
        ("functools", "partial") => |operands, args| matches!(args, [function] if operands.is_function(*function)),
        ("datetime", "date" | "time" | "datetime") => |operands, args| match args {
            [packed] => operands.is_packed(*packed),
            [packed, zone] => operands.is_packed(*packed) && operands.is_made(*zone, &["timezone", "_UTC"]),
            _ => args.len() == 3 && operands.all(args, Operands::is_int),
        },
        ("datetime", "timedelta") => |operands, args| args.len() <= 3 && operands.all(args, Operands::is_int),
        ("datetime", "timezone") => |operands, args| {
            matches!(args, [offset, name @ ..] if operands.is_made(*offset, &["timedelta"])
                && name.len() <= 1 && operands.all(name, Operands::is_text))
        },
        ("decimal", "Decimal") => |operands, args| matches!(args, [text] if operands.is_text(*text)),
        // Of text it would work out any power of ten.
        ("fractions", "Fraction") => |operands, args| args.len() == 2 && operands.all(args, Operands::is_int),
        ("pytz", "_UTC") => |_, args| args.is_empty(),
        _ => return None,
    })
}

fn numpy(name: &str) -> Option<Form> {
    Some(match name {
        "dtype" => |operands, args| operands.is_type(args),
        "_reconstruct" => |operands, args| {
            matches!(args, [class, shape, kind] if operands.is_class(*class, ARRAYS)
                && operands.is_zero_shape(*shape) && operands.is_packed(*kind))
        },
        "_mareconstruct" => |operands, args| {
            matches!(args, [class, base, shape, kind] if operands.is_class(*class, &["MaskedArray"])
                && operands.is_class(*base, ARRAYS) && operands.is_zero_shape(*shape) && operands.is_packed(*kind))
        },
        // A scalar of objects would be whatever it is made of.
        "scalar" => |operands, args| {
            matches!(args, [dtype, data] if operands.is_dtype(*dtype) && !operands.is_object_type(*dtype)
                && (operands.is_packed(*data) || operands.is_array(*data)))
        },
        "_frombuffer" => |operands, args| {
            matches!(args, [data, dtype, shape, order, axes @ ..] if operands.is_bytes(*data) && operands.is_dtype(*dtype)
                && operands.is_tuple(*shape) && operands.is_text(*order) && axes.len() <= 1)
        },
        "__bit_generator_ctor" => |operands, args| match args {
            [name] => operands.is_text(*name) || operands.is_class(*name, BIT_GENERATORS),
            _ => args.is_empty(),
        },
        // The second operand is called with the first.
        "__randomstate_ctor" | "__generator_ctor" => |operands, args| match args {
            [name] => operands.is_text(*name) || operands.is_bit_generator(*name),
            [name, maker] => operands.is_text(*name) && operands.is_class(*maker, &["__bit_generator_ctor"]),
            _ => args.is_empty(),
        },
        "__pyx_unpickle_SeedSequence" => {
            |operands, args| operands.is_compiled(args, &["SeedSequence", "SeedlessSeedSequence"])
        }
        _ => return None,
    })
}

fn sklearn(name: &str) -> Option<Form> {
    Some(match name {
        "Tree" => |operands, args| {
            matches!(args, [features, classes, outputs] if operands.is_int(*features)
                && operands.is_array(*classes) && operands.is_int(*outputs))
        },
        "newObj" | "newObj32" | "newObj64" => {
            |operands, args| matches!(args, [class] if operands.class(*class).is_some_and(|class| class.module == operands.module()))
        }
        "Bunch" | "_DictWithDeprecatedKeys" => |operands, args| operands.is_collection(args),
        _ if name.starts_with("__pyx_unpickle_") => |operands, args| {
            let class =
                operands.callee.and_then(|callee| callee.qualname.strip_prefix("__pyx_unpickle_")).unwrap_or_default();
            operands.is_compiled(args, &[class])
        },
        _ => |operands, args| args.len() <= 2 && operands.all(args, Operands::is_number),
    })
}

fn pandas(name: &str) -> Option<Form> {
    Some(match name {
        "_new_Index" | "_new_DatetimeIndex" | "_new_IntervalIndex" | "_new_PeriodIndex" | "_new_TimedeltaIndex" => {
            |operands, args| matches!(args, [class, parts] if operands.class(*class).is_some_and(is_index) && operands.has_index_keys(*parts))
        }
        _ if name.starts_with("__pyx_unpickle_") => |operands, args| {
            matches!(args, [class, sum, state] if operands.class(*class).is_some_and(|class| class.module.starts_with("pandas"))
                && operands.is_int(*sum) && operands.is_plain(*state, 2))
        },
        _ => |operands, args| args.len() <= 8 && operands.all(args, |operands, arg| operands.is_plain(arg, 2)),
    })
}

fn torch(name: &str) -> Option<Form> {
    Some(match name {
        "_rebuild_tensor" | "_rebuild_tensor_v2" => |operands, args| {
            matches!(args, [storage, rest @ ..] if operands.is_storage(*storage) && rest.len() <= 6
                && operands.all(rest, |operands, arg| operands.is_plain(arg, 1)))
        },
        // What is no tensor would be asked for its methods.
        "_rebuild_parameter" => |operands, args| {
            matches!(args, [tensor, rest @ ..] if operands.is_tensor(*tensor) && rest.len() <= 2
                && operands.all(rest, |operands, arg| operands.is_plain(arg, 0)))
        },
        "_rebuild_sparse_tensor" => |operands, args| match args {
            [layout, parts] => {
                operands.is_made(*layout, &["_get_layout"])
                    && operands.arena.tuple_items(*parts).is_some_and(|parts| {
                        parts.len() <= 8 && operands.all(parts, |operands, part| operands.is_plain(part, 1))
                    })
            }
            _ => false,
        },
        "Size" => |operands, args| operands.is_collection(args),
        "device" | "_get_layout" => |operands, args| match args {
            [name] => operands.is_text(*name),
            [name, index] => operands.is_text(*name) && operands.is_int(*index),
            _ => false,
        },
        _ => return None,
    })
}

fn is_index(import: &Import) -> bool {
    import.verdict != Verdict::Allowed || import.module.starts_with("pandas") && import.qualname.ends_with("Index")
}

/// What is asked of arguments.
#[derive(Clone, Copy)]
pub(super) struct Operands<'a> {
    pub(super) arena: &'a Arena,
    pub(super) input: &'a [u8],
    /// What is called, where anything is.
    pub(super) callee: Option<&'a Import>,
}

impl<'a> Operands<'a> {
    fn value(self, id: ValueId) -> &'a Value {
        self.arena.value(id)
    }

    /// Where what is called comes from.
    fn module(self) -> &'a str {
        self.callee.map_or("", |callee| callee.module.as_str())
    }

    fn text(self, id: ValueId) -> Option<&'a str> {
        self.arena.text(self.input, id)
    }

    fn all(self, args: &[ValueId], is: fn(Self, ValueId) -> bool) -> bool {
        args.iter().all(|arg| is(self, *arg))
    }

    fn is_text(self, id: ValueId) -> bool {
        matches!(self.value(id), Value::Str(_))
    }

    fn is_latin1(self, id: ValueId) -> bool {
        matches!(self.text(id), Some("latin1" | "latin-1"))
    }

    fn is_int(self, id: ValueId) -> bool {
        matches!(self.value(id), Value::Int(_) | Value::BigInt(_))
    }

    fn is_number(self, id: ValueId) -> bool {
        matches!(self.value(id), Value::Int(_) | Value::Float(_))
    }

    fn is_tuple(self, id: ValueId) -> bool {
        matches!(self.value(id), Value::Tuple(_))
    }

    fn is_zero_shape(self, id: ValueId) -> bool {
        matches!(self.arena.tuple_items(id), Some([extent]) if matches!(self.value(*extent), Value::Int(0)))
    }

    /// The function or class whose call made an object.
    fn maker(self, id: ValueId) -> Option<&'a Import> {
        match self.value(id) {
            Value::Object(object) => self.arena.global(object.callee),
            _ => None,
        }
    }

    fn is_made(self, id: ValueId, names: &[&str]) -> bool {
        self.maker(id).is_some_and(|maker| names.contains(&maker.qualname.as_str()))
    }

    /// Bytes, in the forms of all protocols.
    pub(super) fn is_bytes(self, id: ValueId) -> bool {
        matches!(self.value(id), Value::Bytes(_) | Value::ByteArray(_))
            || self.maker(id).is_some_and(|maker| {
                maker.is("_codecs", "encode") || maker.is("builtins", "bytes") || maker.is("builtins", "bytearray")
            })
    }

    /// Bytes, or the text that Python 2 wrote for them.
    pub(super) fn is_packed(self, id: ValueId) -> bool {
        self.is_text(id) || self.is_bytes(id)
    }

    pub(super) fn is_array(self, id: ValueId) -> bool {
        matches!(self.value(id), Value::Array(_))
            || self.is_made(id, &["_reconstruct", "_frombuffer", "_mareconstruct"])
    }

    pub(super) fn is_dtype(self, id: ValueId) -> bool {
        self.maker(id).is_some_and(|maker| maker.is("numpy", "dtype"))
    }

    fn is_object_type(self, id: ValueId) -> bool {
        let Value::Object(dtype) = self.value(id) else { return false };
        let name = self.arena.tuple_items(dtype.args).and_then(|args| args.first());
        name.and_then(|name| self.text(*name)).is_some_and(|name| name.starts_with('O'))
    }

    fn is_tensor(self, id: ValueId) -> bool {
        let makers = ["_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_sparse_tensor", "_rebuild_parameter"];
        matches!(self.value(id), Value::Unknown) || self.is_made(id, &makers)
    }

    fn is_storage(self, id: ValueId) -> bool {
        matches!(self.value(id), Value::Persistent(_) | Value::Unknown)
    }

    /// A class or function of a name; one that is unknown was complained about already.
    fn class(self, id: ValueId) -> Option<&'a Import> {
        self.arena.global(id)
    }

    fn is_class(self, id: ValueId, names: &[&str]) -> bool {
        self.class(id).is_some_and(|class| {
            class.verdict != Verdict::Allowed
                || class.module.starts_with("numpy") && names.contains(&class.qualname.as_str())
        })
    }

    fn is_named(self, id: ValueId, modules: &[&str]) -> bool {
        self.class(id)
            .is_some_and(|class| class.verdict != Verdict::Allowed || modules.contains(&class.module.as_str()))
    }

    /// A function that can be handed around: neither a class that opens something nor what must only be called.
    pub(super) fn is_function(self, id: ValueId) -> bool {
        self.class(id).is_some_and(|class| class.verdict != Verdict::Allowed || class.permitted == Actions::NAME)
    }

    fn is_bit_generator(self, id: ValueId) -> bool {
        let Value::Object(object) = self.value(id) else { return false };
        let subject = self.arena.subject(object);
        self.is_made(id, &["__bit_generator_ctor"]) || self.is_class(subject, BIT_GENERATORS)
    }

    /// Nothing, or one plain container: what a call returns could be without end, or run when it is walked through.
    fn is_collection(self, args: &[ValueId]) -> bool {
        let plain =
            |id: &ValueId| matches!(self.value(*id), Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Set(_));
        args.len() <= 1 && args.iter().all(plain)
    }

    /// Data and objects, but no class or function; texts that pandas would take for a file of time zones are none.
    pub(super) fn is_plain(self, id: ValueId, depth: usize) -> bool {
        match self.value(id) {
            // A type is a value of many fields of a signature.
            Value::Global(_) => depth < 2 && self.module().starts_with("snowflake"),
            Value::Str(span) => !self.arena.bytes(self.input, *span).starts_with(b"dateutil"),
            Value::Tuple(items) if items.len() <= 64 && depth > 0 => {
                items.iter().all(|item| self.is_plain(*item, depth - 1))
            }
            _ => true,
        }
    }

    fn has_index_keys(self, id: ValueId) -> bool {
        let Value::Dict(entries) = self.value(id) else { return false };
        entries.len() <= INDEX_KEYS.len()
            && entries.iter().all(|(key, value)| {
                self.text(*key).is_some_and(|key| INDEX_KEYS.contains(&key)) && self.is_plain(*value, 0)
            })
    }

    /// `dtype('f8', False, True)`: a type that nothing else refers to.
    fn is_type(self, args: &[ValueId]) -> bool {
        let [name, align, copy] = args else { return false };
        let named = match self.value(*name) {
            Value::Str(span) => is_type_name(self.arena.bytes(self.input, *span)),
            _ => self.is_class(*name, &["record", "void"]),
        };
        let is = |id: ValueId, truth: ValueId, number| {
            id == truth || matches!(self.value(id), Value::Int(found) if *found == number)
        };
        named && is(*align, FALSE, 0) && is(*copy, TRUE, 1)
    }

    /// `__pyx_unpickle_Name(Name, checksum, state)`.
    fn is_compiled(self, args: &[ValueId], names: &[&str]) -> bool {
        let [class, sum, state] = args else { return false };
        let is_own = self.class(*class).is_some_and(|class| {
            class.verdict != Verdict::Allowed
                || class.module == self.module() && names.contains(&class.qualname.as_str())
        });
        is_own && self.is_int(*sum) && self.is_plain(*state, 1)
    }

    /// `_reconstructor(class, object, None)`, or a class on a type of Python's with a value of that type.
    fn is_reconstruction(self, args: &[ValueId]) -> bool {
        let [class, base, value] = args else { return false };
        let Some(base) = self.class(*base).filter(|base| base.module == "builtins") else { return false };
        let fits = match (base.qualname.as_str(), self.value(*value)) {
            ("object", Value::None) => true,
            ("dict", Value::Dict(_)) | ("list" | "set" | "frozenset", Value::List(_)) | ("tuple", Value::Tuple(_)) => {
                true
            }
            ("int", Value::Int(_)) | ("float", Value::Float(_)) | ("str", Value::Str(_)) => true,
            ("bytes", _) => self.is_bytes(*value),
            _ => false,
        };
        fits && self.is_instance(*class)
    }

    /// Whether a class may be instantiated; one that is not was complained about already.
    fn is_instance(self, class: ValueId) -> bool {
        let class = self.class(class);
        class.is_some_and(|class| class.verdict != Verdict::Allowed || class.permitted.contains(Actions::NEW))
    }

    /// Whether `class.__new__(class, *args)` has the arguments of an honest file: tuples with names have their items, and
    /// nothing else has any.
    pub(super) fn is_new(self, class: ValueId, args: &[ValueId]) -> bool {
        let Some(import) = self.class(class) else { return false };
        let most = match (import.module.as_str(), import.qualname.as_str()) {
            ("sklearn.impute._iterative", "_ImputerTriplet") => 3,
            ("sklearn._loss.glm_distribution", "DistributionBoundary") => 2,
            _ if import.verdict != Verdict::Allowed => return true,
            _ => 0,
        };
        args.len() <= most && self.is_instance(class)
    }

    /// An attribute of something by a plain name that reaches nothing.
    pub(super) fn is_harmless_attribute(self, args: &[ValueId]) -> bool {
        let [object, name] = args else { return false };
        let is_known = self.class(*object).is_some_and(|class| class.verdict == Verdict::Dangerous);
        let is_text = self.is_text(*object);
        !is_known && !is_text && self.text(*name).is_some_and(|name| !danger::is_dangerous_attribute(name))
    }

    fn is_attribute(self, args: &[ValueId]) -> bool {
        let [object, name] = args else { return false };
        let Some(name) = self.text(*name) else { return false };
        if let Value::Object(object) = self.value(*object) {
            return name == "_entropy" && self.arena.global(self.arena.subject(object)).is_some_and(is_distribution);
        }
        let Some(object) = self.class(*object) else { return false };
        (object.is("builtins", "str") && STR_METHODS.contains(&name))
            || (object.module.starts_with("snowflake.ml.")
                && SNOWPARK_ENUMS.contains(&object.qualname.as_str())
                && object.verdict == Verdict::Allowed
                && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'))
    }
}

/// A letter and a size, as NumPy names its types in pickles.
fn is_type_name(name: &[u8]) -> bool {
    matches!(name, [kind, size @ ..] if b"?biufcmMOSUVa".contains(kind) && size.len() <= 10 && size.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::super::allow;

    #[test]
    fn whatever_may_be_called_has_a_form() {
        let called = allow::callable();
        assert!(called.len() > 200, "{} names", called.len());
        for (module, name) in called {
            assert!(super::form(module, name).is_some(), "{module}.{name}");
        }
    }
}
