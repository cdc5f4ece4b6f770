//! The symbolic machine: reads opcodes, keeps Python's stack and memo, and builds values instead of running anything.

use std::collections::{HashMap, HashSet};

use super::arena::{Arena, EMPTY_TUPLE, FALSE, Memo, NONE, TRUE};
use super::opcode::{self as op, name};
use super::source::Source;
use super::state::Attributes;
use super::text::{self, Integer, shown};
use super::transcript::Transcript;
use super::value::{Span, Value, ValueId};
use super::wrapped::ElementSize;
use super::{Options, Policy};
use crate::error::{Error, Result};
use crate::limits;

/// The newest protocol.
const PROTOCOL: u8 = 5;
/// Longer integers than any random generator's state.
const LONG_BYTES: u64 = 1024;
/// Complaints kept when reporting; a file with more is hopeless anyway.
const MAX_COMPLAINTS: usize = 1000;

/// What a file's pickles share: values, imports, budget.
pub(super) struct Session {
    pub(super) arena: Arena,
    pub(super) options: Options,
    pub(super) complaints: Vec<Error>,
    /// Whether arrays stood between the opcodes.
    pub(super) wrapped_arrays: bool,
    /// The types of arrays, as they are now.
    pub(super) element_sizes: HashMap<ValueId, ElementSize>,
    /// Types that were made and that nothing holds yet: they may still be given their state.
    pub(super) open_types: HashSet<ValueId>,
    /// Dicts of fields, which NumPy goes on to use as they are.
    pub(super) frozen: HashSet<ValueId>,
    /// Fields of types that were looked at.
    pub(super) type_fields: usize,
    /// How many entries of a dict are known to be harmless attributes.
    pub(super) judged: HashMap<(ValueId, Attributes), usize>,
    /// What module and name on the stack import.
    pub(super) stack_names: HashMap<(ValueId, ValueId), ValueId>,
    /// Whether the pickle is read as Python's own reader does, to whom joblib's arrays are opcodes.
    pub(super) without_joblib: bool,
    /// Complaints when that reader would come to the first of joblib's arrays.
    pub(super) complaints_before_arrays: usize,
    /// The same pickle without arrays between its opcodes, where it is wanted.
    pub(super) transcript: Option<Transcript>,
    opcodes: u64,
    depths: Vec<u32>,
}

impl Session {
    pub(super) fn new(input_len: usize, options: Options) -> Self {
        let arena = Arena::new(input_len);
        Session {
            arena,
            options,
            complaints: Vec::new(),
            wrapped_arrays: false,
            element_sizes: HashMap::new(),
            open_types: HashSet::new(),
            frozen: HashSet::new(),
            type_fields: 0,
            judged: HashMap::new(),
            stack_names: HashMap::new(),
            without_joblib: false,
            complaints_before_arrays: 0,
            transcript: None,
            opcodes: 0,
            depths: Vec::new(),
        }
    }

    /// Stops at what policy forbids, or notes it when reporting.
    pub(super) fn complain(&mut self, error: Error) -> Result<()> {
        if self.options.policy == Policy::Load {
            return Err(error);
        }
        if self.complaints.len() < MAX_COMPLAINTS {
            self.complaints.push(error);
        }
        Ok(())
    }

    fn depth(&self, id: ValueId) -> u32 {
        self.depths.get(id.index()).copied().unwrap_or(0)
    }

    /// Notes that `outer` holds `inner`.
    pub(super) fn nest(&mut self, outer: ValueId, inner: impl IntoIterator<Item = ValueId>) -> Result<()> {
        let mut deepest = None;
        for id in inner {
            deepest = deepest.max(Some(self.depth(id)));
            if !self.open_types.is_empty() {
                self.open_types.remove(&id);
            }
        }
        let Some(depth) = deepest.map(|depth| depth.saturating_add(1)) else { return Ok(()) };
        if depth <= self.depth(outer) {
            return Ok(());
        }
        limits::PICKLE_DEPTH.check(depth.into())?;
        if self.depths.len() <= outer.index() {
            self.depths.resize(self.arena.len(), 0);
        }
        self.depths[outer.index()] = depth;
        Ok(())
    }
}

/// One pickle being read.
pub(super) struct Machine<'i, 's> {
    pub(super) input: &'i [u8],
    pub(super) source: Source<'i>,
    pub(super) session: &'s mut Session,
    pub(super) stack: Vec<ValueId>,
    marks: Vec<usize>,
    memo: Memo,
    /// How many pickles this one stands in.
    pub(super) nesting: u64,
    start: usize,
}

impl<'i, 's> Machine<'i, 's> {
    pub(super) fn new(input: &'i [u8], start: usize, nesting: u64, session: &'s mut Session) -> Self {
        let mut source = Source::new(input, start);
        source.has_long_lines = session.without_joblib;
        Machine { input, source, session, stack: Vec::new(), marks: Vec::new(), memo: Memo::default(), nesting, start }
    }

