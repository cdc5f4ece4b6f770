//! The proofs of an artifact, one file each. All of them are reported, not only the failures.

pub mod compare;
mod digests;
pub mod environment;
mod framework;
pub mod generated_rows;
pub mod nullability;
mod partitions;
mod payload;
mod recompile;
pub mod rows;
mod sandbox_rows;
pub mod signature;

use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::abi::{Abi, Block};
use crate::artifact::{Artifact, Manifest, SampleEntry};
use crate::data::{Format, InputFields, Rows};
use crate::environment::PythonEnvironment;
use crate::error::{Error, Result};
use crate::finding::{Finding, Proof, Report};
use crate::framework::{self as frameworks, Source};
use crate::limits;
use crate::model::Model;
use crate::sandbox::Scorer;
use compare::Expected;

/// What one proof gives.
#[derive(Debug)]
pub struct ProofResult {
    /// The proof; an error among the findings makes it fail.
    pub proof: Proof,
    /// What it found.
    pub findings: Vec<Finding>,
}

impl ProofResult {
    fn without_findings(proof: Proof) -> Self {
        ProofResult { proof, findings: Vec::new() }
    }
}

/// One row of [`PROOFS`].
#[derive(Debug)]
pub struct ProofKind {
    /// The name in reports and for `--require`.
    pub name: &'static str,
    /// Whether it was asked for.
    is_asked: fn(&Context<'_>) -> bool,
    prove: fn(&mut Context<'_>) -> Result<ProofResult>,
}

/// Every proof, in the order in which they run.
pub static PROOFS: &[ProofKind] = &[
    ProofKind { name: digests::NAME, is_asked: always, prove: digests::prove },
    ProofKind { name: recompile::NAME, is_asked: always, prove: recompile::prove },
    ProofKind { name: sandbox_rows::NAME, is_asked: always, prove: sandbox_rows::prove },
    ProofKind { name: nullability::NAME, is_asked: always, prove: nullability::prove },
    ProofKind { name: framework::NAME, is_asked: always, prove: framework::prove },
    ProofKind { name: payload::NAME, is_asked: always, prove: payload::prove },
    ProofKind { name: environment::NAME, is_asked: |context| context.environment.is_some(), prove: environment::prove },
    ProofKind { name: signature::NAME, is_asked: |context| context.signature.is_some(), prove: signature::prove },
];

fn always(_: &Context<'_>) -> bool {
    true
}

/// Starts a score module: in this process when it is ours, in a child when it comes from outside.
pub type Start<'a> = &'a (dyn Fn(&[u8]) -> Result<Box<dyn Scorer>> + Sync);

/// What a run of `verify` is asked besides the artifact itself.
#[derive(Debug, Default)]
pub struct Questions<'a> {
    /// The digest that the artifact must have.
    pub digest: Option<&'a str>,
    /// Further rows.
    pub data: Option<Document>,
    /// The framework's outputs for them, or for the artifact's sample.
    pub expected: Option<Document>,
    /// The method that `expected` holds, where it is not one JSON object of methods.
    pub method: Option<&'a str>,
    /// Where the artifact is to run.
    pub environment: Option<PythonEnvironment>,
    /// A signature of the artifact.
    pub signature: Option<signature::Question>,
    /// Proofs that must pass.
    pub require: Vec<&'a str>,
}

/// A file that was read whole.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its name in messages.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What the proofs share; read once, when first needed.
pub struct Context<'a> {
    artifact: &'a Artifact,
    manifest: Manifest,
    start: Start<'a>,
    wanted_digest: Option<&'a str>,
    expected: Option<Expected>,
    environment: Option<PythonEnvironment>,
    signature: Option<signature::Question>,
    data: Option<Block>,
    model: Option<Rc<Model>>,
    wasm: Option<Rc<Vec<u8>>>,
    scorer: Option<Box<dyn Scorer>>,
    sample: Option<Option<Block>>,
    thousand_rows: Option<Duration>,
    /// The partition that is looked at, of an artifact that holds several models.
    part: Option<Part>,
}

/// What an artifact stores of one partition.
#[derive(Debug, Default)]
struct Part {
    /// Its rows, without the column.
    records: Vec<Value>,
    /// The outputs for them.
    outputs: Option<Expected>,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

impl<'a> Context<'a> {
    fn new(artifact: &'a Artifact, manifest: Manifest, start: Start<'a>) -> Self {
        Context {
            artifact,
            manifest,
            start,
            wanted_digest: None,
            expected: None,
            environment: None,
            signature: None,
            data: None,
            model: None,
            wasm: None,
            scorer: None,
            sample: None,
            thousand_rows: None,
            part: None,
        }
    }

    /// A member of the artifact.
    fn read(&self, name: &str) -> Result<Vec<u8>> {
        self.artifact.store.read(name, limits::MEMBER_BYTES.value())
    }

    /// The bundled model, read again.
    fn model(&mut self) -> Result<Rc<Model>> {
        if self.model.is_none() {
            let name = self.manifest.model.file.clone();
            let bytes = self.read(&name)?;
            self.model = Some(Rc::new(frameworks::read(Source { name: &name, bytes: &bytes })?));
        }
        self.model.clone().ok_or_else(|| Error::internal("no model"))
    }

    /// The bundled score module.
    fn wasm(&mut self) -> Result<Rc<Vec<u8>>> {
        if self.wasm.is_none() {
            let entry = self.manifest.score_module.as_ref().ok_or_else(|| Error::internal("no score module"))?;
            self.wasm = Some(Rc::new(self.read(&entry.file)?));
        }
        self.wasm.clone().ok_or_else(|| Error::internal("no score module"))
    }

