//! BUILD: an object receives its state.

use super::allow::Actions;
use super::containers::wrong_target;
use super::imports::{Import, Verdict};
use super::machine::Machine;
use super::opcode as op;
use super::text::shown;
use super::value::{Value, ValueId};
use crate::error::{Error, Result};

impl Machine<'_, '_> {
    pub(super) fn build(&mut self) -> Result<()> {
        let state = self.pop()?;
        let target = self.top()?;
        let (subject, built) = match self.session.arena.value(target) {
            Value::Object(object) => (self.session.arena.subject(object), object.state.is_some()),
            Value::Global(_) => {
                let error =
                    Error::dangerous("pickle-build-on-import", "the file changes an imported class or function");
                return self.complain(error);
            }
            Value::Unknown | Value::Persistent(_) => return Ok(()),
            _ => return Err(wrong_target("gives a state to something that is no object")),
        };
        self.permit(subject, Actions::STATE)?;
        if built {
            self.complain(Error::malformed("pickle-build-twice", "an object is given a state twice"))?;
        }
        self.check_slots(state)?;
        if self.session.arena.global(subject).is_some_and(is_distribution) {
            self.check_source_text(state)?;
        }
        self.session.nest(target, [state])?;
        if let Some(Value::Object(object)) = self.session.arena.value_mut(target) {
            object.state = Some(state);
        }
        let class = self.session.arena.global(subject);
        let wrapper = class.is_some_and(|class| class.is("joblib.numpy_pickle", "NumpyArrayWrapper"));
        if let Some(transcript) = &mut self.session.transcript {
            // joblib takes a wrapper that is given its state for an array: both go, and the array comes.
            transcript.bytes.extend(if wrapper { [op::POP, op::POP].as_slice() } else { &[op::BUILD] });
        }
        if wrapper { self.wrapped_array(target) } else { Ok(()) }
    }

    /// A state of two parts sets attributes by `setattr`, which reaches `__class__` and its like.
    fn check_slots(&mut self, state: ValueId) -> Result<()> {
        let arena = &self.session.arena;
        let slots = match arena.tuple_items(state) {
            Some([_, slots]) => arena.value(*slots),
            _ => return Ok(()),
        };
        let Value::Dict(entries) = slots else { return Ok(()) };
        let names = entries.iter().map(|(key, _)| arena.text(self.input, *key));
        let Some(special) = names.into_iter().find(|name| name.is_none_or(|name| name.starts_with("__"))) else {
            return Ok(());
        };
        let special =
            special.map_or_else(|| "a computed name".to_owned(), |name| format!("`{}`", shown(name.as_bytes())));
        self.complain(Error::dangerous(
            "pickle-special-attribute",
            format!("the file sets the special attribute {special}"),
        ))
    }

    /// SciPy runs `_parse_arg_template` of a distribution's state: it must be the text SciPy itself writes.
    fn check_source_text(&mut self, state: ValueId) -> Result<()> {
        let arena = &self.session.arena;
        let honest = match arena.value(state) {
            Value::Dict(entries) => entries.iter().all(|(key, value)| match arena.text(self.input, *key) {
                Some("_parse_arg_template") => arena.text(self.input, *value).is_some_and(is_argument_parser),
                Some(_) => true,
                None => false,
            }),
            Value::Unknown => true,
            _ => false,
        };
        if honest {
            return Ok(());
        }
        let message = "a distribution of scipy.stats carries source text of its own, which SciPy would run";
        self.complain(Error::dangerous("pickle-source-text", message))
    }
}

/// Whether an import is a distribution of `scipy.stats` on the allowlist.
pub(super) fn is_distribution(import: &Import) -> bool {
    matches!(import.module.as_str(), "scipy.stats._continuous_distns" | "scipy.stats._discrete_distns")
        && import.verdict == Verdict::Allowed
}

/// Whether text is `parse_arg_template` of SciPy's `_distn_infrastructure.py` with plain names filled in.
fn is_argument_parser(text: &str) -> bool {
    let Some((signature, _)) = text.trim_start_matches('\n').split_once("):\n") else { return false };
    let Some(arguments) = signature.strip_prefix("def _parse_args(self, ") else { return false };
    let (shapes, scaled) = match (arguments.strip_suffix(" loc=0, scale=1"), arguments.strip_suffix(" loc=0")) {
        (Some(shapes), _) => (shapes, true),
        (_, Some(shapes)) => (shapes, false),
        _ => return false,
    };
    let is_name = |name: &str| {
        !name.starts_with(|char: char| char.is_ascii_digit())
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let names = shapes.strip_suffix(", ").map_or_else(Vec::new, |names| names.split(", ").collect());
    if !names.iter().all(|name| is_name(name)) || (names.is_empty() && !shapes.is_empty()) {
        return false;
    }
    let (given, taken) = if scaled { ("loc=0, scale=1", "loc, scale") } else { ("loc=0", "loc, 1") };
    text == format!(
        "\ndef _parse_args(self, {shapes} {given}):\n    return ({shapes}), {taken}\n\n\
         def _parse_args_rvs(self, {shapes} {given}, size=None):\n    \
         return self._argcheck_rvs({shapes} {taken}, size=size)\n\n\
         def _parse_args_stats(self, {shapes} {given}, moments='mv'):\n    return ({shapes}), {taken}, moments\n"
    )
}

#[cfg(test)]
mod tests {
    use super::is_argument_parser;

    const BETA: &str = "\ndef _parse_args(self, a, b,  loc=0, scale=1):\n    return (a, b, ), loc, scale\n\n\
        def _parse_args_rvs(self, a, b,  loc=0, scale=1, size=None):\n    \
        return self._argcheck_rvs(a, b,  loc, scale, size=size)\n\n\
        def _parse_args_stats(self, a, b,  loc=0, scale=1, moments='mv'):\n    return (a, b, ), loc, scale, moments\n";

    #[test]
    fn only_the_text_scipy_writes_passes() {
        assert!(is_argument_parser(BETA));
        assert!(is_argument_parser(&BETA.replace("a, b, ", "")));
        assert!(is_argument_parser(&BETA.replace("loc=0, scale=1", "loc=0").replace("loc, scale", "loc, 1")));
        assert!(!is_argument_parser(&format!("{BETA}\nprint(1)")));
        assert!(!is_argument_parser(&BETA.replace("a, b, ", "a=print(1), b, ")));
        assert!(!is_argument_parser(&BETA.replace("(self, a, b, ", "(self, a, b, c=1, ")));
        assert!(!is_argument_parser("import os"));
        assert!(!is_argument_parser(""));
    }
}
