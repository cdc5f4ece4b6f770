//! The constant data of a module: equal bytes are stored once.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

/// Constant data laid out from a base address upwards.
#[derive(Debug)]
pub struct DataPlan {
    base: u32,
    bytes: Vec<u8>,
    known: HashMap<([u8; 32], u32), u32>,
}

impl DataPlan {
    /// A plan whose first byte lies at `base`.
    pub fn new(base: u32) -> Self {
        DataPlan { base, bytes: Vec::new(), known: HashMap::new() }
    }

    /// The address of `bytes`, stored at a multiple of `align` (a power of two).
    pub fn intern(&mut self, bytes: &[u8], align: u32) -> u32 {
        let key = (Sha256::digest(bytes).into(), align);
        if let Some(address) = self.known.get(&key) {
            return *address;
        }
        let position = (self.base as usize + self.bytes.len()).next_multiple_of(align as usize);
        self.bytes.resize(position - self.base as usize, 0);
        self.bytes.extend_from_slice(bytes);
        self.known.insert(key, position as u32);
        position as u32
    }

    /// One past the last byte.
    pub fn end(&self) -> u64 {
        u64::from(self.base) + self.bytes.len() as u64
    }

    /// The base address and the bytes.
    pub fn finish(self) -> (u32, Vec<u8>) {
        (self.base, self.bytes)
    }
}
