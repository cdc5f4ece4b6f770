//! Templates of conversations: programs for Jinja. Those that reach for Python's objects are dangerous; one is clean where
//! all that it uses is known, and can lead to no attribute but those of messages.
//!
//! The way out of a template leads over attributes whose names begin with an underscore, or that tell of frames and code.
//! Such a name can stand there as it is, or be put together from parts: so what is computed looks up nothing here but
//! places in a list.

use super::Scanner;
use crate::error::{Error, Result};

/// What a template reaches for on its way out, in small letters.
const ESCAPES: &[&str] = &[
    "'__",
    "\"__",
    "__class__",
    "__base__",
    "__bases__",
    "__mro__",
    "__subclasses__",
    "__globals__",
    "__builtins__",
    "__import__",
    "__init__",
    "__getattribute__",
    "__code__",
    "__reduce__",
    "lipsum",
    "self._",
    "|attr",
    "| attr",
    "popen",
    "os.system",
];
/// Attributes of Python's frames, generators, functions and types.
const INTROSPECTION: &[&str] = &[
    "gi_frame",
    "gi_code",
    "gi_yieldfrom",
    "cr_frame",
    "cr_code",
    "cr_await",
    "cr_origin",
    "ag_frame",
    "ag_code",
    "ag_await",
    "f_globals",
    "f_locals",
    "f_builtins",
    "f_back",
    "f_code",
    "tb_frame",
    "tb_next",
    "co_consts",
    "co_code",
    "func_globals",
    "func_code",
    "func_closure",
    "func_defaults",
    "im_func",
    "im_class",
    "im_self",
    "mro",
];
/// Tags that read other templates.
const READING: &[&str] = &["import", "from", "include", "extends"];
/// Tags that assign nothing but what they say, or run what stands in them.
const TAGS: &[&str] = &[
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "set",
    "endset",
    "macro",
    "endmacro",
    "generation",
    "endgeneration",
    "break",
    "continue",
    "filter",
    "endfilter",
    "call",
    "endcall",
    "with",
    "endwith",
    "do",
    "block",
    "endblock",
];
/// Functions of Jinja's and of those who render conversations.
const FUNCTIONS: &[&str] =
    &["range", "namespace", "dict", "joiner", "cycler", "raise_exception", "strftime_now", "caller", "loop", "super"];
/// Methods of texts, lists and dicts.
const METHODS: &[&str] = &[
    "strip",
    "lstrip",
    "rstrip",
    "split",
    "rsplit",
    "splitlines",
    "startswith",
    "endswith",
    "upper",
    "lower",
    "title",
    "capitalize",
    "replace",
    "find",
    "rfind",
    "index",
    "count",
    "join",
    "items",
    "keys",
    "values",
    "get",
    "append",
    "pop",
    "update",
    "extend",
    "insert",
    "copy",
    "next",
    "cycle",
    "isdigit",
    "isalpha",
    "isalnum",
    "isspace",
    "strftime",
    "removeprefix",
    "removesuffix",
    "partition",
    "rpartition",
];
/// Filters that look up no attribute.
const FILTERS: &[&str] = &[
    "trim",
    "length",
    "count",
    "tojson",
    "upper",
    "lower",
    "title",
    "capitalize",
    "default",
    "d",
    "first",
    "last",
    "join",
    "list",
    "string",
    "int",
    "float",
    "replace",
    "reverse",
    "safe",
    "e",
    "escape",
    "indent",
    "items",
    "dictsort",
    "round",
    "abs",
    "wordcount",
    "batch",
    "slice",
    "striptags",
    "truncate",
    "from_json",
    "fromjson",
    "random",
];
/// Filters that look up attributes by texts.
const LOOKUPS: &[&str] =
    &["map", "select", "reject", "selectattr", "rejectattr", "groupby", "sort", "unique", "sum", "min", "max"];
/// What counts the turns of a loop.
const COUNTERS: &[&str] = &["index", "index0", "revindex", "revindex0", "length"];
const BRACKETS: &[(&str, &str)] = &[("[", "]"), ("(", ")"), ("{", "}")];

