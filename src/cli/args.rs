//! The command line, in one place: help, completions and parsing come from these types.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::origin::parse_time;
use crate::settings::{BuildOptions, target_names};

/// Turns the file a framework saved into a verified model artifact.
#[derive(Debug, Parser)]
#[command(
    name = "scorepack",
    version,
    about,
    max_term_width = 100,
    after_help = "Exit codes: 0 fine, 1 findings, 2 could not do it, 70 a defect in scorepack, 130 interrupted."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Say only what is wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Colour of the output
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, global = true, env = "SCOREPACK_COLOR")]
    pub color: ColorChoice,
    /// Raise or lower a ceiling on what is read, for example `trees=2000000`
    #[arg(long = "limit", value_name = "NAME=VALUE", global = true)]
    pub limits: Vec<String>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell what a model file holds, without running anything in it
    Inspect(InspectArgs),
    /// Make a verified artifact from a model file
    Build(Box<BuildArgs>),
    /// Prove what an artifact predicts
    Verify(VerifyArgs),
    /// Pack a directory again after someone customised it
    Pack(PackArgs),
    /// Check artifacts, directories and model files against a platform's limits; runs nothing
    Check(CheckArgs),
    /// Tell what files would do to whoever loads them: every import and call with its verdict; loads nothing
    Scan(ScanArgs),
    /// Sign an artifact (OpenSSF Model Signing)
    Sign(SignArgs),
    /// Write what an artifact is made of (CycloneDX)
    Bom(BomArgs),
    /// Tell what changed between two artifacts; exit code 1 where a caller of the first would break
    Diff(DiffArgs),
    /// Score data with an artifact or a model file
    Predict(PredictArgs),
    /// Explain a finding or an error
    Rule(RuleArgs),
    /// Write the completions of a shell
    Completions(CompletionsArgs),
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML, for CI test reports.
    Junit,
    /// GitHub workflow commands.
    Github,
    /// GitLab's code quality report.
    Gitlab,
}

/// The report's format, shared by the commands that make one.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// How the report is written
    #[arg(long, value_enum, default_value_t, env = "SCOREPACK_OUTPUT_FORMAT")]
    pub output_format: ReportFormat,
    /// Write the report to a file as well, in a format of its own: `sarif=scorepack.sarif`
    #[arg(long = "report", value_name = "FORMAT=PATH", value_parser = report_file)]
    pub files: Vec<ReportFile>,
}

/// A file that gets the report.
#[derive(Debug, Clone)]
pub struct ReportFile {
    /// How the report is written there.
    pub format: ReportFormat,
    /// Where the file is.
    pub path: PathBuf,
}

fn report_file(text: &str) -> Result<ReportFile, String> {
    let known = || ReportFormat::value_variants().iter().filter_map(ReportFormat::to_possible_value);
    let parsed = text.split_once('=').filter(|(_, path)| !path.is_empty());
    let parsed = parsed.and_then(|(format, path)| Some((ReportFormat::from_str(format, false).ok()?, path.into())));
    let (format, path) = parsed.ok_or_else(|| {
        let names: Vec<String> = known().map(|format| format.get_name().to_owned()).collect();
        format!("expected FORMAT=PATH, where FORMAT is {}", names.join(", "))
    })?;
    Ok(ReportFile { format, path })
}

/// `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The model file
    #[arg(required_unless_present = "supported")]
    pub file: Option<PathBuf>,
    /// List what can be compiled, with the methods, and what is refused and why [default: of every framework]
    #[arg(long, value_name = "FRAMEWORK", conflicts_with = "file", num_args = 0..=1, default_missing_value = "all")]
    pub supported: Option<String>,
    /// How the description is written
    #[arg(long, value_enum, default_value_t)]
    pub output_format: InspectFormat,
}

/// How `inspect` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum InspectFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// Where settings come from.
#[derive(Debug, Clone, Args)]
pub struct SettingsArgs {
    /// The settings file [default: scorepack.yaml in the current folder, if it is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read no settings file
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
}

