//! Imports and calls: noted, judged by the allowlist, never made.

use super::allow::Actions;
use super::arena::{EMPTY_TUPLE, NONE, SPARSE_BYTES};
use super::containers::wrong_target;
use super::imports::{Import, Verdict, escaped};
use super::machine::Machine;
use super::opcode as op;
use super::operands::Operands;
use super::text::shown;
use super::value::{How, Value, ValueId};
use crate::error::{Error, Result};

/// Longer than any name of a class or function: names that stand in the memo can be put together again and again.
const NAME_BYTES: usize = 1024;

/// What an import takes here and in a report, besides its name.
const IMPORT_BYTES: usize = 512;

impl Machine<'_, '_> {
    // Imports.

    fn import(&mut self, module: &str, qualname: &str) -> Result<ValueId> {
        if [module, qualname].iter().any(|name| name.contains(char::is_control)) {
            // No module has such a name.
            self.end_without_joblib()?;
        }
        let at = self.source.opcode_at() as u64;
        let (id, new) = self.session.arena.imports.note(module, qualname, at);
        if new {
            self.session.arena.take(IMPORT_BYTES + 4 * (module.len() + qualname.len()))?;
        }
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
        if let Some(&known) = self.session.stack_names.get(&(module, qualname)) {
            return self.push(known);
        }
        let arena = &self.session.arena;
        let (Some(module_name), Some(name)) = (arena.text(self.input, module), arena.text(self.input, qualname)) else {
            self.end_without_joblib()?;
            self.complain(Error::dangerous(
                "pickle-computed-name",
                "the file imports something under a computed name",
            ))?;
            return self.push_new(Value::Unknown);
        };
        if module_name.len().max(name.len()) > NAME_BYTES {
            let message = format!("the file imports something whose name is longer than {NAME_BYTES} bytes");
            return Err(Error::dangerous("pickle-computed-name", message));
        }
        let (module_name, name) = (module_name.to_owned(), name.to_owned());
        let id = self.import(&module_name, &name)?;
        self.session.arena.take(SPARSE_BYTES)?;
        self.session.stack_names.insert((module, qualname), id);
        self.push(id)
    }

