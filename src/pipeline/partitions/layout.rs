//! Where the files of partitions lie in an artifact: a shell that several modules share is stored once.

use std::collections::{BTreeMap, HashMap};

use super::compile::CompiledPartition;
use super::discover;
use crate::artifact::{
    ArtifactFile, Content, Digest, IndexedFile, PARTITION_FOLDER, Partition, PartitionIndex, PartitionModule, Role,
    SHARED_FOLDER, sha256,
};
use crate::encoding::member_name::check_name;
use crate::error::{Error, Result};
use crate::generate::PartitionsInput;
use crate::wasm::take_apart;

/// Hexadecimal digits of the digest of a shared shell in its file's name.
const SHELL_DIGITS: usize = 16;
/// Hexadecimal digits of a model's digest in its `model_id`.
const ID_DIGITS: usize = 12;

/// The index of some partitions, and their files.
pub fn lay_out(column: &str, run_id: Option<String>, compiled: Vec<CompiledPartition>) -> Result<PartitionsInput> {
    let parts: Vec<Option<(Vec<u8>, Vec<u8>)>> = compiled.iter().map(|partition| take_apart(&partition.wasm)).collect();
    let mut users: HashMap<Digest, usize> = HashMap::new();
    let shells: Vec<Option<Digest>> =
        parts.iter().map(|parts| parts.as_ref().map(|(shell, _)| sha256(shell))).collect();
    shells.iter().flatten().for_each(|shell| *users.entry(*shell).or_default() += 1);
    let folders = folder_names(compiled.iter().map(|partition| partition.value.as_str()));
    let (mut files, mut modules, mut partitions) = (Vec::new(), BTreeMap::new(), Vec::new());
    let mut listed = |path: String, role: Role, bytes: Vec<u8>| {
        let entry = IndexedFile { path: path.clone(), size: bytes.len() as u64, sha256: sha256(&bytes) };
        files.push(ArtifactFile::new(path, role, bytes));
        entry
    };
    let mut models = Vec::new();
    for (((partition, parts), shell), folder) in compiled.into_iter().zip(parts).zip(shells).zip(folders) {
        let sha256 = sha256(&partition.wasm);
        let shared = parts.zip(shell.filter(|shell| users.get(shell).is_some_and(|users| *users > 1)));
        let module = match shared {
            Some(((shell, data), digest)) => {
                let name = digest.to_string();
                let path = format!("{SHARED_FOLDER}{}.wasm", name.get(..SHELL_DIGITS).unwrap_or(&name));
                modules.entry(path.clone()).or_insert_with(|| listed(path.clone(), Role::ScoreModule, shell));
                let data = listed(format!("{folder}score.data"), Role::ScoreModule, data);
                PartitionModule { sha256, file: path, data: Some(data) }
            }
            None => {
                let path = format!("{folder}score.wasm");
                modules.insert(path.clone(), listed(path.clone(), Role::ScoreModule, partition.wasm));
                PartitionModule { sha256, file: path, data: None }
            }
        };
        let model_path = format!("{folder}{}", model_name(&partition.found.path));
        let model = IndexedFile { path: model_path.clone(), size: partition.model.1, sha256: partition.model.0 };
        models.push(ArtifactFile::new(model_path, Role::Model, Content::File(partition.found.path.clone())));
        partitions.push(Partition {
            model_id: model_id(run_id.as_deref(), &partition.value, partition.model.0),
            value: partition.value,
            model,
            module,
            metrics: partition.found.metrics.as_deref().map(discover::metrics).transpose()?.unwrap_or_default(),
        });
    }
    files.append(&mut models);
    let index = PartitionIndex::new(column.to_owned(), run_id, modules.into_values().collect(), partitions)?;
    Ok(PartitionsInput { index, files })
}

/// What stands beside the results of a partition: the same run and value, or the same value and model, give the same.
fn model_id(run_id: Option<&str>, value: &str, model: Digest) -> String {
    match run_id {
        Some(run_id) => format!("{run_id}/{value}"),
        None => format!("{value}@{}", model.to_string().get(..ID_DIGITS).unwrap_or_default()),
    }
}

/// The model file's own name where an artifact may hold it.
fn model_name(path: &std::path::Path) -> String {
    let own = path.file_name().and_then(|name| name.to_str()).unwrap_or("model");
    let is_plain = own.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    let is_ours = ["score.wasm", "score.data"].iter().any(|name| name.eq_ignore_ascii_case(own));
    if is_plain && !is_ours && check_name(own).is_ok() { own.to_owned() } else { "model.bin".to_owned() }
}

/// A folder for every value: its own name, percent-encoded where a file system could take it for something else.
fn folder_names<'v>(values: impl Iterator<Item = &'v str> + Clone) -> Vec<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let lower = |byte: u8| plain(byte) && !byte.is_ascii_uppercase();
    // Some file systems take `A` and `a` for one name.
    let folded: std::collections::HashSet<String> = values.clone().map(str::to_ascii_lowercase).collect();
    let has_twins = folded.len() != values.clone().count();
    let name = |value: &str| {
        let usual = encoded(value, &|byte| if has_twins { lower(byte) } else { plain(byte) });
        let is_portable = !usual.starts_with('.') && check_name(&usual).is_ok();
        let name = if is_portable { usual } else { encoded(value, &|_| false) };
        format!("{PARTITION_FOLDER}{name}/")
    };
    values.map(name).collect()
}

/// A text with the bytes that may not stand as they are as `%` and two digits.
fn encoded(text: &str, stands: &dyn Fn(u8) -> bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match stands(byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02x}")),
        }
    }
    out
}

/// Refuses a column that the models themselves take.
pub fn check_column(column: &str, inputs: &[crate::model::SignatureField]) -> Result<()> {
    if inputs.iter().all(|field| field.name != column) {
        return Ok(());
    }
    let message = format!("the models take the column `{column}` themselves: it cannot name their partition, too");
    Err(Error::unsupported("partition-column", message)
        .hint("within a partition the column has one value: fit the models without it, or partition by a copy of it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_portable_folder_of_its_own() {
        let names = |values: &[&str]| folder_names(values.iter().copied()).join(" ");
        assert_eq!(names(&["12", "Süd/1", "a b"]), "partitions/12/ partitions/S%c3%bcd%2f1/ partitions/a%20b/");
        assert_eq!(names(&["A", "a"]), "partitions/%41/ partitions/a/");
        assert_eq!(names(&["..", "nul"]), "partitions/%2e%2e/ partitions/%6e%75%6c/");
    }

    #[test]
    fn the_id_of_a_model_tells_its_run_or_its_content() {
        let digest = sha256(b"abc");
        assert_eq!(model_id(Some("june"), "12", digest), "june/12");
        assert_eq!(model_id(None, "12", digest), "12@ba7816bf8f01");
    }
}
