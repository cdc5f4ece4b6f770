//! Proof 2: the bundled model compiles to the bundled score module, byte for byte.

use super::generated_rows;
use super::rows::{call_all, same_bits};
use super::{Context, ProofResult};
use crate::abi::CODEGEN;
use crate::compile::{CompileOptions, ScoreModule, compile};
use crate::error::Result;
use crate::finding::{Finding, Outcome, Proof, bytes};
use crate::sandbox::Scorer;

/// The proof's name.
pub const NAME: &str = "recompile";
/// Generated rows on which two modules of different codegen must agree.
const GENERATED_ROWS: usize = 10_000;

/// Compiles again and compares; with another codegen, compares results instead and proves nothing.
pub fn prove(context: &mut Context<'_>) -> Result<ProofResult> {
    let Some(entry) = context.manifest.score_module.clone() else {
        let detail = "the artifact has no score module";
        return Ok(ProofResult::without_findings(Proof::new(NAME, Outcome::NotApplicable, detail)));
    };
    let Some(compiled) = entry.compiled else {
        let detail = "the score module was given, not compiled from the model";
        return Ok(ProofResult::without_findings(Proof::new(NAME, Outcome::NotProven, detail)));
    };
    let module = match recompiled(context, compiled.options) {
        Ok(module) => module,
        Err(error) => {
            let proof = Proof::new(NAME, Outcome::Failed, "the bundled model does not compile");
            return Ok(ProofResult { proof, findings: vec![Finding::from(&error)] });
        }
    };
    let bundled = context.wasm()?;
    if compiled.codegen == CODEGEN {
        return Ok(equal_bytes(&entry.file, &bundled, &module.wasm));
    }
    other_codegen(context, &module, compiled.codegen)
}

fn recompiled(context: &mut Context<'_>, options: CompileOptions) -> Result<ScoreModule> {
    let model = context.model()?;
    compile(&model, options)
}

fn equal_bytes(file: &str, bundled: &[u8], recompiled: &[u8]) -> ProofResult {
    if bundled == recompiled {
        let detail = format!("the model compiles to the same {}", bytes(bundled.len() as u64));
        return ProofResult::without_findings(Proof::new(NAME, Outcome::Passed, detail));
    }
    let at = bundled.iter().zip(recompiled).position(|(a, b)| a != b).unwrap_or(bundled.len().min(recompiled.len()));
    let message = format!(
        "{file} is not what its model compiles to: {} bytes, expected {}; first difference at byte {at}",
        bundled.len(),
        recompiled.len()
    );
    let finding = Finding::error("score-module-differs", message)
        .in_file(file)
        .hint("build the artifact again from its model file; do not use this one");
    ProofResult { proof: Proof::new(NAME, Outcome::Failed, "the module is not the model's"), findings: vec![finding] }
}

fn other_codegen(context: &mut Context<'_>, module: &ScoreModule, codegen: u32) -> Result<ProofResult> {
    let model = context.model()?;
    let mut ours = crate::sandbox::CompiledModule::new(&module.wasm)?.instantiate()?;
    let generated = generated_rows::generate(&model, &module.abi, GENERATED_ROWS, true);
    let sample = context.sample()?;
    let mut findings = Vec::new();
    for method in &model.methods {
        for rows in sample.iter().chain([&generated]) {
            if let Some(message) = disagreement(context.scorer()?, &mut ours, &method.name, rows)? {
                findings.push(Finding::error("score-module-differs", message).at(format!("method `{}`", method.name)));
            }
        }
    }
    let detail =
        format!("built by codegen {codegen}, this is codegen {CODEGEN}; {GENERATED_ROWS} generated rows agree");
    Ok(ProofResult { proof: Proof::new(NAME, Outcome::NotProven, detail), findings })
}

/// How two modules differ on some rows, row by row: results to the bit, or both refuse the row.
fn disagreement(
    bundled: &mut dyn Scorer,
    ours: &mut dyn Scorer,
    method: &str,
    rows: &crate::abi::Block,
) -> Result<Option<String>> {
    if let (Ok(a), Ok(b)) = (call_all(bundled, method, rows), call_all(ours, method, rows)) {
        let same = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| same_bits(a, b));
        return Ok((!same).then(|| "the module gives other results than this compiler's".to_owned()));
    }
    for row in 0..rows.rows {
        let one = rows.take_rows(&[row]);
        match (bundled.call(method, &one), ours.call(method, &one)) {
            (Ok(a), Ok(b)) if a.iter().zip(&b).all(|(a, b)| same_bits(a, b)) => {}
            (Err(a), Err(b)) if a.code() == b.code() => {}
            _ => return Ok(Some(format!("generated row {row} gives another result than this compiler's module"))),
        }
    }
    Ok(None)
}
