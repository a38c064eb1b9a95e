//! `adyton slash report-...`, `note-revoked` and `apply`.

use std::path::PathBuf;

use adyton_client::{
    chain::{
        economy::{self, assignment},
        extrinsic::calls::{Call, Slashing},
        governance::Share,
    },
    protocol::{ids::BlockNumber, rewards::Away, storage},
};
use anyhow::{Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::{
    WorkerArgs,
    evidence::{self, BLOCK, HISTORY, Receipt},
    show::{Rules, cost},
};
use crate::{
    account::pha,
    connection::Connection,
    output::misuse,
    sending::{Intent, Sender},
    signing::Signing,
    worker::record::record,
};

/// Which receipt.
#[derive(Debug, Args)]
pub struct BundleArgs {
    /// The bundle, as `adyton call --receipt` saved it.
    receipt: PathBuf,
    #[command(flatten)]
    signing: Signing,
}

/// Which receipts.
#[derive(Debug, Args)]
pub struct TwoArgs {
    /// A bundle, as `adyton call --receipt` saved it.
    one: PathBuf,
    /// Another one of the same contract.
    other: PathBuf,
    #[command(flatten)]
    signing: Signing,
}

/// Which offence.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Its number.
    offence: u64,
    #[command(flatten)]
    signing: Signing,
}

/// Reports an absence.
pub async fn absence(args: &WorkerArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let mut keys = Rules::keys();
    keys.extend([storage::absence(&args.worker), assignment(&args.worker)]);
    let facts = sender.client.facts(&keys).await?;
    let rules = Rules::of(&facts)?;
    let Some(away) = facts.absence(&args.worker)? else { bail!("no absence of {} is recorded", args.worker) };
    let Some(assigned) = facts.assignment(&args.worker)? else { bail!("no pool stands behind {}", args.worker) };
    let fraction = absent(&away, &rules)?;
    let intent = Intent::free(format!(
        "Reports that {} was absent since {}: {} % of the {} PHA behind it, {} PHA, less what was reported of it before and the time for which it was stopped.{}",
        args.worker,
        rules.blocks.said(away.since),
        fraction.percent(),
        pha(assigned.stake),
        pha(fraction.part_of(assigned.stake)),
        ending(&rules),
    ));
    let json = json!({ "worker": args.worker, "kind": "offline", "since": away.since });
    send(&sender, &intent, Slashing::ReportAbsence(args.worker), json, connection).await
}

/// What an absence costs by now.
fn absent(away: &Away, rules: &Rules) -> Result<Share> {
    let p = &rules.parameters;
    let end: BlockNumber = away.until.unwrap_or(rules.blocks.newest);
    let late = end.saturating_sub(away.since).saturating_sub(p.offline_grace);
    let most = p.offline_limit.0.checked_div(p.offline_step.0).unwrap_or(0);
    let steps = late.checked_div(p.offline_period).unwrap_or(0).min(most);
    ensure!(
        steps > 0,
        "an absence costs something after {} and another {}; this one has lasted {}",
        rules.blocks.lasting(p.offline_grace),
        rules.blocks.lasting(p.offline_period),
        rules.blocks.lasting(end.saturating_sub(away.since))
    );
    Ok(Share(p.offline_step.0.saturating_mul(steps)))
}

/// What becomes of a report.
fn ending(rules: &Rules) -> String {
    let p = &rules.parameters;
    format!(
        " So much of its pool is frozen until it is over: the network's votes can cancel it for {}, and then it is applied. You get {} % of what is taken then, but no more than its pool's owner has lost.",
        rules.blocks.lasting(p.appeal),
        p.reporter_share.percent()
    )
}

/// Reports a receipt after the end of its worker's verdict.
pub async fn expired(args: &BundleArgs, connection: &Connection<'_>) -> Result<()> {
    let (sender, rules, receipt) = bundle(args, BLOCK, connection).await?;
    let p = &rules.parameters;
    let does = format!(
        "Reports that the worker with key {} acted on block {}, {} s or more after the end of its verdict; that costs {} % of the stake behind it. Of the receipt only the block is shown.{}",
        receipt.fields.worker,
        receipt.fields.block.number,
        p.expired_grace,
        p.invalid.percent(),
        ending(&rules)
    );
    let json = json!({ "key": receipt.fields.worker, "kind": "expired", "acted_on": receipt.fields.block.number });
    send(&sender, &Intent::free(does), Slashing::ReportExpired(receipt.bytes), json, connection).await
}

