//! `adyton rewards show`.

use adyton_client::{
    Client,
    chain::{
        economy::{Assigned, State, assignment},
        governance::Share,
    },
    protocol::{
        challenge::{self, Capacity, Machine},
        cpu::CpuModel,
        ids::WorkerId,
        rewards::{Away, Session},
        storage,
    },
};
use anyhow::Result;
use serde_json::{Value, json};

use super::parameters::Rules;
use crate::{account::pha, blocks::Blocks, connection::Connection, worker::record};

/// All workers together.
pub async fn network(connection: &Connection<'_>) -> Result<()> {
    let client = connection.client()?;
    let rules = Rules::of(&client.facts(&Rules::keys()).await?)?;
    let (totals, (workers, treasury)) = (&rules.totals, rules.a_day());
    let json = json!({
        "running": totals.running,
        "capacity": totals.capacity,
        "weight": totals.weight.to_string(),
        "credited": totals.credited.to_string(),
        "to_treasury": totals.to_treasury.to_string(),
        "a_day": { "workers": workers.to_string(), "treasury": treasury.to_string() },
        "block": rules.blocks.newest,
    });
    connection.output.result(&json, || {
        format!(
            "running    {} workers, of capacity {}\ncredited   {} PHA to workers so far, {} PHA to the treasury\na day      at most {} PHA to workers, {} PHA to the treasury\nproven as of block {}",
            totals.running,
            totals.capacity,
            pha(totals.credited),
            pha(totals.to_treasury),
            pha(workers),
            pha(treasury),
            rules.blocks.newest,
        )
    })
}

/// What is proven of one worker.
pub struct Worker {
    /// Which.
    pub id: WorkerId,
    /// What stands behind it.
    pub assigned: Option<Assigned>,
    /// What it works under.
    pub session: Option<Session>,
    /// What its measurements on its present machine came to.
    pub capacity: Option<Capacity>,
    /// Its machine's.
    pub machine: Option<Machine>,
    /// The model of its machine's processor.
    pub cpu: Option<CpuModel>,
    /// Its last absence.
    pub away: Option<Away>,
}

impl Worker {
    /// Its capacity as it counts at the newest block.
    pub fn counts(&self, blocks: &Blocks) -> u64 {
        match (&self.machine, &self.capacity) {
            (Some(machine), Some(capacity)) => machine.counts(capacity, blocks.newest),
            (None, _) | (_, None) => 0,
        }
    }
}

/// A worker, with the rules.
pub async fn read(id: &WorkerId, client: &Client) -> Result<(Worker, Rules)> {
    let record = record::record(client, id).await?;
    let machine = challenge::machine(&record.verdict.machine, id);
    let mut keys = Rules::keys();
    keys.extend([
        assignment(id),
        storage::session(id),
        storage::capacity(id),
        storage::machine(&machine),
        storage::cpu_model(id),
        storage::absence(id),
    ]);
    let facts = client.facts(&keys).await?;
    let worker = Worker {
        id: *id,
        assigned: facts.assignment(id)?,
        session: facts.session(id)?,
        capacity: facts.capacity(id)?.filter(|capacity| capacity.machine == machine),
        machine: facts.machine(&machine)?,
        cpu: facts.cpu_model(id)?,
        away: facts.absence(id)?,
    };
    Ok((worker, Rules::of(&facts)?))
}

/// One worker.
pub async fn worker(id: &WorkerId, connection: &Connection<'_>) -> Result<()> {
    let (worker, rules) = read(id, &connection.client()?).await?;
    connection.output.result(&as_json(&worker, &rules), || text(&worker, &rules))
}

fn as_json(worker: &Worker, rules: &Rules) -> Value {
    let session = worker.session.as_ref().map(|session| {
        json!({
            "pool": session.pool,
            "started_at": session.started_at,
            "stake": session.stake.to_string(),
            "capacity": session.capacity,
            "weight": session.weight.to_string(),
            "a_day": rules.a_day_for(session.weight).to_string(),
            "accrued": session.accrued(rules.totals.index).to_string(),
            "earned": session.earned.to_string(),
            "answered_at": session.answered_at,
            "away_since": session.away_since,
        })
    });
    let free_at = worker.assigned.and_then(|assigned| match assigned.state {
        State::Cooling(at) => Some(at),
        State::Idle | State::Running => None,
    });
    json!({
        "worker": worker.id,
        "running": worker.session.is_some(),
        "pool": worker.assigned.map(|assigned| assigned.pool),
        "assigned": worker.assigned.map(|assigned| assigned.stake.to_string()),
        "stake_free_at": free_at,
        "capacity": worker.counts(&rules.blocks),
        "measured_in_round": worker.capacity.as_ref().map(|capacity| capacity.round),
        "cpu_model": worker.cpu,
        "missed_measurements": worker.capacity.as_ref().map(|capacity| capacity.missed),
        "session": session,
        "last_absence": worker.away.map(|away| json!({ "since": away.since, "until": away.until })),
        "block": rules.blocks.newest,
    })
}

