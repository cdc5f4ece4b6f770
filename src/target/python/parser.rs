//! Where a parse stands: the tokens, the depth, and what was found so far.

use super::tokens::{Kind, Problem, Result, Token};
use super::{Function, Import};

/// Levels of expressions and blocks inside of each other: each costs some kB of the stack.
const DEPTH: usize = 200;

/// Reads statements and expressions from tokens. Nothing is kept but what the rules ask for.
pub(super) struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    depth: usize,
    /// The functions around, the innermost last.
    bodies: Vec<Body>,
    /// `raise` statements so far.
    pub raises: usize,
    pub functions: Vec<Function>,
    pub classes: Vec<String>,
    pub imports: Vec<Import>,
}

/// What a function's body holds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Body {
    /// A `return` of something else than `None`.
    pub returns: bool,
    pub yields: bool,
}

impl<'a> Parser<'a> {
    pub fn new(tokens: &'a [Token<'a>]) -> Self {
        Parser {
            tokens,
            at: 0,
            depth: 0,
            bodies: Vec::new(),
            raises: 0,
            functions: Vec::new(),
            classes: Vec::new(),
            imports: Vec::new(),
        }
    }

    fn token(&self, ahead: usize) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at + ahead).or(self.tokens.last())
    }

    pub fn kind(&self) -> &'a Kind<'a> {
        self.token(0).map_or(&Kind::End, |token| &token.kind)
    }

    pub fn line(&self) -> u64 {
        self.token(0).map_or(1, |token| token.line)
    }

    pub fn advance(&mut self) {
        self.at += 1;
    }

    /// The place, to come back to with [`Parser::back`].
    pub fn place(&self) -> usize {
        self.at
    }

    pub fn back(&mut self, place: usize) {
        self.at = place;
    }

    pub fn fails<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(Problem::new(self.line(), message))
    }

    /// The token at hand, for messages.
    pub fn shown(&self) -> String {
        match self.kind() {
            Kind::Name(name) => format!("`{name}`"),
            Kind::Operator(operator) => format!("`{operator}`"),
            Kind::Number { .. } => "a number".into(),
            Kind::Text(_) => "a string".into(),
            Kind::Newline => "the end of the line".into(),
            Kind::Indent => "a deeper line".into(),
            Kind::Dedent => "the end of the block".into(),
            Kind::End => "the end".into(),
        }
    }

    pub fn is_operator(&self, operator: &str) -> bool {
        self.is_operator_at(0, operator)
    }

    pub fn is_operator_at(&self, ahead: usize, operator: &str) -> bool {
        matches!(self.token(ahead).map(|token| &token.kind), Some(Kind::Operator(found)) if *found == operator)
    }

    pub fn is_name(&self, name: &str) -> bool {
        self.is_name_at(0, name)
    }

    pub fn is_name_at(&self, ahead: usize, name: &str) -> bool {
        matches!(self.token(ahead).map(|token| &token.kind), Some(Kind::Name(found)) if *found == name)
    }

    pub fn takes(&mut self, operator: &str) -> bool {
        let found = self.is_operator(operator);
        self.at += usize::from(found);
        found
    }

    pub fn takes_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        self.at += usize::from(found);
        found
    }

    pub fn takes_kind(&mut self, kind: &Kind<'_>) -> bool {
        let found = self.kind() == kind;
        self.at += usize::from(found);
        found
    }

    pub fn expect(&mut self, operator: &str) -> Result<()> {
        if self.takes(operator) { Ok(()) } else { self.fails(format!("expected `{operator}`, found {}", self.shown())) }
    }

    pub fn expect_name(&mut self, name: &str) -> Result<()> {
        if self.takes_name(name) { Ok(()) } else { self.fails(format!("expected `{name}`, found {}", self.shown())) }
    }

    /// A name that is no keyword.
    pub fn identifier(&mut self) -> Result<&'a str> {
        match self.kind() {
            Kind::Name(name) if !super::expressions::is_keyword(name) => {
                self.advance();
                Ok(name)
            }
            _ => self.fails(format!("expected a name, found {}", self.shown())),
        }
    }

    /// One level deeper, within the limit.
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEPTH {
            return self.fails(format!("more than {DEPTH} levels of expressions and blocks"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// The expression in a string's field.
    pub fn field(&mut self, tokens: &'a [Token<'a>]) -> Result<()> {
        let outer = (std::mem::replace(&mut self.tokens, tokens), std::mem::take(&mut self.at));
        let read = self.nested(|parser| {
            if parser.is_name("yield") { parser.yielded() } else { parser.star_expressions().map(drop) }?;
            match parser.kind() {
                Kind::End => Ok(()),
                _ => parser.fails(format!("expected the end of a field, found {}", parser.shown())),
            }
        });
        (self.tokens, self.at) = outer;
        read
    }

    pub fn enter_function(&mut self) {
        self.bodies.push(Body::default());
    }

    pub fn leave_function(&mut self) -> Body {
        self.bodies.pop().unwrap_or_default()
    }

    pub fn yields(&mut self) {
        if let Some(body) = self.bodies.last_mut() {
            body.yields = true;
        }
    }

    pub fn returns_value(&mut self) {
        if let Some(body) = self.bodies.last_mut() {
            body.returns = true;
        }
    }

    /// Whether statements stand at the top of the file, outside of every block.
    pub fn is_top(&self) -> bool {
        self.depth == 1
    }
}
