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

/// The columns of a method's answer on the platform, one per column of its outputs. Texts and fractions may be missing.
pub fn output_features(method: &MethodEntry) -> Result<Vec<Feature>> {
    let columns = |output: &OutputEntry| -> Result<Vec<Feature>> {
        let dtype = if output.sparse { DeclaredType::Object } else { output.dtype };
        let nullable = matches!(dtype, DeclaredType::Float32 | DeclaredType::Float64 | DeclaredType::String);
        let field = |name: String| SignatureField { nullable, ..SignatureField::new(name, dtype) };
        output.column_names().into_iter().map(|name| Feature::of_field(&field(name))).collect()
    };
    let outputs: Vec<Vec<Feature>> = method.outputs.iter().map(columns).collect::<Result<_>>()?;
    Ok(outputs.into_iter().flatten().collect())
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
        let outputs = vec![
            output("prediction", DeclaredType::Int64, 1, &[]),
            output("probability", DeclaredType::Float64, 2, &["no", "yes"]),
            output("values", DeclaredType::Float64, 1 << 20, &[]),
        ];
        let features = output_features(&MethodEntry { name: "predict".into(), outputs }).unwrap();
        assert_eq!(
            features,
            [
                Feature::column("prediction", DataType::Int64, false),
                Feature::column("probability_no", DataType::Double, true),
                Feature::column("probability_yes", DataType::Double, true),
                Feature::column("values", DataType::Object, false),
            ]
        );
    }
}