/// Reports a receipt after a note.
pub async fn revoked(args: &BundleArgs, connection: &Connection<'_>) -> Result<()> {
    let (sender, rules, receipt) = bundle(args, BLOCK, connection).await?;
    let does = format!(
        "Reports that the worker with key {} acted on block {}, {} or more after it was noted that its evidence does not hold; that costs {} % of the stake behind it. Of the receipt only the block is shown.{}",
        receipt.fields.worker,
        receipt.fields.block.number,
        rules.blocks.lasting(rules.parameters.revoked_grace),
        rules.parameters.invalid.percent(),
        ending(&rules)
    );
    let json = json!({ "key": receipt.fields.worker, "kind": "revoked", "acted_on": receipt.fields.block.number });
    send(&sender, &Intent::free(does), Slashing::ReportRevoked(receipt.bytes), json, connection).await
}

/// Notes that evidence does not hold.
pub async fn note(args: &WorkerArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let record = record(&sender.client, &args.worker).await?;
    let facts = sender.client.facts(&adyton_client::chain::facts::validity_keys(&record)).await?;
    let why = match record.valid(&facts.validity(&record)?) {
        Ok(()) => bail!("the evidence of {} holds", args.worker),
        Err(why) => why,
    };
    let rules = Rules::of(&sender.client.facts(&Rules::keys()).await?)?;
    let intent = Intent::free(format!(
        "Notes on the chain that the evidence of {} does not hold: {why}. A receipt in which it acts on a block {} after the note, or later, can be reported.",
        args.worker,
        rules.blocks.lasting(rules.parameters.revoked_grace),
    ));
    send(&sender, &intent, Slashing::NoteRevoked(args.worker), json!({ "worker": args.worker }), connection).await
}

/// Reports two histories.
pub async fn histories(args: &TwoArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let network = sender.client.network().network_id;
    let (one, other) = (evidence::read(&args.one, &network, HISTORY)?, evidence::read(&args.other, &network, HISTORY)?);
    let rules = Rules::of(&sender.client.facts(&Rules::keys()).await?)?;
    let does = two_histories(&one, &other, &rules)?;
    let json = json!({ "contract": one.fields.contract, "kind": "two-histories" });
    let call = Slashing::ReportTwoHistories { one: one.bytes, other: other.bytes };
    send(&sender, &Intent::free(does), call, json, connection).await
}

fn two_histories(one: &Receipt, other: &Receipt, rules: &Rules) -> Result<String> {
    if one.fields.contract != other.fields.contract {
        return Err(misuse("the receipts are of two contracts"));
    }
    let place = |receipt: &Receipt| {
        let fields = &receipt.fields;
        format!(
            "incarnation {}, after sequence {} with head {}",
            fields.incarnation, fields.after.sequence, fields.after.hash
        )
    };
    Ok(format!(
        "Reports two histories of the state of {}: {}; and {}. Where the chain finds that no one history has both, and one operator had them, that costs {} % of the stake behind its worker. Of the receipts only what says where they stand is shown.{}",
        one.fields.contract,
        place(one),
        place(other),
        rules.parameters.two_histories.percent(),
        ending(rules)
    ))
}

