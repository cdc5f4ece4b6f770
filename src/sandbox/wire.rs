//! What goes between this process and the sandbox's child: length-prefixed frames of little-endian words.

use std::io::{Read, Write};

use crate::abi::{Block, Column, Output};
use crate::error::{Error, Result};
use crate::tensor::{Data, Pattern};

/// The most bytes of one frame: a block or its results, or a module.
const MOST_FRAME_BYTES: u64 = 8 << 30;
/// Replies: results, or an error that the model or module caused.
const REPLY_OUTPUTS: u64 = 0;
const REPLY_REFUSED: u64 = 1;

fn broken(source: impl std::fmt::Display) -> Error {
    Error::internal(format!("the sandbox's child process stopped talking: {source}"))
}

/// What the other side cannot have meant: the module that runs there is a stranger's.
fn senseless(what: impl std::fmt::Display) -> Error {
    Error::malformed("score-module", format!("the sandbox's child process sent what is no answer: {what}"))
        .hint("do not use this artifact")
}

/// Writes one frame.
pub fn send(to: &mut impl Write, frame: &[u8]) -> Result<()> {
    let result = to.write_all(&(frame.len() as u64).to_le_bytes()).and_then(|()| to.write_all(frame));
    result.and_then(|()| to.flush()).map_err(broken)
}

/// Reads one frame; `None` at the end of the stream.
pub fn receive(from: &mut impl Read) -> Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other.map_err(broken)?,
    }
    let length = u64::from_le_bytes(length);
    if length > MOST_FRAME_BYTES {
        return Err(broken(format!("a frame of {length} bytes")));
    }
    // Grows with what arrives, never with what is announced.
    let mut frame = Vec::new();
    from.take(length).read_to_end(&mut frame).map_err(broken)?;
    if (frame.len() as u64) < length { Ok(None) } else { Ok(Some(frame)) }
}

/// Appends values to a frame.
#[derive(Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// One unsigned word.
    pub fn word(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    /// Bytes with their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        self.0.extend(bytes);
    }

    /// A text with its length.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A block.
    pub fn block(&mut self, block: &Block) {
        self.word(block.rows as u64);
        self.word(block.columns.len() as u64);
        for column in &block.columns {
            match column {
                Column::F32 { width, items } => {
                    self.word(0);
                    self.word(*width as u64);
                    self.bytes(&Data::F32(items.clone()).to_le_bytes());
                }
                Column::F64 { width, items } => {
                    self.word(1);
                    self.word(*width as u64);
                    self.bytes(&Data::F64(items.clone()).to_le_bytes());
                }
                Column::Text { ends, bytes, present } => {
                    self.word(2);
                    self.bytes(&ends.iter().flat_map(|end| end.to_le_bytes()).collect::<Vec<_>>());
                    self.text(bytes);
                    self.bytes(&present.iter().map(|present| u8::from(*present)).collect::<Vec<_>>());
                }
            }
        }
    }

    /// The reply that holds the values of every output.
    pub fn reply(outputs: &[Output]) -> Self {
        let mut frame = Writer::default();
        frame.word(REPLY_OUTPUTS);
        frame.outputs(outputs);
        frame
    }

    /// The reply that is an error.
    pub fn refusal(error: &Error) -> Self {
        let mut frame = Writer::default();
        frame.word(REPLY_REFUSED);
        let mut error = error.clone();
        // 0 for an error that is not about a row, else the row plus one.
        let row = error.take_row().map_or(0, |row| row as u64 + 1);
        let place = error.place().map(|place| format!(", at {place}")).unwrap_or_default();
        frame.text(&format!("{error}{place}"));
        frame.word(row);
        frame
    }

    /// The values of every output; their shapes are in the module's contract.
    fn outputs(&mut self, outputs: &[Output]) {
        self.word(outputs.len() as u64);
        for output in outputs {
            self.word(output.rows as u64);
            if let Some(pattern) = &output.pattern {
                self.bytes(
                    &pattern.offsets.iter().flat_map(|offset| (*offset as u64).to_le_bytes()).collect::<Vec<_>>(),
                );
                self.bytes(&Data::U32(pattern.columns.clone()).to_le_bytes());
            }
            match &output.values {
                Data::Text(texts) => {
                    self.word(texts.len() as u64);
                    for text in texts {
                        self.word(u64::from(text.is_some()));
                        self.text(text.as_deref().unwrap_or(""));
                    }
                }
                data => self.bytes(&data.to_le_bytes()),
            }
        }
    }
}

