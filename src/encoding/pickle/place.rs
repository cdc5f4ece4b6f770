//! The path of a value from the root, worked out only when an error asks for it.

use std::collections::VecDeque;

use super::arena::Arena;
use super::imports::escaped;
use super::value::{Value, ValueId};
use crate::encoding::array::Places;

const NOBODY: u32 = u32::MAX;

impl Places for Arena {
    fn place(&self, input: &[u8], value: u32, parent: u32) -> Option<String> {
        let root = self.root?;
        let parents = self.parents.get_or_init(|| parents(self, root));
        let mut chain = vec![ValueId(value)];
        if parent != value {
            chain.push(ValueId(parent));
        }
        while let Some(&last) = chain.last().filter(|last| **last != root) {
            match parents.get(last.index()) {
                Some(&up) if up != NOBODY => chain.push(ValueId(up)),
                _ => return None,
            }
        }
        chain.reverse();
        let mut path = String::new();
        for (at, pair) in chain.windows(2).enumerate() {
            let of_state = at > 0 && self.is_state(chain[at - 1], pair[0]);
            path.push_str(&self.segment(input, pair[0], pair[1], of_state));
        }
        let path = path.strip_prefix('.').unwrap_or(&path);
        (!path.is_empty()).then(|| path.to_owned())
    }
}

/// For each value the one it is first reached through, breadth first.
fn parents(arena: &Arena, root: ValueId) -> Vec<u32> {
    let mut parents = vec![NOBODY; arena.len()];
    let mut queue = VecDeque::from([root]);
    while let Some(id) = queue.pop_front() {
        arena.children(id, |child| {
            if let Some(parent) = parents.get_mut(child.index()).filter(|parent| **parent == NOBODY && child != root) {
                *parent = id.0;
                queue.push_back(child);
            }
        });
    }
    parents
}

impl Arena {
    /// Whether `state` is, or is a part of, what `object` receives as its state.
    fn is_state(&self, object: ValueId, state: ValueId) -> bool {
        match self.value(object) {
            Value::Object(object) => object.state == Some(state),
            Value::Tuple(parts) => parts.len() == 2 && parts.contains(&state),
            _ => false,
        }
    }

    fn segment(&self, input: &[u8], outer: ValueId, inner: ValueId, of_state: bool) -> String {
        let index = |items: &[ValueId]| {
            items.iter().position(|&id| id == inner).map_or_else(String::new, |at| format!("[{at}]"))
        };
        let key = |pairs: &[(ValueId, ValueId)]| {
            let found = pairs.iter().find(|(_, value)| *value == inner);
            let key = found.and_then(|(key, _)| self.text(input, *key)).map(escaped);
            match key {
                Some(key) if of_state => format!(".{key}"),
                Some(key) => format!("['{key}']"),
                None => String::new(),
            }
        };
        match self.value(outer) {
            Value::Tuple(_) if of_state && matches!(self.value(inner), Value::Dict(_)) => String::new(),
            Value::Tuple(items) | Value::FrozenSet(items) => index(items),
            Value::List(items) | Value::Set(items) => index(items),
            Value::Dict(pairs) => key(pairs),
            Value::Object(object) if object.state == Some(inner) => String::new(),
            Value::Object(object) if object.list_items.contains(&inner) => index(&object.list_items),
            Value::Object(object) => key(&object.dict_items),
            _ => String::new(),
        }
    }
}
