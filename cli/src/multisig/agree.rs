//! A signatory's approval: what it is for, how many there are, and what became of it.

use adyton_client::{
    Client, ContractId,
    chain::{
        address::encode,
        extrinsic::calls::{Call, Contracts},
        facts::Facts,
        multisig::{Multisig, call_hash, open},
        verifier::FinalizedHeader,
    },
    protocol::{ids::AccountId, manifest::Manifest, storage},
};
use anyhow::{Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    account::{pha, who},
    connection::Connection,
    output::{Output, misuse},
    sending::{Intent, Sender},
    signing::Signing,
};

/// In whose name, and who of them signs.
#[derive(Debug, Args)]
pub struct Acting {
    /// How many have to agree, and all signatories: accounts of this machine, or addresses.
    #[arg(long, value_name = "THRESHOLD:ACCOUNT,ACCOUNT,..")]
    multisig: String,
    #[command(flatten)]
    signing: Signing,
}

/// One of the signatories.
pub struct Signatory<'a> {
    /// Who signs.
    pub sender: Sender<'a>,
    /// Of which account.
    pub several: Multisig,
    output: Output,
}

impl Acting {
    /// The one who signs.
    ///
    /// # Errors
    /// There is no such account, or they are none of its signatories.
    pub fn signatory(&self, connection: &Connection<'_>) -> Result<Signatory<'_>> {
        let several = parse(&self.multisig, |name| who(name, connection))?;
        let sender = Sender::new(&self.signing, connection)?;
        if !several.signatories().contains(&sender.id()) {
            return Err(misuse(format!("{} is none of the signatories", sender.address())));
        }
        Ok(Signatory { sender, several, output: connection.output })
    }
}

fn parse(text: &str, who: impl Fn(&str) -> Result<AccountId>) -> Result<Multisig> {
    let form = || misuse(format!("'{text}' is no account of several; write it as 2:ACCOUNT,ACCOUNT,ACCOUNT"));
    let (threshold, names) = text.split_once(':').ok_or_else(form)?;
    let threshold = threshold.parse::<u16>().map_err(|_| form())?;
    let signatories = names.split(',').map(who).collect::<Result<Vec<_>>>()?;
    Multisig::new(threshold, signatories).map_err(|error| misuse(error.to_string()))
}

impl Signatory<'_> {
    /// Approves `call`, or proposes it where nobody did (`propose`). What is announced before it, is in the signatory's own
    /// name.
    pub async fn agree(&self, announcements: Vec<Call>, call: Call, propose: bool) -> Result<()> {
        let Some(does) = described(&call) else {
            return Err(misuse("this version does not know what the call does; nothing was approved"));
        };
        let (account, hash, client) = (self.several.account(), call_hash(&call), &self.sender.client);
        let (key, shown) = (open(&account, &hash), format!("0x{}", hex::encode(hash)));
        let begun = client.facts(std::slice::from_ref(&key)).await?.open_proposal(&account, &hash)?;
        ensure!(propose || begun.is_some(), "nobody has proposed {shown} in the name of {}", encode(&account));
        let (me, enough) = (self.sender.id(), usize::from(self.several.threshold()));
        let approved = begun.as_ref().map(|begun| begun.approvals.as_slice()).unwrap_or_default();
        if approved.contains(&me) && approved.len() < enough {
            bail!("{} has approved {shown} already; {} of {enough} have", self.sender.address(), approved.len());
        }
        let when = begun.as_ref().map(|begun| begun.when);
        let standing = match when {
            Some(when) => format!(
                "proposed in block {} as extrinsic {}, {} of {enough} have approved it",
                when.height,
                when.index,
                approved.len()
            ),
            None => format!(
                "nobody has proposed it yet; {} PHA are held of you until it is done or cancelled",
                pha(self.several.deposit())
            ),
        };
        let takes = if when.is_some() { 0 } else { self.several.deposit() };
        let mut text = format!("In the name of {}:\n{does}\nIts hash is {shown}; {standing}.", encode(&account));
        if !announcements.is_empty() {
            text +=
                "\nBefore it, its code is announced in your own name, for which a deposit of its own is held of you.";
        }
        let bytes = format!("0x{}", hex::encode(call.encoded()));
        let Some(approval) = self.several.approval(&me, when, call.clone()) else {
            return Err(misuse(format!("{} is none of the signatories", self.sender.address())));
        };
        let asked = match announcements.is_empty() {
            true => approval,
            false => Call::all(announcements.into_iter().chain([approval]).collect()),
        };
        let sent = self.sender.send(&Intent { does: text, takes }, &asked).await?;
        let facts = client.facts_at(&sent.head, &[key]).await?;
        let left = facts.open_proposal(&account, &hash)?;
        let done = left.is_none();
        if done && !took_effect(client, &account, &call, &sent.head).await? {
            bail!(
                "enough have approved {shown} in block {}, but the chain refused what it asks for; it is open no more",
                sent.block()
            );
        }
        let approvals = left.map_or(enough, |open| open.approvals.len());
        let contract = concerned(client, &account, &call);
        let json = json!({ "account": encode(&account), "contract": contract, "call_hash": shown, "call": bytes, "approvals": approvals, "threshold": enough, "done": done });
        self.output.result(&sent.json(json), || match done {
            true => format!("{shown} is done since block {}", sent.block()),
            false => format!(
                "{shown} is approved by {approvals} of {enough} since block {}; another signatory approves it with\n  adyton multisig approve --multisig {} --call {bytes} --from ACCOUNT",
                sent.block(),
                self.named()
            ),
        })
    }