    /// The bundled score module, started.
    fn scorer(&mut self) -> Result<&mut dyn Scorer> {
        if self.scorer.is_none() {
            let wasm = self.wasm()?;
            self.scorer = Some((self.start)(&wasm)?);
        }
        match &mut self.scorer {
            Some(scorer) => Ok(scorer.as_mut()),
            None => Err(Error::internal("no score module")),
        }
    }

    /// The stored rows, if the artifact stores any.
    fn sample(&mut self) -> Result<Option<Block>> {
        if self.sample.is_none() {
            let block = match self.manifest.sample.clone() {
                Some(entry) => {
                    let bytes = self.read(&entry.file)?;
                    Some(self.block(&bytes, Some(Format::Json), &entry.file)?)
                }
                None => None,
            };
            self.sample = Some(block);
        }
        Ok(self.sample.clone().flatten())
    }

    /// The stored rows as records.
    fn records(&self, entry: &SampleEntry) -> Result<Value> {
        if let Some(part) = &self.part {
            return Ok(Value::Array(part.records.clone()));
        }
        serde_json::from_slice(&self.read(&entry.file)?)
            .map_err(|error| Error::malformed("sample", error.to_string()).in_file(&entry.file))
    }

    /// The outputs stored for the stored rows.
    fn stored_outputs(&self, entry: &SampleEntry) -> Result<Expected> {
        if let Some(outputs) = self.part.as_ref().and_then(|part| part.outputs.clone()) {
            return Ok(outputs);
        }
        Expected::from_json(&self.read(&entry.expected_file)?).map_err(|error| error.in_file(&entry.expected_file))
    }

    /// All rows of a document, typed by the artifact's signature.
    fn block(&mut self, bytes: &[u8], format: Option<Format>, name: &str) -> Result<Block> {
        let abi = self.scorer()?.abi().clone();
        let fields = self.manifest.fields(&abi)?;
        let input = InputFields { fields: &fields, named: self.manifest.model.fields_are_named };
        read_block(Rows::open(bytes.to_vec(), name, format, input, &abi)?, &abi)
    }
}

/// The framework's outputs: one JSON object of methods, or the rows of one method.
pub fn read_expected(document: &Document, method: Option<&str>, abi: &Abi) -> Result<Expected> {
    let Some(name) = method else {
        let hint = "the rows of one method, as CSV or .npy, need `--method`";
        return Expected::from_json(&document.bytes).map_err(|error| error.hint(hint));
    };
    let method = abi.method(name).ok_or_else(|| unknown_method(abi, name))?;
    Expected::of_method(&document.bytes, &document.name, None, method)
}

/// The error for a method that the model does not have.
pub fn unknown_method(abi: &Abi, name: &str) -> Error {
    let known: Vec<&str> = abi.methods.iter().map(|method| method.name.as_str()).collect();
    Error::usage("unknown-method", format!("the model has no method `{name}`"))
        .hint(format!("its methods are {}", known.join(", ")))
}

/// All rows of a source as one block.
pub fn read_block(mut rows: Rows, abi: &Abi) -> Result<Block> {
    let mut all = Block::new(abi);
    let mut block = Block::new(abi);
    while rows.next_block(&mut block, usize::MAX)? {
        all.append(&block);
    }
    Ok(all)
}

/// Runs every proof. Content that breaks a proof is a finding; only a defect of the tool or of the disk is an error.
pub fn verify(artifact: &Artifact, subject: &str, start: Start<'_>, questions: Questions<'_>) -> Result<Report> {
    let mut report = Report::on(subject);
    report.directory = artifact.store.is_directory();
    report.digest = Some(artifact.digest.to_string());
    let mut questions = questions;
    let mut context = Context::new(artifact, artifact.manifest.clone(), start);
    (context.wanted_digest, context.environment) = (questions.digest, questions.environment.take());
    context.signature = questions.signature.take();
    let mut of_partitions = match &artifact.partitions {
        Some(_) => {
            let (proofs, slowest) = partitions::prove(artifact, start, &mut questions)?;
            context.thousand_rows = slowest;
            proofs
        }
        None => Vec::new(),
    };
    if let Some(data) = &questions.data {
        context.data = Some(context.block(&data.bytes, None, &data.name)?);
    }
    if let Some(expected) = &questions.expected {
        let read = read_expected(expected, questions.method, context.scorer()?.abi());
        context.expected = Some(read.map_err(|error| error.in_file(&expected.name))?);
    }
    for kind in PROOFS {
        if !(kind.is_asked)(&context) {
            continue;
        }
        if let Some(at) = of_partitions.iter().position(|result| result.proof.name == kind.name) {
            let result = of_partitions.swap_remove(at);
            report.add_proof(result.proof, result.findings);
            continue;
        }
        match (kind.prove)(&mut context) {
            Ok(result) => report.add_proof(result.proof, result.findings),
            Err(error) if is_content(&error) => {
                let proof = Proof::new(kind.name, crate::finding::Outcome::Failed, error.to_string());
                report.add_proof(proof, vec![Finding::from(&error)]);
            }
            Err(error) => return Err(error),
        }
    }
    report.thousand_rows = context.thousand_rows;
    for required in questions.require {
        let held = report.proofs.iter().any(|p| p.name == required && p.outcome == crate::finding::Outcome::Passed);
        if !held {
            let message = format!("the proof `{required}` is required and did not pass");
            report.findings.push(Finding::error("proof-required", message));
        }
    }
    Ok(report)
}

/// Whether an error is about what the artifact holds, not about the tool or the disk.
pub fn is_content(error: &Error) -> bool {
    use crate::error::ErrorKind::{Dangerous, Limit, Malformed, Unsupported};
    matches!(error.kind(), Malformed | Unsupported | Limit | Dangerous)
}
