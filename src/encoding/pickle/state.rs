//! BUILD: an object receives its state, of a form that its class's honest objects have.
//!
//! Most classes take a dict of attributes. The rest, and the few attributes that a class does something with while it is
//! loaded, stand here: what is run, called, or read from memory must be what the class itself would have written.

use super::allow::Actions;
use super::arena::{NONE, SPARSE_BYTES};
use super::imports::{Import, Verdict};
use super::machine::Machine;
use super::opcode as op;
use super::operands::Operands;
use super::text::shown;
use super::value::{Value, ValueId};
use crate::error::{Error, Result};

/// Items of a state that is a tuple, and of tuples in it.
const MOST_PARTS: usize = 16;
/// More text than the longest list of a distribution's parameters takes.
const MOST_SOURCE_BYTES: usize = 8192;

/// What is asked of each attribute of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Attributes {
    /// A name that is none of Python's own.
    Any,
    /// SciPy runs `_parse_arg_template`: it must be the text SciPy itself writes.
    Distribution,
    /// scikit-learn makes arrays of these, or asks these for what arrays have.
    Arrays,
    /// A dict's own attribute: the versions of PyTorch's modules.
    Metadata,
    /// The text or the bytes of a booster, which a library reads.
    Booster,
}

/// The form of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A dict of attributes.
    Attributes(Attributes),
    /// A tuple of data, as compiled classes and pandas write it, or a dict.
    Parts,
    /// `(version, shape, type, is column-major, elements)`, of a masked array two parts more.
    Array,
    /// `(version, order, subarray, names, fields, size, alignment, flags[, metadata])`.
    Type,
    /// `(function, arguments, keywords, attributes)`.
    Partial,
}

impl Form {
    fn of(class: &Import) -> Self {
        let arrays = matches!(class.qualname.as_str(), "ndarray" | "matrix" | "recarray" | "memmap" | "MaskedArray");
        match (class.module.as_str(), class.qualname.as_str()) {
            ("numpy", "dtype") => Form::Type,
            (module, _) if arrays && module.starts_with("numpy") => Form::Array,
            ("functools", "partial") => Form::Partial,
            ("collections", _) => Form::Attributes(Attributes::Metadata),
            ("sklearn.ensemble._hist_gradient_boosting.predictor", _) | ("sklearn.isotonic", _) => {
                Form::Attributes(Attributes::Arrays)
            }
            ("xgboost.core" | "lightgbm.basic" | "catboost.core", _) => Form::Attributes(Attributes::Booster),
            (module, _) if module.starts_with("numpy.random") || module.starts_with("pandas") => Form::Parts,
            ("_loss" | "sklearn._loss._loss", _) | ("scipy.interpolate._bsplines", "BSpline") => Form::Parts,
            (module, _) if COMPILED.contains(&module) => Form::Parts,
            _ if is_distribution(class) => Form::Attributes(Attributes::Distribution),
            _ => Form::Attributes(Attributes::Any),
        }
    }
}

