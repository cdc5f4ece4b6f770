//! A module under construction: functions, one memory of fixed size, exports, data, custom sections.

use std::collections::HashMap;

use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, ExportKind, ExportSection, Function, FunctionSection,
    MemorySection, MemoryType, Module, TypeSection, ValType,
};

/// Bytes of a WebAssembly page.
pub const PAGE_BYTES: u64 = 65_536;

/// Collects the parts of a module and encodes them in the order of the specification.
#[derive(Debug, Default)]
pub struct ModuleBuilder {
    types: HashMap<(Vec<ValType>, Vec<ValType>), u32>,
    type_section: TypeSection,
    functions: FunctionSection,
    code: CodeSection,
    exports: ExportSection,
    custom: Vec<(String, Vec<u8>)>,
}

impl ModuleBuilder {
    /// Adds a function and gives its index.
    pub fn function(&mut self, params: &[ValType], results: &[ValType], body: &Function) -> u32 {
        let key = (params.to_vec(), results.to_vec());
        let next = self.types.len() as u32;
        let type_section = &mut self.type_section;
        let ty = *self.types.entry(key).or_insert_with(|| {
            type_section.ty().function(params.iter().copied(), results.iter().copied());
            next
        });
        self.functions.function(ty);
        self.code.function(body);
        self.functions.len() - 1
    }

    /// Exports a function under `name`.
    pub fn export(&mut self, name: &str, function: u32) {
        self.exports.export(name, ExportKind::Func, function);
    }

    /// Adds a custom section.
    pub fn custom(&mut self, name: &str, bytes: Vec<u8>) {
        self.custom.push((name.to_owned(), bytes));
    }

    /// Encodes the module around a memory of exactly `memory_bytes` (rounded up to pages), exported as `memory`.
    pub fn finish(mut self, memory_bytes: u64, data_base: u32, data: Vec<u8>) -> Vec<u8> {
        let pages = memory_bytes.div_ceil(PAGE_BYTES);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: pages,
            maximum: Some(pages),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        self.exports.export("memory", ExportKind::Memory, 0);
        let mut module = Module::new();
        module.section(&self.type_section).section(&self.functions).section(&memories).section(&self.exports);
        module.section(&self.code);
        if !data.is_empty() {
            let mut section = DataSection::new();
            section.active(0, &ConstExpr::i32_const(data_base as i32), data);
            module.section(&section);
        }
        for (name, bytes) in &self.custom {
            module.section(&CustomSection { name: name.into(), data: bytes.into() });
        }
        module.finish()
    }
}
