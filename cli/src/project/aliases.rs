//! Which contract a project's name stands for, on each network: a file beside `adyton.toml`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use adyton_client::{ContractId, protocol::ids::CodeHash};
use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::FILE;
use crate::{output::misuse, whole_file::write_whole};

/// The file. It holds no secret and may be kept under version control.
const ALIASES: &str = "adyton.deployed.json";
/// The most earlier codes that are kept of a contract.
const MAX_EARLIER: usize = 100;
/// The longest such file, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// By network, by name.
type Aliases = BTreeMap<String, BTreeMap<String, Deployed>>;

/// A deployed contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployed {
    /// Its identifier.
    pub contract: ContractId,
    /// The code that was deployed last.
    pub code: CodeHash,
    /// Those that were deployed before it, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<CodeHash>,
}

impl Deployed {
    /// What is earlier when `code` is deployed next.
    fn followed_by(self, code: CodeHash) -> Vec<CodeHash> {
        let mut earlier = self.earlier;
        if self.code != code {
            earlier.push(self.code);
        }
        let surplus = earlier.len().saturating_sub(MAX_EARLIER);
        earlier.split_off(surplus)
    }
}

/// The contract that `name` stands for on `network`, by the nearest project at or above `folder`.
pub fn find(folder: &Path, network: &str, name: &str) -> Result<ContractId> {
    for folder in folder.ancestors() {
        if let Some(deployed) = read(folder)?.get(network).and_then(|names| names.get(name)) {
            return Ok(deployed.contract);
        }
        if folder.join(FILE).exists() {
            break;
        }
    }
    Err(misuse(format!(
        "'{name}' is neither a contract's id nor a name that the project here has on network '{network}'; deploy it first, or run this in its project's folder"
    )))
}

/// What the project in `folder` has deployed as `name` on `network`.
pub fn deployed(folder: &Path, network: &str, name: &str) -> Result<Option<Deployed>> {
    Ok(read(folder)?.get(network).and_then(|names| names.get(name)).cloned())
}

/// What the nearest project at or above `folder` has deployed as `contract`, under whichever name.
pub fn of(folder: &Path, network: &str, contract: &ContractId) -> Result<Option<(PathBuf, String, Deployed)>> {
    for folder in folder.ancestors() {
        let names = read(folder)?.remove(network).unwrap_or_default();
        if let Some((name, found)) = names.into_iter().find(|(_, deployed)| deployed.contract == *contract) {
            return Ok(Some((folder.to_owned(), name, found)));
        }
        if folder.join(FILE).exists() {
            break;
        }
    }
    Ok(None)
}

/// Notes a deployment of `code`: of the contract that the name stood for, or of another one from now on.
pub fn note(folder: &Path, network: &str, name: &str, contract: ContractId, code: CodeHash) -> Result<()> {
    let mut aliases = read(folder)?;
    let names = aliases.entry(network.to_owned()).or_default();
    let earlier = match names.remove(name).filter(|known| known.contract == contract) {
        Some(known) => known.followed_by(code),
        None => Vec::new(),
    };
    names.insert(name.to_owned(), Deployed { contract, code, earlier });
    let text = serde_json::to_string_pretty(&aliases)? + "\n";
    write_whole(&path(folder), text.as_bytes())
}

fn path(folder: &Path) -> PathBuf {
    folder.join(ALIASES)
}

fn read(folder: &Path) -> Result<Aliases> {
    let path = path(folder);
    let unreadable = |reason: String| misuse(format!("{}: {reason}", path.display()));
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Aliases::new()),
        Err(error) => return Err(unreadable(error.to_string())),
        Ok(metadata) if metadata.len() > MAX_FILE => return Err(unreadable("it is too long".into())),
        Ok(_) => {}
    }
    let bytes = std::fs::read(&path).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes that `counter` on `network` stands for this contract.
    fn noted(folder: &Path, network: &str, byte: u8) {
        note(folder, network, "counter", ContractId([byte; 32]), CodeHash([byte; 32])).unwrap();
    }

    #[test]
    fn a_name_stands_for_another_contract_on_each_network() {
        let folder = tempfile::tempdir().unwrap();
        noted(folder.path(), "local", 1);
        noted(folder.path(), "main", 2);
        noted(folder.path(), "local", 3);
        assert_eq!(find(folder.path(), "local", "counter").unwrap(), ContractId([3; 32]));
        assert_eq!(find(folder.path(), "main", "counter").unwrap(), ContractId([2; 32]));
        assert!(find(folder.path(), "local", "other").is_err());
    }

    #[test]
    fn a_project_is_found_from_inside_its_folder_and_not_from_a_project_inside_it() {
        let folder = tempfile::tempdir().unwrap();
        noted(folder.path(), "local", 1);
        let inside = folder.path().join("src");
        std::fs::create_dir_all(&inside).unwrap();
        assert!(find(&inside, "local", "counter").is_ok());
        std::fs::write(inside.join(FILE), "").unwrap();
        assert!(find(&inside, "local", "counter").is_err());
    }

    #[test]
    fn codes_that_were_deployed_before_are_kept_in_their_order_and_within_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let deploy = |contract, code| {
            note(folder.path(), "local", "counter", ContractId([contract; 32]), CodeHash([code; 32])).unwrap();
        };
        let earlier = || {
            let (_, _, deployed) = of(folder.path(), "local", &ContractId([1; 32])).unwrap().unwrap();
            deployed.earlier.iter().map(|code| code.0[0]).collect::<Vec<_>>()
        };
        for code in [1, 2, 2, 1, 3] {
            deploy(1, code);
        }
        assert_eq!(earlier(), [1, 2, 1]);
        for code in 0..=255 {
            deploy(1, code);
        }
        assert_eq!((earlier().len(), earlier().last()), (MAX_EARLIER, Some(&254)));
        deploy(2, 5);
        assert!(of(folder.path(), "local", &ContractId([1; 32])).unwrap().is_none());
        assert!(of(folder.path(), "main", &ContractId([2; 32])).unwrap().is_none());
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(path(folder.path()), "{").unwrap();
        assert!(find(folder.path(), "local", "x").unwrap_err().to_string().contains(ALIASES));
    }
}
