//! The cursor over a pickle's bytes. It knows frames: no opcode may cross the end of one.

use super::value::Span;
use crate::error::{Error, Result};
use crate::limits;

/// Bytes being read, with the place of the current opcode.
pub(super) struct Source<'a> {
    input: &'a [u8],
    position: usize,
    /// The end of the frame, or of the input outside frames.
    limit: usize,
    framed: bool,
    opcode_at: usize,
    /// Lines may be as long as texts.
    pub(super) has_long_lines: bool,
}

impl<'a> Source<'a> {
    pub(super) fn new(input: &'a [u8], position: usize) -> Self {
        Source { input, position, limit: input.len(), framed: false, opcode_at: position, has_long_lines: false }
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Where the current opcode stands.
    pub(super) fn opcode_at(&self) -> usize {
        self.opcode_at
    }

    /// Whether the cursor stands inside a frame that has not ended.
    pub(super) fn in_frame(&self) -> bool {
        self.framed && self.position < self.limit
    }

    /// Continues at `position`, outside any frame.
    pub(super) fn resume(&mut self, position: usize) {
        self.position = position;
        self.leave_frame();
    }

    fn leave_frame(&mut self) {
        self.limit = self.input.len();
        self.framed = false;
    }

    /// The next opcode.
    pub(super) fn opcode(&mut self) -> Result<u8> {
        if self.position == self.limit {
            self.leave_frame();
        }
        self.opcode_at = self.position;
        match self.input.get(self.position) {
            Some(&byte) => {
                self.position += 1;
                Ok(byte)
            }
            None => Err(self.truncated()),
        }
    }

    /// Opens a frame of `length` bytes; Python's reader in C only wants them to be there.
    pub(super) fn frame(&mut self, length: u64, is_bound: bool) -> Result<()> {
        if self.framed {
            return Err(Error::malformed("pickle-frame", "a frame stands inside another frame"));
        }
        let left = (self.input.len() - self.position) as u64;
        if length > left {
            return Err(Error::malformed(
                "pickle-truncated",
                format!("the frame should hold {length} bytes, but only {left} are left"),
            ));
        }
        if is_bound {
            self.limit = self.position + length as usize;
            self.framed = true;
        }
        Ok(())
    }

    /// The next `count` bytes, as a place.
    pub(super) fn span(&mut self, count: u64) -> Result<Span> {
        if count > (self.limit - self.position) as u64 {
            return Err(self.short(count));
        }
        let span = Span { start: self.position, len: count as usize };
        self.position += span.len;
        Ok(span)
    }

    /// The next `count` bytes.
    pub(super) fn bytes(&mut self, count: u64) -> Result<&'a [u8]> {
        let span = self.span(count)?;
        Ok(&self.input[span.start..span.start + span.len])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N as u64)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn i32(&mut self) -> Result<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A big-endian float: the one number pickle writes so.
    pub(super) fn f64(&mut self) -> Result<f64> {
        Ok(f64::from_be_bytes(self.array()?))
    }

    /// A non-negative count of a signed 32-bit argument.
    pub(super) fn i32_count(&mut self) -> Result<u64> {
        let count = self.i32()?;
        u64::try_from(count)
            .map_err(|_| Error::malformed("pickle-number", format!("a length of {count} bytes is negative")))
    }

    /// The bytes up to the next line feed, without it: a name or a number.
    pub(super) fn line(&mut self) -> Result<Span> {
        self.line_within(if self.has_long_lines { &limits::STRING_BYTES } else { &limits::PICKLE_LINE_BYTES })
    }

    /// [`Source::line`] for text, which may be the bytes of an array.
    pub(super) fn text_line(&mut self) -> Result<Span> {
        self.line_within(&limits::STRING_BYTES)
    }

    fn line_within(&mut self, limit: &limits::Limit) -> Result<Span> {
        let rest = &self.input[self.position..self.limit];
        let most = usize::try_from(limit.value()).unwrap_or(usize::MAX);
        let window = &rest[..rest.len().min(most.saturating_add(1))];
        match window.iter().position(|&byte| byte == b'\n') {
            Some(len) => {
                let span = Span { start: self.position, len };
                self.position += len + 1;
                Ok(span)
            }
            None => {
                limit.check_len(window.len())?;
                Err(self.short(rest.len() as u64 + 1))
            }
        }
    }

    /// The bytes of a [`Span`] that lies in the input.
    pub(super) fn slice(&self, span: Span) -> &'a [u8] {
        self.input.get(span.start..span.start + span.len).unwrap_or(&[])
    }

    /// Why `count` bytes are not there.
    fn short(&self, count: u64) -> Error {
        if self.framed {
            return Error::malformed("pickle-frame", "an opcode crosses the end of its frame");
        }
        let left = self.limit - self.position;
        Error::malformed("pickle-truncated", format!("an opcode wants {count} more bytes, but only {left} are left"))
    }

    fn truncated(&self) -> Error {
        Error::malformed("pickle-truncated", "the pickle ends without its STOP opcode")
    }
}
