//! Python pickles, protocols 0 to 5, read by a symbolic machine that runs nothing.
//!
//! [`read`] turns a stream into a [`Pickle`]: values in an arena, where an object is the call that *would* make it. Which
//! classes and functions may be named, and what may be done with them, stands in exact tables (`allow/`); what is not
//! listed is refused by name. [`report`] reads on past such refusals and lists every import with its verdict.
//!
//! [`View`] gives readers of models typed access: attributes, NumPy arrays in all their forms, sparse matrices.
//! Not here: what the objects mean.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::limits;

mod allow;
mod arena;
mod arrays;
mod calls;
mod containers;
mod danger;
mod dtypes;
mod imports;
mod machine;
mod opcode;
mod operands;
mod place;
mod scalar;
mod source;
mod sparse;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod transcript;
mod types;
mod value;
mod view;
mod wrapped;

pub use allow::Actions;
pub use arrays::{Masked, Objects};
pub use imports::{Import, Policy, Verdict};
pub use sparse::Sparse;
pub use value::{How, ImportId, Object, Span, Value, ValueId, WrappedArray};
pub use view::View;

use arena::Arena;
use machine::{Machine, Session};
use transcript::Transcript;

/// How to read a pickle.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether what is not allowed stops the reading.
    pub policy: Policy,
    /// Whether persistent ids are data (PyTorch) instead of an error.
    pub persistent_ids: bool,
}

impl Options {
    /// Stops at what is not allowed.
    pub const LOAD: Options = Options { policy: Policy::Load, persistent_ids: false };
    /// Reads on as far as possible.
    pub const REPORT: Options = Options { policy: Policy::Report, persistent_ids: false };
}

/// A pickle that was read whole.
#[derive(Debug)]
pub struct Pickle<'a> {
    input: Cow<'a, [u8]>,
    arena: Arena,
    root: ValueId,
    wrapped_arrays: bool,
}

impl Pickle<'_> {
    /// What was pickled.
    pub fn root(&self) -> View<'_> {
        View::new(&self.input, &self.arena, self.root)
    }

    /// Every class and function the file names, in order of appearance.
    pub fn imports(&self) -> &[Import] {
        &self.arena.imports.list
    }

    /// Whether arrays stood between the opcodes, as joblib writes them.
    pub fn has_wrapped_arrays(&self) -> bool {
        self.wrapped_arrays
    }

    /// Every persistent id, in order of appearance.
    pub fn persistent_ids(&self) -> impl Iterator<Item = View<'_>> {
        self.arena.persistent_ids().map(|id| View::new(&self.input, &self.arena, id))
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.arena.len()
    }

    /// Whether there are no values: never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a pickle would do, found without stopping at what is not allowed.
#[derive(Debug)]
pub struct Report {
    /// Every class and function the file names.
    pub imports: Vec<Import>,
    /// What would have stopped the reading, in order.
    pub complaints: Vec<Error>,
    /// Why the stream could not be read to its end.
    pub stopped: Option<Error>,
}

/// The first of several pickles.
#[derive(Debug)]
pub struct First<'a> {
    /// What it would do.
    pub report: Report,
    /// What was pickled, where the stream could be read to its end; what is not allowed is unknown in it.
    pub pickle: Option<Pickle<'a>>,
    /// Where it ends.
    pub end: usize,
}

impl Report {
    /// The worst there is to say about the file: [`Verdict::Unknown`] if it could not be read.
    pub fn verdict(&self) -> Verdict {
        use crate::error::ErrorKind;
        let errors = self.complaints.iter().chain(&self.stopped).map(|error| match error.kind() {
            ErrorKind::Dangerous => Verdict::Dangerous,
            _ => Verdict::Unknown,
        });
        errors.chain(self.imports.iter().map(|import| import.verdict)).max().unwrap_or(Verdict::Allowed)
    }
}

/// Reads one pickle that fills `input`; joblib's arrays may stand in it, but no compression around it.
///
/// # Errors
/// What is malformed, over a limit, or (under [`Policy::Load`]) not on the allowlist; the place is a byte offset.
pub fn read<'a>(input: impl Into<Cow<'a, [u8]>>, options: Options) -> Result<Pickle<'a>> {
    let input = input.into();
    limits::FILE_BYTES.check_len(input.len())?;
    let mut session = Session::new(input.len(), options);
    let root = run(&input, &mut session)?;
    let Session { mut arena, wrapped_arrays, .. } = session;
    arena.root = Some(root);
    Ok(Pickle { input, arena, root, wrapped_arrays })
}

/// The same pickle with NumPy's own form for the arrays that joblib wrote between its opcodes; as [`read`] it takes
/// nothing that is not allowed.
pub fn without_wrapped_arrays(input: &[u8]) -> Result<Vec<u8>> {
    let mut session = Session::new(input.len(), Options::LOAD);
    session.transcript = Some(Transcript::default());
    run(input, &mut session)?;
    Ok(session.transcript.map(|transcript| transcript.bytes).unwrap_or_default())
}

