//! The exact allowlist: which classes and functions a pickle may name, and what it may do with each.
//!
//! There are no prefixes and no patterns. A name that is not listed is unknown, or dangerous if [`danger`](super::danger)
//! knows it. The tables stand in one file per family, generated from the frameworks' releases where noted.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::danger;

mod boosters;
mod distributions;
mod numpy;
mod pandas;
mod python;
mod scipy;
mod sklearn;
mod snowflake;
mod torch;

/// What a pickle does, or may do, with an import besides naming it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actions(u8);

impl Actions {
    /// Naming it as a value.
    pub const NAME: Actions = Actions(0);
    /// Calling it.
    pub const CALL: Actions = Actions(1);
    /// Making an instance without its constructor (`__new__`).
    pub const NEW: Actions = Actions(2);
    /// Giving an instance, or its result, a state.
    pub const STATE: Actions = Actions(4);
    /// Setting items.
    pub const ITEMS: Actions = Actions(8);
    /// Appending items, by a method of the instance.
    pub const APPENDED: Actions = Actions(64);
    /// A function that makes an instance of its first argument, a class.
    pub(super) const MAKES_FIRST: Actions = Actions(16);
    /// A function that may be called but not handed around.
    pub(super) const CALL_ONLY: Actions = Actions(32);
    /// An ordinary class: an instance by `__new__`, then its state.
    pub(super) const CLASS: Actions = Actions(2 | 4);

    /// Both.
    pub const fn and(self, other: Actions) -> Actions {
        Actions(self.0 | other.0)
    }

    /// Whether all of `other` are among these.
    pub const fn contains(self, other: Actions) -> bool {
        self.0 & other.0 == other.0
    }

    /// The actions in words: `called`, `constructed`, `given a state`, `given items`, `appended to`, or `named` alone.
    pub fn words(self) -> Vec<&'static str> {
        let all = [
            (Self::CALL, "called"),
            (Self::NEW, "constructed"),
            (Self::STATE, "given a state"),
            (Self::ITEMS, "given items"),
            (Self::APPENDED, "appended to"),
        ];
        let words: Vec<_> = all.iter().filter(|(action, _)| self.contains(*action)).map(|(_, word)| *word).collect();
        if words.is_empty() { vec!["named"] } else { words }
    }
}

/// A module, what may be done, and the names (separated by blanks) it may be done with.
type Row = (&'static str, Actions, &'static str);

/// What the tables say about an import.
pub(super) enum Judgement {
    /// Listed, with what may be done.
    Allowed(Actions),
    /// Not listed.
    Unknown,
    /// Not listed, and known to be dangerous.
    Dangerous,
}

const TABLES: &[&[Row]] = &[
    python::TABLE,
    numpy::TABLE,
    scipy::TABLE,
    distributions::TABLE,
    sklearn::TABLE,
    pandas::TABLE,
    boosters::TABLE,
    snowflake::TABLE,
    torch::TABLE,
];

static ALLOWED: LazyLock<HashMap<(&'static str, &'static str), Actions>> = LazyLock::new(|| {
    let mut allowed = HashMap::with_capacity(4096);
    for (module, actions, names) in TABLES.iter().copied().flatten() {
        for name in names.split_ascii_whitespace() {
            let known = allowed.entry((*module, name)).or_insert(Actions::NAME);
            *known = known.and(*actions);
        }
    }
    allowed
});

/// Looks an import up.
pub(super) fn judge(module: &str, qualname: &str) -> Judgement {
    match ALLOWED.get(&(module, qualname)) {
        Some(&actions) => Judgement::Allowed(actions),
        None if danger::is_dangerous(module, qualname) => Judgement::Dangerous,
        None => Judgement::Unknown,
    }
}

/// What may be called.
#[cfg(test)]
pub(super) fn callable() -> Vec<(&'static str, &'static str)> {
    ALLOWED.iter().filter(|(_, actions)| actions.contains(Actions::CALL)).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_allowed_is_known_to_be_dangerous() {
        // The exceptions are called with exact operands only (`operands.rs`), and stand nowhere as values, or, as a
        // `partial`, take no function that could do harm.
        let checked = [("builtins", "getattr"), ("builtins", "type"), ("_codecs", "encode"), ("functools", "partial")];
        for (module, name) in ALLOWED.keys() {
            let checked = checked.contains(&(*module, *name));
            assert!(checked || !danger::is_dangerous(module, name), "{module}.{name}");
        }
    }
}
