//! `adyton rewards measure`, `start`, `stop` and `refresh`.

use adyton_client::chain::{
    economy::{State, rewards::least_stake},
    extrinsic::calls::{Call, Rewards},
};
use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{
    WorkerArgs,
    parameters::Rules,
    show::{Worker, read},
};
use crate::{
    account::pha,
    connection::Connection,
    sending::{Intent, Sender},
};

/// Orders a measurement.
pub async fn measure(args: &WorkerArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let (worker, rules) = read(&args.worker, &sender.client).await?;
    let intent = Intent::free(measured(&worker, &rules));
    send(&sender, &intent, Rewards::Measure(args.worker), json!({ "worker": args.worker }), connection, |block| {
        format!("Ordered in block {block}; `adyton rewards show {}` says what it comes to", args.worker)
    })
    .await
}

fn measured(worker: &Worker, rules: &Rules) -> String {
    let now = match &worker.capacity {
        Some(_) => format!("its capacity counts as {} now", worker.counts(&rules.blocks)),
        None => "it was never measured".into(),
    };
    format!(
        "Orders a measurement of the machine of {}; {now}. It begins with the next round and takes {}, in which all workers on that machine do the work at the same time. The next one can be ordered {} later. A lower result counts as well.",
        worker.id,
        rules.blocks.lasting(rules.parameters.measure_blocks),
        rules.blocks.lasting(rules.parameters.measure_distance),
    )
}

/// Starts a worker.
pub async fn start(args: &WorkerArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let (worker, rules) = read(&args.worker, &sender.client).await?;
    let intent = Intent::free(started(&worker, &rules)?);
    let result = json!({ "worker": args.worker, "pool": worker.assigned.map(|assigned| assigned.pool) });
    send(&sender, &intent, Rewards::Start(args.worker), result, connection, |block| {
        format!("It works since block {block}; `adyton rewards show {}` says what it earns", args.worker)
    })
    .await
}

/// What starting it does, or why it cannot be.
fn started(worker: &Worker, rules: &Rules) -> Result<String> {
    let Some(assigned) = worker.assigned else {
        bail!("no pool has put stake behind {}; its operator's pool does: `adyton pool assign`", worker.id);
    };
    // What cools down can be started again.
    if assigned.state == State::Running {
        bail!("{0} works already; see `adyton rewards show {0}`", worker.id);
    }
    let capacity = worker.counts(&rules.blocks);
    if capacity == 0 {
        bail!("{} has no measured capacity; see `adyton rewards measure {}`", worker.id, worker.id);
    }
    let least = least_stake(&rules.parameters, capacity);
    if assigned.stake < least {
        bail!(
            "{} has {} PHA behind it, and with its capacity of {capacity} it needs {}; see `adyton pool assign`",
            worker.id,
            pha(assigned.stake),
            pha(least)
        );
    }
    Ok(format!(
        "Starts {} for pool {}, with {} PHA behind it and a capacity of {capacity}. From the next round on it is challenged, and is paid for with each answer; what it does not answer within {} is lost. The stake is bound while it runs, and for some time after it has stopped.",
        worker.id,
        assigned.pool,
        pha(assigned.stake),
        rules.blocks.lasting(rules.parameters.answer_blocks),
    ))
}

/// Stops a worker.
pub async fn stop(args: &WorkerArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let (worker, rules) = read(&args.worker, &sender.client).await?;
    let intent = Intent::free(stopped(&worker, &rules)?);
    send(&sender, &intent, Rewards::Stop(args.worker), json!({ "worker": args.worker }), connection, |block| {
        format!("Stopped in block {block}; `adyton rewards show {}` says when its stake is free", args.worker)
    })
    .await
}

