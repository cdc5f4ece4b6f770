//! What of an artifact needs no judgement, because this version makes the same: programs that are written from the manifest,
//! and score modules, which import nothing.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::artifact::{Artifact, MANIFEST, Store};
use crate::generate;
use crate::sandbox::{profile, read_abi};
use crate::scan;

/// How a module of WebAssembly begins.
const WASM: &[u8] = b"\0asm";

/// What an artifact holds that is known by its manifest.
#[derive(Debug, Default)]
pub struct Ours {
    /// Programs as they must be, by path.
    programs: HashMap<String, Vec<u8>>,
    /// The parts of score modules, which are none by themselves.
    parts: HashSet<String>,
}

impl Ours {
    /// What a folder or zip file holds; nothing where it is no artifact.
    pub fn of(path: &Path, store: &Store) -> Ours {
        if store.member(MANIFEST).is_none() {
            return Ours::default();
        }
        let Ok(artifact) = Artifact::open(path) else { return Ours::default() };
        let programs = generate::programs(&artifact.manifest).into_iter().collect();
        Ours { programs, parts: parts(&artifact) }
    }

    /// What a file is; none where it must be judged.
    pub fn kind(&self, name: &str, bytes: &[u8]) -> Option<&'static str> {
        if self.programs.get(name).is_some_and(|program| program == bytes) {
            return Some("program of this version");
        }
        if !scan::is_unknown(bytes) {
            return None;
        }
        if self.parts.contains(name) {
            return Some("part of a score module");
        }
        (bytes.starts_with(WASM) && is_score_module(bytes)).then_some("score module")
    }
}

/// The files of which score modules of partitions are put together, where the modules are sound.
fn parts(artifact: &Artifact) -> HashSet<String> {
    let (mut sound, mut broken) = (HashSet::new(), HashSet::new());
    for partition in artifact.partitions.iter().flat_map(|index| &index.partitions) {
        let Some(data) = &partition.module.data else { continue };
        let is_sound = artifact.partition_module(partition).is_ok_and(|module| is_score_module(&module));
        let parts = if is_sound { &mut sound } else { &mut broken };
        parts.extend([partition.module.file.clone(), data.path.clone()]);
    }
    sound.retain(|part| !broken.contains(part));
    sound
}

/// Whether a module can reach nothing but its own memory, as `verify` demands before anything compiles it.
fn is_score_module(wasm: &[u8]) -> bool {
    read_abi(wasm).and_then(|abi| profile::check(wasm, &abi)).is_ok()
}
