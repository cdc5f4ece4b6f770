//! What an artifact is made of, as a bill of materials (CycloneDX 1.7): the model with its card, every file with its
//! digest, and the Python packages that it asks for.
//!
//! All of it stands in the artifact; its serial number is a digest of the rest, so the same artifact gives the same bytes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::artifact::pins::{Pin, Pins};
use crate::artifact::{Artifact, Digest, MANIFEST, Manifest, PartitionIndex, sha256};
use crate::error::{Error, Result};
use crate::model::{SignatureField, Task};
use crate::requirement::{Operator, normalize};

const SCHEMA: &str = "http://cyclonedx.org/schema/bom-1.7.schema.json";
/// What the model is called inside of the document.
const MODEL: &str = "model";

/// The bill of an artifact whose files are the listed ones. A time is written where one is given.
pub fn bill_of_materials(artifact: &Artifact, pins: &Pins, time: Option<&str>) -> Result<Vec<u8>> {
    let libraries = libraries(artifact, pins);
    let mut tool = json!({"type": "application", "name": "scorepack", "version": env!("CARGO_PKG_VERSION")});
    tool["bom-ref"] = json!("scorepack");
    let mut metadata = json!({});
    if let Some(time) = time {
        metadata["timestamp"] = json!(time);
    }
    metadata["tools"] = json!({"components": [tool]});
    metadata["component"] = model(artifact);
    let references: Vec<&String> = libraries.keys().collect();
    let mut bill = json!({
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "version": 1,
        "metadata": metadata,
        "components": libraries.values().collect::<Vec<_>>(),
        "dependencies": [{"ref": MODEL, "dependsOn": references}],
        // Every file is listed; what the packages themselves ask for only their index knows.
        "compositions": [
            {"aggregate": "complete", "assemblies": [MODEL]},
            {"aggregate": "incomplete", "dependencies": [MODEL]},
        ],
    });
    bill["serialNumber"] = json!(serial_number(&sha256(&written(&bill)?)));
    written(&bill)
}

fn written(bill: &Value) -> Result<Vec<u8>> {
    let text = serde_json::to_vec_pretty(bill);
    let mut text = text.map_err(|error| Error::internal(format!("the bill of materials is no JSON: {error}")))?;
    text.push(b'\n');
    Ok(text)
}

/// A UUID of version 8 (RFC 9562): the first bits of a digest.
fn serial_number(digest: &Digest) -> String {
    let mut bits = digest.bytes().iter().take(16).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    bits = bits & !(0xf << 76) | 8 << 76;
    bits = bits & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// The model: its card, and every file of the artifact as a part of it.
fn model(artifact: &Artifact) -> Value {
    let manifest = &artifact.manifest;
    let identity = &manifest.artifact;
    let mut model = json!({
        "type": "machine-learning-model",
        "bom-ref": MODEL,
        "name": identity.name,
        "version": identity.version,
    });
    if let Some(description) = &identity.description {
        model["description"] = json!(description);
    }
    // Of many models none is the model: their files stand below.
    if let Some(file) = manifest.file(&manifest.model.file).filter(|_| manifest.partitions.is_none()) {
        model["hashes"] = hashes(&file.sha256);
    }
    if let Some(url) = manifest.provenance.as_ref().and_then(|origin| origin.repository.as_ref()) {
        // Addresses as `git@host:path` are no URLs.
        if url.starts_with("https://") {
            model["externalReferences"] = json!([{"type": "vcs", "url": url}]);
        }
    }
    model["modelCard"] = card(manifest);
    model["properties"] = properties(artifact);
    model["components"] = Value::Array(files(artifact));
    model
}

fn hashes(sha256: &Digest) -> Value {
    json!([{"alg": "SHA-256", "content": sha256}])
}

fn property(name: &str, value: impl std::fmt::Display) -> Value {
    json!({"name": format!("scorepack:{name}"), "value": value.to_string()})
}

fn properties(artifact: &Artifact) -> Value {
    let manifest = &artifact.manifest;
    let framework = &manifest.model.framework;
    let mut found = vec![
        property("artifact-digest", format!("sha256:{}", artifact.digest)),
        property("target", &manifest.artifact.target),
        property("encoding", &manifest.model.encoding),
        property("framework", &framework.name),
    ];
    found.extend(framework.version.as_ref().map(|version| property("framework-version", version)));
    found.extend(manifest.provenance.as_ref().map(|origin| property("commit", &origin.commit)));
    if let Some(partitions) = &manifest.partitions {
        found.push(property("partition-by", &partitions.column));
        found.push(property("partitions", partitions.count));
    }
    Value::Array(found)
}

/// What is known of the model, and nothing else: no claim on its training or its use.
fn card(manifest: &Manifest) -> Value {
    let mut parameters = json!({});
    if let Some(approach) = approach(manifest.model.task) {
        parameters["approach"] = json!({"type": approach});
    }
    parameters["task"] = serde_json::to_value(manifest.model.task).unwrap_or_default();
    parameters["modelArchitecture"] = json!(manifest.model.estimator.class);
    parameters["inputs"] = columns(&manifest.signature.inputs);
    parameters["outputs"] = columns(&manifest.signature.outputs);
    let mut card = json!({"modelParameters": parameters});
    let metrics = manifest.registration.metrics.iter().filter(|(_, value)| value.is_number());
    let metrics: Vec<Value> = metrics.map(|(name, value)| json!({"type": name, "value": value.to_string()})).collect();
    if !metrics.is_empty() {
        card["quantitativeAnalysis"] = json!({"performanceMetrics": metrics});
    }
    if !manifest.notes.is_empty() {
        card["considerations"] = json!({"technicalLimitations": manifest.notes});
    }
    card
}

/// How a model of a task learns, where the task alone tells.
fn approach(task: Task) -> Option<&'static str> {
    match task {
        Task::BinaryClassification
        | Task::MulticlassClassification
        | Task::MultilabelClassification
        | Task::Regression
        | Task::MultioutputRegression
        | Task::Ranking
        | Task::Survival => Some("supervised"),
        Task::Clustering => Some("unsupervised"),
        Task::AnomalyDetection | Task::Transformation | Task::Other => None,
    }
}

