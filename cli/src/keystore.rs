//! Keys at rest: one encrypted file per account.
//!
//! The password becomes a key by scrypt (RFC 7914); the key seals the account's secret with XChaCha20-Poly1305.
//! Name, address, scheme and the cost of scrypt are associated data: a file that was renamed or changed does
//! not open.

use std::{
    fs,
    io::{self, IsTerminal, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use adyton_client::{Account, AccountScheme, network::is_name};
use anyhow::{Context, Result};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand_core::RngCore;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{output::misuse, places::Places};

/// What the associated data begins with.
const CONTEXT: &str = "adyton/keystore/1";
/// The longest file that is read, in bytes.
const MAX_FILE: u64 = 16 * 1024;
/// The longest password, in bytes.
const MAX_PASSWORD: usize = 1024;
/// The least costs that a file may ask for, and the most: 2^20 takes a gigabyte.
const COSTS: std::ops::RangeInclusive<u8> = 14..=20;
/// What scrypt costs for new files: 2^16 blocks of 1 KiB, 64 MiB.
const COST: u8 = 16;

/// The folder of accounts.
pub struct Keystore {
    folder: PathBuf,
}

/// An account's file. Nothing in it is secret without the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    version: u8,
    /// What the user calls it.
    pub name: String,
    /// Its address.
    pub address: String,
    scheme: Scheme,
    cost: u8,
    #[serde(with = "hex::serde")]
    salt: [u8; 32],
    #[serde(with = "hex::serde")]
    nonce: [u8; 24],
    #[serde(with = "hex::serde")]
    sealed: Vec<u8>,
}

/// [`AccountScheme`] as the file has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scheme {
    Sr25519,
    Ed25519,
}

/// A password, wiped when it is dropped.
pub struct Password(Zeroizing<String>);

impl Password {
    /// From the file that the environment names, or from the terminal.
    pub fn ask(places: &Places, prompt: &str) -> Result<Self> {
        match &places.password_file {
            Some(path) => Self::from_file(path),
            None if io::stdin().is_terminal() => {
                let typed = rpassword::prompt_password(prompt).context("cannot read a password from the terminal")?;
                Ok(Self(Zeroizing::new(typed)))
            }
            None => Err(misuse(
                "there is no terminal to type a password at; name a file that holds it in ADYTON_PASSWORD_FILE",
            )),
        }
    }

    /// A new one, typed twice.
    pub fn choose(places: &Places, name: &str) -> Result<Self> {
        let first = Self::ask(places, &format!("New password for account '{name}': "))?;
        if first.0.is_empty() {
            return Err(misuse("an empty password protects nothing"));
        }
        if places.password_file.is_none() && *Self::ask(places, "The same again: ")?.0 != *first.0 {
            return Err(misuse("the two passwords differ"));
        }
        Ok(first)
    }

    fn from_file(path: &Path) -> Result<Self> {
        let unreadable =
            |error: io::Error| misuse(format!("cannot read the password from {}: {error}", path.display()));
        let file = fs::File::open(path).map_err(unreadable)?;
        let mut text = Zeroizing::new(String::with_capacity(MAX_PASSWORD));
        file.take(MAX_PASSWORD as u64).read_to_string(&mut text).map_err(unreadable)?;
        Ok(Self(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())))
    }
}

impl Keystore {
    /// In `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The names of all accounts, in order.
    pub fn names(&self) -> Result<Vec<String>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(misuse(format!("cannot read {}: {error}", self.folder.display()))),
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let accounts = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let mut names: Vec<String> = accounts.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
        names.sort();
        Ok(names)
    }

    /// An account's file.
    pub fn read(&self, name: &str) -> Result<Stored> {
        let path = self.path(name)?;
        let length = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(misuse(format!("there is no account '{name}'; see `adyton account list`")));
            }
            Err(error) => return Err(misuse(format!("cannot read {}: {error}", path.display()))),
        };
        if length > MAX_FILE {
            return Err(misuse(format!("{} is too long for an account", path.display())));
        }
        let bytes = fs::read(&path).map_err(|error| misuse(format!("cannot read {}: {error}", path.display())))?;
        let stored: Stored = serde_json::from_slice(&bytes)
            .map_err(|error| misuse(format!("{} is no account: {error}", path.display())))?;
        if stored.name != name {
            return Err(misuse(format!("{} holds the account '{}'", path.display(), stored.name)));
        }
        Ok(stored)
    }

    /// Writes a new account's file. One that is there is never written over.
    pub fn add(&self, stored: &Stored) -> Result<PathBuf> {
        let path = self.path(&stored.name)?;
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .with_context(|| format!("cannot make the folder {}", self.folder.display()))?;
        let text = serde_json::to_string_pretty(stored).context("an account is plain data")?;
        let mut file = match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(misuse(format!("there is an account '{}' already", stored.name)));
            }
            Err(error) => return Err(error).with_context(|| format!("cannot write {}", path.display())),
        };
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        if !is_name(name) {
            return Err(misuse(format!("'{name}' is no account's name: 1 to 64 characters of a-z, 0-9 and -")));
        }
        Ok(self.folder.join(format!("{name}.json")))
    }
}

