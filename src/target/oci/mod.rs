//! OCI Data Science: what its model catalog and deployments ask of an artifact, before it is uploaded.

mod environment;
mod files;
mod ignored;
mod imports;
mod introspection;
mod metadata;
mod modules;
mod runtime;
mod script;
mod sizes;

#[cfg(test)]
mod tests;

use super::introspection::{Asker, Evidence, results};
use super::rules::{ModelRule, Rule, TimeRule};
use super::{Introspection, Naming, PlatformLimit, Profile, Target};
use crate::generate::{FileKind, Layout, ModelPlace};

/// OCI Data Science.
pub static TARGET: Target = Target {
    name: "oci",
    title: "OCI Data Science",
    layouts: &[Layout { name: "oci", folder: "", model: ModelPlace::Beside, files: FILES }],
    naming: Naming { name: str::to_owned, version: |_| "1".into() },
    registration: &["metrics"],
    payload_forms: &super::PayloadForm::ALL,
    profiles: PROFILES,
    introspection: Some(&INTROSPECTION),
    rules: RULES,
    server_rules: &[],
    model_rules: MODEL_RULES,
    time_rule: Some(&TIME_RULE),
};

/// The catalog stores the results of the platform's tests, not of ours.
static INTROSPECTION: Introspection = Introspection {
    tests: introspection::TESTS,
    results: |files| {
        results(introspection::TESTS, &Evidence::of_files(files), &[Asker::Platform, Asker::FormerPlatform])
    },
};

static FILES: &[FileKind] = &[
    FileKind::ScoreScript,
    FileKind::Runtime,
    FileKind::InputSchema,
    FileKind::OutputSchema,
    FileKind::RequestSchema,
    FileKind::ResponseSchema,
    FileKind::Requirements,
    FileKind::Conda,
    FileKind::Metadata,
    FileKind::Readme,
    FileKind::ModelIgnore,
    FileKind::FileList,
];

static PROFILES: &[Profile] = &[Profile {
    name: "oci-2026",
    limits: &[
        limit("console-bytes", 100_000_000, "bytes", "what the console uploads"),
        limit("direct-bytes", 2_147_483_648, "bytes", "what an upload in one request takes"),
        limit("large-bytes", 400_000_000_000, "bytes", "what an upload through Object Storage takes"),
        limit("metadata-bytes", 32_000, "bytes", "all metadata together"),
        limit("custom-value-chars", 255, "characters", "a value of the custom metadata"),
        limit("description-chars", 255, "characters", "a description, of the model or of custom metadata"),
        limit("schema-bytes", 32_000, "bytes", "the input and output schema together"),
        limit("schema-columns", 2_000, "columns", "the columns of a schema"),
        limit("payload-bytes", 10_000_000, "bytes", "a request to the endpoint"),
        limit("call-seconds", 60, "seconds", "the time until the endpoint answers"),
    ],
}];

const fn limit(name: &'static str, value: u64, unit: &'static str, bounds: &'static str) -> PlatformLimit {
    PlatformLimit { name, value, unit, bounds }
}

static MODEL_RULES: &[ModelRule] = &[
    ModelRule {
        code: "oci-console-size",
        title: "the model fits an upload by the console",
        limit: "console-bytes",
        measure: |_, bytes| bytes,
    },
    ModelRule {
        code: "oci-schema-columns",
        title: "the schema has no more columns than the platform shows",
        limit: "schema-columns",
        measure: |model, _| model.fields.len() as u64,
    },
];

static RULES: &[Rule] = &[
    Rule { code: "oci-engine-runtime", title: "the environment can run score.py", check: sizes::engine_runtime },
    Rule { code: "oci-metadata", title: "the metadata are what the catalog takes", check: metadata::items },
    Rule { code: "oci-console-size", title: "the artifact fits an upload by the console", check: sizes::console },
    Rule { code: "oci-upload-size", title: "the artifact fits a direct upload", check: sizes::direct },
    Rule { code: "oci-large-size", title: "the artifact fits an upload through Object Storage", check: sizes::large },
    Rule { code: "oci-metadata-size", title: "the metadata fit the catalog", check: metadata::size },
    Rule { code: "oci-custom-value", title: "every custom value fits the catalog", check: metadata::custom_values },
    Rule { code: "oci-description", title: "every description fits the catalog", check: metadata::descriptions },
    Rule { code: "oci-schema-size", title: "both schemas fit the catalog", check: sizes::schemas },
    Rule {
        code: "oci-schema-columns",
        title: "the schema has no more columns than the platform shows",
        check: sizes::columns,
    },
    Rule { code: "oci-payload", title: "a request holds at least one row", check: sizes::payload },
];

static TIME_RULE: TimeRule =
    TimeRule { code: "oci-call-time", title: "a request of the largest size is answered in time", check: sizes::call };