/// Judges a template.
pub(super) fn judge(text: &str, scanner: &mut Scanner) {
    let small = text.to_ascii_lowercase();
    if let Some(found) = ESCAPES.iter().find(|escape| small.contains(**escape)) {
        return scanner.complain(dangerous(format!("the template holds `{found}`")));
    }
    let judged = code(text).and_then(|parts| {
        let names = Names::of(&parts);
        parts.iter().try_for_each(|part| Part { tokens: &part.tokens, names: &names }.judge(part.is_tag))
    });
    if let Err(error) = judged {
        scanner.complain(error);
    }
}

fn dangerous(what: String) -> Error {
    Error::dangerous("scan-template", format!("{what}, by which it can run Python code"))
        .hint("do not load this file with a library that renders templates without a sandbox")
}

fn unknown(what: impl std::fmt::Display) -> Error {
    Error::unsupported(
        "scan-template-unknown",
        format!("the template holds {what}, which is not known only to write text"),
    )
    .hint("render it in Jinja's sandbox, if at all")
}

/// A word, a text, a number or a sign of Jinja's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'t> {
    Name(&'t str),
    /// As it stands between its quotes.
    Text(&'t str),
    Number,
    Sign(&'t str),
}

/// What stands between braces.
struct Code<'t> {
    is_tag: bool,
    tokens: Vec<Token<'t>>,
}

/// All expressions and tags. What stands around them is text, and so is what stands in `raw`: it is judged all the same.
fn code(text: &str) -> Result<Vec<Code<'_>>> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((start, is_tag)) = opening(rest) {
        let (_, inside) = rest.split_at(start + 2);
        rest = match rest.get(start..start + 2) {
            Some("{#") => {
                inside.split_once("#}").map(|(_, rest)| rest).ok_or_else(|| unknown("a comment without an end"))?
            }
            _ => {
                let (tokens, rest) = tokens(inside, if is_tag { "%}" } else { "}}" })?;
                parts.push(Code { is_tag, tokens });
                rest
            }
        };
    }
    Ok(parts)
}

/// Where the next expression, tag or comment begins, and whether it is a tag.
fn opening(text: &str) -> Option<(usize, bool)> {
    let marks = ["{{", "{%", "{#"].map(|mark| text.find(mark).map(|at| (at, mark == "{%")));
    marks.into_iter().flatten().min()
}

/// The tokens up to an end, and what follows it.
fn tokens<'t>(text: &'t str, end: &str) -> Result<(Vec<Token<'t>>, &'t str)> {
    let (mut found, mut open) = (Vec::new(), 0usize);
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Err(unknown("code without an end")) };
        let unsigned = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        if let Some(rest) = (open == 0).then(|| unsigned.strip_prefix(end)).flatten() {
            return Ok((found, rest));
        }
        let length = match first {
            '\'' | '"' => quoted(rest, first)?,
            _ if first.is_alphabetic() || first == '_' => run(rest, |c| c.is_alphanumeric() || c == '_'),
            _ if first.is_ascii_digit() => run(rest, |c| c.is_ascii_alphanumeric() || c == '_'),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        found.push(match first {
            '\'' | '"' => Token::Text(token.get(1..length - 1).unwrap_or_default()),
            _ if first.is_alphabetic() || first == '_' => Token::Name(token),
            _ if first.is_ascii_digit() => Token::Number,
            _ => Token::Sign(token),
        });
        open = match token {
            "{" | "[" | "(" => open + 1,
            "}" | "]" | ")" => open.checked_sub(1).ok_or_else(|| unknown("brackets that do not match"))?,
            _ => open,
        };
        rest = after;
    }
}

fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// Bytes of a text with its quotes.
fn quoted(text: &str, quote: char) -> Result<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return Ok(at + 1),
            _ => {}
        }
    }
    Err(unknown("a text without an end"))
}

/// What the template's own names stand for.
struct Names<'t> {
    /// Those that are numbers wherever they are assigned.
    numbers: Vec<&'t str>,
    /// Those that are macros and nothing else: templates themselves, which are judged where they stand.
    macros: Vec<&'t str>,
}

