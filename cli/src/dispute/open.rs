//! `adyton dispute open` and `share`.

use std::{fs, path::Path};

use adyton_client::{
    chain::{
        economy::{dispute_reward, last_dispute, offence},
        extrinsic::calls::{Call, Disputes},
    },
    protocol::{
        dispute::{LEAVES, MAX_SOURCE},
        ids::Digest,
        manifest::{MAX_MANIFEST, Manifest},
        receipt::{Caller, ReceiptFields},
        record::ContractRecord,
        storage,
    },
};
use anyhow::{Result, bail, ensure};
use codec::Encode;
use serde_json::json;

use super::{OpenArgs, ShareArgs, show::Rules};
use crate::{
    account::pha,
    connection::Connection,
    output::misuse,
    sending::{Intent, Sender},
    slash::evidence,
};

/// The most bytes of a manifest's JSON.
const MAX_FILE: u64 = 8 * MAX_MANIFEST as u64;

/// Disputes a result.
pub async fn run(args: &OpenArgs, connection: &Connection<'_>) -> Result<()> {
    let source = address(args.history.as_deref())?;
    let sender = Sender::new(&args.signing, connection)?;
    let receipt = evidence::read(&args.receipt, &sender.client.network().network_id, &LEAVES)?;
    let fields = &receipt.fields;
    require_plain(fields)?;
    let mut keys = Rules::keys();
    keys.push(storage::contracts(&fields.contract));
    let facts = sender.client.facts(&keys).await?;
    let rules = Rules::of(&facts)?;
    let record = facts.contract(&fields.contract)?;
    let manifest = manifest(args.manifest.as_deref(), record.as_ref(), &fields.manifest)?;
    let age = rules.blocks.newest.saturating_sub(fields.block.number);
    ensure!(
        age <= rules.parameters.window,
        "the call acted on a block {} ago, and a result is disputed within {}",
        rules.blocks.lasting(age),
        rules.blocks.lasting(rules.parameters.window)
    );
    let intent = Intent { does: intent(fields, &rules), takes: rules.parameters.bond };
    let call = Disputes::Dispute { receipt: receipt.bytes.clone(), manifest, source };
    let sent = sender.send(&intent, &Call::Disputes(call)).await?;
    // Others may have disputed something in the same block: it is among the last.
    let last = sender.client.facts_at(&sent.head, &[last_dispute()]).await?.last_dispute()?;
    let json = json!({ "contract": fields.contract, "key": fields.worker, "last_dispute": last });
    connection.output.result(&sent.json(json), || {
        format!("Disputed in block {}; disputes up to {last} are there: `adyton dispute list`", sent.block())
    })
}

/// Shares a reward.
pub async fn share(args: &ShareArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let facts = sender.client.facts(&[dispute_reward(args.dispute)]).await?;
    let Some(reward) = facts.dispute_reward(args.dispute)? else {
        bail!("nothing is to be shared of dispute {}", args.dispute)
    };
    let open = sender.client.facts(&[offence(reward.offence)]).await?.offence(reward.offence)?.is_some();
    ensure!(!open, "offence {} is not over yet; see `adyton slash show {0}`", reward.offence);
    let intent = Intent::free(format!(
        "Shares what was issued for offence {}: up to half of it among {} jurors, {} PHA each at most, the rest to who disputed.",
        reward.offence,
        reward.jurors.len(),
        pha(reward.fee)
    ));
    let sent = sender.send(&intent, &Call::Disputes(Disputes::Share(args.dispute))).await?;
    connection
        .output
        .result(&sent.json(json!({ "dispute": args.dispute })), || format!("Shared in block {}", sent.block()))
}

/// The address as the chain takes it.
fn address(history: Option<&str>) -> Result<Vec<u8>> {
    let Some(history) = history else { return Ok(Vec::new()) };
    let known = history.starts_with("http://") || history.starts_with("https://");
    if !known || history.len() > MAX_SOURCE as usize || !history.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(misuse(format!("--history is an http or https address of at most {MAX_SOURCE} bytes")));
    }
    Ok(history.as_bytes().to_vec())
}