/// Modules whose compiled classes write their state as a tuple.
const COMPILED: &[&str] = &[
    "sklearn.metrics._dist_metrics",
    "sklearn.neighbors._ball_tree",
    "sklearn.neighbors._dist_metrics",
    "sklearn.neighbors._kd_tree",
];

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
            Value::Persistent(_) => {
                let error = Error::dangerous("pickle-computed-call", "the file gives a state to a tensor's storage");
                return self.complain(error);
            }
            Value::Unknown => return Ok(()),
            _ => return self.wrong_target("gives a state to something that is no object"),
        };
        self.permit(subject, Actions::STATE)?;
        if built {
            self.complain(Error::malformed("pickle-build-twice", "an object is given a state twice"))?;
        }
        self.session.nest(target, [state])?;
        if let Some(Value::Object(object)) = self.session.arena.value_mut(target) {
            object.state = Some(state);
        }
        self.check_state(subject, target, state)?;
        let wrapper = self.is_wrapper(subject);
        if let Some(transcript) = &mut self.session.transcript {
            // joblib takes a wrapper that is given its state for an array: both go, and the array comes.
            transcript.bytes.extend(if wrapper { [op::POP, op::POP].as_slice() } else { &[op::BUILD] });
        }
        if wrapper { self.wrapped_array(target) } else { Ok(()) }
    }

    fn check_state(&mut self, subject: ValueId, target: ValueId, state: ValueId) -> Result<()> {
        let class = self.session.arena.global(subject).filter(|class| class.verdict == Verdict::Allowed);
        let Some(form) = class.map(Form::of) else { return self.check_slots(state) };
        let is_honest = match (form, self.session.arena.value(state)) {
            (_, Value::Unknown) => true,
            (Form::Type, _) => return self.check_type(target),
            (Form::Array, _) => self.is_array_state(state),
            (Form::Partial, _) => return self.check_partial(target, state),
            (Form::Attributes(attributes), Value::Dict(_)) => return self.check_attributes(state, attributes),
            (Form::Attributes(_), _) => return self.check_slots(state).and_then(|()| self.unexpected_state(subject)),
            (Form::Parts, _) => return self.check_parts(subject, state, 2),
        };
        if is_honest { Ok(()) } else { self.unexpected_state(subject) }
    }

    fn unexpected_state(&mut self, subject: ValueId) -> Result<()> {
        let path = self.session.arena.global(subject).map(Import::path).unwrap_or_default();
        let message = format!("an object of `{path}` is given a state of a form that no honest file has");
        self.complain(Error::unsupported("pickle-unexpected-state", message))
    }

    /// A state of two parts sets attributes by `setattr`, which reaches `__class__` and its like.
    fn check_slots(&mut self, state: ValueId) -> Result<()> {
        let parts = match self.session.arena.value(state) {
            Value::Tuple(parts) if parts.len() == 2 => parts.to_vec(),
            Value::Dict(_) => vec![state],
            _ => return Ok(()),
        };
        parts.into_iter().try_for_each(|part| self.check_attributes(part, Attributes::Any))
    }

    /// Judges the attributes of a dict that are new since it was last looked at: files share one among many objects.
    pub(super) fn check_attributes(&mut self, dict: ValueId, attributes: Attributes) -> Result<()> {
        let Value::Dict(entries) = self.session.arena.value(dict) else { return Ok(()) };
        let known = self.session.judged.get(&(dict, attributes)).copied().unwrap_or(0);
        let fresh = entries.get(known..).unwrap_or_default();
        let wrong = fresh.iter().position(|(key, value)| !self.is_attribute(*key, *value, attributes));
        let judged = known + wrong.unwrap_or(fresh.len());
        let wrong = wrong.and_then(|at| fresh.get(at)).copied();
        if self.session.judged.insert((dict, attributes), judged).is_none() {
            self.session.arena.take(SPARSE_BYTES)?;
        }
        match wrong {
            Some((key, _)) => self.refuse_attribute(key, attributes),
            None => Ok(()),
        }
    }

    fn is_attribute(&self, key: ValueId, value: ValueId, attributes: Attributes) -> bool {
        let arena = &self.session.arena;
        let Value::Str(name) = arena.value(key) else { return false };
        let operands = Operands { arena, input: self.input, callee: None };
        match (attributes, arena.bytes(self.input, *name)) {
            (Attributes::Booster, b"__model" | b"handle" | b"_handle") => value == NONE || operands.is_packed(value),
            (Attributes::Distribution, b"_parse_arg_template") => {
                arena.text(self.input, value).is_some_and(is_argument_parser)
            }
            (Attributes::Arrays, b"nodes" | b"X_thresholds_" | b"y_thresholds_") => operands.is_array(value),
            (Attributes::Metadata, name) => name == b"_metadata",
            (_, name) => !is_special(name),
        }
    }

    fn refuse_attribute(&mut self, key: ValueId, attributes: Attributes) -> Result<()> {
        let arena = &self.session.arena;
        let name = match arena.value(key) {
            Value::Str(span) => Some(arena.bytes(self.input, *span)),
            _ => None,
        };
        let name = name.map_or_else(|| "a computed name".to_owned(), |name| format!("`{}`", shown(name)));
        self.complain(match attributes {
            Attributes::Distribution if name == "`_parse_arg_template`" => Error::dangerous(
                "pickle-source-text",
                "a distribution of scipy.stats carries source text of its own, which SciPy would run",
            ),
            _ => Error::dangerous("pickle-special-attribute", format!("the file sets the special attribute {name}")),
        })
    }

    /// A tuple of data: no class or function, no dict of another kind, and plain dicts without special names.
    fn check_parts(&mut self, subject: ValueId, state: ValueId, depth: usize) -> Result<()> {
        let parts = match self.session.arena.value(state) {
            Value::Dict(_) => return self.check_attributes(state, Attributes::Any),
            Value::Tuple(parts) if parts.len() <= MOST_PARTS && depth > 0 => parts.to_vec(),
            Value::Global(_) | Value::Persistent(_) | Value::Tuple(_) => return self.unexpected_state(subject),
            Value::Object(object) if self.holds_items(object.callee) => return self.unexpected_state(subject),
            _ if depth == 2 => return self.unexpected_state(subject),
            _ => return Ok(()),
        };
        parts.into_iter().try_for_each(|part| self.check_parts(subject, part, depth - 1))
    }

    /// Whether objects of a class hold items by key, as dicts do.
    fn holds_items(&self, callee: ValueId) -> bool {
        self.session.arena.global(callee).is_some_and(|class| class.permitted.contains(Actions::ITEMS))
    }

    fn is_array_state(&self, state: ValueId) -> bool {
        let arena = &self.session.arena;
        let Some([version, shape, dtype, order, elements, masks @ ..]) = arena.tuple_items(state) else { return false };
        let operands = Operands { arena, input: self.input, callee: None };
        let are_elements = match (self.session.element_sizes.get(dtype), arena.value(*elements)) {
            (Some(size), Value::List(_)) => size.has_objects,
            (Some(size), _) => !size.has_objects && operands.is_packed(*elements),
            (None, _) => matches!(arena.value(*dtype), Value::Unknown),
        };
        let are_masks = match masks {
            [] => true,
            [mask, _fill] => operands.is_packed(*mask),
            _ => false,
        };
        let is_version = matches!(arena.value(*version), Value::Int(0..=2));
        let is_order = matches!(arena.value(*order), Value::Bool(_) | Value::Int(0 | 1));
        is_version && matches!(arena.value(*shape), Value::Tuple(_)) && is_order && are_elements && are_masks
    }

    /// The function is the one that the call named, and no class that opens something.
    fn check_partial(&mut self, target: ValueId, state: ValueId) -> Result<()> {
        let arena = &self.session.arena;
        let Value::Object(object) = arena.value(target) else { return Ok(()) };
        let operands = Operands { arena, input: self.input, callee: None };
        let named =
            arena.tuple_items(object.args).and_then(|args| args.first()).and_then(|name| arena.global_id(*name));
        let is_dict = |id: ValueId| matches!(arena.value(id), Value::Dict(_) | Value::None);
        let own = match arena.tuple_items(state) {
            Some(&[function, args, keywords, own])
                if operands.is_function(function)
                    && arena.global_id(function) == named
                    && matches!(arena.value(args), Value::Tuple(_))
                    && is_dict(keywords)
                    && is_dict(own) =>
            {
                own
            }
            _ => {
                let message = "a `functools.partial` is given another function by its state";
                return self.complain(Error::dangerous("pickle-unexpected-operands", message));
            }
        };
        self.check_attributes(own, Attributes::Any)
    }
}

/// Whether a name is one that Python itself, or what is called on loading, would look for.
pub(super) fn is_special(name: &[u8]) -> bool {
    name.starts_with(b"__") || matches!(name, b"append" | b"extend")
}

/// Whether an import is a distribution of `scipy.stats` on the allowlist.
pub(super) fn is_distribution(import: &Import) -> bool {
    matches!(import.module.as_str(), "scipy.stats._continuous_distns" | "scipy.stats._discrete_distns")
        && import.verdict == Verdict::Allowed
}

/// Whether text is `parse_arg_template` of SciPy's `_distn_infrastructure.py` with plain names filled in.
fn is_argument_parser(text: &str) -> bool {
    if text.len() > MOST_SOURCE_BYTES {
        return false;
    }
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
