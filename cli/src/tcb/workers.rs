//! The network's workers and keyholders, as the chain proves them: until when their verdicts hold.

use adyton_attestation::intel::Contents;
use adyton_client::{
    Client, Error, ProvenWorker,
    chain::facts::validity_keys,
    evidence::{registered_quote, require_judged},
    protocol::{
        ids::{Digest, WorkerId},
        record::EvidenceKind,
        registered::RegisteredEvidence,
        statement::Role,
        storage,
    },
};
use anyhow::{Context, Result, ensure};
use serde::Serialize;
use serde_json::Value;

use super::watch::Machine;
use crate::worker::date;

/// The most that are looked at.
const MAX_WORKERS: usize = 1000;
/// Whose word the list is.
pub const LISTED_BY: &str = "as the node lists them: each is proven, but not that none is left out";

/// One worker's or keyholder's verdict.
#[derive(Debug, Clone, Serialize)]
pub struct Worker {
    worker: WorkerId,
    role: &'static str,
    kind: String,
    root: String,
    measurement: String,
    machine: String,
    evaluation: u32,
    tier: u8,
    /// Why its verdict holds no more, if it does not.
    invalid: Option<String>,
    valid_until: u64,
}

/// What a worker's or keyholder's own quote says, which its gateway brought.
pub struct Own {
    /// As the chain proves it.
    pub worker: ProvenWorker,
    /// The quote that it registered.
    pub quote: Vec<u8>,
    /// What stands in it.
    pub contents: Contents,
}

/// One whose own evidence could not be looked at.
#[derive(Debug, Serialize)]
pub struct Unseen {
    /// What it is called.
    pub name: String,
    /// Why not.
    pub reason: String,
}

impl Worker {
    /// What it is called beside evidence in files.
    pub fn name(&self) -> String {
        format!("{} {}", self.role, self.worker)
    }

    /// Who it is.
    pub fn id(&self) -> WorkerId {
        self.worker
    }

    /// Whether Intel's collateral says how its machine stands.
    pub fn is_intels(&self) -> bool {
        [EvidenceKind::IntelTdx, EvidenceKind::IntelSgx].iter().any(|kind| kind.to_string() == self.kind)
    }

    /// Its registered quote, as the gateway brings it: the one that the chain's record is about, or an error.
    pub async fn own(&self, client: &Client) -> Result<Own> {
        let (worker, registered) = self.shown(client).await?;
        let contents = registered_quote(&worker, &registered)?;
        Ok(Own { worker, quote: registered.evidence, contents })
    }

    /// Its registered evidence of AMD's or AWS's: the very one that the chain judged, or an error.
    pub async fn judged(&self, client: &Client) -> Result<(ProvenWorker, RegisteredEvidence)> {
        let (worker, registered) = self.shown(client).await?;
        require_judged(&worker, &registered)?;
        Ok((worker, registered))
    }

    /// What its gateway brings.
    async fn shown(&self, client: &Client) -> Result<(ProvenWorker, RegisteredEvidence)> {
        let shown = match self.role == Role::Keyholder.name() {
            true => client.keyholder_evidence(&self.worker).await,
            false => client.registered_evidence(&self.worker).await,
        };
        shown.map_err(|error| match error {
            // In its own words: nothing was going to be sent.
            Error::Evidence(refusal) => anyhow::Error::from(refusal),
            other => other.into(),
        })
    }
}

/// A verdict that ends soon, and the evidence file of the same machine.
#[derive(Debug, Serialize)]
pub struct Ending {
    #[serde(flatten)]
    worker: Worker,
    evidence: Option<String>,
}

/// All of them.
pub async fn of_network(client: &Client) -> Result<Vec<Worker>> {
    let head = client.reader().head().await?;
    let keys = client.reader().unproven_keys(&head, &storage::workers_prefix(), MAX_WORKERS + 1).await?;
    require_all(&keys)?;
    let facts = client.facts_at(&head, &keys).await?;
    let mut workers = Vec::new();
    for key in &keys {
        let id =
            key.split_last_chunk::<32>().map(|(_, id)| WorkerId(*id)).context("a worker's key ends with its id")?;
        let Some(record) = facts.worker(&id)? else { continue };
        let validity = client.facts_at(&head, &validity_keys(&record)).await?.validity(&record)?;
        let verdict = &record.verdict;
        workers.push(Worker {
            worker: id,
            role: record.role.name(),
            kind: verdict.kind.to_string(),
            root: verdict.root.to_string(),
            measurement: verdict.measurement.to_string(),
            machine: verdict.machine.to_string(),
            evaluation: verdict.evaluation,
            tier: verdict.tier,
            invalid: record.valid(&validity).err().map(|why| why.to_string()),
            valid_until: verdict.valid_until,
        });
    }
    Ok(workers)
}

/// Those with a verdict of `kind` under `root` that holds, of an evaluation below this one: they fall when the floor is
/// raised to it.
pub fn judged_below(workers: &[Worker], kind: EvidenceKind, root: &Digest, evaluation: u32) -> Vec<WorkerId> {
    let (kind, root) = (kind.to_string(), root.to_string());
    let is_below = |worker: &&Worker| {
        worker.invalid.is_none() && worker.kind == kind && worker.root == root && worker.evaluation < evaluation
    };
    workers.iter().filter(is_below).map(|worker| worker.worker).collect()
}