    /// Runs to STOP; returns the root and where the pickle ends.
    pub(super) fn run(mut self) -> Result<(ValueId, usize)> {
        if let Some(transcript) = &mut self.session.transcript {
            transcript.enter();
        }
        let outcome = self.run_to_stop();
        if let Some(transcript) = &mut self.session.transcript {
            transcript.leave();
        }
        let at = self.source.opcode_at();
        match outcome {
            Ok(root) => Ok((root, self.source.position())),
            Err(error) => Err(error.at(format!("byte {at}"))),
        }
    }

    fn run_to_stop(&mut self) -> Result<ValueId> {
        loop {
            let opcode = self.source.opcode()?;
            self.session.opcodes += 1;
            limits::PICKLE_OPCODES.check(self.session.opcodes)?;
            if opcode == op::STOP {
                return self.stop();
            }
            self.step(opcode)?;
            self.transcribe(opcode);
        }
    }

    fn stop(&mut self) -> Result<ValueId> {
        let root = self.pop()?;
        if !self.stack.is_empty() || !self.marks.is_empty() {
            let left = self.stack.len() + self.marks.len();
            self.complain(Error::malformed("pickle-stack", format!("the pickle ends with {left} unused values")))?;
        }
        if self.source.in_frame() {
            return Err(Error::malformed("pickle-frame", "the pickle ends before its frame"));
        }
        Ok(root)
    }

