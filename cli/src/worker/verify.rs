//! `adyton worker verify` and `adyton keyholder verify`: the own evidence of a worker or keyholder, judged on this machine
//! instead of believing the chain's verdict.
//!
//! The client fetches and judges; here the outcome becomes the lines and the attestation result that
//! `adyton attest verify` prints.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use adyton_attestation::{Check, Outcome};
use adyton_client::{
    Demand, Error, EvidenceRefusal, ProvenWorker, Seat, VerifiedEvidence,
    chain::address,
    evidence::{judge, verifiers_kind},
    protocol::{
        ids::{Digest, WorkerId},
        record::CommitteeRecord,
        statement::{AttestedStatement, Role},
    },
};
use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    attest::{Judgement, judgement_text, now, read_policy},
    connection::Connection,
    output::misuse,
    whole_file::{check_place, write_whole},
};

/// Whose evidence, and by what it is judged.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton worker verify 0x1f..c2\n  adyton worker verify 0x1f..c2 --measurement 00..ff --policy policy.toml --evidence evidence.json\n\nThe worker's statement has to say what the chain's proven record says (network, operator, role, keys,\nconfiguration), and its evidence has to be about that statement, lead to a vendor's root and hold at this machine's\nclock, by the same policy as in `adyton attest verify`; on a development network the network's own root is trusted\ntoo, and said so. Which measurement is the right one is for you to say: with --measurement, or in the policy.\nThe exit code is 0 when the evidence is accepted, 1 when it is rejected or cannot be had, 2 on bad use or an\nunreadable file."
)]
pub struct VerifyArgs {
    /// Its id, as `adyton worker list` shows it.
    worker: WorkerId,
    #[command(flatten)]
    by: JudgingArgs,
}

/// By what evidence is judged, and where it is kept.
#[derive(Debug, Args)]
pub struct JudgingArgs {
    /// The policy, if not the built-in one that `adyton attest policy` prints.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// What must have been measured: the release that you built, or that somebody you trust did.
    #[arg(long, value_name = "HEX")]
    measurement: Option<Digest>,
    /// Save statement, evidence and collateral, as JSON, accepted or not.
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
}

/// Judges a worker's.
pub async fn run(args: &VerifyArgs, connection: &Connection<'_>) -> Result<ExitCode> {
    judge_own(&args.worker, Role::Worker, &args.by, connection).await
}

/// Judges the own evidence of `id`, which has to have `role`.
pub async fn judge_own(id: &WorkerId, role: Role, args: &JudgingArgs, connection: &Connection<'_>) -> Result<ExitCode> {
    let demand = Demand { measurement: args.measurement, ..demand(args.policy.as_deref())? };
    if let Some(path) = &args.evidence {
        check_place(path).map_err(|error| misuse(format!("{error:#}")))?;
    }
    let client = connection.client()?;
    connection.output.progress(format!("Asking the {} for its evidence", role.name()));
    let shown = match role {
        Role::Worker => client.registered_evidence(id).await,
        Role::Keyholder => client.keyholder_evidence(id).await,
    };
    let (worker, registered) = shown.map_err(plain)?;
    if let Some(path) = &args.evidence {
        write_whole(path, &serde_json::to_vec_pretty(&registered).context("the evidence has no JSON form")?)?;
    }
    let (statement, now) = (registered.statement.clone(), now(None)?);
    let judgement = judgement(&worker, &judge(&worker, registered, &demand, now), now);
    connection.output.result(&as_json(&judgement, &worker, &statement), || text(&judgement, &worker))?;
    Ok(if judgement.accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is demanded by the policy in the file, or by the built-in one.
pub fn demand(policy: Option<&Path>) -> Result<Demand> {
    Ok(Demand { policy: read_policy(policy)?, measurement: None })
}

/// A refusal in its own words: nothing was going to be sent.
fn plain(error: Error) -> anyhow::Error {
    match error {
        Error::Evidence(refusal) => refusal.into(),
        other => other.into(),
    }
}

/// The client's result as lines; what the verifier says keeps its own.
fn judgement(worker: &ProvenWorker, result: &Result<VerifiedEvidence, EvidenceRefusal>, now: u64) -> Judgement {
    let registration = format!("the chain accepts it as of block {}", worker.block().number);
    let mut proven = vec![check("registration", Outcome::Passed, registration)];
    proven.extend(worker.seat().map(|seat| check("committee", Outcome::Passed, seat_text(seat))));
    let statement = "network, operator, role, keys and configuration are those of the chain's proven record";
    let statement = check("statement", Outcome::Passed, statement);
    let mut judgement = match result {
        Ok(verified) => {
            proven.push(statement);
            accepted(worker, verified, now)
        }
        Err(EvidenceRefusal::Judged(refusal)) => {
            proven.push(statement);
            Judgement::of(verifiers_kind(worker.record().verdict.kind), Err(*refusal), None, now)
        }
        Err(refusal) => {
            let failed = check(refusal.check(), Outcome::Failed, refusal.to_string());
            Judgement::of_checks(vec![failed])
        }
    };
    judgement.checks.splice(0..0, proven);
    judgement
}

fn accepted(worker: &ProvenWorker, verified: &VerifiedEvidence, now: u64) -> Judgement {
    let mut judgement = Judgement::of_bound(verified.verdict(), now);
    let same = "root, measurement, machine and evidence are those of the chain's proven record";
    judgement.also(check("chain-record", Outcome::Passed, same));
    if worker.is_development() {
        let reason = "the root is this development network's own: it stands for no hardware";
        judgement.also(check("hardware", Outcome::Unchecked, reason));
    }
    judgement
}

fn check(name: &'static str, outcome: Outcome, reason: impl Into<String>) -> Check {
    Check { name, outcome, reason: reason.into() }
}

/// A keyholder's place, for people.
fn seat_text(Seat { member, committee }: &Seat) -> String {
    let (epoch, seats) = (committee.epoch, committee.keyholders.len());
    format!("it has seat {member} of {seats} in the committee of key epoch {epoch}")
}

/// A committee, for programs; without the list of its keyholders.
pub fn committee_json(committee: &CommitteeRecord) -> Value {
    json!({
        "epoch": committee.epoch,
        "threshold": committee.threshold,
        "keyholders": committee.keyholders.len(),
        "group": format!("0x{}", hex::encode(&committee.group)),
    })
}

fn as_json(judgement: &Judgement, worker: &ProvenWorker, statement: &AttestedStatement) -> Value {
    let mut value = judgement.as_json();
    value[worker.record().role.name()] = json!({
        "id": worker.id(),
        "operator": address::encode(&worker.record().operator),
        "boot": worker.record().boot,
        "kind": worker.record().verdict.kind,
        "release": worker.release(),
        "statement": statement,
        "development": worker.is_development(),
        "block": worker.block().number,
    });
    if let Some(seat) = worker.seat() {
        value["committee"] = committee_json(&seat.committee);
        value["committee"]["member"] = seat.member.into();
    }
    value
}

fn text(judgement: &Judgement, worker: &ProvenWorker) -> String {
    let record = worker.record();
    let release = match worker.release() {
        release if release.is_empty() => "a release without a name".into(),
        release => format!("release '{release}'"),
    };
    format!(
        "{} {} of {}, boot {}: {} evidence of what the network calls {release}\n{}",
        record.role.name(),
        worker.id(),
        address::encode(&record.operator),
        record.boot,
        record.verdict.kind,
        judgement_text(judgement)
    )
}
