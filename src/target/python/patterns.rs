//! Python's `match` statement and its patterns.

use super::expressions::is_keyword;
use super::parser::Parser;
use super::tokens::{Kind, Result};

impl<'a> Parser<'a> {
    /// A `match` statement; false where the word is a name like any other.
    pub fn matched(&mut self) -> Result<bool> {
        let place = self.place();
        self.advance();
        let is_statement = self.subject().is_ok()
            && self.takes(":")
            && self.takes_kind(&Kind::Newline)
            && self.takes_kind(&Kind::Indent)
            && self.is_name("case");
        if !is_statement {
            self.back(place);
            return Ok(false);
        }
        while !self.takes_kind(&Kind::Dedent) {
            self.nested(Self::case)?;
        }
        Ok(true)
    }

    fn subject(&mut self) -> Result<()> {
        if !self.begins_expression() {
            return self.fails("expected an expression");
        }
        self.list_of(
            |parser| if parser.is_operator("*") { parser.star_expressions() } else { parser.named_expression() },
            Self::begins_expression,
        )
        .map(drop)
    }

    fn case(&mut self) -> Result<()> {
        self.expect_name("case")?;
        self.open_pattern()?;
        if self.takes_name("if") {
            self.named_expression()?;
        }
        self.block()
    }

    /// Patterns with commas.
    fn open_pattern(&mut self) -> Result<()> {
        self.starred_pattern()?;
        while self.takes(",") && !self.is_operator(":") && !self.is_name("if") {
            self.starred_pattern()?;
        }
        Ok(())
    }

    fn starred_pattern(&mut self) -> Result<()> {
        if self.takes("*") { self.identifier().map(drop) } else { self.pattern() }
    }

    fn pattern(&mut self) -> Result<()> {
        self.nested(|parser| {
            parser.closed_pattern()?;
            while parser.takes("|") {
                parser.closed_pattern()?;
            }
            if !parser.takes_name("as") {
                return Ok(());
            }
            match parser.identifier()? {
                "_" => parser.fails("`_` names nothing in a pattern"),
                _ => Ok(()),
            }
        })
    }

    fn closed_pattern(&mut self) -> Result<()> {
        match self.kind() {
            Kind::Name("None" | "True" | "False") => {
                self.advance();
                Ok(())
            }
            Kind::Name(name) if !is_keyword(name) => self.named_pattern(),
            Kind::Number { .. } | Kind::Operator("-") => self.number_pattern(),
            Kind::Text(_) => self.texts().map(drop),
            Kind::Operator("(") => self.sequence_pattern(")"),
            Kind::Operator("[") => self.sequence_pattern("]"),
            Kind::Operator("{") => self.mapping_pattern(),
            _ => self.fails(format!("expected a pattern, found {}", self.shown())),
        }
    }

    /// A name, a value with dots, or a class with what stands in its parentheses.
    fn named_pattern(&mut self) -> Result<()> {
        self.identifier()?;
        while self.takes(".") {
            self.identifier()?;
        }
        if !self.takes("(") {
            return Ok(());
        }
        let mut keyword = false;
        while !self.takes(")") {
            if matches!(self.kind(), Kind::Name(_)) && self.is_operator_at(1, "=") {
                self.identifier()?;
                self.advance();
                keyword = true;
            } else if keyword {
                return self.fails("a pattern by position stands behind one by keyword");
            }
            self.pattern()?;
            if !self.is_operator(")") {
                self.expect(",")?;
            }
        }
        Ok(())
    }

    /// A number with its sign, or a complex one: a real number and an imaginary one.
    fn number_pattern(&mut self) -> Result<()> {
        self.takes("-");
        let is_imaginary = self.number()?;
        let is_complex = self.takes("+") || self.takes("-");
        if is_complex && (is_imaginary || !self.number()?) {
            return self.fails("a complex pattern is a real number and an imaginary one");
        }
        Ok(())
    }

    /// Whether the number at hand is imaginary.
    fn number(&mut self) -> Result<bool> {
        match self.kind() {
            Kind::Number { is_imaginary } => {
                self.advance();
                Ok(*is_imaginary)
            }
            _ => self.fails(format!("expected a number, found {}", self.shown())),
        }
    }

    fn sequence_pattern(&mut self, end: &str) -> Result<()> {
        self.advance();
        let (mut count, mut commas, mut is_starred) = (0, 0, false);
        while !self.takes(end) {
            is_starred = self.is_operator("*");
            self.starred_pattern()?;
            count += 1;
            if !self.is_operator(end) {
                self.expect(",")?;
                commas += 1;
            }
        }
        if end == ")" && count == 1 && commas == 0 && is_starred {
            return self.fails("a starred pattern stands alone in parentheses");
        }
        Ok(())
    }

    fn mapping_pattern(&mut self) -> Result<()> {
        self.advance();
        let mut has_rest = false;
        while !self.takes("}") {
            if has_rest {
                return self.fails("nothing stands behind `**` in a pattern");
            }
            has_rest = self.takes("**");
            if has_rest {
                if self.identifier()? == "_" {
                    return self.fails("`_` names nothing in a pattern");
                }
            } else {
                self.mapping_key()?;
                self.expect(":")?;
                self.pattern()?;
            }
            if !self.is_operator("}") {
                self.expect(",")?;
            }
        }
        Ok(())
    }

    /// A literal, or a value with dots.
    fn mapping_key(&mut self) -> Result<()> {
        match self.kind() {
            Kind::Name(name) if !is_keyword(name) => {
                self.identifier()?;
                if !self.is_operator(".") {
                    return self.fails("a mapping's key is a literal or an attribute");
                }
                while self.takes(".") {
                    self.identifier()?;
                }
                Ok(())
            }
            Kind::Operator("(" | "[" | "{") => self.fails("a mapping's key is a literal or an attribute"),
            _ => self.closed_pattern(),
        }
    }
}
