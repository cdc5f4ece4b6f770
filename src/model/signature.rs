//! The signature: what a method takes, column by column, as people and platforms declare it.
//!
//! The declared type can differ from the score module's element: an `int64` column is scored as f64, a `category` as
//! text or as a number.

use serde::{Deserialize, Serialize};

use super::{Category, Field, Method, Model, Statistics};
use crate::error::{Error, Result};
use crate::limits;
use crate::tensor::ElementType;

/// The type of a column as declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeclaredType {
    /// Whole numbers.
    Int64,
    /// Numbers in double precision.
    Float64,
    /// Numbers in single precision.
    Float32,
    /// True or false.
    Bool,
    /// Text.
    String,
    /// One of some categories: text or numbers.
    Category,
}

impl DeclaredType {
    /// The name in every file, which is pandas' own.
    pub const fn name(self) -> &'static str {
        match self {
            DeclaredType::Int64 => "int64",
            DeclaredType::Float64 => "float64",
            DeclaredType::Float32 => "float32",
            DeclaredType::Bool => "bool",
            DeclaredType::String => "string",
            DeclaredType::Category => "category",
        }
    }

    /// Whether values of this type can stand in a column of the score module.
    pub const fn fits(self, element: ElementType) -> bool {
        match self {
            DeclaredType::Category => true,
            DeclaredType::String => matches!(element, ElementType::Text),
            _ => !matches!(element, ElementType::Text),
        }
    }
}

impl From<ElementType> for DeclaredType {
    fn from(element: ElementType) -> Self {
        match element {
            ElementType::F32 => DeclaredType::Float32,
            ElementType::F64 => DeclaredType::Float64,
            ElementType::Bool => DeclaredType::Bool,
            ElementType::Text => DeclaredType::String,
            ElementType::I64 | ElementType::U8 | ElementType::U16 | ElementType::U32 => DeclaredType::Int64,
        }
    }
}

/// One declared column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureField {
    /// Its name.
    pub name: String,
    /// Its declared type.
    pub dtype: DeclaredType,
    /// Whether a missing value is accepted: what the model takes, not what the sample happens to hold.
    #[serde(default)]
    pub nullable: bool,
    /// The categories known from training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<Category>>,
    /// Whether values outside `categories` are refused; else the model treats them as unknown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// What the column is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A summary of the sample's values, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistics: Option<Statistics>,
}

impl SignatureField {
    /// A plain column.
    pub fn new(name: impl Into<String>, dtype: DeclaredType) -> Self {
        SignatureField {
            name: name.into(),
            dtype,
            nullable: false,
            categories: None,
            closed: false,
            description: None,
            statistics: None,
        }
    }
}

/// The columns a model takes and the columns its first method returns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The input columns in the order of the model.
    pub inputs: Vec<SignatureField>,
    /// The columns of the default method's answer; empty in a file given with `--signature` to take the model's own.
    #[serde(default)]
    pub outputs: Vec<SignatureField>,
}

impl Signature {
    /// The signature that the model file itself tells.
    pub fn of_model(model: &Model) -> Self {
        let inputs = model.fields.iter().map(input_field).collect();
        let outputs = model.default_method().map_or_else(Vec::new, |method| output_fields(model, method));
        Signature { inputs, outputs }
    }

    /// Without the summaries of the sample's values.
    pub fn without_statistics(&self) -> Signature {
        let strip = |field: &SignatureField| SignatureField { statistics: None, ..field.clone() };
        Signature { inputs: self.inputs.iter().map(strip).collect(), outputs: self.outputs.iter().map(strip).collect() }
    }

    /// Refuses a signature whose columns do not fit those of the score module.
    pub fn check(&self, elements: &[ElementType]) -> Result<()> {
        limits::FEATURES.check_len(self.inputs.len())?;
        if self.inputs.len() != elements.len() {
            let message = format!("expected {} input columns, found {}", elements.len(), self.inputs.len());
            return Err(Error::malformed("signature", message));
        }
        let mut names = std::collections::HashSet::new();
        for (field, element) in self.inputs.iter().zip(elements) {
            let refused = |message: String| Err(Error::malformed("signature", message).at(format!("`{}`", field.name)));
            if !names.insert(field.name.as_str()) {
                return refused("two columns have this name".into());
            }
            if !field.dtype.fits(*element) {
                return refused(format!("the model takes {element} here, the signature says {}", field.dtype.name()));
            }
            if field.closed && field.categories.is_none() {
                return refused("it is closed, but names no categories".into());
            }
        }
        Ok(())
    }
}

fn input_field(field: &Field) -> SignatureField {
    let dtype = if field.categories.is_some() { DeclaredType::Category } else { field.element.into() };
    SignatureField {
        nullable: field.nullable,
        categories: field.categories.clone(),
        ..SignatureField::new(field.name.clone(), dtype)
    }
}

fn output_fields(model: &Model, method: &Method) -> Vec<SignatureField> {
    let fields = method.outputs.iter().flat_map(|output| {
        let ty = model.graph.ty(output.value);
        column_names(&output.name, &output.columns, ty.width)
            .into_iter()
            .map(move |name| SignatureField::new(name, ty.element.into()))
    });
    fields.collect()
}

/// The names of an output's columns: its own name when there is one column, else the named or numbered ones.
pub fn column_names(output: &str, columns: &[String], width: usize) -> Vec<String> {
    if width == 1 {
        return vec![output.to_owned()];
    }
    (0..width)
        .map(|i| columns.get(i).map_or_else(|| format!("{output}_{i}"), |name| format!("{output}_{name}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_that_does_not_fit_the_module_is_refused() {
        let number = SignatureField::new("a", DeclaredType::Int64);
        let text = SignatureField::new("b", DeclaredType::String);
        let check = |inputs: &[&SignatureField], elements: &[ElementType]| {
            let inputs = inputs.iter().map(|field| (*field).clone()).collect();
            Signature { inputs, outputs: Vec::new() }.check(elements).map_err(|error| error.to_string())
        };
        assert_eq!(check(&[&number, &text], &[ElementType::F64, ElementType::Text]), Ok(()));
        let cases = [
            (check(&[&number], &[]), "expected 0 input columns, found 1"),
            (check(&[&number, &number], &[ElementType::F32; 2]), "two columns have this name"),
            (check(&[&text], &[ElementType::F32]), "the model takes float32 here, the signature says string"),
            (check(&[&number], &[ElementType::Text]), "the model takes string here, the signature says int64"),
        ];
        for (found, expected) in cases {
            assert_eq!(found, Err(expected.to_owned()));
        }
        let closed = SignatureField { closed: true, ..number };
        assert!(check(&[&closed], &[ElementType::F32]).is_err());
    }

    #[test]
    fn columns_are_named_by_what_they_mean() {
        assert_eq!(column_names("prediction", &[], 1), ["prediction"]);
        assert_eq!(column_names("probability", &["no".into(), "yes".into()], 2), ["probability_no", "probability_yes"]);
        assert_eq!(column_names("leaf", &[], 2), ["leaf_0", "leaf_1"]);
    }
}
