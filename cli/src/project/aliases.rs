//! Which contract a project's name stands for, on each network: a file beside `adyton.toml`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use adyton_client::{ContractId, protocol::ids::CodeHash};
use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::FILE;
use crate::{network::write_whole, output::misuse};

/// The file. It holds no secret and may be kept under version control.
const ALIASES: &str = "adyton.deployed.json";
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

/// Notes a deployment.
pub fn note(folder: &Path, network: &str, name: &str, deployed: Deployed) -> Result<()> {
    let mut aliases = read(folder)?;
    aliases.entry(network.to_owned()).or_default().insert(name.to_owned(), deployed);
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

    fn deployed_as(byte: u8) -> Deployed {
        Deployed { contract: ContractId([byte; 32]), code: CodeHash([byte; 32]) }
    }

    #[test]
    fn a_name_stands_for_another_contract_on_each_network() {
        let folder = tempfile::tempdir().unwrap();
        note(folder.path(), "local", "counter", deployed_as(1)).unwrap();
        note(folder.path(), "main", "counter", deployed_as(2)).unwrap();
        note(folder.path(), "local", "counter", deployed_as(3)).unwrap();
        assert_eq!(find(folder.path(), "local", "counter").unwrap(), ContractId([3; 32]));
        assert_eq!(find(folder.path(), "main", "counter").unwrap(), ContractId([2; 32]));
        assert!(find(folder.path(), "local", "other").is_err());
    }

    #[test]
    fn a_project_is_found_from_inside_its_folder_and_not_from_a_project_inside_it() {
        let folder = tempfile::tempdir().unwrap();
        note(folder.path(), "local", "counter", deployed_as(1)).unwrap();
        let inside = folder.path().join("src");
        std::fs::create_dir_all(&inside).unwrap();
        assert!(find(&inside, "local", "counter").is_ok());
        std::fs::write(inside.join(FILE), "").unwrap();
        assert!(find(&inside, "local", "counter").is_err());
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(path(folder.path()), "{").unwrap();
        assert!(find(folder.path(), "local", "x").unwrap_err().to_string().contains(ALIASES));
    }
}
