//! New code of the chain: what is in a file, and bringing it when it was decided on.
//!
//! A file is believed when the node's own program has compiled and asked it, and its hash is what is decided about. The
//! chain checks name and version again.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use adyton_client::{
    Client,
    chain::{
        extrinsic::{Call, TRANSACTION_VERSION, calls::System},
        facts::{RuntimeCode, runtime_code_key},
        governance::{AuthorizedUpgrade, authorized_upgrade, code_hash},
    },
};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    connection::Connection,
    output::misuse,
    sending::{Intent, Sender},
    signing::Signing,
    up::programs,
};

/// The most bytes of a runtime: an author puts 4 MiB into a block, with what else every block has.
const MAX_CODE: u64 = 4_000_000;
/// How long the chain may take from the block with the code to the first one made by it.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is asked.
const POLL: Duration = Duration::from_millis(500);

/// What is brought, and by whom.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The file with the runtime that was decided on.
    file: PathBuf,
    #[command(flatten)]
    signing: Signing,
}

/// A runtime, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runtime {
    code: Vec<u8>,
    version: Version,
}

/// What the node's program says of a runtime.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Version {
    name: String,
    specification: u32,
    transaction: u32,
    /// Of the bytes that it read.
    hash: String,
}

impl Runtime {
    /// Reads a file, and has the node's program look at it.
    ///
    /// # Errors
    /// The file cannot be read, is too large or no runtime, or the program is not there.
    pub fn read(path: &Path, connection: &Connection<'_>) -> Result<Self> {
        let code = read(path)?;
        connection.output.progress("Compiling the runtime, which takes seconds where it was not done before.");
        let said = ask(path, &connection.places.runtimes())?;
        let version = serde_json::from_slice(&said).context("adyton-node is of another version than this program")?;
        Self::checked(code, version)
    }

    fn checked(code: Vec<u8>, version: Version) -> Result<Self> {
        let runtime = Self { code, version };
        if runtime.version.hash != runtime.hash() {
            bail!("the file was changed while it was read");
        }
        Ok(runtime)
    }

    /// That the chain would take it after the code that it runs.
    ///
    /// # Errors
    /// It has another name, or no higher version.
    pub fn follows(&self, now: &RuntimeCode) -> Result<()> {
        let Version { name, specification, .. } = &self.version;
        if *name != now.name {
            return Err(misuse(format!(
                "the file is a runtime of '{}', and the chain runs '{}'",
                name.escape_debug(),
                now.name.escape_debug()
            )));
        }
        if *specification <= now.specification {
            return Err(misuse(format!(
                "the file is version {specification}, and the chain runs {}: it takes only higher ones",
                now.specification
            )));
        }
        Ok(())
    }

    /// That it is what was decided on.
    fn is_authorized(&self, authorized: Option<AuthorizedUpgrade>) -> Result<()> {
        let authorized = authorized.ok_or_else(|| {
            misuse("no new code was decided on, or it was brought already; `adyton gov propose upgrade` proposes some")
        })?;
        if authorized.code != code_hash(&self.code) {
            return Err(misuse(format!(
                "the code that was decided on has the hash 0x{}, and this file {}",
                hex::encode(authorized.code),
                self.hash()
            )));
        }
        Ok(())
    }

    /// The decision that lets anybody bring it.
    pub fn authorization(&self) -> Call {
        Call::System(System::AuthorizeUpgrade(code_hash(&self.code)))
    }

    fn hash(&self) -> String {
        format!("0x{}", hex::encode(code_hash(&self.code)))
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({
            "name": self.version.name,
            "specification": self.version.specification,
            "transaction": self.version.transaction,
            "hash": self.hash(),
            "bytes": self.code.len(),
        })
    }

    /// For people: what it is, and what it takes the place of.
    pub fn text(&self, now: &RuntimeCode) -> String {
        let Version { name, specification, transaction, .. } = &self.version;
        let mut text = format!(
            "The file is version {specification} of the runtime '{}', {} bytes of hash {}. The chain runs {}.",
            name.escape_debug(),
            self.code.len(),
            self.hash(),
            now.specification
        );
        if *transaction != TRANSACTION_VERSION {
            text += &format!(
                "\nIts transactions are of version {transaction}: programs that know only {TRANSACTION_VERSION}, as this one does, sign nothing under it."
            );
        }
        text
    }
}

/// What else a proposal of new code says beforehand.
pub const THEN: &str = "When it is done, anybody may bring the code with `adyton gov apply-upgrade`; it holds from the block after that. Validators compile it ahead with `adyton-node compile-runtime --code`, or make no blocks for seconds.";

/// All of the file.
fn read(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |reason: String| misuse(format!("{}: {reason}", path.display()));
    let file = fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut code = Vec::new();
    file.take(MAX_CODE + 1).read_to_end(&mut code).map_err(|error| unreadable(error.to_string()))?;
    if code.len() as u64 > MAX_CODE {
        return Err(unreadable(format!("a runtime has at most {MAX_CODE} bytes; take the compressed one")));
    }
    Ok(code)
}

