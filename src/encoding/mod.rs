//! How bytes are laid out: encodings turn bytes into plain values and know no framework.

pub mod array;
pub mod compressed;
pub mod document;
pub mod flatbuffers;
pub mod joblib;
pub mod json;
pub mod npy;
pub mod pickle;
pub mod ubjson;
