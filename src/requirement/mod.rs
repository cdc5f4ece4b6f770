//! What a Python environment needs: requirements as pip writes them (PEP 508) and as conda does, versions and their
//! order (PEP 440), and whether a version satisfies a requirement. Resolves nothing and asks no index.

mod conda;
mod marker;
mod name;
mod parse;
mod relax;
mod scan;
mod specifier;
mod version;

use std::fmt;

pub use marker::{Marker, Operand};
pub use name::normalize;
pub use specifier::{Operator, Specifier};
pub use version::Version;

use crate::error::Result;

/// A package, and which of its versions will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirement {
    name: String,
    channel: Option<String>,
    extras: Vec<String>,
    url: Option<String>,
    specifiers: Vec<Specifier>,
    marker: Option<Marker>,
}

impl Requirement {
    /// Reads a requirement as pip writes it: `name[extra] >=1,<2 ; marker`, `name @ url`.
    pub fn parse(text: &str) -> Result<Requirement> {
        parse::requirement(text)
    }

    /// Reads a requirement as conda writes it: `[channel::]package [operator version]`. Markers, extras, URLs and
    /// `~=` are refused, unless the channel is `pip`; `python` and `cuda` are no packages.
    pub fn parse_conda(text: &str) -> Result<Requirement> {
        conda::requirement(text)
    }

    /// Refuses `python` and `cuda`, which a registry takes as arguments of their own.
    pub fn check_reserved(&self) -> Result<()> {
        conda::check_reserved(self)
    }

    /// The name as it is written; [`normalize`] makes names comparable.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The conda channel, where one is named.
    pub fn channel(&self) -> Option<&str> {
        self.channel.as_deref()
    }

    /// The extras, sorted.
    pub fn extras(&self) -> &[String] {
        &self.extras
    }

    /// Where the package is taken from, where that is said.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The comparisons, all of which must hold.
    pub fn specifiers(&self) -> &[Specifier] {
        &self.specifiers
    }

    /// When the requirement applies, where that is said.
    pub fn marker(&self) -> Option<&Marker> {
        self.marker.as_ref()
    }

    /// Whether a version will do. A pre-release will only where a comparison names one.
    pub fn matches(&self, version: &Version) -> bool {
        let welcome = !version.is_prerelease() || self.specifiers.iter().any(Specifier::names_prerelease);
        welcome && self.specifiers.iter().all(|specifier| specifier.accepts(version))
    }

    /// The requirement that the registry writes for the environment in which the model runs: `==1.2.3` becomes
    /// `>=1.2,<2`, for scikit-learn `>=1.2,<1.3`; cloudpickle keeps its version.
    pub fn relaxed(&self) -> Requirement {
        Requirement { specifiers: relax::relax(&self.name, &self.specifiers), ..self.clone() }
    }
}

/// The normal spelling, with the comparisons in the order of their text.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(channel) = &self.channel {
            write!(f, "{channel}::")?;
        }
        f.write_str(&self.name)?;
        if !self.extras.is_empty() {
            write!(f, "[{}]", self.extras.join(","))?;
        }
        let mut specifiers: Vec<String> = self.specifiers.iter().map(Specifier::to_string).collect();
        specifiers.sort();
        specifiers.dedup();
        f.write_str(&specifiers.join(","))?;
        if let Some(url) = &self.url {
            write!(f, "@ {url}")?;
        }
        match &self.marker {
            // A blank ends a URL.
            Some(marker) => write!(f, "{}; {marker}", if self.url.is_some() { " " } else { "" }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
