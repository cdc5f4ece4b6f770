//! The functions of a Python file and what makes it no Python, by tokens: nothing is imported or run.

/// A Python file as its top-level functions.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Script {
    /// The top-level functions, in order.
    pub functions: Vec<Function>,
    /// Why the file cannot be Python, and in which line.
    pub problem: Option<(u64, String)>,
}

/// A top-level function.
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
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Whether it has a default value.
    pub has_default: bool,
    /// Whether it can be given by position, by keyword, or collects the rest.
    pub kind: ParameterKind,
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

impl Script {
    /// The last definition of a function, which is the one that counts.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().rev().find(|function| function.name == name)
    }
}

/// Reads a file.
pub fn read(source: &str) -> Script {
    match logical_lines(source) {
        Ok(lines) => Script { functions: lines.iter().filter_map(function).collect(), problem: None },
        Err(problem) => Script { functions: Vec::new(), problem: Some(problem) },
    }
}

/// A statement's line with strings and comments blanked; brackets may carry it over several lines.
#[derive(Debug)]
struct LogicalLine {
    number: u64,
    text: String,
}

/// Splits a file into logical lines; strings become `""`.
fn logical_lines(source: &str) -> Result<Vec<LogicalLine>, (u64, String)> {
    let mut lines = Vec::new();
    let mut current = LogicalLine { number: 1, text: String::new() };
    let mut open: Vec<(char, u64)> = Vec::new();
    let mut line = 1;
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        match c {
            '#' => rest = &rest[rest.find('\n').unwrap_or(rest.len())..],
            '"' | '\'' => {
                let raw = current.text.chars().next_back().is_some_and(|c| matches!(c, 'r' | 'R'))
                    || current.text.ends_with("rb")
                    || current.text.ends_with("rB");
                let length = string_length(rest, c, raw).ok_or((line, "a string that does not end".to_owned()))?;
                line += rest[..length].matches('\n').count() as u64;
                current.text.push_str("\"\"");
                rest = &rest[length..];
            }
            '\\' if rest.starts_with("\\\n") || rest.starts_with("\\\r\n") => {
                line += 1;
                current.text.push(' ');
                rest = &rest[rest.find('\n').map_or(rest.len(), |i| i + 1)..];
            }
            '\n' => {
                line += 1;
                rest = &rest[1..];
                if open.is_empty() {
                    let next = LogicalLine { number: line, text: String::new() };
                    lines.push(std::mem::replace(&mut current, next));
                } else {
                    current.text.push(' ');
                }
            }
            c => {
                match c {
                    '(' | '[' | '{' => open.push((c, line)),
                    ')' | ']' | '}' => match open.pop() {
                        Some((opening, _)) if closes(opening, c) => {}
                        Some((opening, _)) => return Err((line, format!("`{c}` closes `{opening}`"))),
                        None => return Err((line, format!("`{c}` closes nothing"))),
                    },
                    _ => {}
                }
                current.text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    if let Some((opening, line)) = open.pop() {
        return Err((line, format!("`{opening}` is never closed")));
    }
    lines.push(current);
    lines.retain(|line| !line.text.trim().is_empty());
    check_blocks(&lines)?;
    Ok(lines)
}

fn closes(opening: char, closing: char) -> bool {
    matches!((opening, closing), ('(', ')') | ('[', ']') | ('{', '}'))
}

/// Bytes of the string literal at the start of `text`, quotes included.
fn string_length(text: &str, quote: char, raw: bool) -> Option<usize> {
    let triple: String = [quote; 3].iter().collect();
    let (ending, is_triple) = if text.starts_with(&triple) { (triple.as_str(), true) } else { (&triple[..1], false) };
    let mut at = ending.len();
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(ending) {
            return Some(at + ending.len());
        }
        let c = rest.chars().next()?;
        if c == '\n' && !is_triple {
            return None;
        }
        at += c.len_utf8();
        // A backslash keeps the next character from ending the string, in raw strings too.
        if c == '\\' {
            let escaped = text.get(at..)?.chars().next()?;
            if escaped == '\n' && !is_triple && raw {
                return None;
            }
            at += escaped.len_utf8();
        }
    }
}

/// A line that opens a block is followed by a deeper one; any other is not.
fn check_blocks(lines: &[LogicalLine]) -> Result<(), (u64, String)> {
    let indent = |line: &LogicalLine| line.text.len() - line.text.trim_start().len();
    if let Some(first) = lines.first().filter(|line| indent(line) > 0) {
        return Err((first.number, "the first statement is indented".into()));
    }
    for pair in lines.windows(2) {
        let opens = pair[0].text.trim_end().ends_with(':');
        let deeper = indent(&pair[1]) > indent(&pair[0]);
        if opens && !deeper {
            return Err((pair[1].number, "expected an indented block".into()));
        }
        if !opens && deeper {
            return Err((pair[1].number, "unexpected indent".into()));
        }
    }
    match lines.last().filter(|line| line.text.trim_end().ends_with(':')) {
        Some(line) => Err((line.number, "expected an indented block".into())),
        None => Ok(()),
    }
}

fn function(line: &LogicalLine) -> Option<Function> {
    let (is_async, rest) = match line.text.strip_prefix("async ") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, line.text.as_str()),
    };
    let rest = rest.strip_prefix("def ")?;
    let (name, rest) = rest.split_once('(')?;
    let list = &rest[..list_length(rest)];
    Some(Function { name: name.trim().into(), line: line.number, is_async, parameters: parameters(list) })
}

