//! The score module's contract: what its custom section says, and how rows are laid into and read from its memory.
//!
//! docs/abi.md tells the same to implementers of other hosts.

mod block;
mod outputs;

pub use block::{Block, Column};
pub use outputs::{Output, Values};

use serde::{Deserialize, Serialize};

use crate::graph::Site;
use crate::tensor::ElementType;

/// The version of this contract. A host refuses a module of a later version.
pub const VERSION: u32 = 2;
/// The version of the contract before outputs could be sparse: what a module says that has none.
pub const VERSION_DENSE: u32 = 1;
/// The custom section that holds the [`Abi`] as JSON.
pub const SECTION: &str = "scorepack-abi";
/// Raised whenever the same model compiles to other bytes.
pub const CODEGEN: u32 = 5;

/// Everything a host must know, with addresses in bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Abi {
    /// The lowest version of the contract that can describe the module: [`VERSION_DENSE`] to [`VERSION`].
    pub version: u32,
    /// The most rows of one call.
    pub block_rows: u32,
    /// Where a method that returns 2 says which row and which site (two little-endian i32).
    pub failure: u32,
    /// The input arenas, shared by all methods.
    pub inputs: Vec<InputArena>,
    /// What can be called.
    pub methods: Vec<AbiMethod>,
    /// The checks that refuse rows.
    pub sites: Vec<Site>,
}

/// One input arena.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum InputArena {
    /// Numbers of one type: row after row, `fields` elements each; NaN is missing.
    Matrix {
        /// f32 or f64.
        element: ElementType,
        /// The first element.
        address: u32,
        /// The input fields of its columns.
        fields: Vec<u32>,
    },
    /// Text in Arrow's layout.
    Text {
        /// The input field.
        field: u32,
        /// `rows + 1` offsets, i32.
        offsets: u32,
        /// The UTF-8 bytes.
        bytes: u32,
        /// How many bytes fit.
        capacity: u32,
        /// One bit per row, least significant first; 0 is missing.
        validity: u32,
    },
}

/// A method of the module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AbiMethod {
    /// The method's name; the export has the same.
    pub name: String,
    /// What it writes.
    pub outputs: Vec<OutputArena>,
}

/// One output arena: row after row, `width` elements each; text in Arrow's layout, sparse rows in CSR.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputArena {
    /// The output's name.
    pub name: String,
    /// The element type.
    pub element: ElementType,
    /// Elements per row.
    pub width: u32,
    /// Whether a row is a list even when it has one element.
    pub list: bool,
    /// Names of the columns, where they mean something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The first element, or the offsets of text or of sparse rows.
    pub address: u32,
    /// Where the stored elements of sparse rows lie; `rows + 1` offsets (i32) then stand at `address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sparse: Option<SparseArena>,
    /// The UTF-8 bytes of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u32>,
    /// The validity bits of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<u32>,
}

impl OutputArena {
    /// What stands beside the results of a module: a text per row. It has no address, since no module writes it.
    pub fn of_text(name: &str) -> Self {
        OutputArena {
            name: name.to_owned(),
            element: ElementType::Text,
            width: 1,
            list: false,
            columns: Vec::new(),
            address: 0,
            sparse: None,
            bytes: None,
            validity: None,
        }
    }
}

/// The stored elements of sparse rows, one row's after the other's; all other elements are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SparseArena {
    /// The column of each, u32; those of a row ascend.
    pub columns: u32,
    /// The elements.
    pub values: u32,
}

impl Abi {
    /// The lowest version of the contract that can describe these methods.
    pub fn version_of(methods: &[AbiMethod]) -> u32 {
        let is_sparse = methods.iter().any(|method| method.outputs.iter().any(|output| output.sparse.is_some()));
        if is_sparse { VERSION } else { VERSION_DENSE }
    }

    /// The element type of every input field, in the order of the fields.
    pub fn field_elements(&self) -> Vec<ElementType> {
        let mut elements: Vec<(u32, ElementType)> = Vec::new();
        for arena in &self.inputs {
            match arena {
                InputArena::Matrix { element, fields, .. } => {
                    elements.extend(fields.iter().map(|field| (*field, *element)))
                }
                InputArena::Text { field, .. } => elements.push((*field, ElementType::Text)),
            }
        }
        elements.sort_by_key(|(field, _)| *field);
        elements.into_iter().map(|(_, element)| element).collect()
    }

    /// Where the values of each of the first `fields` input fields lie: the index of an input arena, and the place in a row
    /// of it. None for a field that no method needs.
    pub fn places(&self, fields: usize) -> Vec<Option<(usize, usize)>> {
        let mut places = vec![None; fields];
        let mut put = |field: u32, place| {
            if let Some(known) = places.get_mut(field as usize) {
                *known = Some(place);
            }
        };
        for (index, arena) in self.inputs.iter().enumerate() {
            match arena {
                InputArena::Matrix { fields, .. } => (0..).zip(fields).for_each(|(at, field)| put(*field, (index, at))),
                InputArena::Text { field, .. } => put(*field, (index, 0)),
            }
        }
        places
    }

    /// The method called `name`.
    pub fn method(&self, name: &str) -> Option<&AbiMethod> {
        self.methods.iter().find(|method| method.name == name)
    }
}