    /// The account, as `--multisig` takes it.
    fn named(&self) -> String {
        let names: Vec<String> = self.several.signatories().iter().map(encode).collect();
        format!("{}:{}", self.several.threshold(), names.join(","))
    }
}

/// What a call does, with all that it says; none for what no command here proposes.
fn described(call: &Call) -> Option<String> {
    let Call::Contracts(call) = call else { return None };
    Some(match call {
        Contracts::Deploy { code, manifest, policy, .. } => {
            let manifest = Manifest::from_bytes(manifest).ok()?;
            let all: Value = json!({ "manifest": manifest, "policy": policy });
            format!("Deploys a contract with the code {code}, which belongs to it:\n{all:#}")
        }
        Contracts::AnnounceUpgrade { contract, code } => {
            format!("Announces the code {code} as the next one of {contract}.")
        }
        Contracts::ApplyUpgrade(contract) => format!("Puts the announced code of {contract} into force."),
        Contracts::Retire(contract) => format!(
            "Ends {contract} for good: its state is lost, and what the contract's own account has left, nobody can ever move."
        ),
        Contracts::Resume(contract) => format!(
            "Lets workers take the lease of {contract} again, of whose state two histories were shown; what the other history has is lost."
        ),
        Contracts::UploadCode { .. }
        | Contracts::ClaimLease(_)
        | Contracts::ReleaseLeases(_)
        | Contracts::Open(_)
        | Contracts::Anchor { .. }
        | Contracts::Report { .. }
        | Contracts::RemoveCode(_) => return None,
    })
}

/// Which contract a call is about.
fn concerned(client: &Client, owner: &AccountId, call: &Call) -> Option<ContractId> {
    match call {
        Call::Contracts(Contracts::Deploy { salt, .. }) => {
            Some(ContractId::derive(&client.network().network_id, owner, salt))
        }
        Call::Contracts(
            Contracts::AnnounceUpgrade { contract, .. }
            | Contracts::ApplyUpgrade(contract)
            | Contracts::Retire(contract)
            | Contracts::Resume(contract),
        ) => Some(*contract),
        _other => None,
    }
}

/// Whether the state is what the call makes of it: the last approval succeeds although the call may fail.
async fn took_effect(client: &Client, owner: &AccountId, call: &Call, head: &FinalizedHeader) -> Result<bool> {
    let Some(id) = concerned(client, owner, call) else { return Ok(false) };
    let keys = [storage::contracts(&id), storage::retired(&id), storage::halted(&id)];
    shows(&client.facts_at(head, &keys).await?, &id, call)
}

fn shows(facts: &Facts, id: &ContractId, call: &Call) -> Result<bool> {
    let Call::Contracts(call) = call else { return Ok(false) };
    let record = facts.contract(id)?;
    Ok(match call {
        Contracts::Deploy { code, .. } => record.is_some_and(|record| record.code == *code),
        Contracts::AnnounceUpgrade { code, .. } => {
            record.and_then(|record| record.pending).is_some_and(|pending| pending.code == *code)
        }
        Contracts::ApplyUpgrade(_) => record.is_some_and(|record| record.pending.is_none()),
        Contracts::Retire(_) => facts.retired(id)?.is_some(),
        Contracts::Resume(_) => !facts.is_halted(id)?,
        _other => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use adyton_client::protocol::ids::CodeHash;

    fn several(text: &str) -> Result<Multisig> {
        parse(text, |name| Ok(AccountId([name.len() as u8; 32])))
    }

    fn refused(text: &str, why: &str) {
        let error = several(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }

    #[test]
    fn an_account_of_several_is_written_as_its_threshold_and_its_signatories() {
        let read = several("2:a,bb,ccc").unwrap();
        assert_eq!((read.threshold(), read.signatories().len()), (2, 3));
    }

    #[test]
    fn what_names_no_threshold_is_refused() {
        refused("a,bb", "is no account of several");
        refused("two:a,bb", "is no account of several");
    }

    #[test]
    fn signatories_that_are_no_account_of_several_are_refused() {
        refused("1:a,bb", "of two at least");
        refused("2:a,b", "named twice");
    }

    #[test]
    fn an_approval_says_what_it_is_for() {
        let upgrade = Contracts::AnnounceUpgrade { contract: ContractId([1; 32]), code: CodeHash([2; 32]) };
        let said = described(&Call::Contracts(upgrade)).unwrap();
        assert!(
            said.contains(&ContractId([1; 32]).to_string()) && said.contains(&CodeHash([2; 32]).to_string()),
            "{said}"
        );
    }

    #[test]
    fn nobody_approves_what_this_version_cannot_describe() {
        assert_eq!(described(&Call::Contracts(Contracts::RemoveCode(CodeHash([2; 32])))), None);
        assert_eq!(described(&Call::all(vec![])), None);
    }
}
