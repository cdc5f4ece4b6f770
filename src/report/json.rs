//! Reports as one JSON object; schemas/report.schema.json describes a report.

use serde::Serialize;

use crate::diff::Comparison;
use crate::finding::Report;

/// Raised when a field changes its meaning or goes.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Envelope<'a> {
    schema_version: u32,
    tool: &'static str,
    tool_version: &'static str,
    #[serde(flatten)]
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Content<'a> {
    Reports(&'a [Report]),
    Comparison(&'a Comparison),
}

/// Writes the envelope around all reports.
pub fn render(reports: &[Report]) -> String {
    envelope(Content::Reports(reports))
}

/// Writes the envelope around a comparison; schemas/comparison.schema.json describes it.
pub fn render_comparison(comparison: &Comparison) -> String {
    envelope(Content::Comparison(comparison))
}

fn envelope(content: Content<'_>) -> String {
    let tool_version = env!("CARGO_PKG_VERSION");
    let envelope = Envelope { schema_version: SCHEMA_VERSION, tool: "scorepack", tool_version, content };
    super::escape_json(&serde_json::to_string_pretty(&envelope).unwrap_or_default()) + "\n"
}
