//! The input columns of a booster: numbers, and categories that are looked up in the lists of the file.

use super::Booster;
use super::categories::{self, Categories, Evidence};
use crate::error::Result;
use crate::graph::{GraphBuilder, ValueId};
use crate::model::{Category, Field};
use crate::ops::number_lookup::NumberLookup;
use crate::ops::take::Take;
use crate::ops::text_lookup::TextLookup;
use crate::tensor::{Data, ElementType, Matrix};

impl Booster {
    /// The columns a user gives, in the order of the model. All may be missing.
    pub fn fields(&self) -> Result<Vec<Field>> {
        let lists = self.category_lists()?;
        let names = self.header.feature_names.iter().zip(lists);
        Ok(names.map(|(name, list)| field(name, list)).collect())
    }

    /// The features for [`Booster::lower`], from the fields `first..` of the graph.
    pub fn input(&self, g: &mut GraphBuilder, first: usize) -> Result<ValueId> {
        let lists = self.category_lists()?;
        let mut parts = Vec::new();
        let mut numbers: Vec<usize> = Vec::new();
        for (i, list) in lists.into_iter().enumerate() {
            let field = first + i;
            match list {
                None => numbers.push(field),
                Some(list) => {
                    flush(g, &mut numbers, &mut parts)?;
                    parts.push(codes(g, field, list)?);
                }
            }
        }
        flush(g, &mut numbers, &mut parts)?;
        g.concat(&parts)
    }

    /// Names of the columns whose categories the file lists.
    pub(super) fn category_columns(&self) -> Result<Vec<&str>> {
        let lists = self.category_lists()?;
        let names = self.header.feature_names.iter().zip(lists);
        Ok(names.filter(|(_, list)| list.is_some()).map(|(name, _)| name.as_str()).collect())
    }

    /// Per column, its list.
    fn category_lists(&self) -> Result<Vec<Option<&Categories>>> {
        let evidence =
            Evidence { infos: &self.header.feature_infos, declared: self.declared_categories(), trees: &self.trees };
        let columns = categories::columns_of(&self.categories, &evidence)?;
        let mut lists = vec![None; self.header.n_features()];
        for (column, list) in columns.into_iter().zip(&self.categories) {
            lists[column] = Some(list);
        }
        Ok(lists)
    }

    /// `[categorical_feature: 4,5]`; by name (`name:city`) only from the command line, which knows no pandas.
    fn declared_categories(&self) -> Option<Vec<usize>> {
        let value = self.parameter("categorical_feature")?;
        value.split(',').filter(|column| !column.is_empty()).map(|column| column.trim().parse().ok()).collect()
    }
}

fn field(name: &str, list: Option<&Categories>) -> Field {
    let (element, categories) = match list {
        None => (ElementType::F64, None),
        Some(Categories::Text(texts)) => (ElementType::Text, Some(texts.iter().cloned().map(Category::Text).collect())),
        Some(Categories::Numbers(_, categories)) => (ElementType::F64, Some(categories.clone())),
    };
    Field { name: name.to_owned(), element, nullable: true, categories }
}

/// The numbers collected so far, as one part.
fn flush(g: &mut GraphBuilder, numbers: &mut Vec<usize>, parts: &mut Vec<ValueId>) -> Result<()> {
    if !numbers.is_empty() {
        parts.push(g.input(std::mem::take(numbers))?);
    }
    Ok(())
}

/// The code of a category, f64; NaN for a missing or unseen one, as pandas gives it.
fn codes(g: &mut GraphBuilder, field: usize, list: &Categories) -> Result<ValueId> {
    const ABSENT: i64 = -1;
    let value = g.input(vec![field])?;
    let position = match list {
        Categories::Text(texts) => {
            g.apply(TextLookup { entries: texts.clone(), missing: ABSENT, unknown: ABSENT }, &[value])?
        }
        Categories::Numbers(numbers, _) => g.apply(NumberLookup::of(numbers, ABSENT, ABSENT), &[value])?,
    };
    let codes: Vec<f64> = (0..list.len()).map(|code| code as f64).chain([f64::NAN]).collect();
    g.apply(Take { table: Matrix::new(codes.len(), 1, Data::F64(codes)) }, &[position])
}
