//! What the platform calls a model's task.

use crate::error::{Error, Result};
use crate::model::Task;

/// A task under the platform's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PlatformTask {
    Unknown,
    TabularBinaryClassification,
    TabularMultiClassification,
    TabularRegression,
    TabularRanking,
}

impl PlatformTask {
    /// Every task.
    pub const ALL: [PlatformTask; 5] = [
        PlatformTask::Unknown,
        PlatformTask::TabularBinaryClassification,
        PlatformTask::TabularMultiClassification,
        PlatformTask::TabularRegression,
        PlatformTask::TabularRanking,
    ];

    /// The platform's name.
    pub const fn name(self) -> &'static str {
        match self {
            PlatformTask::Unknown => "UNKNOWN",
            PlatformTask::TabularBinaryClassification => "TABULAR_BINARY_CLASSIFICATION",
            PlatformTask::TabularMultiClassification => "TABULAR_MULTI_CLASSIFICATION",
            PlatformTask::TabularRegression => "TABULAR_REGRESSION",
            PlatformTask::TabularRanking => "TABULAR_RANKING",
        }
    }

    /// The task of this name, in any case.
    pub fn parse(name: &str) -> Result<Self> {
        PlatformTask::ALL.into_iter().find(|task| task.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            let known = PlatformTask::ALL.map(PlatformTask::name).join(", ");
            Error::usage("snowflake-task", format!("`{name}` is no task of the platform"))
                .hint(format!("its tasks are {known}"))
        })
    }

    /// What a model's task is called.
    ///
    /// A count, a survival time, a risk and a probability as target (`count:poisson`, `survival:*`, `cross_entropy`) are
    /// numbers, and so are several of them. Several labels are none of the platform's classifications, each of which
    /// has one answer per row.
    pub const fn of(task: Task) -> Self {
        match task {
            Task::BinaryClassification => PlatformTask::TabularBinaryClassification,
            Task::MulticlassClassification => PlatformTask::TabularMultiClassification,
            Task::Regression | Task::MultioutputRegression | Task::Survival => PlatformTask::TabularRegression,
            Task::Ranking => PlatformTask::TabularRanking,
            Task::MultilabelClassification
            | Task::Clustering
            | Task::AnomalyDetection
            | Task::Transformation
            | Task::Other => PlatformTask::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_found_by_their_names() {
        for task in PlatformTask::ALL {
            assert_eq!(PlatformTask::parse(&task.name().to_lowercase()).unwrap(), task);
        }
        assert_eq!(PlatformTask::parse("REGRESSION").unwrap_err().code(), "snowflake-task");
    }
}