/// What the node's program says of a file, which it leaves compiled in `runtimes`.
fn ask(path: &Path, runtimes: &Path) -> Result<Vec<u8>> {
    let node = programs()?.join("adyton-node");
    let mut command = Command::new(&node);
    command.args(["compile-runtime", "--code"]).arg(path).arg("--wasm-cache").arg(runtimes).stdin(Stdio::null());
    let done = command.output().with_context(|| format!("starting {}, which reads runtimes", node.display()))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        let why = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        return Err(misuse(format!("{}: {}", path.display(), why.trim())));
    }
    Ok(done.stdout)
}

/// Brings what was decided on, and waits until the chain runs it.
pub async fn apply(args: &ApplyArgs, connection: &Connection<'_>) -> Result<()> {
    let runtime = Runtime::read(&args.file, connection)?;
    let sender = Sender::new(&args.signing, connection)?;
    let facts = sender.client.facts(&[authorized_upgrade(), runtime_code_key()]).await?;
    let now = facts.runtime_code()?;
    runtime.is_authorized(facts.authorized_upgrade()?)?;
    runtime.follows(&now)?;
    let does = format!(
        "Replaces the chain's code, from the block after the one that takes this on. {}\nThe fee is given back if it is taken.",
        runtime.text(&now)
    );
    let call = Call::System(System::ApplyAuthorizedUpgrade(runtime.code.clone()));
    let sent = sender.send(&Intent::free(does), &call).await?;
    runs(&sender.client, runtime.version.specification).await?;
    let mut json = runtime.json();
    json["block"] = json!(sent.block());
    connection.output.result(&json, || {
        format!("The chain runs version {} since block {}", runtime.version.specification, sent.block() + 1)
    })
}

/// Waits until the chain proves that it runs a version of its code, or a later one.
async fn runs(client: &Client, specification: u32) -> Result<()> {
    let start = Instant::now();
    loop {
        let now = client.facts(&[runtime_code_key()]).await?.runtime_code()?.specification;
        if now >= specification {
            return Ok(());
        }
        if start.elapsed() > PATIENCE {
            bail!("the code was brought, and the chain still runs version {now}: see its node's log");
        }
        tokio::time::sleep(POLL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(name: &str, specification: u32, code: &[u8]) -> Version {
        let hash = format!("0x{}", hex::encode(code_hash(code)));
        Version { name: name.into(), specification, transaction: TRANSACTION_VERSION, hash }
    }

    fn runtime(name: &str, specification: u32) -> Runtime {
        Runtime::checked(b"code".to_vec(), version(name, specification, b"code")).unwrap()
    }

    fn now() -> RuntimeCode {
        RuntimeCode { name: "adyton".into(), specification: 7 }
    }

    #[test]
    fn a_runtime_of_a_higher_version_follows() {
        runtime("adyton", 8).follows(&now()).unwrap();
        let text = runtime("adyton", 8).text(&now());
        for part in ["version 8 of the runtime 'adyton'", "4 bytes", &runtime("adyton", 8).hash(), "The chain runs 7."]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("sign nothing"), "{text}");
    }

    #[test]
    fn the_same_or_a_lower_version_is_refused() {
        for specification in [7, 6, 0] {
            let refused = runtime("adyton", specification).follows(&now()).unwrap_err().to_string();
            assert!(refused.contains("the chain runs 7: it takes only higher ones"), "{refused}");
        }
    }

    #[test]
    fn a_runtime_of_another_name_is_refused() {
        let refused = runtime("another", 8).follows(&now()).unwrap_err().to_string();
        assert!(refused.contains("a runtime of 'another', and the chain runs 'adyton'"), "{refused}");
    }

    #[test]
    fn other_transactions_are_warned_of() {
        let mut other = runtime("adyton", 8);
        other.version.transaction = TRANSACTION_VERSION + 1;
        assert!(other.text(&now()).contains("sign nothing under it"), "{}", other.text(&now()));
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_refused() {
        let refused = Runtime::checked(b"other".to_vec(), version("adyton", 8, b"code")).unwrap_err();
        assert!(refused.to_string().contains("changed while it was read"), "{refused}");
    }

    #[test]
    fn code_that_nobody_decided_on_is_not_brought() {
        let refused = runtime("adyton", 8).is_authorized(None).unwrap_err().to_string();
        assert!(refused.contains("no new code was decided on"), "{refused}");
    }

    #[test]
    fn only_the_code_that_was_decided_on_is_brought() {
        let authorized = AuthorizedUpgrade { code: code_hash(b"code"), checked: true };
        runtime("adyton", 8).is_authorized(Some(authorized)).unwrap();
        let other = AuthorizedUpgrade { code: code_hash(b"other"), checked: true };
        let refused = runtime("adyton", 8).is_authorized(Some(other)).unwrap_err().to_string();
        assert!(refused.contains(&hex::encode(code_hash(b"other"))), "{refused}");
    }

    #[test]
    fn what_is_decided_on_is_the_hash() {
        let expected = Call::System(System::AuthorizeUpgrade(code_hash(b"code")));
        assert_eq!(runtime("adyton", 8).authorization(), expected);
    }

    #[test]
    fn a_file_that_is_not_there_or_too_large_is_bad_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runtime.wasm");
        assert!(read(&path).unwrap_err().to_string().contains("runtime.wasm: "));
        fs::File::create(&path).unwrap().set_len(MAX_CODE).unwrap();
        assert_eq!(read(&path).unwrap().len() as u64, MAX_CODE);
        fs::File::create(&path).unwrap().set_len(MAX_CODE + 1).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("take the compressed one"));
    }
}
