//! Python source as tokens: names, numbers, strings, operators, and where lines and blocks begin and end.
//!
//! The union of the versions 3.6 to 3.14: nothing that one of them takes is refused for its spelling.

use super::strings;

/// What is wrong with a source, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: u64,
    /// In a few words.
    pub message: String,
}

impl Problem {
    pub(super) fn new(line: u64, message: impl Into<String>) -> Self {
        Problem { line, message: message.into() }
    }
}

pub(super) type Result<T> = std::result::Result<T, Problem>;

/// A piece of source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'a> {
    pub kind: Kind<'a>,
    pub line: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'a> {
    /// An identifier or a keyword.
    Name(&'a str),
    Number {
        is_imaginary: bool,
    },
    Text(Text<'a>),
    /// An operator or a bracket.
    Operator(&'a str),
    Newline,
    Indent,
    Dedent,
    End,
}

/// A string literal.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text<'a> {
    pub is_bytes: bool,
    /// What it says, where it holds neither an escape nor a field.
    pub plain: Option<&'a str>,
    /// The expressions of its fields, each a source of its own.
    pub fields: Vec<Vec<Token<'a>>>,
}

/// Brackets inside of each other: CPython's own limit.
const MOST_BRACKETS: usize = 200;
/// Blocks inside of each other: CPython's own limit.
const MOST_INDENTS: usize = 100;
/// Fields of strings inside of each other: each is one level of recursion here.
const MOST_FIELDS: usize = 8;

/// Longest first, so that the first that fits is the right one.
const OPERATORS: &[&str] = &[
    "**=", "//=", ">>=", "<<=", "...", "!=", "->", ":=", "**", "//", ">>", "<<", "<=", ">=", "==", "+=", "-=", "*=",
    "/=", "%=", "@=", "&=", "|=", "^=", "+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">", "(", ")", "[", "]",
    "{", "}", ",", ":", ".", ";", "=",
];

/// Reads a source from its beginning to its end.
pub(super) fn tokens(source: &str) -> Result<Vec<Token<'_>>> {
    let mut lexer = Lexer { source, at: 0, line: 1, brackets: Vec::new(), tokens: Vec::new(), fields: 0 };
    lexer.file()?;
    Ok(lexer.tokens)
}

pub(super) struct Lexer<'a> {
    source: &'a str,
    at: usize,
    pub line: u64,
    brackets: Vec<(char, u64)>,
    tokens: Vec<Token<'a>>,
    /// Fields of strings that are open.
    fields: usize,
}

impl<'a> Lexer<'a> {
    pub fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn starts_with(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    /// Goes over a character and counts its line.
    pub fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        // A carriage return ends a line by itself, unless a line feed does.
        if c == '\n' || (c == '\r' && self.peek() != Some('\n')) {
            self.line += 1;
        }
        Some(c)
    }

    pub fn skip(&mut self, text: &str) -> bool {
        let found = self.starts_with(text);
        if found {
            text.chars().for_each(|_| {
                self.bump();
            });
        }
        found
    }

    pub fn position(&self) -> usize {
        self.at
    }

