//! Every ceiling on what is read: name, value, unit, reason. `--limit name=value` raises one for a run.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// One ceiling. A count equal to its value is still accepted.
#[derive(Debug)]
pub struct Limit {
    /// The name in `--limit name=value` and in messages.
    pub name: &'static str,
    value: AtomicU64,
    /// What is counted.
    pub unit: &'static str,
    /// Why the ceiling stands where it stands.
    pub reason: &'static str,
}

impl Limit {
    const fn new(name: &'static str, value: u64, unit: &'static str, reason: &'static str) -> Self {
        Limit { name, value: AtomicU64::new(value), unit, reason }
    }

    /// The highest count accepted.
    pub fn value(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }

    /// Refuses a count above the ceiling; call it before the count sizes anything.
    pub fn check(&self, found: u64) -> Result<()> {
        if found <= self.value() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Limit,
            "limit",
            format!("{found} {} exceed the limit `{}` of {}", self.unit, self.name, self.value()),
        )
        .hint(format!("if the file is trusted, raise it: `--limit {}={found}`", self.name)))
    }

    /// [`Limit::check`] for a length in memory.
    pub fn check_len(&self, found: usize) -> Result<()> {
        self.check(found as u64)
    }
}

/// Sets the limit called `name` for this process.
pub fn set(name: &str, value: u64) -> Result<()> {
    match LIMITS.iter().find(|limit| limit.name == name) {
        Some(limit) => {
            limit.value.store(value, Ordering::Relaxed);
            Ok(())
        }
        None => Err(Error::usage("unknown-limit", format!("no limit is called `{name}`"))
            .hint(format!("the limits are {}", LIMITS.iter().map(|limit| limit.name).collect::<Vec<_>>().join(", ")))),
    }
}

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

