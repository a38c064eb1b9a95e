//! `adyton slash commit`, `reveal` and `withdraw`: the bounty for a key that has left its machine.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use adyton_client::{
    chain::{
        economy::commitment,
        extrinsic::{
            Ed25519, Signature, Signer,
            calls::{Call, Slashing},
        },
    },
    protocol::{
        extraction::{self, SALT},
        ids::{AccountId, NetworkId, SigningKey},
    },
};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use rand_core::RngCore;
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::Zeroizing;

use super::show::Rules;
use crate::{
    account::{pha, read_secret},
    connection::Connection,
    output::misuse,
    sending::{Intent, Sender},
    signing::Signing,
};

/// The most bytes of a proof's file.
const MAX_FILE: u64 = 4096;

/// What a commitment is made of.
#[derive(Debug, Args)]
pub struct CommitArgs {
    /// Where the signature is kept until it is shown: a file that is not there yet.
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    signing: Signing,
}

/// What is shown.
#[derive(Debug, Args)]
pub struct RevealArgs {
    /// The file that `adyton slash commit` wrote.
    proof: PathBuf,
    #[command(flatten)]
    signing: Signing,
}

/// Who takes it back.
#[derive(Debug, Args)]
pub struct WithdrawArgs {
    #[command(flatten)]
    signing: Signing,
}

/// A signature of an extracted key, and what its commitment was made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    network: NetworkId,
    reporter: String,
    key: SigningKey,
    signature: String,
    salt: String,
}

impl Proof {
    /// Signed with `key`, for `reporter` alone.
    fn sign(network: &NetworkId, key: &Ed25519, reporter: &AccountId) -> Result<Self> {
        let public = SigningKey(key.account().0);
        let Signature::Ed25519(signature) = key.sign(&extraction::message(network, &public, reporter)) else {
            bail!("the key signs otherwise");
        };
        let mut salt = [0; SALT];
        rand_core::OsRng.try_fill_bytes(&mut salt).context("drawing a salt")?;
        Ok(Self {
            network: *network,
            reporter: reporter.to_string(),
            key: public,
            signature: hex::encode(signature),
            salt: hex::encode(salt),
        })
    }

    fn parts(&self) -> Result<([u8; 64], [u8; SALT])> {
        let (mut signature, mut salt) = ([0; 64], [0; SALT]);
        let read = hex::decode_to_slice(&self.signature, &mut signature)
            .and_then(|()| hex::decode_to_slice(&self.salt, &mut salt));
        read.map_err(|_| misuse("the proof's signature and salt are not hexadecimal digits of their lengths"))?;
        Ok((signature, salt))
    }

    /// What stands on the chain for it.
    fn commitment(&self, reporter: &AccountId) -> Result<[u8; 32]> {
        let (signature, salt) = self.parts()?;
        Ok(extraction::commitment(&self.network, &self.key, reporter, &signature, &salt))
    }

    /// Into a new file that only its owner reads.
    fn write(&self, path: &Path) -> Result<()> {
        let cannot = || format!("cannot write {}", path.display());
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(cannot)?;
        let text = serde_json::to_string_pretty(self).expect("plain data with text keys encodes");
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(cannot)
    }

    fn read(path: &Path) -> Result<Self> {
        let unreadable = |reason: String| misuse(format!("{}: {reason}", path.display()));
        let length = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
        if length > MAX_FILE {
            return Err(unreadable(format!("a proof has at most {MAX_FILE} bytes")));
        }
        let bytes = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))
    }
}

/// The secret that has left its machine.
fn secret(text: &str) -> Result<Ed25519> {
    let mut bytes = Zeroizing::new([0; 32]);
    let digits = text.trim();
    hex::decode_to_slice(digits.strip_prefix("0x").unwrap_or(digits), &mut bytes[..])
        .map_err(|_| misuse("the secret is 64 hexadecimal digits: the 32 bytes of the worker's Ed25519 key"))?;
    Ok(Ed25519::new(&bytes))
}

/// Commits to a signature.
pub async fn commit(args: &CommitArgs, connection: &Connection<'_>) -> Result<()> {
    let key = secret(&read_secret("The worker's secret key (64 hexadecimal digits): ")?)?;
    let sender = Sender::new(&args.signing, connection)?;
    let mut keys = Rules::keys();
    keys.push(commitment(&sender.id()));
    let facts = sender.client.facts(&keys).await?;
    let rules = Rules::of(&facts)?;
    ensure!(
        facts.commitment(&sender.id())?.is_none(),
        "{} has a commitment already; reveal it, or `adyton slash withdraw`",
        sender.address()
    );
    let proof = Proof::sign(&sender.client.network().network_id, &key, &sender.id())?;
    let call = Call::Slashing(Slashing::CommitExtraction(proof.commitment(&sender.id())?));
    let p = &rules.parameters;
    let intent = Intent {
        does: format!(
            "Commits to a signature of {}, which is kept in {} and stays secret. It can be shown {} later: then {} % of the stake behind its worker are lost, if there is any; you get {} % of what its pool's owner loses by it, and its machine is denied. The deposit comes back.",
            proof.key,
            args.output.display(),
            rules.blocks.lasting(p.reveal_after),
            p.key_extracted.percent(),
            extraction::BOUNTY_PERCENT
        ),
        takes: p.commitment_deposit,
    };
    let fee = sender.agreed(&intent, &call).await?;
    // Before the commitment is made, which is worth nothing without it; not before somebody agrees to it.
    proof.write(&args.output)?;
    let sent = sender.submit(&call, fee).await?;
    let from = sent.block().saturating_add(p.reveal_after);
    let json = json!({ "key": proof.key, "file": args.output, "reveal_from": from, "deposit": p.commitment_deposit.to_string() });
    connection.output.result(&sent.json(json), || {
        format!(
            "Committed in block {}; `adyton slash reveal {}` from {} on",
            sent.block(),
            args.output.display(),
            rules.blocks.said(from)
        )
    })
}

