//! What a Python file defines and imports, and what makes it no Python: read by its grammar, nothing is imported or run.
//!
//! The grammar is that of CPython's parser, versions 3.6 to 3.14 together; what CPython finds only when it compiles
//! (a `return` outside of a function, a name that is both local and global) is not looked for, nor are names of
//! characters in strings.

mod expressions;
mod parser;
mod patterns;
mod statements;
mod strings;
mod tokens;

#[cfg(test)]
mod tests;

pub use tokens::Problem;

use parser::Parser;

/// A Python file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Script {
    /// The functions at the top, in order.
    pub functions: Vec<Function>,
    /// The names of the classes at the top, in order.
    pub classes: Vec<String>,
    /// Every import, wherever it stands.
    pub imports: Vec<Import>,
    /// Why the file is no Python; then there is nothing else.
    pub problem: Option<Problem>,
}

/// A function at the top of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its `def`, from 1.
    pub line: u64,
    /// Whether it is `async`.
    pub is_async: bool,
    /// Its parameters, without `*` and `/`.
    pub parameters: Vec<Parameter>,
    /// Whether it may return something else than `None`: it has a `return` with such a value, or it yields.
    pub gives_value: bool,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its default value, if it has one.
    pub default: Option<Default>,
    /// Whether it can be given by position, by keyword, or collects the rest.
    pub kind: ParameterKind,
}

/// A default value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Default {
    /// A plain string.
    Text(String),
    /// Any other expression.
    Other,
}

/// How a parameter is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// Before a `/`.
    PositionOnly,
    /// Either way.
    Either,
    /// After a `*`.
    KeywordOnly,
    /// `*args` or `**kwargs`.
    Rest,
}

/// A module that a file imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its name with dots; empty for `from . import …`.
    pub module: String,
    /// Dots before the name: how far up a package it is looked for.
    pub dots: usize,
    /// The line, from 1.
    pub line: u64,
    /// Whether the file does without: a handler catches that it is missing, or only type checkers read the line.
    pub is_optional: bool,
}

impl Parameter {
    /// Whether a caller has to give it.
    pub fn is_required(&self) -> bool {
        self.default.is_none() && self.kind != ParameterKind::Rest
    }
}

impl Script {
    /// The last definition of a function, which is the one that counts.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().rev().find(|function| function.name == name)
    }
}

/// Reads a file.
pub fn read(source: &str) -> Script {
    match tokens::tokens(source).and_then(|tokens| {
        let mut parser = Parser::new(&tokens);
        parser.file()?;
        Ok((parser.functions, parser.classes, parser.imports))
    }) {
        Ok((functions, classes, imports)) => Script { functions, classes, imports, problem: None },
        Err(problem) => Script { problem: Some(problem), ..Script::default() },
    }
}