/// Takes values from a frame.
#[derive(Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next unsigned word.
    pub fn word(&mut self) -> Result<u64> {
        let (head, rest) = self.0.split_first_chunk::<8>().ok_or_else(|| senseless("a frame ends early"))?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*head))
    }

    /// The next bytes.
    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.word()?).map_err(senseless)?;
        let (head, rest) = self.0.split_at_checked(length).ok_or_else(|| senseless("a frame ends early"))?;
        self.0 = rest;
        Ok(head)
    }

    /// The next text.
    pub fn text(&mut self) -> Result<String> {
        std::str::from_utf8(self.bytes()?).map(str::to_owned).map_err(senseless)
    }

    /// The body of a reply: results, or the error that they are.
    pub fn reply(mut self) -> Result<&'a [u8]> {
        if self.word()? == REPLY_OUTPUTS {
            return Ok(self.0);
        }
        let (message, row) = (self.text()?, self.word()?);
        self.end()?;
        Err(match row.checked_sub(1) {
            Some(row) => Error::unsupported("row-refused", message).on_row(usize::try_from(row).map_err(senseless)?),
            None => Error::malformed("score-module", message),
        })
    }

    /// The next block.
    pub fn block(&mut self) -> Result<Block> {
        let rows = self.word()? as usize;
        let mut columns = Vec::new();
        for _ in 0..self.word()? {
            columns.push(match self.word()? {
                0 => Column::F32 { width: self.word()? as usize, items: words(self.bytes()?, f32::from_le_bytes) },
                1 => Column::F64 { width: self.word()? as usize, items: words(self.bytes()?, f64::from_le_bytes) },
                2 => Column::Text {
                    ends: words(self.bytes()?, u32::from_le_bytes),
                    bytes: self.text()?,
                    present: self.bytes()?.iter().map(|byte| *byte != 0).collect(),
                },
                other => return Err(senseless(format!("column kind {other}"))),
            });
        }
        Ok(Block { rows, columns })
    }

    /// The values of outputs shaped like `outputs`, for as many rows as were sent: a child that a module has taken over
    /// may write anything.
    pub fn outputs(&mut self, mut outputs: Vec<Output>, rows: usize) -> Result<Vec<Output>> {
        if self.word()? != outputs.len() as u64 {
            return Err(senseless("another number of outputs"));
        }
        for output in &mut outputs {
            if self.word()? != rows as u64 {
                return Err(senseless("another number of rows"));
            }
            output.rows = rows;
            if output.pattern.is_some() {
                output.pattern = Some(self.pattern()?);
            }
            output.values = match &output.values {
                Data::Text(_) => Data::Text(self.texts()?),
                Data::F32(_) => Data::F32(words(self.bytes()?, f32::from_le_bytes)),
                Data::I64(_) => Data::I64(words(self.bytes()?, i64::from_le_bytes)),
                Data::Bool(_) => Data::Bool(self.bytes()?.iter().map(|byte| *byte != 0).collect()),
                _ => Data::F64(words(self.bytes()?, f64::from_le_bytes)),
            };
            check_shape(output)?;
        }
        self.end()?;
        Ok(outputs)
    }

    /// Nothing may follow.
    fn end(&self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(senseless(format!("{} bytes more than a frame holds", self.0.len())))
        }
    }

    fn pattern(&mut self) -> Result<Pattern> {
        let offsets = words(self.bytes()?, u64::from_le_bytes).into_iter().map(|offset| offset as usize).collect();
        Ok(Pattern { offsets, columns: words(self.bytes()?, u32::from_le_bytes) })
    }

    fn texts(&mut self) -> Result<Vec<Option<String>>> {
        let mut texts = Vec::new();
        for _ in 0..self.word()? {
            let present = self.word()? != 0;
            let text = self.text()?;
            texts.push(present.then_some(text));
        }
        Ok(texts)
    }
}

/// Whether an output holds as many elements as its rows, or its pattern, ask for.
fn check_shape(output: &Output) -> Result<()> {
    let wanted = match &output.pattern {
        None => output.rows.checked_mul(output.width),
        Some(pattern) => {
            if let Some(fault) = pattern.fault(output.width) {
                return Err(senseless(format!("sparse rows: {fault}")));
            }
            (pattern.rows() == output.rows).then_some(pattern.columns.len())
        }
    };
    if wanted == Some(output.values.len()) {
        return Ok(());
    }
    Err(senseless(format!("{} values for {} rows of `{}`", output.values.len(), output.rows, output.name)))
}

