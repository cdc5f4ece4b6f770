//! How bytes are laid out: encodings turn bytes into plain values and know no framework.

pub mod array;
pub mod compressed;
pub mod container;
pub mod document;
pub mod flatbuffers;
pub mod hdf5;
pub mod joblib;
pub mod json;
pub mod member_name;
pub mod npy;
pub mod pickle;
pub mod protobuf;
pub mod tar;
pub mod ubjson;