fn stopped(worker: &Worker, rules: &Rules) -> Result<String> {
    let Some(session) = &worker.session else { bail!("{} does not run", worker.id) };
    Ok(format!(
        "Stops {}, which has earned {} PHA for pool {}. What it has accrued since its last answer, {} PHA, is lost. What stands behind it cools down, and is free after that without anybody's doing. A challenge that it has not answered then it still owes: started again, it is away until it has answered a round.",
        worker.id,
        pha(session.earned),
        session.pool,
        pha(session.accrued(rules.totals.index)),
    ))
}

/// Weighs a worker again.
pub async fn refresh(args: &WorkerArgs, connection: &Connection<'_>) -> Result<()> {
    let sender = Sender::new(&args.signing, connection)?;
    let (worker, rules) = read(&args.worker, &sender.client).await?;
    let Some(session) = &worker.session else { bail!("{} does not run", worker.id) };
    let intent = Intent::free(format!(
        "Weighs {} by its present stake, capacity and tier. It was weighed by {} PHA and capacity {}; now {} PHA stand behind it, and its capacity is {}. What it accrued until now stays.",
        worker.id,
        pha(session.stake),
        session.capacity,
        pha(worker.assigned.map_or(0, |assigned| assigned.stake)),
        worker.counts(&rules.blocks),
    ));
    send(&sender, &intent, Rewards::Refresh(args.worker), json!({ "worker": args.worker }), connection, |block| {
        format!("Weighed in block {block}; see `adyton rewards show {}`", args.worker)
    })
    .await
}

async fn send(
    sender: &Sender<'_>,
    intent: &Intent,
    call: Rewards,
    result: Value,
    connection: &Connection<'_>,
    said: impl FnOnce(u32) -> String,
) -> Result<()> {
    let sent = sender.send(intent, &Call::Rewards(call)).await?;
    connection.output.result(&sent.json(result), || said(sent.block()))
}

#[cfg(test)]
mod tests {
    use adyton_client::chain::economy::Assigned;

    use super::{
        super::{parameters::tests::rules, show::tests::example},
        *,
    };

    const PHA: u128 = 1_000_000_000_000;

    fn idle(stake: u128) -> Worker {
        Worker { assigned: Some(Assigned { pool: 3, stake, state: State::Idle }), session: None, ..example() }
    }

    #[test]
    fn a_worker_is_started_with_stake_and_capacity() {
        // A capacity of 40, whose root is 6.32: 316 PHA and a little more at the least.
        let text = started(&idle(317 * PHA), &rules()).unwrap();
        assert!(text.contains("for pool 3, with 317 PHA") && text.contains("within 50 blocks (5 min)"), "{text}");
        let refused = |worker: &Worker| started(worker, &rules()).unwrap_err().to_string();
        assert!(refused(&idle(316 * PHA)).contains("it needs 316.2277"));
        assert!(refused(&Worker { capacity: None, ..idle(317 * PHA) }).contains("adyton rewards measure"));
        assert!(refused(&Worker { assigned: None, ..idle(0) }).contains("adyton pool assign"));
    }

    #[test]
    fn one_that_runs_is_not_started_and_one_that_cools_down_is() {
        assert!(started(&example(), &rules()).unwrap_err().to_string().contains("works already"));
        let state = State::Cooling(1100);
        let cooling = Worker { assigned: Some(Assigned { pool: 3, stake: 317 * PHA, state }), ..idle(0) };
        assert!(started(&cooling, &rules()).unwrap().contains("for pool 3, with 317 PHA"));
    }

    #[test]
    fn what_stopping_loses_is_said() {
        let text = stopped(&example(), &rules()).unwrap();
        assert!(text.contains("since its last answer, 2 PHA, is lost") && text.contains("it still owes"), "{text}");
        assert!(stopped(&idle(0), &rules()).is_err(), "it does not run");
    }

    #[test]
    fn a_measurement_says_how_long_it_takes() {
        let text = measured(&example(), &rules());
        assert!(text.contains("counts as 40 now") && text.contains("takes 20 blocks (2 min)"), "{text}");
    }
}
