//! What a rule is, and what rules look at: the files of an artifact, read once.

use std::cell::OnceCell;
use std::time::Duration;

use super::profile::{Ceiling, Ceilings};
use super::snowflake::{MANIFEST_YML, PlatformManifest};
use crate::artifact::{Artifact, Role};
use crate::error::Result;
use crate::finding::{Finding, Usage, bytes};
use crate::limits;
use crate::model::Model;

/// One row of a platform's table.
#[derive(Debug)]
pub struct Rule {
    /// The code of the rule and of its findings.
    pub code: &'static str,
    /// What it asks for.
    pub title: &'static str,
    /// Looks.
    pub check: fn(&Subject<'_>) -> Result<Measured>,
}

/// What only the platform's server can ask, because it knows what no artifact tells.
#[derive(Debug)]
pub struct ServerRule {
    /// The code of the rule.
    pub code: &'static str,
    /// What it asks for, and why that is not known here.
    pub title: &'static str,
}

/// A size that a model file alone can exceed.
#[derive(Debug)]
pub struct ModelRule {
    /// The code of the rule and of its findings.
    pub code: &'static str,
    /// What it asks for.
    pub title: &'static str,
    /// The platform's limit.
    pub limit: &'static str,
    /// The size, from the model and the bytes of its file.
    pub measure: fn(&Model, u64) -> u64,
}

/// A rule about how long a platform's largest call takes, judged by the time of a thousand rows.
#[derive(Debug)]
pub struct TimeRule {
    /// The code of the rule and of its findings.
    pub code: &'static str,
    /// What it asks for.
    pub title: &'static str,
    /// Judges.
    pub check: fn(&Subject<'_>, Duration) -> Result<Measured>,
}

/// What a rule found.
#[derive(Debug, Default)]
pub struct Measured {
    /// The size it measured.
    pub usage: Option<Usage>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Measured {
    /// Nothing is wrong, or this is.
    pub fn of(finding: Option<Finding>) -> Self {
        Measured { usage: None, findings: finding.into_iter().collect() }
    }
}

/// What rules look at.
pub struct Subject<'a> {
    /// The artifact.
    pub artifact: &'a Artifact,
    /// The limits in force.
    pub ceilings: Ceilings,
    platform_manifest: OnceCell<Option<Result<PlatformManifest>>>,
}

impl std::fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").field("ceilings", &self.ceilings).finish_non_exhaustive()
    }
}

impl<'a> Subject<'a> {
    /// An artifact under some limits.
    pub fn new(artifact: &'a Artifact, ceilings: Ceilings) -> Self {
        Subject { artifact, ceilings, platform_manifest: OnceCell::new() }
    }

    /// [`within`] for a limit of the platform's profile.
    pub fn within(
        &self,
        code: &'static str,
        used: u64,
        limit: &str,
        above: fn(&'static str, String) -> Finding,
    ) -> Result<Measured> {
        Ok(within(code, used, self.ceilings.get(limit)?, above))
    }

    /// MANIFEST.yml, if it is there: what it says, unless it cannot be read.
    pub fn platform_manifest(&self) -> Result<Option<&Result<PlatformManifest>>> {
        if self.platform_manifest.get().is_none() {
            let read = self.member(MANIFEST_YML)?.map(|bytes| PlatformManifest::parse(&bytes));
            let _ = self.platform_manifest.set(read);
        }
        Ok(self.platform_manifest.get().and_then(Option::as_ref))
    }

    /// Bytes of all files of a role.
    pub fn role_bytes(&self, role: Role) -> u64 {
        self.artifact.manifest.files.iter().filter(|file| file.role == role).map(|file| file.size).sum()
    }

    /// The text of a member, if it is there.
    pub fn member(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self.artifact.store.member(name) {
            Some(_) => self.artifact.store.read(name, limits::DATA_BYTES.value()).map(Some),
            None => Ok(None),
        }
    }
}

/// Percent of a limit from which a warning says how little room is left.
const WARN_PERCENT: u64 = 90;

/// A size against a limit: a finding above it, a warning close to it.
pub fn within(code: &'static str, used: u64, ceiling: Ceiling, above: fn(&'static str, String) -> Finding) -> Measured {
    let Ceiling { value: limit, unit } = ceiling;
    let amount = |count: u64| if unit == "bytes" { bytes(count) } else { format!("{count} {unit}") };
    let finding = if used > limit {
        Some(above(code, format!("{} exceed the limit of {} ({used} of {limit} {unit})", amount(used), amount(limit))))
    } else if used.saturating_mul(100) > limit.saturating_mul(WARN_PERCENT) {
        let left = amount(limit - used);
        Some(Finding::warning(code, format!("{} of {} are used, {left} are left", amount(used), amount(limit))))
    } else {
        None
    };
    Measured {
        usage: Some(Usage { used, limit, unit: unit.into(), parts: Vec::new() }),
        findings: finding.into_iter().collect(),
    }
}