/// Reports a rollback.
pub async fn rollback(args: &BundleArgs, connection: &Connection<'_>) -> Result<()> {
    let (sender, rules, receipt) = bundle(args, HISTORY, connection).await?;
    let contract = receipt.fields.contract;
    let facts = sender.client.facts(&[storage::heads(&contract)]).await?;
    let Some(head) = facts.head(&contract)? else { bail!("the state of {contract} was never opened") };
    let fields = &receipt.fields;
    ensure!(
        fields.incarnation < head.incarnation && fields.after.sequence >= head.opening.sequence,
        "the receipt is of incarnation {} and sequence {}; the last opening is incarnation {} with sequence {}",
        fields.incarnation,
        fields.after.sequence,
        head.incarnation,
        head.opening.sequence
    );
    let does = format!(
        "Reports that the state of {contract} was opened at sequence {}, behind what the receipt of incarnation {} says: sequence {}. If one operator had both, that costs {} % of the stake behind its worker.{}",
        head.opening.sequence,
        fields.incarnation,
        fields.after.sequence,
        rules.parameters.two_histories.percent(),
        ending(&rules)
    );
    let json = json!({ "contract": contract, "kind": "two-histories" });
    send(&sender, &Intent::free(does), Slashing::ReportRollback(receipt.bytes), json, connection).await
}

/// Applies an offence.
pub async fn apply(args: &ApplyArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let mut keys = Rules::keys();
    keys.push(economy::offence(args.offence));
    let facts = sender.client.facts(&keys).await?;
    let rules = Rules::of(&facts)?;
    let Some(offence) = facts.offence(args.offence)? else {
        bail!("there is no offence {} that is not over; see `adyton slash list`", args.offence)
    };
    ensure!(
        offence.apply_at != economy::UNDECIDED,
        "jurors decide about offence {} first; see `adyton dispute list`",
        args.offence
    );
    ensure!(
        rules.blocks.newest >= offence.apply_at,
        "offence {} can be applied from {} on",
        args.offence,
        rules.blocks.said(offence.apply_at)
    );
    let intent = Intent::free(format!("Applies offence {}: {}", args.offence, cost(&offence)));
    let json = json!({ "offence": args.offence, "amount": offence.amount.to_string() });
    let sent = sender.send(&intent, &Call::Slashing(Slashing::Apply(args.offence))).await?;
    connection.output.result(&sent.json(json), || format!("Applied in block {}", sent.block()))
}

async fn bundle<'a>(
    args: &'a BundleArgs,
    labels: &[adyton_client::protocol::receipt::Label],
    connection: &Connection<'_>,
) -> Result<(Sender<'a>, Rules, Receipt)> {
    let sender = Sender::new(&args.signing, connection)?;
    let receipt = evidence::read(&args.receipt, &sender.client.network().network_id, labels)?;
    let rules = Rules::of(&sender.client.facts(&Rules::keys()).await?)?;
    Ok((sender, rules, receipt))
}

async fn send(
    sender: &Sender<'_>,
    intent: &Intent,
    call: Slashing,
    json: Value,
    connection: &Connection<'_>,
) -> Result<()> {
    let sent = sender.send(intent, &Call::Slashing(call)).await?;
    connection.output.result(&sent.json(json), || {
        format!("Taken in block {}; `adyton slash list` says what becomes of it", sent.block())
    })
}

#[cfg(test)]
mod tests {
    use super::{super::show::tests::rules, *};

    fn away(since: u32, until: Option<u32>) -> Away {
        Away { since, until }
    }

    #[test]
    fn an_absence_costs_a_step_for_each_period_after_the_grace_up_to_the_limit() {
        // A grace of 100 blocks, then 0.1 % for each 50, up to 0.5 %; at block 1000.
        let percent = |away: &Away| absent(away, &rules()).map(|share| share.percent());
        assert_eq!(percent(&away(850, None)).unwrap(), "0.10");
        assert_eq!(percent(&away(751, None)).unwrap(), "0.20");
        assert_eq!(percent(&away(100, None)).unwrap(), "0.50");
        assert_eq!(percent(&away(100, Some(300))).unwrap(), "0.20", "it has ended");
        assert!(percent(&away(851, None)).unwrap_err().to_string().contains("this one has lasted 149 blocks"));
    }

    #[test]
    fn a_report_says_how_long_it_can_be_cancelled_and_what_its_reporter_gets() {
        let text = ending(&rules());
        assert!(text.contains("for 600 blocks (1 h)") && text.contains("You get 10.00 %"), "{text}");
    }
}
