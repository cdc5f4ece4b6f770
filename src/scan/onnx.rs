//! ONNX models: what they name besides the standard's own operators, and where their weights lie.

use std::collections::HashSet;

use super::Scanner;
use crate::encoding::protobuf::Message;
use crate::error::{Error, Result};
use crate::finding::Verdict;
use crate::limits;

/// Domains of operators that the standard defines, which compute and nothing else.
const DOMAINS: &[&str] = &["", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training"];
/// Domains of operators that run Python.
const PYTHON_DOMAINS: &[&str] = &["ai.onnx.contrib.python", "pyop", "PyOp"];
const PYTHON_OPERATORS: &[&str] = &["PyOp", "PyFunction", "PythonOp", "PythonOpGrad"];

// Fields of ModelProto.
const TEXTS: &[u32] = &[2, 3, 4, 6];
const GRAPH: u32 = 7;
/// How a graph begins in the file: its number and that it is a message.
const GRAPH_KEY: u8 = (GRAPH << 3 | 2) as u8;
const OPSETS: u32 = 8;
const FUNCTIONS: u32 = 25;
// Fields of GraphProto.
const NODES: u32 = 1;
const INITIALIZERS: u32 = 5;
const SPARSE_INITIALIZERS: u32 = 15;
// Fields of FunctionProto.
const FUNCTION_NODES: u32 = 7;
// Fields of NodeProto.
const NODE_TYPE: u32 = 4;
const NODE_ATTRIBUTES: u32 = 5;
const NODE_DOMAIN: u32 = 7;
// Fields of AttributeProto.
const ATTRIBUTE_TENSOR: u32 = 5;
const ATTRIBUTE_GRAPH: u32 = 6;
const ATTRIBUTE_TENSORS: u32 = 10;
const ATTRIBUTE_GRAPHS: u32 = 11;
// Field of TensorProto, and of its entries.
const EXTERNAL: u32 = 13;
const KEY: u32 = 1;
const VALUE: u32 = 2;

/// Whether the content is a message with a graph and the versions of its operators, or begins so and is cut short.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    let model = Message::new(bytes);
    bytes.first() == Some(&0x08) && if model.is_sound() { is_model(model) } else { is_cut(bytes) }
}

fn is_model(model: Message<'_>) -> bool {
    model.all(GRAPH).is_ok_and(|graphs| graphs.len() == 1) && model.all(OPSETS).is_ok_and(|opsets| !opsets.is_empty())
}

/// Whether there are the producer's texts, and a graph that does not end or is followed by what does not.
fn is_cut(bytes: &[u8]) -> bool {
    let (whole, rest) = bytes.split_at(Message::new(bytes).sound_bytes());
    let whole = Message::new(whole);
    let has = |field: &u32| whole.texts(*field).is_ok_and(|texts| !texts.is_empty());
    let are_texts = TEXTS.iter().all(|field| whole.texts(*field).is_ok());
    are_texts
        && TEXTS.iter().any(has)
        && (rest.first() == Some(&GRAPH_KEY) || !whole.all(GRAPH).is_ok_and(|g| g.is_empty()))
}

/// Scans the graph, its inner graphs and the functions of the model.
pub(super) fn scan(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let model = Message::new(bytes);
    let mut walk = Walk { scanner, seen: HashSet::new(), nodes: 0 };
    for graph in model.messages(GRAPH)? {
        walk.graph(graph)?;
    }
    for function in model.messages(FUNCTIONS)? {
        for node in function.messages(FUNCTION_NODES)? {
            walk.node(node)?;
        }
    }
    Ok(())
}

struct Walk<'s> {
    scanner: &'s mut Scanner,
    seen: HashSet<String>,
    nodes: u64,
}

impl Walk<'_> {
    /// Messages in messages are bounded by `protobuf`, so that inner graphs end.
    fn graph(&mut self, graph: Message<'_>) -> Result<()> {
        for node in graph.messages(NODES)? {
            self.node(node)?;
        }
        for tensor in graph.messages(INITIALIZERS)? {
            self.tensor(tensor)?;
        }
        for sparse in graph.messages(SPARSE_INITIALIZERS)? {
            for part in sparse.messages(1)?.into_iter().chain(sparse.messages(2)?) {
                self.tensor(part)?;
            }
        }
        Ok(())
    }

    fn node(&mut self, node: Message<'_>) -> Result<()> {
        self.nodes += 1;
        limits::NODES.check(self.nodes)?;
        let (name, domain) = (node.text(NODE_TYPE)?, node.text(NODE_DOMAIN)?);
        let path = if domain.is_empty() { name.to_owned() } else { format!("{domain}.{name}") };
        if !self.seen.contains(&path) {
            self.judge(name, domain, path);
        }
        for attribute in node.messages(NODE_ATTRIBUTES)? {
            let tensors =
                attribute.messages(ATTRIBUTE_TENSOR)?.into_iter().chain(attribute.messages(ATTRIBUTE_TENSORS)?);
            tensors.into_iter().try_for_each(|tensor| self.tensor(tensor))?;
            let graphs = attribute.messages(ATTRIBUTE_GRAPH)?.into_iter().chain(attribute.messages(ATTRIBUTE_GRAPHS)?);
            graphs.into_iter().try_for_each(|graph| self.graph(graph))?;
        }
        Ok(())
    }

    fn judge(&mut self, name: &str, domain: &str, path: String) {
        let runs_python = PYTHON_DOMAINS.contains(&domain) || PYTHON_OPERATORS.contains(&name);
        let verdict = match DOMAINS.contains(&domain) {
            _ if runs_python => Verdict::Dangerous,
            true => Verdict::Ok,
            false => Verdict::Unsupported,
        };
        self.scanner.names(path.clone(), None, &["named"], verdict);
        match verdict {
            Verdict::Dangerous => self.scanner.complain(
                Error::dangerous("scan-onnx-python", format!("the operator `{path}` runs Python code"))
                    .hint("do not load this file"),
            ),
            Verdict::Unsupported => self.scanner.complain(
                Error::unsupported("scan-onnx-domain", format!("the operator `{path}` is not the standard's own"))
                    .hint("a library must be loaded to run it: ask who made it"),
            ),
            _ => {}
        }
        self.seen.insert(path);
    }

    /// Weights in another file: beside the model, by a plain name.
    fn tensor(&mut self, tensor: Message<'_>) -> Result<()> {
        for entry in tensor.messages(EXTERNAL)? {
            let (key, value) = (entry.text(KEY)?, entry.text(VALUE)?);
            match key {
                "location" if is_plain_name(value) => {}
                "location" => self.scanner.complain(
                    Error::dangerous(
                        "scan-onnx-location",
                        format!("a tensor is read from `{value}`, outside the model"),
                    )
                    .hint("expected the plain name of a file beside the model"),
                ),
                "offset" | "length" | "checksum" | "basepath" => {}
                _ => self.scanner.complain(Error::malformed(
                    "scan-onnx-external",
                    format!("a tensor in another file has the property `{key}`, which the standard does not know"),
                )),
            }
        }
        Ok(())
    }
}

fn is_plain_name(name: &str) -> bool {
    !name.contains('/') && crate::encoding::member_name::check_name(name).is_ok()
}