fn text(worker: &Worker, rules: &Rules) -> String {
    let blocks = &rules.blocks;
    let mut text = format!("{}\n", worker.id);
    text += &match &worker.capacity {
        None => "  capacity  never measured; see `adyton rewards measure`\n".to_owned(),
        Some(capacity) => format!(
            "  capacity  {}, measured in round {}, {} measurements missed since\n",
            worker.counts(blocks),
            capacity.round,
            capacity.missed
        ),
    };
    if let Some(cpu) = &worker.cpu {
        text += &format!("  processor {cpu}\n");
    }
    text += &match worker.assigned {
        None => "  stake     none; a pool assigns it: `adyton pool assign`\n".to_owned(),
        Some(assigned) => {
            let bound = match assigned.state {
                State::Cooling(at) => format!(", bound until {}", blocks.said(at)),
                State::Idle | State::Running => String::new(),
            };
            format!("  stake     {} PHA of pool {}{bound}\n", pha(assigned.stake), assigned.pool)
        }
    };
    text += &match &worker.session {
        None => "  does not run: it earns nothing\n".to_owned(),
        Some(session) => running(session, rules),
    };
    if let Some(away) = worker.away {
        text += &match away.until {
            None => format!("  away      since {}\n", blocks.said(away.since)),
            Some(until) => format!("  was away  from block {} to {}\n", away.since, blocks.said(until)),
        };
    }
    text + &format!("proven as of block {}", blocks.newest)
}

fn running(session: &Session, rules: &Rules) -> String {
    let share = Share::of(session.weight, rules.totals.weight.max(1));
    format!(
        "  runs      since block {}, weighed by {} PHA and capacity {}\n  weight    {}, {} % of all\n  earns     about {} PHA a day, before its pool's commission; {} PHA so far\n  accrued   {} PHA, credited with its next answer; its last was in {}\n",
        session.started_at,
        pha(session.stake),
        session.capacity,
        session.weight,
        share.percent(),
        pha(rules.a_day_for(session.weight)),
        pha(session.earned),
        pha(session.accrued(rules.totals.index)),
        rules.blocks.said(session.answered_at),
    )
}

#[cfg(test)]
pub mod tests {
    use adyton_client::protocol::ids::Digest;

    use super::{super::parameters::tests::rules, *};

    const PHA: u128 = 1_000_000_000_000;

    /// It runs with a quarter of all weight.
    pub fn example() -> Worker {
        let session = Session {
            pool: 3,
            started_at: 900,
            stake: 500 * PHA,
            capacity: 40,
            weight: 100,
            index: 0,
            pending: 2 * PHA,
            settled: 7,
            answered_at: 990,
            earned: 5 * PHA,
            away_since: None,
        };
        let capacity = Capacity { machine: Digest([1; 32]), round: 7, units: 800, capacity: 40, missed: 1 };
        Worker {
            id: WorkerId([0xaa; 32]),
            assigned: Some(Assigned { pool: 3, stake: 600 * PHA, state: State::Running }),
            session: Some(session),
            capacity: Some(capacity),
            machine: Some(Machine { round: 7, ..Machine::default() }),
            cpu: Some(CpuModel::AmdCpuid { family: 0x19, model: 0x11 }),
            away: None,
        }
    }

    #[test]
    fn a_running_worker_says_what_it_earns() {
        let text = text(&example(), &rules());
        for part in [
            "600 PHA of pool 3",
            "40, measured in round 7",
            "processor amd-cpuid 0x1911",
            "25.00 % of all",
            "about 2880 PHA a day",
            "2 PHA, credited",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let json = as_json(&example(), &rules());
        assert_eq!((&json["running"], &json["session"]["earned"]), (&json!(true), &json!("5000000000000")));
    }

    #[test]
    fn a_worker_that_was_never_measured_nor_staked_says_what_comes_first() {
        let bare = Worker { assigned: None, session: None, capacity: None, machine: None, ..example() };
        let text = text(&bare, &rules());
        assert!(text.contains("adyton rewards measure") && text.contains("adyton pool assign"), "{text}");
        assert_eq!(bare.counts(&rules().blocks), 0);
    }

    #[test]
    fn the_stake_of_one_that_has_stopped_says_when_it_is_free() {
        let assigned = Assigned { pool: 3, stake: 600 * PHA, state: State::Cooling(1100) };
        let stopped = Worker { assigned: Some(assigned), session: None, ..example() };
        assert!(text(&stopped, &rules()).contains("600 PHA of pool 3, bound until block 1100"));
        assert_eq!(as_json(&stopped, &rules())["stake_free_at"], json!(1100));
    }

    #[test]
    fn an_absence_says_since_when() {
        let away = |until| Worker { away: Some(Away { since: 950, until }), ..example() };
        assert!(text(&away(None), &rules()).contains("away      since block 950"));
        assert!(text(&away(Some(960)), &rules()).contains("from block 950 to block 960"));
    }
}