impl<'t> Names<'t> {
    fn of(parts: &[Code<'t>]) -> Self {
        let (mut numbers, mut macros, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts.iter().filter(|part| part.is_tag) {
            let end = |sign| part.tokens.iter().position(|token| *token == sign).unwrap_or(part.tokens.len());
            let bound = match part.tokens.as_slice() {
                [Token::Name("set"), Token::Name(name), Token::Sign("="), value @ ..] if is_number(value) => {
                    numbers.push(*name);
                    0
                }
                [Token::Name("macro"), Token::Name(name), ..] => {
                    macros.push(*name);
                    part.tokens.len()
                }
                [Token::Name("set"), ..] => end(Token::Sign("=")),
                [Token::Name("for"), ..] => end(Token::Name("in")),
                [Token::Name("if" | "elif"), ..] => 0,
                _ => part.tokens.len(),
            };
            let is_macro = part.tokens.first() == Some(&Token::Name("macro"));
            let bound = part.tokens.iter().take(bound).skip(if is_macro { 2 } else { 1 });
            others.extend(bound.filter_map(|token| if let Token::Name(name) = token { Some(*name) } else { None }));
        }
        // A call of a macro stands in a tag, too, and binds what it hands over.
        numbers.retain(|name| !others.contains(name) && !macros.contains(name));
        let bound: Vec<&str> = others.iter().chain(&numbers).copied().collect();
        macros.retain(|name| !bound.contains(name));
        Names { numbers, macros }
    }
}

/// Whether an expression is a difference, or a sum that ends in a number: texts have neither, and so it looks up no attribute.
fn is_number(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0usize;
    let (mut has_difference, mut ends_value) = (false, false);
    for token in tokens {
        match token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            Token::Sign("-") if depth == 0 && ends_value => has_difference = true,
            Token::Sign("~" | "," | "=" | "<" | ">" | "!") if depth == 0 => return false,
            Token::Name("if" | "else" | "or" | "and" | "not" | "in" | "is") if depth == 0 => return false,
            _ => {}
        }
        ends_value = !matches!(token, Token::Sign("(" | "[" | "{" | "-" | "+" | "*" | "/" | "%" | "|" | "."));
    }
    has_difference || depth == 0 && matches!(tokens, [.., Token::Sign("+"), Token::Number])
}

/// An expression or tag that is judged.
struct Part<'p, 't> {
    tokens: &'p [Token<'t>],
    names: &'p Names<'t>,
}

