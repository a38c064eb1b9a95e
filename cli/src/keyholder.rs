//! `adyton keyholder`: who holds shares of the network's master secret, and what runs there.

use std::process::ExitCode;

use adyton_client::{
    chain::facts::{Facts, validity_keys},
    protocol::{
        ids::WorkerId,
        record::{CommitteeRecord, WorkerRecord},
        statement::Role,
        storage,
    },
};
use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    connection::Connection,
    worker::{
        JudgingArgs, committee_json, judge_own,
        record::{as_json, ending, line, text, unix_now},
    },
};

/// What can be done with keyholders.
#[derive(Debug, Subcommand)]
pub enum KeyholderCommand {
    /// List the keyholders of the committee in force, and until when their verdicts hold.
    #[command(after_help = "Example:\n  adyton keyholder list")]
    List,
    /// Show one keyholder: its seat, whether its verdict holds, and why if it does not.
    #[command(after_help = "Example:\n  adyton keyholder show 0x1f..c2")]
    Show {
        /// Its id, as `adyton keyholder list` shows it.
        keyholder: WorkerId,
    },
    /// Judge a keyholder's evidence on this machine, instead of believing the chain's verdict about it.
    Verify(VerifyArgs),
}

/// Whose evidence, and by what it is judged.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton keyholder verify 0x1f..c2\n  adyton keyholder verify 0x1f..c2 --measurement 00..ff --policy policy.toml --evidence evidence.json\n\nThe chain has to prove that the keyholder has a seat in the committee in force. Its statement has to say what the\nchain's proven record says (network, operator, role, keys, configuration), and its evidence has to be about that\nstatement, lead to a vendor's root and hold at this machine's clock, by the same policy as in `adyton attest verify`;\non a development network the network's own root is trusted too, and said so. Which measurement is the right one is\nfor you to say: with --measurement, or in the policy.\nThe exit code is 0 when the evidence is accepted, 1 when it is rejected or cannot be had, 2 on bad use or an\nunreadable file."
)]
pub struct VerifyArgs {
    /// Its id, as `adyton keyholder list` shows it.
    keyholder: WorkerId,
    #[command(flatten)]
    by: JudgingArgs,
}

/// A member of the committee: who, and its record with what became of its verdict, if it is registered.
type Member = (WorkerId, Option<(WorkerRecord, Result<(), String>)>);

