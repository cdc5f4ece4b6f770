//! Python's statements.

use super::expressions::Expression;
use super::parser::Parser;
use super::tokens::{Kind, Result};
use super::{Default, Function, Import, Parameter, ParameterKind};

const AUGMENTED: &[&str] = &["+=", "-=", "*=", "/=", "//=", "%=", "@=", "&=", "|=", "^=", ">>=", "<<=", "**="];

/// What handlers catch when a module is missing.
const MISSING: &[&str] = &["ImportError", "ModuleNotFoundError", "Exception", "BaseException"];

impl<'a> Parser<'a> {
    /// A whole file.
    pub fn file(&mut self) -> Result<()> {
        while *self.kind() != Kind::End {
            self.statement()?;
        }
        Ok(())
    }

    fn statement(&mut self) -> Result<()> {
        self.nested(|parser| {
            if !parser.compound()? {
                parser.simple_line()?;
            }
            Ok(())
        })
    }

    /// A statement with blocks; false where there is none.
    fn compound(&mut self) -> Result<bool> {
        match self.kind() {
            Kind::Name("if") => self.conditional()?,
            Kind::Name("while") => self.looped(|parser| parser.named_expression().map(drop))?,
            Kind::Name("for") => self.looped(Self::for_head)?,
            Kind::Name("try") => self.guarded()?,
            Kind::Name("with") => self.with()?,
            Kind::Name("def") => self.function(false)?,
            Kind::Name("class") => self.class()?,
            Kind::Name("async") => self.asynchronous()?,
            Kind::Operator("@") => self.decorated()?,
            Kind::Name("match") => return self.matched(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `:` and what it opens.
    pub fn block(&mut self) -> Result<()> {
        self.expect(":")?;
        if !self.takes_kind(&Kind::Newline) {
            return self.simple_line();
        }
        if !self.takes_kind(&Kind::Indent) {
            return self.fails("expected an indented block");
        }
        while !self.takes_kind(&Kind::Dedent) {
            self.statement()?;
        }
        Ok(())
    }

    fn simple_line(&mut self) -> Result<()> {
        loop {
            self.simple()?;
            let more = self.takes(";");
            if self.takes_kind(&Kind::Newline) {
                return Ok(());
            }
            if !more {
                return self.fails(format!("expected the end of the statement, found {}", self.shown()));
            }
        }
    }

    fn simple(&mut self) -> Result<()> {
        let Kind::Name(word) = self.kind() else {
            if *self.kind() == Kind::Indent {
                return self.fails("unexpected indent");
            }
            return self.assignment();
        };
        match *word {
            "pass" | "break" | "continue" => {
                self.advance();
                Ok(())
            }
            "return" => self.returned(),
            "raise" => self.raised(),
            "global" | "nonlocal" => {
                self.advance();
                self.identifiers()
            }
            "del" => self.deleted(),
            "assert" => {
                self.advance();
                self.expression()?;
                if self.takes(",") { self.expression().map(drop) } else { Ok(()) }
            }
            "import" => self.import(),
            "from" => self.import_from(),
            "type" if matches!(self.kind_after(), Kind::Name(name) if !super::expressions::is_keyword(name)) => {
                self.alias()
            }
            _ => self.assignment(),
        }
    }

    fn kind_after(&mut self) -> &'a Kind<'a> {
        let place = self.place();
        self.advance();
        let kind = self.kind();
        self.back(place);
        kind
    }

    fn returned(&mut self) -> Result<()> {
        self.advance();
        if self.begins_expression() && self.star_expressions()? != Expression::None {
            self.returns_value();
        }
        Ok(())
    }

    fn raised(&mut self) -> Result<()> {
        self.advance();
        self.raises += 1;
        if !self.begins_expression() {
            return Ok(());
        }
        self.expression()?;
        if self.takes_name("from") { self.expression().map(drop) } else { Ok(()) }
    }

    fn identifiers(&mut self) -> Result<()> {
        loop {
            self.identifier()?;
            if !self.takes(",") {
                return Ok(());
            }
        }
    }

    fn deleted(&mut self) -> Result<()> {
        self.advance();
        let targets = self.targets()?;
        let starred = |target: &Expression<'_>| match target {
            Expression::Starred(_) => true,
            Expression::Tuple(items) | Expression::List(items) => {
                items.iter().any(|item| matches!(item, Expression::Starred(_)))
            }
            _ => false,
        };
        if starred(&targets) { self.fails("a starred expression cannot be deleted") } else { Ok(()) }
    }

    /// `type Name[T] = …`
    fn alias(&mut self) -> Result<()> {
        self.advance();
        self.identifier()?;
        self.type_parameters()?;
        self.expect("=")?;
        self.expression().map(drop)
    }

    /// An expression, or what is assigned to it.
    fn assignment(&mut self) -> Result<()> {
        if self.is_name("yield") {
            self.yielded()?;
            return if self.is_operator("=") {
                self.fails("nothing can be assigned to a yield expression")
            } else {
                Ok(())
            };
        }
        let is_parenthesised = self.is_operator("(");
        let mut target = self.star_expressions()?;
        if self.is_operator(":") {
            return self.annotation(&target, is_parenthesised);
        }
        if let Kind::Operator(operator) = self.kind()
            && AUGMENTED.contains(operator)
        {
            if !target.is_single_target() {
                return self.fails(format!("`{operator}` changes a name, an attribute or a subscript"));
            }
            self.advance();
            return self.value().map(drop);
        }
        while self.is_operator("=") {
            self.check_target(&target)?;
            self.advance();
            match self.value()? {
                Some(value) => target = value,
                None if self.is_operator("=") => return self.fails("nothing can be assigned to a yield expression"),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// The right side of an assignment; none for a `yield`.
    fn value(&mut self) -> Result<Option<Expression<'a>>> {
        if self.is_name("yield") { self.yielded().map(|()| None) } else { self.star_expressions().map(Some) }
    }

    fn annotation(&mut self, target: &Expression<'a>, is_parenthesised: bool) -> Result<()> {
        if !target.is_single_target() {
            let what = if is_parenthesised { "what stands in parentheses" } else { "this" };
            return self.fails(format!("{what} cannot be annotated, or a `:` is too much"));
        }
        self.advance();
        self.expression()?;
        if self.takes("=") { self.value().map(drop) } else { Ok(()) }
    }

    fn conditional(&mut self) -> Result<()> {
        self.advance();
        let condition = self.named_expression()?;
        let for_checkers =
            matches!(condition, Expression::Name("TYPE_CHECKING") | Expression::Attribute("TYPE_CHECKING"));
        let first = self.imports.len();
        self.block()?;
        if for_checkers {
            self.imports.iter_mut().skip(first).for_each(|import| import.is_optional = true);
        }
        while self.takes_name("elif") {
            self.named_expression()?;
            self.block()?;
        }
        self.otherwise()
    }

    fn otherwise(&mut self) -> Result<()> {
        if self.takes_name("else") { self.block() } else { Ok(()) }
    }

    fn looped(&mut self, head: fn(&mut Self) -> Result<()>) -> Result<()> {
        self.advance();
        head(self)?;
        self.block()?;
        self.otherwise()
    }

    fn for_head(&mut self) -> Result<()> {
        self.targets()?;
        self.expect_name("in")?;
        self.star_expressions().map(drop)
    }

    fn guarded(&mut self) -> Result<()> {
        self.advance();
        let first = self.imports.len();
        self.block()?;
        let guarded = first..self.imports.len();
        let (mut handlers, mut stars, mut is_caught) = (0, 0, false);
        while self.takes_name("except") {
            handlers += 1;
            let starred = self.takes("*");
            stars += usize::from(starred);
            if starred && self.is_operator(":") {
                return self.fails("`except*` wants the exceptions that it catches");
            }
            let catches = self.caught()?;
            let raises = self.raises;
            self.block()?;
            is_caught |= catches && raises == self.raises;
        }
        if stars != 0 && stars != handlers {
            return self.fails("`except` and `except*` stand beside each other");
        }
        if is_caught {
            self.imports.iter_mut().take(guarded.end).skip(guarded.start).for_each(|import| import.is_optional = true);
        }
        if handlers > 0 {
            self.otherwise()?;
        }
        if self.takes_name("finally") {
            return self.block();
        }
        if handlers == 0 { self.fails("expected `except` or `finally`") } else { Ok(()) }
    }

    /// What a handler catches; whether a missing module is among it.
    fn caught(&mut self) -> Result<bool> {
        if self.is_operator(":") {
            return Ok(true);
        }
        let caught = self.list_of(Self::expression, Self::begins_expression)?;
        if self.takes_name("as") {
            self.identifier()?;
        }
        let is_missing = |caught: &Expression<'_>| match caught {
            Expression::Name(name) | Expression::Attribute(name) => MISSING.contains(name),
            _ => false,
        };
        Ok(match &caught {
            Expression::Tuple(items) => items.iter().any(is_missing),
            one => is_missing(one),
        })
    }

    fn with(&mut self) -> Result<()> {
        self.advance();
        let place = self.place();
        // Parentheses around all items, or around the first expression: the colon behind them tells.
        if self.takes("(") && self.with_items(")").is_ok() && self.takes(")") && self.is_operator(":") {
            return self.block();
        }
        self.back(place);
        self.with_items(":")?;
        self.block()
    }

    fn with_items(&mut self, end: &str) -> Result<()> {
        loop {
            self.expression()?;
            if self.takes_name("as") {
                let target = self.with_target()?;
                self.check_target(&target)?;
            }
            if !self.takes(",") || (end == ")" && self.is_operator(end)) {
                return Ok(());
            }
        }
    }

    fn with_target(&mut self) -> Result<Expression<'a>> {
        match self.expression()? {
            Expression::Starred(_) => self.fails("a starred expression stands alone"),
            target => Ok(target),
        }
    }

    fn asynchronous(&mut self) -> Result<()> {
        self.advance();
        match self.kind() {
            Kind::Name("def") => self.function(true),
            Kind::Name("for") => self.looped(Self::for_head),
            Kind::Name("with") => self.with(),
            _ => self.fails(format!("expected `def`, `for` or `with` behind `async`, found {}", self.shown())),
        }
    }

    fn decorated(&mut self) -> Result<()> {
        while self.takes("@") {
            self.named_expression()?;
            if !self.takes_kind(&Kind::Newline) {
                return self.fails(format!("expected the end of the line, found {}", self.shown()));
            }
        }
        match self.kind() {
            Kind::Name("def") => self.function(false),
            Kind::Name("class") => self.class(),
            Kind::Name("async") => {
                self.advance();
                self.function(true)
            }
            _ => self.fails(format!("expected a function or a class behind a decorator, found {}", self.shown())),
        }
    }

    fn class(&mut self) -> Result<()> {
        self.advance();
        let name = self.identifier()?;
        if self.is_top() {
            self.classes.push(name.into());
        }
        self.type_parameters()?;
        if self.takes("(") {
            self.arguments()?;
        }
        self.block()
    }

    fn function(&mut self, is_async: bool) -> Result<()> {
        let line = self.line();
        self.expect_name("def")?;
        let name = self.identifier()?;
        self.type_parameters()?;
        self.expect("(")?;
        let parameters = self.parameters(")", true)?;
        self.expect(")")?;
        if self.takes("->") {
            self.expression()?;
        }
        let is_top = self.is_top();
        self.enter_function();
        let body = self.block();
        let found = self.leave_function();
        body?;
        if is_top {
            let gives_value = found.returns || found.yields;
            self.functions.push(Function { name: name.into(), line, is_async, parameters, gives_value });
        }
        Ok(())
    }

    /// `[T, *Ts, **P]` behind the name of a function, a class or a type.
    fn type_parameters(&mut self) -> Result<()> {
        if !self.takes("[") {
            return Ok(());
        }
        loop {
            let starred = self.takes("*");
            let plain = !starred && !self.takes("**");
            self.identifier()?;
            if plain && self.takes(":") {
                self.expression()?;
            }
            if self.takes("=") {
                if starred {
                    self.star_expression()?
                } else {
                    self.expression()?
                };
            }
            if !self.takes(",") {
                return self.expect("]");
            }
            if self.takes("]") {
                return Ok(());
            }
        }
    }

    /// The parameters of a function up to its bracket, or of a lambda up to its colon.
    pub fn parameters(&mut self, end: &str, annotated: bool) -> Result<Vec<Parameter>> {
        let mut found: Vec<Parameter> = Vec::new();
        let mut kind = ParameterKind::Either;
        let (mut slash, mut bare, mut last) = (false, false, false);
        while !self.is_operator(end) {
            if last {
                return self.fails("nothing stands behind `**` parameters");
            }
            if self.takes("/") {
                if found.is_empty() || slash || kind != ParameterKind::Either {
                    return self.fails("`/` stands out of place among parameters");
                }
                slash = true;
                found.iter_mut().for_each(|parameter| parameter.kind = ParameterKind::PositionOnly);
            } else if self.takes("**") {
                last = true;
                found.push(self.parameter(ParameterKind::Rest, annotated)?);
            } else if self.takes("*") {
                if kind != ParameterKind::Either {
                    return self.fails("a second `*` among parameters");
                }
                kind = ParameterKind::KeywordOnly;
                bare = self.is_operator(",") || self.is_operator(end);
                if !bare {
                    found.push(self.parameter(ParameterKind::Rest, annotated)?);
                }
            } else {
                let parameter = self.parameter(kind, annotated)?;
                let has_default = |parameter: &Parameter| parameter.default.is_some();
                if kind == ParameterKind::Either && parameter.default.is_none() && found.last().is_some_and(has_default)
                {
                    return self.fails(format!("`{}` has no default value, but the one before has", parameter.name));
                }
                bare = false;
                found.push(parameter);
            }
            if bare && (last || self.is_operator_at(1, end) || self.is_operator(end) || self.is_operator_at(1, "**")) {
                return self.fails("no name follows a bare `*`");
            }
            if !self.is_operator(end) {
                self.expect(",")?;
            }
        }
        Ok(found)
    }

    fn parameter(&mut self, kind: ParameterKind, annotated: bool) -> Result<Parameter> {
        let name = self.identifier()?.to_owned();
        if annotated && self.takes(":") {
            if kind == ParameterKind::Rest {
                self.takes("*");
            }
            self.expression()?;
        }
        let mut default = None;
        if kind != ParameterKind::Rest && self.takes("=") {
            default = Some(match self.expression()? {
                Expression::Text(text) => Default::Text(text.into()),
                _ => Default::Other,
            });
        }
        Ok(Parameter { name, default, kind })
    }

    fn import(&mut self) -> Result<()> {
        self.advance();
        loop {
            let line = self.line();
            let module = self.dotted()?;
            self.imports.push(Import { module, dots: 0, line, is_optional: false });
            self.renamed()?;
            if !self.takes(",") {
                return Ok(());
            }
        }
    }

    fn import_from(&mut self) -> Result<()> {
        let line = self.line();
        self.advance();
        let mut dots = 0;
        loop {
            match self.kind() {
                Kind::Operator(".") => dots += 1,
                Kind::Operator("...") => dots += 3,
                _ => break,
            }
            self.advance();
        }
        let module = if dots > 0 && self.is_name("import") { String::new() } else { self.dotted()? };
        self.expect_name("import")?;
        self.imports.push(Import { module, dots, line, is_optional: false });
        if self.takes("*") {
            return Ok(());
        }
        let in_brackets = self.takes("(");
        loop {
            self.identifier()?;
            self.renamed()?;
            if !self.takes(",") {
                return if in_brackets { self.expect(")") } else { Ok(()) };
            }
            if in_brackets && self.takes(")") {
                return Ok(());
            }
        }
    }

    fn renamed(&mut self) -> Result<()> {
        if self.takes_name("as") { self.identifier().map(drop) } else { Ok(()) }
    }

    fn dotted(&mut self) -> Result<String> {
        let mut name = self.identifier()?.to_owned();
        while self.takes(".") {
            name.push('.');
            name.push_str(self.identifier()?);
        }
        Ok(name)
    }
}
