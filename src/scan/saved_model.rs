//! TensorFlow: the operations that a SavedModel or a frozen graph names.

use std::collections::HashSet;

use super::names::{TENSORFLOW_DANGEROUS, TENSORFLOW_OPERATIONS};
use super::{Scanner, keras};
use crate::encoding::protobuf::Message;
use crate::error::{Error, Result};
use crate::finding::Verdict;

// Fields of SavedModel, MetaGraphDef, GraphDef, FunctionDefLibrary, FunctionDef, NodeDef.
const META_GRAPHS: u32 = 2;
const META_GRAPH_DEF: u32 = 2;
const META_OBJECTS: u32 = 7;
const GRAPH_NODES: u32 = 1;
const GRAPH_LIBRARY: u32 = 2;
const LIBRARY_FUNCTIONS: u32 = 1;
const FUNCTION_SIGNATURE: u32 = 1;
const FUNCTION_NODES: u32 = 3;
const SIGNATURE_NAME: u32 = 1;
const NODE_OPERATION: u32 = 2;
// Fields of SavedObjectGraph, SavedObject and SavedUserObject.
const OBJECTS: u32 = 1;
const USER_OBJECT: u32 = 4;
const USER_METADATA: u32 = 3;

/// Whether the content is a SavedModel: a version, then graphs with their facts.
pub(super) fn recognises(bytes: &[u8]) -> bool {
    let model = Message::new(bytes);
    let has_graph = |meta: &Message<'_>| meta.all(META_GRAPH_DEF).is_ok_and(|graphs| !graphs.is_empty());
    bytes.first() == Some(&0x08)
        && model.is_sound()
        && model.messages(META_GRAPHS).is_ok_and(|metas| !metas.is_empty() && metas.iter().all(has_graph))
}

/// Whether the content is a frozen graph: nodes with a name and an operation.
pub(super) fn is_graph(bytes: &[u8]) -> bool {
    let is_node = |node: &Message<'_>| {
        node.text(1).is_ok_and(|name| !name.is_empty()) && node.text(NODE_OPERATION).is_ok_and(is_operation_name)
    };
    bytes.first() == Some(&0x0a)
        && Message::new(bytes).is_sound()
        && Message::new(bytes).messages(GRAPH_NODES).is_ok_and(|nodes| nodes.iter().all(is_node))
}

fn is_operation_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'>' | b'.'))
}

/// Scans a SavedModel.
pub(super) fn scan(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    for meta in Message::new(bytes).messages(META_GRAPHS)? {
        for graph in meta.messages(META_GRAPH_DEF)? {
            graph_operations(graph, scanner)?;
        }
        for objects in meta.messages(META_OBJECTS)? {
            for object in objects.messages(OBJECTS)? {
                for user in object.messages(USER_OBJECT)? {
                    metadata(user.text(USER_METADATA)?, scanner);
                }
            }
        }
    }
    Ok(())
}

/// Scans a frozen graph.
pub(super) fn scan_graph(bytes: &[u8], scanner: &mut Scanner) -> Result<()> {
    graph_operations(Message::new(bytes), scanner)
}

/// Keras keeps the configuration of a layer beside it.
fn metadata(text: &str, scanner: &mut Scanner) {
    if text.starts_with('{') {
        scanner.inside("metadata of a layer", |scanner| keras::scan_configuration(text.as_bytes(), scanner));
    }
}

fn graph_operations(graph: Message<'_>, scanner: &mut Scanner) -> Result<()> {
    let mut names = Vec::new();
    let (mut seen, mut functions) = (HashSet::new(), HashSet::new());
    let mut note = |nodes: Vec<Message<'_>>| -> Result<()> {
        for node in nodes {
            let name = node.text(NODE_OPERATION)?;
            if seen.insert(name.to_owned()) {
                names.push(name.to_owned());
            }
        }
        Ok(())
    };
    note(graph.messages(GRAPH_NODES)?)?;
    for library in graph.messages(GRAPH_LIBRARY)? {
        for function in library.messages(LIBRARY_FUNCTIONS)? {
            for signature in function.messages(FUNCTION_SIGNATURE)? {
                functions.insert(signature.text(SIGNATURE_NAME)?.to_owned());
            }
            note(function.messages(FUNCTION_NODES)?)?;
        }
    }
    names.retain(|name| !functions.contains(name));
    names.into_iter().for_each(|name| judge(name, scanner));
    Ok(())
}

fn judge(name: String, scanner: &mut Scanner) {
    let verdict = if TENSORFLOW_OPERATIONS.contains(name.as_str()) {
        Verdict::Ok
    } else if TENSORFLOW_DANGEROUS.split_ascii_whitespace().any(|known| known == name) {
        scanner.complain(
            Error::dangerous(
                "scan-tensorflow-operation",
                format!("the graph holds `{name}`, which runs Python or reaches files or the network"),
            )
            .hint("do not load this model"),
        );
        Verdict::Dangerous
    } else {
        scanner.complain(
            Error::unsupported(
                "scan-tensorflow-unknown",
                format!("the graph holds `{name}`, which is not on the list of operations that only compute"),
            )
            .hint("find out what it does before you load the model"),
        );
        Verdict::Unsupported
    };
    scanner.names(name, None, &["named"], verdict);
}
