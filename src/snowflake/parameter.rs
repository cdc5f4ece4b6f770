//! Parameters: scalars of a whole call, in the shape of snowflake-ml-python's `ParamSpec` and `ParamGroupSpec`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{DataType, Literal};

/// A parameter, or several under one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameter {
    /// Several parameters under one name.
    Group(ParamGroupSpec),
    /// One parameter.
    Single(ParamSpec),
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParamSpec {
    /// Its name.
    pub name: String,
    /// The type of its elements.
    pub dtype: DataType,
    /// Its value where a call gives none; null has none.
    pub default_value: Value,
    /// Elements by dimension, -1 where that varies; none for a single value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<i64>>,
}

/// Several parameters under one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParamGroupSpec {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub specs: Vec<Parameter>,
    /// Its value where a call gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<Value>,
    /// Groups by dimension, -1 where that varies; none for a single one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<i64>>,
}

impl Parameter {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Parameter::Group(group) => &group.name,
            Parameter::Single(single) => &single.name,
        }
    }

    /// Its type in SQL.
    pub fn sql_type(&self) -> &'static str {
        let (shape, single) = match self {
            Parameter::Group(group) => (&group.shape, DataType::Object),
            Parameter::Single(single) => (&single.shape, single.dtype),
        };
        if shape.as_ref().is_some_and(|shape| !shape.is_empty()) { "ARRAY" } else { single.sql() }
    }

    /// Its value where a call gives none; a group's is made of those of its parameters.
    pub fn default_value(&self) -> Value {
        match self {
            Parameter::Single(single) => single.default_value.clone(),
            Parameter::Group(ParamGroupSpec { default_value: Some(value), .. }) => value.clone(),
            Parameter::Group(group) => {
                Value::Object(group.specs.iter().map(|spec| (spec.name().to_owned(), spec.default_value())).collect())
            }
        }
    }

    /// [`Parameter::default_value`] as the SQL expression that stands in MANIFEST.yml.
    pub fn default_sql(&self) -> String {
        Literal(&self.default_value()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As snowflake-ml-python 2.6.0 writes and types them.
    #[test]
    fn parameters_have_the_forms_of_the_platforms_package() {
        for (yaml, sql, default) in [
            ("name: p\ndtype: INT64\ndefault_value: 3\n", "BIGINT", "3"),
            ("name: q\ndtype: STRING\ndefault_value:\n  - a\nshape:\n  - -1\n", "ARRAY", "['a']"),
            (
                "name: pg\nspecs:\n  - name: z\n    dtype: DOUBLE\n    default_value: 1.5\n",
                "OBJECT",
                "OBJECT_CONSTRUCT_KEEP_NULL('z', 1.5)",
            ),
        ] {
            let parameter: Parameter = crate::yaml::parse(yaml.as_bytes()).unwrap();
            assert_eq!((parameter.sql_type(), parameter.default_sql().as_str()), (sql, default));
            assert_eq!(crate::yaml::emit(&parameter).unwrap(), yaml);
        }
    }
}
