//! A workspace's packages and the edges between them, as `cargo metadata` reports them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

const METADATA: [&str; 4] =
    ["metadata", "--format-version=1", "--locked", "--filter-platform=x86_64-unknown-linux-gnu"];
const TREE: [&str; 7] = [
    "tree",
    "--workspace",
    "--locked",
    "--edges=normal,build,dev",
    "--target=x86_64-unknown-linux-gnu",
    "--prefix=none",
    "--format={p}\t{f}",
];

/// All packages that a workspace builds on Linux, tests included, by their id.
pub struct Graph {
    pub packages: BTreeMap<String, Package>,
    pub members: BTreeSet<String>,
    /// By the package that depends.
    pub edges: BTreeMap<String, Vec<Edge>>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Package {
    pub id: String,
    pub name: String,
    pub version: semver::Version,
    pub license: Option<String>,
    /// Nothing for a path, else where it was fetched from.
    pub source: Option<String>,
    pub manifest_path: PathBuf,
    #[serde(skip)]
    pub features: BTreeSet<String>,
}

/// A dependency on the package with the id `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    pub to: String,
    /// Only tests, examples and benches need it.
    pub only_for_tests: bool,
}

impl Graph {
    pub fn load(workspace: &Path) -> Result<Self> {
        let context = || format!("cargo's description of {}", workspace.display());
        let mut graph = Self::parse(cargo(workspace, &METADATA)?.as_bytes()).with_context(context)?;
        graph.keep(&parse_tree(&cargo(workspace, &TREE)?).with_context(context)?);
        Ok(graph)
    }

    pub fn parse(json: &[u8]) -> Result<Self> {
        let raw: Metadata = serde_json::from_slice(json)?;
        let packages: BTreeMap<String, Package> =
            raw.packages.into_iter().map(|package| (package.id.clone(), package)).collect();
        let edges =
            raw.resolve.nodes.into_iter().map(|node| (node.id, node.deps.into_iter().map(Edge::from).collect()));
        let edges = edges.collect();
        Ok(Self { packages, members: raw.workspace_members.into_iter().collect(), edges })
    }

    /// Leaves out what is in the lock file for a feature that nobody turns on, and notes the features in use.
    fn keep(&mut self, built: &Built) {
        self.packages.retain(|_, package| match built.get(&(package.name.clone(), package.version.clone())) {
            Some(features) => {
                package.features = features.clone();
                true
            }
            None => false,
        });
        let packages = &self.packages;
        self.edges.retain(|from, _| packages.contains_key(from));
        for edges in self.edges.values_mut() {
            edges.retain(|edge| packages.contains_key(&edge.to));
        }
    }

    /// Our own packages: the workspace's members and what they take by path.
    pub fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|package| package.source.is_none())
    }

    /// The packages that `id` uses directly, other than in tests.
    pub fn uses(&self, id: &str) -> impl Iterator<Item = &Package> {
        self.direct(id, false)
    }

    /// The packages that only the tests of `id` use directly.
    pub fn tests_use(&self, id: &str) -> impl Iterator<Item = &Package> {
        self.direct(id, true)
    }

    /// A shortest chain of names from `id` to a package called `name`, without edges that only tests need.
    pub fn path_to(&self, id: &str, name: &str) -> Option<Vec<String>> {
        let mut seen = BTreeSet::from([id.to_owned()]);
        let mut front = vec![vec![id.to_owned()]];
        while !front.is_empty() {
            let mut next = Vec::new();
            for path in front {
                let last = path.last().expect("a path starts with its own package");
                for package in self.uses(last) {
                    let longer: Vec<String> = path.iter().cloned().chain([package.id.clone()]).collect();
                    if package.name == name {
                        return Some(longer.iter().map(|id| self.packages[id].name.clone()).collect());
                    }
                    if seen.insert(package.id.clone()) {
                        next.push(longer);
                    }
                }
            }
            front = next;
        }
        None
    }

    /// The packages that `id` uses directly, only in its tests or otherwise.
    pub fn direct(&self, id: &str, only_for_tests: bool) -> impl Iterator<Item = &Package> {
        let edges = self.edges.get(id).into_iter().flatten().filter(move |edge| edge.only_for_tests == only_for_tests);
        edges.filter_map(|edge| self.packages.get(&edge.to))
    }
}

impl From<Dependency> for Edge {
    fn from(dependency: Dependency) -> Self {
        let only_for_tests = dependency.dep_kinds.iter().all(|kind| kind.kind.as_deref() == Some("dev"));
        Self { to: dependency.pkg, only_for_tests }
    }
}

