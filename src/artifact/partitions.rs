//! partitions.json: the models of an artifact that holds one for each value of a column.
//!
//! manifest.yaml lists the index with its digest, and the index lists every file of every partition with its own. So one
//! partition is proven by the manifest's digest, the index and its own files; no other partition is read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::digest::Digest;

use crate::encoding::member_name::check_name;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::Category;

/// The index's name in an artifact.
pub const PARTITION_INDEX: &str = "partitions.json";
/// The folder of the partitions' own files.
pub const PARTITION_FOLDER: &str = "partitions/";
/// The folder of the shells that several partitions share: modules without their data.
pub const SHARED_FOLDER: &str = "modules/";
/// The version of the index's format.
const FORMAT: u32 = 1;

/// What manifest.yaml says of the partitions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartitionsEntry {
    /// The column whose value names the partition of a row; it is the last input of the signature.
    pub column: String,
    /// How many there are.
    pub count: u32,
    /// The training run that the models come from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run_id: Option<String>,
}

/// The models of an artifact, one for each value of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartitionIndex {
    /// The version of this format: 1.
    pub format: u32,
    /// The column whose value names the partition of a row.
    pub column: String,
    /// The training run that the models come from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run_id: Option<String>,
    /// The score modules: whole ones of single partitions, and shells that several share. Sorted by path.
    pub modules: Vec<IndexedFile>,
    /// The partitions, sorted by value.
    pub partitions: Vec<Partition>,
}

/// A file that the index lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexedFile {
    /// Its path in the artifact, with `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Digest,
}

/// The model of one value of the column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// The value, as text.
    pub value: String,
    /// What stands beside each of its results: the run and the value, or the value and the model's digest.
    pub model_id: String,
    /// The model file.
    pub model: IndexedFile,
    /// The score module.
    pub module: PartitionModule,
    /// The metrics that lay beside the model file.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub metrics: Map<String, Value>,
}

/// The score module of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartitionModule {
    /// The digest of the whole module.
    pub sha256: Digest,
    /// The path of the module among `modules`, or of its shell where `data` holds the rest.
    pub file: String,
    /// The module's data section, which stands after the code section; none where `file` is the whole module.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub data: Option<IndexedFile>,
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::internal(format!("an index is no JSON: {error}")))
}

fn lines<T: Serialize>(items: &[T]) -> Result<String> {
    Ok(items.iter().map(json).collect::<Result<Vec<_>>>()?.join(",\n"))
}

impl PartitionIndex {
    /// An index of partitions, which are sorted here.
    pub fn new(
        column: String,
        run_id: Option<String>,
        mut modules: Vec<IndexedFile>,
        mut partitions: Vec<Partition>,
    ) -> Result<Self> {
        modules.sort_by(|a, b| a.path.cmp(&b.path));
        partitions.sort_by(|a, b| a.value.cmp(&b.value));
        let index = PartitionIndex { format: FORMAT, column, run_id, modules, partitions };
        index.check()?;
        Ok(index)
    }