impl<'t> Part<'_, 't> {
    fn judge(&self, is_tag: bool) -> Result<()> {
        match self.tokens.first() {
            Some(Token::Name(tag)) if is_tag && READING.contains(tag) => {
                return Err(dangerous(format!("the template reads another one by `{tag}`")));
            }
            Some(Token::Name(tag)) if is_tag && (TAGS.contains(tag) || matches!(*tag, "raw" | "endraw")) => {}
            Some(token) if is_tag => return Err(unknown(format!("the tag {token:?}"))),
            _ => {}
        }
        (0..self.tokens.len()).try_for_each(|at| self.token(at))
    }

    fn at(&self, at: usize) -> Option<Token<'t>> {
        self.tokens.get(at).copied()
    }

    /// Judges a token by what stands beside it.
    fn token(&self, at: usize) -> Result<()> {
        let before = at.checked_sub(1).and_then(|at| self.at(at));
        let is_called = self.at(at + 1) == Some(Token::Sign("("));
        match self.at(at) {
            Some(Token::Name(name)) if is_introspection(name) => Err(dangerous(format!("the template uses `{name}`"))),
            Some(Token::Name(name)) => match before {
                Some(Token::Sign(".")) if is_called && !METHODS.contains(&name) => {
                    Err(unknown(format!("a call of `.{name}`")))
                }
                Some(Token::Sign(".")) => Ok(()),
                Some(Token::Sign("|")) if LOOKUPS.contains(&name) => self.lookup(name, at + 1),
                Some(Token::Sign("|")) if !FILTERS.contains(&name) => Err(unknown(format!("the filter `{name}`"))),
                Some(Token::Sign("|")) => Ok(()),
                _ if self.is_test(at) => Ok(()),
                _ if is_called && !self.is_function(name, before) => Err(unknown(format!("a call of `{name}`"))),
                _ => Ok(()),
            },
            Some(Token::Sign("(")) if matches!(before, Some(Token::Sign(")" | "]" | "}") | Token::Text(_))) => {
                Err(unknown("a call of what is computed"))
            }
            Some(Token::Sign("[")) if before.is_some_and(ends_value) => self.subscript(at),
            _ => Ok(()),
        }
    }

    /// Whether a name before a bracket is no value that is called: a function that is known, a word of Jinja's, or a macro.
    fn is_function(&self, name: &str, before: Option<Token<'_>>) -> bool {
        const WORDS: &[&str] =
            &["if", "elif", "else", "and", "or", "not", "in", "is", "for", "set", "call", "do", "with"];
        FUNCTIONS.contains(&name)
            || WORDS.contains(&name)
            || self.names.macros.contains(&name)
            || before == Some(Token::Name("macro"))
    }

    /// Whether a name is that of a test: it stands behind `is`, or behind `is not`.
    fn is_test(&self, at: usize) -> bool {
        let before = |count: usize| at.checked_sub(count).and_then(|at| self.at(at));
        let is = Some(Token::Name("is"));
        before(1) == is || before(1) == Some(Token::Name("not")) && before(2) == is
    }

    /// What stands in the brackets that open at a place.
    fn inside(&self, at: usize) -> &[Token<'t>] {
        let rest = self.tokens.get(at + 1..).unwrap_or_default();
        let mut depth = 1usize;
        let end = rest.iter().position(|token| {
            if let Token::Sign(sign) = token {
                depth += usize::from(BRACKETS.iter().any(|(open, _)| open == sign));
                depth -= usize::from(BRACKETS.iter().any(|(_, close)| close == sign));
            }
            depth == 0
        });
        rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
    }

    /// Judges what is looked up: a text as it stands, a place in a list, or a part of one.
    fn subscript(&self, at: usize) -> Result<()> {
        let key = self.inside(at);
        match key {
            [Token::Text(text)] => plain(text),
            [Token::Number] | [Token::Sign("-"), Token::Number] => Ok(()),
            [Token::Name("loop"), Token::Sign("."), Token::Name(counter)] if COUNTERS.contains(counter) => Ok(()),
            [Token::Name(name)] if self.names.numbers.contains(name) => Ok(()),
            key if is_number(key) || is_range(key) => Ok(()),
            key if puts_together(key) => Err(dangerous("the template puts the name of an attribute together".into())),
            _ => Err(unknown("a look-up by what is computed")),
        }
    }

    /// Judges the texts by which a filter looks up attributes.
    fn lookup(&self, filter: &str, at: usize) -> Result<()> {
        if self.at(at) != Some(Token::Sign("(")) {
            return Ok(());
        }
        let mut was_text = false;
        for token in self.inside(at) {
            let is_text = matches!(token, Token::Text(_));
            match token {
                Token::Text(text) if !was_text => plain(text)?,
                Token::Number | Token::Sign("," | "=" | "-") => {}
                Token::Name(
                    "attribute" | "true" | "false" | "none" | "True" | "False" | "None" | "reverse" | "default",
                ) => {}
                _ => return Err(unknown(format!("the filter `{filter}` with what is computed"))),
            }
            was_text = is_text;
        }
        Ok(())
    }
}

/// Whether a look-up takes a part of a list: a colon stands in it, in no brackets of their own.
fn is_range(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0usize;
    tokens.iter().any(|token| {
        match token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Sign(":")
    })
}