    pub(super) fn extension(&mut self, opcode: u8) -> Result<()> {
        let code = match opcode {
            op::EXT1 => self.source.u8()?.into(),
            op::EXT2 => self.source.u16()?.into(),
            _ => self.source.u32()?,
        };
        self.end_without_joblib()?;
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
            self.end_without_joblib()?;
            self.complain(Error::unsupported(
                "pickle-persistent-id",
                "the file refers to data outside of it by a persistent id",
            ))?;
        } else if let Some(class) = self.named_module(id) {
            return self.push(class);
        } else if !self.is_storage(id) {
            self.complain(Error::dangerous(
                "pickle-persistent-id",
                "a persistent id names something else than a tensor's storage, as PyTorch writes it",
            ))?;
            return self.push_new(Value::Unknown);
        }
        let value = self.session.arena.add(Value::Persistent(id))?;
        self.session.nest(value, [id])?;
        self.push(value)
    }

    /// `('storage', class, key, location, count)`, and before 1.6 a sixth part that is `None`.
    fn is_storage(&self, id: ValueId) -> bool {
        let arena = &self.session.arena;
        let Some([word, class, key, location, count, view @ ..]) = arena.tuple_items(id) else { return false };
        let is_text = |id: &ValueId| matches!(arena.value(*id), Value::Str(_));
        let is_class = arena.global(*class).is_some_and(|class| {
            class.verdict != Verdict::Allowed
                || class.module.starts_with("torch") && class.qualname.ends_with("Storage")
        });
        arena.text(self.input, *word) == Some("storage")
            && is_class
            && is_text(key)
            && is_text(location)
            && matches!(arena.value(*count), Value::Int(_))
            && matches!(view, [] | [NONE])
    }

    /// `('module', class, path, source)`, before 1.6: PyTorch compares the source text and gives the class.
    fn named_module(&self, id: ValueId) -> Option<ValueId> {
        let arena = &self.session.arena;
        let Some([word, class, path, source]) = arena.tuple_items(id) else { return None };
        let is_text = |id: &ValueId| matches!(arena.value(*id), Value::Str(_) | Value::None);
        let is_class = arena.global(*class).is_some_and(|class| {
            class.verdict != Verdict::Allowed
                || class.module.starts_with("torch.nn.") && class.permitted == Actions::CLASS
        });
        let is_module = arena.text(self.input, *word) == Some("module") && is_class && is_text(path) && is_text(source);
        is_module.then_some(*class)
    }

    // Calls.

    pub(super) fn reduce(&mut self) -> Result<()> {
        let (args, callee) = (self.pop()?, self.pop()?);
        self.permit(callee, Actions::CALL)?;
        self.check_operands(callee, args)?;
        self.make(callee, How::Reduce, args, None)?;
        self.note_type()
    }

    pub(super) fn new_object(&mut self) -> Result<()> {
        let (args, class) = (self.pop()?, self.pop()?);
        self.permit(class, Actions::NEW)?;
        self.check_new(class, args)?;
        self.make(class, How::New, args, None)
    }

    pub(super) fn new_object_with_keywords(&mut self) -> Result<()> {
        let (kwargs, args, class) = (self.pop()?, self.pop()?, self.pop()?);
        self.permit(class, Actions::NEW)?;
        if !matches!(self.session.arena.value(kwargs), Value::Dict(_) | Value::Unknown) {
            return Err(wrong_target("gives keyword arguments that are no dict"));
        }
        self.check_new(class, args)?;
        if self.session.arena.global(class).is_some_and(|class| class.verdict == Verdict::Allowed) {
            self.unexpected(class, "is constructed with keyword arguments, which no honest file does")?;
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
        if args == EMPTY_TUPLE {
            self.check_new(class, args)?;
        } else {
            self.check_operands(class, args)?;
        }
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
        let is_reported = self.session.options.policy == super::Policy::Report && !self.session.without_joblib;
        if matches!(arena.value(subject), Value::Unknown) && is_reported {
            return Ok(());
        }
        let import = arena.global_id(subject).and_then(|id| arena.imports.get_mut(id));
        let Some(import) = import else {
            if action != Actions::CALL || !self.can_be_called(subject) {
                self.end_without_joblib()?;
            }
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

    /// Whether Python could call a value that is not imported by name.
    fn can_be_called(&self, subject: ValueId) -> bool {
        let Value::Object(object) = self.session.arena.value(subject) else { return false };
        let maker = self.session.arena.global(object.callee).map(|maker| maker.qualname.as_str());
        !matches!(maker, Some("NumpyArrayWrapper" | "dtype" | "scalar" | "_reconstruct" | "_frombuffer"))
    }

    /// Whatever may be called gets the operands of honest files.
    fn check_operands(&mut self, callee: ValueId, args: ValueId) -> Result<()> {
        let arena = &self.session.arena;
        let Some(import) = arena.global(callee).filter(|import| import.verdict == Verdict::Allowed) else {
            return Ok(());
        };
        let Some(args) = arena.tuple_items(args) else { return Ok(()) };
        let operands = Operands { arena, input: self.input, callee: Some(import) };
        // What may not be called at all was complained about.
        if import.form.is_none_or(|form| form(operands, args)) {
            return Ok(());
        }
        if import.is("builtins", "getattr") && operands.is_harmless_attribute(args) {
            let message =
                "the file takes an attribute of something by name, which is not on the list of known attributes";
            return self.complain(Error::unsupported("pickle-unknown-attribute", message));
        }
        self.unexpected(callee, "is called with operands that no honest file uses")
    }

    /// `__new__` gets no arguments, but for the few classes whose honest instances have some.
    fn check_new(&mut self, class: ValueId, args: ValueId) -> Result<()> {
        let arena = &self.session.arena;
        let (Some(import), Some(args)) = (arena.global(class), arena.tuple_items(args)) else { return Ok(()) };
        let is_permitted = import.permitted.contains(Actions::NEW);
        if !is_permitted || (Operands { arena, input: self.input, callee: Some(import) }).is_new(class, args) {
            return Ok(());
        }
        self.unexpected(class, "is constructed with operands that no honest file uses")
    }

    fn unexpected(&mut self, callee: ValueId, what: &str) -> Result<()> {
        let path = self.session.arena.global(callee).map(Import::path).unwrap_or_default();
        let message = format!("`{}` {what}", escaped(&path));
        self.complain(Error::dangerous("pickle-unexpected-operands", message))
    }
}

fn name(line: &[u8]) -> Result<&str> {
    std::str::from_utf8(line)
        .map_err(|_| Error::malformed("pickle-text", format!("`{}` is not UTF-8 text", shown(line))))
}
