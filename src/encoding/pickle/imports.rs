//! The classes and functions a pickle names, how it uses them, and what that would mean for whoever loads it.

use std::collections::HashMap;

use super::allow::{self, Actions, Judgement};
use super::danger;
use super::operands::{self, Form};
use super::value::ImportId;
use crate::error::Error;

/// Whether reading stops at what is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Stops at the first import or use that is not on the allowlist.
    Load,
    /// Notes it and goes on as far as the bytes allow.
    Report,
}

/// What is known about an import, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// On the allowlist: this tool knows what it makes.
    Allowed,
    /// Neither on the allowlist nor known to be dangerous.
    Unknown,
    /// Known to give its caller code execution, files, processes or the network.
    Dangerous,
}

/// One class or function by name.
#[derive(Debug, Clone)]
pub struct Import {
    /// The module, under its Python 3 name.
    pub module: String,
    /// The name inside the module, dotted for attributes.
    pub qualname: String,
    /// Where it is first named: the byte offset of the opcode, in the decompressed stream.
    pub offset: u64,
    /// What the pickle does with it.
    pub uses: Actions,
    /// What is known about it.
    pub verdict: Verdict,
    pub(super) permitted: Actions,
    /// The operands it may be called with.
    pub(super) form: Option<Form>,
}

impl Import {
    /// An import that something else than a pickle names, to construct it; under its Python 3 name.
    pub fn named(module: &str, qualname: &str) -> Self {
        let mut imports = Imports::default();
        imports.note(module, qualname, 0);
        imports.list.remove(0)
    }

    /// `module.qualname`.
    pub fn path(&self) -> String {
        format!("{}.{}", self.module, self.qualname)
    }

    /// Whether this is the import called `module.qualname`.
    pub fn is(&self, module: &str, qualname: &str) -> bool {
        self.module == module && self.qualname == qualname
    }

    /// Why the import is not allowed.
    pub fn error(&self) -> Option<Error> {
        let path = escaped(&self.path());
        match self.verdict {
            Verdict::Allowed => None,
            Verdict::Dangerous => Some(
                Error::dangerous(
                    "pickle-dangerous-import",
                    format!("the file imports `{path}`, which {}", danger::reason(&self.module, &self.qualname)),
                )
                .hint("do not load this file in Python"),
            ),
            Verdict::Unknown => Some(
                Error::unsupported(
                    "pickle-unknown-import",
                    format!("the file imports `{path}`, which is not on the list of known classes and functions"),
                )
                .hint(unknown_hint(&self.module)),
            ),
        }
    }
}

fn unknown_hint(module: &str) -> &'static str {
    if module == "__main__" {
        return "this class was defined in the script or notebook that saved the file; \
                replace it by the framework's own, or package the model with `--engine native --no-score-module`";
    }
    "a file with classes of your own can only be packaged unproven: `--engine native --no-score-module`"
}

/// Text from a file, safe to print: control and invisible characters escaped, 200 characters at most.
pub(super) fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for (count, char) in text.chars().enumerate() {
        if count == 200 {
            shown.push_str("...");
            break;
        }
        let invisible = matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
        if char.is_control() || invisible {
            shown.extend(char.escape_default());
        } else {
            shown.push(char);
        }
    }
    shown
}

/// The imports of one file, each once, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Imports {
    pub(super) list: Vec<Import>,
    index: HashMap<(String, String), ImportId>,
}

impl Imports {
    /// The entry for a name, and whether it is new.
    pub(super) fn note(&mut self, module: &str, qualname: &str, offset: u64) -> (ImportId, bool) {
        let (module, qualname) = python3_name(module, qualname);
        let key = (module.to_owned(), qualname.to_owned());
        if let Some(&id) = self.index.get(&key) {
            return (id, false);
        }
        let id = ImportId(self.list.len() as u32);
        let (verdict, permitted) = match allow::judge(module, qualname) {
            Judgement::Allowed(actions) => (Verdict::Allowed, actions),
            Judgement::Unknown => (Verdict::Unknown, Actions::NAME),
            Judgement::Dangerous => (Verdict::Dangerous, Actions::NAME),
        };
        self.list.push(Import {
            module: key.0.clone(),
            qualname: key.1.clone(),
            offset,
            uses: Actions::NAME,
            verdict,
            permitted,
            form: operands::form(module, qualname).filter(|_| permitted.contains(Actions::CALL)),
        });
        self.index.insert(key, id);
        (id, true)
    }

    pub(super) fn get(&self, id: ImportId) -> Option<&Import> {
        self.list.get(id.index())
    }

    pub(super) fn get_mut(&mut self, id: ImportId) -> Option<&mut Import> {
        self.list.get_mut(id.index())
    }
}

/// Python 3 reads the Python 2 names that protocols 0 to 2 write.
fn python3_name<'n>(module: &'n str, qualname: &'n str) -> (&'n str, &'n str) {
    match (module, qualname) {
        ("__builtin__", "unicode") => ("builtins", "str"),
        ("__builtin__", "long") => ("builtins", "int"),
        ("__builtin__", "xrange") => ("builtins", "range"),
        ("__builtin__", "reduce") => ("functools", "reduce"),
        ("__builtin__" | "exceptions", name) => ("builtins", name),
        ("copy_reg", name) => ("copyreg", name),
        ("cPickle", name) => ("pickle", name),
        ("commands", name) => ("subprocess", name),
        other => other,
    }
}
