//! What people are told about a booster: its columns, hyperparameters, task, and what is odd about it.

use serde_json::{Map, Value};

use super::category::Names;
use super::learner::{Booster, BoosterModel, Feature};
use super::parameter::shown;
use super::wrapper::Wrapper;
use crate::model::{Estimator, Field, Task};
use crate::tensor::ElementType;

impl Booster {
    /// The input columns: f32, or the names of categories (text, or integers as f64) where the file has them.
    pub fn fields(&self) -> Vec<Field> {
        let field = |feature: &Feature| Field {
            name: feature.name.clone(),
            element: feature.categories.as_ref().map_or(ElementType::F32, Names::element),
            nullable: true,
            categories: feature.categories.as_ref().map(Names::categories),
        };
        self.features.iter().map(field).collect()
    }

    /// The estimator: the scikit-learn class, or `Booster`.
    pub fn estimator(&self, wrapper: Option<&Wrapper>) -> Estimator {
        let mut hyperparameters = self.hyperparameters();
        for (name, value) in wrapper.iter().flat_map(|wrapper| &wrapper.hyperparameters) {
            hyperparameters.entry(name.clone()).or_insert_with(|| value.clone());
        }
        let class = wrapper.map_or("Booster", |wrapper| &wrapper.class);
        Estimator { name: String::new(), class: class.into(), hyperparameters, steps: Vec::new() }
    }

    /// What the file says of the booster: its kind, objective, sizes and attributes.
    pub fn hyperparameters(&self) -> Map<String, Value> {
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| {
            all.insert(name.to_owned(), value);
        };
        put("booster", self.model.name().into());
        put("objective", self.objective.name.into());
        for (name, text) in &self.objective_parameters {
            put(name, shown(text));
        }
        let scores: Vec<Value> = self.base_score.iter().map(|score| shown(&score.to_string())).collect();
        put("base_score", if let [only] = scores.as_slice() { only.clone() } else { scores.into() });
        if let BoosterModel::Trees(ensemble) = &self.model {
            put("num_parallel_tree", ensemble.num_parallel_tree.into());
            put("boosting_rounds", ensemble.n_rounds().into());
            put("n_trees", ensemble.n_trees().into());
            put("deepest_path", ensemble.forest.depth().into());
        }
        for (name, text) in self.attributes.iter().filter(|(name, _)| name != "scikit_learn") {
            put(name, shown(text));
        }
        all
    }

    /// What the model does.
    pub fn task(&self, wrapper: Option<&Wrapper>) -> Task {
        match self.objective.task(self.n_groups) {
            // A custom objective is saved as a regression's.
            Task::Regression if wrapper.is_some_and(|wrapper| wrapper.is_classifier) => Task::BinaryClassification,
            Task::MultioutputRegression if self.n_classes > 1 => Task::MulticlassClassification,
            task => task,
        }
    }

    /// What a person should know about the answers.
    pub fn notes(&self, wrapped: bool) -> Vec<String> {
        let mut notes = Vec::new();
        if let (BoosterModel::Trees(ensemble), Ok(Some(best))) = (&self.model, self.best_iteration())
            && best.saturating_add(1) < ensemble.n_rounds()
        {
            let rounds = ensemble.n_rounds();
            notes.push(match wrapped {
                true => format!(
                    "best_iteration is {best}: every method stops there, as in the estimator, of {rounds} rounds"
                ),
                false => {
                    format!("best_iteration is {best}, but Booster.predict uses all {rounds} rounds, and so does this")
                }
            });
        }
        if self.has_category_names() {
            let refused = "rows with a category that was not in the training data are refused";
            notes.push(format!("{refused}: XGBoost 3.2 silently takes the next greater one"));
        }
        notes
    }
}