/// Whether texts are joined or changed.
fn puts_together(tokens: &[Token<'_>]) -> bool {
    let is_text = |token: &Token<'_>| matches!(token, Token::Text(_));
    let joins = |token: &Token<'_>| matches!(token, Token::Sign("~" | "+" | "%" | "|" | "*"));
    tokens.iter().any(is_text) && tokens.iter().any(joins) || tokens.windows(2).any(|pair| pair.iter().all(is_text))
}

/// Whether a token can end a value, so that a bracket behind it looks something up.
fn ends_value(token: Token<'_>) -> bool {
    const WORDS: &[&str] = &["in", "if", "elif", "else", "and", "or", "not", "is", "set", "do"];
    match token {
        Token::Name(name) => !WORDS.contains(&name),
        Token::Text(_) => true,
        Token::Number => false,
        Token::Sign(sign) => BRACKETS.iter().any(|(_, close)| *close == sign),
    }
}

fn is_introspection(name: &str) -> bool {
    name.starts_with('_') || INTROSPECTION.contains(&name)
}

/// A text that looks up no attribute of Python's own, and is written without escapes.
fn plain(text: &str) -> Result<()> {
    match text.contains('\\') || text.split('.').any(is_introspection) {
        true => Err(dangerous(format!("the template looks up `{}`", text.escape_debug()))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    fn verdict(text: &str) -> Verdict {
        let mut scanner = Scanner::default();
        judge(text, &mut scanner);
        scanner.scan.verdict
    }

    #[test]
    fn templates_of_conversations_are_clean() {
        for text in [
            "hello",
            "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>'}}{% endfor %}",
            "{%- if messages[0]['role'] == 'system' -%}{% set rest = messages[1:] %}{% else %}{%- set rest = messages -%}{% endif %}",
            "{{ bos_token }}{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}",
            "{% set ns = namespace(first=false, name='') %}{% set ns.first = true %}{{ ns.name | trim }}",
            "{{ tool | tojson(indent=4) }}{{ messages | selectattr('role', 'equalto', 'user') | list | length }}",
            "{{ content.split('</think>')[-1].lstrip('\n') }}{{ strftime_now('%d %b %Y') }}",
            "{%- for m in messages[::-1] %}{%- set index = (messages|length - 1) - loop.index0 %}{%- set m = messages[index] %}{% endfor %}",
            "{% macro show(x, y=none) %}{{ x.items() | map(attribute='name') | join(', ') }}{% endmacro %}{{ show(tools, y=1) }}",
            "{% if x is not none and y is defined and not z %}{{ {'a': [1, (2)]} }}{% endif %}{# a comment #}",
            "{% generation %}{{ messages[loop.index0 - 1].content }}{{ messages[loop.index0 + 1]['role'] }}{% endgeneration %}",
        ] {
            assert_eq!(verdict(text), Verdict::Ok, "{text}");
        }
    }

    #[test]
    fn names_that_are_put_together_lead_nowhere() {
        for text in [
            "{% set u='_'~'_' %}{{ ''[u~'class'~u] }}",
            "{{ ''['\\x5F\\x5Fclass\\x5F\\x5F'] }}",
            "{{ ''['_' '_class__'] }}",
            "{{ x._y }}",
            "{{ (x | map('upper')).gi_frame.f_builtins['eval']('1') }}",
            "{{ x | map(attribute='_y') }}",
            "{{ x | map('attr', 'a._b') }}",
            "{% include 'x' %}",
            "{{ x[('_' ~ 'y')] }}",
            "{{- ''['%c%c' % (95, 95)] }}",
        ] {
            assert_eq!(verdict(text), Verdict::Dangerous, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_only_to_write_text_is_unsupported() {
        for text in [
            "{{ x[y] }}",
            "{% set k = 'a' %}{{ x[k] }}",
            "{% set k = 2 - 1 %}{% set k = 'a' %}{{ x[k] }}",
            "{% set k = 2 - 1 %}{% for k in y %}{{ x[k] }}{% endfor %}",
            "{{ x[{'a': y}['a']] }}",
            "{{ x[y ~ 2 + 1] }}",
            "{{ x[1 + y] }}",
            "{{ x | map(attribute=y) }}",
            "{{ x | map(attribute='a' ~ 'b') }}",
            "{{ x | unheard_of }}",
            "{{ unheard_of() }}",
            "{{ not unheard_of() }}",
            "{{ x.unheard_of() }}",
            "{{ x[0]() }}",
            "{{ (x)() }}",
            "{% macro f() %}{% endmacro %}{% set f = y %}{{ f() }}",
            "{% unheard_of %}",
            "{{ 'x }}",
            "{{ x",
            "{# x",
            "{{ ) }}",
        ] {
            assert_eq!(verdict(text), Verdict::Unsupported, "{text}");
        }
    }
}
