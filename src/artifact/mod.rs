//! Artifacts: their manifest, their digests, and the two stores that hold them: directories and zip files.
//!
//! Reading never extracts to disk, follows no link and believes no size. Writing is atomic and reproducible.

mod content;
mod digest;
mod directory;
mod file_list;
pub mod ignore;
mod manifest;
mod partitions;
pub mod pins;
mod registration;
mod staged;
mod store;
mod zip;

#[cfg(test)]
mod tests;

pub use content::{ArtifactFile, Content, list_files};
pub use digest::{Digest, sha256, sha256_stream};
pub use file_list::FILE_LIST;
pub use manifest::{
    Compiled, Engine, Environment, FORMAT, FileEntry, Generator, Identity, MANIFEST, Manifest, MethodEntry, ModelEntry,
    OutputEntry, Recorder, Role, SampleEntry, ScoreModuleEntry,
};
pub use partitions::{
    IndexedFile, PARTITION_FOLDER, PARTITION_INDEX, Partition, PartitionIndex, PartitionModule, PartitionsEntry,
    SHARED_FOLDER,
};
pub use registration::{FunctionType, MethodOptions, Registration, Volatility};
pub use staged::{Staged, WholeFile, WriteOptions, is_zip_name, remove_unfinished};
pub use store::{Artifact, Member, Store};
pub use zip::DosTime;
