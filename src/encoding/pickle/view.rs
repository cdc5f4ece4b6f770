//! A cursor over the values of a pickle, for readers of models: typed access, and errors that name the place.

use super::arena::Arena;
use super::imports::escaped;
use super::value::{Object, Value, ValueId};
use crate::encoding::array::{Origin, Places};
use crate::error::{Error, Result};

/// One value of a pickle. Copying it is free.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub(super) input: &'a [u8],
    pub(super) arena: &'a Arena,
    pub(super) id: ValueId,
    pub(super) parent: ValueId,
}

impl<'a> View<'a> {
    pub(super) fn new(input: &'a [u8], arena: &'a Arena, id: ValueId) -> Self {
        View { input, arena, id, parent: id }
    }

    /// The value `id`, reached through this one.
    pub(super) fn child(self, id: ValueId) -> View<'a> {
        View { id, parent: self.id, ..self }
    }

    /// The value `id`, reached through a value this one holds.
    pub(super) fn grandchild(self, parent: ValueId, id: ValueId) -> View<'a> {
        View { id, parent, ..self }
    }

    /// The value itself.
    pub fn value(self) -> &'a Value {
        self.arena.value(self.id)
    }

    /// The value's id: equal for two views of one object.
    pub fn id(self) -> ValueId {
        self.id
    }

    pub(super) fn object(self) -> Option<&'a Object> {
        match self.value() {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether it is `None`.
    pub fn is_none(self) -> bool {
        matches!(self.value(), Value::None)
    }

    /// The module and name of an object's class, or of the function that made it.
    pub fn class(self) -> Option<(&'a str, &'a str)> {
        let import = self.arena.global(self.arena.subject(self.object()?))?;
        Some((&import.module, &import.qualname))
    }

    /// Whether it is an object of the class called `name` in any module that starts with `package`.
    pub fn is_a(self, package: &str, name: &str) -> bool {
        self.class().is_some_and(|(module, class)| {
            let rest = module.strip_prefix(package);
            class == name && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The module and name of a class or function that is itself the value.
    pub fn global(self) -> Option<(&'a str, &'a str)> {
        let import = self.arena.global(self.id)?;
        Some((&import.module, &import.qualname))
    }

    /// The module and name of the function whose result the value is.
    pub fn callee(self) -> Option<(&'a str, &'a str)> {
        let import = self.arena.global(self.object()?.callee)?;
        Some((&import.module, &import.qualname))
    }

    /// What `__setstate__` or `__dict__.update` would receive.
    pub fn state(self) -> Option<View<'a>> {
        self.object()?.state.map(|state| self.child(state))
    }

    /// The positional arguments of the call that would make the object.
    pub fn args(self) -> Vec<View<'a>> {
        let Some(object) = self.object() else { return Vec::new() };
        let args = self.arena.tuple_items(object.args).unwrap_or_default();
        args.iter().map(|&id| self.grandchild(object.args, id)).collect()
    }

    /// The keyword argument `name` of that call.
    pub fn keyword(self, name: &str) -> Option<View<'a>> {
        self.child(self.object()?.kwargs?).get(name)
    }

    /// The attribute `name`, demanded.
    pub fn attribute(self, name: &str) -> Result<View<'a>> {
        self.optional(name).ok_or_else(|| {
            let message = match self.object() {
                Some(_) => format!("{} has no attribute `{name}`", self.describe()),
                None => format!("expected an object with attribute `{name}`, found {}", self.describe()),
            };
            self.located(Error::unsupported("missing-attribute", message))
        })
    }

    /// The attribute `name`, if the object's state has it. A `None` that is there is a view of `None`.
    pub fn optional(self, name: &str) -> Option<View<'a>> {
        let state = self.state()?;
        match state.value() {
            Value::Tuple(parts) => parts.iter().rev().find_map(|&part| state.child(part).get(name)),
            _ => state.get(name),
        }
    }

    /// All attributes of the object's state with their names, in order.
    pub fn attributes(self) -> Result<Vec<(&'a str, View<'a>)>> {
        let Some(state) = self.state() else { return Ok(Vec::new()) };
        let parts = match state.value() {
            Value::Tuple(parts) => parts.iter().map(|&part| state.child(part)).filter(|part| !part.is_none()).collect(),
            _ => vec![state],
        };
        let mut all = Vec::new();
        for part in parts {
            for (key, value) in part.entries()? {
                all.push((key.plain_str().ok_or_else(|| key.wrong("a name"))?, value));
            }
        }
        Ok(all)
    }

    /// The entry of a dict, or of an object like one, under the text `key`; of equal keys the last counts.
    pub fn get(self, key: &str) -> Option<View<'a>> {
        let (_, value) = self.pairs()?.iter().rev().find(|(id, _)| self.is_text(*id, key))?;
        Some(self.child(*value))
    }

    fn is_text(self, id: ValueId, text: &str) -> bool {
        matches!(self.arena.value(id), Value::Str(span) if self.arena.bytes(self.input, *span) == text.as_bytes())
    }

    fn pairs(self) -> Option<&'a [(ValueId, ValueId)]> {
        match self.value() {
            Value::Dict(pairs) => Some(pairs),
            Value::Object(object) if object.list_items.is_empty() => Some(&object.dict_items),
            _ => None,
        }
    }

    /// The entries of a dict, `OrderedDict`, `defaultdict` or `Bunch`, in order; equal keys are refused.
    pub fn entries(self) -> Result<Vec<(View<'a>, View<'a>)>> {
        let pairs = self.pairs().ok_or_else(|| self.wrong("a dict"))?;
        let mut seen = std::collections::HashSet::with_capacity(pairs.len());
        for (key, _) in pairs {
            let fresh = match self.arena.value(*key) {
                Value::Str(span) => seen.insert((0, self.arena.bytes(self.input, *span), 0)),
                Value::Bytes(span) => seen.insert((1, self.arena.bytes(self.input, *span), 0)),
                Value::Int(number) => seen.insert((2, &[][..], *number)),
                Value::Bool(truth) => seen.insert((2, &[][..], i64::from(*truth))),
                Value::None => seen.insert((3, &[][..], 0)),
                _ => true,
            };
            if !fresh {
                return Err(self.located(Error::malformed("pickle-duplicate-key", "a dict has the same key twice")));
            }
        }
        Ok(pairs.iter().map(|&(key, value)| (self.child(key), self.child(value))).collect())
    }

    /// The items of a list, tuple, set or list-like object, or of a one-dimensional array of objects.
    pub fn items(self) -> Result<Vec<View<'a>>> {
        match self.sequence() {
            Some(items) => Ok(items.iter().map(|&id| self.child(id)).collect()),
            None if self.is_array() => {
                let objects = self.objects()?;
                if objects.shape.len() != 1 {
                    return Err(self.wrong("a list or a one-dimensional array of objects"));
                }
                Ok(objects.items)
            }
            None => Err(self.wrong("a list")),
        }
    }

    fn sequence(self) -> Option<&'a [ValueId]> {
        match self.value() {
            Value::Tuple(items) | Value::FrozenSet(items) => Some(items),
            Value::List(items) | Value::Set(items) => Some(items),
            Value::Object(object) if !object.list_items.is_empty() => Some(&object.list_items),
            Value::Object(_) if self.is_a("collections", "deque") => Some(&[]),
            _ => None,
        }
    }

    /// The items of a tuple or list of exactly `N`.
    pub fn items_exactly<const N: usize>(self) -> Result<[View<'a>; N]> {
        let items = self.items()?;
        let found = items.len();
        items.try_into().map_err(|_| self.error(format!("expected {N} items, found {found}")))
    }

    /// [`View::items`], of which there must be `count`.
    pub fn items_of(self, count: usize) -> Result<Vec<View<'a>>> {
        let items = self.items()?;
        if items.len() != count {
            return Err(self.error(format!("expected {count} items, found {}", items.len())));
        }
        Ok(items)
    }

    /// Whether it is a list or tuple.
    pub fn is_sequence(self) -> bool {
        matches!(self.value(), Value::Tuple(_) | Value::List(_))
    }

    /// Whether it is a dict or an object with set items.
    pub fn is_dict(self) -> bool {
        match self.value() {
            Value::Dict(_) => true,
            Value::Object(object) => !object.dict_items.is_empty(),
            _ => false,
        }
    }

    /// What the value is, for messages: "a float", "an object of `sklearn.svm._classes.SVC`".
    pub fn describe(self) -> String {
        let plain = match self.value() {
            Value::None => "None",
            Value::Bool(_) => "a bool",
            Value::Int(_) => "an int",
            Value::BigInt(_) => "an int of more than 64 bits",
            Value::Float(_) => "a float",
            Value::Bytes(_) => "bytes",
            Value::ByteArray(_) => "a bytearray",
            Value::Str(_) => "a str",
            Value::Tuple(_) => "a tuple",
            Value::List(_) => "a list",
            Value::Dict(_) => "a dict",
            Value::Set(_) => "a set",
            Value::FrozenSet(_) => "a frozenset",
            Value::Array(_) => "an array",
            Value::Persistent(_) => "a persistent id",
            Value::Unknown => "an unknown value",
            Value::Global(_) => return self.global().map_or_else(String::new, |(module, name)| code(module, name)),
            Value::Object(_) => return self.describe_object(),
        };
        plain.to_owned()
    }

    fn describe_object(self) -> String {
        match self.class() {
            _ if self.is_array() => "an array".to_owned(),
            _ if self.is_scalar() => "a numpy scalar".to_owned(),
            Some((module, name)) => format!("an object of {}", code(module, name)),
            None => "an object".to_owned(),
        }
    }

    /// The value's path from the root: `steps[1][1].coef_`. None for the root itself.
    pub fn place(self) -> Option<String> {
        Places::place(self.arena, self.input, self.id.0, self.parent.0)
    }

    /// An error "expected this, found that" at the value's place.
    pub fn wrong(self, expected: &str) -> Error {
        self.error(format!("expected {expected}, found {}", self.describe()))
    }

    /// An error with a message of its own at the value's place.
    pub fn error(self, message: impl Into<String>) -> Error {
        self.located(Error::unsupported("unexpected-value", message))
    }

    /// Adds the value's place to an error.
    pub fn located(self, error: Error) -> Error {
        match self.place() {
            Some(place) => error.at(place),
            None => error,
        }
    }

    pub(super) fn origin(self) -> Origin<'a> {
        Origin { input: self.input, places: self.arena, value: self.id.0, parent: self.parent.0 }
    }
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.describe())
    }
}

fn code(module: &str, name: &str) -> String {
    format!("`{}.{}`", escaped(module), escaped(name))
}
