//! Names that are known to do nothing but compute, as their frameworks list them.
//!
//! The lists were taken from the registries of Keras 3.15 and TensorFlow 2.21, without what loads, writes, sends or runs
//! anything.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Classes of Keras that a configuration may name.
pub(super) static KERAS_CLASSES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| words(include_str!("keras_classes.txt")));
/// Functions of Keras that a configuration may name: activations, losses, metrics.
pub(super) static KERAS_FUNCTIONS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| words(include_str!("keras_functions.txt")));
/// Operations of TensorFlow that compute.
pub(super) static TENSORFLOW_OPERATIONS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| words(include_str!("tensorflow_operations.txt")));

/// Operations of TensorFlow that run Python, or reach files, processes or the network.
pub(super) const TENSORFLOW_DANGEROUS: &str = "\
    ReadFile WriteFile ImmutableConst MatchingFiles MatchingFilesDataset ExperimentalMatchingFilesDataset PyFunc PyFuncStateless \
    EagerPyFunc LoadDataset SaveDataset SaveDatasetV2 DistributedSave DatasetToTFRecord ExperimentalDatasetToTFRecord \
    WholeFileReader WholeFileReaderV2 TextLineReader TextLineReaderV2 FixedLengthRecordReader FixedLengthRecordReaderV2 \
    TFRecordReader TFRecordReaderV2 TextLineDataset TFRecordDataset TFRecordDatasetV2 FixedLengthRecordDataset \
    FixedLengthRecordDatasetV2 SqlDataset ExperimentalSqlDataset LMDBReader LMDBDataset ExperimentalLMDBDataset \
    CSVDataset CSVDatasetV2 ExperimentalCSVDataset RecordInput CreateSummaryFileWriter CreateSummaryDbWriter RemoteCall \
    RpcCall RpcClient RpcServer RpcServerRegister RpcServerStart FileSystemSetConfiguration XlaCustomCall \
    XlaCustomCallV2 XlaHostCompute DebugIdentity DebugIdentityV2 DebugIdentityV3 DebugNanCount DebugNumericSummary \
    DebugNumericSummaryV2 RegisterDataset RegisterDatasetV2 DataServiceDataset DataServiceDatasetV2 \
    DataServiceDatasetV3 DataServiceDatasetV4 LoadAndRemapMatrix GenerateVocabRemapping DumpTensor CalibrationStatisticsSaver";

/// Operations of TensorFlow that write or read checkpoints, wherever they are told: a saver has them.
pub(super) const TENSORFLOW_SAVING: &[&str] =
    &["Save", "SaveSlices", "SaveV2", "MergeV2Checkpoints", "Restore", "RestoreV2"];

fn words(list: &'static str) -> HashSet<&'static str> {
    list.split_ascii_whitespace().collect()
}
