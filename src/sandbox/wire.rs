//! What goes between this process and the sandbox's child: length-prefixed frames of little-endian words.

use std::io::{Read, Write};

use crate::abi::{Block, Column, Output};
use crate::error::{Error, Result};
use crate::tensor::{Data, Pattern};

/// The most bytes of one frame: a block or its results, or a module.
const MOST_FRAME_BYTES: u64 = 8 << 30;

fn broken(source: impl std::fmt::Display) -> Error {
    Error::internal(format!("the sandbox's child process stopped talking: {source}"))
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

    /// The values of every output; their shapes are in the module's contract.
    pub fn outputs(&mut self, outputs: &[Output]) {
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
        let (head, rest) = self.0.split_first_chunk::<8>().ok_or_else(|| broken("a frame ends early"))?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*head))
    }

    /// The next bytes.
    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.word()?).map_err(broken)?;
        let (head, rest) = self.0.split_at_checked(length).ok_or_else(|| broken("a frame ends early"))?;
        self.0 = rest;
        Ok(head)
    }

    /// The next text.
    pub fn text(&mut self) -> Result<String> {
        std::str::from_utf8(self.bytes()?).map(str::to_owned).map_err(broken)
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
                other => return Err(broken(format!("column kind {other}"))),
            });
        }
        Ok(Block { rows, columns })
    }

    /// The values of outputs shaped like `outputs`.
    pub fn outputs(&mut self, mut outputs: Vec<Output>) -> Result<Vec<Output>> {
        if self.word()? != outputs.len() as u64 {
            return Err(broken("another number of outputs"));
        }
        for output in &mut outputs {
            output.rows = self.word()? as usize;
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
        }
        Ok(outputs)
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

fn words<T, const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
