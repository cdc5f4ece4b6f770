//! What a score module may be, checked on its bytes before anything is compiled.

use wasmparser::{ExternalKind, Parser, Payload, ValType, Validator, WasmFeatures};

use crate::abi::{Abi, SECTION};
use crate::error::{Error, Result};
use crate::limits;

/// Bytes of one function body: ours stay far below; Cranelift's time grows faster than the body.
const MOST_BODY_BYTES: usize = 1 << 20;
/// Functions of a module.
const MOST_FUNCTIONS: u32 = 10_000;
/// Distinct function types.
const MOST_TYPES: u32 = 1_000;
/// Locals of one function.
const MOST_LOCALS: u64 = 16_384;
/// Data segments.
const MOST_SEGMENTS: u32 = 10_000;

/// What the check learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Bytes of the module's memory, fixed.
    pub memory_bytes: u64,
}

/// The proposals a score module may use: the instructions that the compiler emits.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::SIMD
        | WasmFeatures::FLOATS
}

fn refused(message: impl Into<String>) -> Error {
    Error::malformed("module-profile", message)
        .hint("a score module imports nothing, starts nothing, and exports its methods and a memory of fixed size; see docs/abi.md")
}

fn at_most(what: &str, found: u64, most: u64) -> Result<()> {
    if found <= most { Ok(()) } else { Err(refused(format!("{found} {what}: expected at most {most}"))) }
}

/// Refuses everything but a score module for `abi`: no imports, no start, no tables, no globals, bounded sizes.
pub fn check(wasm: &[u8], abi: &Abi) -> Result<Profile> {
    let mut memory_bytes = None;
    let mut exported: Vec<String> = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|error| refused(format!("not a WebAssembly module: {error}")))?;
        match payload {
            Payload::ImportSection(section) if section.count() > 0 => {
                return Err(refused(format!("{} imports: expected none", section.count())));
            }
            Payload::StartSection { .. } => return Err(refused("a start function: expected none")),
            Payload::TableSection(section) if section.count() > 0 => return Err(refused("tables: expected none")),
            Payload::GlobalSection(section) if section.count() > 0 => return Err(refused("globals: expected none")),
            Payload::ElementSection(_) => return Err(refused("element segments: expected none")),
            Payload::TypeSection(section) => at_most("types", section.count().into(), MOST_TYPES.into())?,
            Payload::FunctionSection(section) => at_most("functions", section.count().into(), MOST_FUNCTIONS.into())?,
            Payload::DataSection(section) => at_most("data segments", section.count().into(), MOST_SEGMENTS.into())?,
            Payload::MemorySection(section) => memory_bytes = Some(memory_size(section)?),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(|error| refused(error.to_string()))?;
                    if export.kind == ExternalKind::Func {
                        exported.push(export.name.to_owned());
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                at_most("bytes of one function", body.range().len() as u64, MOST_BODY_BYTES as u64)?;
                let locals = body.get_locals_reader().map_err(|error| refused(error.to_string()))?;
                let mut count = 0u64;
                for local in locals {
                    let (n, _): (u32, ValType) = local.map_err(|error| refused(error.to_string()))?;
                    count += u64::from(n);
                }
                at_most("locals of one function", count, MOST_LOCALS)?;
            }
            Payload::CustomSection(section) if section.name() != SECTION => {
                return Err(refused(format!("custom section `{}`: expected only `{SECTION}`", section.name())));
            }
            _ => {}
        }
    }
    Validator::new_with_features(features())
        .validate_all(wasm)
        .map_err(|error| refused(format!("the module is not valid: {error}")))?;
    let mut expected: Vec<&str> = abi.methods.iter().map(|method| method.name.as_str()).collect();
    expected.sort_unstable();
    exported.sort_unstable();
    if expected != exported {
        let message = format!("exports {}: expected {}", exported.join(", "), expected.join(", "));
        return Err(refused(message));
    }
    let memory_bytes = memory_bytes.ok_or_else(|| refused("no memory: expected one of fixed size"))?;
    limits::MODULE_MEMORY_BYTES.check(memory_bytes)?;
    Ok(Profile { memory_bytes })
}

fn memory_size(section: wasmparser::MemorySectionReader<'_>) -> Result<u64> {
    at_most("memories", section.count().into(), 1)?;
    let memory = section.into_iter().next().ok_or_else(|| refused("no memory: expected one"))?;
    let memory = memory.map_err(|error| refused(error.to_string()))?;
    if memory.maximum != Some(memory.initial) || memory.memory64 || memory.shared {
        return Err(refused("a memory that can grow or is shared: expected one of fixed size"));
    }
    Ok(memory.initial * 65_536)
}