    pub fn since(&self, start: usize) -> &'a str {
        self.source.get(start..self.at).unwrap_or_default()
    }

    pub fn fails<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(Problem::new(self.line, message))
    }

    fn push(&mut self, kind: Kind<'a>, line: u64) {
        self.tokens.push(Token { kind, line });
    }

    fn file(&mut self) -> Result<()> {
        let mut indents = vec![(0usize, 0usize)];
        loop {
            if self.blank_line() {
                continue;
            }
            if self.peek().is_none() {
                break;
            }
            self.indent(&mut indents)?;
            while self.token()? {}
            let line = self.line;
            self.line_end();
            self.push(Kind::Newline, line);
        }
        if let Some((opening, line)) = self.brackets.pop() {
            return Err(Problem::new(line, format!("`{opening}` is never closed")));
        }
        let line = self.line;
        indents.iter().skip(1).for_each(|_| self.tokens.push(Token { kind: Kind::Dedent, line }));
        self.push(Kind::End, line);
        Ok(())
    }

    /// Goes over a line that holds nothing but a comment; else stays where it is.
    fn blank_line(&mut self) -> bool {
        const SPACE: [char; 3] = [' ', '\t', '\u{c}'];
        let rest = self.rest();
        let mut content = rest.trim_start_matches(SPACE);
        // A line of spaces may be continued by an empty one, but not by the end of the file.
        let mut ends_with_file = rest.is_empty();
        while let Some(next) = ["\\\n", "\\\r\n", "\\\r"].iter().find_map(|end| content.strip_prefix(end)) {
            content = next.trim_start_matches(SPACE);
            ends_with_file |= content.is_empty();
        }
        if !content.starts_with(['#', '\n', '\r']) && (!content.is_empty() || ends_with_file) {
            return false;
        }
        let space = rest.len() - content.len();
        while self.rest().len() > rest.len() - space {
            self.bump();
        }
        self.comment();
        self.line_end();
        true
    }

    fn comment(&mut self) {
        if self.starts_with("#") {
            let rest = self.rest();
            self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
        }
    }

    fn line_end(&mut self) -> bool {
        self.skip("\r\n") || self.skip("\n") || self.skip("\r")
    }

    /// Compares the line's first column with the blocks that are open: with tabs as eight columns and as one, which
    /// must agree.
    fn indent(&mut self, indents: &mut Vec<(usize, usize)>) -> Result<()> {
        let (mut wide, mut narrow) = (0usize, 0usize);
        while let Some(c) = self.peek().filter(|c| matches!(c, ' ' | '\t' | '\u{c}')) {
            self.bump();
            (wide, narrow) = match c {
                ' ' => (wide + 1, narrow + 1),
                '\t' => ((wide / 8 + 1) * 8, narrow + 1),
                _ => (0, 0),
            };
        }
        let mixed = "tabs and spaces are mixed so that the depth depends on a tab's width";
        let deepest = indents.last().copied().unwrap_or_default();
        if wide > deepest.0 {
            if narrow <= deepest.1 {
                return self.fails(mixed);
            }
            if indents.len() > MOST_INDENTS {
                return self.fails("blocks are nested too deeply");
            }
            indents.push((wide, narrow));
            self.push(Kind::Indent, self.line);
            return Ok(());
        }
        while indents.last().is_some_and(|(column, _)| *column > wide) {
            indents.pop();
            self.push(Kind::Dedent, self.line);
        }
        match indents.last() {
            Some((column, _)) if *column != wide => self.fails("the depth of the line fits no block around it"),
            Some((_, column)) if *column != narrow => self.fails(mixed),
            _ => Ok(()),
        }
    }

    /// Reads a token; whether the line goes on.
    pub fn token(&mut self) -> Result<bool> {
        self.space()?;
        let line = self.line;
        let Some(c) = self.peek() else { return Ok(false) };
        if matches!(c, '\n' | '\r') {
            return Ok(false);
        }
        if let Some(prefix) = strings::prefix(self.rest()) {
            let text = strings::text(self, prefix)?;
            self.push(Kind::Text(text), line);
        } else if is_name_start(c) {
            let name = self.take_while(is_name_part);
            self.push(Kind::Name(name), line);
        } else if c.is_ascii_digit()
            || self.rest().strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        {
            let is_imaginary = self.number()?;
            self.push(Kind::Number { is_imaginary }, line);
        } else {
            let operator = OPERATORS.iter().find(|operator| self.starts_with(operator));
            let Some(operator) = operator else { return self.fails(format!("the character {c:?} means nothing here")) };
            self.at += operator.len();
            self.bracket(c)?;
            self.push(Kind::Operator(operator), line);
        }
        Ok(true)
    }

    /// Goes over spaces, comments, continued lines, and line ends inside of brackets.
    fn space(&mut self) -> Result<()> {
        loop {
            match self.peek() {
                Some(' ' | '\t' | '\u{c}') => {
                    self.bump();
                }
                Some('#') => self.comment(),
                Some('\\') => {
                    self.bump();
                    if !self.line_end() {
                        return self.fails("a backslash that continues a line must end it");
                    }
                    if self.peek().is_none() {
                        return self.fails("the file ends in a continued line");
                    }
                }
                Some('\n' | '\r') if !self.brackets.is_empty() || self.fields > 0 => {
                    self.bump();
                }
                _ => return Ok(()),
            }
        }
    }

    fn bracket(&mut self, c: char) -> Result<()> {
        match c {
            '(' | '[' | '{' if self.brackets.len() >= MOST_BRACKETS => self.fails("brackets are nested too deeply"),
            '(' | '[' | '{' => {
                self.brackets.push((c, self.line));
                Ok(())
            }
            ')' | ']' | '}' => match self.brackets.pop() {
                Some((opening, _)) if closes(opening, c) => Ok(()),
                Some((opening, _)) => self.fails(format!("`{c}` closes `{opening}`")),
                None => self.fails(format!("`{c}` closes nothing")),
            },
            _ => Ok(()),
        }
    }

    fn take_while(&mut self, fits: fn(char) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(fits) {
            self.bump();
        }
        self.since(start)
    }

    fn number(&mut self) -> Result<bool> {
        let start = self.at;
        let head = self.rest().get(..2).unwrap_or_default().to_ascii_lowercase();
        let radix = match head.as_str() {
            "0x" => Some(16),
            "0o" => Some(8),
            "0b" => Some(2),
            _ => None,
        };
        if let Some(radix) = radix {
            self.at += 2;
            self.skip("_");
            self.digits(radix)?;
        } else {
            self.decimal(start)?;
        }
        // `1if x else y` was once fine, and still is with a warning.
        let next = self.rest();
        let goes_on = ["and", "else", "for", "if", "in", "is", "not", "or"].iter().any(|word| next.starts_with(word));
        if self.peek().is_some_and(is_name_part) && !goes_on {
            return self.fails(format!("`{}` begins no number", self.since(start)));
        }
        Ok(radix.is_none() && self.since(start).ends_with(['j', 'J']))
    }

    fn decimal(&mut self, start: usize) -> Result<()> {
        if !self.starts_with(".") {
            self.digits(10)?;
        }
        let whole = self.since(start);
        let mut is_whole = true;
        if self.skip(".") {
            is_whole = false;
            if self.peek().is_some_and(|c| c.is_ascii_digit()) {
                self.digits(10)?;
            }
        }
        let exponent = self.rest().strip_prefix(['e', 'E']).map(|rest| rest.strip_prefix(['+', '-']).unwrap_or(rest));
        if exponent.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            is_whole = false;
            self.bump();
            if !self.skip("+") {
                self.skip("-");
            }
            self.digits(10)?;
        }
        if self.skip("j") || self.skip("J") {
            is_whole = false;
        }
        if is_whole && whole.starts_with('0') && whole.contains(|c| ('1'..='9').contains(&c)) {
            return self.fails(format!("the number {whole} begins with a zero"));
        }
        Ok(())
    }

    /// Digits with single underscores between them.
    fn digits(&mut self, radix: u32) -> Result<()> {
        loop {
            let digits = self.rest();
            let length = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
            if length == 0 {
                return self.fails("a digit is missing in a number");
            }
            self.at += length;
            if !self.skip("_") {
                return Ok(());
            }
        }
    }

    /// The expression of a string's field: what stands before its `}`, `:` or `!`.
    pub fn field(&mut self) -> Result<Vec<Token<'a>>> {
        if self.fields >= MOST_FIELDS {
            return self.fails("fields of strings are nested too deeply");
        }
        self.fields += 1;
        let outer = (std::mem::take(&mut self.tokens), std::mem::take(&mut self.brackets));
        let line = self.line;
        loop {
            self.space()?;
            let ends =
                self.starts_with("}") || self.starts_with(":") || (self.starts_with("!") && !self.starts_with("!="));
            if (self.brackets.is_empty() && ends) || !self.token()? {
                break;
            }
        }
        if let Some((opening, line)) = self.brackets.pop() {
            return Err(Problem::new(line, format!("`{opening}` is never closed")));
        }
        let mut tokens = std::mem::replace(&mut self.tokens, outer.0);
        self.brackets = outer.1;
        self.fields -= 1;
        // `{x=}` shows the expression, too.
        if matches!(tokens.last(), Some(Token { kind: Kind::Operator("="), .. })) {
            tokens.pop();
        }
        tokens.push(Token { kind: Kind::End, line });
        Ok(tokens)
    }
}

fn closes(opening: char, closing: char) -> bool {
    matches!((opening, closing), ('(', ')') | ('[', ']') | ('{', '}'))
}

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || (!c.is_ascii() && c.is_alphabetic())
}

fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit() || (!c.is_ascii() && (is_digit(c) || is_combining(c)))
}

/// Whether a character is a decimal digit of some script, as far as that is known here: `²` and its like are not, and
/// they are what stands for other characters.
fn is_digit(c: char) -> bool {
    let mut stands_for_itself = true;
    unicode_normalization::char::decompose_compatible(c, |part| stands_for_itself &= part == c);
    c.is_numeric() && (stands_for_itself || matches!(c, '\u{ff10}'..='\u{ff19}' | '\u{1d7ce}'..='\u{1d7ff}'))
}

fn is_combining(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c) || c == '·'
}
