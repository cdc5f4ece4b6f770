//! How bytes are laid out: encodings turn bytes into plain values and know no framework.

pub mod array;
pub mod compressed;
pub mod joblib;
pub mod npy;
pub mod pickle;
