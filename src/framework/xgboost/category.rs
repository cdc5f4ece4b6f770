//! The categories of training: the `cats` section that XGBoost writes from 3.1 on.
//!
//! A category's code is its position in the list. Earlier versions store no names: their input holds the codes.

use crate::encoding::document::{Document, Object};
use crate::error::{Error, Result};
use crate::graph::{GraphBuilder, ValueId};
use crate::model::Category;
use crate::ops::number_lookup::NumberLookup;
use crate::ops::take::Take;
use crate::ops::text_lookup::TextLookup;
use crate::tensor::{Data, ElementType, Matrix};

use super::parameter::only_keys;

/// The names behind the codes of one feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// Texts.
    Texts(Vec<String>),
    /// Integers, each exact as a double.
    Integers(Vec<i64>),
}

/// The types of integer lists in XGBoost's JSON values: int8 to uint64, signed and unsigned in turn.
const INTEGER_TYPES: std::ops::RangeInclusive<i64> = 9..=16;
/// The largest integer below which every one is exact as a double.
const EXACT: u64 = 1 << 53;

/// The names of every feature; none for numbers and for codes without names.
pub fn read(cats: &Document<'_>, n_features: usize) -> Result<Vec<Option<Names>>> {
    let cats = cats.object()?;
    only_keys(cats, &["enc", "feature_segments", "sorted_idx"])?;
    cats.read("enc", |enc| {
        let encoders = enc.items()?;
        if encoders.is_empty() {
            return Ok(vec![None; n_features]);
        }
        if encoders.len() != n_features {
            let message = format!("expected an entry for each of {n_features} features, found {}", encoders.len());
            return Err(Error::malformed("xgboost-model", message));
        }
        let names = |(i, encoder): (usize, &Document<'_>)| {
            encoder.object().and_then(names).map_err(|error| error.at(format!("feature {i}")))
        };
        encoders.iter().enumerate().map(names).collect()
    })
}

fn names(encoder: &Object<'_>) -> Result<Option<Names>> {
    only_keys(encoder, &["type", "offsets", "values"])?;
    if let Some(ty) = encoder.get("type") {
        let ty = ty.integer()?;
        if !INTEGER_TYPES.contains(&ty) {
            return Err(Error::unsupported(
                "unsupported-categories",
                format!("categories of the type {ty} are unknown"),
            )
            .hint("make the categories strings or integers and train again"));
        }
        return encoder.read("values", |values| integers(values.integers()?)).map(|names| Some(Names::Integers(names)));
    }
    let offsets: Vec<usize> = encoder.read("offsets", Document::integers)?;
    let values: Vec<i8> = encoder.read("values", Document::integers)?;
    if offsets.is_empty() && values.is_empty() {
        return Ok(None);
    }
    texts(&offsets, &values).map(|names| Some(Names::Texts(names)))
}

fn integers(values: Vec<i64>) -> Result<Vec<i64>> {
    match values.iter().find(|value| value.unsigned_abs() > EXACT) {
        None => Ok(values),
        Some(value) => Err(Error::unsupported(
            "unsupported-categories",
            format!("the category {value} cannot be told from its neighbours as a double"),
        )),
    }
}

fn texts(offsets: &[usize], values: &[i8]) -> Result<Vec<String>> {
    if values.iter().any(|byte| *byte < 0) {
        let message = "the names of the categories are damaged: XGBoost 3.2 stores names outside ASCII wrongly";
        return Err(Error::unsupported("xgboost-category-names", message)
            .hint("rename the categories with ASCII letters, or train on their codes, and save again"));
    }
    let bytes: Vec<u8> = values.iter().map(|byte| byte.unsigned_abs()).collect();
    let malformed = |message: String| Error::malformed("xgboost-model", message).at("`offsets`");
    if offsets.first() != Some(&0) || offsets.last() != Some(&bytes.len()) {
        return Err(malformed(format!("expected offsets from 0 to {}", bytes.len())));
    }
    let name = |(i, [start, end]): (usize, &[usize; 2])| {
        let name = bytes.get(*start..*end).and_then(|name| std::str::from_utf8(name).ok());
        name.map(str::to_owned).ok_or_else(|| malformed(format!("category {i}: found {start} to {end}")))
    };
    offsets.array_windows().enumerate().map(name).collect()
}

impl Names {
    /// The element type of an input field that holds such names.
    pub fn element(&self) -> ElementType {
        match self {
            Names::Texts(_) => ElementType::Text,
            Names::Integers(_) => ElementType::F64,
        }
    }

    /// The names for people and schemas.
    pub fn categories(&self) -> Vec<Category> {
        match self {
            Names::Texts(names) => names.iter().cloned().map(Category::Text).collect(),
            Names::Integers(names) => names.iter().copied().map(Category::Integer).collect(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Names::Texts(names) => names.len(),
            Names::Integers(names) => names.len(),
        }
    }

    /// The code of a name as f32, NaN for a missing one. A row with any other name is refused: XGBoost 3.2 takes the
    /// next greater name without a word, or refuses the whole batch where there is none.
    pub fn codes(&self, g: &mut GraphBuilder, column: ValueId, feature: &str) -> Result<ValueId> {
        let (missing, unknown) = (self.len() as i64, -1);
        let position = match self {
            Names::Texts(names) => g.apply(TextLookup { entries: names.clone(), missing, unknown }, &[column])?,
            Names::Integers(names) => {
                let keys: Vec<f64> = names.iter().map(|name| *name as f64).collect();
                g.apply(NumberLookup::of(&keys, missing, unknown), &[column])?
            }
        };
        let message = format!("`{feature}` holds a category that was not in the training data");
        let message = format!("{message} (XGBoost 3.2 would silently take the next greater one)");
        g.guard(position, position, message)?;
        let codes = (0..self.len()).map(|code| code as f32).chain([f32::NAN]).collect();
        g.apply(Take { table: Matrix::new(self.len() + 1, 1, Data::F32(codes)) }, &[position])
    }
}