/// Does it.
pub async fn run(command: KeyholderCommand, connection: &Connection<'_>) -> Result<ExitCode> {
    match command {
        KeyholderCommand::Verify(args) => {
            return judge_own(&args.keyholder, Role::Keyholder, &args.by, connection).await;
        }
        KeyholderCommand::List => list(connection).await?,
        KeyholderCommand::Show { keyholder } => show(&keyholder, connection).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let facts = client.facts_at(&head, &[storage::committee()]).await?;
    let (block, committee) = (facts.block().number, facts.committee()?);
    let mut members: Vec<Member> = Vec::new();
    for id in committee.iter().flat_map(|committee| &committee.keyholders) {
        let record = client.facts_at(&head, &[storage::workers(id)]).await?.worker(id)?;
        let known = match record {
            Some(record) => {
                let facts = client.facts_at(&head, &validity_keys(&record)).await?;
                let valid = validity(&record, &facts)?;
                Some((record, valid))
            }
            None => None,
        };
        members.push((*id, known));
    }
    connection
        .output
        .result(&list_json(committee.as_ref(), &members, block), || list_text(committee.as_ref(), &members, block))?;
    let now = unix_now();
    let registered = members.iter().filter_map(|(id, known)| known.as_ref().map(|(record, _)| (id, record)));
    registered.filter_map(|(id, record)| ending(id, record, now)).for_each(|said| connection.output.warn(said));
    Ok(())
}

async fn show(id: &WorkerId, connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let head = client.reader().head().await?;
    let facts = client.facts_at(&head, &[storage::workers(id), storage::committee()]).await?;
    let record = facts.worker(id)?.with_context(|| format!("there is no keyholder {id} on this network"))?;
    ensure!(record.role == Role::Keyholder, "{id} is a worker; `adyton worker show {id}` shows it");
    let (block, committee) = (facts.block().number, facts.committee()?);
    let valid = validity(&record, &client.facts_at(&head, &validity_keys(&record)).await?)?;
    let seat = committee.as_ref().and_then(|committee| seat(committee, id));
    let mut json = as_json(id, &record, &valid, block);
    json["member"] = json!(seat);
    json["committee"] = json!(committee.as_ref().map(committee_json));
    connection.output.result(&json, || {
        let place = match (seat, &committee) {
            (Some(seat), Some(committee)) => place(seat, committee),
            (Some(_) | None, _) => "none in the committee in force".into(),
        };
        format!("{}\n  seat         {place}\nproven as of block {block}", text(id, &record, &valid))
    })?;
    if let Some(warning) = ending(id, &record, unix_now()) {
        connection.output.warn(warning);
    }
    Ok(())
}

/// Whether its verdict holds, and why not.
fn validity(record: &WorkerRecord, facts: &Facts) -> Result<Result<(), String>> {
    Ok(record.valid(&facts.validity(record)?).map_err(|why| why.to_string()))
}

/// The seat of `id`.
fn seat(committee: &CommitteeRecord, id: &WorkerId) -> Option<usize> {
    committee.keyholders.iter().position(|keyholder| keyholder == id)
}

fn place(seat: usize, committee: &CommitteeRecord) -> String {
    let (seats, threshold, epoch) = (committee.keyholders.len(), committee.threshold, committee.epoch);
    format!("{seat} of {seats}, of which {threshold} release keys together; key epoch {epoch}")
}

fn list_json(committee: Option<&CommitteeRecord>, members: &[Member], block: u32) -> Value {
    let one = |(member, (id, known)): (usize, &Member)| {
        let mut value = match known {
            Some((record, valid)) => as_json(id, record, valid, block),
            None => json!({ "worker": id, "valid": false, "why_not": "it is not registered" }),
        };
        value["member"] = member.into();
        value
    };
    let members: Vec<Value> = members.iter().enumerate().map(one).collect();
    json!({ "committee": committee.map(committee_json), "keyholders": members, "block": block })
}

fn list_text(committee: Option<&CommitteeRecord>, members: &[Member], block: u32) -> String {
    let Some(committee) = committee else {
        return format!("This network has no committee of keyholders\nproven as of block {block}");
    };
    let lines = members.iter().map(|(id, known)| match known {
        Some((record, valid)) => line(id, record, valid, block),
        None => format!("{id} NOT registered\n"),
    });
    let keys = match committee.keyholders.len() {
        1 => "one keyholder has the whole master secret (development only)".into(),
        several => format!("{} of {several} keyholders release keys", committee.threshold),
    };
    format!("{}key epoch {}: {keys}\nproven as of block {block}", lines.collect::<String>(), committee.epoch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::up::renewal::tests::valid;

    fn committee(keyholders: &[WorkerId]) -> CommitteeRecord {
        let (keyholders, group) = (keyholders.to_vec().try_into().unwrap(), vec![1, 255].try_into().unwrap());
        CommitteeRecord { epoch: 4, threshold: 2, keyholders, group }
    }

    /// Three members, of whom the second is not registered and the third's verdict does not hold.
    fn members() -> (CommitteeRecord, Vec<Member>) {
        let record = WorkerRecord { role: Role::Keyholder, ..valid().0 };
        let ids = [1, 2, 3].map(|byte| WorkerId([byte; 32]));
        let known = [Some((record.clone(), Ok(()))), None, Some((record, Err("its root is gone".into())))];
        (committee(&ids), ids.into_iter().zip(known).collect())
    }

    #[test]
    fn every_seat_is_listed_also_one_whose_keyholder_is_not_registered_or_not_valid() {
        let (committee, members) = members();
        let text = list_text(Some(&committee), &members, 9);
        let lines: Vec<&str> = text.lines().collect();
        let [first, second, third, keys, proven] = lines[..] else { panic!("{text}") };
        assert!(first.contains("keyholder") && first.contains("valid until "), "{first}");
        assert!(second.ends_with(" NOT registered") && third.ends_with("NOT valid: its root is gone"), "{text}");
        assert_eq!((keys, proven), ("key epoch 4: 2 of 3 keyholders release keys", "proven as of block 9"));
        let json = list_json(Some(&committee), &members, 9);
        assert_eq!((&json["committee"]["epoch"], &json["committee"]["group"]), (&json!(4), &json!("0x01ff")));
        let field = |name: &str| json["keyholders"].as_array().unwrap().iter().map(|one| one[name].clone()).collect();
        let (seats, valid): (Vec<Value>, Vec<Value>) = (field("member"), field("valid"));
        assert_eq!((seats, valid), (vec![json!(0), json!(1), json!(2)], vec![json!(true), json!(false), json!(false)]));
    }

    #[test]
    fn a_network_without_a_committee_says_so() {
        assert!(list_text(None, &[], 9).starts_with("This network has no committee"));
        let json = list_json(None, &[], 9);
        assert_eq!((&json["committee"], &json["keyholders"]), (&Value::Null, &json!([])));
    }

    #[test]
    fn a_seat_is_the_place_in_the_committees_list() {
        let (committee, _) = members();
        assert_eq!(seat(&committee, &WorkerId([3; 32])), Some(2));
        assert_eq!(seat(&committee, &WorkerId([9; 32])), None);
        assert_eq!(place(2, &committee), "2 of 3, of which 2 release keys together; key epoch 4");
    }
}
