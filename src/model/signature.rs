//! The signature: what a method takes, column by column, as people and platforms declare it.
//!
//! The declared type can differ from the score module's element: an `int64` column is scored as f64, a `category` as
//! text or as a number.

use serde::{Deserialize, Serialize};

use super::{Category, Field, Method, Model, Statistics};
use crate::error::{Error, Result};
use crate::limits;
use crate::tensor::ElementType;

/// The type of a column as declared: pandas' name, or a platform's (`double`, `float`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = with_platform_names)]
pub enum DeclaredType {
    /// Whole numbers of 8 bits.
    Int8,
    /// Whole numbers of 16 bits.
    Int16,
    /// Whole numbers of 32 bits.
    Int32,
    /// Whole numbers of 64 bits.
    Int64,
    /// Whole numbers of 8 bits, none negative.
    Uint8,
    /// Whole numbers of 16 bits, none negative.
    Uint16,
    /// Whole numbers of 32 bits, none negative.
    Uint32,
    /// Whole numbers of 64 bits, none negative.
    Uint64,
    /// Numbers in double precision.
    #[serde(alias = "double")]
    Float64,
    /// Numbers in single precision.
    #[serde(alias = "float")]
    Float32,
    /// True or false.
    Bool,
    /// Text.
    String,
    /// One of some categories: text or numbers.
    Category,
    /// Bytes.
    Bytes,
    /// A date and a time without a time zone.
    #[serde(rename = "timestamp_ntz")]
    TimestampNtz,
    /// A group of named values.
    Object,
}

/// The platforms' names, which are read and not written.
fn with_platform_names(schema: &mut schemars::Schema) {
    if let Some(serde_json::Value::Array(names)) = schema.get_mut("oneOf") {
        for (name, of) in [("double", "float64"), ("float", "float32")] {
            let description = format!("Another name of `{of}`.");
            names.push(serde_json::json!({"description": description, "type": "string", "const": name}));
        }
    }
}

impl DeclaredType {
    /// The name in every file.
    pub const fn name(self) -> &'static str {
        match self {
            DeclaredType::Int8 => "int8",
            DeclaredType::Int16 => "int16",
            DeclaredType::Int32 => "int32",
            DeclaredType::Int64 => "int64",
            DeclaredType::Uint8 => "uint8",
            DeclaredType::Uint16 => "uint16",
            DeclaredType::Uint32 => "uint32",
            DeclaredType::Uint64 => "uint64",
            DeclaredType::Float64 => "float64",
            DeclaredType::Float32 => "float32",
            DeclaredType::Bool => "bool",
            DeclaredType::String => "string",
            DeclaredType::Category => "category",
            DeclaredType::Bytes => "bytes",
            DeclaredType::TimestampNtz => "timestamp_ntz",
            DeclaredType::Object => "object",
        }
    }

    /// What kind of values it holds.
    pub const fn kind(self) -> Kind {
        match self {
            DeclaredType::Int8
            | DeclaredType::Int16
            | DeclaredType::Int32
            | DeclaredType::Int64
            | DeclaredType::Uint8
            | DeclaredType::Uint16
            | DeclaredType::Uint32
            | DeclaredType::Uint64 => Kind::Integer,
            DeclaredType::Float64 | DeclaredType::Float32 => Kind::Number,
            DeclaredType::Bool => Kind::Bool,
            DeclaredType::String => Kind::Text,
            DeclaredType::Category => Kind::Category,
            DeclaredType::Bytes => Kind::Bytes,
            DeclaredType::TimestampNtz => Kind::Timestamp,
            DeclaredType::Object => Kind::Object,
        }
    }

    /// The least and the greatest whole number of this type; none where it is no type of whole numbers.
    pub const fn range(self) -> Option<(i64, u64)> {
        Some(match self {
            DeclaredType::Int8 => (i8::MIN as i64, i8::MAX as u64),
            DeclaredType::Int16 => (i16::MIN as i64, i16::MAX as u64),
            DeclaredType::Int32 => (i32::MIN as i64, i32::MAX as u64),
            DeclaredType::Int64 => (i64::MIN, i64::MAX as u64),
            DeclaredType::Uint8 => (0, u8::MAX as u64),
            DeclaredType::Uint16 => (0, u16::MAX as u64),
            DeclaredType::Uint32 => (0, u32::MAX as u64),
            DeclaredType::Uint64 => (0, u64::MAX),
            _ => return None,
        })
    }

    /// Whether values of this type can stand in a column of the score module.
    pub const fn fits(self, element: ElementType) -> bool {
        match self.kind() {
            Kind::Category => true,
            Kind::Text => matches!(element, ElementType::Text),
            Kind::Integer | Kind::Number | Kind::Bool => !matches!(element, ElementType::Text),
            Kind::Bytes | Kind::Timestamp | Kind::Object => false,
        }
    }

    /// Whether no score module has such a column.
    const fn is_foreign(self) -> bool {
        matches!(self.kind(), Kind::Bytes | Kind::Timestamp | Kind::Object)
    }
}

