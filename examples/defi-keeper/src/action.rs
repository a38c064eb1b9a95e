//! The transaction: signed and committed in one call, sent in later ones, until its receipt is there.
//!
//! One transaction is pending at a time. `protect` takes the incident, so that the vault itself can refuse a second call
//! for it, even if this contract's store were set back.

use adyton_sdk::{
    Error, env,
    evm::{Block, Failure, Hash, Key, SignedTransaction, Transaction, U256, abi},
    kv, log, schedule,
};
use serde::{Deserialize, Serialize};

use crate::{KEY, WATCH, vault, vault::Vault};

/// Where the transaction is that has no receipt yet.
const PENDING: &[u8] = b"pending";
/// Where the nonce is that no transaction has been signed with.
const NONCE: &[u8] = b"nonce";
/// What came of each incident is under this prefix.
const DONE: &[u8] = b"done/";
/// The most gas that `protect` may use.
const GAS: u64 = 120_000;

/// A transaction that is signed and has no receipt yet.
#[derive(Serialize, Deserialize)]
pub struct Pending {
    /// Why.
    pub incident: Hash,
    /// The vault's health, and the block where it was read.
    pub health: String,
    pub block: u64,
    /// What is sent.
    pub transaction: SignedTransaction,
    pub hash: Hash,
    /// Its nonce.
    pub nonce: u64,
}

/// What came of an incident.
#[derive(Serialize, Deserialize)]
pub struct Outcome {
    pub incident: Hash,
    pub health: String,
    /// The transaction, and its block.
    pub hash: Hash,
    pub block: u64,
    /// Whether the vault did it.
    pub succeeded: bool,
}

pub fn pending() -> Result<Option<Pending>, Error> {
    kv::get_json(PENDING)
}

pub fn outcome(incident: Hash) -> Result<Option<Outcome>, Error> {
    kv::get_json(&done(incident))
}

/// Signs `protect` and has it sent by a run of its own: nothing leaves the worker before this call is committed.
pub fn begin(vault: &Vault, block: &Block, incident: Hash, health: u64) -> Result<(), Error> {
    vault.is_on_its_chain()?;
    affordable(vault, block)?;
    let key = Key::named(KEY)?;
    // The block that is read may be an earlier one than that of the last receipt, if other endpoints answer now.
    let used = kv::get_json::<u64>(NONCE)?.unwrap_or(0);
    let nonce = vault.endpoints.nonce(block, key.address())?.max(used);
    let transaction = Transaction {
        chain_id: vault.chain_id,
        nonce,
        max_priority_fee_per_gas: vault.tip,
        max_fee_per_gas: vault.max_fee,
        gas_limit: GAS,
        to: Some(vault.address),
        value: U256::ZERO,
        data: abi::call("protect(bytes32)", &[incident.into()])?,
        access_list: Vec::new(),
    };
    let signed = transaction.sign(&key)?;
    let (health, hash) = (vault::shown(health), signed.hash());
    log::info(&format!("incident {incident}: the vault's health is {health}, so {hash} protects it"));
    kv::set_json(NONCE, &nonce.saturating_add(1))?;
    kv::set_json(PENDING, &Pending { incident, health, block: block.number(), transaction: signed, hash, nonce })?;
    schedule::at("send", env::now_ms(), schedule::post(WATCH, b""))
}

/// Looks for the receipt, and sends the transaction while there is none. Sent again it is the same one.
///
/// Without a receipt where the account has used the nonce, another transaction has it, and this one never comes to the
/// chain: the incident is decided anew.
pub fn follow(vault: &Vault, pending: &Pending) -> Result<(), Error> {
    let block = vault.block()?;
    // Both are of one block, and the receipt is asked for later: where the nonce is used by it, the receipt is there.
    let used = vault.endpoints.nonce(&block, Key::named(KEY)?.address())?;
    if let Some(receipt) = vault.endpoints.receipt(&block, pending.hash)? {
        let outcome = Outcome {
            incident: pending.incident,
            health: pending.health.clone(),
            hash: pending.hash,
            block: receipt.block_number,
            succeeded: receipt.succeeded,
        };
        log::info(&format!("{} is in block {}, succeeded: {}", outcome.hash, outcome.block, outcome.succeeded));
        kv::set_json(&done(outcome.incident), &outcome)?;
        return kv::delete(PENDING);
    }
    if used > pending.nonce {
        log::warn(&format!("another transaction has the nonce {}: {} is given up", pending.nonce, pending.hash));
        return kv::delete(PENDING);
    }
    match vault.endpoints.send(&pending.transaction) {
        Ok(sent) => {
            let taken = sent.said.iter().filter(|one| one.answer.is_ok()).count();
            log::info(&format!("{taken} of {} endpoints have {}", sent.said.len(), sent.transaction));
        }
        // It may be in a block that is not final yet: then every endpoint refuses it, and the receipt will be there.
        Err(refused @ Failure::Refused { .. }) => log::warn(&refused.to_string()),
        Err(other) => return Err(other.into()),
    }
    Ok(())
}

/// That gas costs no more than is allowed. A final block is more than 64 blocks old, in which the base fee can rise by
/// an eighth each, so a transaction allows all of it: what it pays is the base fee of its own block and the tip.
fn affordable(vault: &Vault, block: &Block) -> Result<(), Error> {
    let base = block.base_fee().ok_or_else(|| Error::Unavailable("the chain's blocks have no base fee".into()))?;
    let least = base.saturating_add(vault.tip);
    if least > vault.max_fee {
        return Err(Error::Unavailable(format!("gas costs {least} wei, and {} are allowed", vault.max_fee)));
    }
    Ok(())
}

fn done(incident: Hash) -> Vec<u8> {
    [DONE, &incident.0].concat()
}
