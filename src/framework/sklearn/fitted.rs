//! A fitted estimator as its pickle holds it: the class, constructor parameters and fitted attributes by name.

use super::estimators;
use super::lowering::Lowering;
use super::refused::Refusal;
use crate::encoding::pickle::View;
use crate::error::{Error, Result};
use crate::tensor::ElementType;

/// A value of the pickle, mostly an estimator.
pub type Fitted<'a> = View<'a>;

/// What lowerings ask of an estimator. Attributes missing in older versions have a default.
pub trait Attributes<'a>: Copy {
    /// The name of its class without the module.
    fn class_name(self) -> &'a str;

    /// Its public package: `sklearn.preprocessing` of `sklearn.preprocessing._data.StandardScaler`.
    fn package(self) -> String;

    /// Its row in the table.
    fn lowering(self) -> Option<&'static Lowering>;

    /// Whether it is the word (or the `None`) that stands for "change nothing".
    fn is_passthrough(self) -> bool;

    /// The attribute `name`, unless it is absent or `None`.
    fn present(self, name: &str) -> Option<Fitted<'a>>;

    /// A bool, `default` where the attribute is absent.
    fn flag(self, name: &str, default: bool) -> Result<bool>;

    /// A number, `default` where the attribute is absent.
    fn number_or(self, name: &str, default: f64) -> Result<f64>;

    /// A word such as `strategy="mean"`, `default` where the attribute is absent.
    fn word(self, name: &str, default: &str) -> Result<String>;

    /// A vector of exactly `len` numbers; Snowpark ML keeps them in a dict by the names in `input_cols`.
    fn floats(self, name: &str, len: usize) -> Result<Vec<f64>>;

    /// The number of columns it was fitted on.
    fn n_features(self) -> Result<usize>;

    /// The error that this variant of the class is refused.
    fn refused(self, refusal: &Refusal) -> Error;

    /// The error that a parameter's value is not one that can be compiled.
    fn unsupported_parameter(self, name: &str, expected: &str) -> Error;
}

impl<'a> Attributes<'a> for Fitted<'a> {
    fn class_name(self) -> &'a str {
        self.class().map_or("", |(_, class)| class)
    }

    fn package(self) -> String {
        let module = self.class().map_or("", |(module, _)| module);
        module.split('.').take(2).collect::<Vec<_>>().join(".")
    }

    fn lowering(self) -> Option<&'static Lowering> {
        estimators::find(&self.package(), self.class_name())
    }

    fn is_passthrough(self) -> bool {
        self.is_none() || self.plain_str() == Some("passthrough")
    }

    fn present(self, name: &str) -> Option<Fitted<'a>> {
        self.optional(name).filter(|value| !value.is_none())
    }

    fn flag(self, name: &str, default: bool) -> Result<bool> {
        match self.optional(name) {
            Some(value) => value.as_bool(),
            None => Ok(default),
        }
    }

    fn number_or(self, name: &str, default: f64) -> Result<f64> {
        match self.optional(name) {
            Some(value) => value.as_f64(),
            None => Ok(default),
        }
    }

    fn word(self, name: &str, default: &str) -> Result<String> {
        match self.optional(name) {
            Some(value) => Ok(value.as_str()?.into_owned()),
            None => Ok(default.to_owned()),
        }
    }

    fn floats(self, name: &str, len: usize) -> Result<Vec<f64>> {
        if let Some(columns) = self.present("input_cols")
            && let Some(by_name) = by_name(self, name)
        {
            let number = |column: Fitted<'a>| {
                let column = column.as_str()?;
                by_name
                    .get(&column)
                    .ok_or_else(|| by_name.error(format!("no number for the column `{column}`")))?
                    .as_f64()
            };
            let numbers: Vec<f64> = columns.items()?.into_iter().map(number).collect::<Result<_>>()?;
            return if numbers.len() == len {
                Ok(numbers)
            } else {
                Err(by_name.error(format!("expected {len} numbers")))
            };
        }
        let attribute = self.attribute(name)?;
        let array = attribute.array()?;
        array.expect_shape(&[len])?;
        array.to_f64()
    }

    fn n_features(self) -> Result<usize> {
        match self.present("input_cols").filter(|_| self.package() == "snowflake.ml") {
            Some(columns) => Ok(columns.items()?.len()),
            None => self.attribute("n_features_in_")?.as_usize(),
        }
    }

    fn refused(self, refusal: &Refusal) -> Error {
        let Refusal { what, why } = refusal;
        let message = format!("`{}` with `{what}` cannot be compiled: {why}", self.class_name());
        self.located(Error::unsupported("unsupported-parameter", message))
    }

    fn unsupported_parameter(self, name: &str, expected: &str) -> Error {
        let found = self.optional(name).map_or_else(|| "nothing".to_owned(), shown);
        let message = format!("`{}` with `{name}={found}` cannot be compiled: expected {expected}", self.class_name());
        self.located(Error::unsupported("unsupported-parameter", message))
    }
}

/// The dict in which Snowpark ML keeps a number per column: `scale_`, or `_scale` behind a property of that name.
fn by_name<'a>(estimator: Fitted<'a>, name: &str) -> Option<Fitted<'a>> {
    let private = format!("_{}", name.trim_end_matches('_'));
    [name, &private].into_iter().find_map(|name| estimator.present(name)).filter(|value| value.is_dict())
}

/// A parameter's value as Python writes it, or what it is.
fn shown(value: Fitted<'_>) -> String {
    use crate::encoding::array::Cell;
    match value.cell() {
        Cell::None => "None".to_owned(),
        Cell::Bool(truth) => if truth { "True" } else { "False" }.to_owned(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Str(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

/// The element type that a `dtype` parameter names: `numpy.float32`, `'float64'`, `dtype('int64')`.
pub fn element_of(value: Fitted<'_>) -> Result<ElementType> {
    use crate::encoding::array::{DType, Kind};
    let named = value.global().map(|(_, name)| name.to_owned()).or_else(|| value.plain_str().map(str::to_owned));
    let (kind, bytes) = match named.as_deref() {
        Some("float" | "float64" | "double" | "float_" | "Float64DType") => (Kind::Float, 8),
        Some("float32" | "single" | "Float32DType") => (Kind::Float, 4),
        Some("int" | "int_" | "int64" | "intp" | "longlong") => (Kind::Int, 8),
        Some("int8" | "int16" | "int32") => (Kind::Int, 4),
        Some("uint8" | "uint16" | "uint32") => (Kind::Uint, 4),
        Some("bool" | "bool_") => (Kind::Bool, 1),
        Some(other) => match DType::parse(other) {
            Some(dtype) => (dtype.kind, dtype.item_bytes),
            None => return Err(value.wrong("a numeric dtype")),
        },
        None => {
            let dtype = value.dtype()?;
            (dtype.kind, dtype.item_bytes)
        }
    };
    match (kind, bytes) {
        (Kind::Float, 8) => Ok(ElementType::F64),
        (Kind::Float, 4) => Ok(ElementType::F32),
        (Kind::Int, _) | (Kind::Uint, 1..=4) => Ok(ElementType::I64),
        (Kind::Bool, _) => Ok(ElementType::Bool),
        _ => Err(value.wrong("a dtype of float32, float64, int64 or bool")),
    }
}
