//! The tensors of a PyTorch file from before 1.6: behind the pickles lie the elements of every storage that they name.
//!
//! A persistent id in the object's pickle gives a storage's type and count, and the last pickle the order. Each then has a
//! count of eight bytes and its elements; the file ends with the last of them.

use std::collections::HashMap;

use crate::encoding::pickle::{Pickle, Value, View};
use crate::error::{Error, Result};

/// Bytes of an element by the name of the storage's class.
const ELEMENT_BYTES: &[(&str, usize)] = &[
    ("BFloat16Storage", 2),
    ("BoolStorage", 1),
    ("ByteStorage", 1),
    ("CharStorage", 1),
    ("ComplexDoubleStorage", 16),
    ("ComplexFloatStorage", 8),
    ("DoubleStorage", 8),
    ("FloatStorage", 4),
    ("HalfStorage", 2),
    ("IntStorage", 4),
    ("LongStorage", 8),
    ("QInt32Storage", 4),
    ("QInt8Storage", 1),
    ("QUInt2x4Storage", 1),
    ("QUInt4x2Storage", 1),
    ("QUInt8Storage", 1),
    ("ShortStorage", 2),
    ("UntypedStorage", 1),
];

fn malformed(message: impl Into<String>) -> Error {
    Error::malformed("torch-storages", message)
}

/// What a persistent id says of a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Storage {
    element_bytes: usize,
    count: usize,
}

/// The storages of an object by their keys.
#[derive(Debug, Default)]
pub struct Storages(HashMap<String, Storage>);

impl Storages {
    /// Reads the persistent ids of the object's pickle: `('storage', class, key, place, count, view)`.
    pub fn of(object: &Pickle<'_>) -> Result<Storages> {
        let mut storages = Storages::default();
        for id in object.persistent_ids() {
            // A list could be another one by the time it is looked at.
            if !matches!(id.value(), Value::Tuple(_)) {
                return Err(malformed("a persistent id is no tuple"));
            }
            let parts = id.items()?;
            match parts.first().and_then(|kind| kind.plain_str()) {
                Some("storage") => storages.take(&parts)?,
                // The source of a class, for people.
                Some("module") => {}
                _ => return Err(malformed("a persistent id names neither a storage nor a module")),
            }
        }
        Ok(storages)
    }

    fn take(&mut self, parts: &[View<'_>]) -> Result<()> {
        let [_, class, key, _, count, _] = parts else {
            return Err(malformed(format!("a storage of {} parts, expected 6", parts.len())));
        };
        let key = key.plain_str().ok_or_else(|| malformed("the key of a storage is no text"))?;
        let name = class.global().map_or("", |(_, name)| name);
        let Some((_, element_bytes)) = ELEMENT_BYTES.iter().find(|(known, _)| *known == name) else {
            return Err(Error::unsupported("torch-storages", "a storage of a type whose size is not known")
                .at(format!("storage `{key}`")));
        };
        let count =
            count.as_usize().map_err(|_| malformed("a storage without a count").at(format!("storage `{key}`")))?;
        let storage = Storage { element_bytes: *element_bytes, count };
        match self.0.insert(key.to_owned(), storage) {
            Some(known) if known != storage => {
                Err(malformed("the pickle gives it two sizes").at(format!("storage `{key}`")))
            }
            _ => Ok(()),
        }
    }

    /// Whether these storages, in the order of `keys`, fill the rest of the file.
    pub fn check(mut self, keys: &Pickle<'_>, mut rest: &[u8]) -> Result<()> {
        let keys = keys.root().items().map_err(|_| malformed("expected a list of the keys of all storages"))?;
        for key in keys {
            let key = key.plain_str().ok_or_else(|| malformed("the key of a storage is no text"))?;
            let at = |error: Error| error.at(format!("storage `{key}`"));
            let storage = self.0.remove(key);
            let storage =
                storage.ok_or_else(|| at(malformed("the pickle names no such storage, or it stands twice")))?;
            rest = storage.pass(rest).map_err(at)?;
        }
        if let Some(key) = self.0.keys().min() {
            return Err(malformed("its elements are missing").at(format!("storage `{key}`")));
        }
        match rest.len() {
            0 => Ok(()),
            more => Err(malformed(format!("{more} bytes stand behind the last storage"))),
        }
    }
}

impl Storage {
    /// What stands behind the storage's elements.
    fn pass(self, bytes: &[u8]) -> Result<&[u8]> {
        let cut = || malformed("the tensors behind the pickles are cut short");
        let (count, rest) = bytes.split_first_chunk::<8>().ok_or_else(cut)?;
        let found = u64::from_le_bytes(*count);
        if found != self.count as u64 {
            return Err(malformed(format!("expected {} elements, as the pickle says, found {found}", self.count)));
        }
        let length = self.count.checked_mul(self.element_bytes).ok_or_else(cut)?;
        rest.get(length..).ok_or_else(cut)
    }
}
