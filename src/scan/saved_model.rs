//! TensorFlow: the operations that a SavedModel or a frozen graph names.

use std::collections::HashSet;

use super::names::{TENSORFLOW_DANGEROUS, TENSORFLOW_OPERATIONS, TENSORFLOW_SAVING};
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

/// How TensorFlow calls the functions that save and restore a model.
const SAVERS: &[&str] = &["__inference__traced_save", "__inference__traced_restore"];
/// Savers of a graph that are looked for in its other functions: there is a pair for each root that is saved.
const MOST_SAVERS: usize = 64;

fn graph_operations(graph: Message<'_>, scanner: &mut Scanner) -> Result<()> {
    let mut operations = Operations::default();
    // A graph without functions keeps its saver among its nodes, which run where somebody asks for them.
    operations.note(graph.messages(GRAPH_NODES)?, true)?;
    for library in graph.messages(GRAPH_LIBRARY)? {
        let functions: Vec<(String, &[u8])> = (library.messages(LIBRARY_FUNCTIONS)?.into_iter())
            .zip(library.all(LIBRARY_FUNCTIONS)?)
            .map(|(function, bytes)| Ok((name_of(function)?, bytes)))
            .collect::<Result<_>>()?;
        let savers: Vec<&str> = functions.iter().map(|(name, _)| name.as_str()).filter(|name| is_saver(name)).collect();
        for (function, (name, _)) in library.messages(LIBRARY_FUNCTIONS)?.into_iter().zip(&functions) {
            let is_own = |(other, bytes): &(String, &[u8])| {
                other == name || memchr::memmem::find(bytes, name.as_bytes()).is_none()
            };
            let saves = is_saver(name) && savers.len() <= MOST_SAVERS && functions.iter().all(is_own);
            operations.note(function.messages(FUNCTION_NODES)?, saves)?;
        }
        operations.functions.extend(functions.into_iter().map(|(name, _)| name));
    }
    let Operations { mut names, functions, strayed, .. } = operations;
    names.retain(|name| !functions.contains(name));
    names.into_iter().for_each(|name| judge(name, &strayed, scanner));
    Ok(())
}

fn is_saver(function: &str) -> bool {
    SAVERS.iter().any(|start| function.starts_with(start))
}

fn name_of(function: Message<'_>) -> Result<String> {
    let signatures = function.messages(FUNCTION_SIGNATURE)?;
    signatures.last().map_or(Ok(String::new()), |signature| signature.text(SIGNATURE_NAME).map(str::to_owned))
}

/// The operations of a graph, each once.
#[derive(Default)]
struct Operations {
    names: Vec<String>,
    seen: HashSet<String>,
    functions: HashSet<String>,
    /// Operations of savers that stand elsewhere, where every call of the model could run them.
    strayed: HashSet<String>,
}

impl Operations {
    fn note(&mut self, nodes: Vec<Message<'_>>, may_save: bool) -> Result<()> {
        for node in nodes {
            let name = node.text(NODE_OPERATION)?;
            if !may_save && TENSORFLOW_SAVING.contains(&name) {
                self.strayed.insert(name.to_owned());
            }
            if self.seen.insert(name.to_owned()) {
                self.names.push(name.to_owned());
            }
        }
        Ok(())
    }
}

fn judge(name: String, strayed: &HashSet<String>, scanner: &mut Scanner) {
    let saves = TENSORFLOW_SAVING.contains(&name.as_str());
    let verdict = if TENSORFLOW_OPERATIONS.contains(name.as_str()) || saves && !strayed.contains(&name) {
        Verdict::Ok
    } else if saves {
        scanner.complain(
            Error::unsupported(
                "scan-tensorflow-unknown",
                format!("the graph holds `{name}` outside of its saver, which writes or reads files where it is told"),
            )
            .hint("find out which path it is given before you run the model"),
        );
        Verdict::Unsupported
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