/// Bytes before the bracket that closes the parameter list.
fn list_length(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => return at,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn parameters(list: &str) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    let mut kind = ParameterKind::Either;
    for part in split(list).into_iter().map(str::trim).filter(|part| !part.is_empty()) {
        match part {
            "/" => found.iter_mut().for_each(|parameter| parameter.kind = ParameterKind::PositionOnly),
            "*" => kind = ParameterKind::KeywordOnly,
            _ if part.starts_with('*') => {
                let name = part.trim_start_matches('*').to_owned();
                found.push(Parameter { name, has_default: true, kind: ParameterKind::Rest });
                kind = ParameterKind::KeywordOnly;
            }
            _ => {
                let name = part.split([':', '=']).next().unwrap_or_default().trim().to_owned();
                found.push(Parameter { name, has_default: part.contains('='), kind });
            }
        }
    }
    found
}

/// The parts between commas that stand in no bracket.
fn split(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_their_parameters_are_found() {
        let source = "import x\n# def no(a):\ndef load_model(name=\"a, b)\"):\n    return 1\n\n\
                      def predict(\n    data, model=load_model(1, [2]),  # why\n    *, method: str = 'p',\n):\n    '''doc\n    def no():'''\n    return 1\n\
                      async def go(a, /, *rest, **more): pass\n";
        let script = read(source);
        assert_eq!(script.problem, None);
        let names: Vec<_> = script.functions.iter().map(|f| (f.name.as_str(), f.line, f.is_async)).collect();
        assert_eq!(names, [("load_model", 3, false), ("predict", 6, false), ("go", 13, true)]);
        let parameters = |name: &str| -> Vec<(String, bool, ParameterKind)> {
            let function = script.function(name).unwrap();
            function.parameters.iter().map(|p| (p.name.clone(), p.has_default, p.kind)).collect()
        };
        assert_eq!(
            parameters("predict"),
            [
                ("data".into(), false, ParameterKind::Either),
                ("model".into(), true, ParameterKind::Either),
                ("method".into(), true, ParameterKind::KeywordOnly),
            ]
        );
        assert_eq!(parameters("go")[0], ("a".into(), false, ParameterKind::PositionOnly));
        assert_eq!(parameters("go")[1].2, ParameterKind::Rest);
    }

    #[test]
    fn what_is_no_python_is_told_with_its_line() {
        let table = [
            ("x = (1,\n2\n", 1, "`(` is never closed"),
            ("x = 1)\n", 1, "`)` closes nothing"),
            ("x = (1]\n", 1, "`]` closes `(`"),
            ("x = 'abc\ny = 1\n", 1, "a string that does not end"),
            ("def f():\nreturn 1\n", 2, "expected an indented block"),
            ("x = 1\n  y = 2\n", 2, "unexpected indent"),
            ("  x = 1\n", 1, "the first statement is indented"),
            ("def f():\n", 1, "expected an indented block"),
            ("x = '''abc\n\n", 1, "a string that does not end"),
        ];
        for (source, line, problem) in table {
            assert_eq!(read(source).problem, Some((line, problem.to_owned())), "{source:?}");
        }
        assert_eq!(read("x = r'\\'\ny = 1\n").problem, Some((1, "a string that does not end".to_owned())));
        assert_eq!(read("").problem, None);
    }
}