/// Requires that the list was not cut off: whoever is not looked at could fall unseen.
fn require_all(keys: &[Vec<u8>]) -> Result<()> {
    ensure!(
        keys.len() <= MAX_WORKERS,
        "the node lists more than {MAX_WORKERS} workers and keyholders, and no more are looked at: watch the machines by their evidence files, without --workers"
    );
    Ok(())
}

/// Those whose verdicts end before `until`, or hold no more.
pub fn ending(workers: &[Worker], until: u64, machines: &[Machine]) -> Vec<Ending> {
    let soon = workers.iter().filter(|worker| worker.invalid.is_some() || worker.valid_until <= until);
    let ending = |worker: &Worker| Ending { evidence: evidence_of(worker, machines), worker: worker.clone() };
    soon.map(ending).collect()
}

/// The worker's own evidence, or the file of a machine whose identity is the worker's.
fn evidence_of(worker: &Worker, machines: &[Machine]) -> Option<String> {
    if let Some(own) = machines.iter().find(|machine| machine.worker == Some(worker.worker)) {
        return Some(own.file.clone());
    }
    let is_same = |machine: &&Machine| {
        machine.machine.get("intel-ppid").and_then(Value::as_str).is_some_and(|ppid| worker.machine.contains(ppid))
    };
    machines.iter().find(is_same).map(|machine| machine.file.clone())
}

/// For people.
pub fn line(ending: &Ending) -> String {
    let Ending { worker, evidence } = ending;
    let state = match &worker.invalid {
        None => format!("its verdict ends {}", date(worker.valid_until)),
        Some(why) => format!("its verdict holds NO more: {why}"),
    };
    let evidence = match evidence {
        Some(own) if *own == worker.name() => "its own evidence is judged above".into(),
        Some(file) => format!("its machine is that of {file}"),
        None => "none of the evidence files is of its machine".into(),
    };
    format!("{} {}: {state}, judged by evaluation {}; {evidence}\n", worker.role, worker.worker, worker.evaluation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_that_was_ended_early_is_not_said_to_have_run_out() {
        let mut worker = Worker {
            worker: WorkerId([1; 32]),
            role: "worker",
            kind: "amd-snp".into(),
            root: String::new(),
            measurement: String::new(),
            machine: String::new(),
            evaluation: 7,
            tier: 0,
            invalid: None,
            valid_until: 4_000_000_000,
        };
        let said = |worker: &Worker| line(&Ending { worker: worker.clone(), evidence: None });
        assert!(said(&worker).contains(&format!("its verdict ends {}", date(4_000_000_000))));
        let own = Ending { worker: worker.clone(), evidence: Some(worker.name()) };
        assert!(line(&own).contains("its own evidence is judged above"));
        worker.invalid = Some("outdated".into());
        assert!(said(&worker).contains("holds NO more: outdated"));
        assert!(!said(&worker).contains(&date(4_000_000_000)));
    }

    #[test]
    fn who_falls_by_a_raised_floor_is_judged_below_it_under_that_root_and_valid() {
        let root = Digest([3; 32]);
        let worker = |number: u8, evaluation, root: Digest, invalid: Option<&str>| Worker {
            worker: WorkerId([number; 32]),
            role: "worker",
            kind: "intel-tdx".into(),
            root: root.to_string(),
            measurement: String::new(),
            machine: String::new(),
            evaluation,
            tier: 0,
            invalid: invalid.map(Into::into),
            valid_until: 4_000_000_000,
        };
        let workers = [
            worker(1, 16, root, None),
            worker(2, 17, root, None),
            worker(3, 16, Digest([4; 32]), None),
            worker(4, 16, root, Some("outdated")),
        ];
        let below = |kind| judged_below(&workers, kind, &root, 17);
        assert_eq!(below(EvidenceKind::IntelTdx), [WorkerId([1; 32])]);
        assert!(below(EvidenceKind::IntelSgx).is_empty());
    }

    #[test]
    fn intels_collateral_is_about_intels_kinds_alone() {
        for (kind, expected) in [("intel-tdx", true), ("intel-sgx", true), ("amd-snp", false), ("aws-nitro", false)] {
            let worker = Worker {
                worker: WorkerId([1; 32]),
                role: "keyholder",
                kind: kind.into(),
                root: String::new(),
                measurement: String::new(),
                machine: String::new(),
                evaluation: 7,
                tier: 0,
                invalid: None,
                valid_until: 0,
            };
            assert_eq!(worker.is_intels(), expected, "{kind}");
            assert_eq!(worker.name(), format!("keyholder {}", WorkerId([1; 32])));
        }
    }

    #[test]
    fn a_list_that_is_cut_off_is_an_error() {
        let keys = vec![vec![1]; MAX_WORKERS + 1];
        assert!(require_all(&keys).unwrap_err().to_string().contains("more than 1000 workers"));
        require_all(&keys[1..]).unwrap();
    }
}
