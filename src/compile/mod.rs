//! A model's graph into a score module: memory plan, one function per node, one per method. Same model, same bytes.

mod entry;
mod held;
mod layout;
#[cfg(test)]
mod parity;
mod plan;
mod unpack;

use crate::abi::{Abi, AbiMethod, SECTION};
use crate::error::Result;
use crate::graph::{Graph, NodeKind};
use crate::limits;
use crate::model::{Method, Model};
use crate::ops::emit::Place;
use crate::wasm::{DataPlan, ModuleBuilder};
use plan::Plan;
use wasm_encoder::ValType;

/// A compiled model.
#[derive(Debug, Clone)]
pub struct ScoreModule {
    /// The module.
    pub wasm: Vec<u8>,
    /// Its contract, which also stands in the module.
    pub abi: Abi,
}

/// What the bytes depend on besides the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompileOptions {
    /// Bytes of a text column's arena: the longest text a row may hold. A column of documents, whose terms are counted,
    /// has sixteen times as many.
    pub max_text_bytes: u32,
}

impl Default for CompileOptions {
    fn default() -> Self {
        CompileOptions { max_text_bytes: 64 << 10 }
    }
}

/// Compiles every method of a model.
pub fn compile(model: &Model, options: CompileOptions) -> Result<ScoreModule> {
    compile_graph(&model.graph, &model.methods, options)
}

/// Compiles some methods over a graph.
pub fn compile_graph(graph: &Graph, methods: &[Method], options: CompileOptions) -> Result<ScoreModule> {
    let plan = Plan::new(graph, methods, options)?;
    let mut module = ModuleBuilder::default();
    let mut data = DataPlan::new(plan.data_base);
    let places = plan.place_constants(graph, &mut data);
    let functions: Vec<Option<u32>> = (0..graph.nodes().len())
        .map(|i| {
            let place = places[i].as_ref()?;
            let node = &graph.nodes()[i];
            let mut e = plan.emit(&mut data);
            match &node.kind {
                NodeKind::Input { fields } => unpack::unpack(&mut e, &plan.inputs, fields, place)?,
                NodeKind::Apply { op: crate::ops::Op::Constant(_), .. } => return None,
                NodeKind::Apply { op, inputs } => {
                    let operands: Vec<&Place> = inputs.iter().filter_map(|input| places[input.0].as_ref()).collect();
                    op.operator().emit(&mut e, &operands, place);
                }
            }
            e.code.i32(crate::ops::STATUS_OK);
            Some(module.function(&[ValType::I32], &[ValType::I32], &e.code.finish()))
        })
        .collect();
    let mut abi_methods = Vec::new();
    for method in methods {
        let outputs = plan.output_arenas(method, &places);
        let writers: Vec<u32> = method
            .outputs
            .iter()
            .zip(&outputs)
            .filter_map(|(output, arena)| {
                let place = places[output.value.0].as_ref()?;
                let mut e = plan.emit(&mut data);
                entry::write_output(&mut e, place, arena);
                e.code.i32(crate::ops::STATUS_OK);
                Some(module.function(&[ValType::I32], &[ValType::I32], &e.code.finish()))
            })
            .collect();
        let values: Vec<_> = method.outputs.iter().map(|output| output.value).collect();
        let steps: Vec<u32> = graph.needed(&values).iter().filter_map(|id| functions[id.0]).chain(writers).collect();
        let body = entry::method(&steps, plan.block_rows);
        let function = module.function(&[ValType::I32], &[ValType::I32], &body);
        module.export(&method.name, function);
        abi_methods.push(AbiMethod { name: method.name.clone(), outputs });
    }
    let abi = Abi {
        version: Abi::version_of(&abi_methods),
        block_rows: plan.block_rows,
        failure: plan::FAILURE_ADDRESS,
        inputs: plan.inputs.clone(),
        methods: abi_methods,
        sites: graph.sites().to_vec(),
    };
    limits::MODULE_MEMORY_BYTES.check(data.end())?;
    module.custom(SECTION, serde_json::to_vec(&abi).unwrap_or_default());
    let memory_bytes = data.end();
    let (base, bytes) = data.finish();
    Ok(ScoreModule { wasm: module.finish(memory_bytes, base, bytes), abi })
}
