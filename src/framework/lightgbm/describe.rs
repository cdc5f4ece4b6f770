//! What a booster is: estimator, task, notes.

use serde_json::{Map, Number, Value};

use super::Booster;
use crate::error::Result;
use crate::model::{Estimator, Task};

/// Parameters about the machine, the files and the log of the training run: no hyperparameters, and perhaps private.
const RUN_PARAMETERS: [&str; 31] = [
    "data",
    "valid",
    "num_threads",
    "device_type",
    "deterministic",
    "force_col_wise",
    "force_row_wise",
    "histogram_pool_size",
    "verbosity",
    "saved_feature_importance_type",
    "forcedsplits_filename",
    "forcedbins_filename",
    "is_enable_sparse",
    "enable_bundle",
    "pre_partition",
    "two_round",
    "header",
    "label_column",
    "weight_column",
    "group_column",
    "ignore_column",
    "precise_float_parser",
    "parser_config_file",
    "num_machines",
    "local_listen_port",
    "time_out",
    "machine_list_filename",
    "machines",
    "gpu_platform_id",
    "gpu_device_id",
    "gpu_use_dp",
];

impl Booster {
    /// The boosting method with the training parameters that the file repeats.
    pub fn estimator(&self) -> Estimator {
        let default = if self.header.average_output { "rf" } else { "gbdt" };
        let class = self.parameter("boosting").filter(|name| !name.is_empty()).unwrap_or(default);
        let mut hyperparameters = Map::new();
        hyperparameters.insert("objective".into(), self.header.objective.name.into());
        for (name, value) in &self.parameters {
            let is_run = RUN_PARAMETERS.contains(&name.as_str()) || name.starts_with("gpu_") || name == "num_gpu";
            let is_told = matches!(name.as_str(), "boosting" | "objective");
            if !value.is_empty() && !is_run && !is_told {
                hyperparameters.insert(name.clone(), json(value));
            }
        }
        Estimator { name: String::new(), class: class.to_owned(), hyperparameters, steps: Vec::new() }
    }

    /// What the objective says; a custom objective says nothing.
    pub fn task(&self) -> Task {
        self.header.objective.task
    }

    /// What a person should know.
    pub fn notes(&self) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        if self.header.objective.task == Task::Other {
            notes.push("the objective is the user's own function: `predict` returns the raw sums".to_owned());
        }
        if self.trees.is_empty() {
            notes.push("the model has no trees: every row gets the same answer".to_owned());
        }
        let columns = self.category_columns()?;
        if !columns.is_empty() {
            notes.push(format!(
                "the file lists categories without naming their columns; by order and by `categorical_feature` they \
                 are those of {}",
                columns.join(", ")
            ));
        }
        Ok(notes)
    }
}

/// A parameter as a number where it is one.
fn json(value: &str) -> Value {
    if let Ok(integer) = value.parse::<i64>() {
        return integer.into();
    }
    match value.parse::<f64>().ok().and_then(Number::from_f64) {
        Some(number) => Value::Number(number),
        None => value.into(),
    }
}
