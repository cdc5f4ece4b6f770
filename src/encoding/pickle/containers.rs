//! Lists, dicts and sets, and the items objects receive.

use super::allow::Actions;
use super::arena::ITEM_BYTES;
use super::imports::escaped;
use super::machine::Machine;
use super::opcode as op;
use super::value::{Value, ValueId};
use crate::error::{Error, Result};

impl Machine<'_, '_> {
    /// TUPLE, LIST, DICT and FROZENSET: everything behind the mark.
    pub(super) fn container(&mut self, opcode: u8) -> Result<()> {
        let items = self.pop_items()?;
        if opcode == op::TUPLE {
            return self.push_tuple(&items);
        }
        let value = match opcode {
            op::LIST => Value::List(items.clone()),
            op::DICT => {
                let pairs = self.pairs(&items)?;
                self.check_methods(&pairs)?;
                Value::Dict(pairs)
            }
            _ => {
                self.check_hashable(&items)?;
                Value::FrozenSet(items.clone().into())
            }
        };
        let id = self.session.arena.add(value)?;
        self.session.nest(id, items)?;
        self.push(id)
    }

    pub(super) fn append(&mut self, opcode: u8) -> Result<()> {
        let items = if opcode == op::APPEND { vec![self.pop()?] } else { self.pop_items()? };
        let target = self.top()?;
        self.session.arena.take(items.len() * ITEM_BYTES)?;
        self.session.nest(target, items.iter().copied())?;
        self.permit_items(target, Actions::APPENDED)?;
        match self.session.arena.value_mut(target) {
            Some(Value::List(list)) => list.extend(items),
            Some(Value::Object(object)) => object.list_items.extend(items),
            Some(Value::Unknown) => {}
            _ => return self.wrong_target("appends to something that is neither a list nor an object"),
        }
        Ok(())
    }

    pub(super) fn set_items(&mut self, opcode: u8) -> Result<()> {
        let items = if opcode == op::SETITEM {
            let value = self.pop()?;
            vec![self.pop()?, value]
        } else {
            self.pop_items()?
        };
        let pairs = self.pairs(&items)?;
        self.check_methods(&pairs)?;
        let target = self.top()?;
        self.session.arena.take(items.len() * ITEM_BYTES)?;
        self.session.nest(target, items)?;
        self.permit_items(target, Actions::ITEMS)?;
        if self.session.frozen.contains(&target) {
            let message = "the fields of a type of arrays are changed after NumPy took them over";
            self.complain(Error::malformed("pickle-type-state", message))?;
        }
        match self.session.arena.value_mut(target) {
            Some(Value::Dict(dict)) => dict.extend(pairs),
            Some(Value::Object(object)) => object.dict_items.extend(pairs),
            Some(Value::Unknown) => {}
            _ => return self.wrong_target("sets items of something that is neither a dict nor an object"),
        }
        Ok(())
    }

    pub(super) fn add_items(&mut self) -> Result<()> {
        let items = self.pop_items()?;
        self.check_hashable(&items)?;
        let target = self.top()?;
        self.session.arena.take(items.len() * ITEM_BYTES)?;
        self.session.nest(target, items.iter().copied())?;
        match self.session.arena.value_mut(target) {
            Some(Value::Set(set)) => set.extend(items),
            Some(Value::Unknown) => {}
            _ => return self.wrong_target("adds items to something that is not a set"),
        }
        Ok(())
    }

    fn pairs(&self, items: &[ValueId]) -> Result<Vec<(ValueId, ValueId)>> {
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(Error::malformed("pickle-stack", "a dict is given a key without a value"));
        }
        pairs.iter().try_for_each(|[key, _]| self.check_hashable(&[*key]))?;
        Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
    }

    /// An item under a name such as `__array__` becomes a method where a dict gives its items as attributes.
    fn check_methods(&mut self, pairs: &[(ValueId, ValueId)]) -> Result<()> {
        let arena = &self.session.arena;
        let is_method = |(key, value): &&(ValueId, ValueId)| {
            let Value::Str(name) = arena.value(*key) else { return false };
            arena.bytes(self.input, *name).starts_with(b"__")
                && match arena.value(*value) {
                    Value::Global(_) => true,
                    Value::Object(object) => arena.global(object.callee).is_none_or(|maker| maker.qualname != "scalar"),
                    _ => false,
                }
        };
        let Some((key, _)) = pairs.iter().find(is_method) else { return Ok(()) };
        let name = escaped(arena.text(self.input, *key).unwrap_or_default());
        let message = format!("a dict has a function or object under the name `{name}`, as of a method of Python's");
        self.complain(Error::dangerous("pickle-special-attribute", message))
    }

    fn check_hashable(&self, keys: &[ValueId]) -> Result<()> {
        let arena = &self.session.arena;
        let unhashable = |id: &ValueId| {
            matches!(arena.value(*id), Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::ByteArray(_))
        };
        if keys.iter().any(unhashable) && !self.session.without_joblib {
            return Err(Error::malformed("pickle-type", "a key of a dict or set is not hashable"));
        }
        Ok(())
    }

    /// Python's reader asks for a method; the reading without joblib goes on as if there were one.
    pub(super) fn wrong_target(&self, what: &str) -> Result<()> {
        if self.session.without_joblib { Ok(()) } else { Err(wrong_target(what)) }
    }

    /// Items of an object go through its class's own methods.
    fn permit_items(&mut self, target: ValueId, action: Actions) -> Result<()> {
        match self.session.arena.value(target) {
            Value::Object(object) => {
                let subject = self.session.arena.subject(object);
                self.permit(subject, action)
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn wrong_target(what: &str) -> Error {
    Error::malformed("pickle-type", format!("the pickle {what}"))
}