/// Shows the signature.
pub async fn reveal(args: &RevealArgs, connection: &Connection<'_>) -> Result<()> {
    let proof = Proof::read(&args.proof)?;
    let sender = Sender::new(&args.signing, connection)?;
    if proof.network != sender.client.network().network_id || proof.reporter != sender.id().to_string() {
        return Err(misuse(format!("{} is for another network or account", args.proof.display())));
    }
    let mut keys = Rules::keys();
    keys.push(commitment(&sender.id()));
    let facts = sender.client.facts(&keys).await?;
    let rules = Rules::of(&facts)?;
    let Some(found) = facts.commitment(&sender.id())? else {
        bail!("{} has no commitment; `adyton slash commit` makes one", sender.address())
    };
    ensure!(found.hash == proof.commitment(&sender.id())?, "the commitment on the chain is to something else");
    let from = found.block.saturating_add(rules.parameters.reveal_after);
    ensure!(rules.blocks.newest >= from, "it can be shown from {} on", rules.blocks.said(from));
    let (signature, salt) = proof.parts()?;
    let intent = Intent::free(format!(
        "Shows that {} has left its machine: {} % of the stake behind its worker, if there is any, are lost after {}, unless the network's votes cancel that, and its machine is denied now. The deposit of {} PHA comes back.",
        proof.key,
        rules.parameters.key_extracted.percent(),
        rules.blocks.lasting(rules.parameters.appeal),
        pha(found.deposit)
    ));
    let call = Slashing::RevealExtraction { key: proof.key, signature, salt };
    let sent = sender.send(&intent, &Call::Slashing(call)).await?;
    connection.output.result(&sent.json(json!({ "key": proof.key, "kind": "key-extracted" })), || {
        format!("Shown in block {}; see `adyton slash list`", sent.block())
    })
}

/// Takes a commitment back.
pub async fn withdraw(args: &WithdrawArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let facts = sender.client.facts(&[commitment(&sender.id())]).await?;
    let Some(found) = facts.commitment(&sender.id())? else { bail!("{} has no commitment", sender.address()) };
    let intent = Intent::free(format!(
        "Takes the commitment of block {} back, and with it the deposit of {} PHA.",
        found.block,
        pha(found.deposit)
    ));
    let sent = sender.send(&intent, &Call::Slashing(Slashing::WithdrawCommitment)).await?;
    let json = json!({ "deposit": found.deposit.to_string() });
    connection.output.result(&sent.json(json), || format!("Taken back in block {}", sent.block()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const NETWORK: NetworkId = NetworkId([1; 32]);
    const REPORTER: AccountId = AccountId([2; 32]);

    fn proof() -> Proof {
        Proof::sign(&NETWORK, &secret(&"05".repeat(32)).unwrap(), &REPORTER).unwrap()
    }

    #[test]
    fn a_proof_is_signed_for_its_reporter_and_commits_to_its_parts() {
        let proof = proof();
        let (signature, salt) = proof.parts().unwrap();
        let message = extraction::message(&NETWORK, &proof.key, &REPORTER);
        assert!(adyton_client::check::ed25519(&proof.key, &message, &signature));
        let expected = extraction::commitment(&NETWORK, &proof.key, &REPORTER, &signature, &salt);
        assert_eq!(proof.commitment(&REPORTER).unwrap(), expected);
        assert_ne!(proof.commitment(&AccountId([3; 32])).unwrap(), expected);
    }

    #[test]
    fn a_proof_is_kept_in_a_new_file_that_only_its_owner_reads() {
        let folder = tempfile::tempdir().unwrap();
        let (path, proof) = (folder.path().join("proof.json"), proof());
        proof.write(&path).unwrap();
        assert_eq!(Proof::read(&path).unwrap(), proof);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(proof.write(&path).is_err(), "nothing is overwritten");
    }

    #[test]
    fn what_is_no_secret_key_is_bad_use_and_is_not_repeated() {
        for bad in ["", "0x05", "zz"] {
            let said = secret(bad).err().unwrap().to_string();
            assert!(said.contains("64 hexadecimal digits") && !said.contains("zz"), "{said}");
        }
    }
}
