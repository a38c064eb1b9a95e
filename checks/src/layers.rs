//! Which of our crates may use which: dependencies point down only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::Finding;
use crate::graph::{Graph, Package};

/// `layers.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Each of our crates, and those of ours it may use directly. A crate that is not here is refused.
    uses: BTreeMap<String, BTreeSet<String>>,
    /// What a crate's tests may use beside that.
    tests_also_use: BTreeMap<String, BTreeSet<String>>,
    /// What must not be reachable from a crate at all, ours or anybody's.
    never: BTreeMap<String, BTreeSet<String>>,
}

impl Rules {
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        toml::from_str(&text).with_context(|| file.display().to_string())
    }

    pub fn check(&self, graph: &Graph) -> Vec<Finding> {
        let mut findings = Vec::new();
        for package in graph.ours() {
            let Some(allowed) = self.uses.get(&package.name) else {
                findings.push(format!("layers.toml has no line for `{}`: say what it may use", package.name));
                continue;
            };
            let ours = |used: &&Package| used.source.is_none();
            for used in graph.uses(&package.id).filter(ours) {
                if !allowed.contains(&used.name) {
                    findings.push(refusal(&package.name, &used.name, "uses"));
                }
            }
            for used in graph.tests_use(&package.id).filter(ours) {
                if !allowed.contains(&used.name) && !listed(&self.tests_also_use, &package.name, &used.name) {
                    findings.push(refusal(&package.name, &used.name, "tests_also_use"));
                }
            }
            findings.extend(self.unreachable(graph, package));
        }
        findings
    }

    /// Edges on the list that none of the workspaces has: what nobody needs is not allowed.
    pub fn unused(&self, graphs: &[Graph]) -> Vec<Finding> {
        let has = |from: &str, to: &str, only_for_tests: bool| {
            graphs.iter().any(|graph| {
                let mut froms = graph.ours().filter(|package| package.name == from);
                froms.any(|package| graph.direct(&package.id, only_for_tests).any(|used| used.name == to))
            })
        };
        let mut findings = Vec::new();
        for (table, rules, only_for_tests) in
            [("uses", &self.uses, false), ("tests_also_use", &self.tests_also_use, true)]
        {
            let edges = rules.iter().flat_map(|(from, allowed)| allowed.iter().map(move |to| (from, to)));
            let unused = edges.filter(|(from, to)| !has(from, to, only_for_tests));
            findings.extend(unused.map(|(from, to)| {
                format!("[{table}] of layers.toml lets `{from}` use `{to}`, which it does not: take it off the list")
            }));
        }
        findings
    }

    fn unreachable(&self, graph: &Graph, package: &Package) -> Vec<Finding> {
        let banned = self.never.get(&package.name).into_iter().flatten();
        banned
            .filter_map(|name| graph.path_to(&package.id, name))
            .map(|path| format!("`{}` must never reach this crate: {}", package.name, path.join(" -> ")))
            .collect()
    }
}

fn listed(rules: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    rules.get(from).is_some_and(|names| names.contains(to))
}

fn refusal(from: &str, to: &str, table: &str) -> Finding {
    format!("`{from}` uses `{to}`, which [{table}] of layers.toml does not allow")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::graph;

    const RULES: &str = r#"
        [uses]
        low = []
        high = ["low"]
        [tests_also_use]
        low = ["helper"]
        [never]
        high = ["x-secret"]
    "#;

    fn findings(packages: &[(&str, &str)], edges: &[(&str, &str, bool)]) -> Vec<Finding> {
        let rules: Rules = toml::from_str(RULES).expect("well formed");
        rules.check(&graph(packages, edges))
    }

    #[test]
    fn an_edge_on_the_list_passes() {
        assert!(findings(&[("low", ""), ("high", "")], &[("high", "low", false)]).is_empty());
    }

    #[test]
    fn an_edge_that_points_up_is_refused() {
        let found = findings(&[("low", ""), ("high", "")], &[("low", "high", false)]);
        assert_eq!(found, ["`low` uses `high`, which [uses] of layers.toml does not allow"]);
    }

    #[test]
    fn an_edge_of_tests_only_is_refused_unless_it_is_listed() {
        let packages = [("low", ""), ("high", "")];
        assert_eq!(findings(&packages, &[("low", "high", true)]).len(), 1);
        let rules: Rules = toml::from_str(&RULES.replace("helper", "high")).expect("well formed");
        assert!(rules.check(&graph(&packages, &[("low", "high", true)])).is_empty());
    }

    #[test]
    fn an_edge_on_the_list_that_nobody_uses_is_refused() {
        let rules: Rules = toml::from_str(&RULES.replace("helper", "high")).expect("well formed");
        let packages = [("low", ""), ("high", "")];
        let unused = |edges: &[_]| rules.unused(&[graph(&packages, edges), graph(&[], &[])]);
        assert!(unused(&[("high", "low", false), ("low", "high", true)]).is_empty());
        // What only tests use does not stand among what programs use, and the other way round.
        assert_eq!(
            unused(&[("high", "low", true), ("low", "high", false)]),
            [
                "[uses] of layers.toml lets `high` use `low`, which it does not: take it off the list",
                "[tests_also_use] of layers.toml lets `low` use `high`, which it does not: take it off the list",
            ]
        );
    }

    #[test]
    fn a_crate_that_no_rule_names_is_refused() {
        let found = findings(&[("stranger", "")], &[]);
        assert_eq!(found, ["layers.toml has no line for `stranger`: say what it may use"]);
    }

    #[test]
    fn what_must_never_be_reached_is_found_behind_other_crates() {
        let packages = [("high", ""), ("low", ""), ("x-middle", "MIT"), ("x-secret", "MIT")];
        let found = findings(&packages, &[("high", "x-middle", false), ("x-middle", "x-secret", false)]);
        assert_eq!(found, ["`high` must never reach this crate: high -> x-middle -> x-secret"]);
    }
}
