//! Reports as one JSON object; schemas/report.schema.json describes a report.

use serde::Serialize;

use crate::finding::Report;

/// Raised when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Envelope<'a> {
    schema_version: u32,
    tool: &'static str,
    tool_version: &'static str,
    reports: &'a [Report],
}

/// Writes the envelope around all reports.
pub fn render(reports: &[Report]) -> String {
    let envelope = Envelope {
        schema_version: SCHEMA_VERSION,
        tool: "scorepack",
        tool_version: env!("CARGO_PKG_VERSION"),
        reports,
    };
    super::escape_json(&serde_json::to_string_pretty(&envelope).unwrap_or_default()) + "\n"
}