    fn step(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            op::PROTO => self.protocol(),
            op::FRAME => {
                let length = self.source.u64()?;
                self.source.frame(length, !self.session.without_joblib)
            }
            op::MARK => {
                limits::PICKLE_STACK.check_len(self.stack.len() + self.marks.len() + 1)?;
                self.marks.push(self.stack.len());
                Ok(())
            }
            op::POP => self.pop_or_mark(),
            op::POP_MARK => self.pop_mark().map(|start| self.stack.truncate(start)),
            op::DUP => self.top().and_then(|top| self.push(top)),
            op::NONE => self.push(NONE),
            op::NEWTRUE => self.push(TRUE),
            op::NEWFALSE => self.push(FALSE),
            op::INT | op::LONG | op::FLOAT => {
                let read = self.number(opcode);
                self.or_unknown(read, "pickle-number")
            }
            op::BININT | op::BININT1 | op::BININT2 | op::BINFLOAT | op::LONG1 | op::LONG4 => self.number(opcode),
            op::STRING
            | op::BINSTRING
            | op::SHORT_BINSTRING
            | op::UNICODE
            | op::BINUNICODE
            | op::SHORT_BINUNICODE
            | op::BINUNICODE8 => {
                let read = self.text(opcode);
                self.or_unknown(read, "pickle-text")
            }
            op::BINBYTES | op::SHORT_BINBYTES | op::BINBYTES8 | op::BYTEARRAY8 => self.bytes(opcode),
            op::GET | op::BINGET | op::LONG_BINGET | op::PUT | op::BINPUT | op::LONG_BINPUT | op::MEMOIZE => {
                self.memory(opcode)
            }
            op::EMPTY_TUPLE => self.push(EMPTY_TUPLE),
            op::TUPLE1 => self.short_tuple(1),
            op::TUPLE2 => self.short_tuple(2),
            op::TUPLE3 => self.short_tuple(3),
            op::TUPLE | op::LIST | op::DICT | op::FROZENSET => self.container(opcode),
            op::EMPTY_LIST => self.push_new(Value::List(Vec::new())),
            op::EMPTY_DICT => self.push_new(Value::Dict(Vec::new())),
            op::EMPTY_SET => self.push_new(Value::Set(Vec::new())),
            op::APPEND | op::APPENDS => self.append(opcode),
            op::SETITEM | op::SETITEMS => self.set_items(opcode),
            op::ADDITEMS => self.add_items(),
            op::GLOBAL => self.global_by_line(),
            op::STACK_GLOBAL => self.global_by_stack(),
            op::INST => self.instance_by_line(),
            op::OBJ => self.instance_by_stack(),
            op::REDUCE => self.reduce(),
            op::NEWOBJ => self.new_object(),
            op::NEWOBJ_EX => self.new_object_with_keywords(),
            op::BUILD => self.build(),
            op::PERSID | op::BINPERSID => self.persistent(opcode),
            op::EXT1 | op::EXT2 | op::EXT4 => self.extension(opcode),
            op::NEXT_BUFFER | op::READONLY_BUFFER => Err(Error::unsupported(
                "pickle-buffer",
                format!("opcode {} takes data from outside the file", name(opcode).unwrap_or_default()),
            )),
            unknown => Err(Error::malformed("pickle-opcode", format!("byte 0x{unknown:02x} is no pickle opcode"))),
        }
    }

    /// [`Session::complain`] with the place.
    pub(super) fn complain(&mut self, error: Error) -> Result<()> {
        match self.session.options.policy {
            Policy::Load => Err(error),
            Policy::Report => self.session.complain(error.at(format!("byte {}", self.source.opcode_at()))),
        }
    }

    /// Ends the reading without joblib where Python's reader raises an error: what follows is never reached.
    pub(super) fn end_without_joblib(&self) -> Result<()> {
        if self.session.without_joblib {
            return Err(Error::malformed("pickle-opcode", "Python's reader stops here"));
        }
        Ok(())
    }

    /// What cannot be read is unknown to the reading without joblib, which goes on as long as Python's reader might.
    fn or_unknown(&mut self, read: Result<()>, code: &str) -> Result<()> {
        match read {
            Err(error) if self.session.without_joblib && error.code() == code => self.push_new(Value::Unknown),
            read => read,
        }
    }

    fn protocol(&mut self) -> Result<()> {
        let protocol = self.source.u8()?;
        if self.source.opcode_at() != self.start && !self.session.without_joblib {
            return Err(Error::malformed("pickle-protocol", "PROTO stands behind other opcodes"));
        }
        if protocol > PROTOCOL {
            return Err(Error::unsupported(
                "pickle-protocol",
                format!("pickle protocol {protocol} is newer than {PROTOCOL}"),
            ));
        }
        Ok(())
    }

    // The stack.

    pub(super) fn push(&mut self, id: ValueId) -> Result<()> {
        limits::PICKLE_STACK.check_len(self.stack.len() + 1)?;
        self.stack.push(id);
        Ok(())
    }

    pub(super) fn push_new(&mut self, value: Value) -> Result<()> {
        let id = self.session.arena.add(value)?;
        self.push(id)
    }

    /// Nothing below the last mark can be reached.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    pub(super) fn pop(&mut self) -> Result<ValueId> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    pub(super) fn top(&self) -> Result<ValueId> {
        let reachable = self.stack.len() > self.floor();
        self.stack.last().copied().filter(|_| reachable).ok_or_else(|| self.empty_stack())
    }

    fn empty_stack(&self) -> Error {
        let opcode = self.input.get(self.source.opcode_at()).and_then(|&byte| name(byte)).unwrap_or_default();
        Error::malformed("pickle-stack", format!("opcode {opcode} finds too few values on the stack"))
    }

    fn pop_or_mark(&mut self) -> Result<()> {
        if self.stack.len() == self.floor() && self.marks.pop().is_some() {
            return Ok(());
        }
        self.pop().map(drop)
    }

    /// Removes the last mark; returns where its items start on the stack.
    pub(super) fn pop_mark(&mut self) -> Result<usize> {
        self.marks.pop().ok_or_else(|| {
            let opcode = self.input.get(self.source.opcode_at()).and_then(|&byte| name(byte)).unwrap_or_default();
            Error::malformed("pickle-stack", format!("opcode {opcode} finds no mark on the stack"))
        })
    }

    /// Removes the last mark and the items behind it.
    pub(super) fn pop_items(&mut self) -> Result<Vec<ValueId>> {
        let start = self.pop_mark()?;
        Ok(self.stack.split_off(start))
    }

    fn short_tuple(&mut self, count: usize) -> Result<()> {
        if self.stack.len() < self.floor() + count {
            return Err(self.empty_stack());
        }
        let items = self.stack.split_off(self.stack.len() - count);
        self.push_tuple(&items)
    }

    pub(super) fn push_tuple(&mut self, items: &[ValueId]) -> Result<()> {
        let tuple = self.session.arena.tuple(items)?;
        self.session.nest(tuple, items.iter().copied())?;
        self.push(tuple)
    }

    // Numbers, text and bytes.

    fn number(&mut self, opcode: u8) -> Result<()> {
        let number = match opcode {
            op::BININT => self.source.i32()?.into(),
            op::BININT1 => self.source.u8()?.into(),
            op::BININT2 => self.source.u16()?.into(),
            op::BINFLOAT => {
                let float = self.source.f64()?;
                return self.push_new(Value::Float(float));
            }
            op::FLOAT => {
                let line = self.source.line()?;
                return self.push_new(Value::Float(text::float(self.source.slice(line))?));
            }
            op::LONG1 | op::LONG4 => return self.long(opcode),
            _ => return self.number_line(opcode),
        };
        let id = self.session.arena.int(number)?;
        self.push(id)
    }

    fn number_line(&mut self, opcode: u8) -> Result<()> {
        let line = self.source.line()?;
        let integer = match (opcode, self.source.slice(line)) {
            (op::INT, b"00") => return self.push(FALSE),
            (op::INT, b"01") => return self.push(TRUE),
            (_, digits) => text::integer(digits, opcode == op::LONG)?,
        };
        let id = match integer {
            Integer::Small(number) => self.session.arena.int(number)?,
            Integer::Big(bytes) => {
                let span = self.session.arena.keep(&bytes);
                self.session.arena.add(Value::BigInt(span))?
            }
        };
        self.push(id)
    }

    fn long(&mut self, opcode: u8) -> Result<()> {
        let count = if opcode == op::LONG1 { self.source.u8()?.into() } else { self.source.i32_count()? };
        if count > LONG_BYTES && self.session.without_joblib {
            self.source.span(count)?;
            return self.push_new(Value::Unknown);
        }
        if count > LONG_BYTES {
            return Err(Error::malformed(
                "pickle-number",
                format!("an integer of {count} bytes is longer than {LONG_BYTES}"),
            ));
        }
        let span = self.source.span(count)?;
        let id = match text::small_long(self.source.slice(span)) {
            Some(number) => self.session.arena.int(number)?,
            None => self.session.arena.add(Value::BigInt(span))?,
        };
        self.push(id)
    }

    fn text(&mut self, opcode: u8) -> Result<()> {
        let span = match opcode {
            op::STRING | op::UNICODE => return self.text_line(opcode),
            op::SHORT_BINUNICODE | op::SHORT_BINSTRING => {
                let count = self.source.u8()?;
                self.source.span(count.into())?
            }
            op::BINUNICODE => {
                let count = self.source.u32()?;
                self.source.span(count.into())?
            }
            op::BINSTRING => {
                let count = self.source.i32_count()?;
                self.source.span(count)?
            }
            _ => {
                let count = self.source.u64()?;
                self.source.span(count)?
            }
        };
        let bytes = self.source.slice(span);
        if matches!(opcode, op::BINSTRING | op::SHORT_BINSTRING) {
            ascii(bytes)?;
        } else if std::str::from_utf8(bytes).is_err() {
            return Err(Error::malformed("pickle-text", format!("`{}` is not UTF-8 text", shown(bytes))));
        }
        self.push_new(Value::Str(span))
    }

    fn text_line(&mut self, opcode: u8) -> Result<()> {
        let line = self.source.text_line()?;
        let bytes = self.source.slice(line);
        let span = if opcode == op::UNICODE && bytes.is_ascii() && !bytes.contains(&b'\\') {
            line
        } else if opcode == op::UNICODE {
            self.session.arena.keep(text::raw_unicode_escape(bytes)?.as_bytes())
        } else {
            let text = text::string_escape(bytes)?;
            ascii(&text)?;
            self.session.arena.keep(&text)
        };
        self.push_new(Value::Str(span))
    }

    fn bytes(&mut self, opcode: u8) -> Result<()> {
        let count = match opcode {
            op::SHORT_BINBYTES => self.source.u8()?.into(),
            op::BINBYTES => self.source.u32()?.into(),
            _ => self.source.u64()?,
        };
        let span: Span = self.source.span(count)?;
        self.push_new(if opcode == op::BYTEARRAY8 { Value::ByteArray(span) } else { Value::Bytes(span) })
    }

    // The memo.

    fn memory(&mut self, opcode: u8) -> Result<()> {
        let index = match opcode {
            op::BINGET | op::BINPUT => self.source.u8()?.into(),
            op::LONG_BINGET | op::LONG_BINPUT => self.source.u32()?.into(),
            op::MEMOIZE => self.memo.len() as u64,
            _ => {
                let line = self.source.line()?;
                text::memo_index(self.source.slice(line), self.session.without_joblib)?
            }
        };
        if matches!(opcode, op::PUT | op::BINPUT | op::LONG_BINPUT | op::MEMOIZE) {
            let top = self.top()?;
            if let Some(transcript) = &mut self.session.transcript {
                transcript.put(index, top);
            }
            self.session.arena.take(self.memo.entry_bytes(index))?;
            return self.memo.put(index, top);
        }
        match self.memo.get(index) {
            Some(id) => {
                if let Some(transcript) = &mut self.session.transcript {
                    transcript.get(index)?;
                }
                self.push(id)
            }
            None => Err(Error::malformed("pickle-memo", format!("memo entry {index} is read before it is written"))),
        }
    }
}

/// Python reads the strings of protocols 0 and 1 as ASCII.
fn ascii(bytes: &[u8]) -> Result<()> {
    if bytes.is_ascii() {
        return Ok(());
    }
    Err(Error::malformed("pickle-text", format!("`{}` is not ASCII, as Python 3 demands of this opcode", shown(bytes))))
}
