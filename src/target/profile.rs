//! A platform's limits as of a date, and the limits in force: these, where the user gave no others.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// A platform's limits as of a date.
#[derive(Debug)]
pub struct Profile {
    /// `oci-2026`.
    pub name: &'static str,
    /// Its limits.
    pub limits: &'static [PlatformLimit],
}

/// One limit of a platform.
#[derive(Debug)]
pub struct PlatformLimit {
    /// Its name in rules and settings: `console-bytes`.
    pub name: &'static str,
    /// Its value, inclusive.
    pub value: u64,
    /// What it counts.
    pub unit: &'static str,
    /// What it bounds.
    pub bounds: &'static str,
}

/// Values of limits that the user gave, by profile and limit.
pub type Overrides = BTreeMap<String, BTreeMap<String, u64>>;

/// The limits that an artifact is checked against.
#[derive(Debug, Clone)]
pub struct Ceilings {
    profile: &'static Profile,
    given: BTreeMap<String, u64>,
}

impl Ceilings {
    /// The limits of a profile, with the values that the user gave for it. A name that the profile has not is refused.
    pub fn new(profile: &'static Profile, overrides: &Overrides) -> Result<Self> {
        let given = overrides.get(profile.name).cloned().unwrap_or_default();
        for name in given.keys() {
            if !profile.limits.iter().any(|limit| limit.name == name) {
                let known: Vec<&str> = profile.limits.iter().map(|limit| limit.name).collect();
                let message = format!("the profile `{}` has no limit `{name}`", profile.name);
                return Err(Error::usage("unknown-platform-limit", message)
                    .hint(format!("its limits are {}", known.join(", "))));
            }
        }
        Ok(Ceilings { profile, given })
    }

    /// The profile's name.
    pub fn profile(&self) -> &'static str {
        self.profile.name
    }

    /// The limit called `name` with the value in force; none where the profile does not have it.
    pub fn find(&self, name: &str) -> Option<Ceiling> {
        let limit = self.profile.limits.iter().find(|limit| limit.name == name)?;
        Some(Ceiling { value: self.given.get(name).copied().unwrap_or(limit.value), unit: limit.unit })
    }

    /// [`Ceilings::find`] for a rule that every profile of its platform has a limit for.
    pub fn get(&self, name: &str) -> Result<Ceiling> {
        self.find(name).ok_or_else(|| Error::internal(format!("profile `{}` has no limit `{name}`", self.profile.name)))
    }
}

/// A limit in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling {
    /// Its value, inclusive.
    pub value: u64,
    /// What it counts.
    pub unit: &'static str,
}
