//! What the fuzz targets run. The ordinary tests replay their corpus through the same functions (tests/fuzz_corpus.rs).

pub mod targets;
