//! Features: the columns of a signature, in the shape of snowflake-ml-python's `FeatureSpec` and `FeatureGroupSpec`.

use serde::{Deserialize, Serialize};

use super::DataType;
use crate::error::{Error, Result};
use crate::model::{Category, DeclaredType, SignatureField};

/// A column, or several under one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Feature {
    /// Several columns under one name.
    Group(FeatureGroupSpec),
    /// One column.
    Column(FeatureSpec),
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSpec {
    /// The type of its elements.
    #[serde(rename = "type")]
    pub data_type: DataType,
    /// Its name.
    pub name: String,
    /// Whether a value may be missing.
    #[serde(default)]
    pub nullable: bool,
    /// Elements per row by dimension, -1 where that varies; none for a single value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<i64>>,
}

/// Several columns under one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureGroupSpec {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub specs: Vec<Feature>,
    /// Groups per row by dimension, -1 where that varies; none for a single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<i64>>,
}

impl Feature {
    /// A column with one value per row.
    pub fn column(name: impl Into<String>, data_type: DataType, nullable: bool) -> Self {
        Feature::Column(FeatureSpec { data_type, name: name.into(), nullable, shape: None })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Feature::Group(group) => &group.name,
            Feature::Column(column) => &column.name,
        }
    }

    /// Its type in SQL.
    pub fn sql_type(&self) -> &'static str {
        let (shape, single) = match self {
            Feature::Group(group) => (&group.shape, DataType::Object),
            Feature::Column(column) => (&column.shape, column.data_type),
        };
        if shape.as_ref().is_some_and(|shape| !shape.is_empty()) { "ARRAY" } else { single.sql() }
    }

    /// Whether a function may return it as it is, and not inside an OBJECT.
    pub fn is_returned_natively(&self) -> bool {
        matches!(self, Feature::Column(column) if column.shape.is_none() && column.data_type.is_returned_natively())
    }

    /// What a declared column is on the platform.
    pub fn of_field(field: &SignatureField) -> Result<Self> {
        let (name, shape) = (field.name.clone(), field.shape.clone());
        if !field.fields.is_empty() {
            let specs = field.fields.iter().map(Feature::of_field).collect::<Result<_>>()?;
            return Ok(Feature::Group(FeatureGroupSpec { name, specs, shape }));
        }
        let data_type = data_type(field)?;
        Ok(Feature::Column(FeatureSpec { data_type, name, nullable: field.nullable, shape }))
    }
}

/// The type of a declared column; that of its categories where it has some.
fn data_type(field: &SignatureField) -> Result<DataType> {
    Ok(match field.dtype {
        DeclaredType::Int8 => DataType::Int8,
        DeclaredType::Int16 => DataType::Int16,
        DeclaredType::Int32 => DataType::Int32,
        DeclaredType::Int64 => DataType::Int64,
        DeclaredType::Uint8 => DataType::Uint8,
        DeclaredType::Uint16 => DataType::Uint16,
        DeclaredType::Uint32 => DataType::Uint32,
        DeclaredType::Uint64 => DataType::Uint64,
        DeclaredType::Float32 => DataType::Float,
        DeclaredType::Float64 => DataType::Double,
        DeclaredType::Bool => DataType::Bool,
        DeclaredType::String => DataType::String,
        DeclaredType::Bytes => DataType::Bytes,
        DeclaredType::TimestampNtz => DataType::TimestampNtz,
        DeclaredType::Object => DataType::Object,
        DeclaredType::Category => return category_type(field),
    })
}

/// The narrowest type that holds all categories.
fn category_type(field: &SignatureField) -> Result<DataType> {
    let categories = field.categories.as_deref().unwrap_or_default();
    let all = |fits: fn(&Category) -> bool| categories.iter().all(fits);
    Ok(match categories {
        [] => {
            let message = format!("column `{}` is a category, but its categories are not known", field.name);
            return Err(Error::unsupported("snowflake-category", message)
                .hint("a signature that lists them, or says `string` or `int64`, tells the column's type in SQL"));
        }
        _ if all(|category| matches!(category, Category::Text(_))) => DataType::String,
        _ if all(|category| matches!(category, Category::Bool(_))) => DataType::Bool,
        _ if all(|category| matches!(category, Category::Integer(_))) => DataType::Int64,
        _ if all(|category| !matches!(category, Category::Text(_))) => DataType::Double,
        _ => {
            let message =
                format!("the categories of column `{}` are texts and numbers: SQL has no such column", field.name);
            return Err(Error::unsupported("snowflake-category", message));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature(yaml: &str) -> Feature {
        crate::yaml::parse(yaml.as_bytes()).unwrap()
    }

    /// As snowflake-ml-python 2.6.0 writes and types them.
    #[test]
    fn features_have_the_forms_of_the_platforms_package() {
        for (yaml, sql) in [
            ("type: INT8\nname: a\nnullable: true\n", "BYTEINT"),
            ("type: FLOAT\nname: b\nnullable: false\nshape:\n  - -1\n", "ARRAY"),
            ("type: DOUBLE\nname: t\nnullable: true\nshape:\n  - 2\n  - 3\n", "ARRAY"),
            ("type: OBJECT\nname: o\nnullable: true\n", "OBJECT"),
            ("type: TIMESTAMP_NTZ\nname: ts\nnullable: true\n", "TIMESTAMP"),
            ("type: BYTES\nname: by\nnullable: true\n", "BINARY"),
            ("name: g\nspecs:\n  - type: STRING\n    name: x\n    nullable: true\n", "OBJECT"),
            ("name: gs\nspecs:\n  - type: BOOL\n    name: x\n    nullable: true\nshape:\n  - -1\n", "ARRAY"),
        ] {
            let feature = feature(yaml);
            assert_eq!(feature.sql_type(), sql);
            assert_eq!(crate::yaml::emit(&feature).unwrap(), yaml);
        }
        assert_eq!(feature("type: INT8\nname: a\nshape: []\n").sql_type(), "BYTEINT");
        assert_eq!(feature("type: INT8\nname: a\n"), Feature::column("a", DataType::Int8, false));
    }

    #[test]
    fn a_category_has_the_type_of_its_values() {
        let of = |categories: Vec<Category>| {
            let field =
                SignatureField { categories: Some(categories), ..SignatureField::new("c", DeclaredType::Category) };
            Feature::of_field(&field).map(|feature| feature.sql_type()).map_err(|error| error.code())
        };
        assert_eq!(of(vec![Category::Text("a".into())]), Ok("STRING"));
        assert_eq!(of(vec![Category::Integer(1)]), Ok("BIGINT"));
        assert_eq!(of(vec![Category::Integer(1), Category::Number(0.5)]), Ok("DOUBLE"));
        assert_eq!(of(vec![Category::Bool(true)]), Ok("BOOLEAN"));
        assert_eq!(of(vec![]), Err("snowflake-category"));
        assert_eq!(of(vec![Category::Integer(1), Category::Text("a".into())]), Err("snowflake-category"));
    }
}