/// What kind of values a declared type holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// True or false.
    Bool,
    /// Text.
    Text,
    /// One of some categories.
    Category,
    /// Bytes.
    Bytes,
    /// A date and a time.
    Timestamp,
    /// Named values.
    Object,
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
    /// Elements per row by dimension, -1 where that varies; a single value if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Vec<i64>>,
    /// The named values of a group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<SignatureField>,
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
            shape: None,
            fields: Vec::new(),
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
        self.check_declared()?;
        self.inputs.iter().zip(elements).try_for_each(|(field, element)| field.check_fits(*element))
    }

    /// Refuses a signature that no model can have: names twice, shapes that are none, groups that are none.
    pub fn check_declared(&self) -> Result<()> {
        limits::FEATURES.check_len(self.inputs.len())?;
        limits::FEATURES.check_len(self.outputs.len())?;
        check_fields(&self.inputs)?;
        check_fields(&self.outputs)
    }

    /// What a person should know of the columns of the score module: whole numbers that lose digits in them.
    pub fn notes(&self, elements: &[ElementType]) -> Vec<String> {
        let loses = |(field, element): (&SignatureField, &ElementType)| {
            let exact = element.exact_integers()?;
            let (lowest, highest) = field.dtype.range()?;
            (lowest.unsigned_abs().max(highest) > exact).then(|| {
                format!(
                    "column `{}` is declared {} and scored as {element}, as in the framework: whole numbers beyond {exact} lose digits",
                    field.name,
                    field.dtype.name()
                )
            })
        };
        self.inputs.iter().zip(elements).filter_map(loses).collect()
    }
}

fn check_fields(fields: &[SignatureField]) -> Result<()> {
    let mut names = std::collections::HashSet::new();
    for field in fields {
        if !names.insert(field.name.as_str()) {
            return Err(field.refused("two columns have this name"));
        }
        field.check_declared()?;
    }
    Ok(())
}

/// Dimensions of a value.
const MOST_DIMENSIONS: usize = 32;

impl SignatureField {
    fn refused(&self, message: impl Into<String>) -> Error {
        Error::malformed("signature", message).at(format!("`{}`", self.name))
    }

    fn check_declared(&self) -> Result<()> {
        if self.closed && self.categories.is_none() {
            return Err(self.refused("it is closed, but names no categories"));
        }
        let shape = self.shape.as_deref().unwrap_or_default();
        if let Some(extent) = shape.iter().find(|extent| **extent != -1 && **extent < 1) {
            let message = format!("a dimension of its shape is {extent}: expected a size, or -1 where it varies");
            return Err(self.refused(message));
        }
        if self.shape.is_some() && !(1..=MOST_DIMENSIONS).contains(&shape.len()) {
            return Err(
                self.refused(format!("its shape has {} dimensions: expected 1 to {MOST_DIMENSIONS}", shape.len()))
            );
        }
        if !self.fields.is_empty() && self.dtype != DeclaredType::Object {
            let message = format!("only an `object` is a group of named values, and it says {}", self.dtype.name());
            return Err(self.refused(message));
        }
        check_fields(&self.fields).map_err(|error| error.at(format!("`{}`", self.name)))
    }

