//! A contract's schedule as its owner sees it: the calls that the contract asks for itself, and the receipts of those
//! that ran.

use adyton_chain_client::{extrinsic::Signer, rpc::Source};
use adyton_protocol::{
    ids::{ContractId, RequestId},
    receipt::{ScheduleRun, SignedReceipt},
    schedule::{MAX_CRON, MAX_NAME, name_digest},
    watch::MAX_RUN_NAME,
};
use serde::{Deserialize, Serialize};

use crate::{
    Client, Error, Request,
    check::{Exchange, OpenReceipt, Outcome, receipt_checks},
    gateway::shown,
};

/// Where the schedule is.
const SCHEDULE: &str = "/.adyton/schedule";
/// The most characters of a code that are shown.
const MAX_CODE: usize = 64;

/// What a contract asks of itself, and what came of it lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The entries, in the order of their times.
    pub entries: Vec<Entry>,
    /// The newest runs since the worker opened the contract, the oldest first.
    pub runs: Vec<Run>,
}

/// An entry of a contract's schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// When it is due next, Unix milliseconds.
    pub due_ms: u64,
    /// The expression of the times after that; none: it ends with its run.
    pub cron: Option<String>,
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The entry's name; of a watch's run `watch:` and the watch's.
    pub name: String,
    /// When it was due, or for a watch the time of the block after which the value was so, Unix milliseconds.
    pub due_ms: u64,
    /// The chain's time when it was over, Unix milliseconds.
    pub at_ms: u64,
    /// Its request id.
    pub request_id: RequestId,
    /// The status of the contract's answer; none if there was none.
    pub status: Option<u16>,
    /// Why there was none.
    pub code: Option<String>,
}

/// What the worker says of one run.
#[derive(Deserialize)]
struct Kept {
    receipt: String,
}

impl<S: Source> Client<S> {
    /// The contract's schedule.
    pub async fn schedule(&self, contract: &ContractId, owner: &dyn Signer) -> Result<Schedule, Error> {
        let response = self.ask_worker(contract, &Request::get(SCHEDULE)?, owner).await?;
        let Schedule { entries, runs } = serde_json::from_slice(&response.content)
            .map_err(|_| Error::Malformed("the worker's schedule is not understood".into()))?;
        let entry = |entry: Entry| Entry {
            name: shown(&entry.name, MAX_NAME),
            cron: entry.cron.map(|cron| shown(&cron, MAX_CRON)),
            ..entry
        };
        let run = |run: Run| Run {
            name: shown(&run.name, MAX_RUN_NAME),
            code: run.code.map(|code| shown(&code, MAX_CODE)),
            ..run
        };
        Ok(Schedule { entries: entries.into_iter().map(entry).collect(), runs: runs.into_iter().map(run).collect() })
    }

    /// The receipt of a run that was answered, which a worker keeps for a day. It is of this contract and this run, and
    /// nothing in it is against what the chain proves now.
    pub async fn run_receipt(
        &self,
        contract: &ContractId,
        owner: &dyn Signer,
        run: &Run,
    ) -> Result<OpenReceipt, Error> {
        let network = self.network().network_id;
        let request = Request::get(&format!("{SCHEDULE}/{}", run.request_id))?;
        let response = self.ask_worker(contract, &request, owner).await?;
        let unread = || Error::Malformed("the worker's receipt of a run is not understood".into());
        let Kept { receipt } = serde_json::from_slice(&response.content).map_err(|_| unread())?;
        let bytes = hex::decode(receipt.strip_prefix("0x").ok_or_else(unread)?).map_err(|_| unread())?;
        let receipt = OpenReceipt::open(SignedReceipt::from_bytes(&bytes)?, &network)?;
        let proven = self.contract(contract).await?;
        let checks = receipt_checks(receipt.fields(), &proven, &Exchange::default());
        if let Some(failed) = checks.into_iter().find(|check| check.outcome == Outcome::Failed) {
            return Err(Error::Check { check: failed.name, reason: failed.reason });
        }
        let schedule = ScheduleRun { name: name_digest(&network, contract, &run.name), due_ms: run.due_ms };
        let said = receipt.fields();
        match said.schedule == Some(schedule) && said.request_id == run.request_id && said.contract == *contract {
            true => Ok(receipt),
            false => Err(Error::Check { check: "schedule", reason: "the receipt is of another call or run".into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_read_as_the_worker_writes_it() {
        let text = r#"{"entries":[{"name":"a","due_ms":5,"cron":"* * * * *"},{"name":"b","due_ms":6,"cron":null}],
            "runs":[{"name":"a","due_ms":1,"at_ms":2,"request_id":"0x01010101010101010101010101010101",
                "status":null,"code":"contract-failed"}]}"#;
        let Schedule { entries, runs } = serde_json::from_str(text).expect("reads");
        assert_eq!(
            (entries.len(), entries[0].cron.as_deref(), entries[1].cron.as_deref()),
            (2, Some("* * * * *"), None)
        );
        assert_eq!((runs[0].request_id, runs[0].code.as_deref()), (RequestId([1; 16]), Some("contract-failed")));
    }
}