/// Lists what a pickle would do; see [`read`] for what it may hold.
pub fn report(input: &[u8], options: Options) -> Report {
    let mut session = Session::new(input.len(), Options { policy: Policy::Report, ..options });
    let stopped = run(input, &mut session).err();
    Report { imports: session.arena.imports.list, complaints: session.complaints, stopped }
}

/// Reads the first of several pickles that follow each other, past what is not allowed.
pub fn read_first(input: &[u8], options: Options) -> First<'_> {
    let mut session = Session::new(input.len(), Options { policy: Policy::Report, ..options });
    let (result, end) = match Machine::new(input, 0, 0, &mut session).run() {
        Ok((root, end)) => (Ok(root), end),
        Err(error) => (Err(error), input.len()),
    };
    session.complaints.extend(session.arena.handed_around());
    let result = if session.wrapped_arrays { result.and(Err(arrays_without_joblib())) } else { result };
    let Session { mut arena, complaints, wrapped_arrays, .. } = session;
    let mut report = Report { imports: arena.imports.list.clone(), complaints, stopped: None };
    let pickle = match result {
        Ok(root) => {
            arena.root = Some(root);
            Some(Pickle { input: input.into(), arena, root, wrapped_arrays })
        }
        Err(error) => {
            report.stopped = Some(error);
            None
        }
    };
    First { report, pickle, end }
}

/// Whether a class or function is known to give its caller code execution, files, processes or the network.
pub fn is_dangerous(module: &str, qualname: &str) -> bool {
    danger::is_dangerous(module, qualname)
}

/// The imports of a pickle, allowed or not, as far as the stream can be read.
pub fn imports(input: &[u8]) -> Vec<Import> {
    report(input, Options::REPORT).imports
}

fn run(input: &[u8], session: &mut Session) -> Result<ValueId> {
    let (root, end) = Machine::new(input, 0, 0, session).run()?;
    if let Some(error) = session.arena.handed_around() {
        session.complain(error)?;
    }
    if session.wrapped_arrays && session.options.persistent_ids {
        session.complain(arrays_without_joblib())?;
    } else if session.wrapped_arrays {
        check_without_joblib(input, session)?;
    }
    if end < input.len() {
        let message = format!("{} bytes stand behind the pickle's end", input.len() - end);
        session.complain(Error::malformed("pickle-data-after-stop", message).at(format!("byte {end}")))?;
    }
    Ok(root)
}

fn arrays_without_joblib() -> Error {
    let message = "the bytes of an array stand between the opcodes of a pickle that is not read by joblib";
    Error::malformed("joblib-two-readings", message)
}

/// Where Python's own reader ends too, whatever it is told.
const ENDS_WITHOUT_JOBLIB: &[&str] = &[
    "pickle-opcode",
    "pickle-truncated",
    "pickle-stack",
    "pickle-memo",
    "pickle-protocol",
    "pickle-buffer",
    "pickle-type",
    "pickle-text",
    "pickle-number",
];

/// Reads a joblib file once more as Python's own `pickle.load` would, to which the bytes of arrays are opcodes: it must come to
/// nothing there. Most often the first byte of an array is no opcode, and that is the end of it.
fn check_without_joblib(input: &[u8], session: &mut Session) -> Result<()> {
    let mut plain = Session::new(input.len(), Options { policy: Policy::Report, ..session.options });
    plain.without_joblib = true;
    plain.arena.taken = session.arena.taken;
    let stopped = Machine::new(input, 0, 0, &mut plain).run().err();
    let handed_around = plain.arena.handed_around();
    let complaints = plain.complaints.iter().skip(plain.complaints_before_arrays);
    let harm = complaints.filter(|error| error.code() != "pickle-stack").chain(&handed_around).next();
    let stopped = stopped.as_ref().filter(|error| !ENDS_WITHOUT_JOBLIB.contains(&error.code()));
    let Some(found) = harm.or(stopped) else { return Ok(()) };
    let message = format!("`pickle.load` would read the bytes of an array as opcodes, of which: {found}");
    session.complain(match found.kind() {
        crate::error::ErrorKind::Dangerous => Error::dangerous("joblib-two-readings", message),
        _ => Error::malformed("joblib-two-readings", message),
    })
}

/// Whether bytes look like a pickle: by PROTO, or for protocols 0 and 1 by their first and last opcode.
pub fn is_pickle(bytes: &[u8]) -> bool {
    match bytes {
        [opcode::PROTO, protocol, ..] => *protocol <= 5,
        [first, .., opcode::STOP] => b"(cNIFLSVKJMGXTU])}".contains(first),
        _ => false,
    }
}
