//! Licences and banned crates, by a policy file in the format of cargo-deny.
//!
//! Only the parts of that format that the policy uses are understood; any other key is refused, so that a rule
//! written for cargo-deny alone is never taken for a checked one.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use spdx::{Expression, ParseMode};

use crate::Finding;
use crate::graph::{Graph, Package};

/// One workspace's `deny.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
    /// Read by cargo-deny only: its database is not on every machine.
    #[serde(default, rename = "advisories")]
    _advisories: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Licenses {
    allow: BTreeSet<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
    #[serde(default)]
    clarify: Vec<Clarification>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: BTreeSet<String>,
}

/// The licence of a crate whose manifest does not say it in SPDX's words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clarification {
    #[serde(rename = "crate")]
    name: String,
    expression: String,
    #[serde(rename = "license-files")]
    _files: Vec<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bans {
    #[serde(rename = "multiple-versions")]
    _multiple_versions: String,
    deny: Vec<Ban>,
    #[serde(default)]
    features: Vec<FeatureBan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ban {
    /// A name, or `name:requirement`.
    #[serde(rename = "crate")]
    spec: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeatureBan {
    #[serde(rename = "crate")]
    name: String,
    deny: BTreeSet<String>,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sources {
    unknown_registry: Refusal,
    unknown_git: Refusal,
}

/// The only value that the policy may give: other values would loosen it.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Refusal {
    Deny,
}

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

impl Policy {
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        Self::parse(&text).with_context(|| file.display().to_string())
    }

    pub fn parse(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }

    pub fn check(&self, graph: &Graph) -> Vec<Finding> {
        let mut findings = Vec::new();
        for package in graph.packages.values() {
            findings.extend(self.licence(package).err());
            findings.extend(self.banned(package));
            findings.extend(self.source(package));
        }
        findings
    }

    fn licence(&self, package: &Package) -> Result<(), Finding> {
        let clarified = self.licenses.clarify.iter().find(|known| known.name == package.name);
        let declared = clarified.map(|known| known.expression.as_str()).or(package.license.as_deref());
        let text = declared.ok_or_else(|| format!("{} {} names no licence", package.name, package.version))?;
        // Old manifests separate alternatives by a slash.
        let mode = ParseMode { allow_slash_as_or_operator: true, ..ParseMode::LAX };
        let expression = Expression::parse_mode(text, mode)
            .map_err(|_| format!("the licence `{text}` of {} is not an SPDX expression", package.name))?;
        let exceptions = self.licenses.exceptions.iter().filter(|exception| exception.name == package.name);
        let more: BTreeSet<&String> = exceptions.flat_map(|exception| &exception.allow).collect();
        let allowed = |name: &String| self.licenses.allow.contains(name) || more.contains(name);
        match expression.evaluate(|requirement| allowed(&requirement.to_string())) {
            true => Ok(()),
            false => Err(format!("the licence `{text}` of {} {} is not allowed", package.name, package.version)),
        }
    }

    fn banned(&self, package: &Package) -> Vec<Finding> {
        let crates = self
            .bans
            .deny
            .iter()
            .filter(|ban| matches(&ban.spec, package))
            .map(|ban| format!("{} {} is banned: {}", package.name, package.version, ban.reason));
        let features = self.bans.features.iter().filter(|ban| ban.name == package.name).flat_map(|ban| {
            let on = ban.deny.intersection(&package.features);
            on.map(move |feature| format!("feature `{feature}` of {} is banned: {}", package.name, ban.reason))
        });
        crates.chain(features).collect()
    }

    fn source(&self, package: &Package) -> Option<Finding> {
        let Sources { unknown_registry: Refusal::Deny, unknown_git: Refusal::Deny } = &self.sources;
        let source = package.source.as_deref()?;
        (source != CRATES_IO).then(|| format!("{} {} comes from {source}", package.name, package.version))
    }
}

/// A requirement that cannot be read bans every version.
fn matches(spec: &str, package: &Package) -> bool {
    match spec.split_once(':') {
        None => spec == package.name,
        Some((name, requirement)) => {
            name == package.name
                && semver::VersionReq::parse(requirement).map_or(true, |range| range.matches(&package.version))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::graph;

    const POLICY: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
        exceptions = [{ crate = "x-node", allow = ["GPL-3.0-or-later WITH Classpath-exception-2.0"] }]
        clarify = [{ crate = "x-old", expression = "MIT", license-files = [] }]
        [bans]
        multiple-versions = "allow"
        deny = [{ crate = "x-bad", reason = "forged proofs" }, { crate = "x-fixed:<=1.0", reason = "fixed in 1.1" }]
        features = [{ crate = "x-quote", deny = ["danger"], reason = "it accepts anything" }]
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
    "#;

    fn findings(name: &str, license: &str) -> Vec<Finding> {
        findings_with(name, license, |_| {})
    }

    fn findings_with(name: &str, license: &str, change: impl Fn(&mut Package)) -> Vec<Finding> {
        let mut graph = graph(&[(name, license)], &[]);
        let package = graph.packages.get_mut(name).expect("just made");
        package.source = Some(CRATES_IO.to_owned());
        change(package);
        Policy::parse(POLICY).expect("well formed").check(&graph)
    }

    #[test]
    fn one_allowed_alternative_is_enough() {
        assert!(findings("x-a", "GPL-2.0-only OR MIT").is_empty());
        assert!(findings("x-a", "Unlicense/MIT").is_empty());
        assert!(findings("x-a", "Apache-2.0 WITH LLVM-exception").is_empty());
    }

    #[test]
    fn a_licence_off_the_list_is_refused() {
        assert_eq!(findings("x-a", "AGPL-3.0"), ["the licence `AGPL-3.0` of x-a 1.2.3 is not allowed"]);
        assert_eq!(findings("x-a", "MIT AND GPL-3.0-only").len(), 1);
    }

    #[test]
    fn a_crate_without_a_licence_is_refused() {
        assert_eq!(findings("x-a", ""), ["x-a 1.2.3 names no licence"]);
    }

    #[test]
    fn a_licence_that_is_no_expression_is_refused_unless_clarified() {
        assert_eq!(findings("x-a", "see LICENSE").len(), 1);
        assert!(findings("x-old", "see LICENSE").is_empty());
    }

    #[test]
    fn an_exception_holds_for_its_crate_only() {
        let gpl = "GPL-3.0-or-later WITH Classpath-exception-2.0";
        assert!(findings("x-node", gpl).is_empty());
        assert_eq!(findings("x-worker", gpl).len(), 1);
        assert_eq!(findings("x-node", "GPL-3.0-or-later").len(), 1, "the exception is part of what is allowed");
    }

    #[test]
    fn a_banned_crate_is_refused_with_the_reason() {
        assert_eq!(findings("x-bad", "MIT"), ["x-bad 1.2.3 is banned: forged proofs"]);
    }

    #[test]
    fn a_ban_up_to_a_version_lets_later_ones_pass() {
        assert!(findings("x-fixed", "MIT").is_empty());
        let old = |package: &mut Package| package.version = semver::Version::new(1, 0, 9);
        assert_eq!(findings_with("x-fixed", "MIT", old).len(), 1);
    }

    #[test]
    fn a_banned_feature_is_refused_only_when_it_is_on() {
        assert!(findings("x-quote", "MIT").is_empty());
        let on = |package: &mut Package| package.features = BTreeSet::from(["danger".to_owned()]);
        assert_eq!(findings_with("x-quote", "MIT", on).len(), 1);
    }

    #[test]
    fn a_git_dependency_is_refused() {
        let git = |package: &mut Package| package.source = Some("git+https://example.org/x".to_owned());
        assert_eq!(findings_with("x-a", "MIT", git), ["x-a 1.2.3 comes from git+https://example.org/x"]);
    }

    #[test]
    fn a_policy_with_an_unknown_rule_is_refused() {
        assert!(Policy::parse(&POLICY.replace("[bans]", "[bans]\nskip = []")).is_err());
    }
}
