//! What most commands need: the network, a client of it, and the account that signs.

use std::path::PathBuf;

use adyton_client::{
    Account, AccountScheme, Client, ContractId, NetworkFile, network::is_name, protocol::ids::NetworkId,
};
use anyhow::{Context, Result};

use crate::{
    keystore::{Keystore, Password},
    output::{Output, misuse},
    places::Places,
    project::aliases,
};

/// The way from a command to its network.
pub struct Connection<'a> {
    /// Where files lie.
    pub places: &'a Places,
    /// How results are written.
    pub output: Output,
    wanted: Option<&'a str>,
}

impl<'a> Connection<'a> {
    /// To the network called `wanted`, or the one in use.
    pub fn new(places: &'a Places, wanted: Option<&'a str>, output: Output) -> Self {
        Self { places, output, wanted }
    }

    /// Whether a network was named on the command line.
    pub fn is_named(&self) -> bool {
        self.wanted.is_some()
    }

    /// The network's file.
    pub fn network(&self) -> Result<NetworkFile> {
        let name = match self.wanted {
            Some(name) => name.to_owned(),
            None => self.in_use()?.ok_or_else(|| {
                misuse("no network is in use; start one with `adyton up`, or add one with `adyton network add`")
            })?,
        };
        self.network_called(&name)
    }

    /// The network of this name.
    pub fn network_called(&self, name: &str) -> Result<NetworkFile> {
        let path = self.network_path(name)?;
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(misuse(format!(
                    "there is no network '{name}' (no {}); see `adyton network list`",
                    path.display()
                )));
            }
            Err(error) => return Err(misuse(format!("cannot read {}: {error}", path.display()))),
        };
        NetworkFile::from_json(&bytes).map_err(|error| misuse(format!("{}: {error}", path.display())))
    }

    /// All networks that were added, by name.
    pub fn networks(&self) -> Result<Vec<NetworkFile>> {
        let folder = self.places.networks();
        let mut names: Vec<String> = match std::fs::read_dir(&folder) {
            Ok(entries) => entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
                .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
                .collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(misuse(format!("cannot read {}: {error}", folder.display()))),
        };
        names.sort();
        names.iter().map(|name| self.network_called(name)).collect()
    }

    /// The network with this identity, if it was added.
    pub fn known(&self, id: &NetworkId) -> Result<Option<NetworkFile>> {
        Ok(self.networks()?.into_iter().find(|network| network.network_id == *id))
    }

    /// Where the file of a network of this name is.
    pub fn network_path(&self, name: &str) -> Result<PathBuf> {
        if !is_name(name) {
            return Err(misuse(format!("'{name}' is no network's name: 1 to 64 characters of a-z, 0-9 and -")));
        }
        Ok(self.places.networks().join(format!("{name}.json")))
    }

    /// The name of the network in use.
    pub fn in_use(&self) -> Result<Option<String>> {
        let path = self.places.network_in_use();
        match std::fs::read_to_string(&path) {
            Ok(name) => Ok(Some(name.trim().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(misuse(format!("cannot read {}: {error}", path.display()))),
        }
    }

    /// A client of the network. What a development network is worth is said here, once per command.
    pub fn client(&self) -> Result<Client> {
        let network = self.network()?;
        self.warn_of_development(&network);
        Client::new(network).context("cannot make a client")
    }

    /// Says that a network stands for no hardware, if it does not.
    pub fn warn_of_development(&self, network: &NetworkFile) {
        if network.development {
            self.output.warn(format!("'{}' is a development network: it proves nothing about hardware", network.name));
        }
    }

    /// The account that signs: one of the keystore by name, or a development account such as `//Alice` on a
    /// development network. Without a name, the keystore's only one.
    pub fn account(&self, network: &NetworkFile, name: Option<&str>) -> Result<Account> {
        match name {
            Some(path) if path.starts_with('/') => self.development_account(network, path),
            Some(name) => self.unlock(name),
            None => {
                let names = Keystore::new(self.places.accounts()).names()?;
                match <[String; 1]>::try_from(names) {
                    Ok([name]) => self.unlock(&name),
                    Err(names) if names.is_empty() => Err(misuse(
                        "there is no account yet; make one with `adyton account new NAME`, or name a development account: --from //Alice",
                    )),
                    Err(names) => Err(misuse(format!("which account? name one with --from: {}", names.join(", ")))),
                }
            }
        }
    }

    /// A contract by its identifier, or by the alias that the project in this folder has for it.
    pub fn contract(&self, network: &NetworkFile, name: &str) -> Result<ContractId> {
        if let Ok(id) = name.parse() {
            return Ok(id);
        }
        let folder = std::env::current_dir().context("the current folder is gone")?;
        aliases::find(&folder, &network.name, name)
    }

    fn development_account(&self, network: &NetworkFile, path: &str) -> Result<Account> {
        if !network.development {
            return Err(misuse(format!(
                "everybody has the key of {path}: it is for development networks, and '{}' is none",
                network.name
            )));
        }
        let account =
            Account::from_secret(path, AccountScheme::Sr25519).map_err(|error| misuse(format!("{path}: {error}")))?;
        self.output.warn(format!("{path} is a development account: everybody has its key"));
        Ok(account)
    }

    fn unlock(&self, name: &str) -> Result<Account> {
        let keystore = Keystore::new(self.places.accounts());
        let stored = keystore.read(name)?;
        let password = Password::ask(self.places, &format!("Password of account '{name}': "))?;
        stored.open(&password).with_context(|| format!("account '{name}' stays closed"))
    }
}
