//! Imports and calls: noted, judged by the allowlist, never made.

use super::allow::Actions;
use super::arena::NONE;
use super::containers::wrong_target;
use super::imports::{Verdict, escaped};
use super::machine::Machine;
use super::opcode as op;
use super::state::is_distribution;
use super::text::shown;
use super::value::{How, Value, ValueId};
use crate::error::{Error, Result};

/// Methods of `str` that a vectorizer may hold as its tokenizer: `getattr(str, name)`.
const STR_METHODS: &[&str] =
    &["casefold", "lower", "rsplit", "rstrip", "lstrip", "split", "splitlines", "strip", "title", "upper"];
/// Enums of Snowpark ML, whose members are `getattr(enum, name)` in Python 3.11.
const SNOWPARK_ENUMS: &[&str] = &["BasicStatistics", "DataType", "NumericStatistics"];
/// What an object of protocols 0 and 1 may be built on.
const BASES: &[&str] = &["object", "dict", "list", "tuple", "set", "frozenset", "int", "float", "str", "bytes"];

impl Machine<'_, '_> {
    // Imports.

    fn import(&mut self, module: &str, qualname: &str) -> Result<ValueId> {
        let at = self.source.opcode_at() as u64;
        let (id, new) = self.session.arena.imports.note(module, qualname, at);
        let error = if new { self.session.arena.imports.get(id).and_then(|import| import.error()) } else { None };
        error.map_or(Ok(()), |error| self.complain(error))?;
        self.session.arena.add(Value::Global(id))
    }

    fn import_lines(&mut self) -> Result<ValueId> {
        let (module, qualname) = (self.source.line()?, self.source.line()?);
        let (module, qualname) = (name(self.source.slice(module))?, name(self.source.slice(qualname))?);
        self.import(module, qualname)
    }

    pub(super) fn global_by_line(&mut self) -> Result<()> {
        let id = self.import_lines()?;
        self.push(id)
    }

    pub(super) fn global_by_stack(&mut self) -> Result<()> {
        let (qualname, module) = (self.pop()?, self.pop()?);
        let arena = &self.session.arena;
        let (Some(module), Some(qualname)) = (arena.text(self.input, module), arena.text(self.input, qualname)) else {
            self.complain(Error::dangerous(
                "pickle-computed-name",
                "the file imports something under a computed name",
            ))?;
            return self.push_new(Value::Unknown);
        };
        let (module, qualname) = (module.to_owned(), qualname.to_owned());
        let id = self.import(&module, &qualname)?;
        self.push(id)
    }

    pub(super) fn extension(&mut self, opcode: u8) -> Result<()> {
        let code = match opcode {
            op::EXT1 => self.source.u8()?.into(),
            op::EXT2 => self.source.u16()?.into(),
            _ => self.source.u32()?,
        };
        let message = format!("the file imports extension code {code} of Python's copyreg registry, whatever that is");
        self.complain(Error::dangerous("pickle-extension", message))?;
        self.push_new(Value::Unknown)
    }

    pub(super) fn persistent(&mut self, opcode: u8) -> Result<()> {
        let id = if opcode == op::PERSID {
            let line = self.source.line()?;
            if !self.source.slice(line).is_ascii() {
                return Err(Error::malformed("pickle-text", "a persistent id is not ASCII"));
            }
            self.session.arena.add(Value::Str(line))?
        } else {
            self.pop()?
        };
        if !self.session.options.persistent_ids {
            self.complain(Error::unsupported(
                "pickle-persistent-id",
                "the file refers to data outside of it by a persistent id",
            ))?;
        }
        let value = self.session.arena.add(Value::Persistent(id))?;
        self.session.nest(value, [id])?;
        self.push(value)
    }

    // Calls.

    pub(super) fn reduce(&mut self) -> Result<()> {
        let (args, callee) = (self.pop()?, self.pop()?);
        self.permit(callee, Actions::CALL)?;
        self.check_operands(callee, args)?;
        self.make(callee, How::Reduce, args, None)
    }

    pub(super) fn new_object(&mut self) -> Result<()> {
        let (args, class) = (self.pop()?, self.pop()?);
        self.permit(class, Actions::NEW)?;
        self.make(class, How::New, args, None)
    }

    pub(super) fn new_object_with_keywords(&mut self) -> Result<()> {
        let (kwargs, args, class) = (self.pop()?, self.pop()?, self.pop()?);
        self.permit(class, Actions::NEW)?;
        if !matches!(self.session.arena.value(kwargs), Value::Dict(_) | Value::Unknown) {
            return Err(wrong_target("gives keyword arguments that are no dict"));
        }
        self.make(class, How::New, args, Some(kwargs))
    }

    pub(super) fn instance_by_line(&mut self) -> Result<()> {
        let class = self.import_lines()?;
        let args = self.pop_items()?;
        self.instance(class, &args)
    }

    pub(super) fn instance_by_stack(&mut self) -> Result<()> {
        let items = self.pop_items()?;
        match items.split_first() {
            Some((&class, args)) => self.instance(class, args),
            None => Err(Error::malformed("pickle-stack", "opcode OBJ finds too few values on the stack")),
        }
    }

