//! Brings a project's newest component onto a development network, at once.
//!
//! The chain lets a contract's code change without a delay only where the contract's policy says so from its
//! deployment on. So a contract that is developed has a policy of its own, with a delay of 0 blocks; in everything else
//! it is `adyton.toml`'s. A contract that does not fit is left as it is, and another one takes its name.

use adyton_client::{
    Account, Client, ContentKey, ContractId, Deployment, Error, Listing, RecordRefusal,
    chain::extrinsic::{Call, Signer, calls::Contracts},
    protocol::{
        ids::{AccountId, CodeHash},
        manifest::Manifest,
        policy::{ContractPolicy, Upgrade},
        record::ContractRecord,
    },
};
use anyhow::{Context, Result};
use codec::Encode;
use rand_core::RngCore;

use crate::{
    output::Output,
    project::{Declared, Project, aliases},
};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A contract was made.
    Made,
    /// The contract has other code.
    Upgraded,
    /// It had this code already.
    None,
}

/// Brings a component onto the network as the project's contract, sealed if there is a key.
pub async fn reload(
    client: &Client,
    owner: &Account,
    project: &Project,
    sealed: (&[u8], Option<&ContentKey>),
    output: Output,
) -> Result<(ContractId, Change)> {
    let network = client.network().name.clone();
    let policy = policy(&project.declared);
    let code = adyton_client::gateway::code_hash(sealed.0);
    let known = match aliases::deployed(&project.folder, &network, project.name())? {
        Some(known) => fitting(client, owner, known.contract, (&project.declared.manifest, &policy), output).await?,
        None => None,
    };
    let (contract, change) = match known {
        Some(listing) => (listing.id, upgrade(client, owner, &listing, sealed, code).await?),
        None => (make(client, owner, (&project.declared.manifest, &policy), sealed).await?, Change::Made),
    };
    aliases::note(&project.folder, &network, project.name(), contract, code)?;
    Ok((contract, change))
}

/// The policy of a contract that is developed.
fn policy(declared: &Declared) -> ContractPolicy {
    ContractPolicy { upgrade: Upgrade::Owner { delay: 0 }, ..declared.policy.clone() }
}

/// The contract that the project has, if its code may change to the project's at once.
async fn fitting(
    client: &Client,
    owner: &Account,
    contract: ContractId,
    wanted: (&Manifest, &ContractPolicy),
    output: Output,
) -> Result<Option<Listing>> {
    let listing = match client.listing(&contract).await {
        Ok(listing) => listing,
        Err(Error::Record(RecordRefusal::NoContract(_))) => {
            output.progress(format!("The contract {contract} is of a network that is gone"));
            return Ok(None);
        }
        Err(Error::Record(retired @ RecordRefusal::Retired { .. })) => {
            output.progress(format!("A new contract is made: {retired}"));
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let Some(why) = obstacle(&listing.record, owner.account(), wanted) else { return Ok(Some(listing)) };
    output
        .warn(format!("a new contract is made, and its state begins empty; {contract} stays as it is, because {why}"));
    Ok(None)
}

/// Why this contract cannot become what is wanted at once.
fn obstacle(record: &ContractRecord, owner: AccountId, wanted: (&Manifest, &ContractPolicy)) -> Option<String> {
    let (manifest, policy) = wanted;
    if record.owner != owner {
        return Some("it belongs to somebody else".into());
    }
    if record.manifest != manifest.encode() {
        return Some("a contract's manifest is fixed at its deployment, and adyton.toml has changed".into());
    }
    match record.policy.upgrade {
        Upgrade::Immutable => return Some("its policy never lets its code change".into()),
        Upgrade::Owner { delay: 0 } => {}
        Upgrade::Owner { delay } => {
            return Some(format!("its policy lets its code change only {delay} blocks after that is announced"));
        }
    }
    if record.policy != *policy {
        return Some("a contract's policy is fixed at its deployment, and adyton.toml has changed".into());
    }
    None
}

async fn make(
    client: &Client,
    owner: &Account,
    (manifest, policy): (&Manifest, &ContractPolicy),
    (component, content_key): (&[u8], Option<&ContentKey>),
) -> Result<ContractId> {
    let mut salt = [0; 32];
    rand_core::OsRng.try_fill_bytes(&mut salt).context("drawing the contract's salt")?;
    let deployment = Deployment { component, manifest, policy, salt, content_key };
    let (contract, _block) = client.deploy(owner, &deployment).await?;
    Ok(contract)
}

/// Announces the code and puts it into force in one block, which a delay of 0 allows.
async fn upgrade(
    client: &Client,
    owner: &Account,
    listing: &Listing,
    (component, content_key): (&[u8], Option<&ContentKey>),
    code: CodeHash,
) -> Result<Change> {
    if listing.record.code == code {
        return Ok(Change::None);
    }
    let contract = listing.id;
    let (_, mut calls) = client.store_code(component, content_key).await?;
    calls.push(Call::Contracts(Contracts::AnnounceUpgrade { contract, code }));
    calls.push(Call::Contracts(Contracts::ApplyUpgrade(contract)));
    client.submit(owner, &Call::all(calls)).await?;
    Ok(Change::Upgraded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_client::protocol::policy::Operators;

    fn declared(text: &str) -> Declared {
        Declared::parse(&format!("name = \"a\"\n{text}"), |_| Err(String::new())).unwrap()
    }

    /// The record of a contract that `adyton dev` made for the project.
    fn record(declared: &Declared) -> ContractRecord {
        ContractRecord {
            owner: AccountId([1; 32]),
            code: CodeHash([2; 32]),
            version: 1,
            manifest: declared.manifest.encode(),
            policy: policy(declared),
            deployed_at: 3,
            pending: None,
            deposit: 0,
        }
    }

    fn why(record: &ContractRecord, declared: &Declared) -> Option<String> {
        obstacle(record, AccountId([1; 32]), (&declared.manifest, &policy(declared)))
    }

    #[test]
    fn a_contract_that_was_made_for_this_is_upgraded_whatever_upgrades_the_project_declares() {
        for text in ["", "[policy]\nupgrade = \"immutable\"", "[policy]\nupgrade = { delay = 5 }"] {
            let declared = declared(text);
            assert_eq!(why(&record(&declared), &declared), None, "{text}");
        }
    }

    #[test]
    fn a_contract_that_cannot_become_what_is_wanted_is_left_with_the_reason() {
        let declared = declared("");
        let fitting = record(&declared);
        let with = |upgrade| ContractRecord {
            policy: ContractPolicy { upgrade, ..fitting.policy.clone() },
            ..fitting.clone()
        };
        let operators = ContractPolicy { operators: Operators::Only(vec![]), ..fitting.policy.clone() };
        for (record, reason) in [
            (ContractRecord { owner: AccountId([9; 32]), ..fitting.clone() }, "somebody else"),
            (ContractRecord { manifest: vec![], ..fitting.clone() }, "manifest is fixed"),
            (with(Upgrade::Immutable), "never lets"),
            (with(Upgrade::Owner { delay: 600 }), "only 600 blocks after"),
            (ContractRecord { policy: operators, ..fitting.clone() }, "policy is fixed"),
        ] {
            let why = why(&record, &declared).unwrap_or_default();
            assert!(why.contains(reason), "{reason}: {why}");
        }
    }
}
