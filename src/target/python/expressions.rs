//! Python's expressions: their grammar, and what of them matters to statements around them.

use super::parser::Parser;
use super::tokens::{Kind, Result};

/// What an expression is, as far as assignments, returns and defaults ask.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression<'a> {
    Name(&'a str),
    /// An attribute, by its name.
    Attribute(&'a str),
    Subscript,
    Tuple(Vec<Expression<'a>>),
    List(Vec<Expression<'a>>),
    Starred(Box<Expression<'a>>),
    /// `None`.
    None,
    /// A plain string.
    Text(&'a str),
    /// Anything else, by what it is called in messages.
    Other(&'static str),
}

/// The binary operators by how tightly they bind.
const BINARY: &[(&[&str], u8)] = &[
    (&["or"], 1),
    (&["and"], 2),
    (&["in", "not", "is", "<", ">", "<=", ">=", "==", "!="], 4),
    (&["|"], 5),
    (&["^"], 6),
    (&["&"], 7),
    (&["<<", ">>"], 8),
    (&["+", "-"], 9),
    (&["*", "/", "//", "%", "@"], 10),
];
/// What binds tighter than `not`.
const NOT: u8 = 3;
/// What may be starred, and what the target of a loop is made of: everything tighter than comparisons.
const BITWISE: u8 = 5;

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

pub(super) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

impl<'a> Expression<'a> {
    /// What it is called in messages.
    fn name(&self) -> &'static str {
        match self {
            Expression::Name(_) => "a name",
            Expression::Attribute(_) => "an attribute",
            Expression::Subscript => "a subscript",
            Expression::Tuple(_) => "a tuple",
            Expression::List(_) => "a list",
            Expression::Starred(_) => "a starred expression",
            Expression::None => "`None`",
            Expression::Text(_) => "a string",
            Expression::Other(name) => name,
        }
    }

    /// Whether a single value can be assigned to it.
    pub fn is_single_target(&self) -> bool {
        matches!(self, Expression::Name(_) | Expression::Attribute(_) | Expression::Subscript)
    }

    /// What in it nothing can be assigned to; `starred` where a star may stand.
    pub fn not_a_target(&self, starred: bool) -> Option<&'static str> {
        match self {
            Expression::Tuple(items) | Expression::List(items) => items.iter().find_map(|item| item.not_a_target(true)),
            Expression::Starred(inner) if starred => inner.not_a_target(false),
            single if single.is_single_target() => None,
            other => Some(other.name()),
        }
    }
}

impl<'a> Parser<'a> {
    /// Expressions with commas, some of them starred: a tuple where there is a comma.
    pub fn star_expressions(&mut self) -> Result<Expression<'a>> {
        self.list_of(Self::star_expression, Self::begins_expression)
    }

    /// `list_of(item)`: one item, or a tuple of items with a comma behind the last if one likes.
    pub fn list_of(
        &mut self,
        item: fn(&mut Self) -> Result<Expression<'a>>,
        begins: fn(&Self) -> bool,
    ) -> Result<Expression<'a>> {
        let first = item(self)?;
        if !self.is_operator(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.takes(",") && begins(self) {
            items.push(item(self)?);
        }
        Ok(Expression::Tuple(items))
    }

    pub fn begins_expression(&self) -> bool {
        match self.kind() {
            Kind::Name(name) => {
                !is_keyword(name) || matches!(*name, "None" | "True" | "False" | "not" | "lambda" | "await")
            }
            Kind::Number { .. } | Kind::Text(_) => true,
            Kind::Operator(operator) => matches!(*operator, "(" | "[" | "{" | "-" | "+" | "~" | "..." | "*"),
            _ => false,
        }
    }

    pub fn star_expression(&mut self) -> Result<Expression<'a>> {
        match self.starred()? {
            Some(starred) => Ok(starred),
            None => self.expression(),
        }
    }

    fn star_named_expression(&mut self) -> Result<Expression<'a>> {
        match self.starred()? {
            Some(starred) => Ok(starred),
            None => self.named_expression(),
        }
    }

    fn starred(&mut self) -> Result<Option<Expression<'a>>> {
        if !self.takes("*") {
            return Ok(None);
        }
        Ok(Some(Expression::Starred(Box::new(self.nested(|parser| parser.binary(BITWISE))?))))
    }

    /// What `for`, `with … as` and comprehensions assign to.
    pub fn targets(&mut self) -> Result<Expression<'a>> {
        let item = |parser: &mut Self| match parser.starred()? {
            Some(starred) => Ok(starred),
            None => parser.nested(|parser| parser.binary(BITWISE)),
        };
        let targets = self.list_of(item, Self::begins_expression)?;
        self.check_target(&targets)?;
        Ok(targets)
    }

    pub fn check_target(&self, target: &Expression<'a>) -> Result<()> {
        match target.not_a_target(true) {
            None => Ok(()),
            Some(what) => self.fails(format!("nothing can be assigned to {what}")),
        }
    }

    /// An expression, or `name := expression`.
    pub fn named_expression(&mut self) -> Result<Expression<'a>> {
        let value = self.expression()?;
        if !self.is_operator(":=") {
            return Ok(value);
        }
        if !matches!(value, Expression::Name(_)) {
            return self.fails(format!("`:=` assigns to a name, not to {}", value.name()));
        }
        self.advance();
        self.expression()?;
        Ok(Expression::Other("an assignment"))
    }

    /// An expression without commas.
    pub fn expression(&mut self) -> Result<Expression<'a>> {
        self.nested(|parser| {
            if parser.is_name("lambda") {
                return parser.lambda();
            }
            let value = parser.binary(0)?;
            if !parser.takes_name("if") {
                return Ok(value);
            }
            parser.binary(0)?;
            parser.expect_name("else")?;
            parser.expression()?;
            Ok(Expression::Other("a conditional expression"))
        })
    }

    fn lambda(&mut self) -> Result<Expression<'a>> {
        self.advance();
        self.parameters(":", false)?;
        self.expect(":")?;
        self.enter_function();
        let body = self.expression();
        self.leave_function();
        body?;
        Ok(Expression::Other("a lambda"))
    }

    /// Operands and operators that bind at least as tightly as asked.
    fn binary(&mut self, least: u8) -> Result<Expression<'a>> {
        let mut value = if self.is_name("not") && least <= NOT {
            self.advance();
            self.nested(|parser| parser.binary(NOT))?;
            Expression::Other("an expression")
        } else {
            self.unary()?
        };
        while let Some(binding) = self.binary_operator().filter(|binding| *binding >= least) {
            let is_not = self.is_name("not");
            let is_is = self.is_name("is");
            self.advance();
            if is_not {
                self.expect_name("in")?;
            } else if is_is {
                self.takes_name("not");
            }
            self.binary(binding + 1)?;
            value = Expression::Other(if binding == 4 { "a comparison" } else { "an expression" });
        }
        Ok(value)
    }

    fn binary_operator(&self) -> Option<u8> {
        let (Kind::Name(word) | Kind::Operator(word)) = self.kind() else { return None };
        BINARY.iter().find(|(operators, _)| operators.contains(word)).map(|(_, binding)| *binding)
    }

    fn unary(&mut self) -> Result<Expression<'a>> {
        if self.takes("-") || self.takes("+") || self.takes("~") {
            self.nested(Self::unary)?;
            return Ok(Expression::Other("an expression"));
        }
        let value = if self.takes_name("await") {
            self.primary()?;
            Expression::Other("an await expression")
        } else {
            self.primary()?
        };
        if !self.takes("**") {
            return Ok(value);
        }
        self.nested(Self::unary)?;
        Ok(Expression::Other("an expression"))
    }

    fn primary(&mut self) -> Result<Expression<'a>> {
        let mut value = self.atom()?;
        loop {
            if self.takes(".") {
                value = Expression::Attribute(self.identifier()?);
            } else if self.takes("(") {
                self.arguments()?;
                value = Expression::Other("a function call");
            } else if self.takes("[") {
                self.subscript()?;
                value = Expression::Subscript;
            } else {
                return Ok(value);
            }
        }
    }

    fn atom(&mut self) -> Result<Expression<'a>> {
        match self.kind() {
            Kind::Name("None") => self.one(Expression::None),
            Kind::Name("True" | "False") => self.one(Expression::Other("a literal")),
            Kind::Name(name) if !is_keyword(name) => {
                let name = Expression::Name(name);
                self.one(name)
            }
            Kind::Number { .. } | Kind::Operator("...") => self.one(Expression::Other("a literal")),
            Kind::Text(_) => self.texts(),
            Kind::Operator("(") => self.nested(Self::parenthesised),
            Kind::Operator("[") => self.nested(Self::list),
            Kind::Operator("{") => self.nested(Self::braced),
            _ => self.fails(format!("expected an expression, found {}", self.shown())),
        }
    }

    fn one(&mut self, expression: Expression<'a>) -> Result<Expression<'a>> {
        self.advance();
        Ok(expression)
    }

    /// String literals beside each other.
    pub fn texts(&mut self) -> Result<Expression<'a>> {
        let (mut count, mut plain, mut all_bytes) = (0, None, None);
        while let Kind::Text(text) = self.kind() {
            if all_bytes.is_some_and(|all| all != text.is_bytes) {
                return self.fails("bytes and text cannot stand beside each other");
            }
            all_bytes = Some(text.is_bytes);
            (count, plain) = (count + 1, text.plain);
            for field in &text.fields {
                self.field(field)?;
            }
            self.advance();
        }
        Ok(plain.filter(|_| count == 1).map_or(Expression::Other("a literal"), Expression::Text))
    }

    fn parenthesised(&mut self) -> Result<Expression<'a>> {
        self.expect("(")?;
        if self.takes(")") {
            return Ok(Expression::Tuple(Vec::new()));
        }
        if self.is_name("yield") {
            self.yielded()?;
            self.expect(")")?;
            return Ok(Expression::Other("a yield expression"));
        }
        let value = self.items(Self::star_named_expression)?;
        self.expect(")")?;
        match value {
            Items::One(Expression::Starred(_)) => self.fails("a starred expression stands alone in parentheses"),
            Items::One(Expression::Other(_)) => Ok(Expression::Other("an expression")),
            Items::One(value) => Ok(value),
            Items::Several(items) => Ok(Expression::Tuple(items)),
            Items::Comprehension => Ok(Expression::Other("a generator expression")),
        }
    }

    fn list(&mut self) -> Result<Expression<'a>> {
        self.expect("[")?;
        if self.takes("]") {
            return Ok(Expression::List(Vec::new()));
        }
        let value = self.items(Self::star_named_expression)?;
        self.expect("]")?;
        Ok(match value {
            Items::One(item) => Expression::List(vec![item]),
            Items::Several(items) => Expression::List(items),
            Items::Comprehension => Expression::Other("a list comprehension"),
        })
    }

    /// Items between brackets: one, several, or one with what it is computed from.
    fn items(&mut self, item: fn(&mut Self) -> Result<Expression<'a>>) -> Result<Items<'a>> {
        let first = item(self)?;
        if self.begins_comprehension() {
            if matches!(first, Expression::Starred(_)) {
                return self.fails("a comprehension cannot be starred");
            }
            self.comprehension()?;
            return Ok(Items::Comprehension);
        }
        if !self.is_operator(",") {
            return Ok(Items::One(first));
        }
        let mut items = vec![first];
        while self.takes(",") && !self.is_operator(")") && !self.is_operator("]") && !self.is_operator("}") {
            items.push(item(self)?);
        }
        Ok(Items::Several(items))
    }

    fn begins_comprehension(&self) -> bool {
        self.is_name("for") || self.is_name("async")
    }

    fn comprehension(&mut self) -> Result<()> {
        while self.begins_comprehension() {
            self.takes_name("async");
            self.expect_name("for")?;
            self.targets()?;
            self.expect_name("in")?;
            self.binary(0)?;
            while self.takes_name("if") {
                self.binary(0)?;
            }
        }
        Ok(())
    }

    /// A set or a dict.
    fn braced(&mut self) -> Result<Expression<'a>> {
        self.expect("{")?;
        let mut is_dict = self.is_operator("}") || self.is_operator("**");
        let mut is_first = true;
        while !self.takes("}") {
            if is_dict && self.takes("**") {
                self.binary(BITWISE)?;
            } else {
                let key = if is_dict { self.expression()? } else { self.star_named_expression()? };
                is_dict |= is_first && self.is_operator(":");
                if is_dict {
                    self.entry(&key)?;
                }
                if is_first && self.begins_comprehension() {
                    if matches!(key, Expression::Starred(_)) {
                        return self.fails("a comprehension cannot be starred");
                    }
                    self.comprehension()?;
                    self.expect("}")?;
                    return Ok(Expression::Other("a comprehension"));
                }
            }
            is_first = false;
            if !self.is_operator("}") {
                self.expect(",")?;
            }
        }
        Ok(Expression::Other(if is_dict { "a dict" } else { "a set" }))
    }

    fn entry(&mut self, key: &Expression<'a>) -> Result<()> {
        if matches!(key, Expression::Starred(_) | Expression::Other("an assignment")) {
            return self.fails(format!("{} is no key", key.name()));
        }
        self.expect(":")?;
        self.expression().map(drop)
    }

    /// The arguments of a call or the bases of a class, up to `)`.
    pub fn arguments(&mut self) -> Result<()> {
        self.nested(|parser| {
            let (mut keyword, mut unpacked, mut count) = (false, false, 0);
            while !parser.takes(")") {
                if parser.takes("**") {
                    parser.expression()?;
                    unpacked = true;
                } else if parser.takes("*") {
                    if unpacked {
                        return parser.fails("`*` stands behind `**` in a call");
                    }
                    parser.expression()?;
                } else if parser.is_keyword_argument() {
                    parser.identifier()?;
                    parser.expect("=")?;
                    parser.expression()?;
                    keyword = true;
                } else {
                    parser.named_expression()?;
                    if parser.begins_comprehension() {
                        parser.comprehension()?;
                        if count > 0 || !parser.is_operator(")") {
                            return parser.fails("a generator expression beside other arguments wants parentheses");
                        }
                    }
                    if keyword || unpacked {
                        return parser.fails("an argument by position stands behind one by keyword");
                    }
                    if parser.is_operator("=") {
                        return parser.fails("an argument's keyword is a name");
                    }
                }
                count += 1;
                if !parser.is_operator(")") {
                    parser.expect(",")?;
                }
            }
            Ok(())
        })
    }

    fn is_keyword_argument(&self) -> bool {
        matches!(self.kind(), Kind::Name(name) if !is_keyword(name)) && self.is_operator_at(1, "=")
    }

    /// What stands in the brackets of a subscript, up to `]`.
    fn subscript(&mut self) -> Result<()> {
        self.nested(|parser| {
            loop {
                parser.slice()?;
                if !parser.takes(",") {
                    return parser.expect("]");
                }
                if parser.takes("]") {
                    return Ok(());
                }
            }
        })
    }

    fn slice(&mut self) -> Result<()> {
        if !self.is_operator(":") {
            let first = self.star_named_expression()?;
            if !self.is_operator(":") {
                return Ok(());
            }
            if matches!(first, Expression::Starred(_) | Expression::Other("an assignment")) {
                return self.fails(format!("{} is no bound of a slice", first.name()));
            }
        }
        for _ in 0..2 {
            if self.takes(":") && !self.is_operator(":") && !self.is_operator(",") && !self.is_operator("]") {
                self.expression()?;
            }
        }
        Ok(())
    }

    /// `yield`, with what follows it.
    pub fn yielded(&mut self) -> Result<()> {
        self.expect_name("yield")?;
        self.yields();
        if self.takes_name("from") {
            return self.expression().map(drop);
        }
        if self.begins_expression() {
            self.star_expressions()?;
        }
        Ok(())
    }
}

enum Items<'a> {
    One(Expression<'a>),
    Several(Vec<Expression<'a>>),
    Comprehension,
}
