//! How far Python's `pickle.load` gets in content that does not begin as a pickle of today, without taking it for one.
//!
//! Pickles of protocols 0 and 1 begin with any opcode, and so may a file of another format. The machine of
//! `encoding::pickle` stops at what Python would let pass; this walk is at least as lenient as Python and keeps no values,
//! only how many there are.

use std::collections::HashMap;

/// What would be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reached {
    /// Python gives up before anything happens.
    Nothing,
    /// A value that names nothing, which ends at this byte.
    Value(usize),
    /// Modules are imported for these names, and then Python gives up.
    Imports(Vec<(String, String)>),
    /// What was imported is called, or is what is loaded.
    Calls,
}

/// Values on the stack or in the memo that are counted before content is taken for a pickle: each takes a byte at least.
const MOST_VALUES: usize = 10_000_000;

/// Imports that are listed before content is taken for a pickle.
const MOST_IMPORTS: usize = 1000;

/// Walks over the opcodes.
pub(super) fn reached(bytes: &[u8]) -> Reached {
    let mut walk = Walk { bytes, ..Walk::default() };
    loop {
        match walk.step() {
            Some(Step::On) if walk.is_long() => return Reached::Calls,
            Some(Step::On) => {}
            Some(Step::End) if walk.imports.is_empty() => return Reached::Value(walk.at),
            Some(Step::Calls | Step::End) => return Reached::Calls,
            None if walk.imports.is_empty() => return Reached::Nothing,
            None => return Reached::Imports(walk.imports),
        }
    }
}

enum Step {
    On,
    End,
    Calls,
}

#[derive(Default)]
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether each value could be a text.
    stack: Vec<bool>,
    marks: Vec<usize>,
    memo: HashMap<u64, bool>,
    imports: Vec<(String, String)>,
}

impl<'a> Walk<'a> {
    /// Whether there is more than texts and numbers hold by chance.
    fn is_long(&self) -> bool {
        self.stack.len().max(self.memo.len()) > MOST_VALUES || self.imports.len() > MOST_IMPORTS
    }

    /// One opcode; none where Python raises an error.
    fn step(&mut self) -> Option<Step> {
        let opcode = *self.take(1)?.first()?;
        match opcode {
            b'.' => return self.pop().map(|_| Step::End),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => return self.pop_or_mark(),
            b'1' => self.pop_mark()?,
            b'2' => self.push(*self.stack.last()?),
            b'N' | b']' | b')' | b'}' | 0x88 | 0x89 | 0x8f => self.push(false),
            b'F' | b'I' | b'L' => {
                is_number(self.line()?).then_some(())?;
                self.push(false);
            }
            b'S' | b'V' => {
                self.line()?;
                self.push(true);
            }
            b'c' => return self.global(),
            b'i' => {
                self.pop_mark()?;
                return self.global().map(|_| Step::Calls);
            }
            b'g' | b'p' | b'h' | b'j' | b'q' | b'r' | 0x94 => return self.memory(opcode),
            b'd' | b'l' | b't' | 0x91 => {
                self.pop_mark()?;
                self.push(false);
            }
            b'a' | b'b' => {
                self.shrink(2, 1)?;
                return Some(self.change());
            }
            b's' => {
                self.shrink(3, 1)?;
                return Some(self.change());
            }
            b'e' | b'u' | 0x90 => {
                self.pop_mark()?;
                self.stack.last()?;
                return Some(self.change());
            }
            0x85..=0x87 => return self.shrink(usize::from(opcode - 0x84), 1),
            b'R' | b'o' | 0x81 | 0x92 => return self.call(),
            0x93 => return self.computed(),
            // Extensions stand for classes.
            0x82..=0x84 => return Some(Step::Calls),
            _ => return self.counted(opcode),
        }
        Some(Step::On)
    }

    /// Opcodes with arguments of fixed or counted length.
    fn counted(&mut self, opcode: u8) -> Option<Step> {
        let (width, is_text) = match opcode {
            0x80 => {
                let protocol = *self.take(1)?.first()?;
                return (protocol <= 5).then_some(Step::On);
            }
            0x95 => return self.take(8).map(|_| Step::On),
            b'K' => return self.pushed(1),
            b'M' => return self.pushed(2),
            b'J' => return self.pushed(4),
            b'G' => return self.pushed(8),
            b'U' | 0x8c => (1, true),
            b'C' | 0x8a => (1, false),
            b'T' | b'X' => (4, true),
            b'B' | 0x8b => (4, false),
            0x8d => (8, true),
            0x8e | 0x96 => (8, false),
            // Persistent ids and buffers are nothing that a file has beside it, and the rest is no opcode.
            _ => return None,
        };
        let length = self.number(width)?;
        self.take(usize::try_from(length).ok()?)?;
        self.push(is_text);
        Some(Step::On)
    }

    /// Opcodes that put into the memo, or take from it.
    fn memory(&mut self, opcode: u8) -> Option<Step> {
        let key = match opcode {
            b'g' | b'p' => std::str::from_utf8(self.line()?).ok()?.trim().parse().ok()?,
            b'h' | b'q' => self.number(1)?,
            b'j' | b'r' => self.number(4)?,
            _ => self.memo.len() as u64,
        };
        if matches!(opcode, b'g' | b'h' | b'j') {
            self.push(*self.memo.get(&key)?);
        } else {
            self.memo.insert(key, *self.stack.last()?);
        }
        Some(Step::On)
    }

