//! The signature of a method as the platform declares it, from the columns that an artifact's manifest tells.

use serde::{Deserialize, Serialize};

use super::{Feature, Parameter};
use crate::artifact::{MethodEntry, OutputEntry};
use crate::error::{Error, Result};
use crate::model::{DeclaredType, SignatureField};

/// What a method takes and returns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSignature {
    /// The columns it takes.
    pub inputs: Vec<Feature>,
    /// The columns it returns.
    pub outputs: Vec<Feature>,
    /// The scalars of a whole call.
    #[serde(default)]
    pub params: Vec<Parameter>,
}

/// The declared columns on the platform.
pub fn input_features(fields: &[SignatureField]) -> Result<Vec<Feature>> {
    fields.iter().map(|field| Feature::of_field(field).map_err(|error: Error| error.at("signature"))).collect()
}

/// The columns of a method's answer on the platform: one per column of its output; of several outputs, such as the
/// probabilities of several targets, one list each. Texts and fractions may be missing.
pub fn output_features(method: &MethodEntry) -> Result<Vec<Feature>> {
    let nullable = |output: &OutputEntry| {
        matches!(output.dtype, DeclaredType::Float32 | DeclaredType::Float64 | DeclaredType::String)
    };
    let field = |output: &OutputEntry, name: String, shape| {
        // A sparse row is an object of its columns.
        let dtype = if output.sparse { DeclaredType::Object } else { output.dtype };
        let nullable = !output.sparse && nullable(output);
        let field = SignatureField { nullable, shape, ..SignatureField::new(name, dtype) };
        Feature::of_field(&field)
    };
    let columns = |output: &OutputEntry| -> Result<Vec<Feature>> {
        if is_one_list(method, output) {
            return Ok(vec![field(output, output.name.clone(), Some(vec![i64::from(output.width)]))?]);
        }
        let names = output.column_names();
        names.into_iter().map(|name| field(output, name, None)).collect()
    };
    let outputs: Vec<Vec<Feature>> = method.outputs.iter().map(columns).collect::<Result<_>>()?;
    Ok(outputs.into_iter().flatten().collect())
}

/// Whether the values of an output stand in one column, as a list.
pub fn is_one_list(method: &MethodEntry, output: &OutputEntry) -> bool {
    method.outputs.len() > 1 && output.list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snowflake::DataType;

    #[test]
    fn every_column_of_an_output_is_a_feature() {
        let output = |name: &str, dtype, width, columns: &[&str]| OutputEntry {
            name: name.into(),
            dtype,
            width,
            list: width > 1,
            sparse: width > 1000,
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        };
        let features = |outputs| output_features(&MethodEntry { name: "predict".into(), outputs }).unwrap();
        let probability = output("probability", DeclaredType::Float64, 2, &["no", "yes"]);
        let (no, yes) = ("probability_no", "probability_yes");
        assert_eq!(
            features(vec![probability.clone()]),
            [Feature::column(no, DataType::Double, true), Feature::column(yes, DataType::Double, true)]
        );
        let found = features(vec![output("prediction", DeclaredType::Int64, 1, &[]), probability]);
        let Feature::Column(list) = &found[1] else { unreachable!() };
        assert_eq!(found[0], Feature::column("prediction", DataType::Int64, false));
        assert_eq!((list.name.as_str(), &list.shape, found[1].sql_type()), ("probability", &Some(vec![2]), "ARRAY"));
    }
}