/// The packages that are built, and the features they are built with in any of their uses.
type Built = BTreeMap<(String, semver::Version), BTreeSet<String>>;

/// Reads lines of `name vVERSION [(..)]`, a tab, and features separated by commas.
fn parse_tree(text: &str) -> Result<Built> {
    let mut built = Built::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (package, features) = line.split_once('\t').with_context(|| format!("no tab in `{line}`"))?;
        let mut words = package.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next().and_then(|word| word.strip_prefix('v')));
        let version = version.with_context(|| format!("no version in `{line}`"))?.parse()?;
        let features = features.trim_end_matches("(*)").trim().split(',').filter(|feature| !feature.is_empty());
        built.entry((name.to_owned(), version)).or_default().extend(features.map(str::to_owned));
    }
    Ok(built)
}

fn cargo(workspace: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(arguments)
        .current_dir(workspace)
        .output()
        .context("cargo")?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("cargo {} in {}: {}", arguments[0], workspace.display(), message.trim());
    }
    String::from_utf8(output.stdout).context("cargo's output")
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A graph of our own packages, except those whose name starts with `x-`, which come from a registry.
    pub fn graph(packages: &[(&str, &str)], edges: &[(&str, &str, bool)]) -> Graph {
        let packages = packages
            .iter()
            .map(|(name, license)| {
                let foreign = name.starts_with("x-");
                let package = Package {
                    id: (*name).to_owned(),
                    name: (*name).to_owned(),
                    version: semver::Version::new(1, 2, 3),
                    license: (!license.is_empty()).then(|| (*license).to_owned()),
                    source: foreign.then(|| "registry+https://example.org/index".to_owned()),
                    manifest_path: PathBuf::from("Cargo.toml"),
                    features: BTreeSet::new(),
                };
                (package.id.clone(), package)
            })
            .collect();
        let mut by_package: BTreeMap<String, Vec<Edge>> = BTreeMap::new();
        for (from, to, only_for_tests) in edges {
            let edge = Edge { to: (*to).to_owned(), only_for_tests: *only_for_tests };
            by_package.entry((*from).to_owned()).or_default().push(edge);
        }
        Graph { packages, members: BTreeSet::new(), edges: by_package }
    }

    #[test]
    fn cargo_metadata_becomes_packages_and_edges() {
        let json = br#"{
            "packages": [
                {"id":"a","name":"a","version":"1.0.0","license":"MIT","source":null,"manifest_path":"/a/Cargo.toml"},
                {"id":"b","name":"b","version":"2.0.0","license":null,"source":"registry+x","manifest_path":"/b/Cargo.toml"}
            ],
            "workspace_members": ["a"],
            "resolve": {"nodes": [
                {"id":"a","deps":[{"pkg":"b","dep_kinds":[{"kind":"dev"},{"kind":null}]}]},
                {"id":"b","deps":[]}
            ]}
        }"#;
        let graph = Graph::parse(json).expect("well formed");
        assert_eq!(graph.edges["a"], [Edge { to: "b".into(), only_for_tests: false }]);
        assert_eq!(graph.ours().map(|package| package.name.as_str()).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn a_package_that_is_only_in_the_lock_file_is_left_out() {
        let mut graph = graph(&[("a", "MIT"), ("x-off", "MIT")], &[("a", "x-off", false)]);
        graph.keep(&parse_tree("a v1.2.3 (/somewhere)\tdefault,std\na v1.2.3\tring (*)\n").expect("well formed"));
        assert_eq!(graph.packages.keys().collect::<Vec<_>>(), ["a"]);
        assert!(graph.edges["a"].is_empty());
        let features: Vec<_> = graph.packages["a"].features.iter().map(String::as_str).collect();
        assert_eq!(features, ["default", "ring", "std"]);
    }

    #[test]
    fn a_tree_that_cannot_be_read_is_an_error_and_not_an_empty_graph() {
        assert!(parse_tree("a v1.2.3").is_err());
        assert!(parse_tree("a unknown\tstd").is_err());
    }

    #[test]
    fn a_path_is_found_through_others_but_not_through_tests() {
        let graph = graph(
            &[("a", "MIT"), ("b", "MIT"), ("c", "MIT"), ("d", "MIT")],
            &[("a", "b", false), ("b", "c", false), ("a", "d", true)],
        );
        assert_eq!(graph.path_to("a", "c"), Some(vec!["a".into(), "b".into(), "c".into()]));
        assert_eq!(graph.path_to("a", "d"), None);
    }
}