/// Columns by name and type, as a card lists formats.
fn columns(fields: &[SignatureField]) -> Value {
    let format = |field: &SignatureField| {
        let missing = if field.nullable { ", may be missing" } else { "" };
        json!({"format": format!("{}: {}{missing}", field.name, field.dtype.name())})
    };
    fields.iter().map(format).collect()
}

fn files(artifact: &Artifact) -> Vec<Value> {
    let manifest = &artifact.manifest;
    let file = |path: &str, sha256: &Digest| json!({"type": "file", "bom-ref": format!("file:{path}"), "name": path, "hashes": hashes(sha256)});
    let mut found = vec![file(MANIFEST, &artifact.digest)];
    for entry in &manifest.files {
        let mut listed = file(&entry.path, &entry.sha256);
        let role = serde_json::to_value(entry.role).unwrap_or_default();
        let mut told = vec![property("role", role.as_str().unwrap_or_default())];
        if entry.edited {
            told.push(property("edited", true));
        }
        listed["properties"] = Value::Array(told);
        found.push(listed);
    }
    let indexed = artifact.partitions.as_ref().map(PartitionIndex::files).unwrap_or_default();
    found.extend(indexed.values().map(|entry| file(&entry.path, &entry.sha256)));
    found
}

/// The interpreter and the packages by what they are called here, each once.
fn libraries(artifact: &Artifact, pins: &Pins) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let python = &artifact.manifest.environment.python_version;
    if !python.is_empty() {
        let reference = format!("python@{python}");
        let value = json!({"type": "platform", "bom-ref": reference, "name": "python", "version": python});
        found.insert(reference, value);
    }
    for pin in pins.pins.iter().filter(|pin| !pin.is_python()) {
        let (reference, value) = library(pin);
        found.entry(reference).or_insert(value);
    }
    found
}

fn library(pin: &Pin) -> (String, Value) {
    let requirement = &pin.requirement;
    let name = normalize(requirement.name());
    let version = match requirement.specifiers() {
        [only] if only.operator() == Operator::Equal => only.version().map(ToString::to_string),
        _ => None,
    };
    let kind = if pin.by_conda { "conda" } else { "pypi" };
    let mut purl = format!("pkg:{kind}/{}", escaped(&name));
    if let Some(version) = &version {
        purl.push_str(&format!("@{}", escaped(version)));
    }
    if let Some(channel) = requirement.channel() {
        purl.push_str(&format!("?channel={}", escaped(channel)));
    }
    // Requirements that leave the version open differ in what they leave open.
    let reference = if version.is_some() { purl.clone() } else { format!("{purl}#{requirement}") };
    let mut library = json!({"type": "library", "bom-ref": reference, "name": name});
    if let Some(version) = version {
        library["version"] = json!(version);
    }
    library["purl"] = json!(purl);
    library["properties"] = json!([property("requirement", requirement)]);
    (reference, library)
}

/// A part of a package URL: what is neither a letter, a digit nor one of `.-_~` as `%XX`.
fn escaped(part: &str) -> String {
    let mut text = String::new();
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirement::Requirement;

    #[test]
    fn serial_numbers_are_uuids_of_version_8() {
        let digest = Digest::from_bytes([0xff; 32]);
        assert_eq!(serial_number(&digest), "urn:uuid:ffffffff-ffff-8fff-bfff-ffffffffffff");
        let digest = Digest::from_bytes(std::array::from_fn(|place| place as u8));
        assert_eq!(serial_number(&digest), "urn:uuid:00010203-0405-8607-8809-0a0b0c0d0e0f");
    }

    #[test]
    fn packages_have_their_urls() {
        for (text, by_conda, reference, purl) in [
            ("Scikit_Learn==1.9.0", false, "pkg:pypi/scikit-learn@1.9.0", "pkg:pypi/scikit-learn@1.9.0"),
            ("torch==2.1+cu118", false, "pkg:pypi/torch@2.1%2Bcu118", "pkg:pypi/torch@2.1%2Bcu118"),
            ("numpy>=1,<3", false, "pkg:pypi/numpy#numpy<3,>=1", "pkg:pypi/numpy"),
            ("numpy==1.*", false, "pkg:pypi/numpy#numpy==1.*", "pkg:pypi/numpy"),
            (
                "conda-forge::numpy==1.26.4",
                true,
                "pkg:conda/numpy@1.26.4?channel=conda-forge",
                "pkg:conda/numpy@1.26.4?channel=conda-forge",
            ),
        ] {
            let requirement = if by_conda { Requirement::parse_conda(text) } else { Requirement::parse(text) };
            let pin = Pin { requirement: requirement.unwrap(), file: String::new(), line: None, by_conda };
            let (found, library) = library(&pin);
            assert_eq!((found.as_str(), library["purl"].as_str()), (reference, Some(purl)));
        }
    }
}
