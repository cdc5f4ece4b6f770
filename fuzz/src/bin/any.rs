//! Every target in one program, which the variable `FUZZ_TARGET` names: linked once where the targets are linked one by one.
//!
//! Where `FUZZ_SEEDS` names a folder, the inputs that the program itself makes are written there first, by target.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use scorepack_fuzz::targets::{self, TARGETS, Target};

fn target() -> &'static Target {
    static NAMED: OnceLock<&'static Target> = OnceLock::new();
    NAMED.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        let target = TARGETS.iter().find(|target| target.name == name);
        target.unwrap_or_else(|| panic!("FUZZ_TARGET names no target: `{name}`"))
    })
}

fn write_seeds() {
    let Some(folder) = std::env::var_os("FUZZ_SEEDS").map(PathBuf::from) else { return };
    for seed in targets::seeds() {
        let target = folder.join(seed.target);
        std::fs::create_dir_all(&target).expect("a folder for a target");
        std::fs::write(target.join(seed.name), seed.bytes).expect("a file for a seed");
    }
}

libfuzzer_sys::fuzz_target!(init: { write_seeds() }, |bytes: &[u8]| (target().run)(bytes));