macro_rules! limits {
    ($($(#[$doc:meta])* $ident:ident = $name:literal, $value:expr, $unit:literal, $reason:literal;)*) => {
        $($(#[$doc])* pub static $ident: Limit = Limit::new($name, $value, $unit, $reason);)*
        /// All limits, in the order of the documentation.
        pub static LIMITS: &[&Limit] = &[$(&$ident),*];
    };
}

limits! {
    /// Bytes of one model file.
    FILE_BYTES = "file-bytes", 8 * GIB, "bytes", "the largest artifact a platform takes is smaller";
    /// Bytes a compressed stream may unfold to.
    DECOMPRESSED_BYTES = "decompressed-bytes", 8 * GIB, "bytes", "as much as an uncompressed file may hold";
    /// Decompressed bytes per compressed byte, after the first MiB.
    COMPRESSION_RATIO = "compression-ratio", 1000, "bytes per compressed byte", "zlib's own ceiling is 1,032";
    /// Pickle opcodes in one stream.
    PICKLE_OPCODES = "pickle-opcodes", 100_000_000, "opcodes", "bounds the time of the symbolic machine";
    /// Entries on the pickle stack.
    PICKLE_STACK = "pickle-stack", 10_000_000, "stack entries", "a list of ten million items is pushed whole";
    /// Entries in the pickle memo.
    PICKLE_MEMO = "pickle-memo", 10_000_000, "memo entries", "one per distinct object";
    /// Values of all pickles in one file.
    PICKLE_VALUES = "pickle-values", 50_000_000, "values", "about 2 GB in memory";
    /// Memory for the values of all pickles in one file, beyond three times its size.
    PICKLE_VALUE_BYTES = "pickle-value-bytes", 192 * MIB, "bytes of values beyond three times the file's size", "small files stay small";
    /// Nesting of pickled data.
    PICKLE_DEPTH = "pickle-depth", 10_000, "levels", "deeper than any estimator";
    /// Pickles inside pickles (object arrays of joblib files).
    PICKLE_NESTED = "pickle-nested", 2, "levels", "joblib nests once";
    /// Bytes of a name or number in a pickle (protocol 0 line).
    PICKLE_LINE_BYTES = "pickle-line-bytes", 64 << 10, "bytes", "names and numbers only";
    /// Nesting of JSON, UBJSON and similar documents.
    DOCUMENT_DEPTH = "document-depth", 128, "levels", "model files stay under ten";
    /// Values of one document; numbers that fill an array count as one.
    DOCUMENT_VALUES = "document-values", 4_000_000, "values", "less than 512 MiB in memory";
    /// Bytes of one string in a document.
    STRING_BYTES = "string-bytes", 64 * MIB, "bytes", "a whole model may be embedded as one string";
    /// How often the values of a FlatBuffer are read, on average over its bytes.
    FLATBUFFER_SHARING = "flatbuffer-sharing", 256, "times the size of a FlatBuffer", "tables share what they name, writers do so a few times";
    /// Estimators inside one another.
    ESTIMATOR_DEPTH = "estimator-depth", 32, "levels", "pipelines in searches in stacks stay under ten";
    /// Estimators of a model, each as often as it is used.
    ESTIMATORS = "estimators", 100_000, "estimators", "a file can name one inside itself many times over";
    /// Trees of an ensemble.
    TREES = "trees", 1_000_000, "trees", "a hundred times the largest seen";
    /// Nodes of all trees of an ensemble.
    NODES = "nodes", 100_000_000, "nodes", "a few GB in memory";
    /// Longest path from a root to a leaf.
    TREE_DEPTH = "tree-depth", 4096, "levels", "bounds the work of one row";
    /// Entries of the category tables of all splits of an ensemble.
    CATEGORY_CODES = "category-codes", 256 * MIB, "category codes", "one byte each in the score module";
    /// Input features of a model.
    FEATURES = "features", 1_000_000, "features", "wider rows do not fit a score module's memory";
    /// Columns of a sparse value.
    SPARSE_COLUMNS = "sparse-columns", 1 << 24, "sparse columns", "sixteen times the default of hashed text";
    /// Columns of a sparse value that is made dense, for an estimator that needs every element.
    DENSE_COLUMNS = "dense-columns", 65_536, "columns made dense", "a block then holds a few rows only";
    /// Steps of a token pattern, repetitions spelled out.
    PATTERN_STEPS = "pattern-steps", 2_000, "steps of a token pattern", "patterns of words have a few";
    /// Entries of the table that decides a token pattern.
    PATTERN_TRANSITIONS = "pattern-transitions", 1 << 18, "table entries of a token pattern", "four bytes each in the score module";
    /// Terms of a vocabulary, or stop words.
    TERMS = "terms", 1 << 24, "terms", "as many as a sparse value may have columns";
    /// Words or characters in a row that make one term.
    TERM_UNITS = "term-units", 1_000, "units of a term", "n-grams of text have up to ten";
    /// Outputs or classes of a model.
    CLASSES = "classes", 65_536, "classes", "one column of output each";
    /// Steps of an iteration that a row takes.
    ITERATIONS = "iterations", 100_000, "steps of an iteration", "bounds the work of one row; the usual ceiling is 1,000";
    /// Elements of one array.
    ARRAY_ELEMENTS = "array-elements", 1 << 33, "elements", "bounded again by the bytes that are there";
    /// Multiplications of one product or inverse of matrices that a model file holds.
    MATRIX_WORK = "matrix-work", 1 << 34, "multiplications", "some seconds";
    /// Elements of a matrix made from numbers that a model file only names.
    MATRIX_ELEMENTS = "matrix-elements", 1 << 25, "elements", "256 MiB of weights";
    /// Bytes of memory a score module may declare.
    MODULE_MEMORY_BYTES = "module-memory-bytes", 4 * GIB, "bytes", "what 32-bit WebAssembly can address";
    /// Bytes of a foreign score module.
    MODULE_BYTES = "module-bytes", 64 * MIB, "bytes", "ceiling for modules this tool did not make";
    /// Bytes of a JSON or CSV document read whole.
    DATA_BYTES = "data-bytes", 64 * MIB, "bytes", "samples and expected outputs; `predict` streams instead";
    /// Rows of a JSON document.
    DATA_ROWS = "data-rows", 1_000_000, "rows", "samples and expected outputs; `predict` streams instead";
    /// Columns of a table.
    DATA_COLUMNS = "data-columns", 1_000_000, "columns", "as many as a model may have features";
    /// Bytes of a YAML document.
    YAML_BYTES = "yaml-bytes", MIB, "bytes", "manifests and runtime.yaml stay far below";
    /// Bytes of a `.model-ignore`.
    IGNORE_BYTES = "ignore-bytes", 64 << 10, "bytes", "the longest in use are a tenth of that";
    /// Members of a zip file that a framework wrote.
    CONTAINER_ENTRIES = "container-entries", 65_535, "members", "a PyTorch file has one per tensor";
    /// Entries of an artifact.
    ARTIFACT_ENTRIES = "artifact-entries", 32_768, "entries", "two or three files for each of ten thousand partitions";
    /// Partitions of an artifact.
    PARTITIONS = "partitions", 10_000, "partitions", "ten times the most that a platform's own form holds";
    /// Bytes of an artifact's index of partitions.
    PARTITION_INDEX_BYTES = "partition-index-bytes", 64 * MIB, "bytes", "10,000 partitions with their digests and metrics";
    /// Bytes of the metrics of one partition.
    METRICS_BYTES = "metrics-bytes", 64 << 10, "bytes", "some hundreds of numbers";
    /// Bytes of one member of an artifact.
    MEMBER_BYTES = "member-bytes", 15 * GIB, "bytes", "the largest artifact a platform takes";
    /// Bytes of all members of an artifact.
    ARTIFACT_BYTES = "artifact-bytes", 16 * GIB, "bytes", "the largest artifact a platform takes";
    /// Bytes of an artifact's manifest.
    MANIFEST_BYTES = "manifest-bytes", 16 * MIB, "bytes", "4,096 entries with their digests, or 200,000 input columns";
    /// Bytes a member of an artifact unfolds to per compressed byte, after the first MiB.
    MEMBER_RATIO = "member-ratio", 200, "bytes per compressed byte", "this tool stores what unfolds further than 50";
    /// Bytes all members of an artifact unfold to per compressed byte, after 64 MiB.
    ARTIFACT_RATIO = "artifact-ratio", 50, "bytes per compressed byte", "this tool stores what unfolds further";
    /// Bytes of a signature.
    SIGNATURE_BYTES = "signature-bytes", 32 * MIB, "bytes", "32,768 files with their digests, in Base64";
    /// Certificates between a signature and the trusted one, in a signature.
    CHAIN_CERTIFICATES = "chain-certificates", 16, "certificates", "chains in use have two or three";
    /// Bytes of a file of keys or certificates.
    KEY_BYTES = "key-bytes", MIB, "bytes", "a list of all public authorities is a quarter of that";
    /// Entries of a folder of a Python environment.
    ENVIRONMENT_ENTRIES = "environment-entries", 20_000, "entries", "ten times the largest environment seen";
    /// Folders inside folders of an artifact's directory.
    DIRECTORY_DEPTH = "directory-depth", 16, "levels", "names of members have no more components";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_accepts_its_value_and_refuses_one_more() {
        for limit in LIMITS {
            assert!(limit.check(limit.value()).is_ok(), "{}", limit.name);
            let error = limit.check(limit.value() + 1).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Limit);
            assert!(error.to_string().contains(limit.name));
        }
    }
}