    /// Reads and checks an index.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        limits::PARTITION_INDEX_BYTES.check_len(bytes.len())?;
        let index: PartitionIndex = serde_json::from_slice(bytes)
            .map_err(|error| Error::malformed("partition-index", error.to_string()).in_file(PARTITION_INDEX))?;
        index.check().map_err(|error| error.in_file(PARTITION_INDEX))?;
        Ok(index)
    }

    /// The bytes of partitions.json: a line per file and partition, so that a diff shows what changed.
    pub fn emit(&self) -> Result<Vec<u8>> {
        let run_id = match &self.run_id {
            Some(run_id) => format!("\"run_id\":{},\n", json(run_id)?),
            None => String::new(),
        };
        let text = format!(
            "{{\"format\":{},\n\"column\":{},\n{run_id}\"modules\":[\n{}\n],\n\"partitions\":[\n{}\n]}}\n",
            self.format,
            json(&self.column)?,
            lines(&self.modules)?,
            lines(&self.partitions)?,
        );
        limits::PARTITION_INDEX_BYTES.check_len(text.len())?;
        Ok(text.into_bytes())
    }

    /// What manifest.yaml says of it.
    pub fn entry(&self) -> PartitionsEntry {
        PartitionsEntry {
            column: self.column.clone(),
            count: u32::try_from(self.partitions.len()).unwrap_or(u32::MAX),
            run_id: self.run_id.clone(),
        }
    }

    /// The partition of a value.
    pub fn partition(&self, value: &str) -> Option<&Partition> {
        let found = self.partitions.binary_search_by(|partition| partition.value.as_str().cmp(value)).ok()?;
        self.partitions.get(found)
    }

    /// The file of a score module, or of a shared shell.
    pub fn module(&self, path: &str) -> Option<&IndexedFile> {
        let found = self.modules.binary_search_by(|module| module.path.as_str().cmp(path)).ok()?;
        self.modules.get(found)
    }

    /// Every file that the index lists, by path.
    pub fn files(&self) -> BTreeMap<&str, &IndexedFile> {
        let partitions =
            self.partitions.iter().flat_map(|partition| [Some(&partition.model), partition.module.data.as_ref()]);
        self.modules.iter().chain(partitions.flatten()).map(|file| (file.path.as_str(), file)).collect()
    }

    /// The values as categories, which tell how cells of other types are spelled: whole numbers where all of them are.
    pub fn categories(&self) -> Vec<Category> {
        let integer = |value: &str| value.parse::<i64>().ok().filter(|integer| integer.to_string() == value);
        let values = || self.partitions.iter().map(|partition| partition.value.as_str());
        match values().map(integer).collect::<Option<Vec<i64>>>() {
            Some(integers) => integers.into_iter().map(Category::Integer).collect(),
            None => values().map(|value| Category::Text(value.to_owned())).collect(),
        }
    }

    fn check(&self) -> Result<()> {
        let wrong = |message: String| Err(Error::malformed("partition-index", message));
        if self.format != FORMAT {
            let message = format!("expected index format {FORMAT}, found {}", self.format);
            return Err(Error::unsupported("manifest-format", message).hint("another version of scorepack wrote it"));
        }
        limits::PARTITIONS.check_len(self.partitions.len())?;
        if self.partitions.is_empty() {
            return wrong("expected partitions, found none".into());
        }
        if let Some(pair) = self.partitions.windows(2).find(|pair| pair[0].value >= pair[1].value) {
            return wrong(format!("`{}` stands before `{}`: partitions are sorted", pair[0].value, pair[1].value));
        }
        if let Some(pair) = self.modules.windows(2).find(|pair| pair[0].path >= pair[1].path) {
            return wrong(format!("`{}` stands before `{}`: modules are sorted", pair[0].path, pair[1].path));
        }
        for partition in &self.partitions {
            if self.module(&partition.module.file).is_none() {
                let message = format!("`{}` is not among the modules", partition.module.file);
                return wrong(message).map_err(|error| error.at(format!("partition `{}`", partition.value)));
            }
        }
        let files = self.files();
        let listed = self.modules.len()
            + self.partitions.iter().map(|p| 1 + usize::from(p.module.data.is_some())).sum::<usize>();
        if files.len() != listed {
            return wrong("a file is listed twice".into());
        }
        for path in files.keys() {
            check_name(path)?;
            if !path.starts_with(PARTITION_FOLDER) && !path.starts_with(SHARED_FOLDER) {
                return wrong(format!("`{path}` lies outside the folders of partitions"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::sha256;

    fn file(path: &str) -> IndexedFile {
        IndexedFile { path: path.into(), size: 3, sha256: sha256(b"abc") }
    }

    fn partition(value: &str) -> Partition {
        Partition {
            value: value.into(),
            model_id: format!("june/{value}"),
            model: file(&format!("partitions/{value}/model.ubj")),
            module: PartitionModule {
                sha256: sha256(b"abc"),
                file: "modules/a.wasm".into(),
                data: Some(file(&format!("partitions/{value}/score.data"))),
            },
            metrics: Map::from_iter([("r2".to_owned(), Value::from(0.5))]),
        }
    }

    fn index(values: &[&str]) -> PartitionIndex {
        let partitions = values.iter().map(|value| partition(value)).collect();
        PartitionIndex::new("store".into(), Some("june".into()), vec![file("modules/a.wasm")], partitions).unwrap()
    }

    #[test]
    fn an_index_reads_as_it_was_written() {
        let index = index(&["7", "12"]);
        assert_eq!(PartitionIndex::parse(&index.emit().unwrap()).unwrap(), index);
        assert_eq!(index.partition("12").unwrap().model_id, "june/12");
        assert!(index.partition("13").is_none());
        assert_eq!(index.files().len(), 5);
    }

    #[test]
    fn values_that_are_all_whole_numbers_are_numbers() {
        assert_eq!(index(&["7", "-12"]).categories(), [Category::Integer(-12), Category::Integer(7)]);
        for texts in [["7", "x"], ["7", "012"], ["7", "1.0"]] {
            assert!(
                index(&texts).categories().iter().all(|category| matches!(category, Category::Text(_))),
                "{texts:?}"
            );
        }
    }

    #[test]
    fn what_is_no_index_is_refused() {
        let text = String::from_utf8(index(&["12", "7"]).emit().unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let swapped = text.replace("\"value\":\"12\"", "\"value\":\"8\"");
        for (broken, reason) in [
            (text.replace("\"format\":1", "\"format\":2"), "expected index format 1, found 2"),
            (swapped, "`8` stands before `7`: partitions are sorted"),
            (
                text.replace("\"file\":\"modules/a.wasm\"", "\"file\":\"modules/b.wasm\""),
                "`modules/b.wasm` is not among",
            ),
            (text.replace("partitions/12/model.ubj", "partitions/7/model.ubj"), "a file is listed twice"),
            (text.replace("partitions/12/model.ubj", "../model.ubj"), "the name \"../model.ubj\""),
            (text.replace("partitions/12/model.ubj", "score.py"), "`score.py` lies outside the folders of partitions"),
            (
                format!("{}\n]}}\n", lines[..lines.len() - 3].join("\n").trim_end_matches(',')),
                "expected partitions, found none",
            ),
            (text.replace("\"value\"", "\"name\""), "unknown field `name`"),
        ] {
            let error = PartitionIndex::parse(broken.as_bytes()).unwrap_err();
            assert!(error.to_string().starts_with(reason), "{reason}: {error}");
        }
        for length in 0..text.trim_end().len() {
            assert!(PartitionIndex::parse(&text.as_bytes()[..length]).is_err());
        }
    }
}
