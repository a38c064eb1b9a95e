//! `adyton validator set-keys`.

use adyton_client::{
    chain::{
        economy::SessionKeys,
        extrinsic::calls::{Call, Session},
    },
    protocol::ids::AccountId,
};
use anyhow::{Result, ensure};
use clap::Args;
use serde_json::json;

use super::read;
use crate::{
    account::pha,
    connection::Connection,
    output::misuse,
    sending::{Intent, Sender},
    signing::Signing,
};

/// What is held for keys, as the runtime has it.
const KEY_DEPOSIT: u128 = 100_000_000_000;
/// The most bytes of a proof: a signature by each key.
const MAX_PROOF: usize = 1024;

/// Which keys.
#[derive(Debug, Args)]
pub struct KeysArgs {
    /// The public keys that the node made: 64 bytes, in hexadecimal digits.
    #[arg(long, value_name = "HEX", requires = "proof")]
    keys: Option<String>,
    /// What it gave with them: that it has them, for this account.
    #[arg(long, value_name = "HEX", requires = "keys")]
    proof: Option<String>,
    #[command(flatten)]
    signing: Signing,
}

/// Sets them.
pub async fn set(args: &KeysArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let (Some(keys), Some(proof)) = (&args.keys, &args.proof) else {
        return Err(misuse(question(&sender.id())));
    };
    let (keys, proof) = (session_keys(keys)?, digits(proof, "--proof")?);
    if proof.len() > MAX_PROOF {
        return Err(misuse(format!("--proof has at most {MAX_PROOF} bytes")));
    }
    let (sessions, bond, has_keys) = read(&sender.client, &sender.id()).await?;
    ensure!(bond.is_some(), "this account has no bond; `adyton validator bond` comes first");
    // Held once, for as long as the account has keys.
    let takes = if has_keys { 0 } else { KEY_DEPOSIT };
    let does = format!(
        "Sets the keys with which this account serves: {} for blocks, {} for finality. They hold from {} on; the node with the former keys keeps running until then. {} PHA are held while the account has keys.",
        hex::encode(keys.aura),
        hex::encode(keys.grandpa),
        sessions.said(sessions.current.saturating_add(2)),
        pha(KEY_DEPOSIT),
    );
    let intent = Intent { does, takes };
    let sent = sender.send(&intent, &Call::Session(Session::SetKeys { keys, proof })).await?;
    let json = json!({ "aura": hex::encode(keys.aura), "grandpa": hex::encode(keys.grandpa) });
    connection.output.result(&sent.json(json), || format!("Set in block {}; see `adyton validator show`", sent.block()))
}

/// What to ask the node for, on its own machine.
fn question(account: &AccountId) -> String {
    format!(
        "name the keys that the node made, with --keys and --proof. Ask it for them on its own machine, where it answers such questions:\n  curl -s -H 'content-type: application/json' http://127.0.0.1:9944 -d '{}'",
        json!({ "jsonrpc": "2.0", "id": 1, "method": "author_rotateKeysWithOwner", "params": [account.to_string()] })
    )
}

fn digits(text: &str, option: &str) -> Result<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).map_err(|_| misuse(format!("{option} is hexadecimal digits")))
}

fn session_keys(text: &str) -> Result<SessionKeys> {
    let bytes = digits(text, "--keys")?;
    let keys = <[u8; 64]>::try_from(bytes).ok().and_then(|bytes| {
        let (aura, grandpa) = bytes.split_at(32);
        Some(SessionKeys { aura: aura.try_into().ok()?, grandpa: grandpa.try_into().ok()? })
    });
    keys.ok_or_else(|| misuse("--keys has 64 bytes: the key for blocks, and the key for finality"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_their_order() {
        let text = format!("0x{}{}", "01".repeat(32), "02".repeat(32));
        assert_eq!(session_keys(&text).unwrap(), SessionKeys { aura: [1; 32], grandpa: [2; 32] });
        for bad in ["", "0x01", &format!("{text}00"), "nonsense"] {
            assert!(session_keys(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn without_keys_it_says_what_to_ask_for() {
        let text = question(&AccountId([0xab; 32]));
        assert!(text.contains("author_rotateKeysWithOwner") && text.contains(&"ab".repeat(32)), "{text}");
    }
}
