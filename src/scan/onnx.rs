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
const MODEL: Known = Known("a model", &[1..=8, 14..=14, 20..=20, 25..=26]);
const TEXTS: &[u32] = &[2, 3, 4, 6];
const GRAPH: u32 = 7;
/// How a graph begins in the file: its number and that it is a message.
const GRAPH_KEY: u8 = (GRAPH << 3 | 2) as u8;
const OPSETS: u32 = 8;
const TRAINING: u32 = 20;
const FUNCTIONS: u32 = 25;
// Fields of TrainingInfoProto: what sets the weights at first, and what changes them.
const TRAINING_INFO: Known = Known("training", &[1..=4]);
const TRAINING_GRAPHS: [u32; 2] = [1, 2];
// Fields of GraphProto.
const GRAPH_FIELDS: Known = Known("a graph", &[1..=2, 5..=5, 10..=16]);
const NODES: u32 = 1;
const INITIALIZERS: u32 = 5;
const SPARSE_INITIALIZERS: u32 = 15;
// Fields of FunctionProto.
const FUNCTION: Known = Known("a function", &[1..=14]);
const FUNCTION_NODES: u32 = 7;
const FUNCTION_ATTRIBUTES: u32 = 11;
// Fields of NodeProto.
const NODE: Known = Known("a node", &[1..=10]);
const NODE_TYPE: u32 = 4;
const NODE_ATTRIBUTES: u32 = 5;
const NODE_DOMAIN: u32 = 7;
// Fields of AttributeProto.
const ATTRIBUTE: Known = Known("an attribute", &[1..=11, 13..=15, 20..=23]);
const ATTRIBUTE_TENSORS: [u32; 2] = [5, 10];
const ATTRIBUTE_GRAPHS: [u32; 2] = [6, 11];
const ATTRIBUTE_SPARSE: [u32; 2] = [22, 23];
// Fields of SparseTensorProto: its values and where they stand.
const SPARSE: Known = Known("a sparse tensor", &[1..=3]);
const SPARSE_PARTS: [u32; 2] = [1, 2];
// Fields of TensorProto, and of its entries.
const TENSOR: Known = Known("a tensor", &[1..=14, 16..=16]);
const EXTERNAL: u32 = 13;
const KEY: u32 = 1;
const VALUE: u32 = 2;

/// The fields of a message that ONNX 1.20 defines: what holds none of the others holds nothing that is not looked at.
struct Known(&'static str, &'static [std::ops::RangeInclusive<u32>]);

impl Known {
    fn check(&self, message: Message<'_>) -> Result<()> {
        let Known(what, known) = self;
        for field in message.fields() {
            let number = field?.number;
            if !known.iter().any(|numbers| numbers.contains(&number)) {
                let message = format!("{what} has the field {number}, which this version does not know");
                return Err(Error::unsupported("scan-onnx-field", message)
                    .hint("write the model again with a version of ONNX up to 1.20"));
            }
        }
        Ok(())
    }
}

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

/// Scans the graph, its inner graphs, the graphs of training and the functions of the model.
pub(super) fn scan(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    let model = Message::new(bytes);
    MODEL.check(model)?;
    let mut walk = Walk { scanner, seen: HashSet::new(), nodes: 0 };
    for graph in model.messages(GRAPH)? {
        walk.graph(graph)?;
    }
    for training in model.messages(TRAINING)? {
        TRAINING_INFO.check(training)?;
        of(training, TRAINING_GRAPHS)?.into_iter().try_for_each(|graph| walk.graph(graph))?;
    }
    for function in model.messages(FUNCTIONS)? {
        FUNCTION.check(function)?;
        for attribute in function.messages(FUNCTION_ATTRIBUTES)? {
            walk.attribute(attribute)?;
        }
        for node in function.messages(FUNCTION_NODES)? {
            walk.node(node)?;
        }
    }
    Ok(())
}

/// The messages in two fields.
fn of(message: Message<'_>, [first, second]: [u32; 2]) -> Result<Vec<Message<'_>>> {
    let mut all = message.messages(first)?;
    all.append(&mut message.messages(second)?);
    Ok(all)
}

struct Walk<'s> {
    scanner: &'s mut Scanner,
    seen: HashSet<String>,
    nodes: u64,
}

impl Walk<'_> {
    /// Messages in messages are bounded by `protobuf`, so that inner graphs end.
    fn graph(&mut self, graph: Message<'_>) -> Result<()> {
        GRAPH_FIELDS.check(graph)?;
        for node in graph.messages(NODES)? {
            self.node(node)?;
        }
        for tensor in graph.messages(INITIALIZERS)? {
            self.tensor(tensor)?;
        }
        graph.messages(SPARSE_INITIALIZERS)?.into_iter().try_for_each(|sparse| self.sparse(sparse))
    }

    fn sparse(&mut self, sparse: Message<'_>) -> Result<()> {
        SPARSE.check(sparse)?;
        of(sparse, SPARSE_PARTS)?.into_iter().try_for_each(|part| self.tensor(part))
    }

    fn attribute(&mut self, attribute: Message<'_>) -> Result<()> {
        ATTRIBUTE.check(attribute)?;
        of(attribute, ATTRIBUTE_TENSORS)?.into_iter().try_for_each(|tensor| self.tensor(tensor))?;
        of(attribute, ATTRIBUTE_SPARSE)?.into_iter().try_for_each(|sparse| self.sparse(sparse))?;
        of(attribute, ATTRIBUTE_GRAPHS)?.into_iter().try_for_each(|graph| self.graph(graph))
    }

    fn node(&mut self, node: Message<'_>) -> Result<()> {
        NODE.check(node)?;
        self.nodes += 1;
        limits::NODES.check(self.nodes)?;
        let (name, domain) = (node.text(NODE_TYPE)?, node.text(NODE_DOMAIN)?);
        let path = if domain.is_empty() { name.to_owned() } else { format!("{domain}.{name}") };
        if !self.seen.contains(&path) {
            self.judge(name, domain, path);
        }
        node.messages(NODE_ATTRIBUTES)?.into_iter().try_for_each(|attribute| self.attribute(attribute))
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

    /// Weights in another file: beside the model, by a plain name, said once.
    fn tensor(&mut self, tensor: Message<'_>) -> Result<()> {
        TENSOR.check(tensor)?;
        let mut seen = HashSet::new();
        for entry in tensor.messages(EXTERNAL)? {
            let (key, value) = (entry.text(KEY)?, entry.text(VALUE)?);
            let twice = !seen.insert(key);
            match key {
                "location" | "offset" | "length" | "checksum" if twice => {
                    self.external(format!("a tensor in another file has the property `{key}` twice"));
                }
                "location" if is_plain_name(value) => {}
                "location" => self.scanner.complain(
                    Error::dangerous(
                        "scan-onnx-location",
                        format!("a tensor is read from `{value}`, outside the model"),
                    )
                    .hint("expected the plain name of a file beside the model"),
                ),
                "offset" | "length" | "checksum" => {}
                // Some versions put it before the location.
                "basepath" => self.external(format!("a tensor in another file is looked for in `{value}`")),
                _ => self.external(format!(
                    "a tensor in another file has the property `{key}`, which the standard does not know"
                )),
            }
        }
        Ok(())
    }

    fn external(&mut self, message: String) {
        self.scanner.complain(
            Error::malformed("scan-onnx-external", message)
                .hint("expected `location`, `offset`, `length` and `checksum`, each once"),
        );
    }
}

fn is_plain_name(name: &str) -> bool {
    !name.contains('/') && crate::encoding::member_name::check_name(name).is_ok()
}