/// Only what anybody could have called can be run again by anybody.
fn require_plain(fields: &ReceiptFields) -> Result<()> {
    let began = fields.schedule.is_some() || fields.transition.is_some() || fields.message.is_some();
    let plain = fields.caller == Caller::Anonymous && fields.earlier.is_none() && fields.webhook.is_none() && !began;
    if plain { Ok(()) } else { Err(misuse("the call is not one that anybody could make, and cannot be disputed")) }
}

/// The bytes of the manifest that the receipt names.
fn manifest(path: Option<&Path>, record: Option<&ContractRecord>, named: &Digest) -> Result<Vec<u8>> {
    let Some(record) = record else { bail!("there is no such contract, or it was retired") };
    let manifest = match path {
        Some(path) => from_file(path)?,
        None => Manifest::from_bytes(&record.manifest)?,
    };
    if manifest.digest() != *named {
        bail!("the call ran under another manifest, with digest {named}; give it with --manifest");
    }
    ensure!(manifest.disputable, "the contract's manifest does not say that its results can be disputed");
    Ok(manifest.encode())
}

fn from_file(path: &Path) -> Result<Manifest> {
    let unreadable = |reason: String| misuse(format!("{}: {reason}", path.display()));
    let length = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if length > MAX_FILE {
        return Err(unreadable(format!("a manifest has at most {MAX_FILE} bytes")));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))
}

fn intent(fields: &ReceiptFields, rules: &Rules) -> String {
    let p = &rules.parameters;
    format!(
        "Disputes what the worker with key {} answered for {} in the call with request {}: {} PHA are held. When a round of the beacon has come, {} of the workers that run are drawn to run it again; they have {} for that, and {} to say what they got. If they get what the worker claims, the {} PHA are lost. If not, you get them back, {} % of the stake behind the worker is taken after the time for an appeal, and you share in what its reporter is issued. If nobody can say, you get them back. Of the receipt only what the call was and gave is shown.",
        fields.worker,
        fields.contract,
        fields.request_id,
        pha(p.bond),
        p.jurors,
        rules.blocks.lasting(p.commit),
        rules.blocks.lasting(p.reveal),
        pha(p.bond),
        rules.share(p.wrong_result),
    )
}

#[cfg(test)]
mod tests {
    use adyton_client::protocol::ids::AccountId;

    use super::{super::show::tests::rules, *};

    #[test]
    fn an_address_is_one_that_the_chain_takes() {
        assert_eq!(address(None).unwrap(), b"");
        assert_eq!(address(Some("https://a.example/x")).unwrap(), b"https://a.example/x");
        let long = format!("https://{}", "a".repeat(256));
        for bad in ["", "a.example", "ftp://a.example", "http://a b", &long] {
            assert!(address(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_what_anybody_could_have_called_is_disputed() {
        let plain = fields();
        assert!(require_plain(&plain).is_ok());
        let caller = Caller::Account(AccountId([1; 32]));
        for other in [
            ReceiptFields { caller, ..fields() },
            ReceiptFields { webhook: Some(0), ..fields() },
            ReceiptFields { message: Some(1), ..fields() },
        ] {
            assert!(require_plain(&other).is_err());
        }
    }

    #[test]
    fn what_is_at_stake_is_said_before() {
        let said = intent(&fields(), &rules());
        for part in ["100 PHA are held", "10.00 % of the stake", "600 blocks (1 h)", "lost"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    fn fields() -> ReceiptFields {
        use adyton_client::protocol::{ids::*, manifest::Durability, record::StateHead};

        let zero = Digest([0; 32]);
        let head = StateHead { sequence: 1, hash: zero };
        ReceiptFields {
            network: NetworkId([1; 32]),
            contract: ContractId([2; 32]),
            code: CodeHash([3; 32]),
            version: 1,
            manifest: zero,
            lease: 1,
            incarnation: 1,
            worker: SigningKey([4; 32]),
            block: BlockRef { number: 8, hash: BlockHash([9; 32]) },
            request_id: RequestId([5; 16]),
            request: zero,
            response: zero,
            before: head,
            after: head,
            fuel: 1,
            cost_table: zero,
            bytes_in: 0,
            bytes_out: 0,
            egress: vec![],
            caller: Caller::Anonymous,
            durability: Durability::Durable,
            report: None,
            earlier: None,
            schedule: None,
            transition: None,
            webhook: None,
            message: None,
        }
    }
}
