//! Every target in one program, which the variable `FUZZ_TARGET` names: linked once where the targets are linked one by one.
#![no_main]

use std::sync::OnceLock;

use scorepack_fuzz::targets::{TARGETS, Target};

fn target() -> &'static Target {
    static NAMED: OnceLock<&'static Target> = OnceLock::new();
    NAMED.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        let target = TARGETS.iter().find(|target| target.name == name);
        target.unwrap_or_else(|| panic!("FUZZ_TARGET names no target: `{name}`"))
    })
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (target().run)(bytes));
