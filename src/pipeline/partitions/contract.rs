//! What all partitions of an artifact must agree in: one signature and one set of methods serves them all.

use serde::{Deserialize, Serialize};

use crate::abi::{Abi, InputArena};
use crate::artifact::{MethodEntry, OutputEntry};
use crate::error::{Error, Result};
use crate::model::{Category, Model, Signature, SignatureField};

/// What a caller sees of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    /// Who saved it.
    pub framework: String,
    /// The columns.
    pub signature: Signature,
    /// What can be called.
    pub methods: Vec<MethodEntry>,
    /// Text capacities and element types of the score module's inputs.
    pub inputs: Vec<String>,
}

impl Contract {
    /// That of a model and its module.
    pub fn of(model: &Model, abi: &Abi) -> Self {
        let input = |arena: &InputArena| match arena {
            InputArena::Matrix { element, fields, .. } => format!("{element} of {} columns", fields.len()),
            InputArena::Text { field, capacity, .. } => format!("text of column {field}, {capacity} bytes"),
        };
        Contract {
            framework: model.framework.name.clone(),
            signature: Signature::of_model(model),
            methods: abi.methods.iter().map(MethodEntry::from).collect(),
            inputs: abi.inputs.iter().map(input).collect(),
        }
    }

    /// Refuses a partition that differs from the first, by the name of the first thing in which it does.
    /// Methods that are left out need not agree.
    pub fn check_same(&self, first: &Contract, first_value: &str, left_out: &[String]) -> Result<()> {
        let differs = |what: &str, expected: String, found: String| {
            let message = format!("{what}: expected {expected}, found {found}");
            Err(Error::unsupported("partition-differs", message).hint(format!(
                "one signature serves all partitions, and `{first_value}` is the first; pack models that differ into artifacts of their own"
            )))
        };
        if self.framework != first.framework {
            return differs("the framework differs", first.framework.clone(), self.framework.clone());
        }
        check_columns("input", &first.signature.inputs, &self.signature.inputs, &differs)?;
        let names = |contract: &Contract| {
            contract.methods.iter().map(|method| method.name.as_str()).collect::<Vec<_>>().join(", ")
        };
        if names(self) != names(first) {
            return differs("the methods differ", names(first), names(self));
        }
        let stays = |method: &MethodEntry| !left_out.contains(&method.name);
        for (method, expected) in self.methods.iter().zip(&first.methods).filter(|(a, b)| a != b && stays(a)) {
            let what = format!("the results of `{}` differ", method.name);
            return differs(&what, results(expected), results(method));
        }
        check_columns("output", &first.signature.outputs, &self.signature.outputs, &differs)?;
        match self.inputs == first.inputs {
            true => Ok(()),
            false => differs("the score module's inputs differ", first.inputs.join("; "), self.inputs.join("; ")),
        }
    }
}

/// The methods that an artifact of these models cannot offer: beside the default one, those whose results only differ in
/// how many unnamed columns they have, like the leaves of as many trees as each partition needed.
pub fn left_out<'c>(contracts: impl Iterator<Item = &'c Contract> + Clone) -> Vec<String> {
    let Some(first) = contracts.clone().next() else { return Vec::new() };
    let plain = |method: &MethodEntry| {
        let outputs = method.outputs.iter().map(|output| OutputEntry { width: 0, ..output.clone() });
        outputs.collect::<Vec<_>>()
    };
    let is_unnamed =
        |method: &MethodEntry| method.outputs.iter().all(|output| output.columns.is_empty() && output.list);
    let differs_in_width = |method: &MethodEntry| {
        let others = || contracts.clone().filter_map(|other| other.methods.iter().find(|m| m.name == method.name));
        others().any(|other| other != method) && others().all(|other| plain(other) == plain(method))
    };
    let default = first.methods.iter().find(|method| method.name == "predict").or(first.methods.first());
    let beside = first.methods.iter().filter(|method| Some(*method) != default);
    beside.filter(|method| is_unnamed(method) && differs_in_width(method)).map(|method| method.name.clone()).collect()
}

/// The results of a method in words.
fn results(method: &MethodEntry) -> String {
    let output = |output: &OutputEntry| {
        let columns =
            if output.columns.is_empty() { String::new() } else { format!(" ({})", output.columns.join(", ")) };
        format!("{} {} × {}{columns}", output.name, output.dtype.name(), output.width)
    };
    method.outputs.iter().map(output).collect::<Vec<_>>().join("; ")
}

fn check_columns(
    kind: &str,
    expected: &[SignatureField],
    found: &[SignatureField],
    differs: &dyn Fn(&str, String, String) -> Result<()>,
) -> Result<()> {
    if expected.len() != found.len() {
        let what = format!("the number of {kind} columns differs");
        return differs(&what, expected.len().to_string(), found.len().to_string());
    }
    for (position, (expected, found)) in expected.iter().zip(found).enumerate() {
        if expected.name != found.name {
            let what = format!("{kind} column {} differs", position + 1);
            return differs(&what, format!("`{}`", expected.name), format!("`{}`", found.name));
        }
        let (expected_words, found_words) = (words(expected), words(found));
        if expected_words != found_words {
            return differs(&format!("{kind} column `{}` differs", expected.name), expected_words, found_words);
        }
    }
    Ok(())
}

/// A column without its categories, of which each partition has met its own; their kinds decide how cells are spelled.
fn words(field: &SignatureField) -> String {
    let nullable = if field.nullable { ", may be missing" } else { "" };
    let kind = |category: &Category| match category {
        Category::Bool(_) => "booleans",
        Category::Integer(_) => "integers",
        Category::Number(_) => "numbers",
        Category::Text(_) => "texts",
    };
    let mut kinds: Vec<&str> = field.categories.iter().flatten().map(kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let categories =
        if kinds.is_empty() { String::new() } else { format!(", categories that are {}", kinds.join(" and ")) };
    format!("{}{nullable}{categories}", field.dtype.name())
}

/// The categories that any partition has met, in the order in which they are met.
pub fn join_categories(all: &mut Signature, more: &Signature) {
    for (field, more) in all.inputs.iter_mut().zip(&more.inputs) {
        let Some(known) = &mut field.categories else { continue };
        for category in more.categories.iter().flatten() {
            if !known.contains(category) {
                known.push(category.clone());
            }
        }
    }
}