/// `build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The model file, or with --partition-by the folder of many [default: that of the settings file]
    pub file: Option<PathBuf>,
    /// Replace a directory that is no artifact
    #[arg(long)]
    pub force: bool,
    /// Print the SQL that registers the model; with `-q` nothing else
    #[arg(long)]
    pub print_sql: bool,
    /// Where settings come from.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// How the report is written
    #[command(flatten)]
    pub report: ReportArgs,
    /// What is built.
    #[command(flatten)]
    pub options: BuildOptions,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Artifacts: zip files or directories
    #[arg(required = true)]
    pub artifacts: Vec<PathBuf>,
    /// Take ARTIFACTS as changed files: verify the artifacts that contain them, leave out the rest
    #[arg(long)]
    pub containing: bool,
    /// Further rows to score
    #[arg(long, value_name = "DATA")]
    pub data: Option<PathBuf>,
    /// The framework's own outputs for --data, or for the artifact's sample
    #[arg(long, value_name = "DATA")]
    pub expected: Option<PathBuf>,
    /// The method that --expected holds, where it is CSV or .npy
    #[arg(long, value_name = "METHOD", requires = "expected")]
    pub method: Option<String>,
    /// A Python environment that must hold what the artifact requires: a virtual or conda environment, or its
    /// site-packages
    #[arg(long, value_name = "PATH")]
    pub env: Option<PathBuf>,
    /// The digest that the artifact must have
    #[arg(long, value_name = "SHA256")]
    pub digest: Option<String>,
    /// A signature that must cover the artifact as it is; who signed is only proven by one of the next two
    #[arg(long, value_name = "FILE")]
    pub signature: Option<PathBuf>,
    /// The signer's public key, as PEM
    #[arg(long, value_name = "PEM", requires = "signature", conflicts_with = "trusted_certificate")]
    pub public_key: Option<PathBuf>,
    /// Certificates of authorities that vouch for the signer's, as PEM
    #[arg(long, value_name = "PEM", requires = "signature")]
    pub trusted_certificate: Vec<PathBuf>,
    /// When the artifact was signed, and certificates had to be valid: `2026-06-01` [default: now]
    #[arg(long, value_name = "TIME", requires = "trusted_certificate", conflicts_with = "public_key", value_parser = time)]
    pub signed_at: Option<u64>,
    /// Write what was found as a statement of in-toto (test-result)
    #[arg(long, value_name = "FILE", conflicts_with = "containing")]
    pub attest: Option<PathBuf>,
    /// A private key to sign the statement with, as PEM
    #[arg(long, value_name = "PEM", requires = "attest")]
    pub attest_key: Option<PathBuf>,
    /// Proofs that must pass, not only must not fail
    #[arg(long, value_enum, value_name = "PROOF")]
    pub require: Vec<Requirement>,
    /// How the report is written
    #[command(flatten)]
    pub report: ReportArgs,
}

/// A proof that `verify` may be told to insist on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Requirement {
    /// The bundled model recompiles to the bundled module's bytes.
    Recompile,
    /// The outputs equal the framework's.
    Framework,
    /// The signature is of someone whom you named.
    Signature,
}

fn time(text: &str) -> Result<u64, String> {
    parse_time(text).map_err(|error| error.to_string())
}

/// `sign`.
#[derive(Debug, Args)]
pub struct SignArgs {
    /// The artifact: a zip file or a directory
    pub artifact: PathBuf,
    /// The private key (ECDSA, P-256 or P-384, not encrypted), as PEM
    #[arg(long, value_name = "PEM")]
    pub private_key: PathBuf,
    /// The key's certificate, as PEM: the signature then holds it
    #[arg(long, value_name = "PEM")]
    pub certificate: Option<PathBuf>,
    /// The certificates from there to an authority, as PEM
    #[arg(long, value_name = "PEM", requires = "certificate")]
    pub chain: Vec<PathBuf>,
    /// Sign the files in a zip file, so that the signature holds for the unpacked directory too
    #[arg(long)]
    pub unpacked: bool,
    /// Where to write the signature [default: beside the artifact, with `.sig` at the end of its name]
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// `bom`.
#[derive(Debug, Args)]
pub struct BomArgs {
    /// The artifact: a zip file or a directory
    pub artifact: PathBuf,
    /// Where to write it [default: standard output]
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}

/// `pack`.
#[derive(Debug, Args)]
pub struct PackArgs {
    /// The directory of an artifact
    pub directory: PathBuf,
    /// Where to write it: a path ending in .zip, or a directory [default: in place]
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Replace a directory that is no artifact
    #[arg(long)]
    pub force: bool,
    /// Where settings come from.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// How the report is written
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Artifacts, directories or model files
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Take PATHS as changed files: check model files and the artifacts that contain them, leave out the rest
    #[arg(long)]
    pub containing: bool,
    /// The platform whose rules count [default: the artifact's own]
    #[arg(long, value_parser = target_names())]
    pub target: Option<String>,
    /// The platform's limits as of a date
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Write the results of the platform's own tests, as its client does, of one artifact; `-` is standard output
    #[arg(long, value_name = "FILE", conflicts_with = "containing")]
    pub introspection: Option<PathBuf>,
    /// Where settings come from.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// How the report is written
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `scan`.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// Model files, archives, artifacts or directories
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// How the report is written
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The artifact that callers know: a zip or a directory
    pub before: PathBuf,
    /// The artifact that takes its place
    pub after: PathBuf,
    /// How the report is written
    #[command(flatten)]
    pub report: ReportArgs,
}

/// `predict`.
#[derive(Debug, Args)]
pub struct PredictArgs {
    /// An artifact or a model file
    pub model: PathBuf,
    /// The rows (CSV, JSON, JSON lines, .npy, Parquet); `-` is standard input
    pub data: PathBuf,
    /// The method to call; `all` calls every method
    #[arg(long, default_value = "predict")]
    pub method: String,
    /// The format of the rows [default: told by their content]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub input_format: Option<TableFormat>,
    /// The format of the results
    #[arg(long, value_enum, default_value_t = TableFormat::Csv, value_name = "FORMAT")]
    pub output_format: TableFormat,
    /// Where to write the results [default: standard output]
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Name the run that scores: every result gets a column `run_id` with it
    #[arg(long, value_name = "ID")]
    pub run_id: Option<String>,
    /// Threads that score [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// Formats of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Comma-separated values.
    Csv,
    /// One JSON document.
    Json,
    /// One JSON value a line.
    Jsonl,
    /// A NumPy array.
    Npy,
    /// Parquet (in binaries built with the feature `batch`).
    Parquet,
}

/// `rule`.
#[derive(Debug, Args)]
pub struct RuleArgs {
    /// The code, as it stands in brackets in a message; without one, all codes are listed
    pub code: Option<String>,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}
