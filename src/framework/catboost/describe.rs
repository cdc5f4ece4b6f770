//! What people are told about a model: its columns, hyperparameters, and what is odd about it.

use serde_json::Map;

use super::booster::{Booster, Column, ColumnKind};
use crate::model::{Category, Estimator, Field};
use crate::tensor::ElementType;

impl Booster {
    /// The input columns: numbers as float32, categories as text, whatever Python type they had.
    pub fn fields(&self) -> Vec<Field> {
        let field = |column: &Column| Field {
            name: column.name.clone(),
            element: match column.kind {
                ColumnKind::Number(_) | ColumnKind::Unused => ElementType::F32,
                ColumnKind::Category(_) | ColumnKind::Text => ElementType::Text,
            },
            nullable: !matches!(column.kind, ColumnKind::Category(_)),
            categories: self.is_of_booleans(column).then(|| vec![Category::Bool(false), Category::Bool(true)]),
        };
        self.columns.iter().map(field).collect()
    }

    fn is_of_booleans(&self, column: &Column) -> bool {
        matches!(column.kind, ColumnKind::Category(i) if self.categories.get(i).is_some_and(|known| known.holds_booleans))
    }

    /// Whether the model names its columns: else CatBoost numbers them.
    pub fn fields_are_named(&self) -> bool {
        self.columns.iter().enumerate().any(|(i, column)| column.name != i.to_string())
    }

    /// CatBoost's version, where the model says it.
    pub fn version(&self) -> Option<&str> {
        self.info.version.as_deref()
    }

    /// The class with the parameters of the training.
    pub fn estimator(&self, class: &str) -> Estimator {
        let mut hyperparameters = Map::new();
        if let Some(loss) = &self.info.loss {
            hyperparameters.insert("loss_function".into(), loss.name.clone().into());
            hyperparameters.extend(loss.parameters.clone());
        }
        hyperparameters.extend(self.info.hyperparameters.clone());
        hyperparameters.insert("tree_count".into(), self.ensemble.forest.n_trees().into());
        Estimator { name: String::new(), class: class.to_owned(), hyperparameters, steps: Vec::new() }
    }

    /// What a person should know.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let of_booleans = self.columns.iter().filter(|column| self.is_of_booleans(column));
        let booleans: Vec<String> = of_booleans.map(|column| format!("`{}`", column.name)).collect();
        if !booleans.is_empty() {
            notes.push(format!(
                "in {} `True` and `False` are the categories 1 and 0, as CatBoost writes booleans",
                booleans.join(", ")
            ));
        }
        if self.ensemble.forest.n_trees() == 0 {
            notes.push("the model has no trees: every row gets the same answer".to_owned());
        }
        notes
    }
}
