//! Fuzz target: see `TARGETS` in fuzz/src/targets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| scorepack_fuzz::targets::run("signed", bytes));