    fn global(&mut self) -> Option<Step> {
        let (module, name) = (self.line()?, self.line()?);
        let (module, name) = (std::str::from_utf8(module).ok()?, std::str::from_utf8(name).ok()?);
        // No module has such a name, so that Python finds none.
        let is_name = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
        if !is_name(module) || !is_name(name) {
            return None;
        }
        self.imports.push((module.to_owned(), name.to_owned()));
        self.push(false);
        Some(Step::On)
    }

    /// A call needs something that can be called, which is imported.
    fn call(&mut self) -> Option<Step> {
        (!self.imports.is_empty()).then_some(Step::Calls)
    }

    /// Methods of what was imported are called, as those of a list, or its attributes are set.
    fn change(&self) -> Step {
        if self.imports.is_empty() { Step::On } else { Step::Calls }
    }

    /// An import of two texts on the stack.
    fn computed(&mut self) -> Option<Step> {
        match self.stack.as_slice() {
            [.., true, true] => Some(Step::Calls),
            _ => None,
        }
    }

    fn push(&mut self, is_text: bool) {
        self.stack.push(is_text);
    }

    fn pushed(&mut self, count: usize) -> Option<Step> {
        self.take(count)?;
        self.push(false);
        Some(Step::On)
    }

    /// Takes the topmost values away and puts others there.
    fn shrink(&mut self, taken: usize, put: usize) -> Option<Step> {
        let left = self.stack.len().checked_sub(taken).filter(|left| *left >= self.floor())?;
        self.stack.resize(left + put, false);
        Some(Step::On)
    }

    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Option<bool> {
        if self.stack.len() > self.floor() { self.stack.pop() } else { None }
    }

    fn pop_or_mark(&mut self) -> Option<Step> {
        match self.pop() {
            Some(_) => Some(Step::On),
            None => self.marks.pop().map(|_| Step::On),
        }
    }

    fn pop_mark(&mut self) -> Option<()> {
        let mark = self.marks.pop()?;
        self.stack.truncate(mark);
        Some(())
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn number(&mut self, width: usize) -> Option<u64> {
        Some(self.take(width)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Up to the end of the line, or of the file: Python's own readers differ in whether the last line needs an end.
    fn line(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..)?;
        let length = memchr::memchr(b'\n', rest);
        let line = rest.get(..length.unwrap_or(rest.len()))?;
        self.at += line.len() + usize::from(length.is_some());
        Some(line)
    }
}

/// Whether Python might read a number here: with blanks, a sign, in another base, or by name.
fn is_number(line: &[u8]) -> bool {
    let digits = line.trim_ascii();
    let digits = digits.strip_prefix(b"-").or_else(|| digits.strip_prefix(b"+")).unwrap_or(digits);
    let begins = |word: &[u8]| digits.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let is_digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'.' || !byte.is_ascii();
    digits.first().is_some_and(is_digit) || begins(b"inf") || begins(b"nan")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_reach_nothing() {
        for text in [
            "",
            "# A model\n",
            "This is a model.",
            "Is it?\nNo.\n",
            "License: MIT\n",
            "Finetuned from x.\n",
            "Using two\nlines, and one more of them that is long enough to hold what a short string takes, in all of it, and more.\n",
            "Please read\nme.",
            "Version 1\n",
            "columns,of,a table\n1,2,3\n",
            "(c) 2026\n",
            "0,1,2\n",
            "{\"a\": 1}\n",
            "import os\n",
            "get started\n",
            "pip install x\n",
        ] {
            assert_eq!(reached(text.as_bytes()), Reached::Nothing, "{text}");
        }
        // A list of words, the first of which begins with `c`.
        assert_eq!(reached(b"cat\ndog\nemu\n"), Reached::Imports(vec![("at".into(), "dog".into())]));
    }

    #[test]
    fn values_that_name_nothing_end_somewhere() {
        assert_eq!(reached(b"N."), Reached::Value(2));
        assert_eq!(reached(b"N.B. a text\n"), Reached::Value(2));
        assert_eq!(reached(b"(lp0\nI1\naF2.5\na."), Reached::Value(16));
        assert_eq!(reached(b"}U\x01aK\x07s."), Reached::Value(8));
        assert_eq!(reached(b"(NN0010]."), Reached::Nothing);
        assert_eq!(reached(b"\x80\x07N."), Reached::Nothing);
    }

    #[test]
    fn what_python_would_call_is_reached_past_what_our_reader_refuses() {
        for bytes in [
            &b"cos\nsystem\n(S'true'\ntR."[..],
            b"cos\nsystem\n(S'true'\ntR.and more",
            b"cos\nsystem\n.",
            b"(S'true'\nios\nsystem\n",
            b"\x8c\x02os\x8c\x06system\x93",
            b"\x8c\x02os\x94\x8c\x06system\x940h\x00h\x01\x93",
            b"C\x03\x00\x01\x02\x80\x040cos\nsystem\n(S'true'\ntR",
            b"I0x10\n0cos\nsystem\n(U\x04\xffabctR",
            b"\x95\xff\xff\xff\xff\xff\xff\xff\xffcos\nsystem\n)R",
            b"csys\npath\nS'x'\na",
            b"\x82\x01",
        ] {
            assert_eq!(reached(bytes), Reached::Calls, "{bytes:?}");
        }
    }
}
