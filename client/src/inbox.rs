//! Messages to a contract on the chain: sent, withdrawn, shown as the chain proves them, and what came of them as the
//! contract's owner learns it.

use adyton_chain_client::{
    extrinsic::{
        Signer,
        calls::{Call, Messages},
    },
    rpc::Source,
};
use adyton_protocol::{
    ids::{AccountId, BlockNumber, ContractId, RequestId},
    message::{self, MAX_PAYLOAD, Message},
    storage,
};
use serde::{Deserialize, Serialize};

use crate::{Client, Error, Request, gateway::shown};

/// Where the runs are.
const RUNS: &str = "/.adyton/messages";
/// The most characters of a code that are shown.
const MAX_CODE: usize = 64;

/// What waits for a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbox {
    /// How many messages there were.
    pub sent: u64,
    /// The number of the last that the chain knows to be over.
    pub over: u64,
    /// Those that wait, by number, ascending.
    pub waiting: Vec<Waiting>,
    /// The block as of which this holds.
    pub block: BlockNumber,
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub number: u64,
    /// Who sent it.
    pub sender: AccountId,
    /// In which block.
    pub block: BlockNumber,
    /// What is held of the sender's PHA, in units of 10^-12.
    pub deposit: u128,
    /// What it says.
    pub payload: Vec<u8>,
}

/// A run that is over, as the contract's worker says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRun {
    /// The message's number.
    pub number: u64,
    /// The chain's time when it was over, Unix milliseconds.
    pub at_ms: u64,
    /// Its request id.
    pub request_id: RequestId,
    /// The status of the contract's answer; none if there was none.
    pub status: Option<u16>,
    /// Why there was none.
    pub code: Option<String>,
}

#[derive(Deserialize)]
struct Runs {
    runs: Vec<MessageRun>,
}

impl<S: Source> Client<S> {
    /// What waits for the contract.
    pub async fn inbox(&self, contract: &ContractId) -> Result<Inbox, Error> {
        let head = self.reader().head().await?;
        let key = storage::message_queues(contract);
        let facts = self.facts_at(&head, std::slice::from_ref(&key)).await?;
        let queue = message::queue(facts.values().value(&key)?).ok_or_else(unread)?;
        let keys: Vec<(u64, Vec<u8>)> = (queue.over.saturating_add(1)..=queue.sent)
            .take(usize::try_from(message::MAX_WAITING).unwrap_or(usize::MAX))
            .map(|number| (number, storage::messages(contract, number)))
            .collect();
        let wanted: Vec<Vec<u8>> = keys.iter().map(|(_, key)| key.clone()).collect();
        let facts = self.facts_at(&head, &wanted).await?;
        let mut waiting = Vec::new();
        for (number, key) in keys {
            let Some(bytes) = facts.values().value(&key)? else { continue };
            let Message { sender, block, deposit, payload } = message::message(bytes).ok_or_else(unread)?;
            waiting.push(Waiting { number, sender, block, deposit, payload: payload.into_inner() });
        }
        Ok(Inbox { sent: queue.sent, over: queue.over, waiting, block: head.number() })
    }

    /// Sends a message, and gives its number as long as it waits still.
    pub async fn send_message(
        &self,
        sender: &dyn Signer,
        contract: &ContractId,
        payload: &[u8],
    ) -> Result<Option<u64>, Error> {
        if payload.len() > MAX_PAYLOAD as usize {
            return Err(Error::BadRequest(format!("a message has at most {MAX_PAYLOAD} bytes")));
        }
        let call = Messages::Send { contract: *contract, payload: payload.to_vec() };
        let included = self.submit(sender, &Call::Messages(call)).await?.block.number();
        let own = |waiting: &&Waiting| {
            waiting.sender == sender.account() && waiting.block == included && waiting.payload == payload
        };
        Ok(self.inbox(contract).await?.waiting.iter().rfind(own).map(|waiting| waiting.number))
    }

    /// Withdraws a message of the sender's that has waited long enough.
    pub async fn withdraw_message(&self, sender: &dyn Signer, contract: &ContractId, number: u64) -> Result<(), Error> {
        let call = Messages::Withdraw { contract: *contract, number };
        self.submit(sender, &Call::Messages(call)).await.map(drop)
    }

    /// What came of messages lately, for the contract's owner.
    pub async fn message_runs(&self, contract: &ContractId, owner: &dyn Signer) -> Result<Vec<MessageRun>, Error> {
        let response = self.ask_worker(contract, &Request::get(RUNS)?, owner).await?;
        let Runs { runs } = serde_json::from_slice(&response.content)
            .map_err(|_| Error::Malformed("the worker's list of messages is not understood".into()))?;
        let shown = |run: MessageRun| MessageRun { code: run.code.map(|code| shown(&code, MAX_CODE)), ..run };
        Ok(runs.into_iter().map(shown).collect())
    }
}

fn unread() -> Error {
    Error::Malformed("the chain's messages are not understood".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runs_are_read_as_the_worker_writes_them() {
        let text = r#"{"over":2,"runs":[{"number":2,"at_ms":5,"request_id":"0x01010101010101010101010101010101",
            "status":null,"code":"contract-failed"}]}"#;
        let Runs { runs } = serde_json::from_str(text).expect("reads");
        assert_eq!((runs[0].number, runs[0].code.as_deref()), (2, Some("contract-failed")));
        assert_eq!(runs[0].request_id, RequestId([1; 16]));
    }
}