    fn check_fits(&self, element: ElementType) -> Result<()> {
        if self.shape.is_none() && self.dtype.fits(element) {
            return Ok(());
        }
        let (what, foreign) = match &self.shape {
            Some(_) => ("a list".to_owned(), true),
            None => (self.dtype.name().to_owned(), self.dtype.is_foreign()),
        };
        let error = self.refused(format!("the model takes {element} here, the signature says {what}"));
        Err(match foreign {
            true => error.hint(
                "a score module's columns are single numbers and texts; a model with others is packaged by `--engine native --no-score-module`",
            ),
            false => error,
        })
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
        if ty.is_sparse {
            let description = format!("the columns and values that a row of {} columns stores", ty.width);
            let field = SignatureField::new(output.name.clone(), DeclaredType::Object);
            return vec![SignatureField { description: Some(description), ..field }];
        }
        let names = column_names(&output.name, &output.columns, ty.width);
        names.into_iter().map(|name| SignatureField::new(name, ty.element.into())).collect()
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
    fn what_no_score_module_takes_is_refused_by_name() {
        let shaped = SignatureField { shape: Some(vec![2]), ..SignatureField::new("a", DeclaredType::Float64) };
        let mut fields = vec![(shaped, "a list")];
        for dtype in [DeclaredType::Bytes, DeclaredType::TimestampNtz, DeclaredType::Object] {
            fields.push((SignatureField::new("a", dtype), dtype.name()));
        }
        for (field, what) in fields {
            let signature = Signature { inputs: vec![field], outputs: Vec::new() };
            assert!(signature.check_declared().is_ok());
            let error = signature.check(&[ElementType::F64]).unwrap_err();
            assert_eq!(error.to_string(), format!("the model takes float64 here, the signature says {what}"));
            assert!(error.advice().is_some_and(|hint| hint.contains("--no-score-module")));
        }
    }

    #[test]
    fn every_declared_type_is_read_by_its_names() {
        let names = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float double float32 float64 bool string bytes \
                     timestamp_ntz object category";
        for name in names.split_whitespace() {
            let field: SignatureField = crate::yaml::parse(format!("name: a\ndtype: {name}\n").as_bytes()).unwrap();
            let written = serde_json::to_value(field.dtype).unwrap();
            assert_eq!(written, field.dtype.name());
            assert!(field.dtype.name() == name || matches!(name, "float" | "double"));
        }
        assert!(crate::yaml::parse::<SignatureField>(b"name: a\ndtype: float16\n").is_err());
    }

    #[test]
    fn shapes_and_groups_are_held_to_their_rules() {
        let check = |yaml: &str| {
            let inputs = crate::yaml::parse::<Vec<SignatureField>>(yaml.as_bytes()).unwrap();
            let checked = Signature { inputs, outputs: Vec::new() }.check_declared();
            checked.map_err(|error| (error.place().unwrap_or_default(), error.to_string()))
        };
        assert_eq!(check("[{name: a, dtype: int8, shape: [2, -1]}]"), Ok(()));
        assert_eq!(check("[{name: g, dtype: object, shape: [-1], fields: [{name: a, dtype: bool}]}]"), Ok(()));
        for (yaml, place, message) in [
            ("[{name: a, dtype: int8, shape: [0]}]", "`a`", "a dimension of its shape is 0"),
            ("[{name: a, dtype: int8, shape: [-2]}]", "`a`", "a dimension of its shape is -2"),
            ("[{name: a, dtype: int8, shape: []}]", "`a`", "its shape has 0 dimensions"),
            ("[{name: g, dtype: int8, fields: [{name: a, dtype: bool}]}]", "`g`", "only an `object` is a group"),
            (
                "[{name: g, dtype: object, fields: [{name: a, dtype: bool}, {name: a, dtype: bool}]}]",
                "`g`, `a`",
                "two columns have this name",
            ),
        ] {
            let (found_place, found) = check(yaml).unwrap_err();
            assert_eq!(found_place, place);
            assert!(found.starts_with(message), "{found}");
        }
        let dimensions = |count: usize| format!("[{{name: a, dtype: int8, shape: [{}]}}]", vec!["1"; count].join(", "));
        assert!(check(&dimensions(MOST_DIMENSIONS)).is_ok() && check(&dimensions(MOST_DIMENSIONS + 1)).is_err());
    }

    #[test]
    fn whole_numbers_that_lose_digits_are_told() {
        let notes = |dtype, element| {
            Signature { inputs: vec![SignatureField::new("a", dtype)], outputs: Vec::new() }.notes(&[element]).len()
        };
        assert_eq!(notes(DeclaredType::Int64, ElementType::F64), 1);
        assert_eq!(notes(DeclaredType::Uint64, ElementType::F64), 1);
        assert_eq!(notes(DeclaredType::Uint32, ElementType::F64), 0);
        assert_eq!(notes(DeclaredType::Int32, ElementType::F32), 1);
        assert_eq!(notes(DeclaredType::Int16, ElementType::F32), 0);
        assert_eq!(notes(DeclaredType::Float64, ElementType::F32), 0);
        assert_eq!(notes(DeclaredType::Int64, ElementType::Text), 0);
    }

    #[test]
    fn columns_are_named_by_what_they_mean() {
        assert_eq!(column_names("prediction", &[], 1), ["prediction"]);
        assert_eq!(column_names("probability", &["no".into(), "yes".into()], 2), ["probability_no", "probability_yes"]);
        assert_eq!(column_names("leaf", &[], 2), ["leaf_0", "leaf_1"]);
    }
}
