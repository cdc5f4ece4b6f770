//! The engine, compiled modules and their instances.

use wasmtime::{Config, Engine, Linker, Module, OptLevel, Store, StoreLimits, StoreLimitsBuilder, TypedFunc};

use super::{Scorer, memory};
use crate::abi::{Abi, Block, Output, SECTION, VERSION, VERSION_DENSE};
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::ops::{STATUS_OK, STATUS_OUTPUT_FULL, STATUS_ROW_REFUSED};
use crate::wasm::segments;

/// Fuel of one call: a fixed part, and a part per row that honest models stay below. The heaviest seen, a lasso of a hundred
/// atoms that takes all its thousand rounds, needs more than a tenth of a billion.
const FUEL_PER_CALL: u64 = 1_000_000_000;
const FUEL_PER_ROW: u64 = 2_000_000_000;
/// Stack of a module: our functions nest three deep.
const STACK_BYTES: usize = 512 << 10;

/// A score module compiled to machine code.
#[derive(Clone)]
pub struct CompiledModule {
    engine: Engine,
    module: Module,
    abi: Abi,
}

impl std::fmt::Debug for CompiledModule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompiledModule").field("abi", &self.abi).finish_non_exhaustive()
    }
}

fn sandbox_error(what: &str, error: impl std::fmt::Display) -> Error {
    Error::malformed("score-module", format!("{what}: {error:#}"))
}

/// The contract in a module's custom section.
pub fn read_abi(wasm: &[u8]) -> Result<Abi> {
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(|error| sandbox_error("the score module cannot be parsed", error))?;
        if let wasmparser::Payload::CustomSection(section) = payload
            && section.name() == SECTION
        {
            let abi: Abi = serde_json::from_slice(section.data())
                .map_err(|error| sandbox_error(&format!("custom section `{SECTION}`"), error))?;
            if !(VERSION_DENSE..=VERSION).contains(&abi.version) {
                let message = format!("expected ABI version {VERSION_DENSE} to {VERSION}, found {}", abi.version);
                return Err(Error::unsupported("abi-version", message));
            }
            return Ok(abi);
        }
    }
    Err(Error::malformed("score-module", format!("the score module has no custom section `{SECTION}`")))
}

impl CompiledModule {
    /// Compiles a module. Only WebAssembly with SIMD: no threads, no memory64, no relaxed SIMD, no garbage collection.
    pub fn new(wasm: &[u8]) -> Result<Self> {
        let abi = read_abi(wasm)?;
        let mut config = Config::new();
        config.consume_fuel(true).cranelift_opt_level(OptLevel::Speed).max_wasm_stack(STACK_BYTES);
        config.wasm_relaxed_simd(false).wasm_multi_memory(false).wasm_memory64(false).wasm_tail_call(false);
        // The initial memory is copied, not mapped from a temporary file: the child may not write files.
        config.memory_init_cow(false);
        let engine = Engine::new(&config).map_err(|error| sandbox_error("the sandbox does not start", error))?;
        let module = Module::from_binary(&engine, wasm)
            .map_err(|error| sandbox_error("the score module does not compile", error))?;
        if module.imports().len() > 0 {
            return Err(Error::malformed(
                "score-module",
                "the score module imports from its host: expected no imports",
            ));
        }
        Ok(CompiledModule { engine, module, abi })
    }

    /// The module's contract.
    pub fn abi(&self) -> &Abi {
        &self.abi
    }

    /// A fresh instance with its own memory.
    pub fn instantiate(&self) -> Result<Instance> {
        let memory_bytes = usize::try_from(limits::MODULE_MEMORY_BYTES.value()).unwrap_or(usize::MAX);
        let limits = StoreLimitsBuilder::new().memory_size(memory_bytes).memories(1).tables(0).instances(1).build();
        let mut store = Store::new(&self.engine, limits);
        store.limiter(|limits| limits);
        store.set_fuel(FUEL_PER_CALL).map_err(|error| sandbox_error("fuel", error))?;
        let instance = Linker::new(&self.engine)
            .instantiate(&mut store, &self.module)
            .map_err(|error| sandbox_error("the score module does not instantiate", error))?;
        let memory = instance
            .get_memory(&mut store, "memory")
            .ok_or_else(|| Error::malformed("score-module", "the score module exports no memory `memory`"))?;
        let mut methods = Vec::new();
        for method in &self.abi.methods {
            let function = instance
                .get_typed_func(&mut store, &method.name)
                .map_err(|error| sandbox_error(&format!("the score module's method `{}`", method.name), error))?;
            methods.push(function);
        }
        Ok(Instance { abi: self.abi.clone(), store, memory, methods })
    }
}

/// A running module.
pub struct Instance {
    abi: Abi,
    store: Store<StoreLimits>,
    memory: wasmtime::Memory,
    methods: Vec<TypedFunc<i32, i32>>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").finish_non_exhaustive()
    }
}

impl Instance {
    /// Writes what a data section holds into the memory of a module that was compiled without it.
    pub fn write_data(&mut self, section: &[u8]) -> Result<()> {
        if section.is_empty() {
            return Ok(());
        }
        let broken =
            || Error::malformed("score-module", "the data section of the score module is not one of constants");
        let memory = self.memory.data_mut(&mut self.store);
        for (address, bytes) in segments(section).ok_or_else(broken)? {
            let target = memory.get_mut(address as usize..).and_then(|rest| rest.get_mut(..bytes.len()));
            target.ok_or_else(broken)?.copy_from_slice(bytes);
        }
        Ok(())
    }
}

impl Scorer for Instance {
    fn abi(&self) -> &Abi {
        &self.abi
    }

    fn call(&mut self, method: &str, block: &Block) -> Result<Vec<Output>> {
        let method_idx = self.abi.methods.iter().position(|known| known.name == method).ok_or_else(|| {
            let known: Vec<&str> = self.abi.methods.iter().map(|method| method.name.as_str()).collect();
            Error::usage("unknown-method", format!("the model has no method `{method}`"))
                .hint(format!("its methods are {}", known.join(", ")))
        })?;
        memory::write_block(self.memory.data_mut(&mut self.store), &self.abi, block)?;
        self.store
            .set_fuel(FUEL_PER_CALL + FUEL_PER_ROW * block.rows as u64)
            .map_err(|error| sandbox_error("fuel", error))?;
        let status = self.methods[method_idx]
            .call(&mut self.store, block.rows as i32)
            .map_err(|error| sandbox_error(&format!("method `{method}` trapped"), error))?;
        let bytes = self.memory.data(&self.store);
        match status {
            STATUS_OK => memory::read_outputs(bytes, &self.abi.methods[method_idx], block.rows),
            STATUS_ROW_REFUSED => Err(memory::refused_row(bytes, &self.abi)),
            STATUS_OUTPUT_FULL => Err(Error::new(ErrorKind::Limit, "output-full", "a text output exceeds its arena")),
            other => Err(Error::malformed("score-module", format!("method `{method}` returned status {other}"))),
        }
    }
}