fn words<T, const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{OutputArena, SparseArena};
    use crate::tensor::ElementType;

    #[test]
    fn blocks_and_outputs_come_through_unchanged_and_short_frames_are_errors() {
        let block = Block {
            rows: 2,
            columns: vec![
                Column::F32 { width: 1, items: vec![1.5, -0.0] },
                Column::F64 { width: 2, items: vec![1.0, f64::INFINITY, -2.0, 5e-324] },
                Column::Text {
                    ends: vec![3, 3], bytes: "größ".chars().take(2).collect(), present: vec![true, false]
                },
            ],
        };
        let mut writer = Writer::default();
        writer.block(&block);
        assert_eq!(Reader(&writer.0).block().unwrap(), block);
        for length in 0..writer.0.len() {
            assert!(Reader(&writer.0[..length]).block().is_err(), "{length}");
        }
    }
    fn empty() -> Vec<Output> {
        let arena = |element, width, sparse| OutputArena { element, width, sparse, ..OutputArena::of_text("o") };
        let sparse = SparseArena { columns: 0, values: 0 };
        [arena(ElementType::F32, 2, None), arena(ElementType::Text, 1, None), arena(ElementType::F64, 3, Some(sparse))]
            .map(|arena| Output::empty(&arena))
            .into()
    }

    fn filled() -> Vec<Output> {
        let mut outputs = empty();
        outputs.iter_mut().for_each(|output| output.rows = 2);
        outputs[0].values = Data::F32(vec![1.0, 2.0, 3.0, 4.0]);
        outputs[1].values = Data::Text(vec![Some("a".into()), None]);
        outputs[2].values = Data::F64(vec![1.0, 2.0]);
        outputs[2].pattern = Some(Pattern { offsets: vec![0, 2, 2], columns: vec![0, 2] });
        outputs
    }

    fn answered(change: impl FnOnce(&mut Vec<Output>)) -> Result<Vec<Output>> {
        let mut outputs = filled();
        change(&mut outputs);
        let frame = Writer::reply(&outputs);
        Reader(Reader(&frame.0).reply()?).outputs(empty(), 2)
    }

    #[test]
    fn a_child_answers_what_it_was_asked_and_nothing_else() {
        assert_eq!(answered(|_| ()).unwrap(), filled());
        let pattern = |offsets: &[usize], columns: &[u32]| {
            let pattern = Pattern { offsets: offsets.into(), columns: columns.into() };
            answered(|outputs| outputs[2].pattern = Some(pattern))
        };
        for (answer, message) in [
            (answered(|outputs| drop(outputs.pop())), "another number of outputs"),
            (answered(|outputs| outputs[1].rows = 3), "another number of rows"),
            (answered(|outputs| outputs[0].values = Data::F32(vec![1.0; 5])), "5 values for 2 rows of `o`"),
            (answered(|outputs| outputs[1].values = Data::Text(vec![None])), "1 values for 2 rows of `o`"),
            (pattern(&[], &[]), "sparse rows: its offsets do not ascend from 0"),
            (pattern(&[0, 9, 2], &[0, 2]), "sparse rows: its offsets do not ascend from 0"),
            (pattern(&[0, 0, 9], &[0, 2]), "sparse rows: its offsets do not end at the number of its elements"),
            (pattern(&[0, 2, 2], &[0, 3]), "sparse rows: the columns of a row do not ascend within its width"),
            (pattern(&[0, 2], &[0, 2]), "2 values for 2 rows of `o`"),
            (pattern(&[0, 1, 1], &[0]), "2 values for 2 rows of `o`"),
        ] {
            let error = answer.unwrap_err();
            assert_eq!(error.code(), "score-module");
            assert_eq!(error.to_string(), format!("the sandbox's child process sent what is no answer: {message}"));
        }
        let mut more = Writer::reply(&filled());
        more.0.push(0);
        assert!(Reader(Reader(&more.0).reply().unwrap()).outputs(empty(), 2).is_err());
    }

    #[test]
    fn refusals_come_through() {
        let row = Error::unsupported("row-refused", "no").on_row(7);
        let mut error = Reader(&Writer::refusal(&row).0).reply().unwrap_err();
        assert_eq!((error.code(), error.take_row()), ("row-refused", Some(7)));
        let other = Error::malformed("x", "it trapped").at("here");
        let mut error = Reader(&Writer::refusal(&other).0).reply().unwrap_err();
        assert_eq!((error.to_string(), error.take_row()), ("it trapped, at here".into(), None));
    }
}