    /// Without arguments Python only calls `__new__`.
    fn instance(&mut self, class: ValueId, args: &[ValueId]) -> Result<()> {
        self.permit(class, if args.is_empty() { Actions::NEW } else { Actions::CALL })?;
        let args = {
            self.push_tuple(args)?;
            self.pop()?
        };
        self.check_operands(class, args)?;
        self.make(class, How::Instance, args, None)
    }

    fn make(&mut self, callee: ValueId, how: How, args: ValueId, kwargs: Option<ValueId>) -> Result<()> {
        if !matches!(self.session.arena.value(args), Value::Tuple(_) | Value::Unknown) {
            return Err(wrong_target("calls something with arguments that are no tuple"));
        }
        let id = self.session.arena.object(callee, how, args, kwargs)?;
        self.session.nest(id, kwargs.into_iter().chain([args]))?;
        self.push(id)
    }

    // What is permitted.

    /// Notes what is done with an import, and refuses what its row does not allow.
    pub(super) fn permit(&mut self, subject: ValueId, action: Actions) -> Result<()> {
        let arena = &mut self.session.arena;
        if matches!(arena.value(subject), Value::Unknown | Value::Persistent(_))
            && self.session.options.policy == super::Policy::Report
        {
            return Ok(());
        }
        let import = arena.global_id(subject).and_then(|id| arena.imports.get_mut(id));
        let Some(import) = import else {
            let message = "the file calls, or gives a state to, something it does not import by name";
            return self.complain(Error::dangerous("pickle-computed-call", message));
        };
        import.uses = import.uses.and(action);
        if import.verdict != Verdict::Allowed || import.permitted.contains(action) {
            return Ok(());
        }
        let message = format!(
            "`{}` is {} by the file, which its framework never does",
            escaped(&import.path()),
            action.words().join(", ")
        );
        self.complain(Error::unsupported("pickle-unexpected-use", message))
    }

    /// Functions that could reach anything may only get the operands of honest files.
    fn check_operands(&mut self, callee: ValueId, args: ValueId) -> Result<()> {
        let arena = &self.session.arena;
        let Some(import) = arena.global(callee).filter(|import| import.verdict == Verdict::Allowed) else {
            return Ok(());
        };
        let Some(args) = arena.tuple_items(args) else { return Ok(()) };
        let honest = match (import.module.as_str(), import.qualname.as_str()) {
            ("builtins", "getattr") => self.honest_attribute(args),
            ("builtins", "type") => matches!(args, [NONE]),
            ("_codecs", "encode") => {
                matches!(args, [text, encoding] if arena.text(self.input, *text).is_some()
                    && matches!(arena.text(self.input, *encoding), Some("latin1" | "latin-1")))
            }
            // `Booster(None, None, None, text)`; its third parameter would name a file.
            ("lightgbm.basic", "Booster") => {
                matches!(args, [NONE, NONE, NONE, text] if arena.text(self.input, *text).is_some())
            }
            // A number would be a count of zeros.
            ("builtins", "bytes" | "bytearray") => {
                !args.iter().any(|arg| matches!(arena.value(*arg), Value::Int(_) | Value::BigInt(_)))
            }
            // What another call makes could be a range of any length.
            ("builtins", "set" | "frozenset") | ("collections", "Counter" | "OrderedDict" | "deque") => {
                !args.iter().any(|arg| matches!(arena.value(*arg), Value::Object(_)))
            }
            ("functools", "partial") => matches!(args, [function] if arena.global(*function).is_some()),
            ("copyreg", "_reconstructor") => {
                self.instance_allowed(args)
                    && matches!(args, [_, base, _] if arena.global(*base).is_some_and(|base| {
                        base.module == "builtins" && BASES.contains(&base.qualname.as_str())
                    }))
            }
            _ if import.permitted.contains(Actions::MAKES_FIRST) => self.instance_allowed(args),
            _ => true,
        };
        if honest {
            return Ok(());
        }
        let message = format!("`{}` is called with operands that no honest file uses", import.path());
        self.complain(Error::dangerous("pickle-unexpected-operands", message))
    }

    fn honest_attribute(&self, args: &[ValueId]) -> bool {
        let arena = &self.session.arena;
        let [object, name] = args else { return false };
        let Some(name) = arena.text(self.input, *name) else { return false };
        if let Value::Object(object) = arena.value(*object) {
            return name == "_entropy" && arena.global(arena.subject(object)).is_some_and(is_distribution);
        }
        let Some(object) = arena.global(*object) else { return false };
        (object.is("builtins", "str") && STR_METHODS.contains(&name))
            || (object.module.starts_with("snowflake.ml.")
                && SNOWPARK_ENUMS.contains(&object.qualname.as_str())
                && object.verdict == Verdict::Allowed
                && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'))
    }

    /// Whether the first argument is a class that may be instantiated; one that is not was complained about already.
    fn instance_allowed(&self, args: &[ValueId]) -> bool {
        let class = args.first().and_then(|class| self.session.arena.global(*class));
        class.is_some_and(|class| class.verdict != Verdict::Allowed || class.permitted.contains(Actions::NEW))
    }
}

fn name(line: &[u8]) -> Result<&str> {
    std::str::from_utf8(line)
        .map_err(|_| Error::malformed("pickle-text", format!("`{}` is not UTF-8 text", shown(line))))
}