impl Stored {
    /// Seals an account under a password.
    pub fn seal(name: &str, account: &Account, password: &Password) -> Result<Self> {
        let (mut salt, mut nonce) = ([0; 32], [0; 24]);
        rand_core::OsRng.fill_bytes(&mut salt);
        rand_core::OsRng.fill_bytes(&mut nonce);
        let scheme = match account.scheme() {
            AccountScheme::Sr25519 => Scheme::Sr25519,
            AccountScheme::Ed25519 => Scheme::Ed25519,
        };
        let mut stored = Self {
            version: 1,
            name: name.into(),
            address: account.address(),
            scheme,
            cost: COST,
            salt,
            nonce,
            sealed: vec![],
        };
        let secret = account.to_stored();
        let data = stored.associated_data();
        let payload = Payload { msg: &secret, aad: data.as_bytes() };
        stored.sealed = stored
            .cipher(password)?
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| anyhow::anyhow!("the key cannot be sealed"))?;
        Ok(stored)
    }

    /// The account, if the password is right.
    pub fn open(&self, password: &Password) -> Result<Account> {
        if self.version != 1 {
            return Err(misuse(format!("its file has version {}; this program knows 1", self.version)));
        }
        let data = self.associated_data();
        let payload = Payload { msg: &self.sealed, aad: data.as_bytes() };
        let secret = self.cipher(password)?.decrypt(&XNonce::from(self.nonce), payload);
        let secret =
            Zeroizing::new(secret.map_err(|_| anyhow::anyhow!("the password is wrong, or its file was changed"))?);
        let scheme = match self.scheme {
            Scheme::Sr25519 => AccountScheme::Sr25519,
            Scheme::Ed25519 => AccountScheme::Ed25519,
        };
        Ok(Account::from_stored(scheme, &secret)?)
    }

    fn cipher(&self, password: &Password) -> Result<XChaCha20Poly1305> {
        // Bounded before memory is taken.
        if !COSTS.contains(&self.cost) {
            return Err(misuse(format!("its file asks for scrypt with cost 2^{}, which is not accepted", self.cost)));
        }
        let parameters = scrypt::Params::new(self.cost, 8, 1, 32)
            .map_err(|error| anyhow::anyhow!("scrypt's parameters: {error}"))?;
        let mut key = Zeroizing::new([0; 32]);
        scrypt::scrypt(password.0.as_bytes(), &self.salt, &parameters, &mut *key)
            .map_err(|error| anyhow::anyhow!("scrypt: {error}"))?;
        XChaCha20Poly1305::new_from_slice(&*key).map_err(|_| anyhow::anyhow!("32 bytes are a key"))
    }

    fn associated_data(&self) -> String {
        // No part contains a line break.
        format!("{CONTEXT}\n{}\n{}\n{:?}\n{}", self.name, self.address, self.scheme, self.cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_client::chain::extrinsic::Signer;
    use std::os::unix::fs::PermissionsExt;

    fn password(text: &str) -> Password {
        Password(Zeroizing::new(text.into()))
    }

    fn alice() -> Account {
        Account::from_secret("//Alice", AccountScheme::Sr25519).unwrap()
    }

    #[test]
    fn an_account_opens_with_its_password_and_with_no_other() {
        let stored = Stored::seal("alice", &alice(), &password("right")).unwrap();
        assert_eq!(stored.open(&password("right")).unwrap().account(), alice().account());
        assert!(stored.open(&password("wrong")).is_err());
    }

    #[test]
    fn a_file_that_was_changed_does_not_open() {
        let stored = Stored::seal("alice", &alice(), &password("right")).unwrap();
        let mut sealed = stored.clone();
        sealed.sealed[3] ^= 1;
        for changed in [
            Stored { name: "bob".into(), ..stored.clone() },
            Stored { address: "x".into(), ..stored.clone() },
            Stored { scheme: Scheme::Ed25519, ..stored.clone() },
            Stored { cost: 15, ..stored.clone() },
            Stored { version: 2, ..stored.clone() },
            sealed,
        ] {
            assert!(changed.open(&password("right")).is_err());
        }
    }

    #[test]
    fn a_file_that_asks_for_too_much_or_too_little_work_is_refused_before_any_is_done() {
        let stored = Stored::seal("alice", &alice(), &password("right")).unwrap();
        for cost in [0, 13, 21, 63, 255] {
            let error = Stored { cost, ..stored.clone() }.open(&password("right")).unwrap_err();
            assert!(error.to_string().contains("not accepted"), "{error}");
        }
    }

    #[test]
    fn a_file_is_the_users_own_and_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let keystore = Keystore::new(folder.path().join("accounts"));
        let stored = Stored::seal("alice", &alice(), &password("right")).unwrap();
        let path = keystore.add(&stored).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(keystore.add(&stored).unwrap_err().to_string().contains("already"));
        assert_eq!(keystore.read("alice").unwrap(), stored);
        assert_eq!(keystore.names().unwrap(), ["alice"]);
        let text = fs::read_to_string(path).unwrap();
        assert!(!text.contains(&hex::encode(&*alice().to_stored())));
    }

    #[test]
    fn a_name_that_leaves_the_folder_is_refused() {
        let keystore = Keystore::new("/nowhere".into());
        assert!(keystore.read("../x").unwrap_err().to_string().contains("no account's name"));
    }

    #[test]
    fn a_password_file_ends_where_its_line_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, "secret words\n").unwrap();
        assert_eq!(*Password::from_file(&path).unwrap().0, "secret words");
    }
}
